"""What a worker does in a match: the truth, one who enters, one turn of one who is timed, and how fast all could be.

Duties, as `convlab.timing.measuring.duties` has them: what is kept between two asks is made again when it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import numpy as np

from convlab.timing.measuring import check, clock, peak
from convlab.timing.measuring.entrants import Entrant, entrant
from convlab.timing.measuring.question import Question
from convlab.timing.measuring.spent import accounts

FULL_MACS = 2e7  # above that a sample is checked: a bench has many rows
AGAIN, AGAIN_S = 5, 0.03

_kept: tuple[Question, dict[tuple[str, bool], Entrant]] | None = None  # of the last question


def pose(question: Mapping, folder: str) -> dict:
    """Leave the truth and its bounds in a folder; return the largest magnitude in it, "scale"."""
    asked = Question.read(question)
    made, where = asked.rewrite(), Path(folder)
    check.judge(made.x, made.w, made.spec, where, asked.seed, int(FULL_MACS))
    return {"scale": float(np.abs(np.load(where / "truth.npy", mmap_mode="r")).max(initial=0.0))}


def enter(name: str, question: Mapping, reused: bool, folder: str) -> dict:
    """Make one ready, check the answer, and see how long a call takes.

    Returns
    -------
    dict
        "first_s", the first call with what is prepared for it; "filter_s", what the filter took; "again_s", the least
        of some further calls; "peak_bytes" of one; "kind", which error bound holds; "flops"; and the fields of
        `check.Checked`.
    """
    asked, entrants = _stand(question)
    entrants.pop((name, reused), None)
    began = perf_counter()
    made = entrant(name, asked, reused)
    answer = made.read(made.call())
    first_s = perf_counter() - began
    found = check.check(asked.judge_form(answer), asked.judged, Path(folder), made.bound)
    del answer
    taken: list[float] = []
    extra = peak.extra_bytes(lambda: taken.append(made.block(1)))
    while len(taken) < AGAIN and sum(taken) < AGAIN_S:
        taken.append(made.block(1))
    entrants[name, reused] = made
    numbers = {"first_s": first_s, "filter_s": made.filter_s, "again_s": min(taken), "peak_bytes": extra}
    return {**numbers, "kind": made.bound, "flops": made.flops, **asdict(found)}


def turn(name: str, question: Mapping, reused: bool, loops: int, seconds: float) -> dict:
    """Time blocks of calls for about so many seconds.

    Returns
    -------
    dict
        "loops", "calls_s" and "spent" as the duty `slice` returns them, and "faults", pages of memory that a call was
        handed by the system; None where it does not tell.
    """
    asked, entrants = _stand(question)
    if (name, reused) not in entrants:
        entrants[name, reused] = entrant(name, asked, reused)
    made = entrants[name, reused]
    with clock.undisturbed():
        if not loops:
            loops = clock.calibrate(made.block, clock.enough())
        elif loops > 1:
            made.block(loops)  # what another process did meanwhile is out of the caches again
        before = _faults()
        with accounts() as spent:
            calls = clock.blocks(made.block, loops, seconds)
        faults = None if before is None else (_faults() - before) / (loops * len(calls))
    return {"loops": loops, "calls_s": calls, "spent": spent, "faults": faults}


def clear() -> dict:
    """Let go of the operands and of everyone who entered: another worker needs the memory."""
    global _kept
    _kept = None
    return {}


def ceilings() -> dict:
    """Measure how fast this machine can be at all: see `convlab.timing.measuring.ceilings`."""
    from convlab.timing.measuring import ceilings as here

    return here.ceilings()


def fma(dtype: str) -> dict:
    """Measure the multiply-adds of all threads, now."""
    from convlab.timing.measuring import ceilings as here

    return {"gflops": here.peak(dtype)}


def _stand(words: Mapping) -> tuple[Question, dict[tuple[str, bool], Entrant]]:
    """Return the question and who entered for it; those of another question make room first."""
    global _kept
    asked = Question.read(words)
    if _kept is None or _kept[0] != asked:
        _kept = None
        _kept = (asked, {})
    return _kept


def _faults() -> int | None:
    """Return how many pages of memory this process was handed so far."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
