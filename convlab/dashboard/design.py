"""How Panel's components take our colours: by inheriting them, in place of Panel's own style sheets."""

from __future__ import annotations

from panel.theme.base import Design, Inherit, Theme
from panel.viewable import Viewable

# Bokeh gives every component a colour and a font of its own; these give it the page's again, in any theme.
HOST = ":host { color: var(--text-1); font: var(--fw-text) var(--fs-3)/var(--lh-text) var(--font-ui); }"


class House(Design):
    """Panel without its themes: the page's custom properties reach every component, light or dark."""

    modifiers = {Viewable: {"stylesheets": [Inherit, HOST]}}
    _themes = {"default": Theme, "dark": Theme}
