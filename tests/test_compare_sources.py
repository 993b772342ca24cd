"""Comparison settles what sources 000 and 001 argue about: every number they print, and why the sides differ."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

import convlab as cl
from tests.answers import asked

PRINTED = json.loads((Path(__file__).parent / "data" / "source_000.json").read_text())
RAMP, ONES, NINE = np.arange(25).reshape(5, 5), np.ones((3, 3)), np.arange(1, 10).reshape(3, 3)
BATCH = np.arange(150, dtype=np.float32).reshape(2, 3, 5, 5)
ASKED_X, ASKED_W = np.arange(16).reshape(4, 4), NINE


def one(x, w, item, **same):
    return cl.compare(x, w, against=[item], **same).rows[0]


def rounded(y):
    return np.asarray(y).round().astype(int).tolist()


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


def test_source_001s_own_loop_does_not_turn_and_the_row_says_how_to_mend_it():
    found = cl.compare(ASKED_X, ASKED_W, against=["scipy.signal.convolve2d", ("mine", asked)])
    right, mine = found.rows
    assert right.verdict == "equal" and right.y.tolist() == [[147, 192], [327, 372]]
    assert mine.y.tolist() == [[303, 348], [483, 528]]
    assert (mine.verdict, mine.cause) == ("convention", "not turned")
    assert mine.sentence.startswith("This side does not turn the filter") and "all 4 values" in mine.sentence
    assert mine.edit == "w = w[::-1, ::-1]"
    assert mine.proof == "mine(x, w[::-1, ::-1]) − truth = 0 everywhere"
    assert (mine.turn, right.turn) == (0, 2)
    assert np.array_equal(asked(ASKED_X, ASKED_W[::-1, ::-1]), right.y)


def test_the_mended_python_loop_equals_the_truth():
    found = cl.compare(ASKED_X, ASKED_W, against=[("mine", asked)])
    scope = {}
    exec(found.rows[0].mended["python"], scope)  # our own generated text
    assert np.array_equal(scope["convolution"](ASKED_X, ASKED_W), found.truth)


def test_the_mended_java_loop_compiles_and_equals_the_truth(tmp_path):
    if not (shutil.which("javac") and shutil.which("java")):
        pytest.skip("this machine has no Java compiler")
    found = cl.compare(ASKED_X, ASKED_W, against=[("mine", asked)])

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
