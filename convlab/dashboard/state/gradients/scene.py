"""The scene of the Gradients screen: everything that its picture needs, as plain data; and the answer to an ask."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import numpy as np

from convlab import reference
from convlab.codegen.backward import gradient_loops
from convlab.dashboard.state import values
from convlab.dashboard.state.gradients import words
from convlab.dashboard.state.gradients.backward import OWN, WHICH, Backward
from convlab.dashboard.state.gradients.fault import fault_part
from convlab.dashboard.state.gradients.ticks import ticks
from convlab.dashboard.state.limits import LIMITS
from convlab.dashboard.state.query import TOO_LONG, is_whole
from convlab.dashboard.state.remedy import problem as problem_of
from convlab.dashboard.state.step import LANGUAGES, menu, source
from convlab.errors import ConvLabError
from convlab.spec import MODES
from convlab.trace import plain


def gradient(backward: Backward, which: str | None = None) -> np.ndarray:
    """Return a gradient by the definition, in float64.

    Examples
    --------
    >>> from convlab.dashboard.state.gradients.backward import backward_of
    >>> gradient(backward_of("S000e"))[0, 0, 0].tolist()
    [1.0, 1.0, 3.0, 2.0, 2.0]
    """
    ready, dy = backward.question.operands, backward.dy
    with np.errstate(invalid="ignore", over="ignore"):
        if (which or backward.which) == "dx":
            return reference.dgrad(dy, ready.w, backward.spec)
        return reference.wgrad(ready.x, dy, backward.spec)


def scene(
    backward: Backward, answered: int = 0, problem: dict | None = None, notices: Iterable[str] = ()
) -> dict[str, object]:
    """Return the Gradients scene of a state.

    Parameters
    ----------
    backward : Backward
    answered : int
        Number of the ask that this scene answers.
    problem : dict, optional
        Why that ask was refused, as `remedy.problem` makes it; the picture is then the one that was there.
    notices : iterable of str
        Sentences for a passing notice.

    Returns
    -------
    dict
        Plain data that `json.dumps` takes. Beside the keys of a Step scene: ``which``, ``dy``, ``gradient`` (the
        definition's answer, so that a test can hold the browser's sums against it), ``picture`` (see
        `gradients_words.picture`), ``sentence``, ``ticks``, ``unread``, ``fault`` and ``theirs``.

    Examples
    --------
    >>> from convlab.dashboard.state.gradients.backward import backward_of
    >>> made = scene(backward_of("S000e"))
    >>> made["operation"], made["gradient"]["shape"], made["sentence"]
    ('Gradient of the input', [1, 1, 5, 5], 'Full cross-correlation of dy, dilated by 2, with w as it is.')
    """
    question, spec, which = backward.question, backward.spec, backward.which
    ready, found = question.operands, gradient(backward)
    alone, sentence = words.unread(spec)
    query = backward.query
    edited = bool(question.edited)
    return {
        "version": 1,
        "kind": "gradients",
        "answered": answered,
        "which": which,
        "operation": words.NAMES[which],
        "sentence": words.sentence(spec, which),
        "source": source(question),
        "x": plain(ready.x),
        "w": plain(ready.w),
        "dy": plain(backward.dy),
        "gradient": plain(found),
        "picture": words.picture(spec, which),
        "mode": spec.mode,
        "pads": [list(pair) for pair in spec.pads],
        "stride": list(spec.stride),
        "dilation": list(spec.dilation),
        "groups": spec.groups,
        "flip": spec.flip,
        "remainder": list(spec.remainder),
        "leftover": list(spec.leftover),
        "macs": prod(found.shape) * backward.terms,
        "size": words.sizes(spec, which),
        "unread": {"cells": alone.ravel().tolist(), "sentence": sentence},
        "ticks": ticks(ready.x, ready.w, backward.dy, spec, which, found),
        "fault": fault_part(question, backward.dy),
        "theirs": backward.theirs,
        "code": {name: _lines(backward, name) for name in LANGUAGES},
        "dtype": values.dtypes(question),
        "presets": list(menu()),
        "preset": None if edited or backward.edited else question.preset,
        "query": query,
        "problem": problem,
        "notices": [*notices, *([] if _holds_all(backward, query) else [TOO_LONG])],
        "limits": dict(LIMITS),
        "modes": list(MODES),
    }


def answer(backward: Backward, ask: object) -> tuple[Backward, dict[str, object]]:
    """Return the state and the scene that one ask of the browser leads to; a refused one leaves the state as it is.

    Examples
    --------
    >>> from convlab.dashboard.state.gradients.backward import backward_of
    >>> state, made = answer(backward_of("S000e"), {"n": 2, "change": {"which": "dw"}})
    >>> state.which, made["answered"], made["gradient"]["shape"]
    ('dw', 2, [1, 1, 3, 3])
    """
    ask = ask if isinstance(ask, dict) else {}
    number, change = ask.get("n"), ask.get("change")
    number = number if isinstance(number, int) and not isinstance(number, bool) else 0
    try:
        backward = backward.changed(change)
    except ConvLabError as error:
        return backward, scene(backward, number, _problem(backward, error, change))
    return backward, scene(backward, number)


def _problem(backward: Backward, error: ConvLabError, change: object) -> dict[str, object]:
    """Return why an ask was refused, with a button that works on this screen, where there is one."""
    rest = (
        {key: value for key, value in change.items() if key not in OWN}
        if isinstance(change, dict)
        else change
    )
    made = problem_of(error, backward.question, rest)
    fix = getattr(error, "fix", None)
    if made["try"] is None and fix and isinstance(change, dict):
        made["try"] = {"label": error.hint.split(",")[0].rstrip("."), "change": {**change, **fix}}
    if made["try"] is not None and not _leads(backward, made["try"]["change"]):
        made["try"] = None
    if made["try"] is None and isinstance(change, dict):
        made["try"] = _other_gradient(backward, change)
    return made


def _other_gradient(backward: Backward, change: dict[str, object]) -> dict[str, object] | None:
    """Return the same change with the other gradient, where that can be shown."""
    other = next(which for which in WHICH if which != change.get("which", backward.which))
    button = {"label": f"Look at {other}", "change": {**change, "which": other}}
    return button if other != backward.which and _leads(backward, button["change"]) else None


def _leads(backward: Backward, change: dict[str, object]) -> bool:
    try:
        backward.changed(change)
    except ConvLabError:
        return False
    return True


def _holds_all(backward: Backward, query: str) -> bool:
    return is_whole(backward.question, query) and ("&dy=" in query or not backward.edited)


def _lines(backward: Backward, language: str) -> list[dict]:
    """Return the loops of a gradient as JSON would give them back: lists, no tuples."""
    found = gradient_loops(backward.spec, backward.which, language)
    return [line | {"mark": line["mark"] and list(line["mark"])} for line in found]
