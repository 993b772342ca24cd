"""A worker for callers that wait: started when first needed, and again when it died."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from typing import IO, TypeVar

from convlab.pipes import wire
from convlab.pipes.process import DYING_S, Lost, Watchdog, death, end, fate, last_line

Done = TypeVar("Done")
Launch = Callable[[IO[bytes]], tuple[list[str], dict]]


class Client:
    """One worker for all threads of this process, which take turns.

    Parameters
    ----------
    launch : callable
        Gives the command of a worker and how `subprocess.Popen` starts it, from a file for its last words.

    Attributes
    ----------
    start_s : float or None
        Seconds that a start may take beside the deadline of a request; None where it counts toward it.
    """

    start_s: float | None = None

    def __init__(self, launch: Launch) -> None:
        self._launch, self._turn, self._ending = launch, threading.Lock(), threading.RLock()
        self._process: subprocess.Popen | None = None
        self._last_words: IO[bytes] | None = None
        self._hello: dict | None = None
        self._is_busy, self._ended = False, ""

    @property
    def pid(self) -> int | None:
        """The worker's process, or None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def exchange(self, header: dict, arrays: dict, deadline_s: float) -> tuple[dict, dict, dict]:
        """Send a request and wait for the answer: its header, its arrays, and the hello of its worker.

        Parameters
        ----------
        header, arrays : dict
            What `wire.pack` takes.
        deadline_s : float
            Seconds from the moment when it is this request's turn; a worker that is late is ended.

        Raises
        ------
        Lost
            When there is no answer. The next request starts another worker.
        """
        return self._in_turn(deadline_s, partial(self._there_and_back, header, arrays))

    def greet(self, deadline_s: float) -> dict:
        """Return the hello of the worker, starting it if it must.

        Raises
        ------
        Lost
            When it does not start.
        """
        return self._in_turn(deadline_s, lambda: dict(self._hello))

    def stop(self) -> None:
        """End the worker if it is at work, from any thread; whoever waits for it gets `Lost`."""
        self._end_busy("stopped")

    def close(self) -> None:
        """End the worker; the next request starts another."""
        with self._turn:
            self.leave()
            self._bury()

    def leave(self) -> None:
        """End the worker without waiting for anything, when this process ends."""
        if process := self._process:  # which another thread may bury meanwhile
            end(process.pid)

    def forget(self) -> None:
        """Leave the worker to the process that this one was forked from."""
        self.__init__(self._launch)

    def _in_turn(self, deadline_s: float, do: Callable[[], Done]) -> Done:
        """Do something with a worker that runs; a worker that kept it from being done is gone afterwards."""
        late = partial(self._end_busy, "late")
        with self._turn:
            self._ended, self._is_busy = "", True
            try:
                if self.start_s is not None and self.pid is None:
                    with Watchdog(self.start_s, late):
                        self._start()
                with Watchdog(deadline_s, late):
                    self._start()
                    done = do()
                self._rest()
                return done
            except (OSError, EOFError, wire.WireError) as error:
                how = fate(self._ended, self._hello, self.start_s)
                code, words = self._bury()
                raise Lost(how, death(code), words or str(error)) from None
            except BaseException:  # interrupted: an answer that nobody reads must not meet the next request
                self._bury()
                raise
            finally:
                self._is_busy = False

    def _start(self) -> None:
        """See that a worker runs and has said hello."""
        if self._process is not None and self._process.poll() is None:
            return
        self._bury()
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115
        command, options = self._launch(self._last_words)
        self._process = subprocess.Popen(command, **options)
        if self._ended:  # before there was anything to end
            raise EOFError
        self._hello, _ = self._read()

    def _there_and_back(self, header: dict, arrays: dict) -> tuple[dict, dict, dict]:
        wire.write(self._process.stdin, header, arrays)
        return (*self._read(), self._hello)

    def _read(self) -> tuple[dict, dict]:
        frame = wire.read(self._process.stdout)
        if frame is None:
            raise EOFError
        return frame

    def _end_busy(self, why: str) -> None:
        with self._ending:
            if self._is_busy:
                self._ended = self._ended or why
                self.leave()

    def _rest(self) -> None:
        """Be at work no more; a worker that was ended in the very last moment is no worker."""
        with self._ending:
            self._is_busy = False
        if self._ended:
            raise EOFError

    def _bury(self) -> tuple[int | None, str]:
        """See the worker off: its exit code, None if it had to be ended, and its last words. Nothing of it stays."""
        process, words, self._process, self._last_words = self._process, self._last_words, None, None
        self._hello = None
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
