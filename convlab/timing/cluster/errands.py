"""What a worker of a cluster does: a race, a point of a sweep, a tuning or a shape of a bench, timed where it is.

These functions run in a process of the cluster, which starts convlab's own workers beside itself: what is timed is
never the process that answers the scheduler.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping

from convlab.backends.preference import Wishes, wish
from convlab.errors import ConvLabError
from convlab.timing.benches.bench import benching
from convlab.timing.crew import CREW
from convlab.timing.races.contest import contest, run
from convlab.timing.sweeps.sweep import sweeping
from convlab.timing.tuning.autotune import tuning

KINDS = {"race": contest, "sweep": sweeping, "tune": tuning, "bench": benching}
_stopped: set[str] = set()  # batches, so that one of their errands that begins late ends at once
_running: dict[str, threading.Event] = {}  # by batch: a process of the cluster times one thing at a time
_lock = threading.Lock()


def errand(batch: str, kind: str, words: Mapping, wishes: Wishes) -> object | None:
    """Do one errand and return what it found; None when its batch was stopped before it began.

    Parameters
    ----------
    batch : str
        What it belongs to.
    kind : str
        A key of `KINDS`.
    words : mapping
        The arguments, by name.
    wishes : Wishes
        Those of the process that asks.
    """
    with _lock:
        if batch in _stopped:
            return None
        stopping = _running[batch] = threading.Event()
    former = wish(wishes)
    try:
        return drive(KINDS[kind](**words), stopping)
    finally:
        wish(former)
        with _lock:
            _running.pop(batch, None)


def drive(steps: Generator, stopping: threading.Event) -> object:
    """Run a contest, or what is made of contests, by this process's own workers."""

    def waiting() -> None:
        if stopping.is_set():
            raise ConvLabError(
                "Asked to time on a cluster.", "It was stopped before this machine's slot was free."
            )

    return run(steps, CREW, stop=stopping, waiting=waiting)


def stop(batch: str) -> bool:
    """Let a batch's errands in this process end with what they have; return whether one was at work."""
    with _lock:
        _stopped.add(batch)
        stopping = _running.get(batch)
    if stopping is None:
        return False
    stopping.set()
    CREW.stop()
    return True


def version() -> str:
    """Return which convlab this process has."""
    from convlab import __version__

    return __version__
