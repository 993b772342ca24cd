"""`cl.compare`: the sources' own arguments settled, refusals as results, nothing right ever misnamed."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

import convlab as cl
from convlab.compare import Yardstick, columns, explain
from convlab.errors import SpecError
from convlab.operands import prepare
from tests.specs import CORNERS, drawn

PRINTED = json.loads((Path(__file__).parent / "data" / "source_000.json").read_text())
RAMP, ONES, NINE = np.arange(25).reshape(5, 5), np.ones((3, 3)), np.arange(1, 10).reshape(3, 3)
BATCH = np.arange(150, dtype=np.float32).reshape(2, 3, 5, 5)
ASKED_X, ASKED_W = np.arange(16).reshape(4, 4), NINE


def one(x, w, item, **same):
    return cl.compare(x, w, against=[item], **same).rows[0]


def rounded(y):
    return np.asarray(y).round().astype(int).tolist()


def asker(image, kernel):
    """Source 001's own function, from its description: one size for both axes, nothing turned."""
    h, w = image.shape
    k = len(kernel)
    out = np.zeros((h - k + 1, w - k + 1))
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[j, i] = sum(image[j : j + k, i : i + k].flatten() * kernel.flatten())
    return out


# source 000


@pytest.mark.parametrize("mode", ["full", "valid"])
def test_source_000s_two_axes_agree_and_print_the_same(mode):
    found = cl.compare(
        RAMP.astype("f4"), ONES.astype("f4"), against=["theano", "scipy.signal.fftconvolve"], mode=mode
    )
    assert found.rows[0].verdict == "equal"
    assert found.rows[1].verdict in ("equal", "rounding")
    assert all(rounded(row.y) == PRINTED[f"2-D {mode}"] for row in found.rows)
    assert rounded(found.truth) == PRINTED[f"2-D {mode}"]


def test_source_000s_batch_is_convolved_along_all_axes_by_scipy_in_full():
    found = cl.compare(
        BATCH, np.ones((1, 3, 3, 3), "f4"), against=["theano", "scipy.signal.fftconvolve"], mode="full"
    )
    theano, scipy = found.rows
    assert rounded(theano.y) == PRINTED["4-D full, Theano"] and theano.verdict == "equal"
    assert rounded(scipy.y) == PRINTED["4-D full, SciPy"]
    assert (scipy.verdict, scipy.cause) == ("shape", "convolved over all axes")
    assert "images and channels too, and turns the filter along all of them" in scipy.sentence
    assert "(2, 5, 7, 7)" in scipy.sentence
    assert scipy.proof == "f(x, w)[:, 2:3] − truth = 0 everywhere"
    assert np.array_equal(np.round(scipy.y[:, 2:3]), found.truth)


def test_theanos_answer_stands_inside_scipys_once_the_channels_are_reversed():
    w = np.arange(27, dtype=np.float32).reshape(1, 3, 3, 3)
    row = one(BATCH, w, "scipy.signal.fftconvolve", mode="full")
    assert row.edit == "y = f(x, w[:, ::-1])[:, 2:3]" and "once w's channels are reversed" in row.sentence
    assert row.proof == "f(x, w[:, ::-1])[:, 2:3] − truth = 0 everywhere"
    truth = cl.conv(BATCH, w, mode="full")
    inside = signal.convolve(BATCH, w[:, ::-1], "full", method="direct")[:, 2:3]
    assert np.array_equal(inside, truth)


def test_source_000s_agreement_in_valid_came_from_its_filter_of_ones():
    ones = one(BATCH, np.ones((1, 3, 3, 3), "f4"), "scipy.signal.fftconvolve")
    assert ones.verdict in ("equal", "rounding") and rounded(ones.y) == PRINTED["4-D valid"]
    assert ones.turn is None and "these operands cannot tell" in ones.sentence
    told = one(BATCH, np.arange(27, dtype="f4").reshape(1, 3, 3, 3), "scipy.signal.fftconvolve")
    assert (told.verdict, told.cause, told.edit) == ("convention", "channels turned too", "w = w[:, ::-1]")
    assert rounded(told.y[0, 0, 0]) == [6543, 6894, 7245]


