"""PyTorch's conv2d on the processor, from NumPy's memory and back to it without a copy."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends import limits
from convlab.backends.formula import formula
from convlab.backends.peers.peer import Peer
from convlab.operands import turned
from convlab.spec import ConvSpec


class TorchConv2d(Peer):
    """`torch.nn.functional.conv2d` without gradients; a convolution hands it the turned filter."""

    name = "torch.nn.functional.conv2d"
    family = "torch"
    package = install = "torch"
    flips = "never"
    layout = "NCHW"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse other ranks than two, and padding that differs between two ends of an axis."""
        if reason := limits.axes(spec, self.name, 2) or limits.floats(spec, self.name):
            return reason
        if not prod(spec.y_shape) * spec.terms:
            return f"The output is empty or a sum of nothing; {self.name} wants an image, a channel and a filter."
        if all(lo == hi for lo, hi in spec.pads):
            return None
        return f"The padding is {spec.pads}; {self.name} has one number for both ends of an axis."

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return copies of x, w and y in the order that its kernels like: channels by sixteens."""
        channels, filters = self._wide(spec)
        values = spec.x_shape[0] * (channels * prod(spec.space) + filters * prod(spec.y_shape[2:]))
        return (values + prod(spec.w_shape)) * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters; A and B the channels and filters, filled up to sixteens."""
        channels, filters = self._wide(spec)
        return formula("(N·A·{in} + N·B·{out} + O·I·{taps})·{b}", spec, A=channels, B=filters)

    @staticmethod
    def _wide(spec: ConvSpec) -> tuple[int, int]:
        """Return the channels and filters as they lie in the copies; the few channels of a picture stay as they are."""
        channels, filters = spec.x_shape[1], spec.w_shape[0]
        return channels if channels <= 3 else -(-channels // 16) * 16, -(-filters // 16) * 16

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Call conv2d on tensors that share their memory with the arrays where torch can read these."""
        import torch

        with torch.inference_mode():
            found = torch.nn.functional.conv2d(
                torch.from_numpy(_readable(x)), torch.from_numpy(_readable(turned(w, spec))), None,
                spec.stride, tuple(lo for lo, _ in spec.pads), spec.dilation, spec.groups,
            )  # fmt: skip
            return found.numpy()


def _readable(array: np.ndarray) -> np.ndarray:
    """Return an array that torch takes: aligned, writeable, and nowhere read backwards."""
    plain = array.flags.aligned and array.flags.writeable and min(array.strides) >= 0
    return array if plain else array.copy()
