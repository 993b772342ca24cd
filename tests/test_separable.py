"""numba-separable: which filters are taken apart, that none is that should not be, and that passes give the same."""

import os
import subprocess
import sys
from functools import reduce
from math import prod
from pathlib import Path

import numpy as np
import pytest

from convlab.backends import get
from convlab.backends.numba_separable import factors, passes
from convlab.backends.numba_separable.factors import factored, saving, worth_trying
from convlab.backends.numba_separable.passes import Passes
from convlab.errors import SpecError
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import MODES, ConvSpec
from tests.roomy import takes

BACKEND = get("numba-separable")
ROOT = Path(__file__).parents[1]


def gaussian(taps, width):
    line = np.exp(-(((np.arange(taps) - (taps - 1) / 2) / width) ** 2) / 2)
    return line / line.sum()


def bank(*lines, dtype="float32"):
    """Return one filter that is the product of lines."""
    return reduce(np.multiply.outer, [np.asarray(line, float) for line in lines]).astype(dtype)[None, None]


def large(w, **more):
    """Return a spec so large that passes would pay, for one filter or a bank."""
    space = (400, 400) if w.ndim == 4 else (40, 40, 40)
    return ConvSpec((1, w.shape[1], *space), w.shape, dtype=str(w.dtype), **more)


def worst(y, x, w, spec):
    """Return the largest error, in bounds of a direct convolution."""
    truth = judge(x, w, spec)
    return measure(y, truth, BOUNDS["direct"](x, w, spec, truth)).share


