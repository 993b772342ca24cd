"""What a row of times says: least, median, quartiles, the words of doubt, and when two rows tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

ENOUGH_BLOCKS = 7
CLOSE = 0.03  # (q1 - min) / min below which more blocks would not find a lower least
NOISY, UNRELIABLE = 0.10, 0.25  # of IQR / median
TIE = 0.05  # two backends that are closer than this are not told apart by a few blocks
LACKS = 0.15  # of the processors that it had in its best slice, which it may do without before it is called disturbed
WAITS = 0.05  # of the wall time that a thread that could run may stand in the queue for a processor
FLAGS = {
    "noisy": "The middle half of its blocks spreads over more than 10 % of the median.",
    "unreliable": "The middle half of its blocks spreads over more than 25 % of the median.",
    "disturbed": "Something else took processor time while it was timed.",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """Blocks of calls, summed up; all in seconds of one call.

    Attributes
    ----------
    min_s, median_s, q1_s, q3_s : float
    blocks : int
        How many blocks were timed.
    """

    min_s: float
    median_s: float
    q1_s: float
    q3_s: float
    blocks: int

    @property
    def spread(self) -> float:
        """The interquartile range over the median."""
        return (self.q3_s - self.q1_s) / self.median_s if self.median_s else 0.0

    @property
    def is_settled(self) -> bool:
        """Whether further blocks would hardly find a lower least."""
        return self.blocks >= ENOUGH_BLOCKS and self.q1_s - self.min_s <= CLOSE * self.min_s


def summary(calls_s: Sequence[float]) -> Summary:
    """Sum up the seconds of one call, as each block gave them.

    Examples
    --------
    >>> summary([2.0, 1.0, 4.0, 3.0, 5.0])
    Summary(min_s=1.0, median_s=3.0, q1_s=2.0, q3_s=4.0, blocks=5)
    """
    if len(calls_s) == 1:
        return Summary(*[calls_s[0]] * 4, 1)
    q1, _, q3 = quantiles(calls_s, n=4, method="inclusive")
    return Summary(min(calls_s), median(calls_s), q1, q3, len(calls_s))


def flags(found: Summary, *, lacks: float = 0.0, waits: float = 0.0) -> tuple[str, ...]:
    """Return the words of doubt that a row deserves; keys of `FLAGS`.

    Parameters
    ----------
    found : Summary
    lacks : float
        The share of the processors of its best slice that it did without on the whole.
    waits : float
        The share of the wall time that its threads stood in the queue for a processor.

    Examples
    --------
    >>> flags(summary([1.0, 1.0, 1.0, 1.2, 1.4, 1.5, 1.6]))
    ('unreliable',)
    """
    words = []
    if found.spread > NOISY:
        words.append("unreliable" if found.spread > UNRELIABLE else "noisy")
    if lacks > LACKS or waits > WAITS:
        words.append("disturbed")
    return tuple(words)


def tie(least: Summary, other: Summary) -> bool:
    """Return whether the leasts of two rows are too close to be told apart.

    They are when nearer than 5 %, or than the sum of their doubts: how far the next quarter of the blocks lies above
    the least. Not the interquartile range, which is the doubt of a median: on a busy machine that would tie rows of
    which one is eight times faster. Beyond 25 % nothing ties; a row that unsteady has its word of doubt instead.

    Examples
    --------
    >>> tie(summary([1.0]), summary([1.04])), tie(summary([1.0]), summary([1.06]))
    (True, False)
    >>> tie(summary([1.0, 1.1, 1.2, 9.0, 9.0]), summary([1.15, 1.2, 1.3, 9.0, 9.0]))
    True
    """
    faster_s = min(least.min_s, other.min_s)
    doubts_s = (least.q1_s - least.min_s) + (other.q1_s - other.min_s)
    return abs(other.min_s - least.min_s) <= min(max(TIE * faster_s, doubts_s), UNRELIABLE * faster_s)
