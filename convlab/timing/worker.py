"""The process that computes and times: asks come in over a pipe, answers go out, one after the other.

Started as ``python -m convlab.timing.worker NAME``. Each duty is a function of its words alone, so a worker that is
killed takes nothing with it that the next one needs. A system short of memory ends a worker before anything else.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from convlab.errors import ConvLabError
from convlab.pipes import process, wire

MOST_TEXT = 20_000  # of an error
ALONE_S = 1.0  # so long after its deadline a duty ends by itself, whoever asked is gone
LIBRARIES_BYTES = {"torch": 8 << 30}  # of addresses that a library takes when it is loaded
_ROOM_BYTES, _THREAD_BYTES = (
    512 << 20,
    128 << 20,
)  # addresses for other libraries, and for a stack, heap and buffer
_WANTS = ("allocate memory", "insufficient memory", "out of memory")  # in errors that are no MemoryError


def main(name: str) -> None:
    """Answer until the other side is gone."""
    process.leads = False  # what this process starts, the real Theano too, ends together with it
    _give_way()
    wire.serve(_hello, lambda header, _: (answer(header, LIBRARIES_BYTES.get(name.partition("+")[0], 0)), {}))


def answer(header: dict, libraries_bytes: int = 0) -> dict:
    """Do one duty and return its reply, or what kept it from one."""
    from convlab.timing.measuring.duties import DUTIES

    try:
        with _alarm(header["deadline_s"]), ceiling(header["memory_bytes"], libraries_bytes):
            reply = DUTIES[header["do"]](**header["words"])
        return {"reply": json.loads(json.dumps(reply, default=lambda value: value.item()))}
    except MemoryError as error:
        return {"full": str(error)[:MOST_TEXT]}
    except ConvLabError as no:
        said = {"error": type(no).__name__, "text": str(no)[:MOST_TEXT], "kind": no.kind}
        return {**said, "parts": [part[:MOST_TEXT] for part in (no.asked, no.found, no.hint)]}
    except Exception as error:  # whatever a library raises is the answer
        text = str(error)[:MOST_TEXT]
        if any(words in text.lower() for words in _WANTS):
            return {"full": text}
        return {"error": type(error).__name__, "text": text}


@contextlib.contextmanager
def ceiling(more_bytes: int | None, libraries_bytes: int = 0) -> Iterator[None]:
    """Let the block take so much memory more than this process has; above that, MemoryError.

    Counted are addresses, which threads and libraries take beside any array: they get some room of their own. Only
    Linux keeps such a limit.
    """
    if more_bytes is None or sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    room = _ROOM_BYTES + libraries_bytes + _THREAD_BYTES * len(os.sched_getaffinity(0))
    limits = [now + room + more_bytes, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextlib.contextmanager
def _alarm(deadline_s: float) -> Iterator[None]:
    """End this process when the block goes on long after its deadline, even where no Python can run meanwhile."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    # The signal is not handled: it ends the process.
    signal.setitimer(signal.ITIMER_REAL, deadline_s + ALONE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _give_way() -> None:
    """Be the first that a system short of memory ends, and leave no picture of memory on the disk."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _hello() -> dict:
    """Import what duties need, and tell what runs here."""
    import numpy

    from convlab.timing.measuring import duties

    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, "numpy": numpy.__version__, "duties": sorted(duties.DUTIES)}


if __name__ == "__main__":
    main(sys.argv[1])
