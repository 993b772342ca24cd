"""What a preset is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

COMPARED = ("naive-no-flip", "theano", "scipy.signal.convolve2d")


@dataclass(frozen=True)
class Preset:
    """A named example.

    Attributes
    ----------
    id : str
        Stable: links hold it. ``S000a`` is the first example of source 000, ``S000at`` its telling twin.
    title : str
        Fits one line of a menu.
    group : str
        Heading of the menu.
    make : callable
        Returns x and w, and dy where the preset has one; layer layout, or one bare image and one bare filter.
    options : dict
        mode, stride, dilation, groups, flip, padding, where they differ from the defaults of ConvSpec.
    note : str
        What to look for, in a sentence or two.
    twin : str or None
        The id of a preset that can tell what this one cannot.
    against : tuple of str
        The columns that Compare opens with.
    fault : str or None
        The id of the fault of `convlab.faults` that the preset shows in the gradients.
    """

    id: str
    title: str
    group: str
    make: Callable[[], tuple[np.ndarray, ...]] = field(repr=False)
    options: dict = field(default_factory=dict)
    note: str = ""
    twin: str | None = None
    against: tuple[str, ...] = COMPARED
    fault: str | None = None

    @property
    def x(self) -> np.ndarray:
        """The input; read-only."""
        return _made(self.make)[0]

    @property
    def w(self) -> np.ndarray:
        """The filter; read-only."""
        return _made(self.make)[1]

    @property
    def dy(self) -> np.ndarray | None:
        """The gradient of y, read-only; None when the preset is about y alone."""
        made = _made(self.make)
        return made[2] if len(made) > 2 else None


@cache
def _made(make: Callable) -> tuple[np.ndarray, ...]:
    made = make()
    for array in made:
        array.flags.writeable = False
    return made


def ramp(*shape: int, start: int = 0) -> np.ndarray:
    """Return start, start + 1, ... in C order, as the sources' own arrays run."""
    return np.arange(start, start + int(np.prod(shape))).reshape(shape)
