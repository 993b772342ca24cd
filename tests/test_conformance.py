"""Every backend against the definition: each is one more witness to the same numbers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import convlab as cl
from convlab.backends import CATALOGUE, admit, get
from convlab.errors import Unsupported
from convlab.spec import ConvSpec
from tests.specs import CORNERS, SPECS, complaint, drawn, integers, judged, reals

NAMES = list(CATALOGUE)
EXACT = [name for name in NAMES if get(name).is_exact]
TAKES_ALL = ("numpy-loops", "numpy-im2col", "numba-direct")
UNTOUCHED = 2.0**30  # no sum of these tests comes near
PLAIN = ConvSpec((2, 4, 6, 7), (6, 2, 3, 2), "same", stride=(1, 2), groups=2)
CUBE = ConvSpec((2, 2, 3, 4, 5), (2, 2, 2, 2, 3), "full", dilation=(1, 2, 1), dtype="float64")


def taken(name: str, spec: ConvSpec):
    """Return the backend, or end the test well where it refuses the spec in a sentence."""
    backend = get(name)
    if (reason := backend.supports(spec)) is not None:
        assert len(reason) > 20 and reason.endswith(".")
        return None
    return backend


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("name", EXACT)
def test_whole_numbers_come_out_exactly(name, spec):
    if backend := taken(name, spec):
        assert complaint(backend.run, spec, exact=True) is None


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in EXACT])
def test_a_transform_of_whole_numbers_stays_within_its_bound(name, spec):
    if backend := taken(name, spec):
        assert complaint(backend.run, spec, exact=False, bound=backend.bound) is None


@pytest.mark.parametrize("spec", CORNERS + drawn(30, seed=1), ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_real_numbers_stay_within_the_bound(name, spec):
    if backend := taken(name, spec):
        assert complaint(backend.run, spec, exact=False, bound=backend.bound, make=reals) is None


@pytest.mark.parametrize("name", NAMES)
def test_every_backend_takes_most_specs_and_the_exact_three_take_all(name):
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
            assert spec.dtype in caught.value.found
            assert caught.value.hint == "numpy-im2col does this one."


VIEWS = {
    "every other value": lambda a: np.repeat(np.repeat(a, 2, -1), 2, 0)[::2, ..., ::2],
    "reversed": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1],
    "reversed on every axis": lambda a: np.flip(np.ascontiguousarray(np.flip(a))),
    "Fortran order": np.asfortranarray,
    "channels last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1),
    "unaligned": lambda a: np.frombuffer(b"." + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
}


@pytest.mark.parametrize("spec", [PLAIN, CUBE], ids=str)
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", NAMES)
def test_operands_may_be_any_view_and_are_never_written(name, view, spec):
    x, w = (VIEWS[view](array) for array in integers(spec))
    x.flags.writeable = w.flags.writeable = False
    before = x.tobytes(), w.tobytes()
    y = get(name).run(x, w, spec)
    assert near(get(name), y, judged(spec, integers))
    assert (x.tobytes(), w.tobytes()) == before


@pytest.mark.parametrize("name", NAMES)
def test_operands_may_repeat_one_value_with_stride_zero(name):
    x, w = (np.broadcast_to(np.array(v, PLAIN.dtype), s) for v, s in ((2, PLAIN.x_shape), (3, PLAIN.w_shape)))
    y = get(name).run(x, w, PLAIN)
    assert near(get(name), y, get("numpy-loops").run(np.array(x), np.array(w), PLAIN))
    assert y.max() == pytest.approx(2 * 3 * PLAIN.terms, rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_operands_of_foreign_byte_order_are_read_rightly(name):
    x, w = integers(CUBE)
    y = cl.conv(x.astype(">f8"), w.astype(">f8"), mode="full", dilation=CUBE.dilation, backend=name)
    assert y.dtype.isnative and near(get(name), y, judged(CUBE, integers))


OUTS = {
    "contiguous": lambda shape: np.empty(shape),
    "every other value of a larger array": lambda shape: np.empty([2 * n for n in shape])[::2, ::2, ::2, ::2],
    "reversed": lambda shape: np.empty(shape)[:, ::-1, ..., ::-1],
    "channels last": lambda shape: np.empty([shape[i] for i in (0, 2, 3, 1)]).transpose(0, 3, 1, 2),
}


@pytest.mark.parametrize("out", OUTS)
@pytest.mark.parametrize("name", NAMES)
def test_out_may_be_any_view_and_is_what_comes_back(name, out):
    spec = replace(PLAIN, dtype="float64")
    out = OUTS[out](spec.y_shape)
    whole = out if out.base is None else out.base
    whole[...] = UNTOUCHED
    assert get(name).run(*integers(spec), spec, out) is out
    assert near(get(name), out, judged(spec, integers))
    assert (whole == UNTOUCHED).sum() == whole.size - out.size, "what is not y was written"


@pytest.mark.parametrize("name", NAMES)
def test_the_same_call_gives_the_same_bits(name):
    backend, (x, w) = get(name), reals(PLAIN)
    first = backend.run(x, w, PLAIN).tobytes()
    assert all(backend.run(x, w, PLAIN).tobytes() == first for _ in range(3))


@pytest.mark.parametrize("name", NAMES)
def test_threads_do_not_disturb_one_another(name):
    backend, (x, w) = get(name), reals(PLAIN)
    first = backend.run(x, w, PLAIN).tobytes()
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda _: backend.run(x, w, PLAIN).tobytes(), range(40))
        assert set(found) == {first}


@pytest.mark.parametrize("name", NAMES)
def test_convolution_is_correlation_with_the_turned_filter(name):
    x, w = integers(CUBE)
    y = cl.corr(x, np.flip(w, (2, 3, 4)), mode="full", dilation=CUBE.dilation, backend=name)
    assert near(get(name), y, judged(CUBE, integers))


@pytest.mark.parametrize("name", EXACT)
def test_a_sum_of_filters_gives_the_sum_of_outputs(name):
    (x, v), (_, w) = integers(PLAIN), integers(PLAIN, seed=1)
    run = get(name).run
    assert np.array_equal(run(x, 2 * v - 3 * w, PLAIN), 2 * run(x, v, PLAIN) - 3 * run(x, w, PLAIN))


@pytest.mark.parametrize("name", EXACT)
def test_a_shifted_image_gives_a_shifted_output(name):
    spec = ConvSpec((1, 2, 6, 7), (3, 2, 2, 3), "full", dilation=2)
    x, w = integers(spec)
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))[..., :-1, :-1]  # moved by one row and one column
    moved = get(name).run(x, w, ConvSpec(x.shape, w.shape, "full", dilation=2))
    assert np.array_equal(moved[..., 1:, 1:], judged(spec, integers))


@pytest.mark.parametrize("name", EXACT)
def test_a_single_one_in_the_centre_changes_nothing(name):
    spec = ConvSpec((2, 3, 5, 4), (3, 1, 3, 5), "same", groups=3)
    w = np.zeros(spec.w_shape, spec.dtype)
    w[:, :, 1, 2] = 1
    x, _ = integers(spec)
    assert np.array_equal(get(name).run(x, w, spec), x)


@pytest.mark.parametrize("name", EXACT)
def test_groups_are_convolutions_apart(name):
    x, w = integers(PLAIN)
    parts = [
        cl.conv(x[:, 2 * g : 2 * g + 2], w[3 * g : 3 * g + 3], mode="same", stride=(1, 2), backend=name)
        for g in range(2)
    ]
    assert np.array_equal(np.concatenate(parts, 1), judged(PLAIN, integers))


@pytest.mark.parametrize("name", EXACT)
def test_the_sum_of_full_is_the_product_of_the_sums(name):
    x, w = np.arange(12.0).reshape(3, 4), np.arange(1.0, 7).reshape(2, 3)
    assert cl.conv(x, w, mode="full", backend=name).sum() == x.sum() * w.sum()


@pytest.mark.parametrize("name", NAMES)
def test_nan_and_infinity_in_x_reach_the_outputs_that_read_them(name):
    spec = ConvSpec((2, 1, 6, 7), (1, 1, 2, 3), "full", stride=(1, 2), dtype="float64")
    x, w = np.ones(spec.x_shape), np.arange(1.0, 7).reshape(spec.w_shape)
    x[0, 0, 2, 3], x[0, 0, 5, 6] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        y, truth = get(name).run(x, w, spec), cl.conv(x, w, mode="full", stride=(1, 2), backend="reference")
    assert np.array_equal(y[1].round(9), truth[1]), "another image is not touched"
    assert np.isnan(y[np.isnan(truth)]).all()
    if get(name).spreads != "everywhere":
        assert np.array_equal(y, truth, equal_nan=True)
    elif name == "scipy-fft":
        assert np.isnan(y[0]).all(), "one transform mixes all values of an image"


@pytest.mark.parametrize("mode", ["valid", "full"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", NAMES)
def test_nan_and_infinity_in_w_go_as_far_as_the_backend_says(name, bad, mode):
    spec = ConvSpec((1, 2, 6, 7), (2, 2, 2, 3), mode, dtype="float64")
    x, w = np.ones(spec.x_shape), np.arange(1.0, 25).reshape(spec.w_shape)
    w[0, 1, 1, 1] = bad
    with np.errstate(invalid="ignore"):
        y, truth = get(name).run(x, w, spec), cl.conv(x, w, mode=mode, backend="reference")
    assert np.array_equal(y[:, 1].round(9), truth[:, 1]), "another filter is not touched"
    said = get(name).spreads
    if said == "as defined" or (said == "over added zeros" and mode == "valid"):
        assert np.array_equal(y, truth, equal_nan=True)
    elif said == "over added zeros":
        assert np.isnan(y[:, 0][np.isfinite(truth[:, 0])]).all(), "every zero of the border was met"
        assert np.array_equal(y[:, 0, 1:-1, 2:-2], truth[:, 0, 1:-1, 2:-2], equal_nan=True)
    else:
        assert np.isnan(y[:, 0]).all(), "the whole filter is in one transform"


def near(backend, y, truth) -> bool:
    """Equal, or to six digits of the largest value for the transforms; their bounds are tested above."""
    return (
        np.array_equal(y, truth) if backend.is_exact else np.abs(y - truth).max() < 1e-6 * np.abs(truth).max()
    )
