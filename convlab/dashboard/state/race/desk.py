"""The desk of a server: it gives the timing slot to one job after the other, and takes it from pages that are gone.

One desk per event loop. Jobs run in tasks of their own, with an empty context: nothing of a page is held by what
serves everybody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable
from contextlib import AbstractAsyncContextManager
from contextvars import Context
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

from convlab.dashboard.state.race.place import place
from convlab.errors import Refused
from convlab.timing.queue import Place, Queue

log = logging.getLogger(__name__)

LOOK_S = 0.25  # how often it looks whether the pages are still there
GONE_S = (
    3.0  # a page that has had no connection for so long is gone; one that is loaded again comes back sooner
)
ALONE = "Another program on this machine is timing; yours begins when that is done."


class Job(Protocol):
    """Something that takes turns of the timing slot."""

    expected_s: float

    async def turn(self) -> bool:
        """Run one turn, and return whether it wants another."""

    def dropped(self) -> None:
        """Take note that it will not get its turn, or not another one."""

    def failed(self, error: Exception) -> None:
        """Take note that a turn raised."""


@dataclass(frozen=True)
class Page:
    """A page that asks for turns.

    Attributes
    ----------
    here : callable
        Whether somebody has it open now.
    tell : callable
        Is called when its place in the queue may have changed.
    """

    here: Callable[[], bool]
    tell: Callable[[], None]


class Desk:
    """Who is served, and by whom.

    Parameters
    ----------
    slot : callable
        Gives the timing slot of the machine: ``async with slot(waiting): ...``, where `waiting()` is called when
        another program has it.
    queue : Queue
    """

    def __init__(
        self,
        slot: Callable[[Callable[[], None]], AbstractAsyncContextManager],
        queue: Queue | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slot, self.queue, self.clock = slot, queue or Queue(), clock
        self.pages: dict[Hashable, Page] = {}
        self.elsewhere = False  # whether another program has the slot
        self._parked: dict[
            Hashable, Job
        ] = {}  # its next turn comes after the job that the same page asked since
        self._gone: dict[Hashable, float] = {}
        self._turn: asyncio.Task | None = None
        self._serving: asyncio.Task | None = None

    def join(self, key: Hashable, page: Page) -> None:
        """Let a page ask for turns."""
        self.pages[key] = page

    def leave(self, key: Hashable) -> None:
        """Forget a page and all that it asked for."""
        self.stop(key)
        self.pages.pop(key, None)
        self._gone.pop(key, None)

    def ask(self, key: Hashable, job: Job) -> None:
        """Let a job wait for its turn; it replaces what the same page has waiting.

        Raises
        ------
        Refused
            When too many wait.
        """
        old = self.queue.put(key, job, job.expected_s)
        if old is not None:
            old.dropped()
        if self._serving is None or self._serving.done():
            loop = asyncio.get_running_loop()
            self._serving = loop.create_task(self._serve(), context=Context())
        self._tell()

    def stop(self, key: Hashable) -> None:
        """End what a page has running, and drop what it has waiting."""
        for job in (*self.queue.drop(key), self._parked.pop(key, None)):
            if job is not None:
                job.dropped()
        if self.is_running(key) and self._turn is not None:
            self._turn.cancel()
        self._tell()

    def is_running(self, key: Hashable) -> bool:
        """Return whether a job of this page has the slot."""
        return self.queue.running is not None and self.queue.running[0] == key

    def place(self, key: Hashable) -> Place:
        """Return where a page stands."""
        return self.queue.place(key)

    async def idle(self) -> None:
        """Wait until nothing runs and nothing waits."""
        while self._serving is not None and not self._serving.done():
            await asyncio.sleep(0.005)

    async def _serve(self) -> None:
        """Give out turns until nobody asks for one."""
        while True:
            self._look()
            taken = self.queue.take(self._is_here)
            if taken is not None:
                try:
                    await self._serve_one(*taken)
                except Exception:  # a fault of ours costs one job, never the slot
                    log.exception("A job could not be told of its end.")
                    self.queue.stopped()
            elif self.queue.waiting:
                await asyncio.sleep(LOOK_S)
            else:
                return

    async def _serve_one(self, key: Hashable, job: Job) -> None:
        self._turn = asyncio.get_running_loop().create_task(self._held(job))
        self._tell()
        while not (await asyncio.wait({self._turn}, timeout=LOOK_S))[0]:
            self._look()
            if self.clock() - self._gone.get(key, self.clock()) > GONE_S or key not in self.pages:
                self._turn.cancel()
        more = self._ended(job, self._turn)
        self._turn = None
        if more and key in self.queue.waiting:
            self._parked[key] = job
        elif more:
            self._again(key, job)
        elif key in self._parked:
            self._again(key, self._parked.pop(key))
        self._tell()

    def _again(self, key: Hashable, job: Job) -> None:
        """Let a job wait for another turn, behind all others."""
        try:
            self.queue.put(key, job, job.expected_s)
        except Refused:  # full: the turns that it has had are not lost
            job.dropped()

    async def _held(self, job: Job) -> bool:
        """Run a turn with the slot of the machine."""
        try:
            async with self.slot(self._wait_elsewhere):
                self._set_elsewhere(False)
                return await job.turn()
        finally:
            self._set_elsewhere(False)

    def _ended(self, job: Job, turn: asyncio.Task) -> bool:
        """Return whether a job wants another turn, once one has ended."""
        if turn.cancelled():
            self.queue.stopped()
            job.dropped()
            return False
        if (error := turn.exception()) is not None:
            self.queue.stopped()
            log.warning("A race ended with an error.", exc_info=error)
            job.failed(error)
            return False
        self.queue.done()
        return bool(turn.result())

    def _look(self) -> None:
        """Take note of which pages are there."""
        now = self.clock()
        for key, page in self.pages.items():
            if page.here():
                self.queue.seen(key)
                self._gone.pop(key, None)
            else:
                self._gone.setdefault(key, now)
        for _, job in self.queue.expire():
            job.dropped()

    def _is_here(self, key: Hashable) -> bool:
        return key in self.pages and key not in self._gone

    def _wait_elsewhere(self) -> None:
        self._set_elsewhere(True)

    def _set_elsewhere(self, is_so: bool) -> None:
        if self.elsewhere != is_so:
            self.elsewhere = is_so
            self._tell()

    def _tell(self) -> None:
        for page in list(self.pages.values()):
            page.tell()


_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, Desk] = WeakKeyDictionary()


def desk() -> Desk:
    """Return the desk of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _desks:
        _desks[loop] = Desk(lambda waiting: place().slot(waiting))
    return _desks[loop]


def slot_of(desk: Desk, key: Hashable) -> dict[str, object]:
    """Return the timing slot as one page sees it.

    Examples
    --------
    >>> slot_of(Desk(None), "me")
    {'state': 'free', 'ahead': 0, 'wait_s': 0.0, 'sentence': 'timing slot free'}
    """
    place = desk.place(key)
    state, ahead = place.state, place.ahead
    wait = f"about {_about(place.wait_s)}"
    sentence = {
        "free": "timing slot free",
        "busy": f"timing for {'somebody else' if ahead == 1 else f'{ahead} others'}, {wait}",
        "waiting": f"{ahead} ahead, {wait}" if ahead else "next",
        "running": "timing yours",
    }[state]
    if desk.elsewhere and state == "running":
        state, sentence = "waiting", ALONE
    return {"state": state, "ahead": ahead, "wait_s": round(place.wait_s, 1), "sentence": sentence}


def _about(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
