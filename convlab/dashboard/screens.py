"""The screens, in the order of the top bar: one row each. A row whose module does not exist is not shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module, util


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen of the dashboard.

    Attributes
    ----------
    slug : str
        Its address: ``/slug``.
    title : str
        Its name in the top bar.
    builder : str
        ``module:function``; the function takes the query of the address as ``dict[str, str]`` and returns
        something that Panel can show.
    door, promise : str
        The headline and the sentence of its card on the Home screen.
    """

    slug: str
    title: str
    builder: str
    door: str
    promise: str

    @property
    def exists(self) -> bool:
        """Whether the module of this screen is there; asks without importing it."""
        return util.find_spec(self.builder.partition(":")[0]) is not None

    def load(self) -> Callable[[dict[str, str]], object]:
        """Import the module and return its builder."""
        module, _, name = self.builder.partition(":")
        return getattr(import_module(module), name)


ROWS = (
    Screen(
        "step",
        "Step",
        "convlab.dashboard.views.step:build",
        "See one value being made",
        "Tap by tap, with the running sum and the loop that does it.",
    ),
    Screen(
        "compare",
        "Compare",
        "convlab.dashboard.views.compare:build",
        "Find out why two libraries differ",
        "One cursor in all, a difference map, and the reason as a sentence.",
    ),
    Screen(
        "gradients",
        "Gradients",
        "convlab.dashboard.views.gradients:build",
        "Follow the numbers back",
        "dx and dw as convolutions of their own, each value beside its finite difference.",
    ),
    Screen(
        "race",
        "Race",
        "convlab.dashboard.views.race:build",
        "Find the fastest that is right",
        "Every backend on your shapes: its time, its error, its memory.",
    ),
    Screen(
        "implementations",
        "Implementations",
        "convlab.dashboard.views.implementations:build",
        "See who turns the filter",
        "Every convolution of Theano's page: axes, limits, memory, examples that run.",
    ),
)


@cache
def screens() -> tuple[Screen, ...]:
    """Return the screens that exist, in the order of the top bar.

    Examples
    --------
    >>> {screen.slug for screen in screens()} <= {row.slug for row in ROWS}
    True
    """
    return tuple(row for row in ROWS if row.exists)
