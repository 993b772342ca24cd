"""Every number that the five sources print, computed again."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage, signal

import convlab as cl
from convlab import presets, theano
from convlab.backends import get
from convlab.errors import ConvLabError
from convlab.numerics import BOUNDS, measure
from convlab.operands import prepare
from convlab.spec import ConvSpec
from tests.answers import asked
from tests.takers import takers

PRINTED = json.loads((Path(__file__).parent / "data" / "source_000.json").read_text())


def operands(id):
    preset = presets.get(id)
    return preset.x, preset.w


def rounded(y):
    """Return what source 000's own programs print: values after round() and astype(int)."""
    return np.asarray(y).round().astype(int).tolist()


@pytest.mark.parametrize("mode", ["full", "valid"])
@pytest.mark.parametrize("backend", [*takers(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3))), "reference", "auto"])
def test_source_000_prints_the_same_2d_arrays_by_every_backend(mode, backend):
    x, w = operands("S000a")
    assert rounded(cl.conv(x, w, mode=mode, backend=backend)) == PRINTED[f"2-D {mode}"]
    assert rounded(signal.fftconvolve(x, w, mode)) == PRINTED[f"2-D {mode}"]
    assert (
        rounded(theano.conv2d(x[None, None], w[None, None], border_mode=mode)[0, 0]) == PRINTED[f"2-D {mode}"]
    )


def test_source_000_prints_the_batch_with_channels():
    x, w = operands("S000b")
    assert rounded(theano.conv2d(x, w, border_mode="valid")) == PRINTED["4-D valid"]
    assert rounded(theano.conv2d(x, w, border_mode="full")) == PRINTED["4-D full, Theano"]
    assert rounded(signal.fftconvolve(x, w, "full")) == PRINTED["4-D full, SciPy"]
    assert rounded(signal.fftconvolve(x, w, "valid")) == PRINTED["4-D valid"]


def test_theanos_answer_lies_inside_scipys_once_the_channels_are_reversed():
    x, w = operands("S000bt")
    inside = signal.convolve(x.astype(float), w[:, ::-1].astype(float), "full", method="direct")[
        :, w.shape[1] - 1
    ]
    assert np.array_equal(inside, theano.conv2d(x, w, border_mode="full")[:, 0])


def test_source_000s_agreement_in_valid_is_an_artefact_of_ones():
    x, w = operands("S000bt")
    assert theano.conv2d(x, w)[0, 0, 0].tolist() == [14643, 14994, 15345]
    raw = signal.convolve(x.astype(float), w.astype(float), "valid", method="direct")
    assert raw[0, 0, 0].tolist() == [6543, 6894, 7245]


def test_source_000s_channel_mismatch_is_refused_by_theano_and_answered_by_scipy():
    x, w = operands("S000c")
    with pytest.raises(ConvLabError, match="images and kernel must have the same stack size"):
        theano.conv2d(x, w, border_mode="full")
    assert signal.fftconvolve(x, w, "full").shape == (2, 3, 7, 7)
    assert signal.fftconvolve(x, w, "valid").shape == (2, 3, 3, 3)


@pytest.mark.parametrize("mode", ["full", "valid"])
def test_source_000s_three_filters_of_one_tap_each_return_the_image(mode):
    x, w = operands("S000d")
    assert rounded(theano.conv2d(x, w, border_mode=mode)) == [
        [image[0].tolist()] * 3 for image in x.astype(int)
    ]


def test_source_000s_scipy_adds_neighbouring_images_up():
    x, w = operands("S000d")
    assert rounded(signal.fftconvolve(x, w, "full")) == PRINTED["1 x 1 full, SciPy"]
    with pytest.raises(ValueError, match="one must be at least as large as the other in every dimension"):
        signal.convolve(x, w, "valid")


STRIDED = {
    ("valid", (2, 2)): [[54, 72], [144, 162]],
    ("valid", (3, 3)): [[54]],
    ("valid", (1, 2)): [[54, 72], [99, 117], [144, 162]],
    ("full", (2, 2)): [[0, 3, 9, 4], [15, 54, 72, 27], [45, 144, 162, 57], [20, 63, 69, 24]],
    ("full", (3, 3)): [[0, 6, 4], [30, 108, 42], [20, 66, 24]],
    ("half", (2, 2)): [[12, 27, 24], [63, 108, 81], [72, 117, 84]],
}


