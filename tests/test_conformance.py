"""Every backend against the definition: each is one more witness to the same numbers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import prod

import numpy as np
import pytest

import convlab as cl
from convlab.backends import admit, get, usual
from convlab.errors import Unsupported
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.specs import CORNERS, SPECS, complaint, drawn, integers, judged, reals
from tests.takers import CUBE, GENERAL, HERE, LIMITED, PLAIN, options, sample, taken, takers

NAMES = HERE
EXACT = [name for name in NAMES if get(name).is_exact]
TAKES_ALL = ("numpy-loops", "numpy-im2col", "numba-direct")
UNTOUCHED = 2.0**30  # no sum of these tests comes near


def wrong(name, specs, **how):
    """Return the first complaint about a backend on the specs that it takes; None when there is none."""
    backend = get(name)
    said = (complaint(backend.run, spec, bound=backend.bound, **how) for _, spec in taken(specs, [name]))
    return next(filter(None, said), None)


@pytest.mark.parametrize("name", NAMES)
def test_whole_numbers_come_out_exactly_or_within_the_bound_of_a_transform(name):
    assert wrong(name, SPECS, exact=get(name).is_exact) is None


@pytest.mark.parametrize("name", NAMES)
def test_real_numbers_stay_within_the_bound(name):
    specs = [*CORNERS, *drawn(30, seed=1), *LIMITED.values()]
    assert wrong(name, specs, exact=False, make=reals) is None


@pytest.mark.parametrize("name", GENERAL)
def test_a_backend_without_limits_takes_most_specs_and_the_exact_three_take_all(name):
    refused = [spec for spec in SPECS if get(name).supports(spec)]
    assert len(refused) < 5
    if name in TAKES_ALL:
        assert all(spec.dtype == "longdouble" and name == "numba-direct" for spec in refused)


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_says_what_was_asked_found_and_can_be_tried(name):
    for spec in SPECS:
        if get(name).supports(spec):
            with pytest.raises(Unsupported) as caught:
                admit(name, spec)
            assert caught.value.asked.startswith(f"Asked for {name} on x(")
            assert spec.dtype in caught.value.found or name in LIMITED
            assert len(caught.value.found) > 20 and caught.value.found.endswith(".")
            assert caught.value.hint == f"{usual(spec)} does this one."


VIEWS = {
    "every other value": lambda a: np.repeat(np.repeat(a, 2, -1), 2, 0)[::2, ..., ::2],
    "reversed": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1],
    "reversed on every axis": lambda a: np.flip(np.ascontiguousarray(np.flip(a))),
    "Fortran order": np.asfortranarray,
    "channels last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1),
    "unaligned": lambda a: np.frombuffer(b"." + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name, spec", taken(list(dict.fromkeys((PLAIN, CUBE, *LIMITED.values())))), ids=str)
def test_operands_may_be_any_view_and_are_never_written(name, view, spec):
    x, w = (VIEWS[view](array) for array in integers(spec))
    x.flags.writeable = w.flags.writeable = False
    before = x.tobytes(), w.tobytes()
    y = get(name).run(x, w, spec)
    assert near(get(name), y, judged(spec, integers))
    assert (x.tobytes(), w.tobytes()) == before


@pytest.mark.parametrize("name", NAMES)
def test_operands_may_repeat_one_value_with_stride_zero(name):
    spec = sample(name)
    x, w = (np.broadcast_to(np.array(v, spec.dtype), s) for v, s in ((2, spec.x_shape), (3, spec.w_shape)))
    y = get(name).run(x, w, spec)
    assert near(get(name), y, get("numpy-loops").run(np.array(x), np.array(w), spec))
    assert y.max() == pytest.approx(2 * 3 * spec.terms, rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_operands_of_foreign_byte_order_are_read_rightly(name):
    spec = replace(sample(name), dtype="float64")
    x, w = integers(spec)
    y = cl.conv(x.astype(">f8"), w.astype(">f8"), backend=name, **options(spec))
    assert y.dtype.isnative and near(get(name), y, judged(spec, integers))


OUTS = {
    "contiguous": lambda shape: np.empty(shape),
    "every other value of a larger array": lambda shape: np.empty([2 * n for n in shape])[
        (slice(None, None, 2),) * len(shape)
    ],
    "reversed": lambda shape: np.empty(shape)[:, ::-1, ..., ::-1],
    "channels last": lambda shape: np.moveaxis(np.empty([shape[0], *shape[2:], shape[1]]), -1, 1),
    "unaligned": lambda shape: np.ndarray(shape, buffer=bytearray(8 * prod(shape) + 1), offset=1),
}


@pytest.mark.parametrize("out", OUTS)
@pytest.mark.parametrize("name", NAMES)
def test_out_may_be_any_view_and_is_what_comes_back(name, out):
    spec = replace(sample(name), dtype="float64")
    out = OUTS[out](spec.y_shape)
    whole = out.base if isinstance(out.base, np.ndarray) else out
    whole[...] = UNTOUCHED
    assert get(name).run(*integers(spec), spec, out) is out
    assert near(get(name), out, judged(spec, integers))
    assert (whole == UNTOUCHED).sum() == whole.size - out.size, "what is not y was written"


@pytest.mark.parametrize("name", NAMES)
def test_the_same_call_gives_the_same_bits(name):
    backend, spec = get(name), sample(name)
    x, w = reals(spec)
    first = backend.run(x, w, spec).tobytes()
    assert all(backend.run(x, w, spec).tobytes() == first for _ in range(3))


@pytest.mark.parametrize("name", NAMES)
def test_threads_do_not_disturb_one_another(name):
    backend, spec = get(name), sample(name)
    x, w = reals(spec)
    first = backend.run(x, w, spec).tobytes()
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda _: backend.run(x, w, spec).tobytes(), range(40))
        assert set(found) == {first}


@pytest.mark.parametrize("name", NAMES)
def test_convolution_is_correlation_with_the_turned_filter(name):
    spec = sample(name)
    x, w = integers(spec)
    how = {key: value for key, value in options(spec).items() if key != "flip"}
    y = cl.corr(x, np.flip(w, range(2, w.ndim)), backend=name, **how)
    assert near(get(name), y, judged(spec, integers))


@pytest.mark.parametrize("name", EXACT)
def test_a_sum_of_filters_gives_the_sum_of_outputs(name):
    spec, run = sample(name), get(name).run
    (x, v), (_, w) = integers(spec), integers(spec, seed=1)
    assert np.array_equal(run(x, 2 * v - 3 * w, spec), 2 * run(x, v, spec) - 3 * run(x, w, spec))


SHIFTED = ConvSpec((1, 2, 6, 7), (3, 2, 2, 3), "full", dilation=2)


@pytest.mark.parametrize("name", takers(SHIFTED, EXACT))
def test_a_shifted_image_gives_a_shifted_output(name):
    x, w = integers(SHIFTED)
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))[..., :-1, :-1]  # moved by one row and one column
    moved = get(name).run(x, w, ConvSpec(x.shape, w.shape, "full", dilation=2))
    assert np.array_equal(moved[..., 1:, 1:], judged(SHIFTED, integers))


CENTRED = ConvSpec((2, 3, 5, 4), (3, 1, 3, 5), "same", groups=3)


@pytest.mark.parametrize("name", takers(CENTRED, EXACT))
def test_a_single_one_in_the_centre_changes_nothing(name):
    w = np.zeros(CENTRED.w_shape, CENTRED.dtype)
    w[:, :, 1, 2] = 1
    x, _ = integers(CENTRED)
    assert np.array_equal(get(name).run(x, w, CENTRED), x)


@pytest.mark.parametrize("name", takers(PLAIN, EXACT))
def test_groups_are_convolutions_apart(name):
    x, w = integers(PLAIN)
    parts = [
        cl.conv(x[:, 2 * g : 2 * g + 2], w[3 * g : 3 * g + 3], mode="same", stride=(1, 2), backend=name)
        for g in range(2)
    ]
    assert np.array_equal(np.concatenate(parts, 1), judged(PLAIN, integers))


@pytest.mark.parametrize("name", takers(ConvSpec((1, 1, 3, 4), (1, 1, 2, 3), "full"), EXACT))
def test_the_sum_of_full_is_the_product_of_the_sums(name):
    x, w = np.arange(12.0).reshape(3, 4), np.arange(1.0, 7).reshape(2, 3)
    assert cl.conv(x, w, mode="full", backend=name).sum() == x.sum() * w.sum()


SPREADING = [
    ConvSpec((2, 1, 6, 7), (1, 1, 2, 3), "full", stride=(1, 2), dtype="float64"),
    ConvSpec((2, 1, 6, 8), (1, 1, 2, 3), "full", dtype="float64"),
    ConvSpec((2, 1, 3, 6, 8), (1, 1, 2, 2, 3), dtype="float64"),
    ConvSpec((2, 1, 7, 8), (16, 1, 3, 3), "full", dtype="float64"),
    ConvSpec((2, 1, 7, 8), (3, 1, 1, 1), padding=1, dtype="float64"),
]


@pytest.mark.parametrize("name, spec", taken(SPREADING), ids=str)
def test_nan_and_infinity_in_x_reach_the_outputs_that_read_them(name, spec):
    x, w = np.ones(spec.x_shape), np.arange(1.0, 1 + prod(spec.w_shape)).reshape(spec.w_shape)
    x[0, 0, ..., 2, 3], x[0, 0, ..., -1, -1] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        y, truth = get(name).run(x, w, spec), judge(x, w, spec)
    assert np.array_equal(y[1].round(9), truth[1]), "another image is not touched"
    assert np.isnan(y[np.isnan(truth)]).all()
    if get(name).spreads != "everywhere":
        assert np.array_equal(y, truth, equal_nan=True)
    elif name.endswith("-fft") and prod(spec.taps) > 1:  # an axis of one tap is not transformed
        assert np.isnan(y[0]).all(), "one transform mixes all values of an image"


WEIGHED = [
    *(ConvSpec((1, 2, 6, 8), (2, 2, 2, 3), mode, dtype="float64") for mode in ("valid", "full")),
    *(ConvSpec((1, 2, 2, 6, 8), (2, 2, 1, 2, 3), mode, dtype="float64") for mode in ("valid", "full")),
    ConvSpec((1, 2, 6, 8), (16, 2, 2, 2), "full", dtype="float64"),
    ConvSpec((1, 2, 6, 8), (3, 2, 3, 3), "full", dtype="float64"),
    ConvSpec((1, 2, 6, 8), (3, 2, 1, 1), dtype="float64"),
]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name, spec", taken(WEIGHED), ids=str)
def test_nan_and_infinity_in_w_go_as_far_as_the_backend_says(name, spec, bad):
    mode = spec.mode
    x, w = np.ones(spec.x_shape), np.arange(1.0, 1 + prod(spec.w_shape)).reshape(spec.w_shape)
    row, column = (min(1, k - 1) for k in spec.taps[-2:])
    w[0, 1, ..., row, column] = bad
    with np.errstate(invalid="ignore"):
        y, truth = get(name).run(x, w, spec), judge(x, w, spec)
    assert np.array_equal(y[:, 1].round(9), truth[:, 1]), "another filter is not touched"
    said = get(name).spreads
    if said == "as defined" or (said == "over added zeros" and mode == "valid"):
        assert np.array_equal(y, truth, equal_nan=True)
    elif said == "over added zeros":
        assert np.isnan(y[:, 0][np.isfinite(truth[:, 0])]).all(), "every zero of the border was met"
        assert np.array_equal(y[:, 0, ..., 1:-1, 2:-2], truth[:, 0, ..., 1:-1, 2:-2], equal_nan=True)
    elif name.startswith("numba-winograd") or prod(spec.taps) == 1:
        assert not np.isfinite(y[:, 0]).any(), "an infinity may be left of it, but no number"
    else:
        assert np.isnan(y[:, 0]).all(), "the whole filter is in one transform"


def near(backend, y, truth) -> bool:
    """Equal, or to six digits of the largest value for the transforms; their bounds are tested above."""
    return (
        np.array_equal(y, truth) if backend.is_exact else np.abs(y - truth).max() < 1e-6 * np.abs(truth).max()
    )
