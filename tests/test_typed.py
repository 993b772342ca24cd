"""What a person may type for an array, a shape, a number, a padding or a switch; one sentence for each mistake."""

import time

import numpy as np
import pytest

from convlab import typed
from convlab.dashboard.state import arrays
from convlab.errors import ConvLabError, Refused, SpecError

GOOD = {
    "[[1, 2], [3, 4]]": [[1, 2], [3, 4]],
    "[[1 2]\n [3 4]]": [[1, 2], [3, 4]],
    "[[1. 2.]\n [3. 4.]]": [[1.0, 2.0], [3.0, 4.0]],
    "array([[1, 2],\n       [3, 4]])": [[1, 2], [3, 4]],
    "np.array([[1., 2.], [3., 4.]], dtype=float32)": [[1.0, 2.0], [3.0, 4.0]],
    "((1, 2), (3, 4))": [[1, 2], [3, 4]],
    "(1, 2,)": [1, 2],
    "[1 2; 3 4]": [[1, 2], [3, 4]],
    "1 2; 3 4": [[1, 2], [3, 4]],
    "1 2\n3 4": [[1, 2], [3, 4]],
    "1,2\r\n3,4\r\n": [[1, 2], [3, 4]],
    "1\t2\n3\t4": [[1, 2], [3, 4]],
    "1;2\n3;4": [[1, 2], [3, 4]],
    "1;2;3": [[1, 2, 3]],
    "7": [[7]],
    "[[[1], [2]]]": [[[1], [2]]],
    "−1.5e3 +.5": [[-1500.0, 0.5]],
    "[True, False]": [True, False],
    "true 2": [[1, 2]],
    "99999999999999999999": [[1e20]],
}


@pytest.mark.parametrize("text", GOOD, ids=repr)
def test_a_text_becomes_the_array_that_it_spells(text):
    found = arrays.array("x", text)
    assert found.tolist() == GOOD[text]
    assert found.dtype == np.asarray(GOOD[text]).dtype


def test_values_that_are_not_finite_are_taken():
    found = arrays.array("x", "nan NaN -inf Infinity")
    assert np.array_equal(found, [[np.nan, np.nan, -np.inf, np.inf]], equal_nan=True)


@pytest.mark.parametrize(
    "array", [np.arange(12).reshape(3, 4), np.eye(3) / 3, np.array([[True], [False]])], ids=str
)
@pytest.mark.parametrize("spell", [str, repr, lambda a: str(a.tolist())], ids=["str", "repr", "list"])
def test_what_numpy_prints_reads_back(array, spell):
    with np.printoptions(precision=17, floatmode="unique"):
        text = spell(array)
    found = arrays.array("x", text)
    assert np.array_equal(found, array) and found.dtype.kind == array.dtype.kind


def test_what_the_browser_sends_reads_back():
    assert arrays.array("x", [[1, 2.5], ["NaN", "−3"]])[1, 1] == -3
    assert arrays.array("x", {"shape": [2, 2], "values": [1, 2, 3, 4]}).tolist() == [[1, 2], [3, 4]]


BAD = {
    "": "without any value",
    "   \n ": "without any value",
    "[]": "without any value",
    "[[], []]": "without any value",
    "[[1, 2], [3]]": "Row 1 holds 2 and row 2 holds 1",
    "1 2\n3": "Row 1 holds 2 and row 2 holds 1",
    "[1, [2]]": "Some of its rows are lists",
    "1 two 3": "text, not a number",
    "<img src=x onerror=alert(1)>": "text, not a number",
    "1+2j": "complex",
    "[3j]": "complex",
    "None": "an object",
    "{1: 2}": "an object",
    "[[0. 1. ... 8. 9.]]": "left values out",
    "1 … 9": "left values out",
    "1e999": "more than float64 holds",
    "１２": "not 0 to 9",
    "٣": "not 0 to 9",
    "1_000": "text, not a number",
    "0x10": "text, not a number",
    "1/3": "text, not a number",
    "[[1, 2]": "do not pair up",
    "[1]]": "do not pair up",
    "[1] [2]": "do not pair up",
    "[1](2)": "do not pair up",
    "[[[[[[1]]]]]]": "more than 5 axes",
    "9" * 5000: "one word of 5000 characters",
    "__import__('os').system('true')": "text, not a number",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: repr(text)[:30])
