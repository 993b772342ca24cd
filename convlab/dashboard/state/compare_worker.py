"""Heavy comparisons in a process of their own: ``python -m convlab.dashboard.state.compare_worker``.

The server has one event loop and no threads, so what takes longer than a blink is computed elsewhere: a state goes
in by a file, the columns come out by another, and the loop looks now and then whether they are there. A process is
started for one comparison and ends with it; one runs at a time, and one that nobody waits for any more is killed.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
import tempfile
import time

from convlab.dashboard.state.compare import Comparing, answers_of
from convlab.errors import Refused

HEAVY_MACS = 500_000  # multiply-adds of all columns: about what the loop can spend on one ask, 20 ms
SECONDS = 60.0
LOOK_S = 0.02
_running: list[subprocess.Popen] = []


def is_heavy(comparing: Comparing) -> bool:
    """Return whether a comparison is too much for the event loop.

    Examples
    --------
    >>> from convlab.dashboard.state.compare import comparing_of
    >>> is_heavy(comparing_of("S000at")), is_heavy(comparing_of("S001b"))
    (False, True)
    """
    return comparing.macs > HEAVY_MACS


async def computed(comparing: Comparing) -> dict[str, object]:
    """Return the columns of a scene, computed in another process; cancelling it ends that process.

    Raises
    ------
    Refused
        When it takes longer than a minute, or ends without an answer.
    """
    while _running:
        await asyncio.sleep(LOOK_S)
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer:
        pickle.dump(comparing, asked)
        asked.seek(0)
        process = subprocess.Popen([sys.executable, "-m", __name__], stdin=asked, stdout=answer)
        _running.append(process)
        try:
            await _until_over(process)
        finally:
            _running.remove(process)
            if process.poll() is None:
                process.kill()
            process.wait()
        answer.seek(0)
        return json.loads(answer.read())


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
    """Read a state from standard input, write its columns to standard output."""
    comparing = pickle.load(sys.stdin.buffer)  # safe: the server that started this process wrote it
    sys.stdout.write(json.dumps(answers_of(comparing)))


if __name__ == "__main__":
    main()
