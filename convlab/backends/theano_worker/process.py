"""The process of the real Theano, for callers that wait: started when first needed, and again when it died."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO

from convlab.backends.theano_worker import environment, talk, wire
from convlab.errors import Unavailable

WORKER = Path(__file__).with_name("worker.py")
MORE_FLAGS = "CONVLAB_THEANO_FLAGS"  # further flags of Theano, in the form of its own THEANO_FLAGS
DYING_S = 0.2  # a worker that breaks off may be dying of something worth telling
_LAST_BYTES = 4000  # of what it printed


def launch(last_words: IO[bytes]) -> tuple[list[str], dict]:
    """Return the command of a worker and how to start it: pipes of its own, a group of its own.

    Its own group keeps Ctrl+C from it, and ends a compiler that it started together with it.
    """
    command = [str(environment.interpreter()), "-I", "-B", str(WORKER)]  # -B: the folder is another Python's
    options: dict = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": last_words}
    options["env"] = _variables()
    if os.name == "nt":
        options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    else:
        options["start_new_session"] = True
    return command, options


def end(pid: int) -> None:
    """End a worker and the compilers that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM) if os.name == "nt" else os.killpg(pid, signal.SIGKILL)


def last_line(last_words: IO[bytes]) -> str:
    """Return the last line that a worker printed before it ended, or ""."""
    last_words.seek(max(0, last_words.seek(0, os.SEEK_END) - _LAST_BYTES))
    lines = last_words.read().decode("utf-8", "replace").strip().splitlines()
    last_words.close()
    return lines[-1].strip() if lines else ""


class Client:
    """One worker for all threads of this process, which take turns.

    Parameters
    ----------
    launch : callable
        Gives the command and the options of a process, for tests.
    """

    def __init__(self, launch=launch) -> None:
        self._launch, self._turn = launch, threading.Lock()
        self._process: subprocess.Popen | None = None
        self._last_words: IO[bytes] | None = None
        self._hello: dict = {}

    @property
    def pid(self) -> int | None:
        """The worker's process, or None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def ask(self, question: talk.Question, deadline_s: float) -> talk.Answer:
        """Send a question and wait for the answer; a worker that is late is ended.

        Raises
        ------
        TheanoRefused, TheanoDied, Unavailable, Refused
        """
        with self._turn, _Watchdog(deadline_s, self._end) as watchdog:
            try:
                self._start()
                wire.write(self._process.stdin, question.header, question.arrays)
                header, arrays = self._read()
            except (OSError, EOFError, wire.WireError) as error:
                code, words = self._bury()
                if watchdog.has_bitten:
                    raise talk.late(question, deadline_s) from None
                raise talk.died(question, code, words or str(error)) from None
            except Unavailable:
                if watchdog.has_bitten:  # while it started
                    raise talk.late(question, deadline_s) from None
                raise
            except BaseException:  # interrupted: an answer that nobody reads must not meet the next question
                self._bury()
                raise
            hello = self._hello
        return talk.answer(question, header, arrays, hello)

    def hello(self, deadline_s: float = 60.0) -> dict:
        """Return what the worker says of itself (version, numpy, python, compiler), starting it if it must."""
        with self._turn, _Watchdog(deadline_s, self._end):
            self._start()
            return dict(self._hello)

    def close(self) -> None:
        """End the worker; the next question starts another."""
        with self._turn:
            self._end()
            self._bury()

    def forget(self) -> None:
        """Leave the worker to the process that this one was forked from."""
        self.__init__(self._launch)

    def _start(self) -> None:
        """See that a worker runs and has said hello."""
        if self._process is not None and self._process.poll() is None:
            return
        self._bury()
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115
        command, options = self._launch(self._last_words)
        try:
            self._process = subprocess.Popen(command, **options)
            self._hello, _ = self._read()
        except (OSError, EOFError, wire.WireError) as error:
            raise talk.does_not_start(self._bury()[1] or str(error)) from None

    def _read(self) -> tuple[dict, dict]:
        frame = wire.read(self._process.stdout)
        if frame is None:
            raise EOFError
        return frame

    def _end(self) -> None:
        if process := self._process:  # which another thread may bury meanwhile
            end(process.pid)

    def _bury(self) -> tuple[int | None, str]:
        """See the worker off: its exit code, None if it had to be ended, and its last words. Nothing of it stays."""
        process, words, self._process, self._last_words = self._process, self._last_words, None, None
        if process is None:
            return None, last_line(words) if words else ""
        try:
            code = process.wait(DYING_S)
        except subprocess.TimeoutExpired:
            code = None
        end(process.pid)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # of what could not be sent any more
                pipe.close()
        return code, last_line(words)


class _Watchdog:
    """Calls `bite` when the block takes longer than allowed."""

    def __init__(self, deadline_s: float, bite) -> None:
        self.has_bitten, self._bite = False, bite
        self._timer = threading.Timer(deadline_s, self._expire)
        self._timer.daemon = True

    def _expire(self) -> None:
        self.has_bitten = True
        self._bite()

    def __enter__(self) -> _Watchdog:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()  # it must not bite into the next turn


def _variables() -> dict[str, str]:
    """Return the variables of a worker: those of this process but for what would change its Python or Theano.

    `MORE_FLAGS` is the one way to change Theano: ``blas.ldflags=-lopenblas``, or ``gcc.cxxflags=-O0`` where it is the
    time of the compiler that counts.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "THEANO"))}
    flags = [
        f"base_compiledir={environment.folder() / 'compiled'}",
        "blas.ldflags=",
        os.environ.get(MORE_FLAGS, ""),
    ]
    return {**kept, "THEANO_FLAGS": ",".join(filter(None, flags)), "THEANORC": os.devnull}


CLIENT = Client()
atexit.register(CLIENT._end)  # a thread may still wait for an answer: do not wait for it
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=CLIENT.forget)
