"""Sweep: the same race at several values of one axis, to see where one backend overtakes another."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from convlab.atomic import write
from convlab.errors import SpecError
from convlab.files import FileError
from convlab.spec import ConvSpec
from convlab.timing.admission.limits import Limits
from convlab.timing.sweeps import axis as axes
from convlab.timing.sweeps.swept import Sweep

BUDGET_S = 1.0  # seconds of timing a point: half of a race's, for a curve is read as a whole


@dataclass(frozen=True, slots=True)
class Point:
    """News of a sweep, between those of its races.

    Attributes
    ----------
    value : int or None
        The value whose race begins now; None when the last one is over.
    n, count : int
        Which of how many that were left.
    sweep : Sweep
        All that is there so far.
    """

    value: int | None
    n: int
    count: int
    sweep: Sweep


def sweeping(
    spec: ConvSpec, axis: str, values: Sequence[int], names: Sequence[str] | None = None, *,
    budget_s: float = BUDGET_S, limits: Limits | None = None, resume: Sweep | None = None, **how: object,
) -> Generator:  # fmt: skip
    """Go along an axis, race by race: a contest of contests, for the same drivers.

    Parameters
    ----------
    spec, axis, values
        As `sweep` takes them.
    names : sequence of str, optional
        The backends; the whole catalogue if left out.
    budget_s, limits, **how
        As `convlab.timing.races.contest.contest` takes them.
    resume : Sweep, optional
        What is there already: its finished points are not raced again, and are part of the result.

    Yields
    ------
    Ask, News or Point

    Returns
    -------
    Sweep
        "stopped" with what is there, when a race was stopped.
    """
    from convlab.timing.races.contest import contest

    found = started(spec, axis, values, budget_s, resume)
    waiting = [value for value in values if value in found.left or _lacks(found, value, names)]
    for n, value in enumerate(waiting):
        yield Point(value, n, len(waiting), found)
        try:
            here = axes.at(spec, found.axis, value)
        except SpecError as error:
            found = found.without(value, str(error))
            continue
        race = yield from contest(here, names, budget_s=budget_s, limits=limits, **how)
        found = found.joined(value, race)
        if race.state == "stopped":
            return replace(found, state="stopped")
    found = replace(found, state="stopped" if found.left else "done")
    yield Point(None, len(waiting), len(waiting), found)
    return found


def started(spec: ConvSpec, axis: str, values: Sequence[int], budget_s: float, resume: Sweep | None) -> Sweep:
    """Return a sweep that begins, with the points of an earlier one along the same axis of the same convolution.

    Raises
    ------
    SpecError
        When the earlier one is about something else.
    """
    axis = axes.named(axis)
    fresh = Sweep(spec, axis, tuple(values), budget_s=budget_s, state="running")
    if resume is None:
        return fresh
    if resume.axis != axis or _apart_from(axis, resume.spec) != _apart_from(axis, spec):
        raise SpecError(
            f"Asked to resume a sweep of {spec} along {axis}.",
            f"The earlier one is of {resume.spec} along {resume.axis}.",
            "Give the same shapes and options, or begin a new one.",
        )
    every = tuple(sorted({*values, *resume.values, *resume.points}))
    return replace(fresh, values=every, points=dict(resume.points), problems=dict(resume.problems))


def _apart_from(axis: str, spec: ConvSpec) -> object:
    """Return what is the same for all points of a sweep through a spec, in a form to compare."""
    if axis == "C" and spec.groups == spec.x_shape[1] > 1:
        return spec.x_shape[2:], axes.at(spec, "C", 1).w_shape, spec.pads, spec.stride, spec.dtype
    if axis in ("S", "K"):  # at 1 nothing might fit
        sizes = (spec.x_shape[:2], spec.w_shape) if axis == "S" else (spec.x_shape, spec.w_shape[:2])
        return sizes, spec.mode, spec.padding, spec.stride, spec.dilation, spec.groups, spec.flip, spec.dtype
    return axes.at(spec, axis, spec.groups if axis == "C" else 1)


def _lacks(found: Sweep, value: int, names: Sequence[str] | None) -> bool:
    """Return whether a point that is there lacks a backend that is asked for now."""
    race = found.points.get(value)
    return bool(race and names and set(names) - {row.name for row in race.rows})


def sweep(
    spec: ConvSpec,
    axis: str,
    values: Sequence[int] | str,
    *,
    backends: Sequence[str] | str | None = None,
    budget_s: float = BUDGET_S,
    resume: Sweep | str | Path | None = None,
    report: Callable[[object], None] | None = None,
    limits: Limits | None = None,
) -> Sweep:
    """Race the backends at several values of one axis, and find where one overtakes another.

    Parameters
    ----------
    spec : ConvSpec
    axis : {"S", "N", "K", "C", "stride"}
        Size of the space, images, taps, channels, or stride.
    values : sequence of int or str
        ``[3, 5, 7]``, ``"3, 5, 7"`` or ``"3..31..4"``; at most 60.
    backends : sequence of str, optional
        Those that race; the whole catalogue if left out.
    budget_s : float
        Seconds of timing a point.
    resume : Sweep, str or Path, optional
        An earlier sweep whose points are kept and not raced again. As a file: it is read if it is there, and written
        after every point, so that nothing is lost when this one is ended.
    report : callable, optional
        Gets each piece of news: `Point` when a race begins, and what `convlab.race` reports.
    limits : Limits, optional
        As for `convlab.race`.

    Returns
    -------
    Sweep
        With `.points`, `.crossings`, `.sentence`, `.to_csv()`, `.to_json()`; a table in a notebook.

    Raises
    ------
    SpecError
        When the axis, the values or the earlier sweep do not fit, or `convlab.race` would raise it.
    FileError
        When the file of an earlier sweep does not read, or there is no folder for it.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 64, 64), (1, 1, 3, 3))
    >>> found = sweep(spec, "K", [3, 5], backends=["numpy-im2col", "scipy-fft"], budget_s=0.1)
    >>> found.values, sorted(found.series)
    ((3, 5), ['numpy-im2col', 'scipy-fft'])
    """
    from convlab.timing.crew import CREW
    from convlab.timing.races.contest import run
    from convlab.timing.races.racing import wanted

    names, axis = wanted(spec, backends, budget_s, limits), axes.named(axis)
    place = Path(resume) if isinstance(resume, (str, Path)) else None
    resume = resume if place is None else _earlier(place)
    if not isinstance(resume, Sweep | None):
        raise SpecError(
            f"Asked to resume {str(resume)[:40]!r}.",
            f"That is of type {type(resume).__name__}.",
            "Give what cl.sweep returned, or the file of --resume.",
        )

    def heard(news: object) -> None:
        if place is not None and isinstance(news, Point) and news.sweep.points:
            write(place, replace(news.sweep, state="stopped" if news.sweep.left else "done").to_json())
        if report is not None:
            report(news)

    steps = sweeping(
        spec, axis, axes.values_of(axis, values), names, budget_s=budget_s, limits=limits, resume=resume
    )
    return run(steps, CREW, heard)


def _earlier(place: Path) -> Sweep | None:
    """Return the sweep in a file; None where there is no file yet, but a folder for it."""
    if not place.is_file():
        if place.is_dir() or not place.parent.is_dir():
            found = "That is a folder." if place.is_dir() else f"There is no folder {place.parent}."
            raise FileError(f"Asked to keep a sweep in {place}.", found, "Choose another place.")
        return None
    try:
        return Sweep.from_json(place.read_text(encoding="utf-8"))
    except (SpecError, OSError, UnicodeDecodeError) as error:
        found = getattr(error, "found", "") or getattr(error, "strerror", "") or "It is no text."
        raise FileError(f"Asked to resume {place}.", found, "Give a file that a sweep wrote.") from None
