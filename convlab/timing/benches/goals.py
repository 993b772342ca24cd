"""What a match is to show, and whether it does: the words in the column ``goals`` of a file of shapes.

A goal is a word such as ``best=2.1``, and holds for outputs that are reused and filters that are held on both sides:

============================  =========================================================================================
``best=2.1``                  the fastest of ours is so many times as fast as the fastest library function that is here
``exact=1.35``                the same, of those of ours whose error is bounded about as narrowly as that of sums
``scipy.ndimage.convolve=20`` the fastest of ours against that one function
``mean:NAME=40``              the geometric mean of that over all shapes of the group
``peak=0.82``                 the fastest of ours that does all operations of the definition, as a share of the measured
                              peak of multiply-adds
``seconds=2e-6``              the fastest of ours takes at most so long
``accuracy=4``                the largest error of the fastest exact one of ours, in times that of PyTorch's conv
``relative=2e-5``             the largest error of the fastest of ours over the largest value
============================  =========================================================================================

A time may miss its goal by a tenth, which is the noise of two runs; an error may not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log

from convlab.errors import SpecError
from convlab.timing.benches.matched import TORCH, Mark, Match, Matches
from convlab.timing.words import duration, percent, small, times

SLACK = 0.10
KINDS = ("best", "exact", "peak", "seconds", "accuracy", "relative")
MEAN = "mean:"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one goal.

    Attributes
    ----------
    id : str
        Of the match, or the group of a mean.
    goal : str
        As the file has it.
    asked : float
    found : float or None
        None where somebody has no time.
    is_met : bool
    text : str
        What was measured, in words.
    """

    id: str
    goal: str
    asked: float
    found: float | None
    is_met: bool
    text: str


def read(goals: str) -> list[tuple[str, float]]:
    """Return the goals of a shape.

    Raises
    ------
    SpecError
        When one is no goal.

    Examples
    --------
    >>> read("best=2.1 scipy.ndimage.convolve=20")
    [('best', 2.1), ('scipy.ndimage.convolve', 20.0)]
    """
    found = []
    for word in goals.split():
        name, _, value = word.partition("=")
        try:
            found.append((name, float(value)))
        except ValueError:
            known = f"{', '.join(KINDS)}, a library function or {MEAN} and one"
            raise SpecError(
                f"Asked for the goal {word!r}.", f"A goal is a name and a number: {known}.", "Write best=2."
            ) from None
        if name not in KINDS and "." not in name:
            raise SpecError(f"Asked for the goal {word!r}.", f"There are {', '.join(KINDS)}.", "Use those.")
    return found


def verdicts(found: Matches) -> Iterator[Verdict]:
    """Yield what became of every goal of a suite, in its order; means last."""
    means: dict[tuple[str, str, float], list[float | None]] = {}
    for match in found.matches:
        for name, asked in read(match.goals):
            if name.startswith(MEAN):
                ratio = _against(match, match.best(True), match.peer(name.removeprefix(MEAN)))[0]
                means.setdefault((match.group, name, asked), []).append(ratio)
            else:
                yield _verdict(found, match, name, asked)
    for (group, name, asked), ratios in means.items():
        value = None if None in ratios else exp(sum(map(log, ratios)) / len(ratios))
        text = (
            "somebody has no time" if value is None else f"{times(value)} in the mean of {len(ratios)} shapes"
        )
        yield Verdict(group, f"{name}={asked:g}", asked, value, _reaches(value, asked), text)


def _verdict(found: Matches, match: Match, name: str, asked: float) -> Verdict:
    judge = {
        "peak": _peak, "seconds": _seconds, "accuracy": _accuracy, "relative": _relative
    }.get(name)  # fmt: skip
    if judge is None:
        value, text = _ratio(match, name)
        met = _reaches(value, asked)
    else:
        value, text = judge(found, match)
        limits: dict[str, Callable[[float], bool]] = {
            "peak": lambda value: value >= asked * (1 - SLACK),
            "seconds": lambda value: value <= asked * (1 + SLACK),
        }
        met = value is not None and limits.get(name, lambda value: value <= asked)(value)
    return Verdict(match.id, f"{name}={asked:g}", asked, value, met, text)


def _reaches(value: float | None, asked: float) -> bool:
    return value is not None and value >= asked * (1 - SLACK)


def _ratio(match: Match, name: str) -> tuple[float | None, str]:
    ours = match.best(True, exact=name == "exact")
    theirs = match.best(False) if name in ("best", "exact") else match.peer(name)
    return _against(match, ours, theirs)


def _against(match: Match, ours: Mark | None, theirs: Mark | None) -> tuple[float | None, str]:
    """Return how many times as fast as a peer one of ours is, and that in words."""
    if ours is None or theirs is None:
        return None, f"{'no library function' if ours else 'none of ours'} has a time"
    ratio = theirs.min_s / ours.min_s
    return (
        ratio,
        f"{times(ratio)}: {ours.name} {duration(ours.min_s)}, {theirs.name} {duration(theirs.min_s)}",
    )


def _peak(found: Matches, match: Match) -> tuple[float | None, str]:
    mark = match.plain()
    share = found.share(match, mark) if mark else None
    if share is None:
        return None, "none of ours that does all operations has a time"
    return share, f"{percent(share)} of the peak: {mark.name} {match.gflops(mark):,.0f} GF/s"


def _seconds(found: Matches, match: Match) -> tuple[float | None, str]:
    mark = match.best(True)
    return (mark.min_s, duration(mark.min_s)) if mark else (None, "none of ours has a time")


def _accuracy(found: Matches, match: Match) -> tuple[float | None, str]:
    ours = match.best(True, exact=True)
    torch = [mark.error for mark in match.timed(False) if mark.name.startswith(TORCH)]
    if ours is None or not torch:
        return None, "PyTorch has no answer here" if ours else "none of ours has an answer"
    least = min(torch)
    ratio = ours.error / least if least else (0.0 if not ours.error else float("inf"))
    return (
        ratio,
        f"{times(ratio)} PyTorch's error: {ours.name} {small(ours.error)}, PyTorch {small(least)}",
    )


def _relative(found: Matches, match: Match) -> tuple[float | None, str]:
    ours = match.best(True)
    if ours is None or not match.scale:
        return None, "none of ours has an answer"
    return ours.error / match.scale, f"{small(ours.error / match.scale)} of the largest value: {ours.name}"


def met(all_: Sequence[Verdict]) -> tuple[int, int]:
    """Return how many goals are met, and how many there are."""
    return sum(one.is_met for one in all_), len(all_)