@pytest.mark.parametrize("mode, stride", STRIDED, ids=str)
def test_source_000s_empty_stride_section_is_filled(mode, stride):
    x, w = operands("S000e")
    wanted = STRIDED[mode, stride]
    assert cl.conv(x, w, mode=mode, stride=stride).tolist() == wanted
    assert (
        theano.conv2d(x[None, None], w[None, None], border_mode=mode, subsample=stride)[0, 0].tolist()
        == wanted
    )
    rows, columns = stride
    assert cl.conv(x, w, mode=mode)[::rows, ::columns].tolist() == wanted


def test_source_000s_stride_leaves_the_last_row_and_column_of_six_unread():
    ready = prepare(*operands("S000e6"), stride=2)
    assert ready.spec.leftover == (1, 1)
    assert cl.conv(*operands("S000e6"), stride=2).tolist() == [[63, 81], [171, 189]]


def test_source_001s_loop_correlates_and_theano_convolves():
    x, w = operands("S001a")
    assert asked(x, w).tolist() == cl.corr(x, w).tolist() == [[303, 348], [483, 528]]
    assert cl.conv(x, w).tolist() == signal.convolve2d(x, w, "valid").tolist() == [[147, 192], [327, 372]]


def test_source_001s_second_answer_turns_the_filter():
    x, w = operands("S001c")
    assert w.tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    assert asked(x, w).tolist() == [[147, 192], [327, 372]]


def test_source_001s_vimage_example_multiplies_place_by_place():
    x, w = operands("S001d")
    (a11, a12), (a21, a22) = x[:2, :2].tolist()
    (k11, k12), (k21, k22) = w.tolist()
    assert cl.corr(x, w)[0, 0] == a11 * k11 + a12 * k12 + a21 * k21 + a22 * k22


@pytest.mark.parametrize("mode, true, printed", [("full", 16544.0, 1.65433e4), ("valid", 15505.4, 1.55051e4)])
def test_source_001s_norms_are_those_of_a_running_sum_in_float32(mode, true, printed):
    x, w = operands("S001b")
    y = signal.fftconvolve(x.astype(np.float64), w.astype(np.float64), mode)
    assert round(float(np.linalg.norm(y)), 1) == true
    small = y.astype(np.float32).ravel()
    running = np.add.accumulate(small * small, dtype=np.float32)[-1] ** 0.5
    assert float(f"{running:.5e}") == printed


def test_source_001s_two_libraries_differ_by_rounding_only():
    x, w = operands("S001b")
    row = cl.compare(x, w, against=["scipy.signal.convolve2d"]).rows[0]
    assert row.verdict == "rounding" and 0 < row.error.share <= 1


def test_source_002s_two_3d_functions_are_one_after_swapping_axes():
    x, w = operands("S002b")
    with_strides = cl.conv(x, w, **presets.get("S002b").options)
    assert np.array_equal(with_strides, cl.corr(x, w)[:, :, ::2, ::2])
    time_first = (0, 1, 4, 2, 3)
    turned = w[:, :, ::-1, ::-1, ::-1]
    swapped = cl.conv(x.transpose(time_first), turned.transpose(time_first))
    assert np.array_equal(swapped, cl.corr(x, w).transpose(time_first))


def test_source_003s_forward_pass_is_a_cross_correlation():
    preset = presets.get("S003a")
    y = cl.conv(preset.x, preset.w, **preset.options)
    assert y.shape == (2, 2, 5, 5)
    window = np.pad(preset.x, [(0, 0), (0, 0), (1, 1), (1, 1)])[0, :, 1:3, 2:4]
    assert y[0, 1, 1, 2] == (window * preset.w[1]).sum()


def scattered(dy, w, stride, size):
    """Return dX of a cross-correlation by adding every product back where it came from."""
    dx = np.zeros(size)
    for (p, q), g in np.ndenumerate(dy):
        dx[p * stride : p * stride + w.shape[0], q * stride : q * stride + w.shape[1]] += g * w
    return dx


