"""The columns of Compare: each one asked, mended if so wished, and judged against the column that is the yardstick."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from convlab.compare import Row, Sight, Yardstick, compare, explain, sight
from convlab.compare.columns import start_libraries
from convlab.dashboard.state.compare import mend
from convlab.dashboard.state.compare import theano as real
from convlab.dashboard.state.compare.live import Known, Told
from convlab.dashboard.state.compare.question import Loose
from convlab.numerics import measure
from convlab.operands import prepare

AGREES = ("equal", "rounding")


@dataclass(frozen=True, eq=False)
class Side:
    """One column: what it answered, what the question makes of that, and what the yardstick makes of it.

    Attributes
    ----------
    name : str
    own : Row
        Judged by the question itself.
    row : Row
        Judged by the yardstick column; the same as `own` where that column answers the question.
    y : ndarray or None
        In layer layout where the question has one.
    edit : str
        The edit that would mend it, or that has mended it; empty when there is none that can be carried out.
    mended : bool
    told : Told or None
        What is known of the real Theano, for a column that it answers.
    """

    name: str
    own: Row
    row: Row
    y: np.ndarray | None
    edit: str = ""
    mended: bool = False
    told: Told | None = None


@dataclass(frozen=True, eq=False)
class Judged:
    """All columns of one screen.

    Attributes
    ----------
    sides : tuple of Side
    yardstick : int
        The column that the others are measured against; one that has an answer, if any has.
    yard : Yardstick or None
        What the yardstick column computes, by the definition: the question, or the question with the filter
        turned otherwise; None when neither.
    asked : Yardstick or None
        The question; None when there is no such convolution.
    sight : Sight or None
    """

    sides: tuple[Side, ...]
    yardstick: int
    yard: Yardstick | None
    asked: Yardstick | None
    sight: Sight | None


def judged(
    question: Loose, names: tuple[str, ...], yardstick: str | None, mended: frozenset[str], known: Known = ()
) -> Judged:
    """Ask every column, and judge each by the yardstick.

    Parameters
    ----------
    known : tuple of (name, Told)
        What the real Theano has told: its answers stand in their columns, and its semantics where there is none.

    Examples
    --------
    >>> from convlab.dashboard.state.compare.question import loose_of
    >>> found = judged(loose_of("S001a"), ("naive-no-flip", "theano"), None, frozenset())
    >>> [(side.row.verdict, side.row.cause) for side in found.sides], found.yardstick
    ([('convention', 'not turned'), ('equal', '')], 1)
    """
    told = dict(known)
    if question.no is not None:
        sides = tuple(_unasked(question, name, told.get(name)) for name in names)
        return Judged(sides, _chosen(sides, yardstick), None, None, None)
    asked, seen = _known(question)
    sides = tuple(_side(question, name, asked, seen, name in mended, told.get(name)) for name in names)
    at = _chosen(sides, yardstick)
    yard = _yard_of(question, asked, sides[at])
    if yard is not asked:
        sides = tuple(
            side
            if side.y is None or n == at
            else replace(side, row=_against(question, side, sides[at], yard))
            for n, side in enumerate(sides)
        )
    return Judged(sides, at, yard, asked, seen)


@lru_cache(maxsize=32)
def _known(question: Loose) -> tuple[Yardstick, Sight]:
    """Return the definition's answer and what the operands can tell: the same whatever the columns are."""
    asked = Yardstick.of(question.operands)
    return asked, sight(asked)


def prepared(question: Loose, names: tuple[str, ...]) -> None:
    """Compute what `judged` will need whatever the real Theano tells, while that is not known."""
    start_libraries(names)
    if question.no is None:
        _known(question)[0].truth  # noqa: B018  computed now, and kept


def layered(y: np.ndarray | None, question: Loose) -> np.ndarray | None:
    """Return an answer with the two axes that bare operands leave out; None stays None."""
    if y is None:
        return None
    return y[None, None] if question.bare and y.ndim == question.spec.rank else y


def _unasked(question: Loose, name: str, told: Told | None) -> Side:
    """Return a column where there is no such convolution: what it answers all the same, or why it does not."""
    if row := real.row_of(name, told):
        return Side(name, row, row, None, told=told)
    row = _compared(question, name, real.answer_of(told))
    return Side(name, row, row, layered(row.y, question), told=told)


def _compared(question: Loose, name: str, y: np.ndarray | None = None) -> Row:
    """Return what the comparison says of one column; of the real Theano's, by its answer or by what stands in."""
    side = real.stand_in(name, question.options)
    item = (side.label, side.run if y is None else y) if side.group == "real" or y is not None else name
    row = compare(*question.given, against=[item], **question.options).rows[0]
    return replace(row, name=name)


