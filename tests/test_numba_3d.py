"""numba-3d and numba-pointwise: what they take and refuse, plans, float16, and images that are or are not one line."""

from dataclasses import replace

import numpy as np
import pytest

from convlab.backends import get
from convlab.backends.tiles import bank
from convlab.errors import Unsupported
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.specs import drawn, integers, reals

NAMES = ("numba-3d", "numba-pointwise")
SPECS = {
    "numba-3d": ConvSpec((2, 4, 5, 6, 21), (6, 2, 2, 3, 3), "same", stride=(1, 1, 2), groups=2),
    "numba-pointwise": ConvSpec((2, 6, 5, 21), (9, 2, 1, 1), padding=((0, 1), (2, 0)), groups=3),
}


def test_each_takes_what_it_is_for_and_says_why_not_the_rest():
    plane, film = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)), ConvSpec((1, 1, 5, 5, 5), (1, 1, 1, 1, 1))
    assert get("numba-3d").supports(plane) == "x has 2 spatial axes; numba-3d slides over 3."
    said = "A filter has 3 × 3 taps; numba-pointwise takes those of a single one."
    assert get("numba-pointwise").supports(plane) == said
    for name in NAMES:
        assert get(name).supports(film) is None
        assert get(name).supports(replace(film, stride=2, padding=3, dilation=4)) is None
        assert "This is longdouble" in get(name).supports(replace(film, dtype="longdouble"))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_single_taps_of_any_rank_stride_and_padding(rank):
    specs = [
        spec
        for spec in drawn(400, seed=rank)
        if spec.rank == rank and 0 not in (*spec.x_shape, *spec.w_shape)
    ]
    for spec in specs[:12]:
        lone = (*spec.w_shape[:2], *[1] * rank)
        spec = ConvSpec(spec.x_shape, lone, stride=spec.stride, groups=spec.groups, padding=spec.pads)
        x, w = integers(spec)
        np.testing.assert_array_equal(get("numba-pointwise").run(x, w, spec), judge(x, w, spec), str(spec))


def test_images_that_are_no_single_line_give_the_same_bits():
    spec = ConvSpec((3, 5, 6, 17), (40, 5, 1, 1))
    x, w = reals(spec)
    plan = get("numba-pointwise").plan(w, spec)
    expected = plan(x)
    rows_apart = np.repeat(x, 2, 2)[:, :, ::2]
    channels_last = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    for other in (rows_apart, channels_last, x[:, ::-1].copy()[:, ::-1], x[..., ::-1].copy()[..., ::-1]):
        np.testing.assert_array_equal(plan(other), expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_gives_the_bits_of_a_run_and_writes_where_it_is_told(name):
    spec, backend = SPECS[name], get(name)
    x, w = reals(spec)
    plan, y = backend.plan(w.copy(), spec), np.empty(spec.y_shape, spec.dtype)
    assert plan(x, y) is y and plan(x, out=y) is y
    np.testing.assert_array_equal(y, backend.run(x, w, spec))
    assert backend.filter_bytes(spec) == bank.prepare(w, spec).nbytes
    for other in (x[::-1], np.asfortranarray(x), x):
        np.testing.assert_array_equal(plan(other), backend.run(np.ascontiguousarray(other), w, spec))


@pytest.mark.parametrize("name", NAMES)
def test_float16_is_computed_as_float32_and_rounded_once(name):
    spec = replace(SPECS[name], dtype="float16")
    x, w = reals(spec)
    y = get(name).run(x, w, spec)
    wide = get(name).run(x.astype("float32"), w.astype("float32"), replace(spec, dtype="float32"))
    np.testing.assert_array_equal(y, wide.astype("float16"))
    assert y.dtype == np.float16


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_add_up_is_zero_and_nothing_to_make_is_empty(name):
    rank = SPECS[name].rank
    for x, w in (((2, 0), (3, 0)), ((0, 2), (3, 2)), ((2, 2), (0, 2))):
        spec = ConvSpec((*x, *[4] * rank), (*w, *[1] * rank))
        y = get(name).run(*reals(spec), spec, np.full(spec.y_shape, 7, "float32"))
        assert y.shape == spec.y_shape and not y.any()
        assert get(name).workspace_bytes(spec) == get(name).filter_bytes(spec) == 0
        assert get(name).workspace_formula(spec) == "0 B = 0 bytes"


@pytest.mark.parametrize("name", NAMES)
def test_long_sums_stay_within_the_bound(name):
    channels = 400
    spec = replace(SPECS[name], x_shape=(1, channels, *SPECS[name].space), padding=None, mode="valid", groups=1,
                   w_shape=(2, channels, *SPECS[name].taps))  # fmt: skip
    x, w = reals(spec)
    truth = judge(x, w, spec)
    assert measure(get(name).run(x, w, spec), truth, BOUNDS["direct"](x, w, spec, truth)).share <= 1


def test_a_backend_is_named_in_the_refusal():
    from convlab.backends import admit

    with pytest.raises(Unsupported, match="Asked for numba-pointwise on x"):
        admit("numba-pointwise", ConvSpec((1, 1, 5), (1, 1, 3)))
