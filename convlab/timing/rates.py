"""How fast this machine is: of a matrix product, of copying, of each backend; guessed, then measured, then learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import exp, log

from convlab.backends.formula import lettered
from convlab.backends.work import Work
from convlab.spec import ConvSpec

LEARN = 0.5  # the weight of a new measurement against all that came before
FURTHEST = 50.0  # no backend is taken for so many times faster or slower than the table has it


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


@dataclass(frozen=True, slots=True)
class Rates:
    """What this machine does in a second.

    Attributes
    ----------
    float32_gflops, float64_gflops : float
        The largest matrix product of NumPy: the roof that no algorithm without a trick passes.
    copy_gbs : float
        Billions of bytes that are copied in a second, each counted once.
    call_s : float
        Seconds of one small NumPy call: how fast this Python is.
    learnt : mapping of str to float
        Seconds measured over seconds predicted, by "name dtype", from races.
    source : {"assumed", "measured"}
    """

    float32_gflops: float
    float64_gflops: float
    copy_gbs: float
    call_s: float
    learnt: Mapping[str, float] = field(default_factory=dict)
    source: str = "measured"

    def roofline(self, dtype: str) -> float:
        """Return the rate of a matrix product in a dtype, in Gflop/s.

        Examples
        --------
        >>> ASSUMED.roofline("float64") < ASSUMED.roofline("float32")
        True
        """
        return self.float32_gflops if dtype == "float32" else self.float64_gflops

    def gflops(self, name: str, dtype: str) -> float:
        """Return the rate of a backend in a dtype, in Gflop/s of its own algorithm."""
        speed, found = _speed(name), self._speed_up(name, dtype)
        rate = speed.float32_gflops if dtype == "float32" else speed.float64_gflops
        return rate * found / SLOWER.get(dtype, 1.0)

    def call(self, name: str, dtype: str) -> float:
        """Return the seconds that it takes to enter a backend's inner call once."""
        return _speed(name).call_s * self.slower_python * self.learnt.get(f"{name} {dtype}", 1.0)

    def seconds(self, name: str, dtype: str, work: Work) -> float:
        """Return how long a backend is likely to take for some work.

        Examples
        --------
        >>> ASSUMED.seconds("numpy-loops", "float32", Work(2000, 1000)) > 1000 * 1e-6
        True
        """
        copies = work.moved_bytes / (self.copy_gbs * 1e9) * self.learnt.get(f"{name} {dtype}", 1.0)
        calls = work.calls * self.call(name, dtype)
        return calls + work.flops / (self.gflops(name, dtype) * 1e9) + copies

    def formula(self, name: str, spec: ConvSpec, work: Work) -> str:
        """Return how `seconds` come about.

        Examples
        --------
        >>> spec = ConvSpec((128, 3, 227, 227), (96, 3, 11, 11), stride=4)
        >>> ASSUMED.formula("scipy-fft", spec, Work(2 * 10**9, 30, 0, "2·N·O", "O"))
        '2·N·O = 2.0 Gflop at 1.5 Gflop/s, and O = 30 calls of 200 µs'
        """
        rate = self.gflops(name, spec.dtype)
        letters = f"{lettered(work.flops_letters, spec)} = " if work.flops_letters else ""
        said = f"{letters}{work.flops / 1e9:,.1f} Gflop at {rate:.{1 if rate < 9.95 else 0}f} Gflop/s"
        if work.calls < 2:
            return said
        letters = "" if work.calls_letters.isdecimal() else f"{lettered(work.calls_letters, spec)} = "
        return f"{said}, and {letters}{work.calls:,} calls of {self.call(name, spec.dtype) * 1e6:.0f} µs"

    @property
    def slower_python(self) -> float:
        """How many times slower Python and NumPy are here than on the machine of the table."""
        return self.call_s / TABLE_MACHINE.call_s

    def learns(self, name: str, dtype: str, work: Work, measured_s: float) -> Rates:
        """Return the rates with one more measurement in them.

        Examples
        --------
        >>> work = Work(10**9)
        >>> slow = ASSUMED.learns("numba-direct", "float32", work, 60.0)
        >>> slow.seconds("numba-direct", "float32", work) > 5 * ASSUMED.seconds("numba-direct", "float32", work)
        True
        """
        key = f"{name} {dtype}"
        before = self.learnt.get(key, 1.0)
        ratio = measured_s / self.seconds(name, dtype, work)
        after = exp(log(before) + LEARN * log(ratio))
        return replace(self, learnt={**self.learnt, key: min(FURTHEST, max(1 / FURTHEST, after))})

    def _speed_up(self, name: str, dtype: str) -> float:
        if _speed(name).scales == "gemm":
            here = self.roofline(dtype) / TABLE_MACHINE.roofline(dtype)
        else:
            here = 1 / self.slower_python
        return here / self.learnt.get(f"{name} {dtype}", 1.0)


TABLE_MACHINE = Rates(240.0, 120.0, 8.0, 0.6e-6)  # where SPEEDS were measured
ASSUMED = Rates(60.0, 30.0, 4.0, 1.2e-6, source="assumed")  # a slow laptop, until this machine is measured
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
    "scipy-fft": Speed(3.0, 2.0, 1e-4),
    "scipy-oa": Speed(2.0, 1.5, 2e-4),
    "scipy-ndimage": Speed(2.0, 2.0, 3e-5),
    "numba-legacy": Speed(2.0, 2.0, 1e-5),
    "numba-direct": Speed(5.0, 5.0, 2e-5),
    "numba-rows": Speed(60.0, 30.0, 5e-5),
    "numba-c01b": Speed(5.0, 3.0, 2e-5),
    "theano-corrmm": Speed(20.0, 10.0, 1e-3, "gemm"),
    "theano-convop": Speed(1.0, 1.0, 1e-3),
}
UNKNOWN = Speed(2.0, 1.0, 1e-3)  # a backend that nobody has measured yet


def _speed(name: str) -> Speed:
    return SPEEDS.get(name, UNKNOWN)


def known() -> Rates:
    """Return the rates of this machine: measured and learnt as far as the cache holds them, else assumed."""
    return ASSUMED
