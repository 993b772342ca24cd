"""The programs of sources 003 and 004, brought as they are: comparison finds what is wrong with each of them."""

import numpy as np
import pytest
from scipy import ndimage

import convlab as cl
from convlab.errors import SpecError
from tests.planted import fresh

IMAGES = np.random.default_rng(5).integers(-9, 10, (2, 3, 4, 4))
FILTERS = np.random.default_rng(6).integers(1, 25, (2, 3, 2, 2))


def naive(images, kernel, padding=0, stride=1):
    """Source 003's naive forward pass, from its description: it never looks at the number of channels."""
    rows, cols = ((n + 2 * padding - k) // stride + 1 for n, k in zip(images.shape[2:], kernel.shape[2:]))
    out = np.zeros((len(images), len(kernel), rows, cols))
    wide = np.pad(images, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    for n, o, i, j in np.ndindex(out.shape):
        a, b = i * stride, j * stride
        window = wide[n, :, a : a + kernel.shape[2], b : b + kernel.shape[3]]
        out[n, o, i, j] = np.sum(np.multiply(kernel[o], window))
    return out


def fast(images, kernel):
    """Source 003's fast one with an im2col whose columns are grouped by place, though hsplit cuts them by image."""
    windows = np.lib.stride_tricks.sliding_window_view(images, kernel.shape[2:], axis=(2, 3))
    n, _, rows, cols = windows.shape[:4]
    columns = windows.transpose(1, 4, 5, 2, 3, 0).reshape(kernel[0].size, -1)
    parts = np.hsplit(kernel.reshape(len(kernel), -1) @ columns, n)
    return np.stack(parts).reshape(n, len(kernel), rows, cols)


def row_of(x, w, function, **same):
    return cl.compare(x, w, against=[("mine", function)], **same).rows[0]


@pytest.mark.parametrize("padding, stride", [(0, 1), (1, 1), (1, 2)])
def test_source_003s_loop_does_not_turn_the_filter(padding, stride):
    same = {"padding": padding, "stride": stride}
    row = row_of(IMAGES, FILTERS, lambda x, w: naive(x, w, padding, stride), **same)
    assert (row.verdict, row.cause) == ("convention", "not turned")
    assert row_of(IMAGES, FILTERS, lambda x, w: naive(x, w, **same), flip=False, **same).verdict == "equal"


def test_source_003s_loop_stretches_one_channel_over_three():
    row = row_of(IMAGES, FILTERS[:, :1], naive)
    assert (row.verdict, row.cause) == ("shape", "channels broadcast + not turned")
    assert "one channel for all 3 channels of x" in row.sentence and "does not turn" in row.sentence
    claim = row.proof.removesuffix(" = 0 everywhere").replace("−", "-")
    assert not eval(claim, {"cl": cl, "np": np, "x": IMAGES, "w": FILTERS[:, :1], "y": row.y}).any()


def test_an_image_of_one_channel_is_stretched_as_well_and_may_agree():
    row = row_of(IMAGES[:, :1], FILTERS, naive, flip=False)
    assert row.cause == "channels broadcast" and "one channel of x for all 3 channels" in row.sentence
    assert row.proof == "y − cl.corr(np.repeat(x, 3, 1), w) = 0 everywhere"


def test_stretched_channels_are_not_named_where_they_do_not_explain_the_numbers():
    row = row_of(IMAGES, FILTERS[:, :1], lambda x, w: naive(x, w) ** 2)
    assert (row.verdict, row.cause) == ("shape", "")
    other = row_of(IMAGES, FILTERS[:, :2], lambda x, w: np.zeros((2, 2, 3, 3)))
    assert (other.verdict, other.cause) == ("shape", "")


def test_columns_grouped_otherwise_than_they_are_cut():
    row = row_of(IMAGES, FILTERS, fast, flip=False)
    assert (row.verdict, row.cause) == ("convention", "values in another order")
    scope = {"y": row.y}
    exec(row.edit, scope)
    assert np.array_equal(scope["y"], cl.corr(IMAGES, FILTERS))
    assert row_of(IMAGES[:1], FILTERS, fast, flip=False).verdict == "equal"


def test_shuffled_values_are_no_order_of_the_axes():
    rng = fresh()
    y = cl.corr(IMAGES, FILTERS).ravel()
    row = row_of(IMAGES, FILTERS, rng.permutation(y).reshape(2, 2, 3, 3), flip=False)
    assert row.verdict == "different"


@pytest.mark.parametrize("n", [8, 12, 30])
@pytest.mark.parametrize("k, cause", [(3, ""), (4, "shifted by one + other border"), (5, "")])
def test_source_004s_crop_of_ndimage_is_one_late_for_an_even_filter(n, k, cause):
    rng = fresh()
    x, w = rng.standard_normal((n, n)), rng.standard_normal((k, k))
    row = row_of(x, w, lambda x, w: ndimage.convolve(x, w)[k // 2 : -k // 2 + 1, k // 2 : -k // 2 + 1])
    assert row.cause == cause
    if cause:
        assert "let the cut begin one earlier" in row.sentence
        code = row.proof.partition(" − ")[2].partition(" = ")[0]
        again = eval(code, {"cl": cl, "np": np, "x": x, "w": w})
        assert np.abs(again - row.y).max() < 1e-12


@pytest.mark.parametrize("k", [1, 2])
def test_source_004s_crop_is_empty_for_one_and_two_taps(k):
    rng = fresh()
    row = row_of(rng.random((6, 6)), rng.random((k, k)), lambda x, w: x[k // 2 : -k // 2 + 1])
    assert row.verdict == "shape" and "−" not in row.sentence.partition("values")[0]
    assert "ends at 0 where k is 1 or 2" in row.sentence


def test_a_ring_of_one_cannot_tell_two_borders_apart_and_says_so():
    rng = fresh()
    x, w = rng.integers(-9, 10, (6, 6)), rng.integers(1, 10, (3, 3))
    row = cl.compare(x, w, against=["scipy.ndimage.convolve"], mode="same").rows[0]
    assert row.cause == "other border" and row.also == ("other border (nearest)",)
    assert row.turn == 2, "both borders are read with the filter turned"
    wide = cl.compare(x, rng.integers(1, 10, (5, 5)), against=["scipy.ndimage.convolve"], mode="same").rows[0]
    assert wide.cause == "other border" and wide.also == ()


def test_a_function_that_writes_into_its_operands_harms_no_other_column():
    def careless(x, w):
        x *= 0
        return x[:, :, 1:, 1:]

    x = IMAGES.copy()
    found = cl.compare(x, FILTERS[:, :3], against=[("careless", careless), "theano"])
    assert found.rows[1].verdict == "equal" and np.array_equal(x, IMAGES)


def test_one_pair_may_come_without_brackets():
    found = cl.compare(IMAGES, FILTERS, against=("mine", naive))
    assert [row.label for row in found.rows] == ["mine"]
    with pytest.raises(SpecError, match=r'\("naive", naive\)'):
        cl.compare(IMAGES, FILTERS, against=[naive])


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan])
def test_an_output_that_was_never_filled(value):
    row = row_of(IMAGES, FILTERS, np.full((2, 2, 3, 3), value))
    assert row.verdict == "different" and "was the output ever filled?" in row.sentence


@pytest.mark.parametrize("x, w", [(IMAGES, FILTERS - 12), (IMAGES + 0.3, FILTERS - 12.1)])
def test_a_relu_behind_the_layer(x, w):
    row = row_of(x, w, np.maximum(cl.conv(x, w), 0))
    assert (row.cause, row.also) == ("negative values are 0", ())
    both = row_of(x, w, np.maximum(cl.corr(x, w), 0))
    assert both.cause == "not turned + negative values are 0" and both.edit == ""
    assert "agree" not in both.sentence, "turning the filter alone does not make them agree"


@pytest.mark.parametrize("flip, word", [(True, "not turned"), (False, "turned")])
def test_channels_last_and_another_turn(flip, word):
    other = cl.corr if flip else cl.conv
    row = row_of(IMAGES, FILTERS, other(IMAGES, FILTERS).transpose(0, 2, 3, 1), flip=flip)
    assert row.cause == f"axes permuted + {word}" and "y.transpose(0, 3, 1, 2)" in row.sentence
