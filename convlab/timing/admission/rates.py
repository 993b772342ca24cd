"""How fast this machine is: of a matrix product, of copying, of each backend; guessed, then measured, then learnt."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from math import exp, log
from pathlib import Path

from convlab import paths
from convlab.atomic import write
from convlab.backends import tuned
from convlab.backends.formula import lettered
from convlab.backends.work import Work
from convlab.memory import size
from convlab.spec import ConvSpec
from convlab.timing.admission import speeds
from convlab.timing.words import duration

FORMAT = 2  # of the file
MEASURED = ("float32_gflops", "float64_gflops", "copy_gbs", "call_s")
FASTER, SLOWER = (
    0.7,
    0.25,
)  # the weight of a new measurement against all that came before: what disturbs only adds
DOUBT = (
    4.0  # a rate that is so many times below the assumed one is not believed when somebody is to be refused
)
FURTHEST = 50.0  # no backend is taken for so many times faster or slower than the table has it


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
    probes : int
        How often it was measured; the best counts.
    """

    float32_gflops: float
    float64_gflops: float
    copy_gbs: float
    call_s: float
    learnt: Mapping[str, float] = field(default_factory=dict)
    source: str = "measured"
    probes: int = 0

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
        speed, found = speeds.of(name), self._speed_up(name, dtype)
        rate = speed.float32_gflops if dtype == "float32" else speed.float64_gflops
        return rate * found / speeds.SLOWER.get(dtype, 1.0)

    def call(self, name: str, dtype: str) -> float:
        """Return the seconds that it takes to enter a backend's inner call once."""
        return speeds.of(name).call_s * self.slower_python * self.learnt.get(f"{name} {dtype}", 1.0)

    def copies_gbs(self, name: str, dtype: str) -> float:
        """Return the billions of bytes that a backend copies in a second."""
        return self.copy_gbs / self.learnt.get(f"{name} {dtype}", 1.0)

    def seconds(self, name: str, dtype: str, work: Work) -> float:
        """Return how long a backend is likely to take for some work.

        Examples
        --------
        >>> ASSUMED.seconds("numpy-loops", "float32", Work(2000, 1000)) > 1000 * 1e-6
        True
        """
        copies_s = work.moved_bytes / (self.copies_gbs(name, dtype) * 1e9)
        flops_s = work.flops / (self.gflops(name, dtype) * 1e9)
        return flops_s + copies_s + work.calls * self.call(name, dtype)

    def sure_s(self, name: str, dtype: str, work: Work) -> float:
        """Return the seconds that are sure enough to refuse a backend for.

        Rates that were found on a busy machine may be far too slow: no more than `DOUBT` times the assumed seconds
        count. A backend that really takes longer is ended by its deadline.

        Examples
        --------
        >>> busy = Rates(0.1, 0.1, 0.1, 1e-3)
        >>> work = Work(10**9)
        >>> busy.sure_s("numpy-im2col", "float32", work) == DOUBT * ASSUMED.seconds("numpy-im2col", "float32", work)
        True
        """
        return min(self.seconds(name, dtype, work), DOUBT * ASSUMED.seconds(name, dtype, work))

    def formula(self, name: str, spec: ConvSpec, work: Work) -> str:
        """Return how `seconds` come about.

        Examples
        --------
        >>> spec = ConvSpec((128, 3, 227, 227), (96, 3, 11, 11), stride=4)
        >>> ASSUMED.formula("nobody", spec, Work(2 * 10**9, 96, 2**30, "2·N·O", "O"))
        '2·N·O = 2.0 Gflop at 0.9 Gflop/s, O = 96 turns of 2.22 ms, 1.0 GiB copied at 4.0 GB/s'
        """
        rate = self.gflops(name, spec.dtype)
        letters = f"{lettered(work.flops_letters, spec)} = " if work.flops_letters else ""
        said = f"{letters}{work.flops / 1e9:,.1f} Gflop at {rate:.{1 if rate < 9.95 else 0}f} Gflop/s"
        if work.calls > 1:
            letters = f"{lettered(work.calls_letters, spec)} = " if not work.calls_letters.isdecimal() else ""
            said += f", {letters}{work.calls:,} turns of {duration(self.call(name, spec.dtype))}"
        if work.moved_bytes:
            said += f", {size(work.moved_bytes)} copied at {self.copies_gbs(name, spec.dtype):.1f} GB/s"
        return said

    @property
    def slower_python(self) -> float:
        """How many times slower Python and NumPy are here than on the machine of the table."""
        return self.call_s / speeds.CALL_S

    def learns(self, name: str, dtype: str, work: Work, measured_s: float) -> Rates:
        """Return the rates with one more measurement in them.

        Examples
        --------
        >>> work = Work(10**9)
        >>> usual_s = ASSUMED.seconds("numba-direct", "float32", work)
        >>> slow, fast = (ASSUMED.learns("numba-direct", "float32", work, n * usual_s) for n in (16, 1 / 16))
        >>> [round(one.seconds("numba-direct", "float32", work) / usual_s, 2) for one in (slow, fast)]
        [2.0, 0.14]
        """
        key = f"{name} {dtype}"
        before = self.learnt.get(key, 1.0)
        ratio = measured_s / self.seconds(name, dtype, work)
        after = exp(log(before) + (FASTER if ratio < 1 else SLOWER) * log(ratio))
        return replace(self, learnt={**self.learnt, key: min(FURTHEST, max(1 / FURTHEST, after))})

    def _speed_up(self, name: str, dtype: str) -> float:
        if speeds.of(name).scales == "gemm":
            here = self.roofline(dtype) / speeds.GEMM_GFLOPS.get(dtype, speeds.GEMM_GFLOPS["float64"])
        else:
            here = 1 / self.slower_python
        return here / self.learnt.get(f"{name} {dtype}", 1.0)


