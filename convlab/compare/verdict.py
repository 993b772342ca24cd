"""One answer against one question: the verdict, and the sentence that explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convlab import codegen
from convlab.compare.cause import Cause
from convlab.compare.causes import causes
from convlab.compare.result import Row, Sight
from convlab.compare.shapes import plain_shapes, shape_causes
from convlab.compare.sight import sight
from convlab.compare.turns import asked, relative, turns
from convlab.compare.words import arithmetic, how_many, index, number, zero
from convlab.compare.yardstick import Fit, Yardstick
from convlab.operands import Operands

_AGAIN_MACS = 20_000_000  # a proof by calling the function once more is worth this much work


@np.errstate(over="ignore", invalid="ignore")  # infinities and NaN are results here
def explain(
    y: np.ndarray,
    ready: Operands | Yardstick,
    *,
    label: str = "y",
    algorithm: str = "either",
    bare: bool | None = None,
    seen: Sight | None = None,
    again: Callable[[np.ndarray], np.ndarray] | None = None,
    known_turn: bool | None = None,
) -> Row:
    """Say whether y answers a question, and if not, why not.

    Parameters
    ----------
    y : ndarray
        The answer, in the form of the operands: bare if they were bare.
    ready : Operands or Yardstick
        The question: what `convlab.operands.prepare` returns (any spec, flip on or off), or a yardstick made of it,
        which saves work when there are several answers.
    label : str
        How a person knows the answer.
    algorithm : {"direct", "fft", "either"}
        How y was computed, if that is known; it sets the rounding that is allowed.
    bare : bool, optional
        Whether answers come without the first two axes; taken from the operands.
    seen : Sight, optional
        What `sight` says about the operands, if that is known already.
    again : function of w, optional
        Calls the same column once more with another filter; the proof then repeats the call.
    known_turn : bool, optional
        Whether the column turns the filter, if that is a known fact: it decides where the numbers cannot.

    Returns
    -------
    Row

    Examples
    --------
    >>> from convlab.operands import prepare
    >>> x, w = np.arange(16).reshape(4, 4), np.arange(1, 10).reshape(3, 3)
    >>> row = explain(np.array([[303, 348], [483, 528]]), prepare(x, w))
    >>> row.verdict, row.cause, row.edit
    ('convention', 'not turned', 'w = w[::-1, ::-1]')
    """
    yard = ready if isinstance(ready, Yardstick) else Yardstick.of(ready)
    bare = bool(bare if bare is not None else isinstance(ready, Operands) and ready.bare)
    y, seen = np.asarray(y), seen or sight(yard)
    layered = _layered(y, yard, bare)
    if layered.shape != yard.spec.y_shape:
        found = shape_causes(yard, layered, algorithm, bare, known_turn)
        row = Row(label, y, "shape", "", plain_shapes(y, yard.spec, bare))
        return _because(row, found, yard, seen) if found else row
    fit = yard.fit(layered, algorithm)
    if fit.agrees:
        return _agreeing(y, fit, yard, label, seen)
    found = causes(yard, layered, fit, algorithm, bare)
    verdict, said = ("convention", "") if found else ("different", _differs(layered, yard, fit, bare))
    row = Row(label, y, verdict, "", said, "", fit.error, fit.bound)
    if not found:
        return row
    proof = _proof(found[0], yard, again, label, bare, algorithm)
    return replace(_because(row, found, yard, seen), proof=proof)


def _because(row: Row, found: list[Cause], yard: Yardstick, seen: Sight) -> Row:
    """Return a row with the first of its causes told, and the others named: these operands cannot tell them apart."""
    first = found[0]
    also = tuple(dict.fromkeys(cause.named for cause in found if cause.named != first.named))
    doubt = f" These operands cannot tell that from: {', or '.join(also)}." if also else ""
    groups = {one.index: one.group for one in seen.orientations}
    alike = list(groups.values()).count(groups.get(first.turn)) > 1
    return replace(
        row,
        cause=first.word,
        sentence=first.sentence + doubt,
        proof=first.proof,
        edit=first.edit,
        mended=mended_loops(yard) if first.wrong_turn else {},
        turn=None if alike or {cause.turn for cause in found} != {first.turn} else first.turn,
        also=also,
    )


def mended_loops(yard: Yardstick) -> dict[str, str]:
    """Return the loop that answers the question, in each language that convlab writes."""
    return {language: codegen.function(yard.spec, language) for language in ("python", "java", "c")}


def _layered(y: np.ndarray, yard: Yardstick, bare: bool) -> np.ndarray:
    """Return y with the two axes that bare operands leave out."""
    lone = bare or (yard.spec.y_shape[:2] == (1, 1) and y.ndim == yard.spec.rank)
    return y[None, None] if lone and y.ndim == yard.spec.rank else y


def _agreeing(y: np.ndarray, fit: Fit, yard: Yardstick, label: str, seen: Sight) -> Row:
    blind = sum(one.same for one in seen.orientations) > 1
    turn = None if blind else seen.asked
    doubt = " But so would a filter turned otherwise: these operands cannot tell." if blind else ""
    narrow = y.dtype.kind == "f" and y.dtype != np.float64 and y.dtype != np.longdouble
    side = f" This side answers in {y.dtype}; the truth is summed in float64." if narrow else ""
    over = int((np.isinf(y) & np.isfinite(yard.truth.reshape(y.shape))).sum())
    if over:
        most = number(np.finfo(y.dtype).max)
        side = f" {over} are beyond {most}, the largest that {y.dtype} holds, and are infinite." + side
    elif fit.error.count == 0:
        said = _agree_exactly(y) + doubt
        return Row(label, y, "equal", "", said, zero("y − truth", fit), fit.error, 0.0, turn=turn)
    if not side and fit.dtype not in (y.dtype.name, yard.spec.dtype):
        side = f" This side looks as if it was computed in {fit.dtype}."
    said = (
        f"{_capital(how_many(y.size))} within rounding: at most {number(fit.error.largest)} off, where "
        f"{arithmetic(fit)} may leave {number(fit.bound)}.{side}{doubt}"
    )
    return Row(
        label,
        y,
        "rounding",
        "overflow" if over else "",
        said,
        zero("y − truth", fit),
        fit.error,
        fit.bound,
        turn=turn,
    )


def _agree_exactly(y: np.ndarray) -> str:
    if not y.size:
        return "There are no values to compare, and the shapes agree."
    return f"{_capital(how_many(y.size))}, to the last bit."


def _differs(y: np.ndarray, yard: Yardstick, fit: Fit, bare: bool) -> str:
    """Return what is known of a difference that no cause explains: how many, where first, and where not."""
    truth, first = yard.truth, fit.error.first
    near = np.abs(y - truth) <= yard.bound(fit.dtype, fit.algorithm)
    off = ~(near | (y == truth) | (np.isnan(y) & np.isnan(truth)))
    count = int(off.sum())
    first = tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
    inner = _interior(yard.spec)
    where = f"{index(first, bare)}, which is {number(y[first])} where the answer is {number(truth[first])}."
    if y.size > 1 and (np.isnan(y).all() or (y == y.flat[0]).all()):
        return f"Every value is {number(y.flat[0])}: was the output ever filled? The first that differs is {where}"
    said = (
        f"No known cause explains it: {count} of {y.size} values differ by more than rounding, first {where}"
    )
    if inner and off.any() and not off[inner].any():
        said += " All of them stand where the window reaches beyond x: the border is read in another way."
    return said


def _interior(spec) -> tuple[slice, ...] | None:
    """Return the outputs whose window stays inside x; None when there are none, or all do."""
    cuts = []
    for n, e, s, (lo, _), size in zip(spec.space, spec.extent, spec.stride, spec.pads, spec.y_shape[2:]):
        first, last = -(-lo // s), (lo + n - e) // s
        if last < first:
            return None
        cuts.append(slice(first, min(last + 1, size)))
    whole = all(c.start == 0 and c.stop == size for c, size in zip(cuts, spec.y_shape[2:]))
    return None if whole else (slice(None), slice(None), *cuts)


def _proof(cause: Cause, yard: Yardstick, again, label: str, bare: bool, algorithm: str) -> str:
    """Return the proof of a cause: by calling the column with the mended filter where that is possible."""
    mended = cause.edit.removeprefix("w = ") if cause.edit.startswith("w = ") else ""
    if not again or not mended or cause.turn is None or yard.spec.macs > _AGAIN_MACS:
        return cause.proof
    taps = yard.spec.taps
    reads = next(turn for turn in turns(taps) if turn.index == cause.turn)
    w = relative(taps, reads, asked(taps, yard.spec.flip)).of(yard.w)
    if "channels turned too" in cause.word:
        w = w[:, ::-1]
    try:
        y = _layered(np.asarray(again(w)), yard, bare)
    except Exception:  # the column's own trouble; the computed proof stands
        return cause.proof
    if y.shape != yard.spec.y_shape or not (fit := yard.fit(y, algorithm)).agrees:
        return cause.proof
    caller = label.rpartition(".")[2] if label.replace(".", "").isidentifier() else "f"
    return zero(f"{caller}(x, {mended}) − truth", fit)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def with_name(row: Row, name: str, call: str = "") -> Row:
    """Return a row that knows what was asked for and how it was called."""
    return replace(row, name=name, call=call)
