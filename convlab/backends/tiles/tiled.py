"""What the backends made of register tiles share: everything but a name, an engine, and which specs they take."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import prod
from typing import Protocol

import numpy as np

from convlab.backends import limits
from convlab.backends.backend import Backend, Held
from convlab.backends.formula import formula
from convlab.backends.tiles.gradients import TileGradients
from convlab.spec import ConvSpec


class Engine(Protocol):
    """A convolution with filters that are held.

    Attributes
    ----------
    nbytes : int
        What is kept of the filters.
    """

    nbytes: int

    def __call__(self, x: np.ndarray, y: np.ndarray) -> None:
        """Write y; x and y may have any strides."""


class Engines(Protocol):
    """A module that makes engines, such as `convlab.backends.tiles.bank`, for specs with nothing empty."""

    @staticmethod
    def prepare(w: np.ndarray, spec: ConvSpec) -> Engine:
        """Return the engine of a spec, with its filters."""

    @staticmethod
    def filter_bytes(spec: ConvSpec) -> int:
        """Return what an engine keeps of its filters."""

    @staticmethod
    def scratch_bytes(spec: ConvSpec) -> int:
        """Return what all threads together work in, where x and y lie as in C order."""


class Tiled(TileGradients, Backend):
    """A backend whose y is made by tiles: a subclass adds `name`, `engines`, and what it refuses.

    float16 is computed as float32 and rounded once.

    Attributes
    ----------
    engines : Engines
    """

    engines: Engines
    device = "cpu"
    family = "numba"
    imports = "llvmlite.binding"
    flips = "either"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = ""

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse longdouble, for which no processor has vectors."""
        return limits.vectors(spec)

    def computed(self, spec: ConvSpec) -> ConvSpec:
        """Return the spec that the engine computes: in a dtype that vectors have."""
        return replace(spec, dtype="float32") if spec.dtype == "float16" else spec

    def empty(self, x: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Return memory for y."""
        return np.empty(spec.y_shape, spec.dtype)

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the packed filters, what the threads work in, and for float16 x, w and y as float32."""
        if not prod(spec.y_shape) * spec.terms:
            return 0
        copies = (spec.x_shape, spec.w_shape, spec.y_shape) if spec.dtype == "float16" else ()
        scratch = self.engines.scratch_bytes(self.computed(spec))
        return self.filter_bytes(spec) + scratch + 4 * sum(map(prod, copies))

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: G bytes of filters, and L that the threads work in."""
        if not prod(spec.y_shape) * spec.terms:
            return formula("0", spec)
        copies = " + (N·C·{in} + O·I·{taps} + N·O·{out})·4" if spec.dtype == "float16" else ""
        scratch = self.engines.scratch_bytes(self.computed(spec))
        return formula(f"G + L{copies}", spec, G=self.filter_bytes(spec), L=scratch)

    def filter_bytes(self, spec: ConvSpec) -> int:
        """Return the filters as the tiles read them."""
        return self.engines.filter_bytes(self.computed(spec)) if prod(spec.y_shape) * spec.terms else 0

    def plan(self, w: np.ndarray, spec: ConvSpec) -> Held:
        """Pack the filters into the order in which tiles read them."""
        if not prod(spec.y_shape) * spec.terms:
            return partial(_nothing, spec)
        computed = self.computed(spec)
        engine = self.engines.prepare(np.asarray(_lifted(w, computed), computed.dtype), computed)
        return partial(self._run, engine, spec, computed)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Plan, and use the plan once."""
        return self.plan(w, spec)(x, out)

    def _run(
        self, engine: Engine, spec: ConvSpec, computed: ConvSpec, x: np.ndarray, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Let the engine write y; through float32 where it cannot compute in y's own dtype."""
        y = self.empty(x, spec) if out is None else out
        if spec.dtype == computed.dtype:
            engine(_lifted(x, computed), _lifted(y, computed))
        else:
            found = np.empty(spec.y_shape, computed.dtype)
            engine(_lifted(x.astype(computed.dtype), computed), _lifted(found, computed))
            y[...] = found
        return y


def _nothing(spec: ConvSpec, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return sums of nothing."""
    y = np.empty(spec.y_shape, spec.dtype) if out is None else out
    y[...] = 0
    return y


def _lifted(array: np.ndarray, computed: ConvSpec) -> np.ndarray:
    """Return a view with as many spatial axes as what is computed: one of length 1 before those that there are."""
    return array if array.ndim == computed.rank + 2 else array[:, :, None]
