"""A refusal names what fits and has a button that works; whatever is asked, an answer comes in words or numbers."""

import itertools
import random

import pytest

from convlab.dashboard.state.limits import LIMITS, OverLimit
from convlab.dashboard.state.remedy import problem
from convlab.errors import ConvLabError, Refused, SpecError
from tests.test_question import layers, small

IMPOSSIBLE = [
    (small(), {"w_shape": "6x3"}),
    (small(), {"w_shape": "7x7"}),
    (small(mode="full"), {"w_shape": "7x7", "mode": "valid"}),
    (small(), {"dilation": 3}),
    (small(), {"x_shape": "2x2"}),
    (small(), {"x": "1 2\n3 4"}),
    (layers(), {"groups": 2}),
    (layers(), {"groups": 4}),
    (layers(groups=2), {"w_shape": "4x4x3x3"}),
    (layers(), {"x_shape": "2x3x6x5"}),
    (layers(groups=2), {"x_shape": "2x1x6x5"}),
    (layers(), {"x": "1 2\n3 4"}),
    (layers(groups=4), {"w_shape": "3x1x3x3"}),
    (small(), {"x_shape": "40x5"}),
    (small(), {"w_shape": "9x9"}),
    (small(), {"x_shape": "99999999999999999999x5"}),
    (small(), {"stride": 99}),
    (small(), {"dilation": [1, 99], "mode": "full"}),
    (layers(), {"groups": 99}),
    (small(), {"padding": 99}),
    (small(), {"x_shape": "1x1x16x16x16", "w_shape": "3x3x3", "mode": "full"}),
    (small(), {"x_shape": "4x4x16x16", "w_shape": "4x4x7x7", "mode": "full", "dilation": 8}),
    (small(), {"x_shape": "4x1x16x16x16", "w_shape": "4x1x7x7x7"}),
    (small(), {"preset": "larger"}),
    (small(), {"preset": "S000c"}),
]


@pytest.mark.parametrize(
    ("question", "change"), IMPOSSIBLE, ids=lambda one: repr(one)[:40] if isinstance(one, dict) else ""
)
def test_an_impossible_change_has_a_button_that_works(question, change):
    with pytest.raises(ConvLabError) as caught:
        question.changed(change)
    shown = problem(caught.value, question, change)
    assert shown["kind"] in ("no such convolution", "over a limit")
    assert shown["asked"].startswith("Asked ") and shown["found"] and shown["hint"]
    assert shown["try"] is not None
    assert question.changed(shown["try"]["change"]) != question


def test_the_button_keeps_what_was_asked():
    question = small()
    with pytest.raises(SpecError) as caught:
        question.changed({"w_shape": "6x6"})
    button = problem(caught.value, question, {"w_shape": "6x6"})["try"]
    assert button == {"label": "Use full", "change": {"w_shape": "6x6", "mode": "full"}}
    with pytest.raises(SpecError) as caught:
        layers().changed({"groups": 2})
    button = problem(caught.value, layers(), {"groups": 2})["try"]
    assert layers().changed(button["change"]).spec.w_shape == (4, 2, 3, 3)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"x_shape": "40x5"}, "Use 16 × 5, the nearest that fits, for example x[:16]."),
        ({"x_shape": "9x1x5x5"}, "Use 4 × 1 × 5 × 5, the nearest that fits, for example x[:4]."),
        ({"w_shape": "3x8"}, "Use 3 × 7, the nearest that fits, for example w[:, :7]."),
        ({"stride": 9}, "Use 8, the largest."),
        ({"padding": "17:0 0"}, "Use 16, the most."),
        (
            {"x_shape": "1x1x16x16x16", "w_shape": "3x3x3", "mode": "full"},
            "Use x of 1 × 1 × 12 × 12 × 12, the nearest that fits.",
        ),
    ],
    ids=repr,
)
def test_a_refusal_names_the_nearest_size_that_fits(change, hint):
    with pytest.raises(Refused) as caught:
        small().changed(change)
    assert caught.value.hint == hint


def test_a_change_that_is_none_gets_a_sentence():
    for change in (
        None,
        5,
        [],
        "mode",
        {"colour": 1},
        {"preset": 5},
        {"preset": "<b>"},
        {5: 5},
    ):
        with pytest.raises(SpecError) as caught:
            small().changed(change)
        assert len(str(caught.value)) < 400
        assert problem(caught.value, small(), change)["try"] is None


NUMBERS = [None, 0, 1, 2, 8, 9, -1, 10**30, True, 2.5, float("nan")]
TEXTS = ["", "2", "2,1", "x", "3x3", "1 2 3", "same", "full", "S000b", "depthwise", "5x5", "1x1x5x5x5", "nan"]
LISTS = [[], [1], [[1, 2]], [1, [2]], {}, [[[[1.0, 2.0]]]]]
VALUES = [*NUMBERS, *TEXTS, *LISTS]
KEYS = ["preset", "mode", "padding", "stride", "dilation", "groups", "flip", "x", "w", "x_shape", "w_shape"]


def test_whatever_is_asked_leads_to_a_question_or_to_a_sentence():
    draw = random.Random(7)
    question, asked, answered = small(), 0, 0
    singles = [{key: value} for key, value in itertools.product(KEYS, VALUES)]
    several = [
        {key: draw.choice(VALUES) for key in draw.sample(KEYS, draw.randint(2, 4))} for _ in range(600)
    ]
    for change in [*singles, *several]:
        asked += 1
        try:
            question = question.changed(change)
            answered += 1
        except ConvLabError as error:
            assert error.found and error.hint, (change, error)
            button = problem(error, question, change)["try"]
            assert button is None or question.changed(button["change"])
        assert max(question.spec.x_shape[2:]) <= LIMITS["axis"] and 0 not in question.spec.y_shape
    assert 50 < answered < asked


def test_over_a_limit_always_knows_what_fits():
    draw = random.Random(11)
    refused = 0
    for _ in range(300):
        rank = draw.randint(2, 3)
        change = {
            "x_shape": [draw.randint(1, 5), draw.randint(1, 4), *(draw.randint(1, 20) for _ in range(rank))],
            "w_shape": [draw.randint(1, 5), 1, *(draw.randint(1, 7) for _ in range(rank))],
            "mode": draw.choice(["full", "same", "half"]),
            "dilation": draw.randint(1, 9),
        }
        change["w_shape"][1] = change["x_shape"][1]
        try:
            small().changed(change)
        except OverLimit as error:
            refused += 1
            assert error.fix and problem(error, small(), change)["try"] is not None, (change, error)
        except Refused:
            assert problem(Refused(""), small(), change)["try"] is not None, change
    assert refused > 20
