"""Lesson 05: its rule is the engine's, its numbers are true, and every usual misunderstanding gets its own sentence."""

import itertools
import json
from math import floor

import numpy as np
import pytest

import convlab as cl
from convlab.errors import SpecError
from convlab.workshop import checker, find

NAME = "05_stride_and_floor"
LESSON = find(NAME)
EXERCISE = LESSON.exercise


def told():
    cells = json.loads((LESSON.folder / "lesson.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def by_engine(M, m, s, p, d):
    """Return the length that a spec has, and the pixels that change nothing when they alone are 1."""
    try:
        spec = cl.ConvSpec((M, 1, M), (1, 1, m), stride=s, padding=p, dilation=d)
    except SpecError:
        return 0, list(range(M))
    y = cl.conv(np.eye(M)[:, None], np.ones((1, 1, m)), stride=s, padding=p, dilation=d)
    return spec.y_shape[-1], np.flatnonzero(~y.any((1, 2))).tolist()


def test_the_definition_is_what_the_engine_does_on_every_small_layer():
    for layer in itertools.product(range(1, 9), range(1, 5), range(1, 5), range(3), range(1, 4)):
        assert EXERCISE.definition(*layer) == by_engine(*layer), layer


def rule(M, m, s, p=0, d=1):
    return floor((M + 2 * p - d * (m - 1) - 1) / s) + 1


def test_the_numbers_in_the_text_are_true():
    text = told()
    sizes = {
        s: [
            cl.ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), mode=mode, stride=s).y_shape[-1]
            for mode in ("valid", "full")
        ]
        for s in (2, 3)
    }
    assert sizes == {2: [2, 4], 3: [1, 3]}
    for s in (2, 3):
        assert f"⌊2/{s}⌋ + 1 = {sizes[s][0]}" in text and sizes[s] == [rule(5, 3, s), rule(5, 3, s, 2)]
    assert "⌊6/2⌋ + 1 = ?" in text and 5 + 3 - 2 == 6
    assert "⌊3/2⌋ + 1 = 2" in text and rule(6, 3, 2) == 2 == sizes[2][0]
    assert "(224 − 11)/4 + 1 = 54.25" in text and (224 - 11) / 4 + 1 == 54.25 and rule(227, 11, 4) == 55
    assert "112.5" in text and (224 + 2 * 3 - 7) / 2 + 1 == 112.5


def test_the_tables_of_source_000_with_a_stride_are_theanos():
    """These are the numbers of the section that the source left empty."""
    image, taps = np.arange(25).reshape(1, 1, 5, 5), np.ones((1, 1, 3, 3))
    wanted = {
        ("valid", 2, 2): [[54, 72], [144, 162]],
        ("valid", 3, 3): [[54]],
        ("valid", 1, 2): [[54, 72], [99, 117], [144, 162]],
        ("full", 2, 2): [[0, 3, 9, 4], [15, 54, 72, 27], [45, 144, 162, 57], [20, 63, 69, 24]],
        ("full", 3, 3): [[0, 6, 4], [30, 108, 42], [20, 66, 24]],
        ("half", 2, 2): [[12, 27, 24], [63, 108, 81], [72, 117, 84]],
    }
    for (mode, *subsample), table in wanted.items():
        y = cl.theano.conv2d(image, taps, border_mode=mode, subsample=tuple(subsample))
        assert y[0, 0].tolist() == table


def test_every_layer_that_the_notebook_can_draw_exists():
    low, high = (14, 2, 2, 0, 1), (30, 6, 5, 3, 4)
    assert f"integers({low}, {high}, (6, 5))" in (LESSON.folder / "lesson.ipynb").read_text(encoding="utf-8")
    smallest, (_, m, _, _, d) = low[0], (n - 1 for n in high)
    assert cl.ConvSpec((1, 1, smallest), (1, 1, m), dilation=d).y_shape[-1] >= 1


def walked(M, m, s, p, d):
    reached, starts = set(), range(-p, M + p - d * (m - 1), s)
    for start in starts:
        reached.update(range(start, start + d * (m - 1) + 1, d))
    return len(starts), set(range(M)) - reached


