"""OpenCV's filter2D, image by image."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends import limits
from convlab.backends.formula import formula
from convlab.backends.peers.peer import Peer, Ready
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

        y, slid, cut = np.empty(spec.y_shape, spec.dtype), _slid(w, spec), _cut(spec)
        for image, into in zip(x[:, 0], y[:, 0], strict=True):
            into[...] = cv2.filter2D(np.ascontiguousarray(image), -1, slid, borderType=cv2.BORDER_CONSTANT)[
                cut
            ]
        return y

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Lay the images out one by one; the results stay where OpenCV made them."""
        import cv2

        images, slid, cut = [np.ascontiguousarray(image) for image in x[:, 0]], _slid(w, spec), _cut(spec)
        border = cv2.BORDER_CONSTANT
        return Ready(
            lambda: [cv2.filter2D(image, -1, slid, borderType=border) for image in images],
            lambda made: np.stack([image[cut] for image in made])[:, None],
        )


class OpencvChannels(OpencvFilter2D):
    """The same in one call: an image whose channels are the images, as source 004 has them in memory."""

    name = "cv2.filter2D (images as channels)"
    layout = "HWN"

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Filter all images as one."""
        ready = self.ready(x, w, spec)
        return ready.read(ready.call())

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Lay the images out side by side, the image index last."""
        import cv2

        image, slid, cut = np.ascontiguousarray(np.moveaxis(x[:, 0], 0, -1)), _slid(w, spec), _cut(spec)
        border = cv2.BORDER_CONSTANT

        def read(made: np.ndarray) -> np.ndarray:
            return np.moveaxis(made.reshape(image.shape)[cut], -1, 0)[:, None]

        return Ready(lambda: cv2.filter2D(image, -1, slid, borderType=border), read)


def _slid(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    return np.ascontiguousarray(turned(w, spec)[0, 0])


def _cut(spec: ConvSpec) -> tuple[slice, ...]:
    """Return where the outputs stand in what has an output for every input."""
    first = [k // 2 if limits.border(spec, ("valid",)) else 0 for k in spec.taps]
    return tuple(slice(at, at + size) for at, size in zip(first, spec.y_shape[2:], strict=True))
