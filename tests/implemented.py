"""Layers to hold the implementations against, and what the definition says to each of them."""

import numpy as np

from convlab.implementations import ROWS
from convlab.implementations.refusing import refusal
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import ConvSpec

COMPUTED = [row for row in ROWS if row.words or row.cpu]
SCIPY = [row for row in ROWS if row.library == "SciPy"]
SPEAKING = [row for row in ROWS if row.words and row.library == "Theano"]
ASKED = {  # layers of 1, 2 and 3 axes, no two sizes alike, and every option at least once
    1: [ConvSpec((2, 3, 9), (4, 3, 3), padding=((2, 0),), dtype="float64"),
        ConvSpec((2, 4, 9), (4, 2, 3), stride=2, dilation=2, groups=2, padding=((4, 0),), dtype="float64")],
    2: [ConvSpec((2, 4, 5, 6), (16, 4, 3, 3)),
        ConvSpec((2, 1, 5, 6), (3, 1, 2, 3), "full", dtype="float64"),
        ConvSpec((1, 1, 6, 7), (1, 1, 3, 5), "same", dtype="float64"),
        ConvSpec((2, 4, 5, 6), (3, 4, 2, 4), "half", dtype="float64"),
        ConvSpec((2, 4, 7, 9), (16, 4, 3, 3), stride=2),
        ConvSpec((2, 4, 6, 9), (3, 4, 2, 3), stride=(2, 1), dtype="float64"),
        ConvSpec((2, 4, 7, 8), (2, 4, 2, 3), dilation=(1, 2), dtype="float64"),
        ConvSpec((2, 4, 5, 6), (4, 1, 2, 3), groups=4, dtype="float64"),
        ConvSpec((2, 4, 5, 6), (6, 2, 3, 2), "full", groups=2, dtype="float64"),
        ConvSpec((2, 4, 5, 6), (16, 4, 3, 3), padding=1),
        ConvSpec((2, 4, 5, 6), (3, 4, 3, 3), padding=((0, 1), (2, 1)), dtype="float64"),
        ConvSpec((2, 4, 5, 7), (3, 4, 3, 3)),
        ConvSpec((2, 5, 5, 6), (16, 5, 3, 3)),
        ConvSpec((2, 6, 5, 6), (16, 6, 3, 3)),
        ConvSpec((2, 4, 5, 6), (3, 4, 3, 3), "full"),
        ConvSpec((2, 1, 7, 9), (3, 1, 3, 3), stride=2),
        ConvSpec((1, 1, 6, 7), (1, 1, 3, 4), "full", dtype="float64"),
        ConvSpec((1, 1, 6, 7), (1, 1, 2, 4), dtype="float64"),
        ConvSpec((2, 4, 6, 7), (4, 1, 2, 3), "half", stride=2, groups=4, dtype="float64"),
        ConvSpec((2, 4, 6, 7), (4, 1, 2, 3), "full", dilation=2, groups=4, dtype="float64"),
        ConvSpec((2, 4, 6, 7), (4, 1, 3, 3), padding=((0, 1), (2, 1)), groups=4, dtype="float64")],
    3: [ConvSpec((2, 3, 4, 5, 6), (4, 3, 2, 3, 2)),
        ConvSpec((2, 3, 4, 5, 6), (4, 3, 2, 3, 2), "full"),
        ConvSpec((1, 1, 4, 5, 6), (1, 1, 3, 3, 3), "same", dtype="float64"),
        ConvSpec((2, 3, 4, 5, 6), (4, 3, 2, 3, 2), "half", dtype="float64"),
        ConvSpec((2, 3, 4, 5, 6), (4, 3, 2, 3, 2), stride=(2, 2, 1), dtype="float64"),
        ConvSpec((2, 3, 4, 5, 7), (4, 3, 2, 2, 2), dilation=2, dtype="float64"),
        ConvSpec((2, 4, 4, 5, 6), (4, 2, 2, 3, 2), groups=2, dtype="float64"),
        ConvSpec((2, 3, 4, 5, 6), (4, 3, 4, 3, 3), padding=1, dtype="float64")],
}  # fmt: skip
PAIRS = [
    (row, spec)
    for row in COMPUTED
    for rank in row.ranks
    for spec in ASKED[rank]
    if refusal(row, spec) is None
]


def name_of(thing):
    return getattr(thing, "id", None) or str(thing)


def operands(spec, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(-5, 6, shape).astype(spec.dtype) for shape in (spec.x_shape, spec.w_shape))


def definition(row, x, w, spec):
    """Return what a row says that it computes."""
    return judge(spread(row, x, spec), w, row.computes(spec))


def spread(row, x, spec):
    """Return x as a row slides over it: a transposed one writes zeros between its values first."""
    shape = row.computes(spec).x_shape
    if shape == spec.x_shape:
        return x
    wide = np.zeros(shape, x.dtype)
    wide[(..., *(slice(None, None, s) for s in spec.stride))] = x
    return wide


def assert_computed(row, y, x, w, spec):
    """Hold an answer on whole numbers to the definition: exactly, but for what a transform may leave."""
    truth = definition(row, x, w, spec)
    assert np.shape(y) == truth.shape
    if "fft" not in row.id:
        return np.testing.assert_array_equal(y, truth)
    bound = BOUNDS["fft"](spread(row, x, spec), w, row.computes(spec), truth)
    assert measure(np.asarray(y), truth, bound).share <= 1
