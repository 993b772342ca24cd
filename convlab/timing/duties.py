"""What a worker can be asked to do: functions of their words alone, which return what JSON can carry.

What a duty keeps between two asks (operands, outputs, what was compiled) is made again from the words when it is
gone, so a worker that was killed took nothing with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import get_clock_info, perf_counter, process_time

from convlab.spec import ConvSpec
from convlab.timing.words import spec_in

LIBRARIES = {"scipy": "scipy.signal", "numba": "numba"}  # family: what takes long to import
AGAIN, AGAIN_S = 3, 0.05
COARSE_S = 1e-3  # a clock of processor time that is no finer says nothing of a slice
_kept: _Bench | None = None  # of the last spec: the next one needs its memory


class _Bench:
    """The operands of one spec, one output, and a stopwatch for each backend that was asked for."""

    def __init__(self, spec: ConvSpec, seed: int) -> None:
        from convlab.operands import noise

        self.spec, self.seed = spec, seed
        self.x, self.w = noise(spec, seed)
        self._out, self._watches = None, {}

    def fresh(self, name: str):
        """Return a new stopwatch of a backend, and forget the one before."""
        from convlab.backends import get

        self._watches.pop(name, None)
        return get(name).stopwatch(self.x, self.w, self.spec)

    def keep(self, name: str, watch) -> None:
        """Keep a stopwatch whose first call is over; from now on it writes into the output that all share."""
        import numpy as np

        if self._out is None:
            self._out = np.empty(self.spec.y_shape, self.spec.dtype)
            self._out.fill(0)  # its pages are there from now on, and are no part of any call's peak
        watch.out = self._out
        self._watches[name] = watch

    def watch(self, name: str):
        """Return the stopwatch of a backend, after its first call."""
        if name not in self._watches:
            watch = self.fresh(name)
            watch.first()
            self.keep(name, watch)
        return self._watches[name]


def _bench(words: Mapping, seed: int) -> _Bench:
    global _kept
    spec = spec_in(words)
    if _kept is None or (_kept.spec, _kept.seed) != (spec, seed):
        _kept = None  # frees before it takes
        _kept = _Bench(spec, seed)
    return _kept


def echo(**words: object) -> dict:
    """Return the words: whether a worker is there, and how long the way to it is.

    Examples
    --------
    >>> echo(word=1)
    {'word': 1}
    """
    return words


def judge(spec: Mapping, seed: int, folder: str, full_macs: float) -> dict:
    """Leave the truth and its bounds in a folder: see `convlab.timing.check.judge`; tell which libraries run here."""
    from convlab.timing import check

    bench = _bench(spec, seed)
    began = perf_counter()
    check.judge(bench.x, bench.w, bench.spec, Path(folder), seed, int(full_macs))
    loaded = [name for name, module in LIBRARIES.items() if module in sys.modules]
    return {"seconds": perf_counter() - began, "loaded": loaded}


def first(backend: str, spec: Mapping, seed: int, folder: str, again_s: float) -> dict:
    """Call a backend for the first time and check the answer; call it again into a reused output, and check that.

    Again means up to `AGAIN` times while that takes little, for a call alone may be long by accident.

    Parameters
    ----------
    backend : str
    spec : mapping
        As `convlab.timing.words.spec_out` writes it.
    seed : int
    folder : str
        Where `judge` left the truth.
    again_s : float
        No further call is made when the first took longer, its compilation apart.

    Returns
    -------
    dict
        "seconds" and "parts" of the first call; "again_s", the least of the further calls, and "peak_bytes", or None
        where there were none; "spent", what else happened meanwhile (see `slice_`); and the fields of
        `convlab.timing.check.Checked`, of the worse of both answers.
    """
    from convlab.backends import get
    from convlab.timing import check, peak

    bench = _bench(spec, seed)
    kind = get(backend).bound
    watch = bench.fresh(backend)
    called = watch.first()
    found = check.check(called.y, bench.spec, Path(folder), kind)
    reply = {
        "seconds": called.seconds,
        "parts": called.parts,
        "again_s": None,
        "peak_bytes": None,
        "spent": None,
    }
    del called
    bench.keep(backend, watch)
    if found.says is None and reply["seconds"] - sum(reply["parts"].values()) <= again_s:
        taken = []
        with _accounts(watch.pid) as spent:
            extra = peak.extra_bytes(lambda: taken.append(watch.block(1)))
            while len(taken) < AGAIN and sum(taken) < AGAIN_S:
                taken.append(watch.block(1))
        reply |= {"again_s": min(taken), "peak_bytes": extra if watch.pid is None else None, "spent": spent}
        if watch.pid is None:
            again = check.check(watch.out, bench.spec, Path(folder), kind)
            found = max(found, again, key=lambda one: one.share)
    return {**reply, **asdict(found)}


def slice_(backend: str, spec: Mapping, seed: int, loops: int, seconds: float) -> dict:
    """Time blocks of calls for about so many seconds, and what else happened meanwhile.

    Parameters
    ----------
    backend, spec, seed
        As for `first`.
    loops : int
        Calls in a block; 0 to find out how many it takes.
    seconds : float

    Returns
    -------
    dict
        "loops"; "calls_s", the seconds of one call by block; "spent": "wall_s" of the whole slice, "cpu_s" of all
        processors together, and "wait_s" that threads stood in the queue for one; None where the system does not tell.
    """
    from convlab.timing import clock

    watch = _bench(spec, seed).watch(backend)
    with clock.undisturbed():
        if not loops:
            loops = clock.calibrate(watch.block, clock.enough())
        elif loops > 1:
            watch.block(loops)  # what ran before in this process left its own data in the cache
        with _accounts(watch.pid) as spent:
            calls = clock.blocks(watch.block, loops, seconds)
    return {"loops": loops, "calls_s": calls, "spent": spent}


def machine() -> dict:
    """Return what the times of this worker depend on."""
    from convlab.timing import machine as here

    return here.facts()


@contextmanager
def _accounts(pid: int | None) -> Iterator[dict[str, float | None]]:
    """Fill a dictionary, when the block ends, with what it took; None where the system does not tell."""
    before, spent = _accounts_of(pid), {}
    yield spent
    for key, now in _accounts_of(pid).items():
        spent[key] = None if None in (now, before[key]) else now - before[key]


def _accounts_of(pid: int | None) -> dict[str, float | None]:
    """Return the time, and of the process that computes, the processors' time and the waits so far."""
    exact = pid is None and get_clock_info("process_time").resolution < COARSE_S
    return {"wall_s": perf_counter(), "cpu_s": process_time() if exact else None, "wait_s": _wait_s(pid)}


def _wait_s(pid: int | None) -> float | None:
    """Return the seconds that the threads of a process stood in the queue for a processor; Linux tells."""
    total = 0
    try:
        for thread in os.scandir(f"/proc/{'self' if pid is None else pid}/task"):
            total += int((Path(thread.path) / "schedstat").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return total / 1e9


def probe() -> dict:
    """Measure the rates of this machine and keep them: see `convlab.timing.probe.probe`."""
    from convlab.timing import probe as here

    return here.probe()


def learn(rows: list) -> dict:
    """Let the rates of this machine take in what a race has measured: see `convlab.timing.probe.learn`."""
    from convlab.timing import probe as here

    return here.learn(rows)


DUTIES = {
    "echo": echo,
    "judge": judge,
    "first": first,
    "slice": slice_,
    "machine": machine,
    "probe": probe,
    "learn": learn,
}
