"""The race, without input or output, and the two ways to drive it: by waiting, and on an event loop.

A contest is a generator. It yields an `Ask`, to be sent what a worker replies or to be thrown what went wrong, and
`News` of one row, to be sent nothing; it returns a `Race`. Generators that are made of contests, such as a sweep,
are driven in the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from math import inf
from pathlib import Path

from convlab.backends import CATALOGUE
from convlab.errors import Refused
from convlab.spec import ConvSpec
from convlab.timing import slot
from convlab.timing.admission.limits import Limits
from convlab.timing.asks import Ask, DutyFailed, WorkerLost
from convlab.timing.measuring.check import FULL_MACS
from convlab.timing.races.heat import PRUNE, Heat
from convlab.timing.races.news import News, Stopped
from convlab.timing.races.result import Race

__all__ = ["BUDGET_S", "News", "Stopped", "arun", "contest", "run"]

BUDGET_S = 2.0
FOLDER, LEFT_S = "convlab-race-", 86400.0  # of a race; no race takes a day
Report = Callable[[object], object]
_this_thread = threading.local()


def contest(
    spec: ConvSpec,
    names: Sequence[str] | None = None,
    *,
    budget_s: float = BUDGET_S,
    seed: int = 0,
    limits: Limits | None = None,
    share_s: float | None = None,
    prune: float = PRUNE,
    keep: Sequence[str] = (),
    full_macs: float = FULL_MACS,
    calls: int = 1,
    behind: float = inf,
    probe: bool = True,
    held: bool = False,
) -> Generator[Ask | News, object, Race]:
    """Race backends on a spec: refuse, judge, call each for the first time and check it, then time them in turns.

    Parameters
    ----------
    spec : ConvSpec
    names : sequence of str, optional
        Backends; the whole catalogue if left out.
    budget_s : float
        Seconds for the timing of all; first calls and checks come on top.
    seed : int
        Of the operands, the sample and the order.
    limits : Limits, optional
        Of memory and of one call; those of the environment and of this machine if left out.
    share_s : float, optional
        Seconds for the timing of one; an equal share of the budget if left out.
    prune : float
        How many times the leader's seconds are hopeless.
    keep : sequence of str
        Backends that are never pruned, since their times are wanted.
    full_macs : float
        Above so many multiply-adds a sample is checked instead of every value.
    calls : int
        By how many at least a backend is timed that is not hopeless, also where one alone is longer than its share:
        so that a single call that was disturbed does not decide.
    behind : float
        Who has been timed so often, and took more than so many times the leader's seconds, is timed no further.
    probe : bool
        Whether the rates of this machine may be measured at the end, where few races have done it.
    held : bool
        Whether each backend holds the filter in a plan, so that only what is done with x is timed.

    Returns
    -------
    Race
        With the state "stopped" when `Stopped` was thrown in, or somebody stopped the workers.
    """
    with _folder() as folder:
        running = Heat(spec, list(CATALOGUE if names is None else dict.fromkeys(names)), folder, seed)
        running.limits, running.budget_s, running.prune = limits or Limits.here(), budget_s, prune
        running.share_s, running.keep, running.full_macs = share_s, frozenset(keep), full_macs
        running.least_calls, running.behind, running.probe = calls, behind, probe
        running.held = held
        try:
            yield from running.steps()
        except (Stopped, KeyboardInterrupt):
            yield from running.stop()
        return running.race()


def _folder() -> tempfile.TemporaryDirectory:
    """Return a folder for the truth that goes with its race, and remove those of races that were killed long ago."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_S:
                shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=FOLDER, ignore_cleanup_errors=True)


def run(
    steps: Generator,
    crew: object,
    report: Report | None = None,
    *,
    stop: threading.Event | None = None,
    waiting: Callable[[], object] | None = None,
) -> object:
    """Drive a contest to its end by waiting for the workers, and hold the machine's timing slot meanwhile.

    Parameters
    ----------
    steps : generator
        A contest, or what is made of contests.
    crew : Crew
        Something with ``ask(ask) -> dict``, as `convlab.timing.crew.CREW` has.
    report : callable, optional
        Gets everything that is not an ask: `News`.
    stop : threading.Event, optional
        Looked at before each ask; whoever sets it calls ``crew.stop()`` too, for the ask that runs.
    waiting : callable, optional
        Called now and then while another holds the slot.

    Returns
    -------
    Race
        Or whatever the generator returns. After Ctrl+C, what there is: a race of state "stopped".

    Raises
    ------
    Refused
        When `report` asks for another race: it would wait for the slot that its own race holds.
    """
    with _alone(), slot.held(waiting=waiting):
        go_on, value = steps.send, None
        try:
            while True:
                found = go_on(value)
                go_on, value = steps.send, None
                if not isinstance(found, Ask):
                    if report is not None:
                        report(found)
                elif stop is not None and stop.is_set():
                    go_on, value = steps.throw, Stopped()
                else:
                    try:
                        value = crew.ask(found)
                    except (DutyFailed, WorkerLost) as error:
                        go_on, value = steps.throw, error
                    except KeyboardInterrupt:
                        go_on, value = steps.throw, Stopped()
        except StopIteration as end:
            return end.value
        finally:
            steps.close()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let no race begin in the midst of another of this thread."""
    if getattr(_this_thread, "races", False):
        raise Refused(
            "Asked to race.", "This thread is in the midst of a race.", "Begin it when that one is over."
        )
    _this_thread.races = True
    try:
        yield
    finally:
        _this_thread.races = False


async def arun(steps: Generator, crew: object, report: Report | None = None) -> object:
    """Drive a contest on an event loop. Unlike `run` it leaves the timing slot to its caller.

    Parameters
    ----------
    steps : generator
    crew : AsyncCrew
        Something with ``await ask(ask) -> dict``, as `convlab.timing.crew.here` returns.
    report : callable, optional
        Gets `News`; when this is cancelled, the news of the rows as they are then.

    Returns
    -------
    Race
        Or whatever the generator returns.
    """
    go_on, value = steps.send, None
    try:
        while True:
            found = go_on(value)
            go_on, value = steps.send, None
            if not isinstance(found, Ask):
                if report is not None:
                    report(found)
                await asyncio.sleep(0)  # others have their turn between two steps
                continue
            try:
                value = await crew.ask(found)
            except (DutyFailed, WorkerLost) as error:
                go_on, value = steps.throw, error
    except StopIteration as end:
        return end.value
    except asyncio.CancelledError:
        _last_news(steps, report)
        raise
    finally:
        steps.close()


def _last_news(steps: Generator, report: Report | None) -> None:
    """Stop a contest and report what it says of its rows."""
    try:
        found = steps.throw(Stopped())
        while not isinstance(found, Ask):
            if report is not None:
                report(found)
            found = steps.send(None)
    except (StopIteration, Stopped):
        return
