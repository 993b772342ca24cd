"""How fast this machine is, found out in less than half a second: a matrix product, a copy, a small NumPy call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from convlab.backends import get
from convlab.timing.admission import rates
from convlab.timing.admission.rates import Rates
from convlab.timing.words import spec_in

SIZE = 768  # rows of the matrices: large enough for the best rate, small enough for some milliseconds
COPY_BYTES = 64 << 20  # larger than the caches
SMALL = 64  # values of a call that is all overhead
CALLS = 2000
TRIES, MOST_S = 4, 0.05  # of each measurement
ENOUGH = 5  # probes, one a race: more would hardly find a better moment


def measured() -> Rates:
    """Measure the rates of this machine.

    Returns
    -------
    Rates
        With nothing learnt yet. The least time of a few tries counts: what disturbs only adds.

    Examples
    --------
    >>> found = measured()
    >>> found.float32_gflops > 0.1 and found.copy_gbs > 0.1
    True
    """
    import numpy as np

    flops = 2 * SIZE**3 / 1e9
    gflops = {}
    for dtype in ("float32", "float64"):
        a, out = np.ones((SIZE, SIZE), dtype), np.empty((SIZE, SIZE), dtype)
        gflops[dtype] = flops / _least_s(lambda a=a, out=out: np.matmul(a, a, out=out))
    source, target = np.ones(COPY_BYTES, np.uint8), np.empty(COPY_BYTES, np.uint8)
    copy_s = _least_s(lambda: np.copyto(target, source))
    few = np.ones(SMALL, np.float32)
    calls_s = _least_s(lambda: [np.add(few, few) for _ in range(CALLS)])
    return Rates(gflops["float32"], gflops["float64"], COPY_BYTES / copy_s / 1e9, calls_s / CALLS)


def learn(rows: list, probe: bool = True) -> dict:
    """Let this machine's rates take in what a race has measured; measure them first where nobody has. A duty.

    Parameters
    ----------
    rows : list of (str, mapping, float)
        Backend, spec as `convlab.timing.words.spec_out` writes it, seconds of one call.
    probe : bool
        Whether there is time to measure them, up to half a second.

    Returns
    -------
    dict
        The rates of this machine: "float32_gflops", "float64_gflops", "copy_gbs", "call_s".
    """
    found = rates.known()
    if probe and found.probes < ENOUGH:
        found = better(found, measured())
    for name, words, seconds in rows:
        spec = spec_in(words)
        found = found.learns(name, spec.dtype, get(name).work(spec), seconds)
    rates.keep(found)
    return {name: getattr(found, name) for name in rates.MEASURED}


def better(known: Rates, found: Rates) -> Rates:
    """Return the best of two measurements of a machine: what disturbs only adds; and what was learnt before.

    Examples
    --------
    >>> found = better(Rates(9.0, 5.0, 2.0, 1e-6, {}, "measured", 1), Rates(8.0, 6.0, 1.0, 9e-7))
    >>> found.float32_gflops, found.float64_gflops, found.copy_gbs, found.call_s, found.probes
    (9.0, 6.0, 2.0, 9e-07, 2)
    """
    if known.source == "assumed":
        return replace(found, learnt=known.learnt, probes=1)
    most = {name: max(getattr(known, name), getattr(found, name)) for name in rates.MEASURED[:3]}
    return replace(known, **most, call_s=min(known.call_s, found.call_s), probes=known.probes + 1)


def probe() -> dict:
    """Measure this machine's rates once more, and keep the best. A duty that takes less than half a second."""
    found = better(rates.known(), measured())
    rates.keep(found)
    return {name: getattr(found, name) for name in rates.MEASURED}


def _least_s(call: Callable[[], object]) -> float:
    """Return the least seconds of a few calls, after one that does not count."""
    call()
    found: list[float] = []
    while len(found) < TRIES and sum(found) < MOST_S:
        began = perf_counter()
        call()
        found.append(perf_counter() - began)
    return min(found)
