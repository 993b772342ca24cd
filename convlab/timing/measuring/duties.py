"""What a worker can be asked to do: functions of their words alone, which return what JSON can carry.

What a duty keeps between two asks (operands, outputs, what was compiled) is made again from the words when it is
gone, so a worker that was killed took nothing with it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from convlab.timing.measuring import bouts
from convlab.timing.measuring.spent import accounts
from convlab.timing.measuring.stand import stand

LIBRARIES = {
    "scipy": "scipy.signal",
    "numba": "numba",
    "llvm": "llvmlite.binding",
}  # family: what takes long to import
AGAIN, AGAIN_S = 3, 0.05


def echo(**words: object) -> dict:
    """Return the words: whether a worker is there, and how long the way to it is.

    Examples
    --------
    >>> echo(word=1)
    {'word': 1}
    """
    return words


def judge(spec: Mapping, seed: int, folder: str, full_macs: float) -> dict:
    """Leave the truth and its bounds in a folder, as `check.judge` does; tell which libraries run here."""
    from convlab.timing.measuring import check

    here = stand(spec, seed)
    began = perf_counter()
    check.judge(here.x, here.w, here.spec, Path(folder), seed, int(full_macs))
    loaded = [name for name, module in LIBRARIES.items() if module in sys.modules]
    return {"seconds": perf_counter() - began, "loaded": loaded}


def first(backend: str, spec: Mapping, seed: int, folder: str, again_s: float, held: bool = False) -> dict:
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
    held : bool
        Whether a plan holds the filter: see `convlab.backends.backend.Backend.plan`.

    Returns
    -------
    dict
        "seconds" and "parts" of the first call; "again_s", the least of the further calls, and "peak_bytes", or None
        where there were none; "spent", what else happened meanwhile (see `slice_`); and the fields of
        `convlab.timing.measuring.check.Checked`, of the worse of both answers.
    """
    from convlab.backends import get
    from convlab.timing.measuring import check, peak

    here = stand(spec, seed)
    kind = get(backend).bound
    watch = here.fresh(backend, held)
    called = watch.first()
    found = check.check(called.y, here.spec, Path(folder), kind)
    reply = {
        "seconds": called.seconds,
        "parts": called.parts,
        "again_s": None,
        "peak_bytes": None,
        "spent": None,
    }
    del called
    here.keep(backend, watch, held)
    if found.says is None and reply["seconds"] - sum(reply["parts"].values()) <= again_s:
        taken = []
        with accounts(watch.pid) as spent:
            extra = peak.extra_bytes(lambda: taken.append(watch.block(1)))
            while len(taken) < AGAIN and sum(taken) < AGAIN_S:
                taken.append(watch.block(1))
        reply |= {"again_s": min(taken), "peak_bytes": extra if watch.pid is None else None, "spent": spent}
        if watch.pid is None:
            again = check.check(watch.out, here.spec, Path(folder), kind)
            found = max(found, again, key=lambda one: one.share)
    return {**reply, **asdict(found)}


def slice_(backend: str, spec: Mapping, seed: int, loops: int, seconds: float, held: bool = False) -> dict:
    """Time blocks of calls for about so many seconds, and what else happened meanwhile.

    Parameters
    ----------
    backend, spec, seed, held
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
    from convlab.timing.measuring import clock

    watch = stand(spec, seed).watch(backend, held)
    with clock.undisturbed():
        if not loops:
            loops = clock.calibrate(watch.block, clock.enough())
        elif loops > 1:
            watch.block(loops)  # what ran before in this process left its own data in the cache
        with accounts(watch.pid) as spent:
            calls = clock.blocks(watch.block, loops, seconds)
    return {"loops": loops, "calls_s": calls, "spent": spent}


def machine() -> dict:
    """Return what the times of this worker depend on."""
    from convlab.timing.measuring import machine as here

    return here.facts()


def probe() -> dict:
    """Measure the rates of this machine and keep them: see `convlab.timing.measuring.probe.probe`."""
    from convlab.timing.measuring import probe as here

    return here.probe()


def learn(rows: list, probe: bool = True) -> dict:
    """Let the rates of this machine take in what a race has measured: see `convlab.timing.measuring.probe.learn`."""
    from convlab.timing.measuring import probe as here

    return here.learn(rows, probe)


DUTIES = {
    "echo": echo,
    "judge": judge,
    "first": first,
    "slice": slice_,
    "machine": machine,
    "probe": probe,
    "learn": learn,
    **{
        one.__name__: one
        for one in (bouts.pose, bouts.enter, bouts.turn, bouts.clear, bouts.ceilings, bouts.fma)
    },
}
