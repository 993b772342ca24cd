"""A refusal as a screen shows it: what was asked, what was found, what to try, and a button that does it."""

from __future__ import annotations

from collections.abc import Iterator

from convlab import typed
from convlab.dashboard.state.limits import LIMITS, written
from convlab.dashboard.state.question import Question
from convlab.errors import ConvLabError, SpecError

MOST_TRIES = 24
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
        "try": _button(question, change) if isinstance(change, dict) else None,
    }


def _button(question: Question, change: dict[str, object]) -> dict[str, object] | None:
    """Return the shortest remedy that leads to another question, held against the very code that refused it."""
    waiting: list[dict[str, object]] = [{}]
    for _ in range(MOST_TRIES):
        if not waiting:
            return None
        fix = waiting.pop(0)
        whole = {**change, **fix}
        try:
            found = question.changed(whole)
        except ConvLabError as error:
            waiting += [
                {**fix, **more} for more in _remedies(error, question, whole) if {**fix, **more} != fix
            ]
            continue
        if found != question:
            return {"label": f"Use {_named(fix)}", "change": whole}
    return None


def _remedies(
    error: ConvLabError, question: Question, change: dict[str, object]
) -> Iterator[dict[str, object]]:
    """Give what may help against one refusal, likeliest first."""
    fix = getattr(error, "fix", None) or _within(change)
    if fix:
        yield fix
    elif isinstance(error, SpecError):
        yield from _fitting_channels(question, change)
        yield {"mode": "full"} if change.get("padding") is None else {"mode": "full", "padding": None}


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


def _fitting_channels(question: Question, change: dict[str, object]) -> Iterator[dict[str, object]]:
    """Give the shape of a filter, or the groups, that go with the channels which x has after a change."""
    try:
        x_shape, w_shape, groups = question.asked_shapes(change)
    except ConvLabError:
        return
    channels, filters = x_shape[1], w_shape[0]
    if channels == w_shape[1] * groups and filters % groups == 0:
        return
    if channels % groups == 0:
        whole = max(groups, filters - filters % groups)
        yield {"w_shape": [whole, channels // groups, *w_shape[2:]]}
    divisor = next(n for n in range(min(groups, channels), 0, -1) if channels % n == 0)
    if divisor != groups:
        yield {"groups": divisor}


def _named(fix: dict[str, object]) -> str:
    """Return a change in words: ``x 1 × 1 × 16 × 5``."""
    words = {"x_shape": "x", "w_shape": "filter"}
    said = [
        f"{words.get(name, name)} {written(name, value)}"
        for name, value in fix.items()
        if name not in ("mode", "padding")
    ]
    said += [f"padding {written('padding', fix['padding'])}"] if fix.get("padding") is not None else []
    return ", ".join([*said, *([str(fix["mode"])] if "mode" in fix else [])])
