"""What a lesson's checks.py is made of: an exercise, its cases and its catalogue of mistakes. Data only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import signature

import numpy as np

from convlab.errors import SpecError


class LessonError(SpecError):
    """No such lesson, hint or answer file; the sentence says what there is."""

    kind = "no such lesson"


class NotAttempted(Exception):
    """A stub raises it: there is no answer yet, which is not the same as a wrong one."""


@dataclass(frozen=True, eq=False)
class Case:
    """The arguments of one call of the learner's function.

    Attributes
    ----------
    args : tuple of ndarray or int
        Arrays are handed over as copies, so that an answer cannot spoil them for the next one.
    expected : list, optional
        The answer as printed in the lesson, for a golden case; a test holds it to the definition. One entry per
        name in the exercise's `returns`, where it has them.
    fresh : callable, optional
        Makes what is handed over in place of `args`, anew for every call: functions that remember what happened to
        them. `args` then tells them in words, for the definition and for the learner.
    """

    args: tuple[object, ...]
    expected: list | None = None
    fresh: Callable[[], tuple] | None = None

    def copies(self) -> tuple:
        """Return the arguments for one call."""
        if self.fresh:
            return self.fresh()
        return tuple(arg.copy() if isinstance(arg, np.ndarray) else arg for arg in self.args)


@dataclass(frozen=True, eq=False)
class Mistake:
    """One catalogued way of being wrong, with the sentence that the learner reads.

    Attributes
    ----------
    name : str
        The machine word, such as "unflipped".
    sentence : str
        What was done, and what to look at; it never holds the solution.
    ways : tuple of callable
        Wrong answers that come from this mistake, with the signature of the exercise's function. An answer that
        gives the numbers of one of them on every case made this mistake. Of several returned things a way spoils
        some, and only those are looked at.
    right_only_when : callable, optional
        Instead of by its numbers, the mistake is known by where the answer is right: on the cases whose
        arguments satisfy this, and nowhere else. The ways are then examples of it.
    alone_when : callable, optional
        The cases whose arguments satisfy this can show no other mistake: an answer that goes one of the ways on all
        of them made this one, whatever else it made. Of several such mistakes the first in the catalogue is named.
    """

    name: str
    sentence: str
    ways: tuple[Callable, ...]
    right_only_when: Callable[..., bool] | None = None
    alone_when: Callable[..., bool] | None = None


@dataclass(frozen=True, eq=False)
class Exercise:
    """One function that a learner writes, and everything that it takes to judge it.

    Attributes
    ----------
    function : str
        Its name in exercise.py and solution.py.
    question : str
        What it should do, in a sentence.
    definition : callable
        The truth, by the definition, as float64; a tuple where the function returns several things.
    golden : Case
        A case from the sources with small numbers; it runs first and is shown in full.
    cases : callable of (numpy.random.Generator) -> iterable of Case
        More cases, seeded, of odd shapes and several dtypes.
    bound : callable of (truth, *args) -> float or ndarray
        How far rounding alone may carry a right answer from the truth; a tuple where there are several truths.
    mistakes : tuple of Mistake
    hints : tuple of str
        Three levels: what the gap is, which misconception hides there, one step worked.
    shape_rule : str
        One sentence that says which shape is expected, and why.
    praise : str
        What a right answer has shown, in a sentence.
    plain : callable of (*args) -> bool
        The cases without second difficulties, such as square arrays. A mistake that explains all of them is named
        first, whatever else goes wrong on the others.
    blind : (callable, str), optional
        Which plain cases cannot tell right from wrong, and what to say to a wrong answer that passes them.
    returns : tuple of str
        Names of the things that the function returns, when they are more than one.
    shown_as : callable of (ndarray) -> ndarray
        How a result is laid out for the learner, who sees tables: such as images first.
    """

    function: str
    question: str
    definition: Callable[..., np.ndarray]
    golden: Case
    cases: Callable[[np.random.Generator], Iterable[Case]]
    bound: Callable[..., float | np.ndarray]
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, str, str]
    shape_rule: str
    praise: str
    plain: Callable[..., bool]
    blind: tuple[Callable[..., bool], str] | None = None
    returns: tuple[str, ...] = ()
    shown_as: Callable[[np.ndarray], np.ndarray] = np.asarray

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the function's arguments: those of the definition that have no default."""
        parameters = signature(self.definition).parameters.values()
        return tuple(one.name for one in parameters if one.default is one.empty)

    def called(self, case: Case) -> str:
        """Return a call in words, such as ``full(image 5 × 5 int64, filter 3 × 3 float64)``."""
        named = zip(self.arguments, case.args, strict=True)
        inner = ", ".join(
            f"{name} {sized(arg.shape)} {arg.dtype}" if isinstance(arg, np.ndarray) else f"{name}={arg}"
            for name, arg in named
        )
        return f"{self.function}({inner})"

    def truths(self, case: Case) -> tuple[np.ndarray, ...]:
        """Return what the definition gives, as float64: one array per thing that the function returns."""
        return tuple(np.asarray(one, np.float64) for one in self.parts(self.definition(*case.args)))

    def parts(self, value: object) -> tuple:
        """Return a value as the tuple of what was returned, also where that is one thing."""
        return tuple(value) if self.returns else (value,)


def sized(shape: tuple[int, ...]) -> str:
    """Return a shape as a person says it: ``3 × 2``, "one number" for no axes at all.

    Examples
    --------
    >>> sized((3, 2)), sized((4,)), sized(())
    ('3 × 2', 'length 4', 'one number')
    """
    if len(shape) < 2:
        return f"length {shape[0]}" if shape else "one number"
    return " × ".join(map(str, shape))
