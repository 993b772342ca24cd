"""The address holds the state: it comes back as it was, and what cannot be followed is told, key by key."""

import json
import random
from urllib.parse import parse_qs

import numpy as np
import pytest

from convlab import presets
from convlab.dashboard.state import packed
from convlab.dashboard.state.query import MAX_QUERY, from_query, is_whole, to_query
from convlab.dashboard.state.question import DEFAULT, Question, question_of
from convlab.dashboard.state.step import menu
from convlab.errors import ConvLabError


def read(query):
    """Return what a browser hands the server for a query."""
    return {
        key: values[-1]
        for key, values in parse_qs(query, keep_blank_values=True, strict_parsing=True).items()
    }


def assert_comes_back(question):
    query = to_query(question)
    asked = from_query(read(query))
    assert asked.notices == (), query
    assert to_query(asked.question) == query
    if is_whole(question, query):
        assert asked.question.options == question.options
        assert np.array_equal(asked.question.x, question.x, equal_nan=True)
        assert np.array_equal(asked.question.w, question.w, equal_nan=True)
        assert (asked.question.x.dtype, asked.question.w.dtype) == (question.x.dtype, question.w.dtype)
    assert len(query) <= MAX_QUERY


def drawn(draw):
    """Return a question that a person might have come to."""
    rng = np.random.default_rng(draw.randint(0, 10**9))
    question = question_of(draw.choice(menu())["id"])
    changes = [
        {"mode": draw.choice(["valid", "same", "half", "full", "padded"])},
        {"stride": draw.randint(1, 8)},
        {"stride": [draw.randint(1, 3) for _ in range(question.spec.rank)]},
        {"dilation": draw.randint(1, 3)},
        {"flip": draw.random() < 0.5},
        {"groups": draw.randint(1, 4)},
        {"padding": [[draw.randint(0, 3), draw.randint(0, 3)] for _ in range(question.spec.rank)]},
        {"x_shape": [*question.spec.x_shape[:2], *(draw.randint(3, 9) for _ in range(question.spec.rank))]},
        {"w_shape": [*question.spec.w_shape[:2], *(draw.randint(1, 4) for _ in range(question.spec.rank))]},
        {"w": rng.integers(-9, 9, question.w.shape).tolist()},
        {"x": (rng.integers(0, 9, question.x.shape) / 8).tolist()},
        {"x": str(rng.random((4, 5)).round(2).tolist())},
        {"w": "nan inf -inf\n1e300 -0.0 1e-5"},
        {"w": "True False\nTrue True"},
    ]
    for change in draw.sample(changes, draw.randint(0, 5)):
        try:
            question = question.changed(change)
        except ConvLabError:
            continue
    return question


@pytest.mark.parametrize("row", menu(), ids=lambda row: row["id"])
def test_a_preset_comes_back_from_its_link(row):
    question = question_of(row["id"])
    assert_comes_back(question)
    assert to_query(question).startswith(f"v=1&preset={row['id']}")
    assert from_query(read(to_query(question))).question == question


def test_many_questions_come_back_from_their_links():
    draw = random.Random(3)
    whole = 0
    for _ in range(400):
        question = drawn(draw)
        assert_comes_back(question)
        whole += is_whole(question, to_query(question))
    assert whole > 300


def test_the_query_is_canonical():
    question = question_of("S000at")
    there = question.changed({"stride": "2, 1", "mode": "full"})
    assert to_query(there) == "v=1&preset=S000at&mode=full&stride=2,1"
    assert to_query(question.changed({"stride": [2, 2]})).endswith("stride=2")
    assert to_query(question.changed({"flip": 0})).endswith("&flip=0")
    assert to_query(question.changed({"padding": "1:0, 2"})) == "v=1&preset=S000at&padding=1:0,2"
    assert "x=6x6.float32:0..35" in to_query(question.changed({"x_shape": "6x6"}))
    assert "w=3x3.float32:1*9" in to_query(question.changed({"w": np.ones((3, 3)).tolist()}))


def test_an_option_that_differs_from_the_presets_stands_in_the_query():
    question = question_of("tf-same")
    assert not question.flip
    assert "flip=1" in to_query(question.changed({"flip": True}))
    assert (
        from_query(read(to_query(question.changed({"flip": True, "mode": "valid"})))).question.padding is None
    )


def test_arrays_too_many_for_a_link_are_left_out_and_the_scene_says_so():
    from convlab.dashboard.state.step import scene

    big = question_of("S000at").changed(
        {"x": np.random.default_rng(0).random((16, 16)).tolist(), "mode": "same"}
    )
    query = to_query(big)
    assert query == "v=1&preset=S000at&mode=same" and not is_whole(big, query)
    assert scene(big)["notices"] == [
        "Your numbers are too many for a link: it holds the preset and the options only."
    ]
    assert scene(question_of("S000at"))["notices"] == []


