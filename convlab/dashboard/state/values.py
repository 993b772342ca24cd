"""What happens to the values: the dtype they are computed in, and how far a NaN or an infinity spreads."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab import reference
from convlab.dashboard.state.question import Question
from convlab.spec import ConvSpec

EXACT = 2.0**53  # float64 holds every whole number up to here


def dtypes(question: Question) -> dict[str, str | None]:
    """Return the dtypes of x, w and y, and a sentence where y is computed in another than the operands came in.

    Examples
    --------
    >>> dtypes(Question([True, False, True], [1, 1]))["sentence"]
    'True and False are computed as 1 and 0 in float64; integers are computed in float64.'
    """
    x, w = question.operands.given
    return {"x": x, "w": w, "y": question.spec.dtype, "sentence": _cast_sentence(question)}


def spread(question: Question, y: list[float | str]) -> str | None:
    """Return how many outputs the values that are not finite reach; None when all are finite.

    Parameters
    ----------
    y : list
        The output values as a scene holds them, flat: text where they are not finite.

    Examples
    --------
    >>> question = Question([1, np.nan, 3, 4], [1, 1])
    >>> spread(question, ["NaN", "NaN", 7])
    '1 NaN in x reaches 2 of 3 outputs here; a transform would spread it over all 3.'
    """
    found = [_reach(question, name) for name in ("x", "w") if not np.isfinite(getattr(question, name)).all()]
    if found:
        return " ".join(found)
    over = sum(isinstance(value, str) for value in y)
    if not over:
        return None
    sums = "1 output passes" if over == 1 else f"{over} outputs pass"
    return f"{sums} the largest number of float64, about 1.8e308, though x and w are finite."


def _cast_sentence(question: Question) -> str | None:
    kinds = {question.x.dtype.kind, question.w.dtype.kind}
    dtype = question.spec.dtype
    said = []
    if "b" in kinds:
        said.append(f"True and False are computed as 1 and 0 in {dtype}")
    if kinds & set("iu"):
        said.append(f"integers are computed in {dtype}{_rounding(question)}")
    if not said and len(set(question.operands.given)) > 1:
        x, w = question.operands.given
        said.append(f"{x} and {w} are computed in {dtype}, which holds both")
    sentence = "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else None


def _rounding(question: Question) -> str:
    """Return what to add where sums of integers may be too large to be exact."""
    with np.errstate(all="ignore"):
        largest = [np.abs(getattr(question, name).astype(np.float64)).max() for name in ("x", "w")]
        total = largest[0] * largest[1] * question.spec.terms
    return ", and sums past 2⁵³ are rounded" if not max(total, *largest) <= EXACT else ""


def _reach(question: Question, name: str) -> str:
    """Return the sentence on the values of x, or of w, that are not finite."""
    spec, array = question.spec, getattr(question, name)
    bad = ~np.isfinite(array)
    masks = {"x": np.ones(spec.x_shape), "w": np.ones(spec.w_shape), name: bad.astype(np.float64)}
    met = reference.judge(masks["x"], masks["w"], spec) > 0
    images_filters = _transformed(spec, name, bad)
    total, touched = prod(spec.y_shape), int(met.sum())
    over = int(images_filters.sum()) * prod(spec.y_shape[2:])
    whole = f"all {total}" if over == total else f"{over}"
    one = int(bad.sum()) == 1
    # A weight that is not finite times a zero of the padding is NaN, so such a border is lost to it as well.
    multiplied = name == "w" and any(lo or hi for lo, hi in spec.pads)
    others = "a transform" + ", or a loop that multiplies the zeros of the padding," * multiplied
    return (
        f"{_counted(array)} in {name} reach{'es' * one} {touched} of {total} outputs here; "
        f"{others} would spread {'it' if one else 'them'} over {whole}."
    )


def _transformed(spec: ConvSpec, name: str, bad: np.ndarray) -> np.ndarray:
    """Return which (image, filter) pairs hold nothing finite after a transform over the spatial axes."""
    channels = bad.reshape(*bad.shape[:2], -1).any(axis=2)
    if name == "w":
        return np.broadcast_to(channels.any(axis=1), (spec.x_shape[0], spec.w_shape[0]))
    groups = channels.reshape(spec.x_shape[0], spec.groups, -1).any(axis=2)
    return np.repeat(groups, spec.w_shape[0] // spec.groups, axis=1)


def _counted(array: np.ndarray) -> str:
    nans, infinities = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    said = [f"{nans} NaN"] if nans else []
    said += [f"{infinities} infinit{'y' if infinities == 1 else 'ies'}"] if infinities else []
    return " and ".join(said)
