"""What a person writes who knows scipy.fft well: real transforms on all processors, that of the filter held."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends import threads
from convlab.backends.peers.peer import Ready
from convlab.backends.peers.scipy_functions import _Signal
from convlab.backends.ring import fast_length
from convlab.spec import ConvSpec


class RfftnHeld(_Signal):
    """`scipy.fft.rfftn` and `irfftn` over all images at once, with a transform of the filter that is made before."""

    name = "scipy.fft.rfftn (filter held)"

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Transform the filter and use it once."""
        ready = self.ready(x, w, spec)
        return ready.read(ready.call())

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Transform the filter."""
        from scipy.fft import irfftn, rfftn

        sizes, cut, axes = points(spec), places(spec), tuple(range(1, 1 + spec.rank))
        images, workers = np.ascontiguousarray(x[:, 0]), threads.count()
        held = rfftn(w[0], sizes, axes)

        def call() -> np.ndarray:
            seen = rfftn(images, sizes, axes, workers=workers)
            seen *= held
            return irfftn(seen, sizes, axes, overwrite_x=True, workers=workers)[cut]

        return Ready(call, lambda y: y[:, None])


def points(spec: ConvSpec) -> tuple[int, ...]:
    """Return the points of a transform in which no needed values meet: products of 2, 3 and 5.

    Examples
    --------
    >>> points(ConvSpec((1, 1, 97, 100), (1, 1, 11, 11))), points(ConvSpec((1, 1, 97), (1, 1, 11), "full"))
    ((100, 100), (108,))
    """
    axes = zip(spec.space, spec.pads, spec.extent, strict=True)
    return tuple(fast_length(max(n + max(pads), extent)) for n, pads, extent in axes)


def places(spec: ConvSpec) -> tuple[slice, ...]:
    """Return where the outputs stand in what comes back from a transform of `points`."""
    axes = zip(spec.extent, spec.pads, spec.y_shape[2:], strict=True)
    return (slice(None), *(slice(e - 1 - lo, e - 1 - lo + count) for e, (lo, _), count in axes))


def values(spec: ConvSpec) -> int:
    """Return how many values the images of one transform have together."""
    return spec.x_shape[0] * prod(points(spec))
