"""What source 003 makes of a gradient, beside what it is: the values that differ or are missing, or the error."""

from __future__ import annotations

from functools import cache

import numpy as np

from convlab import faults, presets, reference
from convlab.dashboard.state.question import Question
from convlab.spec import by
from convlab.trace import plain

CLOSE = 1e-9  # of the largest value; the faults are not roundings


def fault_part(question: Question, dy: np.ndarray) -> dict[str, object] | None:
    """Return the fault of the preset that a question started from, run on its own numbers.

    Returns
    -------
    dict or None
        None without a fault. ``id``, ``title``, ``sentence``, ``fix``; ``barred``, why it cannot be run on these
        options, or None; ``error``, the text of what it raises, or None; and for ``dx`` and ``dw`` None or a dict
        of ``values`` in C order of the right array (None where one is missing), ``wrong`` (whether it differs),
        ``said`` (how many do).
    """
    name = fault_of(question.preset)
    if name is None:
        return None
    fault = faults.get(name)
    part = {"id": fault.id, "title": fault.title, "sentence": fault.sentence, "fix": fault.fix}
    part |= {"barred": _barred(question), "error": None, "dx": None, "dw": None}
    if part["barred"]:
        return part
    x, w, spec = question.x, question.w, question.spec
    right = {"dx": reference.dgrad(dy, w, spec), "dw": reference.wgrad(x, dy, spec)}
    try:
        with np.errstate(all="ignore"):
            made = fault.run(x, w, dy, padding=spec.pads[0][0], stride=spec.stride[0])
    except (IndexError, ValueError) as error:  # as the source itself ends
        return part | {"error": f"{type(error).__name__}: {error}"}
    for which, array in zip(("dx", "dw"), made, strict=True):
        part[which] = None if array is None else _beside(which, np.asarray(array), right[which])
    return part


def fault_of(preset: str | None) -> str | None:
    """Return the id of the fault that a preset shows, if it shows one."""
    return presets.get(preset).fault if preset else None


@cache
def shows_in(preset: str) -> str:
    """Return which gradient a preset's fault is seen in: dw where dx is right, else dx."""
    found = presets.get(preset)
    if found.fault is None or found.dy is None:
        return "dx"
    part = fault_part(Question(found.x, found.w, preset=preset, **found.options), _layered(found.dy))
    wrong = {which: part[which] is None or any(part[which]["wrong"]) for which in ("dx", "dw")}
    return "dw" if part["error"] is None and wrong["dw"] and not wrong["dx"] else "dx"


def _layered(dy: np.ndarray) -> np.ndarray:
    return dy[None, None] if dy.ndim < 3 else dy


def _barred(question: Question) -> str | None:
    """Return why source 003 has no answer to a question, or None: it knows one padding, one stride, no turn."""
    spec = question.spec
    if spec.rank != 2:
        return "Source 003 knows images of rows and columns only."
    if spec.flip:
        return "Source 003 never turns the filter: switch the flip off to see what it makes of this."
    if spec.groups > 1 or max(spec.dilation) > 1:
        return "Source 003 knows neither groups nor dilation: set both to 1 to see what it makes of this."
    if len({side for pair in spec.pads for side in pair}) > 1 or len(set(spec.stride)) > 1:
        return "Source 003 has one padding and one stride for both axes: make them equal to see its answer."
    return None


def _beside(which: str, made: np.ndarray, right: np.ndarray) -> dict[str, object]:
    """Hold an array against the right one, which may have another shape: both begin at the same corner."""
    values = np.full(right.shape, np.nan)
    there = np.zeros(right.shape, bool)
    if made.ndim == right.ndim:
        common = tuple(slice(min(a, b)) for a, b in zip(made.shape, right.shape, strict=True))
        values[common], there[common] = made[common], True
    with np.errstate(invalid="ignore"):
        near = np.abs(values - right) <= CLOSE * max(1.0, float(np.abs(right).max(initial=0)))
    wrong = ~there | ~(near | (values == right) | (np.isnan(values) & np.isnan(right)))
    texts = [
        value if known else None for value, known in zip(plain(values)["values"], there.ravel(), strict=True)
    ]
    return {"values": texts, "wrong": wrong.ravel().tolist(), "said": _said(which, made, right, there, wrong)}


def _said(which: str, made: np.ndarray, right: np.ndarray, there: np.ndarray, wrong: np.ndarray) -> str:
    """Return how far an array is from the right one, in one sentence."""
    missing, differ = int((~there).sum()), int((wrong & there).sum())
    if made.shape != right.shape:
        short = [
            shape[2:] if right.shape[:2] == (1, 1) == shape[:2] else shape
            for shape in (made.shape, right.shape)
        ]
        rest = f", and {differ} more differ" if differ else ", the others are right" if there.any() else ""
        lost = f"{missing} of {right.size} values {'is' if missing == 1 else 'are'} missing{rest}."
        return f"{which} has shape {by(short[0])} in place of {by(short[1])}: {lost}"
    if not differ:
        return f"{which} is right here."
    return f"{differ} of {right.size} values of {which} differ."
