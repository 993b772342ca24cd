"""The server: one process, one event loop, this machine only unless told otherwise."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

import panel as pn
from bokeh.server.server import Server
from tornado.web import StaticFileHandler

from convlab.dashboard import handlers, session
from convlab.dashboard.addresses import PORT, family, is_loopback, names_of
from convlab.dashboard.screens import Screen, screens
from convlab.dashboard.security import Arrives, Barred, Gate, Headers
from convlab.dashboard.template import MAX_MESSAGE_BYTES
from convlab.errors import SpecError, Unavailable
from convlab.paths import assets

log = logging.getLogger(__name__)

TRIES = 20  # ports looked at from the first one on, when it is busy
# A page that lost its connection (a laptop that slept) finds its session for this long; afterwards the
# address brings everything back.
SESSION_LIFETIME_MS = 900_000
SESSION_CHECK_MS = 5000
TOKEN_LIFETIME_S = 4 * 3600
WARM_AFTER_S = 0.5  # after Home has been shown, before a person has chosen a screen


def serve(*, host: str = "127.0.0.1", port: int = PORT, show: bool = True) -> None:
    """Serve the dashboard until interrupted.

    Parameters
    ----------
    host : str
        Address to listen on. Beyond loopback, the printed address carries a token that every page needs.
    port : int
        The first port to try; when it is busy the next free one is taken. 0 takes any.
    show : bool
        Open the browser once the server answers.

    Raises
    ------
    SpecError
        If the port is not a port.
    Unavailable
        If the address is not one of this machine, or no port could be had.

    Examples
    --------
    >>> serve(port=70000)
    Traceback (most recent call last):
        ...
    convlab.errors.SpecError: Asked for port 70000. Ports are 0 to 65535. Use 5017, or leave it out.
    """
    server, address = listen(host, port)
    server.start()
    print(f"convlab is at {address}", flush=True)
    if not is_loopback(host):
        print(
            f"Every machine that reaches {host} can open it with this address, token and all; "
            "it is sent unencrypted. Press Ctrl+C to stop.",
            flush=True,
        )
    if show:
        server.io_loop.add_callback(open_browser, address)
    server.io_loop.call_later(WARM_AFTER_S, warm)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: server.io_loop.add_callback_from_signal(server.io_loop.stop))
    server.io_loop.start()
    server.stop()


def listen(host: str, port: int) -> tuple[Server, str]:
    """Return a server that is bound but not started, and the address to print; the rest is as in `serve`."""
    if not 0 <= port <= 65535:
        raise SpecError(f"Asked for port {port}.", "Ports are 0 to 65535.", f"Use {PORT}, or leave it out.")
    for candidate in range(port, min(port + TRIES, 65536)) if port else (0,):
        try:
            with socket.create_server((host, candidate), family=family(host)) as probe:
                free = probe.getsockname()[1]
            return _bind(host, free)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise Unavailable(
                    f"Asked to listen on {host}.",
                    f"This machine cannot: {error.strerror or error}.",
                    "Use one of its own addresses, or leave --host out.",
                ) from error
    raise Unavailable(
        f"Asked for port {port} on {host}.",
        f"It and the {TRIES - 1} after it are busy or not allowed.",
        "Use another with --port, or --port 0 for any.",
    )


def open_browser(address: str) -> None:
    """Open a browser from a process of its own, for some would hold the event loop until they close."""
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} & set(os.environ):
        return  # nothing but a text browser could come, in the terminal that shows the address
    quiet = subprocess.DEVNULL
    subprocess.Popen([sys.executable, "-m", "webbrowser", "-t", address], stdout=quiet, stderr=quiet)


def warm() -> None:
    """Import the screens, so that the first visitor of one does not wait for it."""
    for screen in screens():
        try:
            screen.load()
        except Exception:
            log.exception("The screen %s could not be loaded.", screen.slug)


def _bind(host: str, port: int) -> tuple[Server, str]:
    """Bind the port and put the gate in front of everything that Panel and Bokeh answer."""
    names = names_of(host, port)
    token = None if is_loopback(host) else secrets.token_urlsafe(16)
    pn.config.reconnect = True
    server = pn.serve(
        {f"/{screen.slug}": _app(screen) for screen in screens()},
        title={f"/{screen.slug}": screen.title for screen in screens()},
        address=host,
        port=port,
        websocket_origin=names,
        extra_patterns=[
            (r"/", handlers.Home),
            (r"/alive", handlers.Alive),
            (r"/assets/(.*)", StaticFileHandler, {"path": str(assets())}),
        ],
        **_rules(),
    )
    application = server._tornado
    paths = {"/", "/alive"} | {path for s in screens() for path in (f"/{s.slug}", f"/{s.slug}/ws")}
    gate = Gate(frozenset(names), frozenset(paths), token, f"convlab-{port}", application.applications)
    application.add_handlers(
        r".*", [(Barred(gate), handlers.Refuse), (Arrives(gate), handlers.Admit, {"gate": gate})]
    )
    return server, f"http://{names[0]}/" + (f"?token={token}" if token else "")


def _rules() -> dict[str, object]:
    """Return what holds for every server of ours, whatever its address."""
    return {
        "start": False,
        "show": False,
        "verbose": False,
        "location": False,
        "use_index": False,
        "ico_path": "none",
        "transforms": [Headers],
        "log_function": handlers.note,
        "sign_sessions": True,
        "secret_key": secrets.token_bytes(32),  # made at each start: no session outlives its server
        "session_token_expiration": TOKEN_LIFETIME_S,
        "include_headers": [],
        "include_cookies": [],
        "websocket_max_message_size": MAX_MESSAGE_BYTES,
        # Room for an address that is too long, so that a sentence can answer it (`security.MAX_ADDRESS`).
        "http_server_kwargs": {"max_header_size": 2**18},
        "unused_session_lifetime_milliseconds": SESSION_LIFETIME_MS,
        "check_unused_sessions_milliseconds": SESSION_CHECK_MS,
    }


def _app(screen: Screen) -> Callable[[], object]:
    """Return a plain function, the one kind that Panel calls for every session."""

    def page() -> object:
        return session.page(screen)

    return page
