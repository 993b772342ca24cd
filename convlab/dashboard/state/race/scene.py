"""The scene of the Race screen: what is asked, what has been measured, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from convlab import memory
from convlab.dashboard.state.race import menu, said
from convlab.dashboard.state.race.address import query_of
from convlab.dashboard.state.race.chart import sweep_of
from convlab.dashboard.state.race.code import code_of
from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.facts import facts, versions, when
from convlab.dashboard.state.race.live import Live, Sweeping
from convlab.dashboard.state.race.place import place
from convlab.dashboard.state.race.roof import roof_of
from convlab.dashboard.state.race.rows import rows_of
from convlab.spec import MODES
from convlab.timing.admission import asked, rates
from convlab.timing.admission.limits import Limits
from convlab.timing.shapes import titles

ELSEWHERE = "Each machine of the cluster has limits of its own."
FREE = {"state": "free", "ahead": 0, "wait_s": 0.0, "sentence": "timing slot free"}


@dataclass
class Shown:
    """All that one page shows: the course, its race, its sweep, and what its machine reaches.

    Attributes
    ----------
    slot : dict
        ``state``, ``ahead``, ``wait_s`` and ``sentence`` of the timing slot.
    roof : tuple of float or None
        GFLOP/s of a matrix product here and GB/s of a copy, in the dtype of the race.
    limits : dict
        ``seconds``, ``bytes``, ``sentence``: what one backend may take.
    """

    course: Course
    live: Live = field(default_factory=Live)
    sweeping: Sweeping = field(default_factory=Sweeping)
    slot: Mapping[str, object] = field(default_factory=lambda: dict(FREE))
    roof: tuple[float | None, float | None] = (None, None)
    limits: Mapping[str, object] = field(default_factory=dict)


def scene(
    shown: Shown,
    answered: int = 0,
    problem: dict | None = None,
    notices: Iterable[str] = (),
    exported: dict[str, str] | None = None,
) -> dict[str, object]:
    """Return the whole scene.

    Parameters
    ----------
    answered : int
        Number of the ask that this scene answers.
    problem : dict, optional
        Why that ask was refused.
    exported : dict, optional
        A file that was asked for: ``name``, ``type``, ``text``.

    Examples
    --------
    >>> made = scene(Shown(Course()))
    >>> made["title"], made["race"]["state"]
    ('50 images of 100 × 100, one 11 × 11 filter', 'empty')
    """
    course = shown.course
    return {
        "version": 1,
        "kind": "race",
        "answered": answered,
        "query": query_of(course),
        "notices": list(notices),
        "problem": problem,
        "title": titles.title(course.spec),
        "subtitle": titles.subtitle(course.spec),
        "quick": list(menu.quick()),
        "workloads": list(menu.workloads()),
        "workload": course.workload,
        "layer": menu.layer_of(course.spec),
        "modes": list(MODES),
        "dtypes": list(asked.DTYPES),
        "choice": menu.choice_of(course, shown.limits),
        "code": code_of(course),
        "exported": exported,
        **moving(shown),
    }


def moving(shown: Shown, parts: Iterable[str] = ("slot", "race", "sweep")) -> dict[str, object]:
    """Return those parts of a scene that move while something runs."""
    made = {
        "slot": lambda: dict(shown.slot),
        "race": lambda: race_of(shown),
        "sweep": lambda: sweep_of(shown.course, shown.sweeping),
    }
    return {part: made[part]() for part in parts}


def race_of(shown: Shown) -> dict[str, object]:
    """Return the race of the scene, as far as it has come."""
    live = shown.live
    rows, scale = rows_of(live)
    race, gflops = live.race, shown.roof[0]
    return {
        "state": live.state,
        "progress": round(live.progress, 3),
        "sentence": headline(live),
        "live": live.said,
        "asked": f"Measured {when(race.when)}, before this page asked." if live.before and race else None,
        "when": when(race.when) if race else "",
        "versions": versions(race.machine) if race else "",
        "machine": facts(race.machine) if race else [],
        "win": race.winner.name if race and race.winner else None,
        "rows": rows,
        "scale": scale,
        "roof": roof_of(list(live.rows.values()), gflops, shown.roof[1]),
    }


def headline(live: Live) -> str:
    """Return the sentence above the table."""
    if live.race is not None and live.state != "queued":
        return live.race.sentence if live.race.ranked else f"{live.race.sentence} The rows say why."
    if live.state == "running":
        timed = [
            row for row in live.rows.values() if row.min_s is not None and row.state in ("timed", "timing")
        ]
        best = min(timed, key=lambda row: row.min_s, default=None)
        ahead = f" {best.name} leads with {said.time(best.min_s)}." if best else ""
        return f"{counted(live)}.{ahead}" if live.rows else "It begins."
    if live.state == "queued":
        return "It waits for its turn."
    return "Nothing has been timed yet."


def counted(live: Live) -> str:
    """Return how many backends are done, of those that can run at all.

    Examples
    --------
    >>> counted(Live())
    '0 of 0 are done'
    """
    runs = [row for row in live.rows.values() if row.state != "refused"]
    no = len(live.rows) - len(runs)
    cannot = f"; {no} cannot run this" if no else ""
    return f"{sum(row.is_final for row in runs)} of {len(runs)} are done{cannot}"


def of_here(shown: Shown) -> Shown:
    """Return the same with what the machine that times reaches, and what a backend may take there.

    Of the machines of a cluster neither is known before they have timed.
    """
    if not place().is_server:
        return replace(
            shown, roof=(None, None), limits={"seconds": None, "bytes": None, "sentence": ELSEWHERE}
        )
    found, rate, spec = Limits.here(), rates.known(), shown.course.spec
    sentence = (
        f"One backend may take {found.seconds:g} s a call and {memory.size(found.bytes)}; more is refused."
    )
    return replace(
        shown,
        roof=(rate.roofline(spec.dtype), rate.copy_gbs) if rate.source == "measured" else (None, None),
        limits={"seconds": found.seconds, "bytes": found.bytes, "sentence": sentence},
    )
