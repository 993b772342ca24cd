"""Every cause that a comparison names, planted once: it is found, named, proved, and mended where an edit is given."""

from itertools import product

import numpy as np
import pytest
from scipy import ndimage, signal

import convlab as cl
from convlab.compare import Yardstick, explain
from convlab.compare.readings import Reading
from convlab.compare.turns import turns
from convlab.operands import prepare

RNG = np.random.default_rng(11)
X, W = RNG.integers(-9, 10, (7, 8)).astype(float), RNG.integers(-9, 10, (3, 3)).astype(float)
EVEN = RNG.integers(-9, 10, (4, 4)).astype(float)
LONG, ROW = RNG.integers(-9, 10, 12).astype(float), np.array([1.0, -2, 5])
BOX, CUBE = (
    RNG.integers(-9, 10, (1, 1, 5, 6, 5)).astype(float),
    RNG.integers(-9, 10, (1, 1, 3, 2, 3)).astype(float),
)
STACK, BANK = (
    RNG.integers(-9, 10, (2, 3, 6, 6)).astype(float),
    RNG.integers(-9, 10, (4, 3, 3, 3)).astype(float),
)


def judged(y, x, w, **same):
    return explain(np.asarray(y), prepare(x, w, **same))


def named(y, x, w, cause, verdict="convention", **same):
    """Assert that y is explained by this cause, and that the proof was computed."""
    row = judged(y, x, w, **same)
    assert (row.verdict, row.cause) == (verdict, cause), row.sentence
    assert (row.proof and row.sentence.endswith(".") and row.error is None) or row.error.share > 1
    if row.edit.startswith("y = y"):  # an edit of the output can be carried out at once
        scope = {"y": np.asarray(y)}
        exec(row.edit, scope)
        assert np.allclose(scope["y"], cl.conv(x, w, **same), rtol=1e-12)
    return row


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
    big = RNG.integers(-9, 10, (5, 5)).astype(float)
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
    big = RNG.integers(-9, 10, (5, 5)).astype(float)
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


def test_numbers_kept_in_a_narrow_dtype():
    bright, ones = np.full((5, 5), 200, np.uint8), np.ones((3, 3), np.uint8)
    row = cl.compare(bright, ones, against=["scipy.signal.convolve2d"]).rows[0]
    assert row.cause == "wrapped" and "the true value 1800 is stored as 8" in row.sentence
    image = RNG.integers(0, 256, (6, 6)).astype(np.uint8)
    truth = cl.conv(image, np.array([[1, 2], [3, 5]]))
    named(truth.clip(0, 255).astype(np.uint8), image, np.array([[1, 2], [3, 5]]), "saturated")
    mean = np.full((2, 2), 0.3)
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
    assert "never meet it" in fft.sentence and loops.verdict in ("equal", "rounding")


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
    x, w = RNG.standard_normal((8, 8)), RNG.standard_normal((3, 3))
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
    y[0], y[:, -1] = RNG.integers(-99, 99, 8), RNG.integers(-99, 99, 7)
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
    from dataclasses import replace

    reading = replace(Reading.of(ready.spec), turn=turn, border=border)
    row = explain(reading.yardstick(x, w, ready.spec).truth, Yardstick.of(ready))
    if reading == Reading.of(ready.spec):
        assert row.verdict == "equal"
    else:
        assert row.verdict == "convention" and row.turn == turn.index
        assert ("other border" in row.cause) == (border != "zeros")