@pytest.mark.parametrize("mode, shape", [("full", (2, 3, 7, 7)), ("valid", (2, 3, 3, 3))])
def test_source_000s_channel_mismatch_is_refused_by_theano_and_answered_by_scipy(mode, shape):
    found = cl.compare(
        BATCH, np.ones((1, 1, 3, 3), "f4"), against=["theano", "scipy.signal.fftconvolve"], mode=mode
    )
    theano, scipy = found.rows
    assert found.spec is None and found.truth is None and "3 channels" in found.problem
    assert theano.verdict == "error" and "images and kernel must have the same stack size" in theano.sentence
    assert theano.label == "Theano semantics (reference)" and theano.y is None
    assert scipy.y.shape == shape
    assert (scipy.verdict, scipy.cause) == ("shape", "convolved over all axes")


def test_source_000s_filters_of_one_tap_return_each_image():
    x, w = np.arange(18.0).reshape(2, 1, 3, 3), np.ones((3, 1, 1, 1))
    names = ["theano", "scipy.signal.fftconvolve", "scipy.signal.convolve"]
    full, valid = (cl.compare(x, w, against=names, mode=mode).rows for mode in ("full", "valid"))
    assert full[0].verdict == valid[0].verdict == "equal"
    assert full[0].y.tolist() == np.repeat(x, 3, axis=1).tolist()
    assert full[1].y.shape == (4, 1, 3, 3) and full[1].cause == "convolved over all axes"
    assert rounded(full[1].y[1, 0]) == [[9, 11, 13], [15, 17, 19], [21, 23, 25]]
    assert valid[2].verdict == "error"
    assert "For 'valid' mode, one must be at least as large as the other in every" in valid[2].sentence


# source 001


def test_source_001s_own_loop_does_not_turn_and_the_row_says_how_to_mend_it():
    found = cl.compare(ASKED_X, ASKED_W, against=["scipy.signal.convolve2d", ("mine", asker)])
    right, mine = found.rows
    assert right.verdict == "equal" and right.y.tolist() == [[147, 192], [327, 372]]
    assert mine.y.tolist() == [[303, 348], [483, 528]]
    assert (mine.verdict, mine.cause) == ("convention", "not turned")
    assert mine.sentence.startswith("This side does not turn the filter") and "all 4 values" in mine.sentence
    assert mine.edit == "w = w[::-1, ::-1]"
    assert mine.proof == "mine(x, w[::-1, ::-1]) − truth = 0 everywhere"
    assert (mine.turn, right.turn) == (0, 2)
    assert np.array_equal(asker(ASKED_X, ASKED_W[::-1, ::-1]), right.y)


def test_the_mended_python_loop_equals_the_truth():
    found = cl.compare(ASKED_X, ASKED_W, against=[("mine", asker)])
    scope = {}
    exec(found.rows[0].mended["python"], scope)  # our own generated text
    assert np.array_equal(scope["convolution"](ASKED_X, ASKED_W), found.truth)


def test_the_mended_java_loop_compiles_and_equals_the_truth(tmp_path):
    if not (shutil.which("javac") and shutil.which("java")):
        pytest.skip("this machine has no Java compiler")
    found = cl.compare(ASKED_X, ASKED_W, against=[("mine", asker)])

    def literal(a):
        return "{" + ", ".join("{" + ", ".join(f"{v}" for v in row) + "}" for row in a.tolist()) + "}"

    body = f"""public class Mended {{
{found.rows[0].mended["java"]}
public static void main(String[] ignored) {{
    double[][] x = {literal(ASKED_X)}, w = {literal(ASKED_W)};
    for (double[] row : convolution(x, w)) for (double v : row) System.out.println(v);
}} }}"""
    (tmp_path / "Mended.java").write_text(body)
    subprocess.run(["javac", "-d", tmp_path, tmp_path / "Mended.java"], check=True, timeout=120)
    printed = subprocess.run(
        ["java", "-cp", tmp_path, "Mended"], check=True, capture_output=True, timeout=60
    ).stdout
    assert [float(line) for line in printed.split()] == found.truth.ravel().tolist()


