"""A place to race: the workers of this machine. A cluster has the same verbs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence

from convlab.cli.watch import Waits
from convlab.errors import ConvLabError
from convlab.spec import ConvSpec
from convlab.timing.admission.limits import Limits
from convlab.timing.benches.bench import benching
from convlab.timing.benches.benched import Bench
from convlab.timing.benches.matched import Matches
from convlab.timing.benches.matches import playing
from convlab.timing.crew import CREW
from convlab.timing.races.contest import contest, run
from convlab.timing.races.result import Race
from convlab.timing.shapes.suites import Workload
from convlab.timing.sweeps.sweep import sweeping
from convlab.timing.sweeps.swept import Sweep
from convlab.timing.tuning.choice import Choice

Report = Callable[[object], None]


class Here:
    """Runs what a cluster would run, here; see `convlab.timing.cluster.Cluster`, which has the same verbs."""

    def __init__(self) -> None:
        self._stopping = threading.Event()

    def race(
        self,
        spec: ConvSpec,
        names: Sequence[str] | None,
        *,
        budget_s: float,
        limits: Limits | None,
        report: Report,
    ) -> Race:
        """Race backends on a spec."""
        return self._run(contest(spec, names, budget_s=budget_s, limits=limits), report)

    def sweep(
        self, spec: ConvSpec, axis: str, values: Sequence[int], names: Sequence[str] | None, *,
        budget_s: float, limits: Limits | None, resume: Sweep | None, report: Report,
    ) -> Sweep:  # fmt: skip
        """Race backends along an axis."""
        steps = sweeping(spec, axis, values, names, budget_s=budget_s, limits=limits, resume=resume)
        return self._run(steps, report)

    def tune(self, spec: ConvSpec, *, exact: bool, limits: Limits | None, report: Report) -> Choice:
        """Find the fastest right backend for a spec."""
        from convlab.timing.tuning.autotune import tuning

        return self._run(tuning(spec, exact=exact, limits=limits), report)

    def bench(
        self, suite: str, workloads: Sequence[Workload], names: Sequence[str] | None, peers: Sequence[str], *,
        budget_s: float, limits: Limits | None, report: Report,
    ) -> Bench:  # fmt: skip
        """Tune and race a suite."""
        return self._run(benching(suite, workloads, names, peers, budget_s=budget_s, limits=limits), report)

    def play(
        self, suite: str, workloads: Sequence[Workload], names: Sequence[str] | None, *, budget_s: float,
        earlier: Matches | None, report: Report,
    ) -> Matches:  # fmt: skip
        """Play a suite of matches against the libraries that are here; a cluster has no such verb."""
        return self._run(playing(suite, workloads, names, budget_s=budget_s, earlier=earlier), report)

    def stop(self) -> None:
        """End what runs, from another thread; what waits for the timing slot waits no more."""
        self._stopping.set()
        CREW.stop()

    def _run(self, steps: Generator, report: Report) -> object:
        def waiting() -> None:
            if self._stopping.is_set():
                raise ConvLabError(
                    "Asked to race.", "It was stopped while another race on this machine had the timing slot."
                )
            report(Waits())

        return run(steps, CREW, report, stop=self._stopping, waiting=waiting)
