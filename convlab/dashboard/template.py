"""The page around every screen: top bar, skip link, style sheets. One file serves Home and the Panel apps."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, Template
from markupsafe import Markup

from convlab.dashboard.screens import screens
from convlab.dashboard.security import NONCE
from convlab.paths import assets

# What one message to the server may hold. The page says so before a paste passes it.
MAX_MESSAGE_BYTES = 8 * 2**20


def machine() -> str:
    """Return what is known of this machine, for the top bar.

    Examples
    --------
    >>> machine().endswith("CPU")
    True
    """
    threads = os.cpu_count() or 1
    return f"{threads} thread{'' if threads == 1 else 's'} · CPU"


@cache
def asset(name: str) -> str:
    """Return the address of a file under assets/, with its fingerprint, so that a browser may keep it."""
    fingerprint = sha256((assets() / name).read_bytes()).hexdigest()[:12]
    return f"/assets/{name}?v={fingerprint}"


def signed(html: str) -> Markup:
    """Return trusted HTML whose scripts carry the nonce, so that the page's policy lets them run.

    Examples
    --------
    >>> str(signed('<script type="text/javascript">1</script>')).startswith('<script nonce="')
    True
    """
    return Markup(html.replace("<script", f'<script nonce="{NONCE}"'))


@cache
def environment() -> Environment:
    """Return the Jinja environment; it escapes every value that is not marked as safe."""
    folder = files("convlab.dashboard")
    env = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text("utf-8")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        asset=asset,
        machine=machine,
        screens=screens,
        max_message_bytes=MAX_MESSAGE_BYTES,
    )
    env.filters["signed"] = signed
    return env


def template(name: str) -> Template:
    """Return one of the Jinja files beside this module, compiled once."""
    return environment().get_template(name)