def test_source_001s_large_float32_images_differ_by_rounding_only():
    rng = np.random.RandomState(42)
    x, w = rng.randn(500, 500).astype(np.float32), rng.randn(32, 32).astype(np.float32)
    begun = time.perf_counter()
    direct, fft = cl.compare(
        x, w, against=["scipy.signal.convolve2d", "scipy.signal.fftconvolve"], mode="valid"
    ).rows
    assert time.perf_counter() - begun < 30
    for row, method in ((direct, "sums in float32"), (fft, "a Fourier transform in float32")):
        assert row.verdict == "rounding" and 0 < row.error.share <= 1 and row.error.largest > 0
        assert method in row.sentence and "This side answers in float32" in row.sentence


# what can be asked


def test_the_catalogue_of_columns_is_what_against_takes():
    for row in columns():
        x, w = (RAMP[0], NINE[0]) if row["name"].startswith("numpy.") else (RAMP, NINE)
        found = one(x, w, row["name"], mode="same")
        assert found.label == row["label"] and found.name == row["name"]
        assert found.verdict in ("equal", "rounding", "convention"), found.sentence
    labels = {row["name"]: row["label"] for row in columns()}
    assert labels["theano"] == "Theano semantics (reference)"


@pytest.mark.parametrize(
    "item", ["os.system", "scipy.signal.lfilter", "scipy-slow", 7, ("a", 1, 2), (1, ASKED_X)]
)
def test_an_unknown_column_is_refused_and_nothing_is_imported(item):
    with pytest.raises(SpecError, match="Asked to"):
        cl.compare(ASKED_X, ASKED_W, against=[item])


def test_a_dotted_name_that_is_not_known_lists_those_that_are():
    with pytest.raises(SpecError, match=r"scipy\.signal\.oaconvolve"):
        cl.compare(ASKED_X, ASKED_W, against=["scipy.signal.lfilter"])


@pytest.mark.parametrize("same", [{"stride": 0}, {"mode": "sane"}, {"padding": -1}, {"dilation": "2"}])
def test_an_option_without_sense_raises_even_where_the_shapes_are_wrong_too(same):
    for w in (np.ones((1, 3, 3, 3)), np.ones((1, 1, 3, 3))):
        with pytest.raises(SpecError):
            cl.compare(BATCH, w, against=["theano"], **same)


def test_a_label_with_an_array_or_a_function_is_a_column():
    truth = cl.conv(ASKED_X, ASKED_W)
    rows = cl.compare(
        ASKED_X, ASKED_W, against=[("mine", truth), ("list", truth.tolist()), ("f", cl.conv)]
    ).rows
    assert [row.verdict for row in rows] == ["equal"] * 3 and [row.label for row in rows] == [
        "mine",
        "list",
        "f",
    ]


def test_a_function_of_the_library_gets_the_operands_as_they_were_handed_in():
    seen = []
    cl.compare(
        BATCH.astype(np.uint8),
        np.ones((1, 3, 3, 3), bool),
        against=[("spy", lambda x, w: seen.append((x, w)))],
    )
    assert seen[0][0].dtype == np.uint8 and seen[0][0].shape == (2, 3, 5, 5) and seen[0][1].dtype == bool


# refusals are results


def fails(x, w):
    raise ZeroDivisionError("nobody expects it")


