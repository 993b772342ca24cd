"""The truth about one question, computed once, and what counts as close enough to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convlab import numerics, reference
from convlab.operands import Operands
from convlab.spec import ConvSpec

_DIGITS = ("longdouble", "float64", "float32", "float16")  # from fine to coarse


@dataclass(frozen=True, slots=True)
class Fit:
    """How y lies to a truth.

    Attributes
    ----------
    error : numerics.Error
    bound : float
        What is allowed where the error is largest.
    dtype, algorithm : str
        The arithmetic that the bound is for.
    """

    error: numerics.Error
    bound: float
    dtype: str
    algorithm: str

    @property
    def agrees(self) -> bool:
        """True when rounding explains what differs."""
        return self.error.share <= 1


class Yardstick:
    """The definition's answer to one question, and the rounding allowed around it.

    Parameters
    ----------
    x, w : ndarray, shapes spec.x_shape and spec.w_shape
    spec : ConvSpec
    """

    def __init__(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> None:
        self.x, self.w, self.spec = x, w, spec
        self._bounds: dict[tuple[str, str], np.ndarray] = {}

    @classmethod
    def of(cls, ready: Operands) -> Yardstick:
        """Return the yardstick of prepared operands."""
        return cls(ready.x, ready.w, ready.spec)

    @cached_property
    def truth(self) -> np.ndarray:
        """The answer in float64, shape spec.y_shape."""
        with np.errstate(invalid="ignore", over="ignore"):
            return reference.judge(self.x, self.w, self.spec)

    def bound(self, dtype: str, algorithm: str) -> np.ndarray:
        """Return the error allowed to a computation in `dtype`, per output value."""
        if (algorithm, dtype) not in self._bounds:
            spec = replace(self.spec, dtype=dtype)
            self._bounds[algorithm, dtype] = numerics.BOUNDS[algorithm](self.x, self.w, spec, self.truth)
        return self._bounds[algorithm, dtype]

    def could_be(self, y: np.ndarray, truth: np.ndarray | None = None) -> bool:
        """Return whether y is near enough to a truth (this one by default) for a `fit` to be worth while."""
        truth = self.truth if truth is None else truth
        loose = max(self.bound(coarser(y.dtype, "float32"), way).max(initial=0) for way in numerics.BOUNDS)
        with np.errstate(invalid="ignore", over="ignore"):
            gap = np.abs(y - truth)
        return not (gap[np.isfinite(gap)] > 16 * loose).any()

    def fit(self, y: np.ndarray, algorithm: str = "either") -> Fit:
        """Measure y against the truth, with the bound of the coarser of its own dtype and that of the question.

        "either" tries the bound of direct sums, then that of a transform. A float64 array may hold what was
        computed in float32, so that is tried last.
        """
        exact = numerics.measure(y, self.truth, np.inf)
        dtype = coarser(y.dtype, self.spec.dtype)
        if exact.count == 0:
            return Fit(exact, 0.0, dtype, "direct" if algorithm == "either" else algorithm)
        algorithms = ("direct", "fft") if algorithm == "either" else (algorithm,)
        dtypes = (
            (dtype, "float32") if dtype in ("float64", "longdouble") and y.dtype.kind == "f" else (dtype,)
        )
        first = None
        for name in dtypes:
            for way in algorithms:
                allowed = self.bound(name, way)
                if first and not exact.largest <= allowed.max():
                    continue  # too far for this bound anywhere
                error = numerics.measure(y, self.truth, allowed)
                found = Fit(error, float(allowed[error.at]), name, way)
                if found.agrees:
                    return found
                first = first or found
        return first


def coarser(one: np.dtype, other: str) -> str:
    """Return the coarser of two float dtypes by name; integers are exact and do not count.

    Examples
    --------
    >>> coarser(np.dtype("float32"), "float64"), coarser(np.dtype("int8"), "float64")
    ('float32', 'float64')
    """
    if one.kind != "f":
        return other
    name = one.name if one.name in _DIGITS else "longdouble"
    return max(name, other, key=_DIGITS.index)
