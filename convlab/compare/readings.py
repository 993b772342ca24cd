"""Other ways to read the same operands: the filter turned otherwise, the window placed otherwise, another border.

A reading is tried on a small block of outputs first, for all turns of the filter at once by one matrix product; what
survives is computed in full by the definition before anything is said about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import log2, prod

import numpy as np

from convlab.compare.storage import kept
from convlab.compare.turns import Turn, asked, turns
from convlab.compare.yardstick import Fit, Yardstick
from convlab.numerics import unit_roundoff
from convlab.operands import group_blocks
from convlab.spec import ConvSpec

BORDERS = ("zeros", "reflect", "mirror", "nearest", "wrap")  # SciPy's names, and their order of likelihood
_BLOCK = {1: 48, 2: 8, 3: 4}  # outputs per axis that a first look takes


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to compute a convolution of given operands.

    Attributes
    ----------
    turn : Turn
    pads : (before, after) per axis
        Values read beyond x; negative ones leave x out.
    border : str
        Where they come from, one of `BORDERS`.
    stride, dilation : tuple of int
    channels : bool
        True when the filter's channels are read backwards too.
    """

    turn: Turn
    pads: tuple[tuple[int, int], ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    border: str = "zeros"
    channels: bool = False

    @classmethod
    def of(cls, spec: ConvSpec) -> Reading:
        """Return the reading that the spec asks for."""
        return cls(asked(spec.taps, spec.flip), spec.pads, spec.stride, spec.dilation)

    def filters(self, w: np.ndarray) -> np.ndarray:
        """Return the filters as they are slid over x."""
        w = self.turn.of(w)
        return w[:, ::-1] if self.channels else w

    def yardstick(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Yardstick:
        """Return the truth about this reading."""
        w = self.filters(w)
        pads = self.pads
        if self.border != "zeros" or any(side < 0 for pair in pads for side in pair):
            x, pads = _framed(x, pads, self.border), None
        told = ConvSpec(
            x.shape, w.shape, "valid", self.stride, self.dilation, spec.groups, False, pads, spec.dtype
        )  # fmt: skip
        return Yardstick(x, w, told)


def positions(wanted: np.ndarray, n: int, border: str) -> np.ndarray:
    """Return which of n values stands at each wanted position; n itself means a zero.

    Examples
    --------
    >>> [positions(np.arange(-2, 5), 3, border).tolist() for border in ("reflect", "mirror")]
    [[1, 0, 0, 1, 2, 2, 1], [2, 1, 0, 1, 2, 1, 0]]
    """
    if border == "zeros":
        return np.where((wanted >= 0) & (wanted < n), wanted, n)
    if border == "nearest":
        return wanted.clip(0, n - 1)
    if border == "wrap":
        return wanted % n
    if border == "reflect":
        again = wanted % (2 * n)
        return np.minimum(again, 2 * n - 1 - again)
    period = max(1, 2 * n - 2)
    again = wanted % period
    return np.minimum(again, period - again)


def _framed(x: np.ndarray, pads: Sequence[tuple[int, int]], border: str) -> np.ndarray:
    """Return x with its border written out, or cut where a pad is negative."""
    x = _with_zero(x, len(pads))
    for axis, (lo, hi) in enumerate(pads, 2):
        n = x.shape[axis] - 1
        x = x.take(positions(np.arange(-lo, n + hi), n, border), axis=axis)
    return x


def _with_zero(x: np.ndarray, rank: int) -> np.ndarray:
    """Return x with one zero behind the last value of each spatial axis, for index n to find."""
    lead = x.ndim - rank
    longer = np.zeros((*x.shape[:lead], *(n + 1 for n in x.shape[lead:])), x.dtype)
    longer[(..., *[slice(-1)] * rank)] = x
    return longer


class Look:
    """A small block of one output plane, against which readings are tried quickly.

    Parameters
    ----------
    yard : Yardstick
        The question.
    y : ndarray, (N, O, *space)
        The answer to explain; its space need not be that of the question.
    at : tuple of int
        An output value that the block should hold, best one where y is far from the truth.
    """

    def __init__(self, yard: Yardstick, y: np.ndarray, at: tuple[int, ...]) -> None:
        spec = self.spec = yard.spec
        n, o, *centre = at
        size = _BLOCK[spec.rank]
        self.ranges = []
        for c, total in zip(centre, y.shape[2:]):
            first = min(max(0, c - size // 2), max(0, total - size))
            self.ranges.append(np.arange(first, min(total, first + size)))
        self.y = y[n, o][np.ix_(*self.ranges)].astype(np.float64).ravel()
        group = o // (spec.w_shape[0] // spec.groups)
        self.x = _with_zero(yard.x[n, group_blocks(spec)[group][0]].astype(np.float64), spec.rank)
        self.turns = turns(spec.taps)
        backwards = (False, True) if spec.w_shape[1] > 1 else (False,)
        self.ways = [(turn, back) for back in backwards for turn in self.turns]
        w = yard.w[o].astype(np.float64)
        self.bank = np.stack([turn.of(w[::-1] if back else w).ravel() for turn, back in self.ways], 1)
        self.slack = _slack(self.x, self.bank, spec, y.dtype)

    def matches(self, place: Reading, store: Callable | None = None) -> Iterator[tuple[Turn, bool]]:
        """Yield the ways to turn the filter that explain the block, for one place of the window."""
        found = self.values(place)
        found = kept(store, found, self.y[:, None], self.slack) if store else found
        gap = np.abs(found - self.y[:, None])
        far = (gap > self.slack) | (np.isnan(gap) & ~(np.isnan(found) | np.isnan(self.y[:, None])))
        return (way for way, miss in zip(self.ways, far.any(0)) if not miss)

    def values(self, place: Reading) -> np.ndarray:
        """Return the block's values for every way to turn the filter, one column each."""
        return self._patches(place) @ self.bank

    def _patches(self, place: Reading) -> np.ndarray:
        rank, index = self.spec.rank, [slice(None)]
        for axis, (i, (lo, _), s, d) in enumerate(zip(self.ranges, place.pads, place.stride, place.dilation)):
            wanted = (i * s - lo)[:, None] + (np.arange(self.spec.taps[axis]) * d)[None]
            shape = [1] * (2 * rank)
            shape[axis], shape[rank + axis] = wanted.shape
            index.append(positions(wanted, self.x.shape[1 + axis] - 1, place.border).reshape(shape))
        patches = np.moveaxis(self.x[tuple(index)], 0, rank)
        return patches.reshape(self.y.size, -1)


def _slack(x: np.ndarray, bank: np.ndarray, spec: ConvSpec, dtype: np.dtype) -> float:
    """Return a generous limit of rounding for the first look; the full check decides by the true bounds."""
    finite = np.abs(x[np.isfinite(x)])
    if not finite.size:
        return np.inf
    weights = np.where(np.isfinite(bank), np.abs(bank), 0)
    u = max(
        unit_roundoff(spec.dtype), unit_roundoff(dtype) if dtype.kind == "f" else 0, unit_roundoff("float32")
    )
    direct = 8 * (prod(spec.w_shape[1:]) ** 0.5 + 1) * float(finite.max()) * float(weights[:, 0].sum())
    fft = 2 * max(1.0, log2(x.size)) * float(np.sqrt((finite**2).sum()) * np.sqrt((weights[:, 0] ** 2).sum()))
    return u * (direct + fft)


@dataclass(frozen=True)
class Found:
    """A reading that explains every value."""

    reading: Reading
    cost: int
    fit: Fit
    storage: str = ""


def turn_cost(turn: Turn, back: bool, spec: ConvSpec) -> int:
    """Return how unlikely a way to turn the filter is: 0 as asked, 1 one plain slip, 2 two at once."""
    wanted = asked(spec.taps, spec.flip)
    if turn == wanted:
        cost = 0
    elif turn.swap:
        cost = 1 if turn.flips == wanted.flips else 2
    else:
        cost = 1
    return cost + back


def search(
    yard: Yardstick, y: np.ndarray, at: tuple[int, ...], places: Sequence[tuple[int, Reading]], algorithm: str,
    most: int = 2, stores: dict | None = None,
) -> list[Found]:  # fmt: skip
    """Return the least unlikely readings that explain y within its bound, all of the same cost.

    Parameters
    ----------
    places : (cost, Reading)
        Where the window may stand, and over which border; their turns are not looked at.
    most : int
        Largest cost worth naming: with few values to explain, far-fetched readings fit by chance.
    stores : dict of name to function, optional
        How a true value is kept by y's dtype, such as wrapped around.
    """
    look, hits, plain = Look(yard, y, at), [], Reading.of(yard.spec)
    ranked = sorted(places, key=lambda pair: pair[0])
    for level, group in groupby(ranked, key=lambda pair: pair[0]):
        if level > most:
            break
        # Nothing that follows costs less than `level`, so the cheaper ones are settled first: what fits the block
        # by chance must not keep a dearer reading, which fits everywhere, from being tried.
        if found := _verified([hit for hit in hits if hit[0] < level], yard, y, algorithm, stores or {}):
            return found
        hits = [hit for hit in hits if hit[0] >= level]
        for _, place in group:
            hits += _hits(look, place, level, most, plain, stores or {})
    return _verified(hits, yard, y, algorithm, stores or {})


def _hits(look: Look, place: Reading, cost: int, most: int, plain: Reading, stores: dict) -> Iterator[tuple]:
    """Yield (cost, reading, storage) for what explains the block with the window at one place."""
    for extra, (name, store) in enumerate({"": None, **stores}.items()):
        for turn, back in look.matches(place, store):
            total = cost + turn_cost(turn, back, look.spec) + bool(extra)
            reading = replace(place, turn=turn, channels=back)
            if total <= most and (name or reading != plain):
                yield total, reading, name


def _verified(hits: list, yard: Yardstick, y: np.ndarray, algorithm: str, stores: dict) -> list[Found]:
    """Return the cheapest hits that hold for every value."""
    found: list[Found] = []
    for cost, reading, storage in sorted(hits, key=lambda hit: hit[0]):
        if found and cost > found[0].cost:
            break
        truth = reading.yardstick(yard.x, yard.w, yard.spec)
        if storage:
            slack = truth.bound(yard.spec.dtype, "direct")
            truth.truth = kept(stores[storage], truth.truth, y, slack)
        fit = truth.fit(y, algorithm)
        if fit.agrees:
            found.append(Found(reading, cost, fit, storage))
    return found
