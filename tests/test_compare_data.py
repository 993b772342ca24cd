"""Causes that lie in the data, planted once each; and differences that have no known cause, which get no name."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

import convlab as cl
from convlab.compare import Yardstick, explain
from convlab.compare.readings import Reading
from convlab.compare.turns import turns
from convlab.operands import prepare
from tests.planted import BANK, STACK, W, X, fresh, judged, named


def test_numbers_kept_in_a_narrow_dtype():
    bright, ones = np.full((5, 5), 200, np.uint8), np.ones((3, 3), np.uint8)
    row = cl.compare(bright, ones, against=["scipy.signal.convolve2d"]).rows[0]
    assert row.cause == "wrapped" and "the true value 1800 is stored as 8" in row.sentence
    image = fresh().integers(0, 256, (6, 6)).astype(np.uint8)
    truth = cl.conv(image, np.array([[1, 2], [3, 5]]))
    named(truth.clip(0, 255).astype(np.uint8), image, np.array([[1, 2], [3, 5]]), "saturated")
    mean = np.full((2, 2), 0.29)  # one of the sums is 87, but for rounding
    named(np.trunc(cl.conv(image, mean)).astype(np.uint8), image, mean, "truncated")
    named(np.rint(cl.conv(image, mean)), image, mean, "rounded to integers")
    plain = cl.compare(image.astype(int), mean, against=["scipy.ndimage.convolve"], mode="same").rows[0]
    assert plain.cause == "shifted by one + other border + truncated"


def test_a_result_beyond_its_dtype():
    x = np.full((4, 4), 300.0, np.float16)
    with np.errstate(over="ignore"):
        y = cl.conv(x.astype(float), np.full((2, 2), 200.0)).astype(np.float16)
    row = judged(y, x, np.full((2, 2), 200.0, np.float16))
    assert (row.verdict, row.cause) == ("rounding", "overflow") and "9 are beyond 65504" in row.sentence


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_nan_spread_by_a_transform_and_kept_by_loops(bad):
    x = X.copy()
    x[0, 0] = bad
    fft, loops = cl.compare(x, W, against=["scipy.signal.fftconvolve", "numpy-loops"], mode="same").rows
    assert (fft.verdict, fft.cause) == ("convention", "NaN spread")
    assert "never meet it" in fft.sentence and "Fourier" in fft.sentence
    assert loops.verdict in ("equal", "rounding")


def test_a_transform_by_blocks_spreads_a_nan_over_some_of_them():
    x = np.random.default_rng(0).integers(0, 9, (9, 9)).astype(float)
    x[0, 0] = np.nan
    row = cl.compare(x, W, against=["scipy-oa"], mode="full").rows[0]
    assert row.cause == "NaN spread" and "of a block" in row.sentence


def test_an_infinite_weight_spreads_where_padding_is_multiplied():
    w = W.astype(float)
    w[0, 1] = np.inf
    stored, skipped = cl.compare(X, w, against=["numpy-im2col", "numba-direct"], mode="full").rows
    assert stored.cause == "NaN spread" and "zeros of the padding" in stored.sentence
    assert skipped.verdict in ("equal", "rounding")


def test_images_filters_and_channels_in_another_order():
    y = cl.conv(STACK, BANK)
    named(y[:, [2, 0, 3, 1]], STACK, BANK, "filters permuted")
    named(y[::-1], STACK, BANK, "images permuted")
    named(cl.conv(STACK[:, [1, 2, 0]], BANK), STACK, BANK, "channels permuted")


def test_a_factor_a_bias_and_both():
    y = cl.conv(X, W)
    row = named(y / W.sum(), X, W, "scaled") if W.sum() else None
    assert "normalises" in row.sentence
    assert "only the sign differs" in named(-y, X, W, "scaled").sentence
    bias = np.array([1.0, -2, 3, 0.5])
    row = named(cl.conv(STACK, BANK) + bias[:, None, None], STACK, BANK, "offset")
    assert "1, −2, 3, 0.5" in row.sentence
    named(3 * y + 7, X, W, "scaled and offset")


def test_axes_in_another_order_or_missing_and_channels_never_summed():
    y = cl.conv(STACK, BANK)
    row = judged(y.transpose(0, 2, 3, 1), STACK, BANK)
    assert (row.verdict, row.cause, row.edit) == (
        "convention",
        "axes permuted",
        "y = y.transpose(0, 3, 1, 2)",
    )
    named(cl.conv(X, W)[None], X, W, "axes missing", "shape")
    thin = cl.conv(STACK[:, :, :5], BANK)
    assert judged(thin.transpose(0, 2, 3, 1), STACK[:, :, :5], BANK).verdict == "shape"
    alone = cl.conv(STACK, BANK[:1].reshape(3, 1, 3, 3), groups=3)
    assert judged(alone, STACK, BANK[:1]).cause == "channels not summed"


def test_float32_in_a_float64_array_is_rounding_and_said():
    rng = fresh()
    x, w = rng.standard_normal((8, 8)), rng.standard_normal((3, 3))
    y = signal.convolve2d(x.astype("f4"), w.astype("f4"), "valid").astype(float)
    row = judged(y, x, w)
    assert row.verdict == "rounding" and "computed in float32" in row.sentence
    single = judged(y.astype("f4"), x, w)
    assert single.verdict == "rounding" and "answers in float32" in single.sentence


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_different_and_nothing_is_named(seed):
    rng = np.random.default_rng(seed)
    row = judged(cl.conv(X, W, mode="same") + rng.integers(-50, 50, (7, 8)), X, W, mode="same")
    assert (row.verdict, row.cause, row.edit, row.turn) == ("different", "", "", None)
    assert "No known cause explains it" in row.sentence


def test_an_unknown_difference_at_the_border_alone_is_said():
    y = cl.conv(X, W, mode="same")
    rng = fresh()
    y[0], y[:, -1] = rng.integers(-99, 99, 8), rng.integers(-99, 99, 7)
    row = judged(y, X, W, mode="same")
    assert row.verdict == "different" and "the border is read in another way" in row.sentence


def test_one_wrong_value_is_found_and_no_cause_made_up():
    y = cl.conv(X, W)
    y[2, 3] += 1
    row = judged(y, X, W)
    assert (
        row.verdict == "different"
        and "1 of 30 values differ" in row.sentence
        and "first y[2, 3]" in row.sentence
    )


def test_a_shape_that_nothing_explains_gives_both_shapes():
    row = judged(np.zeros((2, 9)), X, W)
    assert (row.verdict, row.cause) == ("shape", "") and "(2, 9)" in row.sentence and "(5, 6)" in row.sentence


def test_causes_that_the_operands_cannot_tell_apart_are_both_named():
    sobel = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    row = judged(cl.corr(X, sobel), X, sobel)
    assert row.cause == "not turned" and row.also == ("rows turned only",) and row.turn is None
    assert "cannot tell that from: rows turned only" in row.sentence


@pytest.mark.parametrize("seed", range(60))
def test_a_drawn_reading_is_found_whatever_it_is(seed):
    rng = np.random.default_rng(seed)
    taps = tuple(int(k) for k in rng.integers(2, 5, 2))
    x, w = rng.integers(-9, 10, (1, 2, 9, 8)).astype(float), rng.integers(-9, 10, (3, 2, *taps)).astype(float)
    ready = prepare(x, w, mode=str(rng.choice(["same", "full", "half"])))
    turn = turns(taps)[int(rng.integers(len(turns(taps))))]
    border = str(rng.choice(["zeros", "reflect", "wrap"]))
    reading = replace(Reading.of(ready.spec), turn=turn, border=border)
    row = explain(reading.yardstick(x, w, ready.spec).truth, Yardstick.of(ready))
    if reading == Reading.of(ready.spec):
        assert row.verdict == "equal"
    else:
        assert row.verdict == "convention" and row.turn == turn.index
        assert ("other border" in row.cause) == (border != "zeros")


def test_a_cause_must_explain_every_value_not_only_the_first_look():
    x = fresh().integers(-9, 10, (30, 30)).astype(float)
    y = cl.corr(x, W)
    assert judged(y, x, W).cause == "not turned"
    wrong = np.abs(y - cl.conv(x, W))
    far = (0, 0) if wrong.argmax() > wrong.size // 2 else (-1, -1)
    y[far] += 0.5
    assert judged(y, x, W).verdict == "different"
