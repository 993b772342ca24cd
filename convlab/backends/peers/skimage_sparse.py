"""scikit-image's correlation: it goes through the taps that are not zero, image by image."""

from __future__ import annotations

import numpy as np

from convlab.backends.peers.peer import Ready
from convlab.backends.peers.scipy_functions import _Stack
from convlab.operands import turned
from convlab.spec import ConvSpec


class CorrelateSparse(_Stack):
    """`skimage.filters.correlate_sparse`, which takes filters of odd sizes and has mode "valid"."""

    name = "skimage.filters.correlate_sparse"
    family = "skimage"
    package, install = "skimage", "scikit-image"
    flips = "never"
    modes = ("valid",)
    turns = False
    is_exact = True
    bound = "direct"
    spreads = "as defined"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse, beside the rest, even filters."""
        if reason := super().supports(spec):
            return reason
        if all(k % 2 for k in spec.taps):
            return None
        return (
            f"The filter has {max(k for k in spec.taps if k % 2 == 0)} taps; {self.name} wants an odd number."
        )

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return one image that it makes at a time."""
        return int(np.prod(spec.space)) * np.dtype(spec.dtype).itemsize

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Correlate one image after the other."""
        ready = self.ready(x, w, spec)
        return ready.read(ready.call())

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Lay the images out one by one."""
        from skimage.filters import correlate_sparse

        images, slid = [np.ascontiguousarray(image) for image in x[:, 0]], turned(w, spec)[0, 0].copy()
        return Ready(
            lambda: [correlate_sparse(image, slid, mode="valid") for image in images],
            lambda made: np.stack(made)[:, None],
        )
