"""What keeps the server of a laptop to its owner: which requests are let in, and what every answer says.

The rules stand in front of every handler, Bokeh's and Panel's too, so that nothing is reachable because a
library registered one address more: only the addresses named here are answered.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from bokeh.util.token import get_session_id
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.routing import Matcher
from tornado.web import OutputTransform

FOLDERS = ("/static/", "/assets/")  # Bokeh's and Panel's own scripts, and ours
# Bokeh sends the query along in a header when a page opens its websocket; browsers and servers bound headers.
MAX_ADDRESS = 32_000
# A page marks its own inline scripts with this; each answer then gets a value of its own (`Headers`).
NONCE = secrets.token_urlsafe(24)
# Bokeh sets style attributes and adds <style> elements, and Panel imports a widget's module from a blob:
# these two are what it needs beyond this server itself.
POLICY = (
    "default-src 'none'; script-src 'self' blob: 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' blob: ws://{host} wss://{host}; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Gate:
    """Who may come in.

    Attributes
    ----------
    hosts : frozenset of str
        ``name:port`` under which a browser may reach the server: the only accepted Host and Origin.
    paths : frozenset of str
        Every address that is answered, beside what lies in FOLDERS.
    token : str or None
        What a visitor from another machine must know; None on a loopback address.
    cookie : str
        Name of the cookie that remembers the token.
    contexts : mapping
        Bokeh's application contexts by address, for asking whether a session is alive.
    """

    hosts: frozenset[str]
    paths: frozenset[str]
    token: str | None
    cookie: str
    contexts: Mapping

    def refusal(self, request: HTTPServerRequest) -> int | None:
        """Return the status that refuses this request, or None when it is let in."""
        if request.host.lower() not in self.hosts:
            return 403
        if len(request.uri) > MAX_ADDRESS:
            return 414
        if request.path not in self.paths and not request.path.startswith(FOLDERS):
            return 404
        if self.token and not request.path.startswith("/assets/") and not self._knows(request):
            return 403
        if request.path.endswith("/ws") and not self._is_ours(request):
            return 403
        return None

    def arrives(self, request: HTTPServerRequest) -> bool:
        """Return whether the token stands in the address: it is then moved into the cookie."""
        given = request.query_arguments.get("token", [b""])[-1]
        return self.token is not None and hmac.compare_digest(given, self.token.encode())

    def _knows(self, request: HTTPServerRequest) -> bool:
        try:
            kept = SimpleCookie(request.headers.get("Cookie", "")).get(self.cookie)
        except CookieError:
            kept = None
        known = kept is not None and hmac.compare_digest(kept.value.encode(), self.token.encode())
        return known or self.arrives(request)

    def _is_ours(self, request: HTTPServerRequest) -> bool:
        """Return whether a websocket comes from our own page and belongs to a session that is still alive.

        Bokeh would accept a caller without an Origin, and would make a blank session for one that is gone.
        """
        scheme, _, host = request.headers.get("Origin", "").lower().partition("://")
        if scheme not in ("http", "https") or host not in self.hosts:
            return False
        context = self.contexts.get(request.path.removesuffix("/ws"))
        _, _, token = request.headers.get("Sec-WebSocket-Protocol", "").partition(",")
        try:
            session = get_session_id(token.strip())
        except Exception:  # whatever a stranger sent instead of a token
            return False
        return context is not None and any(session == live.id for live in context.sessions)


class Barred(Matcher):
    """A route that takes every request that the gate does not let in."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def match(self, request: HTTPServerRequest) -> dict | None:
        """Return the handler's arguments, or None to let the request pass on."""
        status = self.gate.refusal(request)
        return None if status is None else {"path_kwargs": {"status": str(status)}}


class Arrives(Matcher):
    """A route that takes a page request which carries the token in its address."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def match(self, request: HTTPServerRequest) -> dict | None:
        """Return the handler's arguments, or None to let the request pass on."""
        return {} if self.gate.arrives(request) and not request.path.endswith("/ws") else None


class Headers(OutputTransform):
    """Adds the security headers to every answer, whichever handler wrote it, and a nonce of its own."""

    def __init__(self, request: HTTPServerRequest) -> None:
        self.request = request

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Return the answer with its headers; the nonce keeps its length, so Content-Length stays true."""
        nonce = secrets.token_urlsafe(24)
        headers["Content-Security-Policy"] = POLICY.format(nonce=nonce, host=self.request.host)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "SAMEORIGIN"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.pop("Server", None)
        if headers.get("Content-Type", "").startswith("text/html"):
            chunk = chunk.replace(NONCE.encode(), nonce.encode())
        return status_code, headers, chunk
