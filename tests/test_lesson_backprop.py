"""Lesson 09: its faults are there, each is named when it is the best hidden one left, and a telling check finds all."""

import itertools
import json

import numpy as np
import pytest

import convlab as cl
from convlab import faults
from convlab.workshop import backward, checker, diagnosis, find

NAME = "09_backprop"
LESSON = find(NAME)
EXERCISE = LESSON.exercise
REPAIRS = {  # in the order of the catalogue: what stands in exercise.py, and what mends it
    "cropped": ("[:, :, padding:H, padding:W]", "[:, :, padding : padding + H, padding : padding + W]"),
    "integer-zeros": (
        "np.zeros_like(framed(x, padding, padding))",
        "np.zeros(framed(x, padding, padding).shape)",
    ),
    "column-order": ("dy.transpose(1, 0, 2, 3)", "dy.transpose(1, 2, 3, 0)"),
    "undilated": ("framed(dy, ", "framed(dilated(dy, stride), "),
    "swapped-pads": ("kw - 1, kh - 1)", "kh - 1, kw - 1)"),
}
FIVE = tuple(REPAIRS)
TELLING = [((2, 2, 5, 6), (2, 2, 3, 2), 1, 2), ((2, 2, 6, 5), (2, 2, 3, 2), 0, 2)]


def dilated(dy, stride, rest=0):
    shape = ((n - 1) * stride + 1 + rest for n in dy.shape[2:])
    spread = np.zeros((*dy.shape[:2], *shape))
    spread[:, :, ::stride, ::stride][:, :, : dy.shape[2], : dy.shape[3]] = dy
    return spread


def mended(*ids, rest=0):
    """Return the exercise's function with some of its faults mended."""
    text = (LESSON.folder / "exercise.py").read_text(encoding="utf-8").partition("if __name__")[0]
    stub = "    raise NotAttempted  # take this line out, then mend what follows: five faults\n"
    for old, new in [(stub, ""), *(REPAIRS[id] for id in ids)]:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    names = {"dilated": lambda dy, stride: dilated(dy, stride, (stride - 1) * rest)}
    exec(compile(text, "exercise.py", "exec"), names)
    return names["gradients"]


ORDERS = (
    [FIVE[:n] for n in range(5)]
    + [FIVE[n:] for n in range(1, 5)]
    + [FIVE[:n] + FIVE[n + 1 :] for n in range(5)]
)


@pytest.mark.parametrize("done", ORDERS, ids=lambda done: ", ".join(done) or "nothing mended")
def test_the_best_hidden_fault_that_is_left_is_named(done):
    verdict = checker.judge(NAME, EXERCISE, mended(*done))
    assert verdict.mistake == next(id for id in FIVE if id not in done), verdict


def test_five_repairs_leave_the_remainder_and_room_for_it_is_the_last():
    verdict = checker.judge(NAME, EXERCISE, mended(*FIVE))
    assert (verdict.mistake, verdict.status) == ("no-remainder", "wrong")
    assert checker.judge(NAME, EXERCISE, mended(*FIVE, rest=1)).status == "right"


def test_the_check_tells_that_the_usual_check_would_have_passed():
    verdict = checker.judge(NAME, EXERCISE, mended())
    assert any(note.startswith("Every usual check passes") for note in verdict.notes)
    assert any("raised IndexError" in note and "stride=2" in note for note in verdict.notes)
    text = repr(verdict)
    for part in (
        "expected dx[0, 0] (4 × 4)",
        "your dx[0, 0] (3 × 3)",
        "12 16 20 24",
        "72 76 80 84",
        "padding=1, stride=1",
    ):
        assert part in text


def test_a_fault_is_shown_on_a_layer_that_shows_it_alone():
    shown = checker.judge(NAME, EXERCISE, mended("cropped", "integer-zeros")).shown
    assert backward.difficulties(*shown.case.args) == {"images"} and shown.name == "dw"
    shown = checker.judge(NAME, EXERCISE, mended(*FIVE[:4])).shown
    assert backward.difficulties(*shown.case.args) == {"filter"}


def test_every_mistake_that_is_known_by_its_own_cases_has_enough_of_them():
    for seed in range(3):
        layers = [EXERCISE.golden.args, *(case.args for case in EXERCISE.cases(np.random.default_rng(seed)))]
        for mistake in EXERCISE.mistakes:
            if mistake.alone_when:
                assert sum(map(mistake.alone_when, *zip(*layers))) >= diagnosis.ENOUGH, mistake.name
        assert max(max(array.shape) for layer in layers for array in layer[:3]) <= 12  # small enough to show


def test_the_definition_is_what_the_engine_computes():
    for case in EXERCISE.cases(np.random.default_rng(4)):
        x, w, dy, padding, stride = case.args
        got = cl.gradients(x, w, dy, padding=padding, stride=stride, flip=False)
        assert all(map(np.allclose, got, EXERCISE.definition(*case.args)))


def layer(x_shape, w_shape, padding, stride, dtype=float):
    rng = np.random.default_rng(2)
    y_shape = cl.ConvSpec(x_shape, w_shape, padding=padding, stride=stride).y_shape
    x, w, dy = (rng.normal(0, 9, shape) for shape in (x_shape, w_shape, y_shape))
    return x.astype(dtype), w, dy, padding, stride


def right(answer, of):
    """Return whether an answer passes both checks that the lesson teaches: the definition's numbers, and the sums."""
    x, w, dy, padding, stride = of
    try:
        dx, dw = answer(x, w, dy, padding=padding, stride=stride)
    except IndexError:
        return False, False
    same = all(a.shape == b.shape and np.allclose(a, b) for a, b in zip((dx, dw), backward.gradients(*of)))
    total = (cl.corr(x, w, padding=padding, stride=stride) * dy).sum()
    pairs = [(dx, x), (dw, w)]
    return same, all(a.shape == b.shape and np.isclose((a * b).sum(), total) for a, b in pairs)


