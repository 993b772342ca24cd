"""What every set-up shares: steps with a number, commands whose last words count, and one set-up at a time.

Only the standard library is used: this runs before anything is installed.
"""

from __future__ import annotations

import collections
import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from convlab.errors import ConvLabError

LOCK_FILE = ".convlab-lock"  # stands in the environment and is held while it changes
_LINE = 160  # longer lines of other programs are cut
_PROGRESS_S = 1.0  # at most one line of progress in this time

_HINTS = (  # words in the output of a failed step, and what to try then; the first match counts
    ("no space left|disk quota|not enough space", "Free some disk space: 2 GB are enough."),
    (
        "do not match the hashes|hash mismatch",
        "A file is not the one that {lock} names: it is damaged, or another build of it from a "
        "mirror or a folder of wheels. Remove it, or fetch it with `pip download -r {lock}`.",
    ),
    (
        "name resolution|resolve host|dns error|connection|network|timed out|failed to fetch|certificate",
        "No server of packages was reached: check the network, or the proxy. For a machine without network, "
        "run `pip download -r {lock} -d wheels` on one of the same kind that has it, copy the "
        "folder over, set PIP_NO_INDEX=1 and PIP_FIND_LINKS to the folder, and run this command again.",
    ),
    (
        "no matching distribution|no solution found|unsatisfiable|no wheels",
        "A locked package is not to be had for this Python or this machine from where it was looked for: with "
        "PIP_NO_INDEX, in the folder of PIP_FIND_LINKS alone, which `pip download -r {lock} -d wheels` fills on a "
        "machine of the same kind with a network. Else try {pythons}.",
    ),
    (
        "permission denied|access is denied|being used by another",
        "Close every convlab that still runs from this folder, and try again.",
    ),
)
_ANY_HINT = "Run the command again. If the same step fails, delete the folder {folder} and run it once more."


class SetupError(ConvLabError, RuntimeError):
    """An environment could not be set up; the sentence names the step, its last lines and what to try."""

    kind = "set-up failed"


class Outcome(NamedTuple):
    """How a command ended: its exit code, and the last lines that it printed."""

    code: int
    lines: list[str]


class Steps:
    """The steps of one set-up: they are told as they begin, and a failure names the one that failed.

    Parameters
    ----------
    titles : tuple of str
        What each step does.
    report : callable
        Is given one line at a time.
    lock, pythons, folder : str
        The lock file, the fitting Pythons and the environment, as hints name them.
    """

    def __init__(
        self,
        titles: tuple[str, ...],
        report: Callable[[str], object],
        *,
        lock: str,
        pythons: str,
        folder: str,
    ) -> None:
        self._titles, self._report = titles, report
        self._names = {"lock": lock, "pythons": pythons, "folder": folder}

    def say(self, number: int, doing: str) -> None:
        """Tell that a step begins."""
        self._report(f"  {number} of {len(self._titles)}  {doing} ...")

    def note(self, text: str) -> None:
        """Tell something about the step that runs."""
        self._report(f"          {text}")

    def error(self, number: int, found: str, hint: str) -> SetupError:
        """Return the error of a step."""
        failed = f"Step {number} of {len(self._titles)} ({self._titles[number - 1]}) failed."
        return SetupError(failed, found, hint)

    def demand(self, number: int, outcome: Outcome) -> None:
        """Raise a SetupError, with the last lines of the output and a hint that fits them, when a step failed."""
        if not outcome.code:
            return
        printed = "\n".join(outcome.lines).lower()
        fitting = (hint for words, hint in _HINTS if any(word in printed for word in words.split("|")))
        last = "".join(f"\n    | {line}" for line in outcome.lines[-8:])
        found = f"It ended with code {outcome.code}, and its last lines were:{last}"
        hint = next(fitting, _ANY_HINT).format(**self._names)
        raise self.error(number, found, f"\n    What to try: {hint}")

    def run(self, folder: Path, command: list[str]) -> Outcome:
        """Run a command in a folder and show its newest line from time to time."""
        lines: collections.deque[str] = collections.deque(maxlen=40)
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        plain = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "PIP_PROGRESS_BAR": "off"}
        began = shown = time.monotonic()
        with subprocess.Popen(
            command, cwd=folder, env=plain, text=True, encoding="utf-8", errors="replace", **options
        ) as process:
            for line in (text.strip()[:_LINE] for text in process.stdout):
                if not line or line.startswith("Requirement already satisfied"):
                    continue
                lines.append(line)
                if time.monotonic() - shown > _PROGRESS_S:
                    shown = time.monotonic()
                    self.note(f"{shown - began:.0f} s: {line[:80]}")
        return Outcome(process.returncode, list(lines))


@contextlib.contextmanager
def alone(folder: Path, waiting: Callable[[], object]) -> Iterator[None]:
    """Hold a folder against other set-ups; the system lets go of it when this process ends.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is not.
    waiting : callable
        Called once when another holds the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_FILE).open("a+b") as file:
        told = False
        while not _hold(file.fileno()):
            if not told:
                waiting()
            told = True
            time.sleep(0.3)
        yield


def is_held(folder: Path) -> bool:
    """Tell whether a set-up is working on a folder at this moment."""
    try:
        with (folder / LOCK_FILE).open("r+b") as file:
            return not _hold(file.fileno())
    except OSError:
        return False


def _hold(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # this file system has no locks: better to go on than to wait for ever
        return True
    return True
