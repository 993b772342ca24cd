"""The workers of this process: one per kind, started when first asked, ended when late, cancelled or not wanted.

`CREW` is for callers that wait, from any thread; `here()` is the crew of the running event loop. They share nothing,
so that neither waits for the other.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import IO
from weakref import WeakKeyDictionary

from convlab import pipes
from convlab.paths import PACKAGE
from convlab.pipes.loop import AsyncClient
from convlab.pipes.waiting import Client
from convlab.timing.asks import KEEPS, WORKERS, Ask, DutyFailed, WorkerLost, answer, lost

__all__ = ["CREW", "WORKERS", "Ask", "AsyncCrew", "Crew", "DutyFailed", "WorkerLost", "here", "left_out"]

START_S = 20.0  # a slow disk may need that for NumPy; the deadline of an ask begins after it
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
Launch = Callable[[str, IO[bytes]], tuple[list[str], dict]]
# glibc hands large blocks back to the system when they are free, and every page of the next one costs a microsecond.
KEPT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}
SLOWS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # some machines export them, and BLAS runs at half speed


def left_out() -> dict[str, str]:
    """Return the variables of this process that workers do not get, since they slow BLAS down.

    Examples
    --------
    >>> left_out()
    {}
    """
    return {name: os.environ[name] for name in SLOWS if name in os.environ}


def launch(worker: str, last_words: IO[bytes]) -> tuple[list[str], dict]:
    """Return the command of a worker, and how to start it."""
    # -P: a numpy.py in the folder where a person works is not the library.
    command = [sys.executable, "-P", "-m", "convlab.timing.worker", worker]
    return command, pipes.options(last_words, _variables() | (KEPT if worker.endswith(KEEPS) else {}))


class _Client(Client):
    start_s = START_S


class _AsyncClient(AsyncClient):
    start_s = START_S


class Crew:
    """Workers for all threads of a process; those who ask the same worker take turns.

    Parameters
    ----------
    launch : callable
        Gives the command and the options of a process, for tests.

    Examples
    --------
    >>> crew = Crew()
    >>> crew.ask(Ask("cpu", "echo", {"word": [1, 2]}, 5.0))
    {'word': [1, 2]}
    >>> crew.close()
    """

    def __init__(self, launch=launch) -> None:
        self._launch = launch
        self._clients: dict[str, _Client] = {}
        self._making = threading.Lock()

    def ask(self, ask: Ask) -> dict:
        """Let a worker do a duty, and return its reply.

        Raises
        ------
        WorkerLost
            When it passed its deadline or its memory, broke off, or was stopped.
        DutyFailed
            When the duty raised an error.
        SpecError
            When there is no such worker.
        """
        header, client = ask.header(), self._client(ask.worker)
        try:
            said, _, _ = client.exchange(header, {}, ask.deadline_s)
        except pipes.Lost as end:
            raise lost(ask, end.how, end.signal, end.words) from None
        if "full" in said:
            client.close()
        return answer(ask, said)

    def pids(self) -> dict[str, int]:
        """Return the processes that run now, by worker."""
        return {name: pid for name, client in list(self._clients.items()) if (pid := client.pid)}

    def stop(self) -> None:
        """End the workers that are at work, from any thread; whoever waits for one gets WorkerLost, "stopped"."""
        for client in list(self._clients.values()):
            client.stop()

    def close(self) -> None:
        """End all workers when they have done what they do; a later ask starts new ones."""
        for client in list(self._clients.values()):
            client.close()

    def leave(self) -> None:
        """End all workers without waiting for anything, when this process ends."""
        for client in list(self._clients.values()):
            client.leave()

    def forget(self) -> None:
        """Leave the workers to the process that this one was forked from."""
        for client in self._clients.values():
            client.forget()
        self.__init__(self._launch)

    def _client(self, worker: str) -> _Client:
        with self._making:
            return self._clients.setdefault(worker, _Client(partial(self._launch, worker)))


class AsyncCrew:
    """Workers for one event loop, which goes on meanwhile. The twin of `Crew`.

    A cancelled ask ends its worker at once: what nobody waits for must not take the processor from what is timed.

    Parameters
    ----------
    launch : callable
        Gives the command and the options of a process, for tests.
    """

    def __init__(self, launch=launch) -> None:
        self._launch = launch
        self._clients: dict[str, _AsyncClient] = {}

    async def ask(self, ask: Ask) -> dict:
        """Let a worker do a duty, and return its reply. Raises what `Crew.ask` raises."""
        header, client = ask.header(), self._client(ask.worker)
        try:
            said, _, _ = await client.exchange(header, {}, ask.deadline_s)
        except pipes.Lost as end:
            raise lost(ask, end.how, end.signal, end.words) from None
        except NotImplementedError:  # the selector loop of Windows starts no processes
            return await _in_thread(ask, self._launch)
        if "full" in said:
            await client.close()
        return answer(ask, said)

    def pids(self) -> dict[str, int]:
        """Return the processes that run now, by worker."""
        return {name: pid for name, client in self._clients.items() if (pid := client.pid)}

    async def aclose(self) -> None:
        """End all workers, before the loop ends; a later ask starts new ones."""
        await asyncio.gather(*(client.close() for client in self._clients.values()))

    def leave(self) -> None:
        """End all workers without waiting for anything."""
        for client in self._clients.values():
            client.leave()

    def forget(self) -> None:
        """Leave the workers to the process that this one was forked from."""
        self._left, self._clients = self._clients, {}  # kept: what asyncio drops, it ends

    def _client(self, worker: str) -> _AsyncClient:
        return self._clients.setdefault(worker, _AsyncClient(partial(self._launch, worker)))


def here() -> AsyncCrew:
    """Return the crew of the running event loop."""
    return _CREWS.setdefault(asyncio.get_running_loop(), AsyncCrew())


async def _in_thread(ask: Ask, launch: Launch) -> dict:
    """Ask a worker of its own in a thread; both end when the ask does, and when it is cancelled."""
    crew = Crew(launch)

    def once() -> dict:
        try:
            return crew.ask(ask)
        finally:
            crew.close()

    try:
        return await asyncio.to_thread(once)
    except asyncio.CancelledError:
        crew.stop()
        raise


def _variables() -> dict[str, str]:
    """Return the variables of a worker: all processors that it may use, this copy of convlab, and no surprises."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name not in SLOWS
    }
    threads = dict.fromkeys(THREADS, str(_processors()))
    paths = [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    return {**kept, **threads, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _leave_all() -> None:
    for crew in (CREW, *_CREWS.values()):
        crew.leave()


def _forget_all() -> None:
    for crew in (CREW, *_CREWS.values()):
        crew.forget()


CREW = Crew()
_CREWS: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncCrew] = WeakKeyDictionary()
atexit.register(_leave_all)  # a thread may still wait for an answer: do not wait for it
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
