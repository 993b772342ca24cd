"""Gradients for backends that are made of tiles: dx by phases, dw by tiles of its own."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends.tiles import subpixel, wgrad
from convlab.backends.tiles.wgrad import computed
from convlab.phases import Phase, dgrad_by_phases, dgrad_phases
from convlab.spec import ConvSpec


class TileGradients:
    """The gradients of a `convlab.backends.backend.Backend` that takes float32 and float64; stands before it as a base.

    dx is one convolution by the backend itself where the stride is 1, and otherwise one for each remainder of the
    stride (`convlab.phases`); of few channels it has tiles of its own (`convlab.backends.tiles.subpixel`). dw is what
    `convlab.backends.tiles.wgrad` adds up. float16 is computed in float32, and rounded once.
    """

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Refuse what the backend refuses, and where it refuses one of the convolutions that make up dx."""
        if reason := self.supports(spec):
            return reason
        for phase in self._phases(spec):
            if reason := self.supports(phase.spec):
                return f"The gradient of x is the convolution {phase.spec}{_for(phase, spec)}. {reason}"
        return None

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return what one phase of dx takes, or what dw takes, whichever is more."""
        copies = 4 * sum(map(prod, (spec.x_shape, spec.w_shape, spec.y_shape))) * (spec.dtype == "float16")
        dw = copies + wgrad.scratch_bytes(computed(spec))
        if subpixel.takes(spec):
            return max(dw, copies + subpixel.scratch_bytes(computed(spec)))
        return max(dw, self._phases_bytes(spec))

    def _phases_bytes(self, spec: ConvSpec) -> int:
        """Return what the largest phase takes, its own array among it where there are several."""
        item, phases = np.dtype(spec.dtype).itemsize, self._phases(spec)
        apart = item * any(phase.spec.y_shape != spec.x_shape for phase in phases)
        swapped = item * prod(spec.w_shape) * (spec.groups > 1)
        each = (apart * prod(phase.spec.y_shape) + self.workspace_bytes(phase.spec) for phase in phases)
        return swapped + max(each, default=0)

    def gradient_wastes(self, spec: ConvSpec) -> str | None:
        """Return what the backend wastes on the convolutions that make up dx; dw wastes nothing worth a word."""
        for phase in self._phases(spec):
            if wasted := self.wastes(phase.spec):
                return f"For dx{_for(phase, spec)}: {wasted}"
        return None

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Convolve dy with the filters, taps turned and sorted by remainders of the stride."""
        if not subpixel.takes(spec):
            return dgrad_by_phases(dy, w, spec, self.run)
        return subpixel.dgrad(dy, w, computed(spec)).astype(spec.dtype, copy=False)

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Add up all positions in tiles of weights."""
        return wgrad.wgrad(x, dy, computed(spec)).astype(spec.dtype, copy=False)

    @staticmethod
    def _phases(spec: ConvSpec) -> tuple[Phase, ...]:
        """Return the convolutions of dy that the backend itself makes for dx."""
        return () if subpixel.takes(spec) else dgrad_phases(spec)


def _for(phase: Phase, spec: ConvSpec) -> str:
    """Return which inputs a phase makes, as part of a sentence; nothing where it makes all."""
    if phase.spec.y_shape == spec.x_shape:
        return ""
    every = " × ".join(map(str, spec.stride))
    return f" for one in {every} inputs, from {', '.join(str(part.start) for part in phase.inputs)} on"
