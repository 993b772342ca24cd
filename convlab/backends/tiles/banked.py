"""What the backends that are a filter bank share: everything but a name and which specs they take."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import prod

import numpy as np

from convlab.backends.backend import Backend, Held
from convlab.backends.formula import formula
from convlab.backends.library import missing
from convlab.backends.tiles import bank
from convlab.backends.tiles.gradients import TileGradients
from convlab.backends.work import Work, direct
from convlab.spec import ConvSpec


class Banked(TileGradients, Backend):
    """A backend whose y is made by `convlab.backends.tiles.bank`: a subclass adds `name` and what it refuses.

    float16 is computed as float32 and rounded once.
    """

    device = "cpu"
    family = "numba"
    imports = "llvmlite.binding"
    flips = "either"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = ""

    def unavailable(self) -> str | None:
        """Return a sentence when llvmlite, numba's own way to LLVM, is not installed."""
        return missing("llvmlite")

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse longdouble, for which no processor has vectors."""
        if spec.dtype == "longdouble":
            return (
                "This is longdouble; vector registers hold numbers up to float64. Convert x and w to float64."
            )
        return None

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the packed filters, what the threads work in, and for float16 x, w and y as float32."""
        if not prod(spec.y_shape) * spec.terms:
            return 0
        copies = (spec.x_shape, spec.w_shape, spec.y_shape) if spec.dtype == "float16" else ()
        return self.filter_bytes(spec) + bank.scratch_bytes(_computed(spec)) + 4 * sum(map(prod, copies))

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: G bytes of filters, and L that the threads work in."""
        if not prod(spec.y_shape) * spec.terms:
            return formula("0", spec)
        copies = " + (N·C·{in} + O·I·{taps} + N·O·{out})·4" if spec.dtype == "float16" else ""
        numbers = {"G": self.filter_bytes(spec), "L": bank.scratch_bytes(_computed(spec))}
        return formula(f"G + L{copies}", spec, **numbers)

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, in one call."""
        return direct(spec)

    def filter_bytes(self, spec: ConvSpec) -> int:
        """Return the filters as the tiles read them."""
        return bank.filter_bytes(_computed(spec)) if prod(spec.y_shape) * spec.terms else 0

    def plan(self, w: np.ndarray, spec: ConvSpec) -> Held:
        """Pack the filters into the order in which tiles read them."""
        if not prod(spec.y_shape) * spec.terms:
            return partial(_nothing, spec)
        computed = _computed(spec)
        return partial(_run, bank.prepare(np.asarray(w, computed.dtype), computed), spec)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Plan, and use the plan once."""
        return self.plan(w, spec)(x, out)


def _computed(spec: ConvSpec) -> ConvSpec:
    """Return the spec in a dtype that vectors have."""
    return replace(spec, dtype="float32") if spec.dtype == "float16" else spec


def _nothing(spec: ConvSpec, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return sums of nothing."""
    y = np.empty(spec.y_shape, spec.dtype) if out is None else out
    y[...] = 0
    return y


def _run(engine: bank.Engine, spec: ConvSpec, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Let the engine write y; through float32 where it cannot compute in y's own dtype."""
    y = np.empty(spec.y_shape, spec.dtype) if out is None else out
    if spec.dtype == "float16":
        found = np.empty(spec.y_shape, np.float32)
        engine(x.astype(np.float32), found)
        y[...] = found
    else:
        engine(x, y)
    return y
