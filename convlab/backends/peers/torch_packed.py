"""PyTorch at its fastest on the processor: a filter that oneDNN has packed, as a frozen compiled model holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convlab.backends.peers.peer import Ready
from convlab.backends.peers.torch_conv import TorchConv2dLast, _words
from convlab.operands import turned
from convlab.spec import ConvSpec

if TYPE_CHECKING:
    import torch


class TorchPacked(TorchConv2dLast):
    """`torch.ops.mkldnn._convolution_pointwise` on channels that stand last, its filter packed for this shape.

    It is no public name, and what a model calls after `torch.compile` has frozen it: without it PyTorch packs the
    filter anew in every call.
    """

    name = "torch.ops.mkldnn._convolution_pointwise (packed filter)"
    computes = ("y",)

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse, beside the rest, float64, which oneDNN does not convolve."""
        if spec.dtype != "float32":
            return f"This is {spec.dtype}; oneDNN packs filters of float32."
        return super().supports(spec)

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Pack the filter and use it once."""
        ready = self.ready(x, w, spec)
        return ready.read(ready.call())

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Let oneDNN pack the filter for this x."""
        import torch

        stride, pads, dilation, groups = _words(spec)
        words = [pads, stride, dilation, groups]
        seen, function = self.tensor(x), torch.ops.mkldnn._convolution_pointwise
        with torch.inference_mode():
            slid = self.tensor(turned(w, spec)).contiguous()
            packed = torch.ops.mkldnn._reorder_convolution_weight(slid, *words, list(spec.x_shape))

        def call() -> torch.Tensor:
            with torch.inference_mode():
                return function(seen, packed, None, *words, "none", [], "")

        return Ready(call, lambda y: y.numpy())
