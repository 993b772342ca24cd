"""More than one machine: races, sweeps, tunings and benches as tasks of a Dask cluster.

Every task asks for one piece of the resource "timing", of which a worker that may be timed on has one; a race of what
runs on a GPU asks for one of "GPU". So no worker times two things at once, and on each machine the timing slot keeps
several workers apart. Times are taken inside the task, by processes of convlab's own on the worker's machine.

Start a worker with ``dask worker ADDRESS --nthreads 1 --resources "timing=1"``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from convlab.backends import CATALOGUE, get
from convlab.backends.preference import wishes
from convlab.errors import ConvLabError
from convlab.spec import ConvSpec
from convlab.timing.admission.limits import Limits
from convlab.timing.benches.bench import Lap
from convlab.timing.benches.benched import Bench
from convlab.timing.cluster import connecting, errands
from convlab.timing.cluster.connecting import TIMING
from convlab.timing.races.news import News
from convlab.timing.races.result import Race
from convlab.timing.shapes.suites import Workload
from convlab.timing.sweeps.sweep import Point, started
from convlab.timing.sweeps.swept import Sweep
from convlab.timing.tuning.choice import Choice

GPU = "GPU"
Report = Callable[[object], object]


class Cluster:
    """A Dask cluster as a place to race, with the verbs of this machine: race, sweep, tune, bench, stop.

    Parameters
    ----------
    address : str
        Of the scheduler, such as "tcp://192.168.0.5:8786".
    connect_s : float
        Seconds to wait for it.

    Raises
    ------
    Unavailable
        When `distributed` is not installed, nobody answers, no worker has the resource "timing", or a worker has
        another convlab, or none.

    Examples
    --------
    >>> from convlab.errors import Unavailable
    >>> try:
    ...     Cluster("tcp://127.0.0.1:9", connect_s=0.2)
    ... except Unavailable as error:
    ...     print(error.found)
    Nobody answered within 0.2 s.
    """

    def __init__(self, address: str, connect_s: float = 10.0) -> None:
        self._asked = f"Asked for the Dask scheduler at {address}."
        self._batch = uuid4().hex
        self._futures: dict[str, object] = {}
        self._stopping = threading.Event()
        self._client = connecting.client(address, connect_s, self._asked)
        try:
            self._has = connecting.resources(self._client.scheduler_info(n_workers=-1), self._asked)
            connecting.check_versions(self._client.run(errands.version, on_error="return"), self._asked)
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def race(
        self, spec: ConvSpec, names: Sequence[str] | None = None, *, budget_s: float = 2.0,
        limits: Limits | None = None, report: Report | None = None,
    ) -> Race:  # fmt: skip
        """Race backends on a spec: in one task, or in two where some of them run on a GPU that a worker has.

        Parameters
        ----------
        spec, names, budget_s, limits
            As `convlab.timing.races.contest.contest` takes them.
        report : callable, optional
            Gets `News` of every row when the task that timed it is done.
        """
        parts = split(CATALOGUE if names is None else names, GPU in self._has)
        words = {"spec": spec, "budget_s": budget_s, "limits": limits}
        jobs = {need: ("race", words | {"names": part}, need) for need, part in parts.items()}
        when = datetime.now().astimezone().isoformat(timespec="seconds")
        found = Race(spec, (), {}, when, budget_s, 0, "stopped")
        for n, (_, race) in enumerate(self._results(jobs), 1):
            if isinstance(race, ConvLabError):
                raise race
            found = joined(found, race, tuple(parts.values()))
            for row in race.rows:
                _tell(report, News(row, n / len(jobs)))
        return found

    def sweep(
        self, spec: ConvSpec, axis: str, values: Sequence[int], names: Sequence[str] | None = None, *,
        budget_s: float = 1.0, limits: Limits | None = None, resume: Sweep | None = None,
        report: Report | None = None,
    ) -> Sweep:  # fmt: skip
        """Race backends along an axis: one task a point, all queued at once, for as many workers as there are.

        Parameters
        ----------
        spec, axis, values, names, budget_s, limits, resume
            As `convlab.timing.sweeps.sweep.sweeping` takes them.
        report : callable, optional
            Gets a `Point` whenever one has come, with all that is there by then.
        """
        found = started(spec, axis, values, budget_s, resume)
        waiting = [value for value in values if value in found.left or _lacks(found.points.get(value), names)]
        words = {"spec": spec, "axis": axis, "names": names, "budget_s": budget_s, "limits": limits}
        jobs = {value: ("sweep", words | {"values": (value,)}, TIMING) for value in waiting}
        _tell(report, Point(waiting[0] if waiting else None, 0, len(waiting), found))
        for n, (value, part) in enumerate(self._results(jobs), 1):
            if isinstance(part, ConvLabError):
                found = found.without(value, str(part))
            elif value in part.points:
                found = found.joined(value, part.points[value])
            else:
                found = found.without(value, part.problems[value])
            _tell(report, Point(next(iter(found.left), None), n, len(waiting), found))
        stopped = self._stopping.is_set() or bool(found.left)
        return replace(found, state="stopped" if stopped else "done")

    def tune(
        self,
        spec: ConvSpec,
        *,
        exact: bool = False,
        limits: Limits | None = None,
        report: Report | None = None,
    ) -> Choice:
        """Find the fastest right backend for a spec on the worker that takes the task. Nothing is kept there."""
        words = {"spec": spec, "exact": exact, "limits": limits}
        for _, choice in self._results({spec: ("tune", words, TIMING)}):
            if isinstance(choice, ConvLabError):
                raise choice
            for row in choice.race.rows:
                _tell(report, News(row, 1.0))
            return choice
        raise ConvLabError(f"Asked to tune {spec}.", "It was stopped before it began.", "Ask again.")

    def bench(
        self, suite: str, workloads: Sequence[Workload], names: Sequence[str] | None = None,
        peers: Sequence[str] = (), *, budget_s: float = 2.0, limits: Limits | None = None,
        report: Report | None = None,
    ) -> Bench:  # fmt: skip
        """Tune and race a suite, one task a shape.

        Parameters
        ----------
        suite, workloads, names, peers, budget_s, limits
            As `convlab.timing.benches.bench.benching` takes them.
        report : callable, optional
            Gets a `Lap` whenever a shape is done.
        """
        words = {"suite": suite, "names": names, "peers": peers, "budget_s": budget_s, "limits": limits}
        jobs = {one.id: ("bench", words | {"workloads": (one,)}, TIMING) for one in workloads}
        left = {one.id: one for one in workloads}
        when, lines, machine = datetime.now().astimezone().isoformat(timespec="seconds"), {}, {}
        found = Bench(suite, (), machine, when, "running")
        _tell(report, Lap(next(iter(workloads), None), 0, len(jobs), found))
        for n, (id_, part) in enumerate(self._results(jobs), 1):
            if isinstance(part, ConvLabError):
                raise part
            del left[id_]
            lines |= {line.workload.id: line for line in part.lines}
            inorder = tuple(lines[one.id] for one in workloads if one.id in lines)
            found = replace(found, lines=inorder, machine=found.machine or part.machine)
            _tell(report, Lap(next(iter(left.values()), None), n, len(jobs), found))
        return replace(found, state="done" if len(lines) == len(jobs) else "stopped")

    def stop(self) -> None:
        """Cancel what is queued and end what runs, from another thread: the verb that waits returns what there is."""
        self._stopping.set()
        busy = self._client.run(errands.stop, self._batch, on_error="return")
        if not any(found is True for found in busy.values()):
            self._client.cancel(list(self._futures.values()))
            return
        running = {key for keys in self._client.processing().values() for key in keys}
        self._client.cancel([future for key, future in self._futures.items() if key not in running])

    def _results(self, jobs: Mapping[object, tuple[str, dict, str]]) -> Iterator[tuple[object, object]]:
        """Queue jobs, each under what it is known by, and yield what they found as it comes."""
        from distributed import as_completed

        known = {}
        for n, (name, (kind, words, need)) in enumerate(jobs.items()):
            key = f"convlab-{kind}-{uuid4().hex}"  # never one of before: Dask would take it for the same task
            self._futures[key] = self._client.submit(
                errands.errand, self._batch, kind, words, wishes(),
                key=key, pure=False, resources={need: 1}, priority=-n,
            )  # fmt: skip
            known[key] = name
        if self._stopping.is_set():  # between two verbs
            self.stop()
        with self._client.as_current():
            coming = as_completed(list(self._futures.values()))
        for future in coming:
            del self._futures[future.key]
            if (found := self._outcome(future)) is not None:
                yield known[future.key], found

    def _outcome(self, future: object) -> object | None:
        """Return what a task found, or the sentence of its end; None when it was cancelled or did not begin."""
        if future.cancelled():
            return None
        error = future.exception()
        if error is None or isinstance(error, ConvLabError):
            return error or future.result()
        said = f"A task ended with {type(error).__name__}: {str(error).splitlines()[0] if str(error) else error!r}."
        return ConvLabError(
            self._asked, said, "Look at the worker's own log, or race here, without a scheduler."
        )


def split(names: Sequence[str], has_gpu: bool) -> dict[str, tuple[str, ...]]:
    """Return which backends race where: by the resource that their task asks for.

    Examples
    --------
    >>> split(["numpy-im2col", "scipy-fft"], True)
    {'timing': ('numpy-im2col', 'scipy-fft')}
    """
    on_gpu = tuple(name for name in names if has_gpu and get(name).device == "gpu")
    parts = {TIMING: tuple(name for name in names if name not in on_gpu), GPU: on_gpu}
    return {need: part for need, part in parts.items() if part}


def joined(found: Race, more: Race, parts: Sequence[Sequence[str]]) -> Race:
    """Return two races of one spec, timed by different workers, as one: the rows in the order they were asked for."""
    if not found.rows:
        return more
    order = [name for part in parts for name in part]
    rows = sorted((*found.rows, *more.rows), key=lambda row: order.index(row.name))
    machine = found.machine | {"elsewhere": more.machine}
    state = "done" if found.state == more.state == "done" else "stopped"
    return replace(found, rows=tuple(rows), machine=machine, state=state)


def _lacks(race: Race | None, names: Sequence[str] | None) -> bool:
    """Return whether a race that is there lacks a backend that is asked for now."""
    return bool(race and names and set(names) - {row.name for row in race.rows})


def _tell(report: Report | None, news: object) -> None:
    if report is not None:
        report(news)
