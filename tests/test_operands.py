"""Operands: what comes in is cast once, viewed where it can be, and never written."""

import numpy as np
import pytest

from convlab.errors import SpecError
from convlab.operands import (
    PERIOD,
    dtype_name,
    example,
    group_blocks,
    noise,
    numbers,
    padded,
    prepare,
    strided,
    turned,
)
from convlab.spec import ConvSpec

F = np.float32


@pytest.mark.parametrize(
    ("x", "w", "dtype"),
    [
        (F, F, "float32"),
        (F, np.float64, "float64"),
        (np.float16, np.float16, "float16"),
        (np.float16, F, "float32"),
        (np.float16, np.int8, "float16"),
        (F, np.int64, "float64"),
        (np.uint8, np.uint8, "float64"),
        (bool, bool, "float64"),
        (np.int64, bool, "float64"),
        (">f4", "<f4", "float32"),
        (">f8", ">f8", "float64"),
        (np.longdouble, F, "longdouble"),
    ],
)
def test_floats_are_promoted_as_numpy_does_and_integers_become_float64(x, w, dtype):
    ready = prepare(np.ones((3, 3), x), np.ones((2, 2), w))
    assert ready.spec.dtype == dtype == dtype_name(ready.x.dtype) == dtype_name(ready.w.dtype)
    assert ready.x.dtype.isnative
    assert ready.given == (np.dtype(x).name, np.dtype(w).name)


def test_an_array_of_the_right_dtype_is_not_copied():
    x, w = np.ones((1, 1, 4), F), np.ones((1, 1, 2), F)
    ready = prepare(x, w)
    assert np.shares_memory(ready.x, x) and np.shares_memory(ready.w, w)


@pytest.mark.parametrize(("x", "w"), [((7,), (3,)), ((7, 6), (3, 2))])
def test_bare_operands_gain_two_axes_and_their_answer_loses_them(x, w):
    ready = prepare(np.ones(x), np.ones(w))
    assert ready.spec.x_shape == (1, 1, *x) and ready.bare
    assert ready.restore(np.ones(ready.spec.y_shape)).ndim == len(x)


def test_layers_come_back_as_layers():
    ready = prepare(np.ones((2, 1, 5)), np.ones((3, 1, 2)))
    assert not ready.bare and ready.restore(np.ones(ready.spec.y_shape)).shape == (2, 3, 4)


REFUSED = {
    "complex numbers": (np.ones((3, 3), complex), "complex128", ".real"),
    "text": ([["a", "b"]], "text", "asarray"),
    "bytes": (np.array([b"a"]), "bytes", "asarray"),
    "objects": (np.array([[None, 1]]), "Python objects", "asarray"),
    "rows of different lengths": ([[1, 2], [3]], "different lengths", "as many"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), "datetime64", "asarray"),
    "records": (np.zeros(3, [("a", "f4")]), "records", "asarray"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", ["x", "w"])
def test_what_is_not_made_of_real_numbers_is_refused_by_name(kind, name):
    values, found, hint = REFUSED[kind]
    operands = {"x": np.ones((3, 3)), "w": np.ones((2, 2)), name: values}
    with pytest.raises(SpecError) as caught:
        prepare(**operands)
    assert f" {name} " in caught.value.asked
    assert found in str(caught.value) and hint in caught.value.hint


def test_a_stack_with_a_bare_filter_is_refused_with_both_readings():
    with pytest.raises(
        SpecError, match=r"first: x\[:, None\]\. Image index last: x\.transpose\(2, 0, 1\)\[:, None\]"
    ):
        prepare(np.ones((8, 8, 3)), np.ones((2, 2)))


@pytest.mark.parametrize("x", [np.ones(()), np.ones((0,)), np.ones((0, 3)), []])
def test_an_image_without_values_is_refused(x):
    with pytest.raises(SpecError):
        prepare(x, np.ones((1,) * max(1, np.ndim(x))))


def test_lists_and_booleans_are_numbers():
    assert numbers("x", [[1, 2], [3, 4]]).shape == (2, 2)
    assert numbers("x", [True, False]).dtype == bool


def test_only_a_convolution_turns_the_filter_and_only_its_spatial_axes():
    w = np.arange(24.0).reshape(2, 2, 2, 3)
    spec = ConvSpec((1, 2, 4, 4), w.shape)
    assert np.array_equal(turned(w, spec), np.rot90(w, 2, (2, 3)))
    assert np.shares_memory(turned(w, spec), w)
    assert turned(w, ConvSpec((1, 2, 4, 4), w.shape, flip=False)) is w


def test_padding_puts_each_side_where_it_belongs():
    x = np.ones((2, 1, 2, 3), F)
    spec = ConvSpec(x.shape, (1, 1, 1, 1), padding=((1, 0), (0, 2)))
    assert padded(x, spec).dtype == F
    assert np.array_equal(padded(x, spec), np.pad(x, ((0, 0), (0, 0), (1, 0), (0, 2))))
    assert padded(x, ConvSpec(x.shape, (1, 1, 1, 1))) is x


def test_a_stride_keeps_the_first_and_every_nth_value():
    assert np.arange(7)[strided(ConvSpec((1, 1, 7), (1, 1, 1), stride=3))].tolist() == [0, 3, 6]


def test_groups_pair_consecutive_blocks():
    spec = ConvSpec((1, 4, 3), (6, 2, 1), groups=2)
    assert group_blocks(spec) == [(slice(0, 2), slice(0, 3)), (slice(2, 4), slice(3, 6))]


def test_examples_are_seeded_whole_and_of_the_specs_dtype():
    spec = ConvSpec((2, 2, 5), (3, 2, 2), dtype="float16")
    (x, w), (again, _), (other, _) = example(spec), example(spec), example(spec, 1)
    assert x.dtype == w.dtype == np.float16 and np.array_equal(x, np.rint(x))
    assert np.array_equal(x, again) and not np.array_equal(x, other)


def test_large_noise_repeats_but_no_image_and_no_row_is_like_another():
    x, _ = noise(ConvSpec((3, 1, 1000, 1000), (1, 1, 1, 1)))
    assert len(np.unique(x[:, 0, 0, :3], axis=0)) == 3 and len(np.unique(x[0, 0, :, :3], axis=0)) == 1000
    assert np.array_equal(x.ravel()[:9], x.ravel()[PERIOD : PERIOD + 9])
