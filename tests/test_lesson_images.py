"""Lesson 04: its cut is right for every filter, its numbers are true, and each of the source's faults is named."""

import json

import numpy as np
import pytest
from scipy import ndimage, signal

import convlab as cl
from convlab.timing.shapes import suites
from convlab.workshop import checker, diagnosis, find, stacks

NAME = "04_one_filter_many_images"
LESSON = find(NAME)
EXERCISE = LESSON.exercise


def text_of(kind=None):
    cells = json.loads((LESSON.folder / "lesson.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if kind in (None, cell["cell_type"]))


def by_scipy(stack, filter):
    return signal.convolve(stack, filter[..., None], "valid", method="direct")


def test_the_definition_is_scipys_with_the_axis_that_the_source_names():
    for seed in range(2):
        for case in EXERCISE.cases(np.random.default_rng(seed)):
            stack, filter = case.args
            assert np.allclose(EXERCISE.definition(stack, filter), by_scipy(stack, filter.astype(float)))


@pytest.mark.parametrize("taps", [(kh, kw) for kh in range(1, 8) for kw in (1, 2, 3, 4, 7)], ids=str)
def test_the_right_cut_is_right_for_every_filter_and_needs_no_border(taps):
    rng = np.random.default_rng(3)
    stack, filter = rng.integers(-9, 10, (9, 8, 3)), rng.integers(-9, 10, taps)
    for border in stacks.BORDERS:
        got = stacks.cut(stacks.right, border=border)(stack, filter)
        assert np.array_equal(got, by_scipy(stack, filter))


@pytest.mark.parametrize("border", stacks.BORDERS)
def test_the_wrong_ways_see_what_ndimage_shows_them(border):
    rng = np.random.default_rng(5)
    stack = rng.normal(size=(7, 6, 5))
    for taps in ((3, 3), (4, 2), (1, 5), (2, 3)):
        filter = rng.normal(size=taps)
        for axis in range(3):
            theirs = ndimage.convolve(stack, np.expand_dims(filter, axis), mode=border)
            assert np.allclose(stacks.as_ndimage(stack, filter, axis, border), theirs)
    pixels, filter = rng.integers(100, 256, (6, 6, 2), np.uint8), rng.integers(1, 9, (3, 3)) + 0.5
    theirs = ndimage.convolve(pixels, filter[..., None], mode=border)[1:-1, 1:-1]
    assert np.array_equal(stacks.in_its_dtype(pixels, filter), theirs)


def test_the_cut_of_source_004_is_right_for_odd_filters_of_three_taps_or_more_only():
    image = np.random.default_rng(9).integers(-9, 10, (20, 20, 2))
    shapes = {}
    for K in range(1, 13):
        filter = np.arange(1, K * K + 1).reshape(K, K)
        got, wanted = stacks.cut(stacks.source)(image, filter), by_scipy(image, filter)
        shapes[K] = got.shape
        assert np.array_equal(got, wanted) == (K % 2 == 1 and K >= 3)
        if K > 2:
            assert got.shape == wanted.shape  # an even filter of four taps or more: no shape tells
    assert shapes[1] == shapes[2] == (0, 0, 2)


def test_the_numbers_in_the_text_are_true():
    text = text_of("markdown")
    for K in range(1, 6):
        front, behind = (K - 1) // 2, K // 2
        row = f"| {K} | ? | ? | 6 |" if K == 4 else f"| {K} | {front} | {behind} | {9 - K + 1} |"
        assert row in text and 9 - front - behind == 9 - K + 1
    assert "`valid = [slice(K//2, -K//2+1), slice(K//2, -K//2+1)]`" in text
    assert "5 − 3 + 1 = 3" in text and "$n - 1 + 1 = n$" in text
    recorded = [dict(one.recorded) for one in suites.suite("seed004").workloads]
    fastest = [min(times, key=times.get) for times in recorded]
    assert fastest.count("scipy.ndimage.convolve") == 5 and "won five of them" in text
    assert ndimage.convolve(np.full((3, 3), 200, np.uint8), np.ones((3, 3)))[1, 1] == 8 == 1800 - 7 * 256


def test_what_the_notebook_says_of_scipy_is_so():
    stack, filter = np.ones((6, 7, 5)), np.ones((3, 3))
    assert signal.convolve(stack, filter[..., None], "valid").shape == (4, 5, 5)
    assert signal.convolve(stack, filter[None], "valid").shape == (6, 5, 3)
    with pytest.raises(ValueError, match="'valid' mode"):
        signal.convolve(stack[..., :2], filter[None], "valid")
    with pytest.raises(IndexError):
        stack[[slice(1, -1), slice(1, -1)]]
    assert ndimage.convolve(stack[..., :2], filter[None]).shape == (6, 7, 2)
    with pytest.raises(cl.errors.SpecError, match="both readings fit"):
        cl.conv(stack, filter)
    assert signal.choose_conv_method(np.ones((100, 100, 5)), np.ones((11, 11, 1)), "valid") == "fft"


def test_output_i_of_ndimage_reads_the_pixels_that_the_text_says():
    for K in range(1, 8):
        for i in range(K, 20 - K):
            pixels = [j for j in range(20) if ndimage.convolve(np.eye(20)[j], np.ones(K))[i]]
            assert (pixels[0], pixels[-1]) == (i - (K - 1) // 2, i + K // 2)


# ---- the exercise ---------------------------------------------------------------------------------------------------


def mended(*done):
    """Return the exercise's line with the loud fault mended, and some of the others."""

    def ends(k, n):
        right = (k % 2 == 0 and k > 2 and "even filter" in done) or (k < 3 and "one or two taps" in done)
        return (stacks.right if right else stacks.source)(k, n)

    def stack_valid(stack, filter):
        (kh, kw), (h, w) = filter.shape, stack.shape[:2]
        whole = ndimage.convolve(stack.astype(float) if "own dtype" in done else stack, filter[..., None])
        return whole[ends(kh, h), ends(kw if "one size for the filter" in done else kh, w)]

    return stack_valid


FOUR = ("even filter", "own dtype", "one or two taps", "one size for the filter")
ORDERS = (
    [FOUR[:n] for n in range(4)]
    + [FOUR[n:] for n in range(1, 4)]
    + [FOUR[:n] + FOUR[n + 1 :] for n in range(4)]
)


@pytest.mark.parametrize("done", ORDERS, ids=lambda done: ", ".join(done) or "nothing mended")
def test_the_best_hidden_fault_that_is_left_is_named(done):
    verdict = checker.judge(NAME, EXERCISE, mended(*done))
    assert verdict.mistake == next(name for name in FOUR if name not in done), verdict


def test_four_repairs_and_the_tuple_are_all_it_takes():
    assert checker.judge(NAME, EXERCISE, mended(*FOUR)).status == "right"


def test_the_exercise_as_it_stands_fails_loudly_at_the_list_of_slices():
    source = (LESSON.folder / "exercise.py").read_text(encoding="utf-8").partition("if __name__")[0]
    stub = "    raise NotAttempted  # take this line out, then mend what follows: five faults\n"
    assert source.count(stub) == 1
    names = {}
    exec(compile(source.replace(stub, ""), "exercise.py", "exec"), names)
    verdict = checker.judge(NAME, EXERCISE, names["stack_valid"])
    assert (verdict.status, verdict.mistake) == ("wrong", "raised") and "IndexError" in verdict.sentence


def test_the_check_tells_that_a_test_with_odd_filters_would_have_passed():
    verdict = checker.judge(NAME, EXERCISE, mended())
    assert any("3 × 3 or 11 × 11" in note for note in verdict.notes)


def test_a_wrong_image_is_shown_as_a_table_of_rows_and_columns():
    verdict = checker.judge(NAME, EXERCISE, lambda stack, filter: by_scipy(stack, filter[::-1, ::-1]))
    text = repr(verdict)
    for part in ("expected[0] (2 × 2)", " 200  422", "1088 1310", "row 0, column 0 of plane[0]"):
        assert part in text
    assert np.shape(verdict.as_dict()["expected"]) == (2, 2, 2)


def test_the_first_difference_is_found_in_the_image_where_it_is():
    def answer(stack, filter):
        y = loop(stack, filter)
        y[1, 0, -1] += 5
        return y

    shown = checker.judge(NAME, EXERCISE, answer).shown
    assert shown.first == (1, 1, 0) and shown.difference.startswith(
        "First difference at row 1, column 0 of plane[1]: 1199 expected, 1204 found"
    )


def test_every_mistake_that_is_known_by_its_own_cases_has_enough_of_them():
    for seed in range(3):
        args = [EXERCISE.golden.args, *(case.args for case in EXERCISE.cases(np.random.default_rng(seed)))]
        for mistake in EXERCISE.mistakes:
            if mistake.alone_when:
                assert sum(mistake.alone_when(*one) for one in args) >= diagnosis.ENOUGH, mistake.name


def loop(stack, filter):
    return np.dstack([signal.convolve2d(stack[..., n], filter, "valid") for n in range(stack.shape[2])])


RIGHT = {
    "the source's loop": loop,
    "SciPy's valid": lambda stack, filter: signal.convolve(stack, filter[..., None], "valid"),
    "by transforms": lambda stack, filter: signal.fftconvolve(stack, filter[..., None], "valid"),
    "axes": lambda stack, filter: ndimage.convolve(stack.astype(float), filter, axes=(0, 1))[
        (filter.shape[0] - 1) // 2 : stack.shape[0] - filter.shape[0] // 2,
        (filter.shape[1] - 1) // 2 : stack.shape[1] - filter.shape[1] // 2,
    ],
    "convlab": lambda stack, filter: cl.conv(stack.transpose(2, 0, 1)[:, None], filter[None, None])[
        :, 0
    ].transpose(1, 2, 0),
    "a list": lambda stack, filter: loop(stack, filter).tolist(),
    "float32": lambda stack, filter: loop(stack.astype("float32"), filter.astype("float32")),
}

WRONG = {
    "the axis in front": (lambda x, w: signal.convolve(x, w[None], "valid"), None),
    "ndimage, uncut": (lambda x, w: ndimage.convolve(x.astype(float), w[..., None]), "not cut"),
    "ndimage, zeros around, uncut": (
        lambda x, w: ndimage.convolve(x.astype(float), w[..., None], mode="constant"),
        "not cut",
    ),
    "correlate": (lambda x, w: loop(x, w[::-1, ::-1]), "unflipped"),
    "images first": (lambda x, w: np.stack([loop(x, w)[..., n] for n in range(x.shape[2])]), "images first"),
    "a layer": (lambda x, w: loop(x, w).sum(-1), "images added up"),
    "right in 8 bits only": (lambda x, w: loop(x.astype("uint8"), w), None),
    "nothing": (lambda x, w: None, "returned nothing"),
    "a pair": (lambda x, w: (loop(x, w), 0), "wrong type"),
    "an error": (lambda x, w: x @ w, "raised"),
    "one argument": (lambda x: x, "not a function"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_passes_however_it_is_written(name):
    for seed in range(2):
        verdict = checker.judge(NAME, EXERCISE, RIGHT[name], seed)
        assert (verdict.status, verdict.mistake) == ("right", None), verdict


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_rejected_with_its_mistake(name):
    answer, mistake = WRONG[name]
    verdict = checker.judge(NAME, EXERCISE, answer)
    assert verdict.status == "wrong" and (verdict.mistake == mistake or mistake is None), verdict
    assert json.loads(json.dumps(verdict.as_dict()))["mistake"] == verdict.mistake
    assert verdict.sentence in repr(verdict) and NAME in verdict._repr_html_()
