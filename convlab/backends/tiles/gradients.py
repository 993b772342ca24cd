"""Gradients for backends that are made of tiles: dx by phases, dw by tiles of its own."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends.tiles import wgrad
from convlab.phases import Phase, dgrad_by_phases, dgrad_phases
from convlab.spec import ConvSpec


class TileGradients:
    """The gradients of a `convlab.backends.backend.Backend` that takes float32 and float64; stands before it as a base.

    dx is one convolution by the backend itself where the stride is 1, and otherwise one for each remainder of the
    stride (`convlab.phases`). dw is what `convlab.backends.tiles.wgrad` adds up, the same for every backend.
    """

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Refuse what the backend refuses, and where it refuses one of the convolutions that make up dx."""
        if reason := self.supports(spec):
            return reason
        for phase in dgrad_phases(spec):
            if reason := self.supports(phase.spec):
                return f"The gradient of x is the convolution {phase.spec}{_for(phase, spec)}. {reason}"
        return None

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return what one phase of dx takes, or what dw takes, whichever is more."""
        phases, item = list(dgrad_phases(spec)), np.dtype(spec.dtype).itemsize
        apart = len(phases) > 1 or any(phase.spec.y_shape != spec.x_shape for phase in phases)
        swapped = prod(spec.w_shape) * item * (spec.groups > 1)
        dx = [self.workspace_bytes(phase.spec) + apart * prod(phase.spec.y_shape) * item for phase in phases]
        copies = sum(map(prod, (spec.x_shape, spec.w_shape, spec.y_shape))) if spec.dtype == "float16" else 0
        return max(swapped + max(dx, default=0), 4 * copies + wgrad.scratch_bytes(wgrad.computed(spec)))

    def gradient_wastes(self, spec: ConvSpec) -> str | None:
        """Return what the backend wastes on the convolutions that make up dx; dw wastes nothing worth a word."""
        for phase in dgrad_phases(spec):
            if wasted := self.wastes(phase.spec):
                return f"For dx{_for(phase, spec)}: {wasted}"
        return None

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Convolve dy with the filters, taps turned and sorted by remainders of the stride."""
        return dgrad_by_phases(dy, w, spec, self.run)

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Add up all positions in tiles of weights."""
        return wgrad.wgrad(x, dy, wgrad.computed(spec)).astype(spec.dtype, copy=False)


def _for(phase: Phase, spec: ConvSpec) -> str:
    """Return which inputs a phase makes, as part of a sentence; nothing where it makes all."""
    if phase.spec.y_shape == spec.x_shape:
        return ""
    return f" for every {'×'.join(map(str, spec.stride))}th input from {tuple(s.start for s in phase.inputs)}"