@pytest.mark.parametrize(
    "id, stride, padding",
    [("S003c", 1, 1), ("S003d", 2, 0), ("S003e", 1, 0), ("S003f", 1, 0), ("S003h", 2, 0)],
)
def test_source_003s_gradients_are_what_its_products_hand_back(id, stride, padding):
    preset = presets.get(id)
    dx, dw = cl.gradients(preset.x, preset.w, preset.dy, **preset.options)
    (height, width), (kh, kw) = preset.x.shape[2:], preset.w.shape[2:]
    whole = np.pad(preset.x, [(0, 0), (0, 0), (padding,) * 2, (padding,) * 2])
    for n in range(preset.x.shape[0]):
        back = scattered(preset.dy[n, 0], preset.w[0, 0], stride, whole.shape[2:])
        assert np.array_equal(dx[n, 0], back[padding : padding + height, padding : padding + width])
    for a, b in np.ndindex(kh, kw):
        rows, columns = whole.shape[2] - kh + 1 + a, whole.shape[3] - kw + 1 + b
        met = whole[:, :, a:rows:stride, b:columns:stride]
        assert dw[0, 0, a, b] == (met * preset.dy).sum()


def test_source_003s_crop_loses_the_last_row_and_column():
    preset = presets.get("S003c")
    dx, _ = cl.gradients(preset.x, preset.w, preset.dy, **preset.options)
    assert dx[0, 0, :3, :3].tolist() == [[12, 16, 20], [32, 36, 40], [52, 56, 60]]
    assert dx[0, 0, :, 3].tolist() == [24, 44, 64, 84]


def test_source_003s_two_images_mix_when_the_columns_stand_in_the_other_order():
    preset = presets.get("S003f")
    right = cl.conv(preset.x, preset.w, **preset.options)[:, 0]
    assert right[0].tolist() == [[10, 14, 18], [26, 30, 34], [42, 46, 50]]
    image_fastest = right.reshape(
        2, -1
    ).T.ravel()  # the columns of position 0 of both images, then of position 1, ...
    assert np.hsplit(image_fastest, 2)[0].reshape(3, 3).tolist() == [[10, 74, 14], [78, 18, 82], [26, 90, 30]]


def crop(K):
    """Return source 004's slice, as a tuple (a list of slices is an IndexError today)."""
    return (slice(K // 2, -K // 2 + 1),) * 2


@pytest.mark.parametrize("K", [1, 2, 3, 4, 5])
def test_source_004s_crop_is_right_for_odd_filters_from_three_up_only(K):
    stack = np.random.default_rng(4).integers(-9, 10, (12, 12, 3)).astype(float)
    w = np.arange(1.0, K * K + 1).reshape(K, K)
    right = cl.conv(stack.transpose(2, 0, 1)[:, None], w[None, None])[:, 0].transpose(1, 2, 0)
    assert np.array_equal(right, signal.convolve(stack, w[..., None], "valid", method="direct"))
    cropped = ndimage.convolve(stack, w[..., None])[crop(K)]
    if K < 3:
        assert cropped.size == 0
    else:
        assert cropped.shape == right.shape and np.array_equal(cropped, right) == (K % 2 == 1)
    start = (K - 1) - K // 2
    mended = (slice(start, start + right.shape[0]),) * 2
    assert np.array_equal(ndimage.convolve(stack, w[..., None])[mended], right)


@pytest.mark.parametrize("name", takers(ConvSpec((3, 1, 24, 24), (1, 1, 5, 5))))
def test_source_004s_stack_is_a_batch_to_every_backend(name):
    preset = presets.get("S004a")
    x, w = preset.x[:3, :, :24, :24], preset.w[..., :5, :5]
    spec = prepare(x, w).spec
    y = get(name).run(x, w, spec)
    wanted = signal.fftconvolve(x, w, "valid", axes=(2, 3))
    assert y.shape == wanted.shape == (3, 1, 20, 20)
    bound = BOUNDS["fft"](x, w, spec, wanted) + BOUNDS["direct"](x, w, spec, wanted)  # both sides round
    assert measure(y, wanted, bound).share <= 1


QUESTIONS = {
    "tf-same": [321, 543, 65],
    "torch-same": [210, 432, 654],
    "even-row": [[1, 12, 23, 34, 45]],
}


@pytest.mark.parametrize("id", QUESTIONS)
def test_a_question_gets_the_numbers_that_were_asked_about(id):
    preset = presets.get(id)
    assert cl.conv(preset.x, preset.w, **preset.options).tolist() == QUESTIONS[id]
