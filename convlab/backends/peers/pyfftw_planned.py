"""FFTW through pyFFTW: plans that were measured, on buffers that stay, and a transform of the filter that is held."""

from __future__ import annotations

import numpy as np

from convlab.backends import threads
from convlab.backends.peers.peer import Ready
from convlab.backends.peers.scipy_functions import _Signal
from convlab.backends.peers.scipy_transforms import places, points
from convlab.spec import ConvSpec

PLANNING_S = 3.0  # at most, for each of the two plans


class PyfftwPlanned(_Signal):
    """`pyfftw.FFTW` there and back, planned with ``FFTW_MEASURE``.

    Its result lies in a buffer of the plan, which the next call writes over: it never pays for fresh memory.
    """

    name = "pyfftw.FFTW (planned)"
    family = "fftw"
    package, install = "pyfftw", "pyfftw"

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Plan, and use the plan once."""
        ready = self.ready(x, w, spec)
        return ready.read(ready.call())

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Plan both transforms, put the images where the first reads them, and transform the filter."""
        import pyfftw

        sizes, axes, count = points(spec), tuple(range(1, 1 + spec.rank)), spec.x_shape[0]
        complex_name = "complex64" if spec.dtype == "float32" else "complex128"
        images = pyfftw.zeros_aligned((count, *sizes), spec.dtype)
        spectra = pyfftw.empty_aligned((count, *sizes[:-1], sizes[-1] // 2 + 1), complex_name)
        made = pyfftw.empty_aligned((count, *sizes), spec.dtype)
        how = {"axes": axes, "threads": threads.count(), "planning_timelimit": PLANNING_S}
        there = pyfftw.FFTW(images, spectra, flags=("FFTW_MEASURE",), **how)
        back = pyfftw.FFTW(spectra, made, flags=("FFTW_MEASURE",), direction="FFTW_BACKWARD", **how)
        images[...] = 0  # planning writes into it
        images[(slice(None), *(slice(n) for n in spec.space))] = x[:, 0]
        held = (np.fft.rfftn(w[0], sizes, axes) / np.prod(sizes)).astype(complex_name)
        cut = places(spec)

        def call() -> np.ndarray:
            there.execute()
            np.multiply(spectra, held, out=spectra)
            back.execute()
            return made[cut]

        return Ready(call, lambda y: y[:, None])
