"""Sums of thousands of equal terms stay within the bound of sums whose rounding errors cancel.

As long as one number is added again and again, all additions between one power of two and the next are rounded in the
same direction: one chain of 1000 times 0.1 in float32 is off by 1.3 times the bound, 10 000 times by 4 times.
"""

from dataclasses import replace

import numpy as np
import pytest

from convlab.backends import CATALOGUE, get
from convlab.numerics import direct_bound
from convlab.reference import judge
from convlab.spec import ConvSpec

SPECS = [
    ConvSpec((1, 1000, 2, 3), (1, 1000, 1, 1)),
    ConvSpec((1, 1000, 2, 3), (9, 1000, 1, 1)),
    ConvSpec((1, 112, 4, 20), (1, 112, 3, 3), "same"),
    ConvSpec((1, 112, 4, 20), (8, 112, 3, 3), "same", stride=2),
    ConvSpec((1, 1, 17, 35), (1, 1, 16, 16)),
    ConvSpec((1, 1, 40, 41), (1, 1, 32, 32), padding=1, stride=2),
    ConvSpec((1, 1, 101, 105), (1, 1, 100, 100)),
    ConvSpec((1, 1, 101, 105), (8, 1, 100, 100)),
    ConvSpec((1, 2, 12, 720), (1, 2, 7, 700)),
    ConvSpec((1, 1, 1030), (1, 1, 1024)),
    ConvSpec((1, 1, 100_003), (1, 1, 100_000)),
    ConvSpec((1, 100_000, 2), (1, 100_000, 1)),
    ConvSpec((1, 4, 11, 12, 13), (2, 4, 10, 10, 10)),
    ConvSpec((1, 100, 11, 10, 11), (1, 100, 10, 10, 10)),
]
NUMBERS = (0.1, 1.4862)
SLOW = {"numpy-loops": 10_000}  # terms from which on it would take seconds
# The order of these sums is that of a library's, or of the old program that one of them repeats: they do drift.
NOT_OURS = {
    "numpy-im2col", "numpy-corrmm", "numpy-corr3dmm", "scipy-direct", "scipy-ndimage", "numba-legacy", "theano-corrmm",
    "theano-convop",
}  # fmt: skip


def direct_backends():
    named = [name for name in CATALOGUE if name not in NOT_OURS and get(name).bound == "direct"]
    return [name for name in named if get(name).unavailable() is None]


@pytest.mark.parametrize("name", direct_backends())
def test_equal_terms_stay_within_the_bound(name):
    backend = get(name)
    for spec in SPECS:
        if backend.supports(spec) or spec.terms > SLOW.get(name, spec.terms):
            continue
        for number in NUMBERS:
            x, w = np.full(spec.x_shape, number, np.float32), np.ones(spec.w_shape, np.float32)
            truth = judge(x, w, spec)
            error, bound = np.abs(backend.run(x, w, spec) - truth), direct_bound(x, w, spec, truth)
            assert (error <= bound).all(), f"{number} in {spec}: {(error / bound).max():.2f} times the bound"


@pytest.mark.parametrize(
    "name, spec",
    [("numba-tiles", ConvSpec((1, 32, 41, 41), (300, 32, 3, 3), "same", stride=2)),
     ("numba-tiles", ConvSpec((1, 1, 100_000), (1, 1, 3), "same")),
     ("numba-tiles", ConvSpec((8, 3, 64, 66), (4, 3, 3, 3))),
     ("numba-3d", ConvSpec((1, 2, 12, 19, 21), (300, 2, 3, 3, 3), "same")),
     ("numba-pointwise", ConvSpec((1, 9, 40, 40), (1000, 9, 1, 1)))],
    ids=str,
)  # fmt: skip
def test_gradients_of_equal_values_stay_within_the_bound(name, spec):
    backend, exact = get(name), replace(spec, dtype="float64")
    dy, w = np.ones(spec.y_shape, np.float32), np.full(spec.w_shape, 0.1, np.float32)
    x = np.full(spec.x_shape, 0.1, np.float32)
    for found, truth in (
        (backend.wgrad(x, dy, spec), get("numpy-im2col").wgrad(x.astype(float), dy.astype(float), exact)),
        (backend.dgrad(dy, w, spec), get("numpy-im2col").dgrad(dy.astype(float), w.astype(float), exact)),
    ):
        terms = np.maximum(1, np.round(truth / 0.1))  # all are positive: each value is what it adds up
        assert (np.abs(found - truth) <= 4 * np.sqrt(terms) * 2.0**-24 * truth + 1e-12).all()
