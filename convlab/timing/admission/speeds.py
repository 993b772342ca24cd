"""What each backend reached on one machine, and what a faster machine makes faster: the start of every prediction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speed:
    """What one backend reached on the machine of the table.

    Attributes
    ----------
    float32_gflops, float64_gflops : float
        Operations of its own algorithm (`convlab.backends.work`), not of the definition.
    call_s : float
        Seconds to enter it once, with nothing to do.
    scales : {"gemm", "call"}
        What a faster machine is faster by: its matrix product, or its Python.
    """

    float32_gflops: float
    float64_gflops: float
    call_s: float
    scales: str = "call"


GEMM_GFLOPS = {"float32": 240.0, "float64": 120.0}  # of a matrix product on one processor there
CALL_S = 0.36e-6  # a small NumPy call there
SLOWER = {"float16": 30.0, "longdouble": 10.0}  # than float64: neither has vectors nor a matrix product
SPEEDS = {
    "numpy-loops": Speed(0.8, 0.8, 5.3e-6),
    "numpy-im2col": Speed(85.0, 60.0, 3.5e-5, "gemm"),
    "numpy-corrmm": Speed(35.0, 35.0, 3.5e-6, "gemm"),
    "numpy-corr3dmm": Speed(50.0, 38.0, 4e-6, "gemm"),
    "numpy-fft": Speed(5.0, 3.7, 2e-4),
    "numpy-conv3d": Speed(16.0, 14.0, 4e-6, "gemm"),
    "numpy-conv3d2d": Speed(67.0, 57.0, 1.1e-4, "gemm"),
    "llvm-direct": Speed(36.0, 18.0, 1e-6, "gemm"),
    "scipy-direct": Speed(0.14, 0.1, 1.6e-5),
    "scipy-fft": Speed(10.0, 7.0, 1e-5),
    "scipy-oa": Speed(5.4, 3.9, 1e-5),
    "scipy-rfft": Speed(13.0, 9.6, 4e-6),
    "scipy-ndimage": Speed(1.4, 0.8, 4.8e-5),
    "numba-tiles": Speed(200.0, 100.0, 4e-5, "gemm"),
    "numba-fft": Speed(95.0, 48.0, 1.2e-4, "gemm"),
    "numba-winograd": Speed(190.0, 95.0, 6e-5, "gemm"),
    "numba-winograd-f2": Speed(190.0, 95.0, 6e-5, "gemm"),
    "numba-3d": Speed(200.0, 100.0, 6e-5, "gemm"),
    "numba-pointwise": Speed(200.0, 100.0, 6e-5, "gemm"),
    "numba-separable": Speed(200.0, 100.0, 1e-4, "gemm"),
    "numba-legacy": Speed(1.0, 1.2, 1e-4),
    "numba-direct": Speed(6.6, 7.5, 4e-9),
    "numba-rows": Speed(90.0, 60.0, 1.1e-5),
    "numba-c01b": Speed(12.0, 8.5, 6e-9),
    "theano-corrmm": Speed(20.0, 10.0, 1e-3, "gemm"),
    "theano-convop": Speed(1.0, 1.0, 1e-3),
}
UNKNOWN = Speed(2.0, 1.0, 1e-3)  # a backend that nobody has measured yet


def of(name: str) -> Speed:
    """Return the speed of a backend.

    Examples
    --------
    >>> of("numpy-loops").call_s > of("nobody").call_s / 1000
    True
    """
    return SPEEDS.get(name, UNKNOWN)
