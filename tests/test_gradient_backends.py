"""Every backend's gradients against the judge's, and the proof that the comparison has teeth."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

import convlab as cl
from convlab import memory, reference
from convlab.backends import choose_gradients, get, numpy_im2col
from convlab.backends.backend import Backend
from convlab.backends.numba_direct import loops
from convlab.backends.room import require_room_for_gradients
from convlab.errors import Refused
from convlab.gradients import dgrad_spec, wgrad_spec
from convlab.spec import ConvSpec
from tests.backward import complaint, judged, operands
from tests.roomy import ROOMY, takes
from tests.specs import CORNERS, SPECS, integers, reals
from tests.takers import HERE, sample

TAKES_ALL = ("numpy-loops", "numpy-im2col", "numba-direct")


def with_gradients(name, specs):
    """Return the specs whose gradients a backend has; the others are refused in a sentence."""
    found = []
    for spec in specs:
        if (reason := get(name).supports_gradients(spec)) is None:
            found.append(spec)
        else:
            assert len(reason) > 20 and reason.endswith(".")
    return found


def wrong(name, specs, **how):
    """Return the first complaint about a backend's gradients; None when there is none."""
    backend = get(name)
    said = (complaint(backend.dgrad, backend.wgrad, spec, bound=backend.bound, **how) for spec in specs)
    return next(filter(None, said), None)


@pytest.mark.parametrize("name", HERE)
def test_gradients_of_whole_numbers_are_exact_or_within_the_bound_of_a_transform(name):
    specs = with_gradients(name, SPECS)
    assert name not in TAKES_ALL or len(specs) > len(SPECS) - 5
    assert wrong(name, specs, exact=get(name).is_exact) is None


@pytest.mark.parametrize("name", HERE)
def test_gradients_of_real_numbers_stay_within_the_bound(name):
    assert wrong(name, with_gradients(name, CORNERS), exact=False, make=reals) is None


@pytest.mark.parametrize("name", HERE)
def test_operands_may_be_any_view_and_are_never_written(name):
    spec, backend = sample(name), get(name)
    if not with_gradients(name, [spec]):
        return
    x, w, dy = operands(spec)
    views = [
        tuple(np.asfortranarray(a) for a in (x, w, dy)),
        tuple(np.flip(np.ascontiguousarray(np.flip(a))) for a in (x, w, dy)),
        tuple(np.repeat(a, 2, -1)[..., ::2] for a in (x, w, dy)),
    ]
    for a, b, c in views:
        before = a.tobytes(), b.tobytes(), c.tobytes()
        for found, truth in zip((backend.dgrad(c, b, spec), backend.wgrad(a, c, spec)), judged(spec)):
            assert np.allclose(found, truth, 0, 0 if backend.is_exact else 1e-3)
        assert (a.tobytes(), b.tobytes(), c.tobytes()) == before


@pytest.mark.parametrize("name", HERE)
def test_the_same_call_gives_the_same_bits(name):
    spec, backend = sample(name), get(name)
    if with_gradients(name, [spec]):
        x, w, dy = operands(spec, reals)
        bits = {
            (backend.dgrad(dy, w, spec).tobytes(), backend.wgrad(x, dy, spec).tobytes()) for _ in range(3)
        }
        assert len(bits) == 1


@pytest.mark.parametrize("name", HERE)
def test_nan_in_dy_reaches_the_inputs_that_its_window_read_and_no_other_image(name):
    spec, backend = sample(name), get(name)
    if not with_gradients(name, [spec]):
        return
    _, w, dy = operands(spec)
    w, dy = np.where(w == 0, 1, w).astype(spec.dtype), dy.copy()
    dy[(1, 0, *[1] * spec.rank)] = np.nan
    with np.errstate(invalid="ignore"):
        dx, truth = backend.dgrad(dy, w, spec), reference.dgrad(dy, w, spec)
    assert np.isnan(truth).any() and np.isnan(dx[np.isnan(truth)]).all()
    assert np.isfinite(dx[0]).all()
    if backend.spreads == "as defined":
        assert np.array_equal(np.isnan(dx), np.isnan(truth))


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_compiled_loops_spread_what_is_no_number_as_defined(bad, stride):
    spec = ConvSpec((2, 2, 6, 7), (2, 2, 2, 3), "full", stride=stride, dtype="float64")
    x, w, dy = (array.copy() for array in operands(spec))
    for array, at in ((w, (0, 1, 1, 1)), (x, (1, 0, 2, 3)), (dy, (0, 1, 1, 1))):
        kept = array[at]
        array[at] = bad
        with np.errstate(invalid="ignore"):
            found = get("numba-direct").dgrad(dy, w, spec), get("numba-direct").wgrad(x, dy, spec)
            truth = reference.dgrad(dy, w, spec), reference.wgrad(x, dy, spec)
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(found, truth))
        array[at] = kept


