"""Every cause that a comparison names, planted once: it is found, named, proved, and mended where an edit is given."""

from itertools import product

import numpy as np
import pytest
from scipy import ndimage, signal

import convlab as cl
from tests.planted import BANK, BOX, CUBE, EVEN, LONG, ROW, STACK, W, X, fresh, judged, named


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
@pytest.mark.parametrize("x, w", [(LONG, ROW), (X, W), (X, EVEN), (BOX, CUBE), (STACK, BANK)], ids=str)
def test_a_filter_that_is_not_turned(x, w, mode):
    rank = {1: 1, 2: 2, 4: 2, 5: 3}[x.ndim]
    backwards = w[(..., *[slice(None, None, -1)] * rank)]
    y = cl.corr(x, w, mode=mode)
    if mode == "same" and not w.shape[-1] % 2:
        y = cl.conv(x, backwards, mode=mode)
    row = named(y, x, w, "not turned", mode=mode)
    scope = {"w": w}
    exec(row.edit, scope)
    assert np.array_equal(scope["w"], backwards)
    assert set(row.mended) == {"python", "java", "c"} and row.turn == 0


def test_a_filter_that_is_turned_and_should_not_be():
    row = named(signal.convolve2d(X, W, "full"), X, W, "turned", mode="full", flip=False)
    assert row.turn == 2 and "convolution, and the question is cross-correlation" in row.sentence


@pytest.mark.parametrize(
    "flips, cause",
    [((True, False), "rows turned only"), ((False, True), "columns turned only")],
)
@pytest.mark.parametrize("flip", [True, False])
def test_one_axis_turned_alone(flips, cause, flip):
    part = W[tuple(slice(None, None, -1 if f else 1) for f in flips)]
    row = named(cl.corr(X, part, mode="same"), X, W, cause, mode="same", flip=flip)
    assert row.sentence.startswith(f"This side turns the filter along its {cause.split()[0]} only")


@pytest.mark.parametrize(
    "axis, cause", [(2, "depth turned only"), (3, "rows turned only"), (4, "columns turned only")]
)
def test_one_axis_of_space_turned_alone(axis, cause):
    named(cl.corr(BOX, np.flip(CUBE, axis)), BOX, CUBE, cause)


def test_a_transposed_filter_in_its_four_ways():
    named(cl.conv(X, W.T), X, W, "filter transposed")
    named(cl.corr(X, W.T), X, W, "filter transposed, not turned")
    named(cl.corr(X, np.rot90(W)), X, W, "filter turned by 90°")
    named(cl.corr(X, W.T), X, W, "filter transposed", flip=False)


def test_channels_turned_too():
    row = named(cl.conv(STACK, BANK[:, ::-1]), STACK, BANK, "channels turned too")
    assert row.edit == "w = w[:, ::-1]" and "SciPy" in row.sentence


@pytest.mark.parametrize("name, cause", [
    ("scipy.signal.correlate2d", "not turned + shifted by one"),
    ("scipy.ndimage.convolve", "shifted by one + other border"),
    ("scipy.ndimage.correlate", "not turned + other border"),
])  # fmt: skip
def test_an_even_filter_is_centred_one_cell_off(name, cause):
    row = cl.compare(X, EVEN, against=[name], mode="same").rows[0]
    assert (row.verdict, row.cause) == ("convention", cause)


def test_correlate2d_with_an_even_filter_is_one_cell_early_and_nothing_else():
    row = cl.compare(X, EVEN, against=["scipy.signal.correlate2d"], mode="same", flip=False).rows[0]
    assert (row.verdict, row.cause) == ("convention", "shifted by one")
    assert "one place too early along rows and columns" in row.sentence and "no middle" in row.sentence


def test_ndimage_with_zeros_beyond_the_border_is_one_cell_off_too():
    named(ndimage.convolve(X, EVEN, mode="constant"), X, EVEN, "shifted by one", mode="same")
    y = ndimage.convolve(np.arange(1.0, 6), np.array([1.0, 10]), mode="constant")
    assert y.tolist() == [12, 23, 34, 45, 50]
    row = named(y, np.arange(1, 6), np.array([1, 10]), "shifted by one", mode="same")
    assert "one place too early along columns" in row.sentence


@pytest.mark.parametrize("shift", [s for s in product((-1, 0, 1), repeat=2) if any(s)])
def test_a_shift_by_one_names_axis_and_direction(shift):
    y = cl.conv(X, W, padding=tuple((1 - s, 1 + s) for s in shift))
    row = named(y, X, W, "shifted by one", mode="same")
    for axis, s in zip(("rows", "columns"), shift):
        said = {1: "early", -1: "late"}.get(s)
        assert (axis in row.sentence) == bool(s) and (said is None or f"too {said}" in row.sentence)


@pytest.mark.parametrize(
    "border, numpys", [("reflect", "symmetric"), ("mirror", "reflect"), ("nearest", "edge"), ("wrap", "wrap")]
)
def test_another_border_is_named(border, numpys):
    big = fresh().integers(-9, 10, (5, 5)).astype(float)
    y = signal.convolve2d(np.pad(X, 2, numpys), big, "valid")
    row = named(y, X, big, "other border", mode="same")
    assert border in row.sentence and row.also == ()


def test_borders_that_one_ring_cannot_tell_apart_are_both_named():
    row = named(ndimage.convolve(X, W), X, W, "other border", mode="same")
    assert (
        "reflect" in row.sentence
        and judged(ndimage.convolve(X, W, mode="nearest"), X, W, mode="same").sentence == row.sentence
    )


def test_a_constant_beyond_the_border_is_measured():
    y = signal.convolve2d(np.pad(X, 1, constant_values=7), W, "valid")
    row = named(y, X, W, "other border", mode="same")
    assert "reads 7 beyond the border" in row.sentence


@pytest.mark.parametrize(
    "asked, given", [(a, g) for a, g in product(("valid", "same", "full"), repeat=2) if a != g]
)
def test_another_mode_is_named_and_the_answer_found_inside_it(asked, given):
    row = named(cl.conv(X, W, mode=given), X, W, "other mode", "shape", mode=asked)
    order = ("valid", "same", "full")
    assert ("The answer stands inside it: y[" in row.sentence) == (order.index(given) > order.index(asked))


def test_a_crop_of_the_full_answer_taken_at_its_corner():
    named(cl.conv(X, W, mode="full")[:7, :8], X, W, "shifted by one", mode="same")
    big = fresh().integers(-9, 10, (5, 5)).astype(float)
    named(cl.conv(X, big, mode="full")[:7, :8], X, big, "shifted by two", mode="same")


def test_a_stride_or_a_dilation_that_was_not_applied():
    row = named(
        signal.convolve2d(X, W, "full"), X, W, "stride not applied", "shape", mode="full", stride=(2, 3)
    )
    assert row.edit == "y = y[::2, ::3]"
    named(cl.conv(X, W), X, W, "dilation not applied", "shape", dilation=2)
    named(cl.conv(X, W, mode="same"), X, W, "dilation not applied", mode="same", dilation=2)


def test_an_output_turned_or_transposed_instead_of_the_filter():
    square, y = X[:, :7], cl.conv(X[:, :7], W)
    named(y[::-1, ::-1], square, W, "output turned")
    named(y.T, square, W, "output transposed")
    row = named(cl.corr(X, W)[::-1, ::-1], X, W, "output turned + not turned")
    assert "not the same as turning the filter" in row.sentence
