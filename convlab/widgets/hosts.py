"""What hosts a picture: Panel in the dashboard, anywidget in a notebook, both from one description.

The classes are made once, here in the package: a class made by a session would be made again for every one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from convlab.widgets.bundle import module

# The traits of every widget, with their defaults. `scene` goes to the browser, `ask` comes from it, `step` goes
# both ways in a notebook. `news` goes to the browser too: the few parts of a scene that move while something runs.
TRAITS: dict[str, type] = {"scene": dict, "news": dict, "ask": dict, "step": int, "host": str}


@cache
def panel_class(name: str, host: str = "dashboard") -> type:
    """Return the Panel component of a picture.

    Parameters
    ----------
    name : str
        "step" or "compare".
    host : {"dashboard", "notebook"}
        Where it will be shown: Panel also serves notebooks that have no anywidget.
    """
    import param
    from panel.custom import AnyWidgetComponent

    kinds = {dict: param.Dict, int: param.Integer, str: param.String}
    traits = {trait: kinds[kind](default=_default(trait, kind, host)) for trait, kind in TRAITS.items()}
    return type(f"{name.capitalize()}Panel", (AnyWidgetComponent,), {
        "__doc__": f"The {name} picture in Panel.", "__module__": __name__, "_esm": module(name, host), **traits,
    })  # fmt: skip


@cache
def notebook_class(name: str) -> type:
    """Return the anywidget class of a picture.

    Raises
    ------
    ImportError
        When anywidget is not installed.
    """
    import anywidget
    import traitlets

    kinds = {dict: traitlets.Dict, int: traitlets.Int, str: traitlets.Unicode}
    traits = {
        trait: kinds[kind](_default(trait, kind, "notebook")).tag(sync=True) for trait, kind in TRAITS.items()
    }
    return type(f"{name.capitalize()}Widget", (anywidget.AnyWidget,), {
        "__doc__": f"The {name} picture in a notebook.", "__module__": __name__, "_esm": module(name, "notebook"),
        **traits,
    })  # fmt: skip


def watch(widget: object, trait: str, act: Callable[[object], None]) -> None:
    """Call `act(value)` whenever a trait of a widget changes, in either host."""
    if hasattr(widget, "observe"):
        widget.observe(lambda change: act(change["new"]), names=trait)
    else:
        widget.param.watch(lambda event: act(event.new), trait)


def _default(trait: str, kind: type, host: str) -> object:
    return host if trait == "host" else kind()
