"""Who may time next: a session has one job running and one waiting, sessions take turns, nobody waits for ghosts.

Pure: it starts nothing and sleeps never; the clock is handed in. Whoever runs the jobs asks it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from convlab.errors import Refused

CAP = 60  # jobs that wait
STALE_S = 60.0  # a waiting job whose page has not been seen for so long is dropped
LEARNT = 0.3  # how much one finished job changes what the next are expected to take


@dataclass(frozen=True)
class Place:
    """Where a session stands.

    Attributes
    ----------
    state : {"free", "busy", "waiting", "running"}
        Of the slot as this session sees it: "busy" runs somebody else's job while this session has none.
    ahead : int
        Jobs that run before its own, the running one with them.
    wait_s : float
        Expected seconds until its own runs; of a free slot 0.
    """

    state: str
    ahead: int = 0
    wait_s: float = 0.0


@dataclass
class _Waiting:
    job: object
    expected_s: float
    seen: float


class Queue:
    """One timing slot, shared by the pages of a server.

    A session can have one job waiting only, so that serving in the order of arrival is taking turns: whoever asks
    again while waiting replaces what waits and keeps the place, whoever has just run stands behind all others.

    Parameters
    ----------
    clock : callable
        Seconds that never go back.
    cap : int
        Jobs that may wait.
    stale_s : float
        How long a page may be out of sight before its waiting job is dropped.

    Examples
    --------
    >>> queue = Queue(clock=lambda: 0.0)
    >>> queue.put("ann", "race 1", 3.0)
    >>> queue.put("bob", "race 2", 3.0)
    >>> queue.take(), queue.place("bob")
    (('ann', 'race 1'), Place(state='waiting', ahead=1, wait_s=3.0))
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, cap: int = CAP, stale_s: float = STALE_S
    ) -> None:
        self.clock, self.cap, self.stale_s = clock, cap, stale_s
        self.waiting: OrderedDict[Hashable, _Waiting] = OrderedDict()
        self.running: tuple[Hashable, object] | None = None
        self._began, self._expected_s, self._factor = 0.0, 0.0, 1.0

    def put(self, session: Hashable, job: object, expected_s: float) -> object | None:
        """Let a job wait for its turn, and return the job of the same session that it replaces, if any.

        Parameters
        ----------
        session : hashable
        job : object
        expected_s : float
            Seconds that it is expected to take.

        Raises
        ------
        Refused
            When too many wait already.
        """
        if session not in self.waiting and len(self.waiting) >= self.cap:
            raise Refused(
                "Asked for a turn of the timing slot.",
                f"{len(self.waiting)} others wait already, the most that may.",
                "Ask again in a minute.",
            )
        old = self.waiting.get(session)
        self.waiting[session] = _Waiting(job, expected_s, self.clock())  # an old key keeps its place
        return old.job if old else None

    def take(
        self, ready: Callable[[Hashable], bool] = lambda session: True
    ) -> tuple[Hashable, object] | None:
        """Return the session and the job whose turn it is, now running; None while one runs or nobody waits.

        Parameters
        ----------
        ready : callable
            Whether somebody is there to see the job; who is not keeps the place until the job is stale.
        """
        self.expire()
        if self.running is not None:
            return None
        for session, one in self.waiting.items():
            if ready(session):
                del self.waiting[session]
                self.running = (session, one.job)
                self._began, self._expected_s = self.clock(), one.expected_s
                return self.running
        return None

    def done(self) -> None:
        """Take note that the running job has ended by itself; what it took corrects what others are expected to."""
        if self.running is not None and self._expected_s > 0:
            took = max(0.0, self.clock() - self._began) / self._expected_s
            self._factor = min(20.0, max(0.05, (1 - LEARNT) * self._factor + LEARNT * took))
        self.running = None

    def stopped(self) -> None:
        """Take note that the running job was ended before its time: it says nothing about others."""
        self.running = None

    def drop(self, session: Hashable) -> list[object]:
        """Forget what a session waits for; return those jobs. What runs goes on until who runs it stops it."""
        gone = self.waiting.pop(session, None)
        return [gone.job] if gone else []

    def seen(self, session: Hashable) -> None:
        """Take note that the page of a session is there."""
        if session in self.waiting:
            self.waiting[session].seen = self.clock()

    def expire(self) -> list[tuple[Hashable, object]]:
        """Drop the jobs whose pages have been out of sight for too long, and return them."""
        until = self.clock() - self.stale_s
        gone = [(session, one.job) for session, one in self.waiting.items() if one.seen < until]
        for session, _ in gone:
            del self.waiting[session]
        return gone

    def place(self, session: Hashable) -> Place:
        """Return where a session stands."""
        if session in self.waiting:
            ahead = list(self.waiting)[: list(self.waiting).index(session)]
            wait_s = sum(self.waiting[one].expected_s for one in ahead) * self._factor + self._left()
            return Place("waiting", len(ahead) + (self.running is not None), wait_s)
        if self.running is None:
            return Place("free")
        if self.running[0] == session:
            return Place("running")
        everybody = sum(one.expected_s for one in self.waiting.values()) * self._factor
        return Place("busy", 1 + len(self.waiting), everybody + self._left())

    def _left(self) -> float:
        """Return the seconds that the running job is expected to take still."""
        if self.running is None:
            return 0.0
        return max(0.0, self._expected_s * self._factor - (self.clock() - self._began))
