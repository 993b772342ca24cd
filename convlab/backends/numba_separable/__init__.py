"""numba-separable: filters that are products of lines are convolved line by line, along one axis after the other."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends import admit, limits
from convlab.backends.backend import Backend, Held
from convlab.backends.formula import formula
from convlab.backends.numba_separable import boxes
from convlab.backends.numba_separable.boxes import Box
from convlab.backends.numba_separable.factors import (
    PASS_COST,
    WORTHWHILE,
    Factors,
    factored,
    saving,
    worth_trying,
)
from convlab.backends.numba_separable.passes import Passes, Slabs
from convlab.backends.work import Work
from convlab.operands import turned
from convlab.spec import ConvSpec


class NumbaSeparable(Backend):
    """A filter of 31 by 31 taps in 62 multiplications, if it is a product of a column and a row, and else in 961.

    A Gaussian, a box and Sobel's filters are columns times rows. Convolving with the row, then with the column, takes
    ``kh + kw`` multiplications for an output where the definition has ``kh·kw``. Sums of up to four such products are
    taken apart too, where that is still less work. `convlab.backends.numba_separable.factors` says how they are found,
    and why what comes out stays within the bound of a direct convolution for every x, or is not found.

    A box, a filter whose taps are all the same number, needs 2 multiplications and 5 to 15 additions for an output,
    whatever its size (`convlab.backends.numba_separable.boxes`). Such passes are made in that way, too.

    Notes
    -----
    It takes any filter: one that is no such sum, or not to the last digits of its smallest taps, is convolved directly,
    by `numba-tiles` or `numba-3d`. A spec does not tell which it will be. A race on random numbers times the direct
    path, and the time to find out; only with the filter of an application does it show what it is for. The workspace is
    that of the path which takes more. A plan looks at the filter once.

    Values are rounded between the passes, so whole numbers may be off in the last digit where the factors are no whole
    numbers. Every output has one order of summation whatever the threads: along the rows, then down the columns, in
    the order of the inner backend, or that of `convlab.backends.numba_separable.sums`. Boxes over two axes, of one
    channel for a filter, are exact on whole numbers. Where several products are added, an output that reads an
    infinity may be NaN. Zeros around x are multiplied like any value.

    Examples
    --------
    >>> sobel = np.outer([1.0, 2.0, 1.0], [1.0, 0.0, -1.0])[None, None]
    >>> x = np.arange(25.0).reshape(1, 1, 5, 5)
    >>> NumbaSeparable().run(x, sobel, ConvSpec(x.shape, sobel.shape, dtype="float64"))[0, 0, 0]
    array([8., 8., 8.])
    """

    name = "numba-separable"
    how = "line by line, else tiles"
    device = "cpu"
    family = "numba"
    imports = "llvmlite.binding"
    flips = "either"
    layout = "NC*"
    is_exact = False
    bound = "direct"
    spreads = "over added zeros"
    counterpart = ""

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse one axis, which has nothing to separate, and dtypes without vectors."""
        if spec.rank == 1:
            return "x has 1 spatial axis; numba-separable takes filters of 2 or 3 apart. numba-tiles does this one."
        return limits.floats(spec, "numba-separable")

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return what the direct path takes, or the lines between the passes and what a pass takes, if that is more."""
        return max([_direct(spec).workspace_bytes(spec), *self._between(spec)])

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: what the other backend takes, or what stands between the passes."""
        direct, between = _direct(spec), self._between(spec)
        if not between or max(between) <= direct.workspace_bytes(spec):
            return direct.workspace_formula(spec)
        return formula("B", spec, B=max(between))

    def _between(self, spec: ConvSpec) -> list[int]:
        """Return what the passes take for each number of products that may be found, and what a box takes."""
        if not prod(spec.y_shape) * spec.terms:
            return []
        found = [_passes_bytes(Slabs(spec, count)) for count in worth_trying(spec)]
        return [*found, boxes.workspace_bytes(spec)] if _pays_as_box(spec) else found

    def work(self, spec: ConvSpec) -> Work:
        """Return the work of the direct path: that of noise, and the most."""
        return _direct(spec).work(spec)

    def filter_bytes(self, spec: ConvSpec) -> int:
        """Return the filters as the direct path keeps them: factors are fewer."""
        return _direct(spec).filter_bytes(spec)

    def gain(self, w: np.ndarray, spec: ConvSpec) -> float:
        """Return how many times less work a filter is in passes than directly; 1.0 where it is convolved directly."""
        if _is_box(w, spec):
            return _box_saving(spec)
        found = _factors(w, spec)
        return saving(spec, found[0].shape[2]) if found else 1.0

    def plan(self, w: np.ndarray, spec: ConvSpec) -> Held:
        """Look for a box, then for factors, and hold what was found, or the filter."""
        if _is_box(w, spec):
            return Box(np.asarray(w, spec.dtype), spec)
        if found := _factors(w, spec):
            return Passes(found, spec, _lines(spec))
        return _direct(spec).plan(w, spec)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Plan, and use the plan once."""
        return self.plan(w, spec)(x, out)


def _is_box(w: np.ndarray, spec: ConvSpec) -> bool:
    """Return whether filters are convolved as boxes."""
    return _pays_as_box(spec) and boxes.is_box(np.asarray(w, spec.dtype))


def _pays_as_box(spec: ConvSpec) -> bool:
    """Return whether boxes of this shape are faster than a direct convolution."""
    if not prod(spec.y_shape) * spec.terms or not boxes.can_box(spec):
        return False
    return _box_saving(spec, boxes.LAUNCH_MACS) > WORTHWHILE


def _box_saving(spec: ConvSpec, launches: float = 0.0) -> float:
    """Return how many times less work a box is than a direct convolution."""
    return (spec.terms + PASS_COST) * prod(spec.y_shape) / (boxes.cost(spec) + launches)


def _factors(w: np.ndarray, spec: ConvSpec) -> Factors | None:
    """Return the factors of filters as they slide over x; None where they are convolved directly."""
    if not prod(spec.y_shape) * spec.terms:
        return None
    return factored(turned(np.asarray(w, spec.dtype), spec), spec)


def _direct(spec: ConvSpec) -> Backend:
    """Return the backend that convolves a filter as it is."""
    return admit("numba-tiles" if spec.rank == 2 else "numba-3d", spec)


def _lines(spec: ConvSpec) -> Backend:
    """Return the backend of the passes."""
    return admit("numba-tiles", Slabs(spec, 1).row_pass(1, 1))


def _passes_bytes(slabs: Slabs) -> int:
    """Return what stands between the passes of a slab, and the larger of what two passes take."""
    inner = _lines(slabs.spec)
    rows, images = slabs.rows, slabs.images
    height = min(slabs.spec.space[-2], slabs.reach(-2, rows))
    made = [slabs.row_pass(images, height), slabs.column_pass(images, rows)]
    if slabs.spec.rank == 3:
        made.append(slabs.depth_pass(images, rows))
    within = [inner.workspace_bytes(one) for one in made]
    within += [boxes.workspace_bytes(one) for one in made if boxes.can_box(one)]
    return slabs.bytes(images, rows) + max(within)
