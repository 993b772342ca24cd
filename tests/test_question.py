"""A question is whole or it does not exist; a change leads to another one, or to a sentence."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from convlab import presets
from convlab.dashboard.state.fill import reshaped
from convlab.dashboard.state.question import Question, question_of
from convlab.dashboard.state.step import menu
from convlab.errors import ConvLabError, SpecError

RAMP = np.arange(25).reshape(5, 5)


def small(**options):
    return Question(RAMP, np.arange(1, 10).reshape(3, 3), **options)


def layers(**options):
    """Return 2 images of 4 channels with 4 filters."""
    x = np.arange(2 * 4 * 6 * 5).reshape(2, 4, 6, 5)
    w = np.arange(4 * 4 // options.get("groups", 1) * 9).reshape(4, -1, 3, 3)
    return Question(x, w, **options)


def test_a_question_keeps_its_arrays_from_everybody():
    x = RAMP.copy()
    question = Question(x, np.ones((3, 3)))
    x[0, 0] = 99
    assert question.x[0, 0, 0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        question.x[0, 0, 0, 0] = 1
    with pytest.raises(FrozenInstanceError):
        question.mode = "full"


def test_questions_are_equal_when_they_ask_the_same():
    assert small() == small() and hash(small()) == hash(small())
    assert small() != small(mode="full") and small() != Question(RAMP.astype("float32"), small().w[0, 0])
    assert small().changed({"mode": "full"}).changed({"mode": "valid"}) == small()
    for change in ({"stride": 2}, {"dilation": 2}, {"flip": 0}, {"padding": 1}, {"x": [[9] * 5] * 5}):
        assert small().changed(change) != small(), change
    assert layers(groups=2) != layers(groups=2).changed({"groups": 1, "w_shape": "4x4x3x3"})


def test_every_preset_of_the_menu_is_asked_with_its_own_options():
    for row in menu():
        preset, question = presets.get(row["id"]), question_of(row["id"])
        assert np.array_equal(question.given[0].reshape(preset.x.shape), preset.x)
        assert {k: getattr(question, k) for k in preset.options if k in ("mode", "groups", "flip")} == {
            k: v for k, v in preset.options.items() if k in ("mode", "groups", "flip")
        }
        assert question.edited == ()
    assert len(menu()) > 20


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"mode": "full"}, {"mode": "full", "padding": None}),
        ({"mode": " SAME "}, {"mode": "same"}),
        ({"stride": "2, 1"}, {"stride": (2, 1)}),
        ({"stride": 2}, {"stride": (2, 2)}),
        ({"dilation": [1, 2]}, {"dilation": (1, 2)}),
        ({"flip": False}, {"flip": False}),
        ({"flip": "1"}, {"flip": True}),
        ({"padding": "1:0 2"}, {"padding": ((1, 0), (2, 2)), "mode": "padded"}),
        ({"padding": [[1, "0"], [2, 2]]}, {"padding": ((1, 0), (2, 2))}),
        ({}, {"mode": "valid", "stride": (1, 1)}),
        ({"mode": None, "x": None}, {"mode": "valid"}),
    ],
    ids=repr,
)
def test_a_change_does_what_it_says_and_nothing_else(change, found):
    old = small()
    new = old.changed(change)
    for name in ("mode", "stride", "dilation", "groups", "flip", "padding"):
        if name not in found and not (name == "mode" and "padding" in found):
            assert getattr(new, name) == getattr(old, name)
    assert {name: getattr(new, name) for name in found} == found
    assert np.array_equal(new.x, old.x) and old == small()


def test_padded_keeps_the_zeros_that_the_mode_put():
    padded = small(mode="full").changed({"mode": "padded"})
    assert padded.padding == ((2, 2), (2, 2)) and padded.spec.y_shape == small(mode="full").spec.y_shape
    assert padded.changed({"stride": 2}).padding == padded.padding
    assert padded.changed({"mode": "same"}).padding is None


def test_a_preset_comes_before_what_is_changed_in_it():
    question = small().changed({"mode": "valid", "preset": "S000a"})
    assert (question.preset, question.mode) == ("S000a", "valid")
    assert np.array_equal(question.w[0, 0], np.ones((3, 3)))


def test_floats_keep_their_dtype_where_it_holds_what_was_typed():
    question = question_of("S000at")
    assert question.x.dtype == np.float32
    cells = question.x[0, 0].tolist()
    cells[0][0] = 7
    edited = question.changed({"x": [[cells]]})
    assert edited.x.dtype == np.float32 and edited.edited == ("x",) and edited.x[0, 0, 0, 0] == 7
    assert question.changed({"x": "1 2 3\n4 5 6\n7 8 NaN"}).x.dtype == np.float32
    cells[0][0] = 0.1
    exact = question.changed({"x": cells})
    assert exact.x.dtype == np.float64 and exact.x[0, 0, 0, 0] == 0.1
    assert question.changed({"w": [[1e300]]}).w.dtype == np.float64
    assert question.changed({"w": [[True, False], [True, True]]}).w.dtype == bool
    assert small().changed({"w": [[1.5]]}).w.dtype == np.float64
    assert small().changed({"w": "1 2"}).w.dtype == np.int64


def test_a_shape_of_the_spatial_axes_leaves_images_and_channels_alone():
    question = layers()
    assert question.changed({"x_shape": "7x8"}).spec.x_shape == (2, 4, 7, 8)
    assert question.changed({"w_shape": "2x2"}).spec.w_shape == (4, 4, 2, 2)
    assert question.changed({"x_shape": [1, 4, 6, 5]}).spec.x_shape == (1, 4, 6, 5)
    with pytest.raises(SpecError, match=r"x has 4 axes here.*6 × 5, or all four: 1 × 4 × 6 × 5"):
        question.changed({"x_shape": "4x6x5"})
    with pytest.raises(SpecError, match="one more pair of brackets"):
        question.changed({"x": [[[1, 2], [3, 4]]]})


def test_the_operand_with_fewer_axes_is_one_row_of_the_other():
    question = small()
    row = question.changed({"x": "[1, 2, 3, 4]", "mode": "full"})
    assert row.spec.x_shape == (1, 1, 1, 4) and row.spec.rank == 2
    line = question.changed({"x_shape": "9", "w_shape": "3", "stride": "2"})
    assert line.spec.rank == 1 and line.stride == (2,)
    volume = question.changed({"x_shape": "1x1x4x5x5", "stride": [1, 2, 2]})
    assert volume.spec.w_shape == (1, 1, 1, 3, 3) and volume.spec.y_shape == (1, 1, 4, 2, 2)
    back = volume.changed({"x_shape": "9", "w_shape": "3"})
    assert back.stride == (2,) and back.spec.rank == 1


def test_a_ramp_stays_a_ramp_and_other_values_stay_in_their_places():
    assert small().changed({"x_shape": "6x4"}).x.ravel().tolist() == list(range(24))
    assert question_of("S000a").changed({"w_shape": "2x5"}).w.ravel().tolist() == [1.0] * 10
    grown = reshaped(np.array([[5, 0], [0, 7]], np.uint8), (3, 3))
    assert grown.tolist() == [[5, 0, 1], [0, 7, 2], [3, 4, 5]] and grown.dtype == np.uint8
    assert reshaped(grown, (2, 2)).tolist() == [[5, 0], [0, 7]]
    assert reshaped(np.arange(250, 256, dtype=np.uint8), (8,)).tolist()[:6] == list(range(250, 256))
    assert reshaped(np.array([True, True]), (3,)).tolist() == [True] * 3
    assert reshaped(np.array([np.nan, 1.0]), (2, 2)).tolist()[0][1] == 1
    assert reshaped(np.array([3.0]), (2,)).tolist() == [3.0, 3.0]


def test_typed_values_are_cropped_and_not_counted_anew():
    cropped = small().changed({"x": RAMP.tolist(), "x_shape": "4x4"})
    assert cropped.x[0, 0, 3].tolist() == [15, 16, 17, 18]


@pytest.mark.parametrize("shape", [(0, 1, 5, 5), (1, 0, 5, 5), (1, 1, 0, 5), (0, 5), (5, 0)], ids=str)
def test_a_screen_refuses_an_axis_of_zero(shape):
    with pytest.raises(SpecError):
        Question(np.ones(shape), np.ones((1, shape[1] if len(shape) == 4 else 1, 1, 1)[-len(shape) :]))
    with pytest.raises(SpecError, match=r"1 or more|no value"):
        small().changed({"x_shape": list(shape)})


@pytest.mark.parametrize(
    "x",
    [np.array(["a"]), np.array([object()]), np.ones(3, complex), [[1, 2], [3]], 5, "text", None, [[]]],
    ids=lambda x: repr(x)[:20],
)
def test_arrays_that_are_no_numbers_get_a_sentence(x):
    with pytest.raises(ConvLabError):
        Question(x, np.ones(1))


def test_a_mode_that_does_not_exist_is_not_repeated_at_length():
    with pytest.raises(SpecError) as caught:
        small().changed({"mode": "x" * 999})
    assert len(str(caught.value)) < 200
