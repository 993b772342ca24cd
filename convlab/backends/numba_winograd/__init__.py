"""numba-winograd and numba-winograd-f2: 3 x 3 filters with a quarter, or four ninths, of the multiplications.

`forms` is the algebra, `kernels` the vector code, `loops` the compiled loops around it, `cuts` decides how the work is
cut, `views` reduces dilation and far padding to plain layers, `engine` holds filters and calls.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from convlab.backends.backend import Backend, Held
from convlab.backends.formula import formula
from convlab.backends.limits import axes, first, floats, steps
from convlab.backends.numba_winograd import engine
from convlab.backends.numba_winograd.cuts import FILTER_BYTES, FORMS, Cut, cut
from convlab.backends.numba_winograd.views import Part, parts
from convlab.backends.tiles.gradients import TileGradients
from convlab.backends.work import Work
from convlab.operands import turned
from convlab.spec import ConvSpec, by

LINE = 64  # filters: what is transformed at a time is a multiple, so that only the last panel has a tail


class NumbaWinograd(TileGradients, Backend):
    """Winograd's filtering F(4 x 4, 3 x 3): 36 products make 16 outputs, for which the definition takes 144.

    Tiles of 6 x 6 inputs are transformed, multiplied with transformed filters number by number, added up over the
    channels, and transformed back. Each of the 36 places of a tile is a matrix product of tiles by channels by
    filters, with a register tile of its own. A plan holds the filters transformed: four times what they take.

    Notes
    -----
    *Approximate*: a transform adds and subtracts values that are larger than the outputs, so the rounding is that of
    the bound "winograd" of `convlab.numerics`; errors of 1e-6 to 3e-6 of the largest output were measured in float32,
    five to ten times those of a direct sum. Whole numbers do not stay whole.

    The order of all sums is fixed: for each place of a tile chains of fused multiply-adds over 128 channels each, which
    begin with 0 and are added up in turn, and the transforms as `forms.combination` writes them. The bits depend on no
    thread, block, vector or neighbour. A NaN or an infinity in x reaches the outputs of all tiles that read it; one in
    w, all outputs of its filter. Outputs whose window sees nothing but padding are 0.

    x is read where it lies, and transposed in registers if its columns are side by side; other views are gathered
    number by number. A dilation of d makes d x d layers of every d-th row and column.

    Examples
    --------
    >>> x, w = np.arange(36.0).reshape(1, 1, 6, 6), np.ones((1, 1, 3, 3))
    >>> NumbaWinograd().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))[0, 0, 0].round(9)
    array([63., 72., 81., 90.])
    """

    name = "numba-winograd"
    how = "Winograd F(4 × 4)"
    device = "cpu"
    family = "numba"
    imports = "llvmlite.binding"
    flips = "either"
    layout = "NCHW"
    is_exact = False
    bound = "winograd"
    spreads = "everywhere"
    counterpart = ""
    outputs = 4

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse other filters than 3 x 3, steps, other ranks than 2, and dtypes that have no vectors."""
        return first(limit(spec, "Winograd's filtering") for limit in (_axes, _taps, steps, floats))

    def wastes(self, spec: ConvSpec) -> str | None:
        """Say how many outputs of the last tiles of rows and columns are dropped."""
        cuts = [self._cut(part) for part in parts(spec, self.outputs)]
        found = sum(prod(one.tiles) * self.outputs**2 for one in cuts)
        kept = sum(one.layer.high * one.layer.wide for one in cuts)
        return f"Computes {found} values to keep {kept}." if found > kept else None

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the transformed filters, and for each thread the transformed inputs and products of a block."""
        _, spec = self._blocks(spec)[0]
        rooms = [engine.room_bytes(self._cut(part)) for part in parts(spec, self.outputs)]
        return max(rooms) + self.filter_bytes(spec) if rooms else 0

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: V filters at a time, a vector filled up, and R bytes of room for all threads."""
        _, block = self._blocks(spec)[0]
        cuts = [self._cut(part) for part in parts(block, self.outputs)]
        if not cuts:
            return formula("0", spec)
        filters = spec.groups * cuts[0].vectors * cuts[0].lanes
        room = self.workspace_bytes(spec) - self.filter_bytes(block)
        return formula(f"{FORMS[self.outputs].size ** 2}·I·V·{{b}} + R", spec, V=filters, R=room)

    def filter_bytes(self, spec: ConvSpec) -> int:
        """Return what a plan keeps: the transformed filters, zeros that fill up a vector included."""
        found = parts(spec, self.outputs)
        return self._cut(found[0]).weight_values * np.dtype(spec.dtype).itemsize if found else 0

    def work(self, spec: ConvSpec) -> Work:
        """Return the multiply-adds of all places of all tiles, and the operations of the transforms."""
        n, size = FORMS[self.outputs].size, np.dtype(spec.dtype).itemsize
        cuts = [self._cut(part) for part in parts(spec, self.outputs)]
        tiles = sum(one.layer.images * prod(one.tiles) for one in cuts)
        there = n * n * tiles * (spec.x_shape[1] + spec.w_shape[0])
        flops = 2 * n * n * tiles * prod(spec.w_shape[:2]) + 4 * n * there
        letters, calls = f"2·{n * n}·O·I·tiles + transforms", "1 for the filters + 1 for each remainder"
        return Work(flops, 1 + len(cuts), 2 * size * there, letters, calls)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Transform as many filters as the last cache holds, use them once, and go on to the next."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        for filters, part in self._blocks(spec):
            self.plan(w[filters], part)(x, y[:, filters])
        return y

    def plan(self, w: np.ndarray, spec: ConvSpec) -> Held:
        """Transform the filters; the plan does the rest, for as many x as come."""
        found = [(part, self._cut(part)) for part in parts(spec, self.outputs)]
        u = engine.transformed(turned(w, spec), found[0][1]) if found else None

        def run(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
            y = np.empty(spec.y_shape, spec.dtype) if out is None else out
            if sum(one.layer.high * one.layer.wide for _, one in found) < prod(spec.y_shape[2:]):
                y[...] = 0
            for part, one in found:
                engine.convolve(u, one, x[(..., *part.inputs)], y[(..., *part.outputs)])
            return y

        return run

    def _blocks(self, spec: ConvSpec) -> list[tuple[slice, ConvSpec]]:
        """Return the filters that are transformed at a time, where none is held: all of them, or a part."""
        filters, count = spec.w_shape[0], 1 + self.filter_bytes(spec) // FILTER_BYTES
        if spec.groups > 1 or count == 1:
            return [(slice(0, filters), spec)]
        each = -(-filters // count)
        each += -each % LINE
        blocks = [slice(first, min(filters, first + each)) for first in range(0, filters, each)]
        return [(some, replace(spec, w_shape=(some.stop - some.start, *spec.w_shape[1:]))) for some in blocks]

    @staticmethod
    def _cut(part: Part) -> Cut:
        return cut(part.layer)


class NumbaWinogradF2(NumbaWinograd):
    """Winograd's filtering F(2 x 2, 3 x 3): 16 products make 4 outputs, for which the definition takes 36.

    The transforms add and subtract only, so that the rounding is nearly that of a direct sum, and whole numbers that
    are small enough stay whole but for the halves of the filter transform, which float numbers hold, too.

    Examples
    --------
    >>> x, w = np.arange(36.0).reshape(1, 1, 6, 6), np.ones((1, 1, 3, 3))
    >>> NumbaWinogradF2().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))[0, 0, 0].round(9)
    array([63., 72., 81., 90.])
    """

    name = "numba-winograd-f2"
    how = "Winograd F(2 × 2)"
    bound = "winograd-f2"
    outputs = 2


def _axes(spec: ConvSpec, who: str) -> str | None:
    return axes(spec, who, 2)


def _taps(spec: ConvSpec, who: str) -> str | None:
    """Say that a filter is not 3 x 3.

    Examples
    --------
    >>> _taps(ConvSpec((1, 1, 9, 9), (1, 1, 5, 3)), "Winograd's filtering")
    "The filter has 5 × 3 taps; Winograd's filtering is for 3 × 3."
    """
    if spec.taps == (3, 3):
        return None
    return f"The filter has {by(spec.taps)} taps; {who} is for 3 × 3."
