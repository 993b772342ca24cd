"""How a column of the real Theano reads: its name, what stands in its place, its times, its refusal, its death."""

from __future__ import annotations

import numpy as np

from convlab.compare import Column, Row, column
from convlab.compare.real import FUNCTIONS, LABELS, VERSION, semantics
from convlab.dashboard.state.compare.live import ASKED, Told
from convlab.numerics import Error

ASKS = "Its semantics, until the real one tells."
COMES = "This column turns live by itself."
STAGES = {"build": "as the graph was built", "compile": "as it was compiled", "run": "as it ran"}
DEATHS = {
    "SIGFPE": "A stride of 0 is a division by 0 in its compiled code, and the system ends a process that does that. "
    "A person's own program would have ended with it. Theano is started anew for the next question; convlab refuses "
    "such a stride.",
}  # fmt: skip
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def stand_in(name: str, options: dict) -> Column:
    """Return a column that can be computed here and at once: Theano's semantics in the place of the real one."""
    if name not in LABELS:
        return column(name, options)
    return Column(name, LABELS[name], "real", semantics(name, options), lambda x, w: "direct")


def answer_of(told: Told | None) -> np.ndarray | None:
    """Return what the real Theano answered, live or recorded, in the form of the operands."""
    if told is None or told.outcome is None or told.outcome.y is None:
        return None
    return told.call.restore(told.outcome.y)


def row_of(name: str, told: Told | None) -> Row | None:
    """Return the row of a refusal or a death; None where there is an answer, or none yet."""
    if told is None or told.outcome is None or told.outcome.kind == "answer":
        return None
    outcome, label = told.outcome, label_of(name, told)
    if outcome.kind == "refused":
        text = f"{outcome.error}: {outcome.text.strip()}"
        said = (
            f"{text}{'' if text.endswith(('.', '?')) else '.'} Theano refused this {STAGES[outcome.stage]}."
        )
    else:
        said = f"Theano's process died of {outcome.error}. {_death(outcome.error)}"
    return Row(label, None, "error", "", said, name=name, call=told.call.text)


def problem_of(told: Told | None) -> dict[str, str] | None:
    """Return a refusal or a death as a column of its own: what was called, what it said, at which stage."""
    if told is None or (outcome := told.outcome) is None or outcome.kind == "answer":
        return None
    asked = told.call.text
    if outcome.kind == "refused":
        said = f"Theano {outcome.version}'s own words, {STAGES[outcome.stage]}."
        return {"asked": asked, "found": f"{outcome.error}: {outcome.text.strip()}", "hint": said}
    found = f"Theano's process died of {outcome.error}."
    return {
        "asked": asked,
        "found": found,
        "hint": DEATHS.get(outcome.error, "The next question starts it anew."),
    }


def word_of(told: Told | None) -> tuple[str, str] | None:
    """Return the chip of a column in which Theano gave no answer."""
    if told is None or told.outcome is None or told.outcome.kind == "answer":
        return None
    if told.outcome.kind == "refused":
        return "error", "refused"
    return "died", f"died, {told.outcome.error}"


def heading(name: str, told: Told | None) -> tuple[str, str] | None:
    """Return the heading of a column that the real Theano answers, and the line below it; None for other columns.

    Examples
    --------
    >>> heading("theano-convop", None)
    ('Theano semantics', 'nnet.conv.conv2d')
    """
    if name not in ASKED:
        return None
    if told is not None and told.outcome is not None and not _is_stand_in(told):
        theano = f"Theano {told.outcome.version}"
        return FUNCTIONS[told.call.function], f"recorded, {theano}" if told.recording else f"{theano}, live"
    if told is not None and told.status == "waiting":
        return "Theano semantics", "asking the real one"
    if name == "theano":
        return None
    return "Theano semantics", "nnet.conv.conv2d" if name == "theano-convop" else "nnet.conv2d"


def label_of(name: str, told: Told | None) -> str:
    """Return what a column is called in full."""
    said = heading(name, told)
    if said is not None and said[0] != "Theano semantics":
        return f"{said[0]}, {said[1]}"
    return "Theano semantics (reference)" if name == "theano" else f"Theano semantics of {LABELS[name]}"


def about(told: Told | None) -> str | None:
    """Return what a card says of a column that the real Theano answers."""
    if told is None:
        return None
    if told.status == "waiting":
        return f"{ASKS} {told.call.note}".strip()
    if told.outcome is None or _is_stand_in(told):
        return ""  # the foot says it
    if told.recording:
        return told.call.note
    ran = f"{' and '.join(told.outcome.ops)} ran in an interpreter of its own."
    return f"{ran} {told.call.note}".strip()


def foot(told: Told | None, error: Error | None, bound: float | None) -> dict[str, object] | None:
    """Return what stands under a column: where it is from, its times apart from each other, the error beside them.

    Parameters
    ----------
    error, bound
        Of the column against the definition; None where it answers another question.

    Returns
    -------
    dict or None
        status, whence ("live", "recorded" or ""), times (text and what), off and bound, says.
    """
    if told is None:
        return None
    outcome, times = told.outcome, []
    if told.status == "waiting":  # the place is taken, so that nothing moves when the answer comes
        times = [{"what": what, "text": "?"} for what in ("compile", "first", "steady")]
    elif outcome is not None and outcome.kind == "answer":
        named = (
            ("compile", outcome.compile_s),
            ("first", outcome.first_s),
            ("steady", outcome.steady_s),
        )
        times = [{"what": what, "text": seconds(value)} for what, value in named if value is not None]
    return {
        "status": told.status,
        "whence": "" if outcome is None else "recorded" if told.recording else "live",
        "label": told.recording.label if told.recording else "",
        "times": times,
        "off": None if error is None or not times else _finite(error.largest),
        "bound": None if bound is None or not times else _finite(bound),
        "says": _says(told),
    }


def _says(told: Told) -> str:
    if told.status in ("live", "waiting"):
        return ""
    why = f"{told.why} {COMES}" if told.status == "setting up" else told.why
    if told.outcome is None:
        return f"Theano's semantics, held to recordings of {VERSION}. {why}"
    if _is_stand_in(told):
        return f"Recorded were its times, its norm and some of its values; these are its semantics. {why}"
    return why


def seconds(value: float) -> str:
    """Return a time with three significant digits and its unit.

    Examples
    --------
    >>> seconds(1.2345), seconds(0.02), seconds(2.34e-5)
    ('1.23 s', '20.0 ms', '23.4 µs')
    """
    size, unit = next((pair for pair in UNITS if value >= pair[0] * 0.9995), UNITS[-1])
    shown = value / size
    return f"{shown:.{2 if shown < 9.995 else 1 if shown < 99.95 else 0}f} {unit}"


def _death(signal: str) -> str:
    return DEATHS.get(signal, "Theano is started anew for the next question.")


def _is_stand_in(told: Told) -> bool:
    """Return whether a recording has no numbers to show, so that semantics stand in its place."""
    return told.outcome.kind == "answer" and told.outcome.y is None


def _finite(value: float) -> float | str:
    return float(value) if np.isfinite(value) else "Infinity"
