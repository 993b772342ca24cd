"""Operands to plant mistakes in, and what a planted mistake must be called."""

import numpy as np

from convlab.compare import explain
from convlab.operands import prepare

RNG = np.random.default_rng(11)
X, W = RNG.integers(-9, 10, (7, 8)).astype(float), RNG.integers(-9, 10, (3, 3)).astype(float)
EVEN = RNG.integers(-9, 10, (4, 4)).astype(float)
LONG, ROW = RNG.integers(-9, 10, 12).astype(float), np.array([1.0, -2, 5])
BOX, CUBE = (
    RNG.integers(-9, 10, (1, 1, 5, 6, 5)).astype(float),
    RNG.integers(-9, 10, (1, 1, 3, 2, 3)).astype(float),
)
STACK, BANK = (
    RNG.integers(-9, 10, (2, 3, 6, 6)).astype(float),
    RNG.integers(-9, 10, (4, 3, 3, 3)).astype(float),
)


def fresh():
    """Return a generator that starts anew in every test, so that their order does not matter."""
    return np.random.default_rng(12)


def judged(y, x, w, **same):
    return explain(np.asarray(y), prepare(x, w, **same))


def named(y, x, w, cause, verdict="convention", **same):
    """Assert that y is explained by this cause, and that the proof was computed."""
    row = judged(y, x, w, **same)
    assert (row.verdict, row.cause) == (verdict, cause), row.sentence
    assert row.proof and row.sentence.endswith(".")
    assert row.error is None or row.error.share > 1
    if row.edit.startswith("y = y"):  # an edit of the output can be carried out at once
        scope = {"y": np.asarray(y)}
        exec(row.edit, scope)
        assert judged(scope["y"], x, w, **same).verdict in ("equal", "rounding")
    return row
