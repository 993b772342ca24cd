"""From outcomes to a verdict: which mistake explains every number that an answer gave?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from convlab.workshop.exercise import Case, Exercise, Mistake, sized
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
            return Verdict(lesson, "wrong", "mutated", _mutated(exercise))
        return Verdict(lesson, "right", None, exercise.praise)
    named = explained(exercise, outcomes)
    if named and named.alone_when:
        failing = [outcome for outcome in failing if named.alone_when(*outcome.case.args)]
    failing = _of_the_first_thing(failing)
    smallest = outcomes[0] if failing[0] is outcomes[0] else min(failing, key=_size)
    word, sentence = (named.name, named.sentence) if named else _seen(exercise, smallest, mutated)
    notes = _notes(exercise, outcomes, raised=named is not None)
    return Verdict(lesson, "wrong", word, sentence, notes, _shown(exercise, smallest))


def _of_the_first_thing(failing: Sequence[Outcome]) -> list[Outcome]:
    """Return the cases in which the first wrong thing is wrong: that one is explained, so it must be shown."""
    numbers = [outcome for outcome in failing if outcome.values is not None]
    first = min((outcome.wrong[0] for outcome in numbers), default=0)
    return [outcome for outcome in failing if first in outcome.wrong]


def explained(exercise: Exercise, outcomes: Sequence[Outcome]) -> Mistake | None:
    """Return the one mistake that explains the outcomes.

    It is sought four times: by the numbers of all cases, by where the answer is right, by the numbers of the plain
    cases alone, so that a first mistake is named before a second one that hides behind it, and by the cases that
    show a mistake alone. Where a function returns several things, the first wrong one is explained first.

    Returns
    -------
    Mistake or None
        None when no mistake explains them, or more than one.
    """
    numbers = [outcome for outcome in outcomes if outcome.values is not None]
    plain = [outcome for outcome in numbers if exercise.plain(*outcome.case.args)]
    found = (
        _by_numbers(exercise.mistakes, numbers)
        or [m for m in exercise.mistakes if m.right_only_when and _right_only(m.right_only_when, outcomes)]
        or _by_numbers(exercise.mistakes, plain)
        or [m for m in exercise.mistakes if m.alone_when and _alone(m, outcomes)][:1]
    )
    return found[0] if len(found) == 1 else None


def _alone(mistake: Mistake, outcomes: Sequence[Outcome]) -> bool:
    """Return whether the answer made the mistake on the cases that can show no other."""
    alone = [outcome for outcome in outcomes if mistake.alone_when(*outcome.case.args)]
    says_something = any(outcome.values is not None for outcome in alone) or any(
        one.right for one in outcomes
    )
    return says_something and bool(
        _by_numbers([mistake], alone)
    )  # an exception everywhere may have any cause


def _by_numbers(mistakes: Sequence[Mistake], outcomes: Sequence[Outcome]) -> list[Mistake]:
    """Return the mistakes of which one way does what the answer did on every one of these cases."""
    if len(outcomes) < ENOUGH or all(outcome.right for outcome in outcomes):
        return []
    first = min(part for outcome in outcomes for part in outcome.wrong)
    return [m for m in mistakes if any(first in _spoilt(way, outcomes, first) for way in m.ways)]


def _spoilt(way: Callable, outcomes: Sequence[Outcome], first: int) -> set[int]:
    """Return which things a wrong way spoils, when the answer spoils them alike on every case; else nothing.

    It is `first` that has to be explained: where the way gives another one, the rest is not looked at.
    """
    parts = range(len(outcomes[0].truths))
    spoilt, other = set(), set()
    for outcome in outcomes:
        result = _result(way, outcome.case, len(parts))
        if isinstance(result, type):  # the way ends in an exception here: so must the answer
            if outcome.raised is not result:
                return set()
            spoilt.update(parts)
        else:
            result = [
                truth if one is None else one for one, truth in zip(result, outcome.truths, strict=True)
            ]
            spoilt.update(part for part in parts if outcome.spoils(part, result[part]))
            other.update(part for part in parts if not outcome.agrees(part, result[part]))
        if first in other or spoilt & other:
            return set()
    return spoilt


@lru_cache(maxsize=16384)  # an answer is checked again and again; the wrong ways stay as they are
def _result(way: Callable, case: Case, parts: int) -> tuple[np.ndarray | None, ...] | type[Exception]:
    """Return the numbers that a way gives, or the kind of exception in which it ends, as its answers do.

    Of several things it may leave out those that it does not spoil, with None.
    """
    try:
        returned = way(*case.copies())
        given = returned if parts > 1 else (returned,)
        return tuple(None if one is None else np.asarray(one, np.float64) for one in given)
    except Exception as error:  # a wrong way may have no answer here, like the person who goes it
        return type(error)


def _right_only(when: Callable[..., bool], outcomes: Sequence[Outcome]) -> bool:
    """Return whether the answer is right on the cases that satisfy `when`, some of them, and on no other."""
    where = [when(*outcome.case.args) for outcome in outcomes]
    return any(where) and where == [outcome.right for outcome in outcomes]


def _mutated(exercise: Exercise) -> str:
    first = exercise.arguments[0]
    return (
        "Every number is right, but your function changed the arrays it was given: whoever calls it loses them. "
        f"Write into an array of your own, or begin with {first} = {first}.copy()."
    )


def _size(outcome: Outcome) -> int:
    return sum(truth.size for truth in outcome.truths)


def _seen(exercise: Exercise, outcome: Outcome, mutated: bool) -> tuple[str | None, str]:
    """Return a word and a sentence for a wrong outcome that no catalogued mistake explains."""
    if outcome.trouble:
        return outcome.trouble, outcome.words
    part = outcome.wrong[0]
    truth, value = outcome.truths[part], outcome.values[part]
    returned = f"return {exercise.returns[part]} of" if exercise.returns else "return"
    if value.shape != truth.shape:
        return "shape", (
            f"{exercise.function} should {returned} {sized(truth.shape)} here and returned "
            f"{sized(value.shape)}. {exercise.shape_rule}"
        )
    if mutated:
        return "mutated", (
            "The numbers are wrong, and your function changed the arrays it was given, perhaps while it still "
            "needed them. Write into an array of your own."
        )
    what = f"{exercise.returns[part]} of" if exercise.returns else ""
    return None, (
        f"{exercise.function} returned {what} the right shape with other numbers, and no catalogued mistake explains "
        "them all. Take the first one that differs and work it out by hand, beside your code."
    ).replace("  ", " ")


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


def _shown(exercise: Exercise, outcome: Outcome) -> Shown:
    part = outcome.wrong[0]
    truth, value = outcome.truths[part], outcome.values and outcome.values[part]
    first = None
    if value is not None and value.shape == truth.shape:
        with np.errstate(invalid="ignore"):
            off = ~(np.abs(value - truth) <= outcome.bounds[part])
        first = tuple(map(int, np.argwhere(exercise.shown_as(off))[0]))
    truth, value = (None if one is None else exercise.shown_as(one) for one in (truth, value))
    name = exercise.returns[part] if exercise.returns else ""
    return Shown(outcome.case, outcome.called, truth, value, first, name)
