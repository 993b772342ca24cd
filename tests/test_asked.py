"""What may be asked to be timed; more than 200 hostile requests, each refused in a sentence and at once."""

import time

import pytest

import convlab as cl
from convlab import typed
from convlab.errors import ConvLabError
from convlab.spec import ConvSpec
from convlab.timing.admission import asked, gate
from convlab.timing.admission.limits import Limits
from convlab.timing.asks import Ask
from convlab.timing.races.contest import contest
from tests.hostile import LARGE, WORDS

LAYER = {"x": "2x3x9x9", "w": "4x3x3x3"}
LIMITS = Limits(1 << 30, 30.0)
SOON_S = 0.1


def refused(words):
    """Return the error that words are refused with, and the processor's seconds until then."""
    began = time.thread_time()
    with pytest.raises(ConvLabError) as error:
        asked.spec(words)
    return error.value, time.thread_time() - began


def test_there_are_200_hostile_requests_at_least():
    assert len(WORDS) + len(LARGE) >= 200


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
def test_a_hostile_word_is_refused_in_one_sentence_within_100_ms(words):
    error, took_s = refused({**LAYER, **words} if set(words) - {"x", "w"} else words)
    assert took_s < SOON_S
    assert error.asked.startswith("Asked for") and error.found and error.hint
    assert str(error).count("\n") == 0 and len(str(error)) < 600
    assert "Traceback" not in str(error) and "Error" not in str(error)


@pytest.mark.parametrize("words", LARGE, ids=range(len(LARGE)))
def test_a_convolution_that_is_too_large_is_refused_before_anything_is_allocated(words):
    began = time.thread_time()
    found = gate.refusal_of_all(asked.spec(words), LIMITS)
    assert time.thread_time() - began < SOON_S
    assert found.kind == "over a limit" and "limit is" in found.found and len(found.sentence) < 1000


def test_a_race_of_what_is_too_large_refuses_every_row_and_starts_no_worker():
    for words in LARGE[:6]:
        spec = asked.spec(words)
        began, steps = time.thread_time(), contest(spec, ["numpy-loops", "numpy-im2col"], limits=LIMITS)
        with pytest.raises(StopIteration) as end:
            while True:
                assert not isinstance(next(steps), Ask)
        assert time.thread_time() - began < SOON_S
        assert {row.state for row in end.value.value.rows} == {"refused"}
        assert {row.kind for row in end.value.value.rows} == {"over a limit"}


def test_cl_race_refuses_a_request_that_no_machine_can_hold():
    found = cl.race(ConvSpec((65536, 65536, 65536, 65536), (65536, 65536, 3, 3)), budget_s=0.1)
    assert {row.state for row in found.rows} == {"refused"}
    assert all(row.says for row in found.rows) and found.winner is None


@pytest.mark.parametrize("strange", [None, "1x1x5x5", 7, [1, 2], {"x": 1}, object], ids=repr)
def test_cl_race_takes_a_spec_and_nothing_else(strange):
    with pytest.raises(ConvLabError, match="ConvSpec"):
        cl.race(strange)


@pytest.mark.parametrize(
    ("x", "w", "spec"),
    [
        ("128x3x227x227", "96x3x11x11", ConvSpec((128, 3, 227, 227), (96, 3, 11, 11))),
        ("50 x 100 x 100", "11 x 11", ConvSpec((50, 1, 100, 100), (1, 1, 11, 11))),
        ("50, 100, 100", "4 1 5 5", ConvSpec((50, 1, 100, 100), (4, 1, 5, 5))),
        ("100 × 100", "(11, 11)", ConvSpec((1, 1, 100, 100), (1, 1, 11, 11))),
        ("500", "31", ConvSpec((1, 1, 500), (1, 1, 31))),
        ("2 x 500", "31", ConvSpec((2, 1, 500), (1, 1, 31))),
        ("9x9", "4x1x3x3", ConvSpec((1, 1, 9, 9), (4, 1, 3, 3))),
        ("1x2x8x9x9", "3x2x3x3x3", ConvSpec((1, 2, 8, 9, 9), (3, 2, 3, 3, 3))),
        ((2, 3, 9, 9), [4, 3, 3, 3], ConvSpec((2, 3, 9, 9), (4, 3, 3, 3))),
    ],
)
def test_shapes_may_be_written_short(x, w, spec):
    assert asked.spec({"x": x, "w": w}) == spec == asked.spec({"x_shape": x, "w_shape": w, "mode": None})


@pytest.mark.parametrize(
    ("x", "w", "hint"), [("3x9x9", "4x3x3x3", "1 × 3 × 9 × 9"), ("2x3x9x9", "3x3", "1 × 3 × 3 × 3")]
)
def test_a_short_shape_with_two_readings_is_refused_with_the_long_one(x, w, hint):
    error, _ = refused({"x": x, "w": w})
    assert hint in error.hint


def test_one_word_changes_a_spec_and_leaves_the_rest():
    base = ConvSpec((8, 4, 9, 9), (4, 2, 3, 3), padding=((1, 0), (2, 2)), stride=2, groups=2, dtype="float64")
    assert asked.spec({"stride": "3, 1"}, base).pads == base.pads
    assert asked.spec({"mode": "Half"}, base).padding is None
    assert asked.spec({"mode": "padded"}, base) == base
    assert asked.spec({"padding": "1:2 3"}, base).pads == ((1, 2), (3, 3))
    assert asked.spec({"flip": "off"}, base).flip is False
    assert asked.spec({"dtype": "float32"}, base).dtype == "float32"
    assert asked.spec({"x": "8x4x70", "w": "4x2x3"}, base).stride == (2,)
    assert asked.spec({"x": "8x4x70", "w": "4x2x3", "dilation": 2}, base).extent == (5,)


def test_the_largest_numbers_are_still_read():
    most = str(asked.MOST)
    assert asked.spec({"x": f"1x1x1x{most}", "w": "1x1x1x1", "stride": most}).space == (1, asked.MOST)
    assert typed.shown("9" * 300).endswith("…”")
