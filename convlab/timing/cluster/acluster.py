"""The Dask cluster for an event loop: races and sweeps as tasks, awaited; a cancelled one ends where it runs.

What `convlab.timing.cluster` is for callers that wait, without a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from convlab.backends import CATALOGUE
from convlab.backends.preference import wishes
from convlab.errors import ConvLabError, Unavailable
from convlab.spec import ConvSpec
from convlab.timing.admission.limits import Limits
from convlab.timing.cluster import GPU, connecting, errands, joined, split
from convlab.timing.cluster.connecting import TIMING
from convlab.timing.races.news import News
from convlab.timing.races.result import Race
from convlab.timing.sweeps.sweep import Point, started
from convlab.timing.sweeps.swept import Sweep

Report = Callable[[object], object]


class AsyncCluster:
    """A Dask cluster as a place to race, for one event loop.

    Parameters
    ----------
    address : str
        Of the scheduler, which `Cluster` has reached before.
    connect_s : float
        Seconds to wait for it.
    """

    def __init__(self, address: str, connect_s: float = 10.0) -> None:
        self.address, self.connect_s = address, connect_s
        self._asked = f"Asked for the Dask scheduler at {address}."
        self._client = None

    async def race(
        self, spec: ConvSpec, names: Sequence[str] | None = None, *, budget_s: float = 2.0,
        limits: Limits | None = None, report: Report | None = None,
    ) -> Race:  # fmt: skip
        """Race backends on a spec, in a task of their own; as `Cluster.race`.

        Raises
        ------
        Unavailable
            When the scheduler does not answer any more, or no worker may be timed on.
        """
        parts = split(CATALOGUE if names is None else names, GPU in await self._has())
        words = {"spec": spec, "budget_s": budget_s, "limits": limits}
        jobs = {need: ("race", words | {"names": part}, need) for need, part in parts.items()}
        found = Race(spec, (), {}, datetime.now().astimezone().isoformat(timespec="seconds"), budget_s)
        done = 0
        async for _, race in self._results(jobs):
            found, done = joined(found, race, tuple(parts.values())), done + 1
            for row in race.rows if report else ():
                report(News(row, done / len(jobs)))
        return found

    async def sweep(
        self, spec: ConvSpec, axis: str, values: Sequence[int], names: Sequence[str] | None = None, *,
        budget_s: float = 1.0, limits: Limits | None = None, resume: Sweep | None = None,
        report: Report | None = None,
    ) -> Sweep:  # fmt: skip
        """Race backends along an axis, a task a point, all queued at once; as `Cluster.sweep`.

        Parameters
        ----------
        report : callable, optional
            Gets a `Point` whenever one has come, with all that is there by then; so a cancelled sweep loses nothing.

        Raises
        ------
        Unavailable
            When the scheduler does not answer any more, or no worker may be timed on.
        """
        await self._has()
        found = started(spec, axis, values, budget_s, resume)
        words = {"spec": spec, "axis": axis, "names": names, "budget_s": budget_s, "limits": limits}
        jobs = {
            value: ("sweep", words | {"values": (value,)}, TIMING) for value in values if value in found.left
        }
        done = 0
        async for value, part in self._results(jobs):
            if value in part.points:
                found = found.joined(value, part.points[value])
            else:
                found = found.without(value, part.problems.get(value, "It was stopped."))
            done += 1
            if report is not None:
                report(Point(next(iter(found.left), None), done, len(jobs), found))
        return found

    async def aclose(self) -> None:
        """Leave the scheduler."""
        if self._client is not None:
            await self._client.close()
        self._client = None

    async def _has(self) -> set[str]:
        """Return the resources that the workers have; connects first where that is needed."""
        from distributed import Client

        if self._client is None or self._client.status != "running":
            try:
                self._client = await Client(
                    self.address, asynchronous=True, timeout=self.connect_s, set_as_default=False, name="convlab"
                )  # fmt: skip
            except (OSError, ValueError) as error:
                raise Unavailable(
                    self._asked,
                    f"It does not answer any more: {str(error).splitlines()[0][:100]}",
                    "Start it again, or start convlab without --scheduler.",
                ) from None
        return connecting.resources(await self._client.scheduler.identity(n_workers=-1), self._asked)

    async def _results(
        self, jobs: Mapping[object, tuple[str, dict, str]]
    ) -> AsyncIterator[tuple[object, object]]:
        """Queue jobs, each under what it is known by, and yield what they found as it comes."""
        batch, names = uuid4().hex, {}
        for n, (name, (kind, words, need)) in enumerate(jobs.items()):
            future = self._client.submit(
                errands.errand, batch, kind, words, wishes(),
                key=f"convlab-{kind}-{batch}-{n}", pure=False, resources={need: 1}, priority=-n,
            )  # fmt: skip
            names[asyncio.ensure_future(self._outcome(future))] = (name, future)
        waiting = set(names)
        try:
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    yield names[one][0], one.result()
        finally:
            for one in waiting:
                one.cancel()
            if waiting:
                await self._stop(batch, [names[one][1] for one in waiting])

    async def _stop(self, batch: str, futures: Sequence[object]) -> None:
        """End what runs of a batch, and cancel what is queued."""
        await self._client.run(errands.stop, batch, on_error="return")
        await self._client.cancel(list(futures))

    async def _outcome(self, future: object) -> object:
        """Return what a task found; what it raised, as a sentence."""
        try:
            return await future
        except ConvLabError:
            raise
        except Exception as error:
            said = str(error).splitlines()[0] if str(error) else repr(error)
            raise ConvLabError(
                self._asked,
                f"A task ended with {type(error).__name__}: {said[:200]}",
                "Look at the worker's own log, or race here, without a scheduler.",
            ) from None
