"""A refusal as a screen shows it: what was asked, what was found, what to try, and a button that does it."""

from __future__ import annotations

from collections.abc import Iterator

from convlab.dashboard.state import typed
from convlab.dashboard.state.limits import LIMITS
from convlab.dashboard.state.question import Question
from convlab.errors import ConvLabError
from convlab.spec import by

MOST = {"stride": LIMITS["stride"], "dilation": LIMITS["dilation"], "groups": LIMITS["channels"]}


def problem(error: ConvLabError, question: Question, change: object) -> dict[str, object]:
    """Return the problem of a scene: the sentence of `error`, and a button if there is one that works.

    Parameters
    ----------
    error : ConvLabError
        What `question.changed(change)` raised.

    Examples
    --------
    >>> question = Question([1, 2], [1])
    >>> try:
    ...     question.changed({"w_shape": "3"})
    ... except ConvLabError as error:
    ...     problem(error, question, {"w_shape": "3"})["try"]
    {'label': 'Use full', 'change': {'w_shape': '3', 'mode': 'full'}}
    """
    return {
        "kind": error.kind,
        "asked": error.asked,
        "found": error.found,
        "hint": error.hint,
        "try": _button(error, question, change) if isinstance(change, dict) else None,
    }


def _button(error: ConvLabError, question: Question, change: dict[str, object]) -> dict[str, object] | None:
    """Return the first remedy that leads to a question, held against the very code that would refuse it."""
    for label, fix in _remedies(error, question, change):
        whole = {**change, **fix}
        try:
            question.changed(whole)
        except ConvLabError:
            continue
        return {"label": label, "change": whole}
    return None


def _remedies(
    error: ConvLabError, question: Question, change: dict[str, object]
) -> Iterator[tuple[str, dict[str, object]]]:
    fix = getattr(error, "fix", None) or _within(change)
    if fix:
        yield f"Use {_named(fix)}", fix
        yield f"Use {_named(fix)}, full", {**fix, "mode": "full"}
    if "mode" not in change and "padding" not in change:
        yield "Use full", {"mode": "full"}
    reads = _reads(question, change)
    if reads:
        yield f"Use {_named(reads)}", reads
        yield f"Use {_named(reads)}, full", {**reads, "mode": "full"}
    if change.get("mode") is not None:
        yield "Use full", {"mode": "full"}
    if question.groups != 1:
        yield "Use 1 group", {"groups": 1}


def _within(change: dict[str, object]) -> dict[str, object]:
    """Return the numbers of a change, each brought within its limits; nothing when they are."""
    fix: dict[str, object] = {}
    for name, most in MOST.items():
        try:
            asked = typed.wholes(name, change[name], -(10**6)) if change.get(name) is not None else 1
        except ConvLabError:
            continue
        numbers = asked if isinstance(asked, tuple) else (asked,)
        held = [max(1, min(most, n)) for n in numbers]
        if held != list(numbers):
            fix[name] = held if isinstance(asked, tuple) else held[0]
    return fix


def _reads(question: Question, change: dict[str, object]) -> dict[str, object]:
    """Return the shape of a filter that reads the channels which x has after a change."""
    try:
        x, w = question._new_arrays(change)
        groups = typed.whole("groups", change.get("groups") or question.groups)
    except ConvLabError:
        return {}
    if x.shape[1] % groups:
        return {}
    filters = max(groups, w.shape[0] - w.shape[0] % groups)
    wanted = [filters, x.shape[1] // groups, *w.shape[2:]]
    return {"w_shape": wanted} if wanted != list(w.shape) else {}


def _named(fix: dict[str, object]) -> str:
    """Return a change in words: ``x 1 × 1 × 16 × 5``."""
    return ", ".join(f"{name.removesuffix('_shape')} {_text(value)}" for name, value in fix.items())


def _text(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    return by([":".join(map(str, one)) if isinstance(one, list) else one for one in value])
