"""What one ask of the browser means: another course, something to run or to stop, a file; or why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convlab import typed
from convlab.dashboard.state.implementations import listing
from convlab.dashboard.state.race.course import LAYER, Course
from convlab.errors import ConvLabError, SpecError

RUNS = ("race", "sweep")
FILES = ("csv", "json", "sweep.csv", "sweep.json")
NAMES = {"x": "x_shape", "w": "w_shape"}
BACK = {new: old for old, new in NAMES.items()}


@dataclass(frozen=True)
class Meant:
    """What an ask leads to.

    Attributes
    ----------
    number : int
        Of the ask.
    course : Course
    run : {"race", "sweep"} or None
    stop, clear : bool
    export : str or None
        One of `FILES`.
    problem : dict or None
        Why it was refused; the course is then the one that was there, and nothing is to be done.
    """

    number: int
    course: Course
    run: str | None = None
    stop: bool = False
    clear: bool = False
    export: str | None = None
    problem: dict[str, object] | None = None


def follow(course: Course, ask: object) -> Meant:
    """Return what an ask leads to; it never raises.

    Examples
    --------
    >>> follow(Course(), {"n": 3, "change": {"run": "race", "budget_s": 5}}).run
    'race'
    >>> follow(Course(), {"n": 4, "change": {"groups": 7}}).problem["found"]
    'x has 1 channel and each filter reads 1 in each of 7 groups.'
    """
    ask = ask if isinstance(ask, dict) else {}
    number, change = ask.get("n"), ask.get("change")
    number = number if isinstance(number, int) and not isinstance(number, bool) else 0
    try:
        if not isinstance(change, dict):
            raise SpecError("Asked for a change.", "It has no names and values.", "Send names with values.")
        rest = dict(change)
        run = _one_of(rest.pop("run", None), RUNS, "run")
        export = _one_of(rest.pop("export", None), FILES, "export")
        clear = _one_of(rest.pop("clear", None), ("sweep",), "clear") is not None
        stop = typed.switch("stop", rest.pop("stop", False))
        return Meant(number, course.changed(rest), run, stop, clear, export)
    except ConvLabError as error:
        return Meant(number, course, problem=problem(error, course, change))


def problem(error: ConvLabError, course: Course, change: object = None) -> dict[str, object]:
    """Return the problem of a scene, with a button where other channels or another mode make a layer of it."""
    button = None
    if isinstance(change, dict) and change and set(change) <= set(LAYER) - {"flip"}:
        asked = {NAMES.get(name, name): value for name, value in change.items()}
        button = listing.problem(error, listing.Listing(spec=course.spec), asked)["try"]
    if button is not None:
        groups, was = button["change"].get("groups"), change.get("groups", course.spec.groups)
        more = f", {groups} group{'s' * (groups != 1)}" if groups and str(groups) != str(was).strip() else ""
        button = {"label": button["label"] + more, "change": _sendable(button["change"])}
    return {"kind": error.kind, "asked": error.asked, "found": error.found, "hint": error.hint, "try": button}


def _sendable(change: Mapping[str, object]) -> dict[str, object]:
    return {BACK.get(name, name): value for name, value in change.items()}


def _one_of(value: object, known: tuple[str, ...], name: str) -> str | None:
    if value is None:
        return None
    if value not in known:
        raise SpecError(f"Asked to {name} {typed.shown(value)}.", f"There is {', '.join(known)}.", "Use one.")
    return str(value)