def known(length):
    """Return the answer that is right about the pixels, with this length."""
    return lambda *layer: (length(*layer), walked(*layer)[1])


RIGHT = {
    "ranges and sets": walked,
    "arrays": lambda *layer: (np.int64(walked(*layer)[0]), np.array(sorted(walked(*layer)[1]))),
    "a list": lambda *layer: [walked(*layer)[0], sorted(walked(*layer)[1])],
    "floats": lambda *layer: (float(walked(*layer)[0]), sorted(map(float, walked(*layer)[1]))),
    "one-hot images": by_engine,
    "the + 1 inside, and // ": known(lambda M, m, s, p, d: max(0, (M + 2 * p - d * (m - 1) - 1 + s) // s)),
    "ceil of the places": known(lambda M, m, s, p, d: max(0, -(-(M + 2 * p - d * (m - 1)) // s))),
}

WRONG = {
    "the rule of lesson 01": (known(lambda M, m, s, p, d: max(0, (M - m) // s + 1)), "padding forgotten"),
    "that, with zeros": (known(lambda M, m, s, p, d: max(0, (M + 2 * p - m) // s + 1)), "dilation forgotten"),
    "source 003's int": (
        known(lambda M, m, s, p, d: int((M + 2 * p - d * (m - 1) - 1) / s) + 1),
        "int of a negative",
    ),
    "no max": (known(lambda M, m, s, p, d: (M + 2 * p - d * (m - 1) - 1) // s + 1), "below zero"),
    "rounded up, and no zeros": (known(lambda M, m, s, p, d: max(0, -(-(M - m) // s) + 1)), "rounded up"),
    "tensorflow's same": (known(lambda M, m, s, p, d: -(-M // s)), "filter forgotten"),
    "every pixel": (lambda *layer: (walked(*layer)[0], []), "nothing unread"),
    "how many": (lambda *layer: (walked(*layer)[0], len(walked(*layer)[1])), "number of them"),
    "off and wrong pixels": (
        lambda M, m, s, p, d: ((M + 2 * p - d * (m - 1) - 1) // s, [7]),
        "plus one missing",
    ),
    "one and pixel 7": (lambda *layer: (1, [7]), None),
    "length alone": (lambda *layer: walked(*layer)[0], "wrong type"),
    "three things": (lambda *layer: (*walked(*layer), 0), "wrong type"),
    "nothing": (lambda *layer: None, "returned nothing"),
    "no list": (lambda *layer: (walked(*layer)[0], None), "returned nothing"),
    "text": (lambda *layer: ("2", "5"), "wrong type"),
    "divides by zero": (lambda M, m, s, p, d: (1 // p, []), "raised"),
    "four arguments": (lambda M, m, s, p: (1, []), "not a function"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_passes_however_it_is_written(name):
    for seed in range(3):
        verdict = checker.judge(NAME, EXERCISE, RIGHT[name], seed)
        assert (verdict.status, verdict.mistake) == ("right", None), verdict


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_rejected_with_its_mistake(name):
    answer, mistake = WRONG[name]
    for seed in range(3):
        verdict = checker.judge(NAME, EXERCISE, answer, seed)
        assert (verdict.status, verdict.mistake) == ("wrong", mistake), verdict
    assert json.loads(json.dumps(verdict.as_dict()))["status"] == "wrong"
    assert verdict.sentence in repr(verdict) and "05_stride_and_floor" in verdict._repr_html_()


def test_a_wrong_pixel_is_shown_beside_the_right_one():
    text = repr(
        checker.judge(NAME, EXERCISE, lambda *layer: (walked(*layer)[0], [n + 1 for n in walked(*layer)[1]]))
    )
    for part in (
        "windows(M=6, m=3, s=2, p=0, d=1)",
        "expected unread (length 1)",
        "your unread",
        "position 0: 5 expected",
    ):
        assert part in text


def test_the_bare_rule_with_no_pixels_is_shown_where_its_length_falls_below_zero():
    verdict = checker.judge(NAME, EXERCISE, lambda M, m, s, p, d: (rule(M, m, s, p, d), []))
    assert (verdict.mistake, verdict.shown.name) == ("below zero", "length")
    assert verdict.shown.yours < 0
