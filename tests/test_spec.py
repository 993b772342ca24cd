"""ConvSpec: sizes against counting by hand, and a sentence for every combination that does not exist."""

from dataclasses import FrozenInstanceError, replace
from itertools import product

import numpy as np
import pytest

from convlab.errors import SpecError
from convlab.spec import MODES, ConvSpec, by, mode_padding
from tests.specs import SPECS


def starts(size, extent, stride, lo, hi):
    """Return every place where a window may begin, found by trying them all."""
    return [p for p in range(-lo, size + hi, stride) if p + extent <= size + hi]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_output_has_one_value_per_place_of_the_window(spec):
    axes = zip(spec.space, spec.extent, spec.stride, spec.pads)
    assert spec.y_shape[2:] == tuple(len(starts(n, e, s, *pads)) for n, e, s, pads in axes)
    assert spec.y_shape[:2] == (spec.x_shape[0], spec.w_shape[0])


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_leftover_is_the_trailing_input_that_no_window_reads(spec):
    for axis, (n, e, s, (lo, hi)) in enumerate(zip(spec.space, spec.extent, spec.stride, spec.pads)):
        end = starts(n, e, s, lo, hi)[-1] + e
        assert spec.leftover[axis] == min(n, max(0, n - end))
        assert spec.remainder[axis] == n + hi - end


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_macs_count_every_tap_of_every_output(spec):
    assert spec.macs == int(np.prod(spec.y_shape)) * int(np.prod(spec.w_shape[1:]))
    assert spec.terms == int(np.prod(spec.w_shape[1:]))


@pytest.mark.parametrize(("extent", "n"), list(product(range(1, 8), range(1, 10))))
def test_modes_have_the_lengths_they_are_known_for(extent, n):
    def length(mode):
        return ConvSpec((1, 1, n), (1, 1, extent), mode).y_shape[2]

    assert length("full") == n + extent - 1
    assert length("same") == n
    assert length("half") == n + (extent % 2 == 0)
    if n >= extent:
        assert length("valid") == n - extent + 1


def test_an_even_filter_lengthens_half_by_one():
    assert ConvSpec((1, 1, 5, 5), (1, 1, 4, 3), "half").y_shape == (1, 1, 6, 5)


def test_same_begins_where_scipys_centred_crop_begins():
    assert [mode_padding("same", k) for k in (1, 2, 3, 4, 5)] == [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2)]


def test_dilation_stretches_the_filter_before_the_mode_pads():
    spec = ConvSpec((1, 1, 9), (1, 1, 3), "full", dilation=3)
    assert (spec.extent, spec.pads, spec.y_shape) == ((7,), ((6, 6),), (1, 1, 15))


def test_a_stride_of_two_on_six_leaves_the_last_column_unread():
    spec = ConvSpec((1, 1, 6, 6), (1, 1, 3, 3), stride=2)
    assert (spec.y_shape, spec.leftover) == ((1, 1, 2, 2), (1, 1))


def test_trailing_zeros_are_left_over_before_any_input_is():
    assert ConvSpec((1, 1, 6), (1, 1, 3), stride=2, padding=((0, 1),)).leftover == (0,)
    assert ConvSpec((1, 1, 6), (1, 1, 3), stride=5, padding=((0, 1),)).leftover == (3,)
    assert ConvSpec((1, 1, 6), (1, 1, 1), stride=6, padding=((0, 4),)).leftover == (0,)
    assert ConvSpec((1, 1, 2), (1, 1, 1), stride=9, padding=((4, 3),)).leftover == (2,)


@pytest.mark.parametrize(
    ("padding", "pads"),
    [
        (1, ((1, 1), (1, 1))),
        ((1, 2), ((1, 1), (2, 2))),
        ([[1, 2], (3, 4)], ((1, 2), (3, 4))),
        ((0, (1, 2)), ((0, 0), (1, 2))),
        (np.int64(2), ((2, 2), (2, 2))),
    ],
)
def test_padding_may_be_one_number_one_per_axis_or_pairs(padding, pads):
    spec = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), padding=padding)
    assert (spec.pads, spec.mode) == (pads, "padded")


def test_a_spec_is_a_key_and_its_neighbour_is_one_word_away():
    spec = ConvSpec([1, 1, np.int64(5)], (1, 1, 3), stride=[2], padding=[(1, 1)])
    assert spec == ConvSpec((1, 1, 5), (1, 1, 3), stride=2, padding=1)
    assert {spec: "kept"}[replace(spec, flip=True)] == "kept"
    assert replace(spec, flip=False).operation == "cross-correlation"
    with pytest.raises(FrozenInstanceError):
        spec.mode = "full"


