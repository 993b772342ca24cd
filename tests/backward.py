"""What a gradient must be: sums written out index by index, and the judge of every backend's gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product

import numpy as np

from convlab import numerics, reference
from convlab.spec import ConvSpec
from tests.specs import integers


def operands(spec: ConvSpec, make: Callable = integers, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Return read-only x, w and dy as `make` makes them."""
    x, w = make(spec, seed)
    rng = np.random.default_rng([seed, 1])
    largest = 3 if spec.dtype == "float16" else 9
    dy = (
        rng.integers(-largest, largest + 1, spec.y_shape)
        if make is integers
        else rng.normal(size=spec.y_shape)
    )
    dy = dy.astype(spec.dtype)
    dy.flags.writeable = False
    return x, w, dy


def written_out(x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> tuple[list, list]:
    """Return dx and dw: every product ``x * w`` of every output hands dy times the other factor to each of both."""
    dx, dw = np.zeros(spec.x_shape).tolist(), np.zeros(spec.w_shape).tolist()
    x, w, dy = x.tolist(), w.tolist(), dy.tolist()
    filters = spec.w_shape[0] // spec.groups
    for n, o, c in product(range(spec.x_shape[0]), range(spec.w_shape[0]), range(spec.w_shape[1])):
        channel = o // filters * spec.w_shape[1] + c
        for output in product(*map(range, spec.y_shape[2:])):
            for place in product(*map(range, spec.taps)):
                where = [
                    i * s - lo + r * d
                    for i, s, (lo, _), r, d in zip(output, spec.stride, spec.pads, place, spec.dilation)
                ]
                if all(0 <= p < size for p, size in zip(where, spec.space)):
                    tap = [k - 1 - r if spec.flip else r for k, r in zip(spec.taps, place)]
                    back = _at(dy[n][o], output)
                    _add(dx[n][channel], where, back * _at(w[o][c], tap))
                    _add(dw[o][c], tap, back * _at(x[n][channel], where))
    return dx, dw


@cache
def judged(spec: ConvSpec, make: Callable = integers) -> tuple[np.ndarray, np.ndarray]:
    """Return the judge's gradients; kept, for every backend asks."""
    x, w, dy = operands(spec, make)
    return reference.dgrad(dy, w, spec), reference.wgrad(x, dy, spec)


def complaint(
    dgrad: Callable,
    wgrad: Callable,
    spec: ConvSpec,
    *,
    exact: bool,
    bound: str = "direct",
    make: Callable = integers,
) -> str | None:
    """Say how gradients differ from the judge's; None when both are right."""
    x, w, dy = operands(spec, make)
    bounds = (0.0, 0.0) if exact else numerics.gradient_bounds(x, w, dy, spec, bound)
    found = dgrad(dy, w, spec), wgrad(x, dy, spec)
    for name, gradient, truth, limit in zip(("dx", "dw"), found, judged(spec, make), bounds):
        if gradient.shape != truth.shape or gradient.dtype != np.dtype(spec.dtype):
            return (
                f"{spec}: {name} is {gradient.dtype} {gradient.shape}, should be {spec.dtype} {truth.shape}"
            )
        error = numerics.measure(gradient, truth, limit)
        if error.share > 1:
            return f"{spec}: {name} is {error.largest} off at {error.at}, {error.share:.2g} times the bound"
    return None


def _at(nested: list, index: list) -> float:
    for i in index:
        nested = nested[i]
    return nested


def _add(nested: list, index: list, value: float) -> None:
    _at(nested, index[:-1])[index[-1]] += value