ASSUMED = Rates(60.0, 30.0, 4.0, 0.8e-6, source="assumed")  # a slow laptop, until this machine is measured


def known() -> Rates:
    """Return the rates of this machine: measured and learnt as far as the user's cache holds them, else assumed.

    Examples
    --------
    >>> known().source in ("assumed", "measured")
    True
    """
    path = place()
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return ASSUMED
    return _read(path, changed) or ASSUMED


def keep(rates: Rates) -> None:
    """Write rates down for this machine; a folder that cannot be written costs a line.

    Parameters
    ----------
    rates : Rates
    """
    words = {"kind": "rates", "format": FORMAT, "machine": tuned.machine(), **asdict(rates)}
    try:
        write(place(), json.dumps(words, indent=1))
    except OSError as error:
        logging.getLogger("convlab").warning("%s is not written: %s.", place(), error.strerror or error)


def place() -> Path:
    """Return the file for this processor with these versions.

    Examples
    --------
    >>> place().parent.name
    'rates'
    """
    return paths.cache() / "rates" / f"{tuned.folder().name}.json"


@lru_cache(4)
def _read(path: Path, changed: int) -> Rates | None:
    """Return the rates in a file, read anew when it changes; one that is not what it should be is named and ignored."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if (found["kind"], found["format"]) != ("rates", FORMAT) or found["machine"] != tuned.machine():
            raise ValueError("it is of another kind or machine")
        return Rates(
            *(_rate(found[name]) for name in MEASURED), _learnt(found["learnt"]), probes=int(found["probes"])
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = str(error) or type(error).__name__
        logging.getLogger("convlab").warning("%s is ignored: %s.", path, " ".join(why.split())[:100])
        return None


def _learnt(found: dict) -> dict[str, float]:
    return {str(name): min(FURTHEST, max(1 / FURTHEST, _rate(value))) for name, value in found.items()}


def _rate(value: object) -> float:
    """Return a number above zero; NaN, infinity and text are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e12:
        raise ValueError(f"{str(value)[:20]!r} is no rate")
    return float(value)