@pytest.mark.parametrize("spec", ROOMY, ids=str)
@pytest.mark.parametrize("name", ["numpy-im2col", "numba-direct"])
def test_the_workspace_is_what_the_gradients_take_at_most(name, spec):
    backend, (x, w, dy) = get(name), operands(spec, reals)
    calls = (lambda: backend.dgrad(dy, w, spec), lambda: backend.wgrad(x, dy, spec))
    assert takes(backend.gradient_workspace_bytes(spec), *calls)


@pytest.mark.parametrize("spec", ROOMY, ids=str)
def test_the_definition_is_refused_by_what_it_takes_at_most(spec, monkeypatch):
    x, w, dy = operands(spec, reals)
    said = []
    catalogue = sys.modules[require_room_for_gradients.__module__]
    monkeypatch.setattr(catalogue, "require", lambda asked, needs: said.append(needs))
    require_room_for_gradients(spec, None)
    calls = (lambda: reference.dgrad(dy, w, spec), lambda: reference.wgrad(x, dy, spec))
    assert takes(said[0] - 8 * (x.size + w.size), *calls)


@pytest.mark.parametrize("limit", [1, 300, 3000])
def test_im2col_adds_its_blocks_up_however_small_they_are(limit, monkeypatch):
    monkeypatch.setattr(numpy_im2col, "COLUMN_BYTES", limit)
    for spec in CORNERS:
        assert complaint(get("numpy-im2col").dgrad, get("numpy-im2col").wgrad, spec, exact=True) is None


@pytest.mark.parametrize("width", [loops.LANES - 1, loops.LANES, 2 * loops.LANES + 3])
def test_the_compiled_loops_fold_lines_of_any_length(width):
    spec = ConvSpec((2, 2, width), (2, 2, 5), "same", stride=1, dtype="float64")
    assert complaint(get("numba-direct").dgrad, get("numba-direct").wgrad, spec, exact=True) is None


def test_ndimages_table_is_counted_for_it_grows_with_the_fourth_power_of_a_filter_as_large_as_dy(monkeypatch):
    monkeypatch.setattr(memory, "total_bytes", lambda: 2**30)
    x, w, dy = np.ones((250, 250)), np.ones((9, 9)), np.ones((242, 242))
    with pytest.raises(Refused, match=r"about 25\.\d GiB of memory, and this machine has 1\.0 GiB"):
        cl.gradients(x, w, dy, backend="scipy-ndimage")
    assert cl.gradients(x, w, dy)[1].shape == (9, 9)


def test_the_automatic_choice_has_the_gradients_of_every_spec_exactly():
    for spec in SPECS:
        backend = get(choose_gradients(spec))
        assert backend.is_exact and backend.supports_gradients(spec) is None


def test_im2col_takes_dx_as_a_convolution_only_where_few_zeros_are_met(monkeypatch):
    asked = []
    monkeypatch.setattr(Backend, "dgrad", lambda self, dy, w, spec: asked.append(spec))
    near, far = ConvSpec((1, 1, 9, 9), (1, 1, 3, 3)), ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), stride=2)
    for spec in (near, far, ConvSpec((1, 1, 9, 9), (1, 1, 7, 7))):
        get("numpy-im2col").dgrad(operands(spec)[2], operands(spec)[1], spec)
    assert asked == [near]


class Narrow(type(get("numpy-loops"))):
    """A backend that takes no flipped spec and no dilated one, and so has not every gradient."""

    def supports(self, spec):
        if spec.flip:
            return "This flips; we never do."
        return "This is dilated; we have no such taps." if set(spec.dilation) != {1} else None


