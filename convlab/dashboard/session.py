"""A session of one screen: its view inside the page, or the sentence that says why it could not be made."""

from __future__ import annotations

import logging

import panel as pn

from convlab.dashboard.design import House
from convlab.dashboard.screens import Screen
from convlab.dashboard.template import template
from convlab.errors import ConvLabError

log = logging.getLogger(__name__)


def page(screen: Screen) -> pn.Template:
    """Return the page of one session.

    A fault in a view never shows a traceback to the browser: it is logged, and the page says so in its place.
    """
    made = pn.Template(template("page.html"), design=House)
    made.add_variable("slug", screen.slug)
    try:
        made.add_panel("view", screen.load()(query()))
    except ConvLabError as error:
        made.add_variable("problem", {"kind": error.kind, "sentence": str(error)})
    except Exception:
        log.exception("The screen %s could not be made.", screen.slug)
        made.add_variable(
            "problem",
            {
                "kind": "a fault in convlab",
                "sentence": f"{screen.title} could not be made from this address. The terminal says why. "
                "Try it without what the address asks for.",
            },
        )
    return made


def query() -> dict[str, str]:
    """Return the query of the address that this session was opened with; of a repeated key the last value."""
    return {
        key: values[-1].decode("utf-8", "replace") for key, values in pn.state.session_args.items() if values
    }
