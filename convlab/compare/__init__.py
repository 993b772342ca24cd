"""Compare: several answers to one question, each with a verdict and the sentence that explains it.

The order of the verdicts: shape, convention, rounding, equal; and "different" when no known cause explains the
numbers. Every cause is checked on every value before it is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from convlab.arguments import known
from convlab.backends.room import require_room
from convlab.compare.all_axes import all_axes_cause
from convlab.compare.columns import Column, column, columns, items
from convlab.compare.impossible import broadcast, options_are_sound, swapped
from convlab.compare.readings import Reading
from convlab.compare.result import VERDICTS, Comparison, Orientation, Row, Sight
from convlab.compare.reword import call
from convlab.compare.sight import sight
from convlab.compare.verdict import explain, with_name
from convlab.compare.words import zero
from convlab.compare.yardstick import Yardstick
from convlab.dialects.scipy import meaning
from convlab.errors import ConvLabError, SpecError
from convlab.operands import numbers, prepare

__all__ = [
    "VERDICTS", "Column", "Comparison", "Orientation", "Row", "Sight", "Yardstick", "answer", "column", "columns",
    "compare", "explain", "sight",
]  # fmt: skip


def compare(x: object, w: object, *, against: Sequence, **same) -> Comparison:
    """Put several answers to one question side by side and say why they differ.

    Parameters
    ----------
    x, w : array_like
        As in `convlab.conv`.
    against : sequence
        Names of backends; library functions by dotted name, called raw as a person would
        ("scipy.signal.fftconvolve"); "naive", "naive-no-flip", "theano"; or pairs of a label and an array or a
        function of (x, w). Library functions get the operands as they were handed in: four axes stay four axes;
        your own function gets copies. One name or one pair may come without brackets.
    **same
        mode, stride, dilation, groups, flip, padding: as in `convlab.conv`.

    Returns
    -------
    Comparison
        It prints as a table of verdicts and reasons. A call that raises is a row with the verdict "error" and the
        library's own text.

    Raises
    ------
    SpecError
        When an array is not made of real numbers, an option makes no sense, or a name is not known. Operands that
        do not fit together do not raise: `Comparison.problem` says so, and each column says what it makes of them.

    Examples
    --------
    >>> import numpy as np, convlab as cl
    >>> x, w = np.arange(16).reshape(4, 4), np.arange(1, 10).reshape(3, 3)
    >>> found = cl.compare(x, w, against=["scipy.signal.convolve2d", "naive-no-flip"])
    >>> [(row.verdict, row.cause) for row in found.rows]
    [('equal', ''), ('convention', 'not turned')]
    >>> found.rows[1].proof
    'f(x, w[::-1, ::-1]) − truth = 0 everywhere'
    """
    known("compare", same)
    x, w = numbers("x", x), numbers("w", w)
    sides = [column(item, same) for item in items(against)]
    try:
        ready = prepare(x, w, **same)
    except SpecError as problem:
        if not options_are_sound(x, w, same):
            raise
        rows = tuple(_unasked(side, x, w, same) for side in sides)
        return Comparison(None, None, rows, (), None, str(problem))
    require_room(ready.spec, None)
    yard = Yardstick.of(ready)
    seen = sight(yard)
    rows = tuple(answer(side, x, w, yard, seen, ready.bare) for side in sides)
    return Comparison(ready.spec, ready.restore(yard.truth), rows, seen.warnings, seen)


def answer(side: Column, x: np.ndarray, w: np.ndarray, yard: Yardstick, seen: Sight, bare: bool) -> Row:
    """Ask one column and judge what it says: one row of `compare`, for a screen that keeps yardstick and sight.

    Parameters
    ----------
    side : Column
        What `column` returns.
    x, w : ndarray
        The operands as they were handed in.
    yard : Yardstick
    seen : Sight
    bare : bool
        Whether the operands came without the first two axes.
    """
    y, refusal = _ask(side, x, w)
    if refusal:
        return refusal

    def again(layer: np.ndarray) -> np.ndarray:
        return side.run(x, (layer[0, 0] if bare else layer).astype(w.dtype))

    row = explain(
        y, yard, label=side.label, algorithm=side.algorithm(x, w), bare=bare, seen=seen,
        again=again if side.repeats else None, known_turn=side.turns,
    )  # fmt: skip
    if side.name.startswith("scipy.ndimage.") and "other border" in row.cause:
        row = replace(row, sentence=f'{row.sentence} scipy.ndimage reads zeros there with mode="constant".')
    return with_name(row, side.name, side.call)


def _unasked(side: Column, x: np.ndarray, w: np.ndarray, options: dict) -> Row:
    """Return the row of a column where the question itself is impossible."""
    y, refusal = _ask(side, x, w)
    if refusal:
        return refusal
    said = f"There is no such layer convolution, and this side answers all the same, in the shape {y.shape}."
    if stretched := _stretched(side, x, w, y, options):
        cause, why, proof = stretched
        return with_name(Row(side.label, y, "shape", cause, f"{said} {why}", proof), side.name, side.call)
    cause = swapped(x, w, y) or (all_axes_cause(x, w, y, None, side.turns) if x.ndim > 2 else None)
    if cause is None:
        return with_name(Row(side.label, y, "shape", "", said), side.name, side.call)
    row = Row(side.label, y, "shape", cause.word, f"{said} {cause.sentence}", cause.proof)
    return with_name(row, side.name, side.call)


def _stretched(
    side: Column, x: np.ndarray, w: np.ndarray, y: np.ndarray, options: dict
) -> tuple[str, str, str] | None:
    """Return cause, sentence and proof where broadcasting, and what `explain` knows, accounts for the answer."""
    if (found := broadcast(x, w, y, options)) is None:
        return None
    said, operands, yard = found
    row = explain(y, yard, label=side.label, algorithm=side.algorithm(x, w), known_turn=side.turns)
    if row.verdict == "different":
        return None
    if row.verdict != "convention":
        same = call(Reading.of(yard.spec), yard.spec, False)
        return "channels broadcast", said, _on(operands, zero(f"y − {same}", yard.fit(y)))
    also = row.sentence.partition(" Hand it")[0].replace("This side", "It", 1)
    return f"channels broadcast + {row.cause}", f"{said} {also}", _on(operands, row.proof)


def _on(operands: str, proof: str) -> str:
    return proof.replace("(x, w", f"({operands}", 1)


def _ask(side: Column, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray | None, Row | None]:
    """Return what a column answers, or the row that says how it refused."""
    try:
        with np.errstate(all="ignore"):
            return _read(side.run(x, w)), None
    except Exception as error:  # a refusal is a result, whatever its kind
        kind = "" if isinstance(error, ConvLabError) else f"{type(error).__name__}: "
        text = f"{kind}{error}"
        said = f"{text}{'' if text.endswith(('.', '?')) else '.'} {meaning(str(error))}".strip()
        return None, with_name(Row(side.label, None, "error", "", said), side.name, side.call)


def _read(y: object) -> np.ndarray:
    """Return an answer as an array of real numbers, or refuse it in words about a function, not about operands."""
    if y is None:
        raise SpecError("It answers None.", "", "Does the function end with return?")
    if getattr(y, "dtype", None) is not None and np.iscomplexobj(y):
        raise SpecError(
            f"It answers in {y.dtype}.",
            "",
            "After a Fourier transform, keep y.real: the rest is rounding.",
        )
    return numbers("its answer", y)
