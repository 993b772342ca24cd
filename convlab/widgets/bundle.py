"""One ES module per picture: the style sheet as a constant, then the files of `order.ORDER`, joined."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

from convlab.paths import assets
from convlab.widgets.order import ORDER, STYLES

HOSTS = ("dashboard", "notebook")


@cache
def module(name: str, host: str = "dashboard") -> str:
    """Return the text of one ES module that draws a screen.

    Parameters
    ----------
    name : str
        A key of `order.ORDER`: "step", "compare", "gradients".
    host : {"dashboard", "notebook"}
        A notebook has no style sheet of ours around the picture, so its module carries the design tokens too.

    Examples
    --------
    >>> module("step", "notebook").startswith("const CSS = ")
    True
    """
    folder = files("convlab.widgets")
    parts = [(folder / part).read_text("utf-8") for part in ORDER[name]]
    return "\n".join([f"const CSS = {json.dumps(style(name, host))}", *parts])


def style(name: str, host: str) -> str:
    """Return the style sheet of a picture, for its shadow root."""
    if host not in HOSTS:
        raise ValueError(f"Asked for the host {host!r}. The hosts are {', '.join(HOSTS)}. Use one of them.")
    folder = files("convlab.widgets")
    own = [(folder / sheet).read_text("utf-8") for sheet in STYLES.get(name, (f"{name}.css",))]
    tokens = [(assets() / "tokens.css").read_text("utf-8")] if host == "notebook" else []
    components = (assets() / "components.css").read_text("utf-8")
    return "\n".join(in_shadow(text) for text in [*tokens, components, *own])


def in_shadow(css: str) -> str:
    """Return a page's style sheet for a shadow root: what it says of the page holds for the host element.

    Examples
    --------
    >>> in_shadow(':root { --s: 4px } :root:not([data-theme="light"]) { --s: 8px }')
    ':host { --s: 4px } :host(:not([data-theme="light"])) { --s: 8px }'
    """
    return re.sub(
        r":root((?:\[[^\]]*\]|:not\(\[[^\]]*\]\))*)",
        lambda found: f":host({found[1]})" if found[1] else ":host",
        css,
    )
