"""What Compare asks: as every screen, and also what no convolution answers, and what is too large to draw."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from convlab import presets
from convlab.dashboard.state import limits
from convlab.dashboard.state.question import DEFAULT, OPTIONS, Question
from convlab.errors import ConvLabError, Refused, SpecError
from convlab.operands import numbers, prepare
from convlab.spec import ConvSpec, by

DRAWN = 32  # positions along an axis of y that are still drawn as cells
MOST_MACS = 1_000_000_000  # of one column; 500 × 500 with 32 × 32 taps, full, has 289 million


@dataclass(frozen=True)
class NoSpec:
    """The little that is known of arrays which no convolution takes."""

    rank: int
    pads: tuple[tuple[int, int], ...]
    y_shape: tuple[int, ...] = ()
    terms: int = 0
    macs: int = 0


@dataclass(frozen=True, eq=False)
class Loose(Question):
    """A question whose "no such convolution" is a result: every column is asked all the same.

    Attributes
    ----------
    no : SpecError or None
        Why there is no such convolution; `operands` is then None.

    Examples
    --------
    >>> loose_of("S000c").no.found
    'x has 3 channels and each filter reads 1.'
    """

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "no", None)
        try:
            super().__post_init__()
        except Refused as no:
            self._hold_large(no)
        except SpecError as no:
            self._hold_without_spec(no)

    @property
    def spec(self) -> ConvSpec | NoSpec:
        """The spec of this convolution, or what is known without one."""
        if self.operands is not None:
            return self.operands.spec
        rank = self.x.ndim - 2
        return NoSpec(rank, ((0, 0),) * rank)

    @property
    def bare(self) -> bool:
        """Whether x and w are one image and one filter."""
        return self.spec.rank < 3 and self.x.shape[:2] == self.w.shape[:2] == (1, 1)

    @property
    def is_large(self) -> bool:
        """Whether an output plane has no room as cells."""
        return max(self.spec.y_shape[2:], default=0) > DRAWN or max(self.x.shape[2:]) > DRAWN

    @staticmethod
    def of_preset(preset: object) -> Loose:
        """Return the question that a preset asks."""
        return loose_of(preset)

    def _hold_large(self, no: Refused) -> None:
        """Take the arrays of a preset that are larger than a picture; no others."""
        found = presets.get(self.preset) if self.preset else None
        x, w = numbers("x", self.x), numbers("w", self.w)
        if found is None or not (_alike(x, found.x) and _alike(w, found.w)):
            raise no
        ready = prepare(x, w, **self.options)
        if ready.spec.macs > MOST_MACS:
            raise Refused(
                f"Asked for {by(ready.spec.y_shape)} values of {ready.spec.terms} products each.",
                f"That is {ready.spec.macs / 1e9:.2g} billion multiply-adds; Compare takes {MOST_MACS // 10**9}.",
                "Use a stride, or no dilation.",
            )
        put = object.__setattr__
        put(self, "x", ready.x)
        put(self, "w", ready.w)
        for name in OPTIONS:
            put(self, name, getattr(ready.spec, name))
        put(self, "operands", ready)

    def _hold_without_spec(self, no: SpecError) -> None:
        """Keep arrays and options that make no convolution, if each of them is sound by itself."""
        x, w = numbers("x", self.x), numbers("w", self.w)
        if 0 in (*x.shape, *w.shape) or x.ndim != w.ndim or not 1 <= x.ndim <= 5:
            raise no
        if x.ndim < 3:
            x, w = x[None, None], w[None, None]
        _check_alone(x, w, self.options)
        put = object.__setattr__
        rank = x.ndim - 2
        for name, array in (("x", x), ("w", w)):
            kept = np.array(array)
            kept.setflags(write=False)
            put(self, name, kept)
        for name in ("stride", "dilation"):
            value = getattr(self, name)
            put(self, name, tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank)
        put(self, "operands", None)
        put(self, "no", no)


def loose_of(preset: object = DEFAULT) -> Loose:
    """Return the question that a preset asks, whatever its size.

    Raises
    ------
    SpecError
        When there is no such preset.
    """
    if not isinstance(preset, str):
        raise SpecError(f"Asked for preset {str(preset)[:40]!r}.", "A preset has a name.", f"Use {DEFAULT}.")
    found = presets.get(preset[:40])
    if found.id not in _asked:
        _asked[found.id] = Loose(found.x, found.w, preset=found.id, **found.options)
    return _asked[found.id]


_asked: dict[str, Loose] = {}


def shows(preset: str) -> bool:
    """Return whether Compare can show a preset.

    Examples
    --------
    >>> shows("S001b")
    True
    """
    try:
        loose_of(preset)
    except ConvLabError:
        return False
    return True


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    return one.size == other.size == prod(other.shape) and np.array_equal(one.ravel(), other.ravel())


def _check_alone(x: np.ndarray, w: np.ndarray, options: dict[str, object]) -> None:
    """Refuse options that no arrays would go with, and shapes over the limits of a picture."""
    limits.check_shape("x", x.shape)
    limits.check_shape("w", w.shape)
    rank = x.ndim - 2
    told = {**options, "groups": 1, "mode": "full", "padding": None}
    ConvSpec((1, 1, *[64] * rank), (1, 1, *[1] * rank), **told)
    if options["padding"] is None and options["mode"] not in ("valid", "same", "half", "full"):
        raise SpecError(f"Asked for mode {options['mode']!r}.", "There is no such mode.", "Use full.")
