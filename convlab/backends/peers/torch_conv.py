"""PyTorch's convolutions on the processor, from NumPy's memory and back to it without a copy."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convlab.backends import limits
from convlab.backends.formula import formula
from convlab.backends.peers.peer import Peer, Ready
from convlab.operands import turned
from convlab.spec import ConvSpec

if TYPE_CHECKING:
    import torch


class _TorchConv(Peer):
    """`torch.nn.functional.conv1d`, `conv2d` or `conv3d` without gradients; a convolution hands it the turned filter.

    Its gradients are those of `torch.ops.aten.convolution_backward`, which is what a backward pass calls.
    """

    family = "torch"
    package = install = "torch"
    computes = ("y", "dx", "dw")
    flips = "never"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    rank: int
    last = False  # whether the channels stand last in memory: what its kernels like best

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse other ranks, and padding that differs between two ends of an axis."""
        if reason := limits.axes(spec, self.name, self.rank) or limits.floats(spec, self.name):
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
        """Call it on tensors that share their memory with the arrays where torch can read these."""
        import torch

        with torch.inference_mode():
            function = getattr(torch.nn.functional, f"conv{self.rank}d")
            found = function(
                torch.from_numpy(_readable(x)), torch.from_numpy(_readable(turned(w, spec))), None, *_words(spec)
            )  # fmt: skip
            return found.numpy()

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Make tensors of x and w, in the order of the axes that is asked for."""
        import torch

        function, words = getattr(torch.nn.functional, f"conv{self.rank}d"), _words(spec)
        seen, slid = self.tensor(x), self.tensor(turned(w, spec))

        def call() -> torch.Tensor:
            with torch.inference_mode():
                return function(seen, slid, None, *words)

        return Ready(call, lambda y: y.numpy())

    def ready_gradient(self, of: str, x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> Ready:
        """Prepare the one gradient; of the operand that it does not read the backward call wants the shape alone."""
        import torch

        backward, stride, pads, dilation, groups = torch.ops.aten.convolution_backward, *_words(spec)
        operands = [self.tensor(array) for array in (dy, x, turned(w, spec))]
        zeros, wanted = [0] * self.rank, [of == "dx", of == "dw", False]

        def call() -> torch.Tensor:
            with torch.inference_mode():
                found = backward(*operands, None, stride, pads, dilation, False, zeros, groups, wanted)
                return found[0 if of == "dx" else 1]

        def read(found: torch.Tensor) -> np.ndarray:
            return found.numpy() if of == "dx" else turned(found.numpy(), spec)

        return Ready(call, read)

    def tensor(self, array: np.ndarray) -> torch.Tensor:
        """Return a tensor whose memory has the order of the axes that is asked for, with no graph of gradients."""
        import torch

        with torch.inference_mode():
            made = torch.from_numpy(np.ascontiguousarray(_readable(array)))
            orders = {4: torch.channels_last, 5: torch.channels_last_3d} if self.last else {}
            return made.contiguous(memory_format=orders.get(array.ndim, torch.contiguous_format))


class TorchConv1d(_TorchConv):
    """`torch.nn.functional.conv1d`."""

    name, rank = "torch.nn.functional.conv1d", 1


class TorchConv2d(_TorchConv):
    """`torch.nn.functional.conv2d`."""

    name, rank = "torch.nn.functional.conv2d", 2


class TorchConv3d(_TorchConv):
    """`torch.nn.functional.conv3d`."""

    name, rank = "torch.nn.functional.conv3d", 3


class TorchConv2dLast(TorchConv2d):
    """The same on tensors whose channels stand last in memory; the conversion is no part of what is timed."""

    name, last = "torch.nn.functional.conv2d (channels last)", True


class TorchConv3dLast(TorchConv3d):
    """The same on tensors whose channels stand last in memory; the conversion is no part of what is timed."""

    name, last = "torch.nn.functional.conv3d (channels last)", True


def _words(spec: ConvSpec) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int]:
    """Return stride, padding, dilation and groups in the order in which torch's functions take them."""
    return spec.stride, tuple(lo for lo, _ in spec.pads), spec.dilation, spec.groups


def _readable(array: np.ndarray) -> np.ndarray:
    """Return an array that torch takes: aligned, writeable, and nowhere read backwards."""
    plain = array.flags.aligned and array.flags.writeable and min(array.strides) >= 0
    return array if plain else array.copy()