def test_the_usual_check_finds_none_of_the_faults_and_the_telling_ones_all_by_differences_and_by_sums():
    usual = layer((1, 1, 5, 5), (1, 1, 3, 3), 0, 1)
    telling = [layer(*of, dtype) for of in TELLING for dtype in (float, int)]
    for id in (*FIVE, "no-remainder", "tiled-columns"):
        run = faults.get(id).run
        assert right(run, usual) == (True, True), id
        for check in (0, 1):
            assert not all(right(run, of)[check] for of in telling), (id, check)


def test_two_of_the_faults_are_loud_on_the_telling_layer():
    x, w, dy, padding, stride = layer(*TELLING[0])
    for id in FIVE:
        if id in ("undilated", "swapped-pads"):
            with pytest.raises(IndexError):
                faults.get(id).run(x, w, dy, padding=padding, stride=stride)
        else:
            assert len(faults.get(id).run(x, w, dy, padding=padding, stride=stride)) == 2


def test_the_numbers_in_the_text_are_true():
    cells = json.loads((LESSON.folder / "lesson.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    w, dy, x = (np.array([[row]]) for row in ([1, 10, 100], [1, 2], [1, 2, 3, 4, 5]))
    dx, dw = cl.gradients(x, w, dy, stride=2, flip=False)
    assert dx.ravel().tolist() == [1, 10, 102, 20, 200] and dw.ravel().tolist() == [7, 10, 13]
    assert "`dw[0]` is 1·1 + 2·3 = 7" in text and "1 10 100 on the first three pixels, 2 20 200" in text
    assert (
        "framed by $k_h - 1$ rows" in text and "7 taps find 230 places on 236, and 230 - 2·3 is 224" in text
    )
    stem = cl.ConvSpec((1, 3, 224, 224), (64, 3, 7, 7), stride=2, padding=3)
    assert (
        stem.y_shape[-1] == 112 and 2 * 111 + 1 + stem.remainder[0] + 2 * 6 == 236 and 236 - 7 + 1 - 6 == 224
    )
    hint = EXERCISE.hints[2]
    dx6 = backward.gradients(np.zeros((1, 1, 1, 6)), w[None], dy[None], 0, 2)[0]
    assert " ".join(f"{value:g}" for value in dx6.ravel()) in hint


def by_sums(x, w, dy, padding, stride):
    """Scatter: every output hands its filter back, and collects its window."""
    frame = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    whole = np.pad(np.asarray(x, float), frame)
    dx, dw = np.zeros_like(whole), np.zeros(w.shape)
    for n, o, i, j in itertools.product(*map(range, dy.shape)):
        at = (
            n,
            slice(None),
            slice(i * stride, i * stride + w.shape[2]),
            slice(j * stride, j * stride + w.shape[3]),
        )
        dx[at] += dy[n, o, i, j] * w[o]
        dw[o] += dy[n, o, i, j] * whole[at]
    return dx[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]], dw


RIGHT = {
    "scattered": by_sums,
    "cl.gradients": lambda x, w, dy, p, s: cl.gradients(x, w, dy, padding=p, stride=s, flip=False),
    "a list": lambda *of: [one.tolist() for one in by_sums(*of)],
    "float32": lambda x, w, dy, p, s: by_sums(*(one.astype("float32") for one in (x, w, dy)), p, s),
}


def sum_of(*of):
    return sum(one.sum() for one in by_sums(*of))


def writes(x, w, dy, padding, stride):
    dx, dw = by_sums(x, w, dy, padding, stride)
    dy *= 0
    return dx, dw


def of_a_convolution(x, w, *rest):
    return by_sums(x, w[:, :, ::-1, ::-1], *rest)[0], by_sums(x, w, *rest)[1]


WRONG = {
    "the other way round": (lambda *of: by_sums(*of)[::-1], "changed places"),
    "of a convolution": (
        lambda x, w, *of: (by_sums(x, w[:, :, ::-1, ::-1], *of)[0], by_sums(x, w, *of)[1]),
        "not turned",
    ),
    "mean of the batch": (lambda x, *of: (by_sums(x, *of)[0], by_sums(x, *of)[1] / len(x)), "averaged"),
    "dx only": (lambda *of: by_sums(*of)[0], "wrong type"),
    "one number": (sum_of, "wrong type"),
    "nothing": (lambda *of: None, "returned nothing"),
    "no dw": (lambda *of: (by_sums(*of)[0], None), "returned nothing"),
    "text": (lambda *of: "dx, dw", "wrong type"),
    "in place": (writes, "mutated"),
    "zeros": (lambda x, w, *of: (np.zeros(x.shape), np.zeros(w.shape)), None),
    "flat": (lambda *of: tuple(one.ravel() for one in by_sums(*of)), "shape"),
    "an error": (lambda *of: np.zeros(3) + np.zeros(4), "raised"),
    "three arguments": (lambda x, w, dy: (x, w), "not a function"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_passes_however_it_is_written(name):
    assert checker.judge(NAME, EXERCISE, RIGHT[name]).status == "right"


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_rejected_with_its_mistake(name):
    answer, mistake = WRONG[name]
    verdict = checker.judge(NAME, EXERCISE, answer)
    assert (verdict.status, verdict.mistake) == ("wrong", mistake), verdict
    assert json.loads(json.dumps(verdict.as_dict()))["mistake"] == mistake
    assert verdict.sentence in repr(verdict) and NAME in verdict._repr_html_()