BAD = {
    "preset": ["S999", "", "<script>alert(1)</script>", "S001b"],
    "mode": ["fulll", "", "padded!", "1"],
    "stride": ["99", "0", "-1", "2,2,2", "１", "1e3", "x" * 5000, ""],
    "dilation": ["9", "0", "True"],
    "groups": ["2", "0", "nan"],
    "flip": ["maybe", "2", ""],
    "padding": ["-1", "99", "1:2:3", "a"],
    "x": ["5x5", "5x5:1,2", "5x5.complex128:1*25", "2x2:1*9999999", "2x2:0..99999999", "0x5:", "2x2.uint8:1,2,3,300",
          "2x2:a,b,c,d", "99999999x9:1", "2x2:1e999*4", "40x40:1*1600", ":", "2x2:5..1"],
    "w": ["9x9:1*81", "2x2:[1],2,3,4"],
    "step": ["-1", "9999999", "a", "1.5", ""],
    "tap": ["-1", "9", "99"],
    "v": ["2", "x", ""],
    "colour": ["red"],
}  # fmt: skip


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in BAD.items() for value in values])
def test_a_bad_value_falls_back_and_says_so(key, value):
    asked = from_query({"v": "1", "preset": "S000at", key: value})
    assert len(asked.notices) == 1, asked.notices
    sentence = asked.notices[0]
    assert sentence.startswith(f"The address says {key}={value[:30]}") and len(sentence) < 300
    assert asked.question == question_of(DEFAULT if key == "preset" else "S000at")
    assert (asked.step, asked.tap) == (0, 0)


def test_each_key_is_followed_by_itself():
    asked = from_query(
        {"mode": "same", "stride": "2", "dilation": "99", "flip": "0", "step": "3", "evil": "1"}
    )
    question = asked.question
    assert (question.mode, question.stride, question.flip, question.dilation) == (
        "same",
        (2, 2),
        False,
        (1, 1),
    )
    assert asked.step == 3 and len(asked.notices) == 2
    assert asked.notices[1] == "The address says dilation=99: dilation here goes from 1 to 8. It stays 1."


def test_keys_that_go_together_only_in_some_order_are_followed():
    together = {"x": "1x4x2x2:0..15", "groups": "2", "w": "2x2x1x1:0..3"}
    asked = from_query({"stride": "77", **together})
    assert asked.question.spec.groups == 2 and len(asked.notices) == 1
    asked = from_query({"stride": "77", "mode": "?", **together, "flip": "0"})
    assert asked.question.spec.groups == 2 and len(asked.notices) == 2 and not asked.question.flip


def test_one_axis_of_several_images_comes_back_without_a_preset():
    assert_comes_back(Question(np.arange(12).reshape(2, 2, 3), np.ones((1, 2, 2))))
    assert_comes_back(Question(np.arange(8).reshape(1, 1, 2, 2, 2), np.ones((1, 1, 1, 1, 1))))


def test_a_preset_that_needs_another_option_is_reached_with_it():
    asked = from_query({"preset": "larger", "mode": "full"})
    assert asked.notices == () and asked.question.preset == "larger"
    assert_comes_back(asked.question)


def test_where_the_reader_stands_is_read_within_the_question():
    asked = from_query({"preset": "S000at", "mode": "full", "step": "48", "tap": "8"})
    assert (asked.step, asked.tap, asked.notices) == (48, 8, ())
    assert "0 to 48" in from_query({"preset": "S000at", "mode": "full", "step": "49"}).notices[0]


def test_the_pages_own_keys_and_other_screens_keys_are_no_mistakes():
    asked = from_query({"theme": "dark", "projector": "", "token": "abc", "columns": "naive,theano"})
    assert asked.notices == () and asked.extras == {"columns": "naive,theano"}
    assert to_query(asked.question, asked.extras).endswith("&columns=naive,theano")


def test_no_address_raises_and_every_answer_can_be_shown():
    draw = random.Random(5)
    letters = "0123456789,:.x*-eE <>&%[]∗\x00éinfa"
    keys = [*BAD, "padding", "columns", "theme"]
    for _ in range(1500):
        query = {
            draw.choice(keys): draw.choice(["", "5x5:", "2x2:", "1x4.bool:"])
            + "".join(draw.choices(letters, k=draw.randint(0, 12)))
            for _ in range(draw.randint(1, 5))
        }
        asked = from_query(query)
        assert isinstance(asked.question, Question)
        assert all(isinstance(one, str) and len(one) < 400 for one in asked.notices)
        json.dumps(asked.notices)


@pytest.mark.parametrize("dtype", packed.DTYPES)
def test_every_dtype_comes_back_packed(dtype):
    rng = np.random.default_rng(1)
    for array in (
        np.ones((3, 3)),
        np.arange(12).reshape(3, 4),
        rng.integers(0, 2, (2, 3, 2, 2)),
        np.array([5, 6, 7, 9, 9, 9]),
    ):
        array = array.astype(dtype)
        found = packed.unpack("x", packed.pack(array))
        assert found.dtype == array.dtype and np.array_equal(found, array) and found.shape == array.shape


def test_floats_come_back_to_the_last_bit():
    values = np.array(
        [0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308, np.nan, np.inf, -np.inf, 1e16, 123456789.0]
    )
    with np.errstate(over="ignore"):
        short = values.astype("float32")
    for array in (values, short):
        found = packed.unpack("x", packed.pack(array))
        assert found.tobytes() == array.tobytes()


def test_packing_is_short():
    assert packed.pack(np.arange(-2, 300)) == "302:-2..299"
    assert packed.pack(np.ones((1, 1, 7, 7))) == "7x7.float64:1*49"
    assert packed.pack(np.array([True, False, True])) == "3.bool:True,False,True"
    assert packed.pack(np.ones(3, np.complex128)) is None
    assert packed.pack(np.random.default_rng(0).random(999), 2000) is None


def test_every_preset_has_an_address_that_says_what_becomes_of_it():
    for preset in presets.all():
        asked = from_query({"v": "1", "preset": preset.id})
        shown = asked.question.preset == preset.id
        assert shown != bool(asked.notices), preset.id
