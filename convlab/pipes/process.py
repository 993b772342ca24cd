"""How the process of a worker is started, ended, and what is heard of it last."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO

DYING_S = 0.2  # a worker that breaks off may be dying of something worth telling
leads = (
    True  # whether a worker leads a group; one started by a worker belongs to that one's, and ends with it
)
_LAST_BYTES = 4000  # of what it printed
_WINDOWS_DEATHS = {0xC0000094: "SIGFPE", 0xC0000005: "SIGSEGV"}


class Lost(Exception):
    """A worker gave no answer, and is gone.

    Attributes
    ----------
    how : {"late", "stopped", "died", "unborn"}
        It was ended at its deadline, or by another thread; it broke off by itself; or it never said hello.
    signal : str
        What ended it: "SIGSEGV", "exit 3", or "no answer" when it had to be ended.
    words : str
        The last line that it printed, or how its pipe broke.
    """

    def __init__(self, how: str, signal: str, words: str) -> None:
        super().__init__(how, signal, words)
        self.how, self.signal, self.words = how, signal, words


def options(last_words: IO[bytes], variables: Mapping[str, str]) -> dict:
    """Return how `subprocess.Popen` starts a worker: with pipes of its own, and in a group of its own.

    Its own group keeps Ctrl+C from it, and ends what it started together with it.
    """
    chosen: dict = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": last_words}
    chosen["env"] = dict(variables)
    if os.name == "nt":
        chosen["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    else:
        chosen["start_new_session"] = leads
    return chosen


def end(pid: int) -> None:
    """End a worker, and with its group all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            os.kill(pid, signal.SIGTERM)
        else:
            (os.killpg if leads else os.kill)(pid, signal.SIGKILL)


def last_line(last_words: IO[bytes]) -> str:
    """Return the last line that a worker printed before it ended, or ""."""
    last_words.seek(max(0, last_words.seek(0, os.SEEK_END) - _LAST_BYTES))
    lines = last_words.read().decode("utf-8", "replace").strip().splitlines()
    last_words.close()
    return lines[-1].strip() if lines else ""


def death(code: int | None) -> str:
    """Return the name of an exit code, as `subprocess` gives it: below 0 it is a signal.

    Examples
    --------
    >>> death(3), death(0xC0000005), death(None)
    ('exit 3', 'SIGSEGV', 'no answer')
    """
    if code is None:
        return "no answer"
    if code < 0:
        return signal.Signals(-code).name
    return _WINDOWS_DEATHS.get(code & 0xFFFFFFFF, f"exit {code}")


def fate(ended: str, hello: dict | None, start_s: float | None) -> str:
    """Return how a worker was lost, from why it was ended, its hello, and what a start may take by itself.

    Examples
    --------
    >>> fate("", {}, None), fate("", None, None), fate("late", None, 20.0), fate("late", {}, 20.0)
    ('died', 'unborn', 'unborn', 'late')
    """
    if hello is None and (not ended or (ended == "late" and start_s is not None)):
        return "unborn"
    return ended or "died"


class Watchdog:
    """Calls `bite` when its block takes longer than allowed."""

    def __init__(self, deadline_s: float, bite: Callable[[], object]) -> None:
        self._timer = threading.Timer(deadline_s, bite)
        self._timer.daemon = True

    def __enter__(self) -> Watchdog:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()  # it must not bite into the next turn
