"""OpenCV's filter2D, image by image."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends import limits
from convlab.backends.formula import formula
from convlab.backends.peers.peer import Peer
from convlab.backends.work import Work, direct
from convlab.operands import turned
from convlab.spec import ConvSpec


class OpencvFilter2D(Peer):
    """`cv2.filter2D` with zeros at the border: sums for small filters, a transform for large ones.

    It correlates, and gives an output for every input, its window centred at ``k // 2``: that is mode "same", and
    "valid" is cut from it.
    """

    name = "cv2.filter2D"
    family = "opencv"
    package, install = "cv2", "opencv-python-headless"
    flips = "never"
    layout = "HW"
    is_exact = False
    bound = "fft"
    spreads = "everywhere"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse channels, several filters, and what OpenCV has no words for."""
        if (spec.x_shape[1], spec.w_shape[0]) != (1, 1):
            channels, filters = spec.x_shape[1], spec.w_shape[0]
            return f"There are {channels} channels and {filters} filters; one call of {self.name} takes one of each."
        if reason := limits.axes(spec, self.name, 2):
            return reason
        said = limits.first(
            limit(spec, self.name) for limit in (limits.floats, limits.steps, limits.dilation)
        )
        return said or limits.borders(spec, self.name, ("valid", "same"))

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return its results put together, a filtered image, and its transforms where OpenCV takes them."""
        return (prod(spec.y_shape) + 5 * prod(spec.space)) * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        return formula("(N·{out} + 5·{in})·{b}", spec)

    def work(self, spec: ConvSpec) -> Work:
        """Return the sums at every input."""
        return direct(spec, "N", flops="2·N·{taps}·{in}")

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Filter one image after the other."""
        import cv2

        y, slid = np.empty(spec.y_shape, spec.dtype), np.ascontiguousarray(turned(w, spec)[0, 0])
        cut = ...
        if limits.border(spec, ("valid",)):
            sizes = zip(spec.taps, spec.y_shape[2:], strict=True)
            cut = tuple(slice(k // 2, k // 2 + size) for k, size in sizes)
        for image, into in zip(x[:, 0], y[:, 0], strict=True):
            into[...] = cv2.filter2D(np.ascontiguousarray(image), -1, slid, borderType=cv2.BORDER_CONSTANT)[
                cut
            ]
        return y