@pytest.mark.parametrize(
    "x, w, item, same, text",
    [
        (
            BATCH,
            np.ones((1, 3, 3, 3)),
            "scipy.signal.convolve2d",
            {},
            "convolve2d inputs must both be 2-D arrays",
        ),
        (RAMP, NINE, "numpy.convolve", {}, "object too deep for desired array"),
        (RAMP, NINE, "scipy.signal.convolve2d", {"mode": "half"}, "mode flags are"),
        (RAMP.astype("f2"), NINE.astype("f2"), "scipy.signal.convolve2d", {}, "not available for this type"),
        (RAMP, NINE, ("mine", fails), {}, "ZeroDivisionError: nobody expects it"),
        (RAMP, NINE, ("mine", lambda x, w: "text"), {}, "text"),
        (RAMP, NINE, ("mine", lambda x, w: None), {}, "Python objects"),
        (RAMP, NINE, ("mine", lambda x, w: x * 1j), {}, "complex"),
        (RAMP, NINE, ("mine", lambda x, w: [[1], [2, 3]]), {}, "different lengths"),
        (RAMP[0], NINE[0], "theano", {}, "must be 4D tensor"),
    ],
)
def test_a_call_that_raises_is_a_row_with_the_librarys_own_text(x, w, item, same, text):
    row = one(x, w, item, **same)
    assert row.verdict == "error" and row.y is None and text in row.sentence


@pytest.mark.parametrize("name", ["convolve2d", "convolve", "correlate", "correlate2d", "fftconvolve"])
def test_a_filter_larger_than_the_image_is_swapped_by_scipy_and_the_row_says_so(name):
    x, w = np.random.default_rng(0).integers(-9, 9, (2, 3)), np.arange(1, 13).reshape(3, 4)
    found = cl.compare(x, w, against=[f"scipy.signal.{name}", "theano", "naive"])
    assert found.problem and found.rows[0].cause == "operands swapped" and found.rows[0].verdict == "shape"
    assert found.rows[1].verdict == found.rows[2].verdict == "error"
    assert "impossible output shape" in found.rows[1].sentence


# nothing right is misnamed


@pytest.mark.parametrize("spec", [*CORNERS, *drawn(200)], ids=str)
def test_no_right_backend_is_ever_misnamed(spec):
    rng = np.random.default_rng(3)
    x, w = (rng.integers(-9, 10, shape).astype(spec.dtype) for shape in (spec.x_shape, spec.w_shape))
    options = {"stride": spec.stride, "dilation": spec.dilation, "groups": spec.groups, "flip": spec.flip}
    where = {"padding": spec.padding} if spec.padding is not None else {"mode": spec.mode}
    names = [row.name for row in cl.backends(spec) if row.says is None and row.name != "numba-direct"]
    found = cl.compare(x, w, against=names, **options, **where)
    assert [row.verdict for row in found.rows if row.verdict not in ("equal", "rounding")] == []
    assert found.spec == spec


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_four_columns_of_a_small_question_fit_between_two_frames(mode):
    names = ["naive-no-flip", "theano", "scipy.signal.convolve2d", "scipy.ndimage.convolve"]

    def seconds():
        begun = time.process_time()  # a busy machine takes its turns, but no more work
        cl.compare(RAMP, NINE, against=names, mode=mode)
        return time.process_time() - begun

    assert min(seconds() for _ in range(5)) < 3 * 0.020


def test_explain_judges_against_any_yardstick():
    ready = prepare(ASKED_X, ASKED_W, flip=False)
    assert explain(asker(ASKED_X, ASKED_W), ready).verdict == "equal"
    turned = explain(signal.convolve2d(ASKED_X, ASKED_W, "valid"), Yardstick.of(ready), bare=True)
    assert (turned.cause, turned.turn, turned.edit) == ("turned", 2, "w = w[::-1, ::-1]")


def test_a_comparison_reads_as_text():
    text = str(cl.compare(ASKED_X, ASKED_W, against=["naive-no-flip"]))
    assert "naive loop, no flip" in text and "does not turn" in text and "x is a ramp" in text
