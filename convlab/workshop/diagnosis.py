"""From outcomes to a verdict: which mistake explains every number that an answer gave?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from convlab.workshop.exercise import Exercise, Mistake, sized
from convlab.workshop.outcomes import Outcome
from convlab.workshop.verdict import Shown, Verdict

ENOUGH = 3  # cases that must agree before a mistake is named


def verdict(lesson: str, exercise: Exercise, outcomes: Sequence[Outcome]) -> Verdict:
    """Judge an answer by what it gave on every case.

    A mistake is named when it is the only catalogued one that explains the answer on `ENOUGH` cases or more;
    otherwise the verdict says what is seen, without guessing.

    Parameters
    ----------
    lesson : str
        Folder name of the lesson.
    exercise : Exercise
    outcomes : sequence of Outcome
        The golden case first.
    """
    failing = [outcome for outcome in outcomes if not outcome.right]
    mutated = any(outcome.mutated for outcome in outcomes)
    if not failing:
        if mutated:
            return Verdict(lesson, "wrong", "mutated", _MUTATED)
        return Verdict(lesson, "right", None, exercise.praise)
    golden = failing[0] is outcomes[0]
    smallest = outcomes[0] if golden else min(failing, key=lambda outcome: outcome.truth.size)
    named = explained(exercise, outcomes)
    word, sentence = (named.name, named.sentence) if named else _seen(exercise, smallest, mutated)
    notes = _notes(exercise, outcomes, raised=named is not None)
    return Verdict(lesson, "wrong", word, sentence, notes, _shown(smallest))


def explained(exercise: Exercise, outcomes: Sequence[Outcome]) -> Mistake | None:
    """Return the one mistake that explains the outcomes.

    It is sought three times: by the numbers of all cases, by where the answer is right, and by the numbers of the
    plain cases alone, so that a first mistake is named before a second one that hides behind it.

    Returns
    -------
    Mistake or None
        None when no mistake explains them, or more than one.
    """
    numbers = [outcome for outcome in outcomes if outcome.value is not None]
    plain = [outcome for outcome in numbers if exercise.plain(*outcome.case.args)]
    found = (
        _by_numbers(exercise.mistakes, numbers)
        or [m for m in exercise.mistakes if m.right_only_when and _right_only(m.right_only_when, outcomes)]
        or _by_numbers(exercise.mistakes, plain)
    )
    return found[0] if len(found) == 1 else None


def _by_numbers(mistakes: Sequence[Mistake], outcomes: Sequence[Outcome]) -> list[Mistake]:
    """Return the mistakes of which one way gives what the answer gave, on every one of these cases."""
    if len(outcomes) < ENOUGH or all(outcome.right for outcome in outcomes):
        return []
    return [m for m in mistakes if any(_gives(way, outcomes) for way in m.ways)]


def _gives(way: Callable, outcomes: Sequence[Outcome]) -> bool:
    return all(outcome.agrees(_result(way, outcome)) for outcome in outcomes)


def _result(way: Callable, outcome: Outcome) -> np.ndarray | None:
    try:
        return np.asarray(way(*(arg.copy() for arg in outcome.case.args)), np.float64)
    except Exception:  # a wrong way may have no answer here, like the person who goes it
        return None


def _right_only(when: Callable[..., bool], outcomes: Sequence[Outcome]) -> bool:
    """Return whether the answer is right on the cases that satisfy `when`, some of them, and on no other."""
    where = [when(*outcome.case.args) for outcome in outcomes]
    return any(where) and where == [outcome.right for outcome in outcomes]


_MUTATED = (
    "Every number is right, but your function changed the arrays it was given: whoever calls it loses them. "
    "Write into an array of your own, or begin with image = image.copy()."
)


def _seen(exercise: Exercise, outcome: Outcome, mutated: bool) -> tuple[str | None, str]:
    """Return a word and a sentence for a wrong outcome that no catalogued mistake explains."""
    if outcome.trouble:
        return outcome.trouble, outcome.words
    if outcome.value.shape != outcome.truth.shape:
        return "shape", (
            f"{exercise.function} should return {sized(outcome.truth.shape)} here and returned "
            f"{sized(outcome.value.shape)}. {exercise.shape_rule}"
        )
    if mutated:
        return "mutated", (
            "The numbers are wrong, and your function changed the arrays it was given, perhaps while it still "
            "needed them. Write into an array of your own."
        )
    return None, (
        f"{exercise.function} returned the right shape with other numbers, and no catalogued mistake explains "
        "them all. Take the first one that differs and work it out by hand, beside your code."
    )


def _notes(exercise: Exercise, outcomes: Sequence[Outcome], raised: bool) -> tuple[str, ...]:
    """Return what else can be told: how many cases are right, which test would have been fooled, what raised."""
    right = sum(outcome.right for outcome in outcomes)
    notes = [f"Right on {right} of {len(outcomes)} cases."] if right else []
    if exercise.blind:
        when, remark = exercise.blind
        fooled = [one.right for one in outcomes if exercise.plain(*one.case.args) and when(*one.case.args)]
        notes += [remark] * bool(fooled and all(fooled))
    words = [outcome.words for outcome in outcomes if outcome.trouble == "raised"]
    return (*notes, *words[:1]) if raised else tuple(notes)


def _shown(outcome: Outcome) -> Shown:
    first = None
    if outcome.value is not None and outcome.value.shape == outcome.truth.shape:
        with np.errstate(invalid="ignore"):
            gap = np.abs(outcome.value - outcome.truth)
        first = tuple(map(int, np.argwhere(~(gap <= outcome.bound))[0]))
    return Shown(outcome.case, outcome.called, outcome.truth, outcome.value, first)