RNG = np.random.default_rng(5)
SMOOTH = RNG.random((2, 15, 2)) + 0.5
WHOLE = RNG.integers(5, 9, (2, 31, 3))
BUMP = np.ones((9, 9))
BUMP[4, 4] += 1e-5
APART = {
    "a Gaussian": (bank(gaussian(31, 5), gaussian(31, 3)), 1),
    "a Gaussian whose corner is nearly nothing": (bank(gaussian(31, 2), gaussian(31, 2)), 1),
    "a Gaussian in float64": (bank(gaussian(15, 3), gaussian(15, 3), dtype="float64"), 1),
    "a box": (bank(np.full(7, 1 / 7), np.full(7, 1 / 7)), 1),
    "Sobel's, with zeros": (bank([1, 6, 15, 20, 15, 6, 1], [-1, -4, -5, 0, 5, 4, 1]), 1),
    "of two products": ((SMOOTH[0] @ SMOOTH[1].T).astype("float32")[None, None], 2),
    "of three products of whole numbers": ((WHOLE[0] @ WHOLE[1].T).astype("float64")[None, None], 3),
    "three axes": (bank(gaussian(9, 2), gaussian(7, 1), gaussian(9, 1)), 1),
    "nothing but zeros": (np.zeros((1, 1, 9, 9), "float32"), 1),
    "filters that are all different": (
        (RNG.random((4, 3, 9, 1)) * RNG.random((4, 3, 1, 9))).astype("float32"),
        1,
    ),
}
WHOLE_FILTER = {
    "noise": RNG.normal(size=(1, 1, 9, 9)),
    "a difference of Gaussians": bank(gaussian(31, 5), gaussian(31, 5)) - bank(gaussian(31, 3), gaussian(31, 3)),
    "one tap that is off in the last digits": BUMP[None, None],
    "one of a bank": np.stack([bank(np.ones(9), np.ones(9))[0], RNG.normal(size=(1, 9, 9))]),
    "a NaN": np.full((1, 1, 9, 9), np.nan),
    "an infinity": np.full((1, 1, 9, 9), np.inf),
    "few taps": bank([1, 2, 1], [1, 2, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", APART)
def test_a_sum_of_few_products_is_found_and_stays_within_the_bound(name):
    w, count = APART[name]
    spec = large(w)
    found = factored(w, spec)
    assert [factor.shape for factor in found] == [(*w.shape[:2], count, k) for k in spec.taps]
    made = reduce(lambda a, b: a[..., None] * b.reshape(*b.shape[:3], *[1] * (a.ndim - 3), -1), found)
    assert np.allclose(made.astype(float).sum(axis=2), w, rtol=2e-6, atol=0)


@pytest.mark.parametrize("name", WHOLE_FILTER)
def test_a_filter_that_is_no_such_sum_is_convolved_directly(name):
    w = np.asarray(WHOLE_FILTER[name], "float32")
    spec = large(w)
    assert factored(w, spec) is None and BACKEND.gain(w, spec) == 1.0
    assert not isinstance(BACKEND.plan(w, spec), Passes)


def test_the_gain_is_what_is_saved():
    w = bank(gaussian(31, 5), gaussian(31, 5))
    spec = large(w)
    assert BACKEND.gain(w, spec) == saving(spec, 1) > 7
    assert list(worth_trying(ConvSpec((1, 1, 30, 30), (1, 1, 7, 7)))) == [], (
        "too little work to begin passes for"
    )


@pytest.mark.parametrize("flip", [True, False])
def test_an_image_that_only_small_taps_see_comes_out_right(flip):
    w = bank(gaussian(31, 2), gaussian(31, 2), dtype="float64")
    spec = large(w, flip=flip)
    plan, x, corner = BACKEND.plan(w, spec), np.zeros(spec.x_shape), w[0, 0, 0, 0]
    assert isinstance(plan, Passes)
    x[..., 0, 0] = 1.0
    assert plan(x)[0, 0, 0, 0] == pytest.approx(float(corner), rel=1e-14)
    u, s, v = np.linalg.svd(w[0, 0])
    assert abs(u[0, 0] * s[0] * v[0, 0] / corner - 1) > 1e-6, "what singular values alone make of it"


def drawn(seed, count):
    """Yield specs of two and three axes with filters that are products of lines of whole numbers."""
    rng = np.random.default_rng(seed)

    def per_axis(low, high):
        return tuple(int(n) for n in rng.integers(low, high + 1, rank))

    while count:
        rank, groups, reads, each = (
            int(rng.integers(low, high)) for low, high in ((2, 4), (1, 4), (1, 3), (1, 3))
        )
        zeros = {"mode": str(rng.choice(MODES))} if rng.random() < 0.6 else {"padding": per_axis(0, 6)}
        try:
            spec = ConvSpec(
                (int(rng.integers(1, 4)), groups * reads, *per_axis(2, 11)), (groups * each, reads, *per_axis(2, 5)),
                stride=per_axis(1, 3), dilation=per_axis(1, 2), groups=groups, flip=bool(rng.integers(2)),
                dtype=str(rng.choice(["float32", "float64"])), **zeros,
            )  # fmt: skip
        except SpecError:
            continue
        lines = [rng.integers(-3, 4, (*spec.w_shape[:2], k)) for k in spec.taps]
        w = reduce(lambda a, b: a[..., None] * b.reshape(*b.shape[:2], *[1] * (a.ndim - 2), -1), lines)
        yield spec, w.astype(spec.dtype)
        count -= 1


@pytest.fixture
def eager(monkeypatch):
    """Take every filter apart that can be, and cut it into slabs of a few rows."""
    monkeypatch.setattr(factors, "LAUNCH_MACS", -(10**12))
    monkeypatch.setattr(passes, "SLAB_BYTES", 3000)


@pytest.mark.parametrize("seed", range(4))
def test_passes_are_exact_on_whole_numbers_and_touch_nothing_beside_y(eager, seed):
    rng, apart = np.random.default_rng(seed), 0
    for spec, w in drawn(seed, 25):
        plan = BACKEND.plan(w, spec)
        apart += isinstance(plan, Passes)
        frame = np.full([n + 4 for n in spec.x_shape], np.nan, spec.dtype)
        x = frame[tuple(slice(2, -2) for _ in spec.x_shape)]
        x[...] = rng.integers(-9, 10, spec.x_shape)
        x = x[tuple(slice(None, None, int(step)) for step in rng.choice([1, -1], x.ndim))]
        around = np.full([n + 2 for n in spec.y_shape], 7.0, spec.dtype)
        y = around[tuple(slice(1, -1) for _ in spec.y_shape)]
        assert plan(x, y) is y
        assert np.array_equal(y, judge(x, w, spec)), str(spec)
        y[...] = 7
        assert (around == 7).all(), str(spec)
    assert apart > 15


def test_slabs_of_any_size_give_the_same_bits(monkeypatch):
    monkeypatch.setattr(factors, "LAUNCH_MACS", 0)
    flat = np.broadcast_to(bank(gaussian(9, 2), gaussian(11, 2)), (3, 1, 9, 11)).copy()
    solid = bank(gaussian(5, 1), gaussian(5, 2), gaussian(7, 2))
    flat_spec = ConvSpec((3, 3, 30, 41), flat.shape, "full", stride=(2, 1), groups=3)
    for spec, w in (
        (flat_spec, flat),
        (ConvSpec((2, 1, 9, 14, 15), solid.shape, "same", dilation=(2, 1, 1)), solid),
    ):
        x = np.random.default_rng(0).normal(size=spec.x_shape).astype("float32")
        bits = set()
        for size in (1, 5000, 40_000, 1 << 30):
            monkeypatch.setattr(passes, "SLAB_BYTES", size)
            plan = BACKEND.plan(w, spec)
            assert isinstance(plan, Passes)
            bits.add(plan(x).tobytes())
        assert len(bits) == 1 and worst(plan(x), x, w, spec) < 1


@pytest.mark.parametrize("name", [name for name in APART if "nothing" not in name])
def test_what_is_taken_apart_stays_within_the_bound_of_a_direct_convolution(name):
    w, _ = APART[name]
    space = (60, 70) if w.ndim == 4 else (12, 20, 21)
    spec = ConvSpec((2, w.shape[1], *space), w.shape, "same", dtype=str(w.dtype))
    found = factored(w[..., ::-1, ::-1] if w.ndim == 4 else w[..., ::-1, ::-1, ::-1], large(w))
    x = (np.random.default_rng(1).normal(size=spec.x_shape) * 10.0 ** RNG.integers(-3, 4)).astype(w.dtype)
    y = Passes(found, spec, get("numba-tiles"))(x)
    assert worst(y, x, w, spec) < 1


def test_infinities_and_nan_reach_the_outputs_that_read_them():
    w = bank(gaussian(9, 2), [1, 2, 3, 4, 5, 0, -3, -2, -1])
    spec = ConvSpec((1, 1, 200, 200), w.shape, "same")
    plan, x = BACKEND.plan(w, spec), np.ones(spec.x_shape, "float32")
    assert isinstance(plan, Passes)
    x[0, 0, 50, 60], x[0, 0, 120, 130] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        y, truth = plan(x), judge(x, w, spec)
    assert np.array_equal(np.isnan(y), np.isnan(truth)) and np.array_equal(np.isinf(y), np.isinf(truth))
    assert np.array_equal(y[np.isinf(y)], truth[np.isinf(y)])


def test_the_bits_do_not_depend_on_the_threads():
    script = """
import os, hashlib
import numpy as np
from convlab.backends import get
from convlab.spec import ConvSpec
spec = ConvSpec((3, 2, 120, 130), (2, 1, 11, 9), "full", groups=2)
rng = np.random.default_rng(0)
x = rng.normal(size=spec.x_shape).astype("float32")
w = (rng.random((2, 1, 11, 1)) * rng.random((2, 1, 1, 9))).astype("float32")
for filters in (w, np.full_like(w, 0.1)):
    plan = get("numba-separable").plan(filters, spec)
    print(type(plan).__name__, hashlib.sha256(plan(x).tobytes()).hexdigest())
"""
    said = set()
    for count in (1, 3):
        counted = f"from convlab.backends import threads\nthreads.count = lambda: {count}\n{script}"
        done = subprocess.run(
            [sys.executable, "-c", counted], cwd=ROOT, capture_output=True, text=True, env=os.environ
        )
        assert done.returncode == 0, done.stderr
        said.add(done.stdout)
    assert len(said) == 1 and [line.split()[0] for line in said.pop().splitlines()] == ["Passes", "Box"]


@pytest.mark.parametrize(
    "spec",
    [ConvSpec((2, 1, 700, 701), (1, 1, 15, 15)), ConvSpec((1, 1, 40, 90, 90), (1, 1, 5, 5, 5))],
    ids=str,
)
def test_passes_take_the_memory_that_is_said(spec):
    w = bank(*(gaussian(k, 2) for k in spec.taps))
    plan, x = BACKEND.plan(w, spec), np.ones(spec.x_shape, "float32")
    assert isinstance(plan, Passes)
    assert takes(BACKEND.workspace_bytes(spec), lambda: plan(x))
    assert BACKEND.workspace_formula(spec).startswith("B B = ")
    assert prod(spec.taps) * 4 <= BACKEND.filter_bytes(spec)


def test_gradients_of_a_separable_filter_are_passes_too(monkeypatch):
    w = bank(gaussian(9, 2), gaussian(9, 1))
    spec = ConvSpec((1, 1, 150, 150), w.shape)
    made = []
    call = Passes.__call__
    monkeypatch.setattr(Passes, "__call__", lambda self, x, out=None: made.append(1) or call(self, x, out))
    dy = np.random.default_rng(0).normal(size=spec.y_shape).astype("float32")
    assert np.allclose(BACKEND.dgrad(dy, w, spec), get("numpy-im2col").dgrad(dy, w, spec), atol=1e-5)
    assert len(made) == 1


def test_one_axis_and_other_dtypes_are_refused_in_words():
    assert "numba-tiles does this one" in BACKEND.supports(ConvSpec((1, 1, 9), (1, 1, 3)))
    assert "float16" in BACKEND.supports(ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), dtype="float16"))
    assert BACKEND.supports(ConvSpec((0, 1, 9, 9), (1, 1, 3, 3))) is None
