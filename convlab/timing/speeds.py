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


GEMM_GFLOPS = {"float32": 240.0, "float64": 120.0}  # a matrix product, on the machine of this table
CALL_S = 0.4e-6  # a small NumPy call there
SLOWER = {"float16": 30.0, "longdouble": 10.0}  # than float64: neither has vectors nor a matrix product
SPEEDS = {
    "numpy-loops": Speed(2.0, 1.5, 4e-6),
    "numpy-im2col": Speed(100.0, 50.0, 2e-5, "gemm"),
    "numpy-corrmm": Speed(100.0, 50.0, 5e-6, "gemm"),
    "numpy-corr3dmm": Speed(100.0, 50.0, 5e-6, "gemm"),
    "numpy-fft": Speed(3.0, 2.0, 1e-4),
    "numpy-conv3d": Speed(10.0, 5.0, 2e-5, "gemm"),
    "numpy-conv3d2d": Speed(50.0, 25.0, 1e-4, "gemm"),
    "scipy-direct": Speed(1.0, 1.0, 3e-5),
    "scipy-fft": Speed(5.1, 6.0, 4.2e-5),
    "scipy-oa": Speed(4.0, 4.0, 2e-5),
    "scipy-rfft": Speed(6.0, 4.0, 1e-5),
    "scipy-ndimage": Speed(2.0, 2.0, 3e-5),
    "numba-legacy": Speed(2.0, 2.0, 1e-5),
    "numba-direct": Speed(5.0, 5.0, 2e-8),
    "numba-rows": Speed(60.0, 30.0, 5e-5),
    "numba-c01b": Speed(5.0, 3.0, 5e-9),
    "numba-rows": Speed(40.0, 20.0, 5e-5),
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
