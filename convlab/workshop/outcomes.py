"""Call an answer and write down what came of it: numbers, no numbers, or an exception, in words."""

from __future__ import annotations

import io
import traceback
import warnings
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass
from functools import partial
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
    truth : ndarray of float64
    bound : float or ndarray
        How far from the truth is still right.
    value : ndarray of float64 or None
        What was returned, read as numbers; None when there are none.
    trouble : str or None
        Why there are no numbers: "raised", "returned nothing" or "wrong type".
    words : str
        The trouble, as a sentence.
    mutated : bool
        Whether the call changed its arguments.
    """

    case: Case
    called: str
    truth: np.ndarray
    bound: float | np.ndarray
    value: np.ndarray | None
    trouble: str | None = None
    words: str = ""
    mutated: bool = False

    @property
    def right(self) -> bool:
        """Whether the numbers are the right ones."""
        return self.agrees(self.truth)

    def agrees(self, other: np.ndarray | None) -> bool:
        """Whether the value is `other` within the bound; False when either holds no numbers."""
        if self.value is None or other is None or self.value.shape != other.shape:
            return False
        bound = self.bound if other.shape == self.truth.shape else np.max(self.bound)
        return numerics.measure(self.value, other, bound).share <= 1


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
    truth = np.asarray(exercise.definition(*case.args), np.float64)
    bound = exercise.bound(truth, *case.args)
    made = partial(Outcome, case, exercise.called(case), truth, bound)
    args = [arg.copy() for arg in case.args]
    try:
        with redirect_stdout(io.StringIO()) if quiet else nullcontext(), warnings.catch_warnings():
            if quiet:
                warnings.simplefilter("ignore")
            returned = answer(*args)
    except (NotAttempted, NotImplementedError) as stub:
        raise NotAttempted from stub
    except (Exception, SystemExit) as error:
        return made(None, "raised", f"{exercise.called(case)} raised {told(error, answer)}.")
    mutated = any(not np.array_equal(arg, given) for arg, given in zip(args, case.args, strict=True))
    value, trouble, found = as_numbers(returned)
    return made(value, trouble, f"{exercise.function} returned {found}", mutated)


def as_numbers(returned: object) -> tuple[np.ndarray | None, str | None, str]:
    """Return what came back as float64 numbers, or None with the kind of trouble and the words for it.

    Lists, tuples and every array-like count as arrays; complex numbers, text and ragged rows do not.

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
        array = np.asarray(returned)
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
