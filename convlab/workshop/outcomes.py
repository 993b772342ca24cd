"""Call an answer and write down what came of it: numbers, no numbers, or an exception, in words."""

from __future__ import annotations

import io
import traceback
import warnings
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache, partial
from types import TracebackType

import numpy as np

from convlab import numerics
from convlab.workshop.exercise import Case, Exercise, NotAttempted, sized

LONGEST = 200  # characters of a learner's exception that are repeated


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one call gave.

    Attributes
    ----------
    case : Case
    called : str
        The call in words.
    truths : tuple of float64 ndarray
        One per thing that the function returns.
    bounds : tuple of float or ndarray
        How far from each truth is still right.
    values : tuple of float64 ndarray, or None
        What was returned, read as numbers; None when there are none.
    trouble : str or None
        Why there are no numbers: "raised", "returned nothing" or "wrong type".
    words : str
        The trouble, as a sentence.
    mutated : bool
        Whether the call changed its arguments.
    raised : type or None
        The kind of exception, when the trouble is one.
    """

    case: Case
    called: str
    truths: tuple[np.ndarray, ...]
    bounds: tuple[float | np.ndarray, ...]
    values: tuple[np.ndarray, ...] | None
    trouble: str | None = None
    words: str = ""
    mutated: bool = False
    raised: type[BaseException] | None = None

    @property
    def wrong(self) -> tuple[int, ...]:
        """Which of the things are not right, by their place; all of them when there are no numbers."""
        return tuple(part for part, truth in enumerate(self.truths) if not self.agrees(part, truth))

    @property
    def right(self) -> bool:
        """Whether all numbers are the right ones."""
        return not self.wrong

    def agrees(self, part: int, other: np.ndarray) -> bool:
        """Whether one of the things is `other` within the bound; False when there are no numbers."""
        return self.values is not None and self._alike(part, self.values[part], other)

    def spoils(self, part: int, other: np.ndarray) -> bool:
        """Whether `other` would be a wrong answer for one of the things."""
        return not self._alike(part, other, self.truths[part])

    def _alike(self, part: int, one: np.ndarray, other: np.ndarray) -> bool:
        if one is other:
            return True
        if one.shape != other.shape:
            return False
        bound = self.bounds[part]
        bound = bound if other.shape == self.truths[part].shape else np.max(bound, initial=0)
        return numerics.measure(one, other, bound).share <= 1


def call(exercise: Exercise, answer: Callable, case: Case, *, quiet: bool = True) -> Outcome:
    """Call an answer on copies of a case's arguments.

    Parameters
    ----------
    exercise : Exercise
    answer : callable
    case : Case
    quiet : bool
        Swallow what the call prints and warns about, so that a dozen cases do not fill the screen.

    Returns
    -------
    Outcome

    Raises
    ------
    NotAttempted
        When the answer is still a stub.
    """
    made = partial(Outcome, case, exercise.called(case), *_wanted(exercise, case))
    args = case.copies()
    try:
        with redirect_stdout(io.StringIO()) if quiet else nullcontext(), warnings.catch_warnings():
            if quiet:
                warnings.simplefilter("ignore")
            returned = answer(*args)
    except (NotAttempted, NotImplementedError) as stub:
        raise NotAttempted from stub
    except (Exception, SystemExit) as error:
        words = f"{exercise.called(case)} raised {told(error, answer)}."
        return made(None, "raised", words, raised=type(error))
    arrays = [pair for pair in zip(args, case.args, strict=True) if isinstance(pair[1], np.ndarray)]
    mutated = any(not np.array_equal(arg, given) for arg, given in arrays)
    return made(*_read(exercise, returned), mutated)


@lru_cache(maxsize=4096)
def _wanted(exercise: Exercise, case: Case) -> tuple[tuple[np.ndarray, ...], tuple]:
    """Return what a case should give, and how far from it is still right."""
    truths = exercise.truths(case)
    return truths, exercise.parts(exercise.bound(truths if exercise.returns else truths[0], *case.args))


def _read(exercise: Exercise, returned: object) -> tuple[tuple | None, str | None, str]:
    """Return what came back as numbers per thing, the kind of trouble with it, and that as a sentence."""
    if not exercise.returns:
        value, trouble, found = as_numbers(returned)
        return (None if trouble else (value,)), trouble, f"{exercise.function} returned {found}"
    names = " and ".join(exercise.returns)
    if not isinstance(returned, tuple | list) or len(returned) != len(exercise.returns):
        _, trouble, found = as_numbers(returned)
        asked = f"It should return {names}, in this order: return {', '.join(exercise.returns)}."
        ended = found if found[-1] in ".?" else f"{found}."
        return None, trouble or "wrong type", f"{exercise.function} returned {ended} {asked}"
    values = []
    for name, one in zip(exercise.returns, returned, strict=True):
        value, trouble, found = as_numbers(one)
        if trouble:
            return None, trouble, f"{exercise.function} returned for {name} {found}"
        values.append(value)
    return tuple(values), None, ""


def as_numbers(returned: object) -> tuple[np.ndarray | None, str | None, str]:
    """Return what came back as float64 numbers, or None with the kind of trouble and the words for it.

    Lists, tuples and every array-like count as arrays, and a set as its numbers in order; complex numbers, text and
    ragged rows do not.

    Examples
    --------
    >>> as_numbers([[1, 2]])[0]
    array([[1., 2.]])
    >>> as_numbers(None)[1:]
    ('returned nothing', 'None: did you forget return?')
    """
    if returned is None:
        return None, "returned nothing", "None: did you forget return?"
    try:
        array = np.asarray(sorted(returned) if isinstance(returned, set | frozenset) else returned)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except Exception:
        words = "is no array of numbers: are its rows equally long?"
        return None, "wrong type", f"an object of type {type(returned).__name__}, which {words}"
    if array.dtype.kind == "c":
        return None, "wrong type", f"complex numbers of shape {sized(array.shape)}: take their real part."
    if array.dtype.kind not in "biuf":
        return (
            None,
            "wrong type",
            f"an object of type {type(returned).__name__}; an array of numbers was asked for.",
        )
    return np.array(array, np.float64, subok=False), None, f"an array, {sized(array.shape)}"


def told(error: BaseException, answer: Callable) -> str:
    """Return an exception in words: its name, its message on one line, and where in the answer it arose."""
    try:
        message = "".join(c if c.isprintable() else " " for c in str(error))
    except Exception:
        message = ""
    if len(message) > LONGEST:
        message = message[:LONGEST] + "…"
    line = _line(error.__traceback__, answer)
    name = type(error).__name__
    return (f"{name}: {message}" if message else name) + (f" (line {line})" if line else "")


def _line(trace: TracebackType | None, answer: Callable) -> int | None:
    """Return the last line of the answer's own file that the error passed through."""
    own = getattr(getattr(answer, "__code__", None), "co_filename", None)
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == own]
    return lines[-1] if lines else None
