"""`cl.compare`: what can be asked of it, refusals as results, and nothing right ever misnamed."""

import time

import numpy as np
import pytest
from scipy import signal

import convlab as cl
from convlab.compare import Yardstick, columns, explain
from convlab.errors import SpecError
from convlab.operands import prepare
from tests.specs import CORNERS, drawn
from tests.takers import takers

RAMP, NINE = np.arange(25).reshape(5, 5), np.arange(1, 10).reshape(3, 3)
BATCH = np.arange(150, dtype=np.float32).reshape(2, 3, 5, 5)
ASKED_X, ASKED_W = np.arange(16).reshape(4, 4), NINE


def one(x, w, item, **same):
    return cl.compare(x, w, against=[item], **same).rows[0]


def test_the_catalogue_of_columns_is_what_against_takes():
    says = {row.name: row.says for row in cl.backends(prepare(RAMP, NINE, mode="same").spec)}
    for row in columns():
        if row["group"] == "real":
            continue  # test_compare_theano asks them
        x, w = (RAMP[0], NINE[0]) if row["name"].startswith("numpy.") else (RAMP, NINE)
        found = one(x, w, row["name"], mode="same")
        assert found.label == row["label"] and found.name == row["name"]
        if no := says.get(row["name"]):
            assert found.verdict == "error" and no in found.sentence
        else:
            assert found.verdict in ("equal", "rounding", "convention"), found.sentence
    labels = {row["name"]: row["label"] for row in columns()}
    assert labels["theano"] == "Theano semantics (reference)"


def test_the_naive_loop_turns_the_filter_and_its_twin_does_not_whatever_is_asked():
    for flip, verdicts in ((True, ["equal", "convention"]), (False, ["convention", "equal"])):
        rows = cl.compare(ASKED_X, ASKED_W, against=["naive", "naive-no-flip"], flip=flip).rows
        assert [row.verdict for row in rows] == verdicts
    assert cl.compare(ASKED_X, ASKED_W, against=["theano"], flip=False).rows[0].cause == "turned"


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
        (RAMP, NINE, ("mine", lambda x, w: None), {}, "end with return?"),
        (RAMP, NINE, ("mine", lambda x, w: np.fft.fft2(x)), {}, "keep y.real"),
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


@pytest.mark.parametrize("name", ["numpy.convolve", "numpy.correlate"])
def test_numpys_same_takes_the_longer_operand_for_the_image(name):
    row = one([1, 2], [1, 2, 4, 8], name, mode="same")
    assert (row.verdict, row.cause, row.y.shape) == ("shape", "operands swapped", (4,))


@pytest.mark.parametrize(
    "given", [[np.nan] * 5, [1e300, 1, 2, 3, 4], [1, np.inf, 3, 4, 5], [True, False, True] * 2]
)
def test_values_that_no_one_likes_are_rows_like_any_other(given):
    names = ["naive", "scipy.signal.fftconvolve", "numpy.convolve", "scipy.ndimage.convolve"]
    rows = cl.compare(given, [1.0, 2.0], against=names, mode="same").rows
    assert [row.verdict for row in rows][::2] == ["equal", "equal"]


@pytest.mark.parametrize("spec", [*CORNERS, *drawn(200)], ids=str)
def test_no_right_backend_is_ever_misnamed(spec):
    rng = np.random.default_rng(3)
    x, w = (rng.integers(-9, 10, shape).astype(spec.dtype) for shape in (spec.x_shape, spec.w_shape))
    options = {"stride": spec.stride, "dilation": spec.dilation, "groups": spec.groups, "flip": spec.flip}
    where = {"padding": spec.padding} if spec.padding is not None else {"mode": spec.mode}
    names = [name for name in takers(spec) if name != "numba-direct"]
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
    assert explain(signal.correlate2d(ASKED_X, ASKED_W, "valid"), ready).verdict == "equal"
    turned = explain(signal.convolve2d(ASKED_X, ASKED_W, "valid"), Yardstick.of(ready), bare=True)
    assert (turned.cause, turned.turn, turned.edit) == ("turned", 2, "w = w[::-1, ::-1]")


def test_a_comparison_reads_as_text():
    text = str(cl.compare(ASKED_X, ASKED_W, against=["naive-no-flip"]))
    assert "naive loop, no flip" in text and "does not turn" in text and "x is a ramp" in text
