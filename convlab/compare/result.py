"""What a comparison returns: plain frozen results, one row per column."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from convlab.compare import show
from convlab.numerics import Error
from convlab.spec import ConvSpec

VERDICTS = ("shape", "convention", "rounding", "equal", "different", "error")


@dataclass(frozen=True, eq=False)
class Orientation:
    """One way to turn this filter.

    Attributes
    ----------
    index : int
        Its place among the eight, as in `Row.turn`.
    name : str
        "as given", "turned by 180°", "rows turned", "transposed" ...
    w : ndarray
        The first filter, read this way: of its first channel.
    same : bool
        True when it gives the same output as the orientation that the question asks for.
    negated : bool
        True when it gives the same output with the other sign, everywhere.
    group : int
        Orientations of one group give one output.
    """

    index: int
    name: str
    w: np.ndarray
    same: bool
    negated: bool
    group: int


@dataclass(frozen=True, eq=False)
class Sight:
    """What these operands can tell apart.

    Attributes
    ----------
    orientations : tuple of Orientation
        Two for a row, eight for a square filter, four for another rectangle, eight mirrorings in space.
    asked : int
        The index of the orientation that the question asks for.
    distinct : int
        How many outputs the orientations give; all of them in the best case.
    channels : bool or None
        True when reading the filter's channels backwards would show; None with one channel.
    rank, most : int or None
        Rank of the matrix of all windows of x, and the most it could have; None where that is too much work.
    ramp : float or None
        The one number by which a wrong turn would change every value; None unless it does just that.
    warnings : tuple of str
        What cannot be seen, one sentence each.
    telling : ndarray or None
        A filter of the same shape that shows all of it on this x; None when this one does, or x hides too much.
    """

    orientations: tuple[Orientation, ...]
    asked: int
    distinct: int
    channels: bool | None
    rank: int | None
    most: int | None
    ramp: float | None
    warnings: tuple[str, ...]
    telling: np.ndarray | None

    @property
    def is_clear(self) -> bool:
        """True when every orientation, and the order of the channels, would show."""
        return self.distinct == len(self.orientations) and self.channels is not False


@dataclass(frozen=True, eq=False, repr=False)
class Row:
    """What one column answered, and why that is, or is not, the answer to the question.

    Attributes
    ----------
    label : str
        How a person knows the column.
    y : ndarray or None
        Its answer as it came; None when it raised.
    verdict : {"shape", "convention", "rounding", "equal", "different", "error"}
        "different" means that no known cause explains the numbers; "error" that the call raised.
    cause : str
        The cause in few fixed words, several joined by " + ", such as "not turned" or "shifted by one + other
        border"; empty when there is none to name.
    sentence : str
        The cause first, in plain words; for an error, the library's own text.
    proof : str
        One computed line that anyone can repeat, such as ``f(x, w[::-1, ::-1]) − truth = 0 everywhere``.
    error : numerics.Error or None
        How far it is from the truth; None where the shapes differ.
    bound : float or None
        The rounding error allowed where the error is largest.
    edit : str
        The change of one line that makes both sides agree; empty when there is none.
    mended : dict of str to str
        The loop that answers the question, by language; filled where the filter was turned in a wrong way.
    turn : int or None
        How the column reads the filter, as an index into `Sight.orientations`; None when its numbers do not say.
    also : tuple of str
        Other causes that explain the same numbers, because these operands cannot tell them apart.
    name : str
        What was asked for in `against`.
    call : str
        The call as a line of Python, for a library function.
    """

    label: str
    y: np.ndarray | None
    verdict: str
    cause: str
    sentence: str
    proof: str = ""
    error: Error | None = None
    bound: float | None = None
    edit: str = ""
    mended: dict[str, str] = field(default_factory=dict)
    turn: int | None = None
    also: tuple[str, ...] = ()
    name: str = ""
    call: str = ""

    def __repr__(self) -> str:
        """The label, the verdict and the sentence: short enough to stand in a list."""
        return f"<{self.label}: {show.verdict(self)}. {self.sentence}>"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Several answers to one question, each with its verdict.

    Attributes
    ----------
    spec : ConvSpec or None
        The question; None when no such convolution exists, and `problem` says why. The columns are asked all the
        same: what they say then is a result too.
    truth : ndarray or None
        The definition's answer in float64, in the form of the caller's operands.
    rows : tuple of Row
    warnings : tuple of str
        What these operands cannot tell, one sentence each.
    sight : Sight or None
        The facts behind the warnings.
    problem : str
        Why there is no such convolution; empty when there is one.
    """

    spec: ConvSpec | None
    truth: np.ndarray | None
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]
    sight: Sight | None
    problem: str = ""

    def __str__(self) -> str:
        """The question, each column with its verdict and reasons, and what these operands cannot tell."""
        return show.text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return show.html(self)
