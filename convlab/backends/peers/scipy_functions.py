"""SciPy's functions as source 004 calls them: one filter over a whole stack of images, in one call."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends import limits
from convlab.backends.formula import formula
from convlab.backends.peers.peer import Peer
from convlab.backends.work import Work, direct, transform_flops
from convlab.spec import ConvSpec


class _Stack(Peer):
    """The images of one channel are one array, and the filter has an axis of length 1 where they have their index."""

    family = "scipy"
    package = install = "scipy"
    flips = "always"
    layout = "N*"
    modes = ("valid", "same", "full")

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse channels, several filters, and what SciPy has no words for."""
        if (spec.x_shape[1], spec.w_shape[0]) != (1, 1):
            channels, filters = spec.x_shape[1], spec.w_shape[0]
            return f"There are {channels} channels and {filters} filters; one call of {self.name} takes one of each."
        if not spec.x_shape[0]:
            return f"There is no image; {self.name} wants one at least."
        if not spec.flip and self.flips == "always":
            return f"This is a cross-correlation; {self.name} turns the filter."
        said = limits.first(
            limit(spec, self.name) for limit in (limits.floats, limits.steps, limits.dilation)
        )
        return said or limits.borders(spec, self.name, self.modes)


class NdimageConvolve(_Stack):
    """`scipy.ndimage.convolve`: an output for every input, cut to mode "valid" where that is asked."""

    name = "scipy.ndimage.convolve"
    modes = ("valid", "same")
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse, beside the rest, mode "same" with an even filter, whose centre ndimage has elsewhere."""
        if reason := super().supports(spec):
            return reason
        if limits.border(spec, ("valid",)) or all(k % 2 for k in spec.taps):
            return None
        return f"The filter has {max(k for k in spec.taps if k % 2 == 0)} taps; ndimage centres it one place later."

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return a result as large as x, and ndimage's table: every tap, for every way in which it can stick out."""
        return prod(spec.x_shape) * np.dtype(spec.dtype).itemsize + self._ways(spec) * prod(spec.taps) * 8

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters; T ways in which the window can stick out."""
        return formula("N·{in}·{b} + T·{taps}·8", spec, T=self._ways(spec))

    def work(self, spec: ConvSpec) -> Work:
        """Return the sums at every input."""
        return direct(spec, flops="2·N·{taps}·{in}")

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Filter the stack; the border matters for mode "same" alone."""
        from scipy import ndimage

        border = {} if limits.border(spec, ("valid",)) else {"mode": "constant"}
        stack, slid, last = _stacked(x, w)
        found = ndimage.convolve(stack, slid, **border)
        found = (np.moveaxis(found, -1, 0) if last else found)[:, None]
        if not border:
            axes = zip(spec.taps, spec.space, strict=True)
            found = found[(..., *(slice(k - 1 - k // 2, n - k // 2) for k, n in axes))]
        return found

    @staticmethod
    def _ways(spec: ConvSpec) -> int:
        return prod(min(n, k) for n, k in zip(spec.space, spec.taps, strict=True))


class _Signal(_Stack):
    """A function of scipy.signal, called with the mode by name."""

    is_exact = False
    bound = "fft"
    spreads = "everywhere"
    arrays = 5  # of mode "full" that exist at once

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the transforms, product and result of all images at once."""
        return self.arrays * spec.x_shape[0] * _full(spec) * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters; P points of mode "full"."""
        return formula(f"{self.arrays}·N·P·{{b}}", spec, P=_full(spec))

    def work(self, spec: ConvSpec) -> Work:
        """Return a transform there and back of every image, and one of the filter."""
        images, sizes = spec.x_shape[0], (_full(spec),)
        flops = (2 * images + 1) * transform_flops(sizes) + 4 * images * sizes[0]
        return Work(flops, 1, 0, "(2·N + 1) transforms + 4·N·P", "1")

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Convolve the stack."""
        from scipy import signal

        function = getattr(signal, self.name.rpartition(".")[2])
        stack, slid, last = _stacked(x, w)
        found = function(stack, slid, mode=limits.border(spec, self.modes))
        return (np.moveaxis(found, -1, 0) if last else found)[:, None]


class Fftconvolve(_Signal):
    """`scipy.signal.fftconvolve`."""

    name = "scipy.signal.fftconvolve"


class Oaconvolve(_Signal):
    """`scipy.signal.oaconvolve`: piece by piece."""

    name = "scipy.signal.oaconvolve"
    arrays = 12


class Convolve(_Signal):
    """`scipy.signal.convolve`, which chooses for itself between sums and transforms."""

    name = "scipy.signal.convolve"


def _full(spec: ConvSpec) -> int:
    return prod(n + k - 1 for n, k in zip(spec.space, spec.taps, strict=True))


def _stacked(x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the images as one array, in the order of the axes that they have in memory, and a filter of that form.

    The image index stands first, or last as source 004 has it; the third value tells whether it stands last.

    Examples
    --------
    >>> posted = np.zeros((9, 8, 5))
    >>> stack, slid, last = _stacked(posted.transpose(2, 0, 1)[:, None], np.zeros((1, 1, 3, 2)))
    >>> stack.shape, slid.shape, last
    ((9, 8, 5), (3, 2, 1), True)
    """
    stack = x[:, 0]
    last = np.moveaxis(stack, 0, -1)
    if stack.flags.c_contiguous or not last.flags.c_contiguous:
        return stack, w[0], False
    return last, w[0, 0][..., None], True
