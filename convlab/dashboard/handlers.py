"""The few addresses that need no session: Home, the sign of life, and every refusal."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from tornado.web import RequestHandler

from convlab.dashboard.security import MAX_ADDRESS, Gate
from convlab.dashboard.template import template
from convlab.dashboard.views import home

log = logging.getLogger(__name__)

REFUSALS = {  # status: heading and sentence
    403: (
        "Not from here",
        "This convlab answers its owner only. Open the address that it printed at its start, token and all.",
    ),
    404: ("No such page", "There is no such page. The screens are in the bar above."),
    414: (
        "Too long an address",
        f"This address is longer than {MAX_ADDRESS} characters. Paste the numbers on the screen instead.",
    ),
}


def note(handler: RequestHandler) -> None:
    """Log a refusal or a failure: shortly, and without the query, which may hold the token or much text."""
    status, asked = handler.get_status(), handler.request
    if status >= 400:
        log.warning("%d %s %s from %s", status, asked.method, asked.path[:80], asked.remote_ip)


class Page(RequestHandler):
    """A page whose inline parts change with every answer, so that no cached copy may be used."""

    def compute_etag(self) -> None:
        """Return no fingerprint."""

    def set_default_headers(self) -> None:
        """Forbid keeping the answer."""
        self.set_header("Cache-Control", "no-store")


class Home(Page):
    """The Home screen: a page without a session, made of computed pictures."""

    def get(self) -> None:
        """Answer with the page."""
        self.write(home.page())


class Alive(Page):
    """Says that the server is there; a page that lost its connection asks this."""

    def get(self) -> None:
        """Answer with nothing."""
        self.set_status(204)


class Admit(Page):
    """Moves the token from the address into a cookie, so that it is neither copied nor kept on screen."""

    def initialize(self, gate: Gate) -> None:
        """Take the gate whose token it is."""
        self.gate = gate

    def get(self) -> None:
        """Set the cookie and go to the same address without the token."""
        self.set_cookie(self.gate.cookie, self.gate.token, httponly=True, samesite="Strict")
        rest = [
            (key, value)
            for key, values in self.request.query_arguments.items()
            for value in values
            if key != "token"
        ]
        self.redirect(self.request.path + ("?" + urlencode(rest) if rest else ""))


class Refuse(Page):
    """Answers what the gate does not let in, with a page for a person."""

    def prepare(self) -> None:
        """Answer at once, whatever the method."""
        status = int(self.path_kwargs["status"])
        self.set_status(status)
        if self.request.path.endswith("/ws") or status not in REFUSALS:
            self.finish()
        else:
            heading, sentence = REFUSALS[status]
            page = template("refusal.html")
            self.finish(
                page.render(title="No", slug="", bare=status == 403, heading=heading, sentence=sentence)
            )