def _side(
    question: Loose, name: str, asked: Yardstick, seen: Sight, wants_mending: bool, told: Told | None
) -> Side:
    if row := real.row_of(name, told):
        return Side(name, row, row, None, told=told)
    side = real.stand_in(name, question.options)
    x, w = question.given
    answered = None if wants_mending else real.answer_of(told)  # an edit is carried out on what stands in
    plain = told is not None and told.call.words.get("subsample", (1, 1)) == asked.spec.stride
    if answered is None and plain and question.is_large and asked.spec.flip:
        answered = _rounded(
            question, asked
        )  # the definition is what stands in: no need to add it up once more
    try:
        with np.errstate(all="ignore"):
            y = np.asarray(side.run(x, w) if answered is None else answered)
    except Exception:  # a refusal is a result; the comparison has the words for it
        row = _compared(question, name)
        return Side(name, row, row, None, told=told)

    def again(layer: np.ndarray) -> np.ndarray:
        return side.run(x, (layer[0, 0] if question.bare else layer).astype(w.dtype))

    def judge(y: np.ndarray) -> Row:
        row = explain(
            y,
            asked,
            label=side.label,
            algorithm=side.algorithm(x, w),
            bare=question.bare,
            seen=seen,
            again=again if answered is None else None,
            known_turn=side.turns,
        )
        return replace(row, name=name, call=side.call)

    row = judge(y)
    fixed = mend.apply(row.edit, x, w, y, side.run) if row.edit else None
    if fixed is None:
        return Side(name, row, row, layered(y, question), told=told)
    if wants_mending:
        if fixed.size == np.prod(asked.spec.y_shape):
            fixed = fixed.reshape(asked.spec.y_shape[2:] if question.bare else asked.spec.y_shape)
        after = judge(fixed)
        return Side(name, after, after, layered(fixed, question), row.edit, True)
    return Side(name, row, row, layered(y, question), row.edit, told=told)


def _rounded(question: Loose, asked: Yardstick) -> np.ndarray:
    return question.operands.restore(asked.truth.astype(asked.spec.dtype))


def _chosen(sides: tuple[Side, ...], wanted: str | None) -> int:
    """Return the yardstick: the one wanted, else Theano, else the loops, else the first; one with an answer."""
    names = [side.name for side in sides]
    order = [wanted, "theano", "theano-corrmm", "theano-convop", "naive", *names]
    ranked = [names.index(name) for name in order if name in names]
    return next((n for n in ranked if sides[n].y is not None), ranked[0])


def _yard_of(question: Loose, asked: Yardstick, side: Side) -> Yardstick | None:
    """Return what a column computes, by the definition, if it is the question or its mirror image."""
    if side.row.verdict in AGREES:
        return asked
    if side.row.verdict == "convention" and side.row.cause in ("not turned", "turned") and not side.row.also:
        options = {**question.options, "flip": not question.flip}
        return Yardstick.of(prepare(*question.given, **options))
    return None


def _against(question: Loose, side: Side, judge: Side, yard: Yardstick | None) -> Row:
    """Judge a column by another one that does not answer the question."""
    if yard is not None:
        asked = real.stand_in(side.name, question.options)
        x, w = question.given

        def again(layer: np.ndarray) -> np.ndarray:
            return asked.run(x, (layer[0, 0] if question.bare else layer).astype(w.dtype))

        row = explain(
            side.y, yard, label=asked.label, algorithm=asked.algorithm(x, w), bare=question.bare,
            again=again if real.answer_of(side.told) is None else None,
        )  # fmt: skip
        return replace(row, name=side.name, call=side.own.call)
    return _side_by_side(side, judge)


def _side_by_side(side: Side, judge: Side) -> Row:
    """Compare two answers as arrays: their shapes, then their values; the reasons are those of the question."""
    both = f"Of the question, each says something else. This side: {_said(side.own)} The yardstick: {_said(judge.own)}"
    if side.y.shape != judge.y.shape:
        text = f"The shapes differ: {side.y.shape} against {judge.y.shape}. {both}"
        return replace(side.own, verdict="shape", sentence=text, proof="", mended={}, error=None, bound=None)
    error = measure(side.y, judge.y, np.inf)
    if error.count == 0:
        text = f"All {side.y.size} values are those of the yardstick, to the last bit."
        return replace(
            side.own, verdict="equal", cause="", sentence=text, proof="", mended={}, error=error, bound=0.0
        )
    text = f"{error.count} of {side.y.size} values are not those of the yardstick. {both}"
    verdict = (
        "different" if side.own.verdict == "different" or judge.own.verdict == "different" else "convention"
    )
    return replace(side.own, verdict=verdict, sentence=text, proof="", mended={}, error=error, bound=None)


def _said(row: Row) -> str:
    return (
        row.cause + "."
        if row.cause
        else "it answers the question."
        if row.verdict in AGREES
        else row.sentence
    )