def test_text_names_what_is_not_default():
    spec = ConvSpec((1, 4, 5), (2, 2, 3), "full", 2, groups=2, flip=False)
    assert str(spec) == "x(1, 4, 5) w(2, 2, 3) full stride=(2,) groups=2 no flip float32"


X, W = (1, 2, 5, 5), (3, 2, 3, 3)
IMPOSSIBLE = {  # what is asked: what the sentence must name
    "an unknown mode": (dict(mode="wrap"), ("'wrap'", "valid, same, half, full")),
    "a mode that is no text": (dict(mode=["full"]), ("['full']",)),
    "mode and padding": (dict(mode="full", padding=1), ("'full'", "1", "one of the two")),
    "stride 0": (dict(stride=0), ("stride 0", "1 or more")),
    "stride -1": (dict(stride=-1), ("stride -1",)),
    "stride beyond counting": (dict(stride=2**53), ("stride 9007199254740992", "up to 9007199254740991")),
    "a fractional stride": (dict(stride=1.5), ("stride 1.5", "whole")),
    "stride True": (dict(stride=True), ("stride True",)),
    "NumPy's True": (dict(stride=np.True_), ("stride",)),
    "text for a stride": (dict(stride="2"), ("'2'",)),
    "an array of strides": (dict(stride=np.array([1, 2])), ("stride", "integer")),
    "three strides": (dict(stride=(1, 1, 1)), ("3 numbers for 2 spatial axes",)),
    "dilation 0": (dict(dilation=(1, 0)), ("dilation 0",)),
    "negative padding": (dict(padding=-1), ("padding -1", "0 or more")),
    "a triple of zeros": (dict(padding=((1, 1, 1), (1, 1, 1))), ("2 spatial axes",)),
    "groups 0": (dict(groups=0), ("groups 0",)),
    "groups that do not fit the channels": (dict(groups=2), ("2 channels", "2 in each of 2 groups")),
    "groups that do not divide the filters": (dict(x_shape=(1, 4, 5, 5), groups=2), ("3 filters", "2 equal")),
    "other channels": (dict(x_shape=(1, 3, 5, 5)), ("3 channels", "reads 2", "w axis 1")),
    "integers to compute in": (dict(dtype="int32"), ("'int32'", "float16, float32, float64, longdouble")),
    "a rank of 0": (dict(x_shape=(1, 2), w_shape=(3, 2)), ("2 axes",)),
    "a rank of 4": (dict(x_shape=(1, 2, 3, 3, 3, 3), w_shape=(1, 2, 1, 1, 1, 1)), ("6 axes",)),
    "two ranks": (dict(w_shape=(3, 2, 3)), ("x has 4 axes and w has 3",)),
    "an empty image": (dict(x_shape=(1, 2, 0, 5)), ("(1, 2, 0, 5)", "Axis 2 of (N, C, *space) is empty")),
    "a filter without taps": (dict(w_shape=(3, 2, 3, 0)), ("Axis 3 of (O, C/groups, *taps) is empty",)),
    "a shape that is a number": (dict(x_shape=5), ("5", "tuple")),
    "a filter larger than x": (
        dict(w_shape=(3, 2, 3, 9)),
        ("9 columns", "has 5", "−3 columns", "by 2 or more"),
    ),
    "a dilated filter larger than x": (dict(dilation=(1, 3)), ("7 columns", "dilated by 3")),
}


@pytest.mark.parametrize("asked", IMPOSSIBLE)
def test_what_does_not_exist_is_refused_in_three_parts(asked):
    options, named = IMPOSSIBLE[asked]
    with pytest.raises(SpecError) as caught:
        ConvSpec(**{"x_shape": X, "w_shape": W, **options})
    error = caught.value
    assert error.asked.startswith("Asked ") and error.found and error.hint
    assert all(part.endswith(".") for part in (error.asked, error.found, error.hint))
    assert all(name in str(error) for name in named), str(error)


@pytest.mark.parametrize(("taps", "zeros"), [(6, 1), (7, 1), (8, 2), (9, 2), (10, 3)])
def test_the_padding_that_a_refusal_proposes_is_enough(taps, zeros):
    asked = dict(x_shape=(1, 1, 5), w_shape=(1, 1, taps))
    with pytest.raises(SpecError, match=f"by {zeros} or more"):
        ConvSpec(**asked)
    assert ConvSpec(**asked, padding=zeros).y_shape[2] in (1, 2)
    with pytest.raises(SpecError):
        ConvSpec(**asked, padding=zeros - 1)


def test_every_mode_but_valid_takes_a_filter_larger_than_x():
    for mode in set(MODES) - {"valid"}:
        assert min(ConvSpec((1, 1, 1, 2), (1, 1, 6, 7), mode).y_shape) > 0


def test_sizes_are_written_as_a_person_writes_them():
    assert by((5, 3)) == "5 × 3"