def test_a_refusal_names_the_gradient_and_the_convolution_that_it_is():
    plain = ConvSpec((1, 1, 5), (1, 1, 3), flip=False)
    said = Narrow().supports_gradients(plain)
    assert said == f"The gradient of x is the convolution {dgrad_spec(plain)}. This flips; we never do."
    assert Narrow().supports_gradients(replace(plain, flip=True)) == "This flips; we never do."
    strided = ConvSpec((1, 1, 5), (1, 1, 3), stride=2, flip=False)
    narrow = Narrow()
    narrow.supports = lambda spec: Narrow.supports(narrow, replace(spec, flip=False))
    assert narrow.supports_gradients(plain) is None
    said = narrow.supports_gradients(strided)
    assert (
        said
        == f"The gradient of w is the convolution {wgrad_spec(strided)}. This is dilated; we have no such taps."
    )


# Teeth: each twin makes one classic mistake in one of the gradients, and is caught.

right = get("numpy-im2col")


def pads_swapped(spec):
    return replace(spec, mode="padded", padding=tuple(pair[::-1] for pair in spec.pads))


def groups_reversed(w, spec):
    return w.reshape(spec.groups, -1, *w.shape[1:])[::-1].reshape(w.shape) if w.size else w


def without_the_last_filter(w):
    return np.concatenate([w[:-1], 0 * w[-1:]])


def of_the_first_image(spec):
    return replace(spec, x_shape=(min(1, spec.x_shape[0]), *spec.x_shape[1:]))


BACK = {
    "turns the filter the wrong way": lambda dy, w, spec: right.dgrad(
        dy, w, replace(spec, flip=not spec.flip)
    ),
    "takes padding from the other side": lambda dy, w, spec: right.dgrad(dy, w, pads_swapped(spec)),
    "takes groups in the wrong order": lambda dy, w, spec: right.dgrad(dy, groups_reversed(w, spec), spec),
    "forgets the last filter": lambda dy, w, spec: right.dgrad(dy, without_the_last_filter(w), spec),
    "mixes images up": lambda dy, w, spec: right.dgrad(dy[::-1], w, spec),
    "is moved by one": lambda dy, w, spec: np.roll(right.dgrad(dy, w, spec), 1, -1),
    "is always float32": lambda dy, w, spec: right.dgrad(dy, w, spec).astype(np.float32),
}
ACROSS = {
    "is not turned back": lambda x, dy, spec: right.wgrad(x, dy, replace(spec, flip=not spec.flip)),
    "takes padding from the other side": lambda x, dy, spec: right.wgrad(x, dy, pads_swapped(spec)),
    "has the first image only": lambda x, dy, spec: right.wgrad(x[:1], dy[:1], of_the_first_image(spec)),
    "mixes images up": lambda x, dy, spec: right.wgrad(x[::-1], dy, spec),
    "has filters in the wrong order": lambda x, dy, spec: right.wgrad(x, dy[:, ::-1], spec),
    "has channels in the wrong order": lambda x, dy, spec: right.wgrad(x, dy, spec)[:, ::-1],
    "is always float32": lambda x, dy, spec: right.wgrad(x, dy, spec).astype(np.float32),
}


@pytest.mark.parametrize("make", [integers, reals])
@pytest.mark.parametrize("twin", BACK)
def test_the_comparison_catches_a_dx_that(twin, make):
    said = [complaint(BACK[twin], right.wgrad, spec, exact=make is integers, make=make) for spec in CORNERS]
    assert sum("dx is" in one for one in said if one) >= 2


@pytest.mark.parametrize("make", [integers, reals])
@pytest.mark.parametrize("twin", ACROSS)
def test_the_comparison_catches_a_dw_that(twin, make):
    said = [complaint(right.dgrad, ACROSS[twin], spec, exact=make is integers, make=make) for spec in CORNERS]
    assert sum("dw is" in one for one in said if one) >= 2


def test_the_bound_of_float64_is_too_tight_for_float32():
    wide = [
        spec for spec in SPECS if spec.dtype == "float64" and min(spec.x_shape[:2] + spec.w_shape[:2]) > 0
    ]

    def rounded(gradient):
        return lambda *given: gradient(*given).astype(np.float32).astype(np.float64)

    for back, across in ((rounded(right.dgrad), right.wgrad), (right.dgrad, rounded(right.wgrad))):
        said = [complaint(back, across, spec, exact=False, make=reals) for spec in wide]
        assert sum(one is not None for one in said) > 0.8 * len(wide)
