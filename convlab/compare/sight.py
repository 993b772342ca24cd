"""What a pair of operands can tell: which orientations of the filter give the same output, and a filter that can."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from convlab.compare.blind import warnings
from convlab.compare.readings import Look, Reading
from convlab.compare.result import Orientation, Sight
from convlab.compare.turns import Turn, asked, turns
from convlab.compare.yardstick import Yardstick
from convlab.spec import ConvSpec

_RANK_VALUES = 40_000  # values of the window matrix that are worth a singular value decomposition
_FEW = 4  # values below which one number between two outputs says nothing


@np.errstate(over="ignore", invalid="ignore")  # infinities and NaN are results here
def sight(yard: Yardstick) -> Sight:
    """Return what a question's operands can tell.

    Examples
    --------
    >>> from convlab.operands import prepare
    >>> seen = sight(Yardstick.of(prepare(np.arange(25).reshape(5, 5), np.ones((3, 3)))))
    >>> seen.distinct, seen.rank, seen.telling[0, 0].tolist()
    (1, 2, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    """
    found = _look(yard)
    if found.is_clear:
        return found
    other = Yardstick(yard.x, telling_filter(yard.spec.w_shape).astype(yard.w.dtype), yard.spec)
    return _look(yard, other.w if _look(other).is_clear else None)


def telling_filter(shape: tuple[int, ...]) -> np.ndarray:
    """Return the filter 1 to n of a shape: no two of its values, and so no two of its turns, are alike.

    Examples
    --------
    >>> telling_filter((1, 1, 2, 2)).tolist()
    [[[[1.0, 2.0], [3.0, 4.0]]]]
    """
    return np.arange(1.0, prod(shape) + 1).reshape(shape)


def _look(yard: Yardstick, telling: np.ndarray | None = None) -> Sight:
    spec, outputs = yard.spec, _Outputs(yard)
    wanted, opposite = asked(spec.taps, spec.flip), asked(spec.taps, not spec.flip)
    groups = {turn: outputs.group(turn) for turn in turns(spec.taps)}
    home = groups[wanted]
    first = yard.w[0, 0] if prod(spec.w_shape[:2]) else np.zeros(spec.taps)
    orientations = tuple(
        Orientation(
            turn.index, turn.name, turn.of(first), group == home, outputs.negated(turn, wanted), group
        )
        for turn, group in groups.items()
    )
    channels = outputs.differ(wanted, wanted, channels=True) if spec.w_shape[1] > 1 else None
    rank, most = _rank(yard.x, spec)
    ramp = outputs.constant(opposite, wanted) if groups[opposite] != home else None
    found = Sight(
        orientations, wanted.index, len(set(groups.values())), channels, rank, most, ramp, (), telling
    )
    return replace(found, warnings=tuple(warnings(found, yard.x, spec)))


class _Outputs:
    """What each orientation gives: a block of it first, and all of it only where two blocks tie."""

    def __init__(self, yard: Yardstick) -> None:
        self.yard, self.base = yard, Reading.of(yard.spec)
        self.whole: dict[tuple[Turn, bool], np.ndarray] = {}
        self.kinds: list[Turn] = []
        self.blocks, self.slack = {}, 0.0
        if prod(yard.spec.y_shape) and yard.w.size:
            middle = (0, 0, *(n // 2 for n in yard.spec.y_shape[2:]))
            look = Look(yard, np.zeros(yard.spec.y_shape), middle)
            self.blocks, self.slack = dict(zip(look.ways, look.values(self.base).T)), look.slack

    def group(self, turn: Turn) -> int:
        """Return a number that all orientations of one output share."""
        for place, kind in enumerate(self.kinds):
            if not self.differ(turn, kind):
                return place
        self.kinds.append(turn)
        return len(self.kinds) - 1

    def differ(self, turn: Turn, other: Turn, sign: int = 1, channels: bool = False) -> bool:
        """Return whether two orientations, the first perhaps with its channels backwards, give two outputs."""
        if (self._gap(turn, other, sign, channels) > self.slack).any():
            return True
        if np.array_equal(self._read(turn, channels), sign * self._read(other, False)):
            return False
        one, two = self._all(turn, channels), sign * self._all(other, False)
        slack = 2 * self.yard.bound(self.yard.spec.dtype, "direct")
        return not ((one == two) | (np.isnan(one) & np.isnan(two)) | (np.abs(one - two) <= slack)).all()

    def negated(self, turn: Turn, wanted: Turn) -> bool:
        """Return whether an orientation gives what was asked for, with the other sign."""
        return turn != wanted and self.differ(turn, wanted) and not self.differ(turn, wanted, sign=-1)

    def constant(self, turn: Turn, wanted: Turn) -> float | None:
        """Return the one number by which two outputs differ; None when it is not one, or too few values tell."""
        gap = self._gap(turn, wanted)
        if gap.size < _FEW or not np.isfinite(gap).all() or np.ptp(gap) > self.slack:
            return None
        gap = self._all(turn, False) - self._all(wanted, False)
        if (
            not np.isfinite(gap).all()
            or np.ptp(gap) > self.yard.bound(self.yard.spec.dtype, "direct").max() * 4
        ):
            return None
        return float(gap.flat[0])

    def _gap(self, turn: Turn, other: Turn, sign: int = 1, channels: bool = False) -> np.ndarray:
        if not self.blocks:
            return np.zeros(0)
        return np.abs(self.blocks[turn, channels] - sign * self.blocks[other, False])

    def _read(self, turn: Turn, channels: bool) -> np.ndarray:
        return replace(self.base, turn=turn, channels=channels).filters(self.yard.w)

    def _all(self, turn: Turn, channels: bool) -> np.ndarray:
        if (turn, channels) not in self.whole:
            reading = replace(self.base, turn=turn, channels=channels)
            self.whole[turn, channels] = reading.yardstick(self.yard.x, self.yard.w, self.yard.spec).truth
        return self.whole[turn, channels]


def _rank(x: np.ndarray, spec: ConvSpec) -> tuple[int | None, int | None]:
    """Return the rank of the matrix whose rows are the windows inside x, and the most it could be."""
    inside = [n - e + 1 for n, e in zip(spec.space, spec.extent)]
    shape = (spec.x_shape[0] * prod(inside), spec.x_shape[1] * prod(spec.taps))
    if min(inside) < 1 or not prod(shape) or prod(shape) > _RANK_VALUES or not np.isfinite(x).all():
        return None, None
    axes = tuple(range(2, x.ndim))
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), spec.extent, axes)
    windows = windows[(..., *(slice(None, None, d) for d in spec.dilation))]
    matrix = np.moveaxis(windows, 1, 1 + spec.rank).reshape(shape)
    return int(np.linalg.matrix_rank(matrix)), min(shape)
