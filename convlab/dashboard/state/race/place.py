"""Where this server's races run: in workers of this machine, or as tasks of the cluster that it was started with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from convlab.dashboard.state.race.course import POINT, Course
from convlab.timing import crew, slot
from convlab.timing.admission.limits import Limits
from convlab.timing.races import contest
from convlab.timing.sweeps import sweep

if TYPE_CHECKING:
    from convlab.timing.races.result import Race
    from convlab.timing.sweeps.swept import Sweep

Report = Callable[[object], object]


class Here:
    """The machine of the server: one point of a sweep in a turn, so that others have theirs in between."""

    points, is_server = 1, True

    def slot(self, waiting: Callable[[], None]) -> AbstractAsyncContextManager:
        """Hold the timing slot of this machine."""
        return slot.aheld(waiting=waiting)

    async def race(self, course: Course, report: Report) -> Race:
        """Race a course in the workers of this event loop."""
        steps = contest.contest(course.spec, course.chosen, budget_s=course.budget_s, limits=Limits.here())
        return await contest.arun(steps, crew.here(), report)

    async def sweep(
        self, course: Course, values: tuple[int, ...], before: Sweep | None, report: Report
    ) -> Sweep:
        """Race values of a sweep, and return them with those that were there."""
        steps = sweep.sweeping(
            course.spec, course.axis, values, course.chosen,
            budget_s=course.budget_s * POINT, limits=Limits.here(), resume=before,
        )  # fmt: skip
        return await contest.arun(steps, crew.here(), report)


class There:
    """A Dask cluster: all points of a sweep in one turn, as many at once as it has workers that may be timed on.

    Parameters
    ----------
    address : str
        Of its scheduler.
    """

    points, is_server = None, False

    def __init__(self, address: str) -> None:
        self.address = address
        self._clusters: WeakKeyDictionary = WeakKeyDictionary()

    @asynccontextmanager
    async def slot(self, waiting: Callable[[], None]) -> AsyncIterator[None]:
        """Hold nothing: each machine of the cluster has a slot of its own."""
        yield

    async def race(self, course: Course, report: Report) -> Race:
        """Race a course in a task of the cluster."""
        return await self.cluster().race(course.spec, course.chosen, budget_s=course.budget_s, report=report)

    async def sweep(
        self, course: Course, values: tuple[int, ...], before: Sweep | None, report: Report
    ) -> Sweep:
        """Race values of a sweep in tasks of the cluster, and return them with those that were there."""
        return await self.cluster().sweep(
            course.spec, course.axis, values, course.chosen,
            budget_s=course.budget_s * POINT, resume=before, report=report,
        )  # fmt: skip

    def cluster(self) -> object:
        """Return the client of the running event loop."""
        from convlab.timing.cluster.acluster import AsyncCluster

        return self._clusters.setdefault(asyncio.get_running_loop(), AsyncCluster(self.address))


_place: Here | There = Here()


def place() -> Here | There:
    """Return where races run."""
    return _place


def go_to(address: str) -> None:
    """Let races run on a cluster from now on.

    Parameters
    ----------
    address : str
        Of its scheduler, such as "tcp://192.168.0.5:8786".

    Raises
    ------
    Unavailable
        When `distributed` is not installed, nobody answers, or no worker there may be timed on.
    """
    global _place
    from convlab.timing.cluster import Cluster

    with Cluster(address):  # it answers, and its workers are of this convlab
        _place = There(address)
