"""check: run an answer and say what it is. hint: say a little more each time."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from convlab.workshop import diagnosis, folders
from convlab.workshop.exercise import Case, Exercise, LessonError, NotAttempted
from convlab.workshop.outcomes import call
from convlab.workshop.verdict import Verdict

LEVELS = ("The gap", "The misconception", "A worked step")
_given: dict[str, int] = {}  # lesson name -> hints given so far, in this process


def check(lesson: str | int, function: Callable) -> Verdict:
    """Judge an answer to a lesson's exercise.

    It is a self-check, not an exam: the function runs here, in your own process.

    Parameters
    ----------
    lesson : str or int
        Folder name, number or topic: "02_flip", "02", 2 and "flip" are one lesson.
    function : callable
        Your answer; the lesson says what it takes and returns.

    Returns
    -------
    Verdict
        ``.status`` is "right", "wrong" or "not yet"; ``.mistake`` is the mistake's machine word, or None;
        ``.sentence`` says it to a person.

    Raises
    ------
    LessonError
        When there is no such lesson.

    Examples
    --------
    >>> from scipy.signal import convolve2d
    >>> check("02_flip", lambda image, filter: convolve2d(image, filter, "valid")).status
    'right'
    """
    found = folders.find(lesson)
    return judge(found.name, found.exercise, function)


def judge(name: str, exercise: Exercise, function: Callable, seed: int = 0) -> Verdict:
    """Judge an answer to an exercise that is at hand: `check` without the search for the lesson.

    Parameters
    ----------
    name : str
        What the verdict calls the lesson.
    exercise : Exercise
    function : callable
    seed : int
        Draws the cases that follow the golden one; the same seed draws the same cases, here and everywhere.
    """
    unfit = _unfit(exercise, function)
    if unfit:
        return Verdict(name, "wrong", "not a function", unfit)
    try:
        outcomes = [call(exercise, function, exercise.golden, quiet=False)]
        outcomes += [call(exercise, function, case) for case in _drawn(exercise, seed)]
    except NotAttempted:
        return Verdict(
            name, "not yet", None, f"{exercise.function} waits for your answer. {exercise.question}"
        )
    return diagnosis.verdict(name, exercise, outcomes)


@lru_cache(maxsize=64)
def _drawn(exercise: Exercise, seed: int) -> tuple[Case, ...]:
    return tuple(exercise.cases(np.random.default_rng(seed)))


def _unfit(exercise: Exercise, function: object) -> str:
    """Return why something cannot be called with the exercise's arguments; empty when it can."""
    if not callable(function):
        return (
            f"Asked to check a function; what came is of type {type(function).__name__}. "
            f"Hand over {exercise.function} itself, without calling it: no brackets after its name."
        )
    try:
        inspect.signature(function).bind(*exercise.golden.args)
    except TypeError:
        return (
            f"The check calls {exercise.function}({', '.join(exercise.arguments)}). "
            f"Yours takes {inspect.signature(function)}. Give it the same arguments in the same order."
        )
    except ValueError:  # a function written in C may not tell its signature
        pass
    return ""


@dataclass(frozen=True, repr=False)
class Hint:
    """One hint.

    Attributes
    ----------
    lesson : str
    level : int
        1 names the gap, 2 the misconception behind it, 3 works one step.
    text : str
    """

    lesson: str
    level: int
    text: str

    def __repr__(self) -> str:
        more = f"({self.level} of {len(LEVELS)})"
        return f"{LEVELS[self.level - 1]} {more}: {self.text}"


def hint(lesson: str | int) -> Hint:
    """Return the next hint of a lesson: the gap, the misconception, a worked step; then the last one again.

    `convlab.workshop.reset` begins again with the first.

    Parameters
    ----------
    lesson : str or int
        As in `check`.

    Raises
    ------
    LessonError
        When there is no such lesson.

    Examples
    --------
    >>> reset("02_flip")
    >>> hint("02_flip").level, hint("02_flip").level
    (1, 2)
    """
    found = folders.find(lesson)
    level = _given[found.name] = min(_given.get(found.name, 0) + 1, len(LEVELS))
    return nth_hint(found, level)


def reset(lesson: str | int) -> None:
    """Let the hints of a lesson begin again with the first."""
    _given.pop(folders.find(lesson).name, None)


def nth_hint(lesson: folders.Lesson, level: int) -> Hint:
    """Return the hint of a level, whichever were given before; `LessonError` when there is no such level."""
    if not 1 <= level <= len(LEVELS):
        raise LessonError(
            f"Asked for hint {level} of lesson {lesson.name}.",
            f"There are {len(LEVELS)}: {', '.join(LEVELS).lower()}.",
            f"Ask for 1 to {len(LEVELS)}.",
        )
    return Hint(lesson.name, level, lesson.exercise.hints[level - 1])