def test_a_text_that_is_no_array_gets_a_sentence(text):
    with pytest.raises(SpecError) as caught:
        arrays.array("x", text)
    assert BAD[text] in str(caught.value)
    assert len(str(caught.value)) < 300 and caught.value.asked and caught.value.found and caught.value.hint


def test_a_text_or_an_array_over_the_limit_is_refused_fast():
    start = time.perf_counter()
    for huge in ("1 " * 40_000, "[" * 70_000, ",".join("1" * 20_000), [[0] * 200] * 200):
        with pytest.raises(Refused, match=r"may have|more than 16384"):
            arrays.array("x", huge)
    assert time.perf_counter() - start < 0.3


@pytest.mark.parametrize(
    "sent", [None, {"a": 1}, [None], [[1], {}], [b"1"], [1j], type, [""], {"shape": [2]}], ids=repr
)
def test_what_no_browser_of_ours_sends_gets_a_sentence(sent):
    with pytest.raises(ConvLabError):
        arrays.array("x", sent)


def test_brackets_nested_a_thousand_deep_get_a_sentence():
    deep = 1
    for _ in range(5000):
        deep = [deep]
    for read in (lambda: arrays.array("x", deep), lambda: typed.wholes("stride", [deep])):
        with pytest.raises(SpecError):
            read()


@pytest.mark.parametrize("text", ["5x5", "5 × 5", "5X5", "(5, 5)", "[5 5]", "5,5", "5*5", " 5x5 "])
def test_a_shape_is_read_as_people_write_it(text):
    assert typed.shape("x", text) == (5, 5)


SHAPES = {
    "": "without any value",
    "0x5": "1 or more",
    "-3x5": "1 or more",
    "−3x5": "1 or more",
    "3.5x5": "not a whole number",
    "1e3": "not a whole number",
    "True": "not a whole number",
    "５x5": "not 0 to 9",
    "axb": "not a whole number",
    "1x1x1x1x1x1": "6 axes",
    "1" * 300: "300 characters",
}


@pytest.mark.parametrize("text", SHAPES, ids=lambda text: repr(text)[:20])
def test_a_shape_that_is_none_gets_a_sentence(text):
    with pytest.raises(SpecError) as caught:
        typed.shape("x", text)
    assert SHAPES[text] in str(caught.value)


def test_a_huge_size_is_a_number_and_left_to_the_limits():
    assert typed.shape("x", "99999999999999999999x2") == (99999999999999999999, 2)


@pytest.mark.parametrize(
    "value",
    [True, 2.5, "two", None, {}, [[1]], "", float("nan"), float("inf"), [10**5000]],
    ids=lambda v: repr(v)[:9] if v != [10**5000] else "long",
)
def test_what_is_no_whole_number_gets_a_sentence(value):
    with pytest.raises(ConvLabError):
        typed.wholes("stride", value, 1, 8)


def test_whole_numbers_know_their_range():
    assert typed.wholes("stride", 3.0) == 3 and typed.wholes("stride", ["2", 1]) == (2, 1)
    assert typed.whole("groups", [2]) == 2
    with pytest.raises(SpecError, match="from 1 to 8"):
        typed.wholes("stride", 0, 1, 8)
    with pytest.raises(Refused, match="Use 8, the largest"):
        typed.wholes("stride", "9", 1, 8)
    with pytest.raises(SpecError, match="2 numbers"):
        typed.whole("groups", "2, 1")


def test_padding_is_read_per_axis_and_per_side():
    assert typed.padding("2") == 2
    assert typed.padding("1, 2") == ((1, 1), (2, 2))
    assert typed.padding("1:0 2:2") == ((1, 0), (2, 2))
    assert typed.padding([[1, "0"], 3]) == ((1, 0), (3, 3))
    for wrong in ("1:2:3", "-1", "a", [[1, 2, 3]], [[]], None, {}):
        with pytest.raises(SpecError):
            typed.padding(wrong)


def test_a_switch_is_on_or_off():
    assert [typed.switch("flip", v) for v in (True, 1, "1", "on", "True")] == [True] * 5
    assert [typed.switch("flip", v) for v in (False, 0, "0", "off", "no")] == [False] * 5
    for wrong in ("maybe", 2, None, [], 1.0):
        with pytest.raises(SpecError, match="either on or off"):
            typed.switch("flip", wrong)
