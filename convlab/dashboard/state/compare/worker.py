"""Heavy comparisons in a process of their own: ``python -m convlab.dashboard.state.compare.worker FOLDER``.

The server has one event loop and no threads, so what takes longer than a blink is computed elsewhere: a state goes
in by a file, the columns come out by another, and the loop looks now and then whether they are there. What the real
Theano tells may follow later: the process prepares itself until then, and a line on its standard input says go on.
A process is started for one comparison and ends with it; one runs at a time, and one that nobody waits for any more
is killed.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from convlab.dashboard.state.compare.comparing import Comparing, answers_of
from convlab.dashboard.state.compare.live import Known
from convlab.dashboard.state.compare.rows import prepared
from convlab.errors import Refused

HEAVY_MACS = 500_000  # multiply-adds of all columns: about what the loop can spend on one ask, 20 ms
SECONDS = 60.0
LOOK_S = 0.02
STATE, KNOWN, ANSWERS = "state.pickle", "known.pickle", "answers.json"
_running: list[subprocess.Popen] = []


def is_heavy(comparing: Comparing) -> bool:
    """Return whether a comparison is too much for the event loop.

    Examples
    --------
    >>> from convlab.dashboard.state.compare.comparing import comparing_of
    >>> is_heavy(comparing_of("S000at")), is_heavy(comparing_of("S001b"))
    (False, True)
    """
    return comparing.macs > HEAVY_MACS


async def computed(comparing: Comparing, known: Awaitable[Known] | None = None) -> dict[str, object]:
    """Return the columns of a scene, computed in another process; cancelling it ends that process.

    Parameters
    ----------
    comparing : Comparing
    known : awaitable of tuple of (name, Told), optional
        What the real Theano has told, once it has: that process does not ask it.

    Raises
    ------
    Refused
        When it takes longer than a minute, or ends without an answer.
    """
    while _running:
        await asyncio.sleep(LOOK_S)
    with tempfile.TemporaryDirectory(prefix="convlab-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / STATE).write_bytes(pickle.dumps(comparing))
        process = subprocess.Popen([sys.executable, "-m", __name__, name], stdin=subprocess.PIPE)
        _running.append(process)
        try:
            (folder / KNOWN).write_bytes(pickle.dumps(() if known is None else await known))
            process.stdin.close()
            await _until_over(process)
        finally:
            _running.remove(process)
            if process.poll() is None:
                process.kill()
            process.stdin.close()
            process.wait()
        return json.loads((folder / ANSWERS).read_bytes())


async def _until_over(process: subprocess.Popen) -> None:
    until = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < until:
        await asyncio.sleep(LOOK_S)
    if process.returncode != 0:
        found = (
            f"It was not done after {SECONDS:g} s."
            if process.returncode is None
            else "Its process ended early."
        )
        raise Refused("Asked for a large comparison.", found, "Use a smaller example, or fewer columns.")


def main() -> None:
    """Read a state, wait until what the real Theano told is there, write the columns."""
    folder = Path(sys.argv[1])
    # Safe: the server that started this process wrote both files, into a folder that is its own.
    comparing = pickle.loads((folder / STATE).read_bytes())
    prepared(comparing.shown, comparing.columns)
    sys.stdin.read()
    known = pickle.loads((folder / KNOWN).read_bytes())
    (folder / ANSWERS).write_text(json.dumps(answers_of(comparing, known)), encoding="utf-8")


if __name__ == "__main__":
    main()
