"""Causes that the data must supply a number or an order for: permutations, factors, added numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product

import numpy as np

from convlab.compare.cause import Cause
from convlab.compare.words import left, number, zero
from convlab.compare.yardstick import Fit, Yardstick, coarser
from convlab.numerics import unit_roundoff
from convlab.spec import ConvSpec

_MOST = 20_000  # values that are tried in every order of the axes
_SURE = 4  # values below which a fitted number explains too easily
_LAST = 1e-15  # what the last digits of a fitted number may leave, in proportion


def orders(yard: Yardstick, y: np.ndarray, fit: Fit, algorithm: str) -> Iterator[Cause]:
    """Images, filters or channels in another order."""
    truth, spec = yard.truth, yard.spec
    for axis, what in ((1, "filters"), (0, "images")):
        if y.shape[axis] > 1 and (order := _order(y, truth, axis, yard.bound(fit.dtype, fit.algorithm))):
            code = f"y[{':, ' * axis}{_inverse(order)}]"
            back = yard.fit(y.take(_inverse(order), axis), algorithm)
            if back.agrees:
                yield Cause(
                    f"{what} permuted",
                    f"The {what} come out in another order: the place of {what[:-1]} 0, 1, ... holds {order}.",
                    zero(f"{code} − truth", back),
                    f"y = {code}",
                )
    channels = spec.w_shape[1]
    if 1 < channels <= 4 and spec.groups == 1:
        for order in permutations(range(channels)):
            other = Yardstick(yard.x[:, order], yard.w, spec)
            if list(order) != sorted(order) and (there := other.fit(y, algorithm)).agrees:
                code = f"x[:, {list(order)}]"
                said = f"The channels meet the filter in another order, {list(order)}, as when BGR meets RGB."
                yield Cause("channels permuted", said, zero(f"y − cl.conv({code}, w)", there), f"x = {code}")


def _order(y: np.ndarray, truth: np.ndarray, axis: int, bound: np.ndarray) -> list[int] | None:
    """Return which plane of the truth stands at each place of y, if every one of them is found."""
    order: list[int] = []
    slack = 2 * bound.max()
    for plane in np.moveaxis(y, axis, 0):
        planes = enumerate(np.moveaxis(truth, axis, 0))
        fits = [i for i, other in planes if i not in order and (np.abs(other - plane) <= slack).all()]
        if not fits:
            return None
        order.append(fits[0])
    return order if order != sorted(order) else None


def _inverse(order: list[int]) -> list[int]:
    return [int(i) for i in np.argsort(order)]


def axes(yard: Yardstick, y: np.ndarray, algorithm: str) -> Iterator[Cause]:
    """The same values with the axes of the output in another order, the filter turned as asked or the other way.

    Libraries that keep channels last do not turn the filter either, so the two slips come together.
    """
    spec = yard.spec
    other = Yardstick(
        yard.x, yard.w, replace(spec, flip=not spec.flip, mode=_mode(spec), padding=spec.padding)
    )
    orders = [order for order in permutations(range(y.ndim)) if list(order) != sorted(order)]
    for source in (yard, other):
        for order in orders:
            moved = y.transpose(order)
            if moved.shape != source.spec.y_shape or not source.could_be(moved):
                continue
            if not (fit := source.fit(moved, algorithm)).agrees:
                continue
            code = f"y.transpose{order}"
            if source is yard:
                said = f"The values are right, their axes stand in another order: {code} is the answer."
                yield Cause("axes permuted", said, zero(f"{code} − truth", fit), f"y = {code}")
            else:
                turns = "is not turned" if spec.flip else "is turned"
                said = f"The axes of the output stand in another order, {code}, and the filter {turns}."
                if order == (0, y.ndim - 1, *range(1, y.ndim - 1)):
                    said += " Channels last and no turn: so TensorFlow computes a layer."
                word = f"axes permuted + {'not turned' if spec.flip else 'turned'}"
                call = f"cl.{'corr' if spec.flip else 'conv'}(x, w, ...)"
                yield Cause(word, said, zero(f"{code} − {call}", fit))
            return


def _mode(spec: ConvSpec) -> str:
    return "valid" if spec.padding is not None else spec.mode


def regrouped(yard: Yardstick, y: np.ndarray, algorithm: str) -> Iterator[Cause]:
    """The same values, joined along the axes in one order and split in another."""
    truth, every = yard.truth, list(permutations(range(y.ndim)))
    if not 2 * _SURE < y.size <= _MOST or not _near(np.sort(y, None), np.sort(truth, None), yard, y):
        return
    for there, back in product(every, every):
        shape = tuple(truth.shape[axis] for axis in back)
        found = y.transpose(there).reshape(shape).transpose(np.argsort(back))
        if not _near(found, truth, yard, y) or not (fit := yard.fit(found, algorithm)).agrees:
            continue
        code = f"y{_transposed(there)}.reshape{shape}{_transposed(_inverse(list(back)))}"
        said = (
            f"The values are right and stand in other places: {code} is the answer. Images, filters and places were "
            "joined in one order and split in another, as when np.hsplit cuts the columns of an im2col otherwise than "
            "they are grouped."
        )
        yield Cause("values in another order", said, zero(f"{code} − truth", fit), f"y = {code}")
        return


def _near(one: np.ndarray, other: np.ndarray, yard: Yardstick, y: np.ndarray) -> bool:
    slack = 2 * yard.bound(coarser(y.dtype, yard.spec.dtype), "fft").max()
    return bool((np.abs(one - other) <= slack).all())


def _transposed(order: Sequence[int]) -> str:
    return "" if list(order) == sorted(order) else f".transpose({', '.join(map(str, order))})"


def fitted(yard: Yardstick, y: np.ndarray, fit: Fit) -> Iterator[Cause]:
    """A factor, an added number or a constant border: causes with a free number, which must leave enough to check."""
    truth = yard.truth
    if y.size < _SURE or not (np.isfinite(y).all() and np.isfinite(truth).all()):
        return
    y = y.astype(np.float64)
    yield from _affine(yard, y, truth, fit)
    yield from _constant_border(yard, y, truth, fit)


def _affine(yard: Yardstick, y: np.ndarray, truth: np.ndarray, fit: Fit) -> Iterator[Cause]:
    """A factor alone, an added number per filter alone, then both."""
    limit, own = yard.bound(fit.dtype, fit.algorithm), unit_roundoff(fit.dtype) * np.abs(y)
    scale = _slope(y, truth)
    if scale and np.ptp(truth) and _close(y, scale * truth, limit * abs(scale) + own):
        said = f"Every value is {number(scale)} times the answer{_why(scale, yard)}."
        proof = left(f"y − {number(scale)} · truth", y - scale * truth)
        yield Cause("scaled", said, proof, f"y = y / {scale!r}")
        return
    shift = (y - truth).mean(axis=(0, *range(2, y.ndim)), keepdims=True)
    if y[0, 0].size * y.shape[0] > 1 and _close(y, truth + shift, limit + own + _LAST * np.abs(shift)):
        values = ", ".join(number(v) for v in shift.ravel()[:4]) + (", ..." if shift.size > 4 else "")
        whom = "every value" if shift.size == 1 else "the values of each filter"
        said = f"This side adds {values} to {whom}: a bias."
        yield Cause("offset", said, left(f"y − truth − ({values})", y - truth - shift))
        return
    scale = _slope(y - y.mean(), truth - truth.mean())
    rest = float(y.mean() - scale * truth.mean())
    if scale and _close(y, scale * truth + rest, limit * abs(scale) + own + _LAST * abs(rest)):
        formula = f"{number(scale)} · truth + {number(rest)}"
        proof = left(f"y − ({formula})", y - scale * truth - rest)
        yield Cause("scaled and offset", f"Every value is {formula}.", proof)


def _slope(y: np.ndarray, truth: np.ndarray) -> float:
    """Return the factor that brings the truth nearest to y; 0 where there is none."""
    power = float((truth**2).sum())
    return float((y * truth).sum()) / power if power else 0.0


def _why(scale: float, yard: Yardstick) -> str:
    total = float(yard.w.sum())
    if scale == -1:
        return ": only the sign differs"
    if total and abs(scale * total - 1) < 1e-6:
        return ", 1 / the sum of the filter: this side normalises it"
    return ""


def _constant_border(yard: Yardstick, y: np.ndarray, truth: np.ndarray, fit: Fit) -> Iterator[Cause]:
    if not any(side for pair in yard.spec.pads for side in pair):
        return
    ring = _ring(yard)
    value = _slope(y - truth, ring)
    limit = yard.bound(fit.dtype, fit.algorithm) + unit_roundoff(fit.dtype) * np.abs(y)
    if value and _close(y, truth + value * ring, limit + _LAST * np.abs(value * ring)):
        said = f"This side reads {number(value)} beyond the border of x, where the question has zeros."
        rest = y - truth - value * ring
        yield Cause("other border", said, left(f"y − cl.conv(x framed by {number(value)}, w)", rest))


def _ring(yard: Yardstick) -> np.ndarray:
    """Return what ones beyond the border would add to every output."""
    spec = yard.spec
    pads = [(0, 0), (0, 0), *spec.pads]
    frame = np.pad(np.zeros(spec.x_shape), pads, constant_values=1.0)
    told = replace(spec, x_shape=frame.shape, mode="valid", padding=None, dtype="float64")
    return Yardstick(frame, yard.w.astype(np.float64), told).truth


def _close(one: np.ndarray, other: np.ndarray, limit: np.ndarray) -> bool:
    return bool((np.abs(one - other) <= 2 * limit).all())
