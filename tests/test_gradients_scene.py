"""The Gradients scene: its numbers are the definition's, its picture is the convolution that the gradient is, and every
ask is answered."""

import json
from dataclasses import replace

import numpy as np
import pytest

import convlab as cl
from convlab import presets, reference
from convlab.dashboard.state.gradients import words
from convlab.dashboard.state.gradients.backward import WHICH, backward_of, terms
from convlab.dashboard.state.gradients.scene import gradient, scene
from convlab.dashboard.state.gradients.ticks import ticks
from convlab.dashboard.state.question import question_of
from convlab.dashboard.state.step import menu
from convlab.errors import Refused
from convlab.gradients import dgrad_spec
from convlab.spec import ConvSpec

SPECS = [
    ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), "full", stride=2),
    ConvSpec((1, 1, 6, 6), (1, 1, 3, 3), stride=2, flip=False),
    ConvSpec((1, 1, 5, 4), (1, 1, 2, 3), padding=3, flip=False),
    ConvSpec((1, 1, 4), (1, 1, 1), padding=((5, 0),), stride=8),
    ConvSpec((1, 2, 9), (3, 2, 3), "half", stride=4, dilation=2),
    ConvSpec((1, 2, 4, 5, 6), (2, 2, 2, 3, 2), "same", stride=(1, 2, 1)),
    ConvSpec((2, 4, 7, 9), (4, 2, 3, 2), groups=2, stride=(2, 1), padding=((1, 0), (2, 1)), dilation=(1, 2)),
    ConvSpec((2, 3, 6, 5), (3, 1, 2, 2), groups=3, stride=3, flip=False),
]
SHOWN = [row["id"] for row in menu()]


def drawn(spec):
    rng = np.random.default_rng(5)
    return [rng.integers(-9, 10, shape).astype(float) for shape in (spec.x_shape, spec.w_shape, spec.y_shape)]


def values(array):
    return np.array([float(v) for v in array["values"]]).reshape(array["shape"])


def slid(spec, made, left, right, which):
    """Build a gradient from the `picture` of a scene alone, as the browser does."""
    found = np.zeros({"dx": spec.x_shape, "dw": spec.w_shape}[which])
    per_group, reads = spec.w_shape[0] // spec.groups, spec.w_shape[1]
    for first, second, *at in np.ndindex(*found.shape):
        group = second // reads if which == "dx" else first // per_group
        for window in np.ndindex(*right.shape[2:]):
            source = []
            for axis, r in enumerate(window):
                place = made["out"][axis] - 1 - at[axis] if made["backwards"] else at[axis]
                p = place * made["stride"][axis] - made["pads"][axis][0] + r * made["dilation"][axis]
                index, between = divmod(p + made["cut"][axis], made["spread"][axis])
                source.append(index if 0 <= p < made["span"][axis] and not between else None)
            if None in source:
                continue
            tap = [k - 1 - r if made["turned"] else r for k, r in zip(right.shape[2:], window, strict=True)]
            for c in range(per_group if which == "dx" else spec.x_shape[0]):
                o = group * per_group + c
                if which == "dx":
                    found[(first, second, *at)] += (
                        left[(first, o, *source)] * right[(o, second % reads, *tap)]
                    )
                else:
                    seen = left[(c, group * reads + second, *source)]
                    found[(first, second, *at)] += seen * right[(c, first, *tap)]
    return found


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("which", WHICH)
def test_what_the_picture_slides_together_is_the_gradient(spec, which):
    x, w, dy = drawn(spec)
    made = words.picture(spec, which)
    operands = {"x": x, "w": w, "dy": dy}
    right = reference.dgrad(dy, w, spec) if which == "dx" else reference.wgrad(x, dy, spec)
    assert np.array_equal(slid(spec, made, operands[made["left"]], operands[made["right"]], which), right)
    sizes = words.sizes(spec, which)
    assert [row["y"] for row in sizes] == list(right.shape[2:])
    for row in sizes:
        text = (
            row["formula"]
            .replace("−", "-")
            .replace("·", "*")
            .replace("⌊", "(")
            .replace("⌋", ")//1")
            .replace(" /", " //")
        )
        assert eval(text.replace(")//1", ")")) == row["y"], row


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_picture_of_dx_is_the_convolution_that_the_engine_names(spec):
    made, named = words.picture(spec, "dx"), dgrad_spec(spec)
    if 0 not in made["span"]:
        assert (tuple(made["span"]), tuple(map(tuple, made["pads"]))) == (named.space, named.pads)
    assert (made["turned"], tuple(made["dilation"])) == (named.flip, named.dilation)


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("preset", SHOWN)
def test_the_scene_of_every_preset_holds_the_gradient_and_agrees_with_every_difference(preset, which):
    try:
        state = replace(backward_of(preset), which=which)
    except Refused:
        assert terms(question_of(preset).spec, which) > 256
        return
    made = scene(state, 4)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    question = state.question
    options = {**question.options, "backend": "reference"}
    dx, dw = cl.gradients(question.x.astype(float), question.w.astype(float), state.dy, **options)
    assert np.array_equal(values(made["gradient"]), dx if which == "dx" else dw)
    assert made["ticks"]["ok"].count(False) == 0 and made["ticks"]["taken"] > 0
    assert made["operation"] == {"dx": "Gradient of the input", "dw": "Gradient of the filter"}[which]
    assert (made["preset"], made["answered"], made["which"]) == (preset, 4, which)


def test_a_difference_tells_a_wrong_gradient_from_a_right_one():
    spec = SPECS[6]
    x, w, dy = drawn(spec)
    for which in WHICH:
        right = reference.dgrad(dy, w, spec) if which == "dx" else reference.wgrad(x, dy, spec)
        wrong = right.copy()
        wrong.flat[3] += 1e-6
        taken = ticks(x, w, dy, spec, which, wrong)
        assert taken["ok"][3] is False and taken["ok"].count(False) == 1
    floats = np.random.default_rng(1)
    x, w, dy = (floats.standard_normal(a.shape) * 10.0**power for a, power in zip((x, w, dy), (3, -5, 2)))
    right = reference.dgrad(dy, w, spec)
    assert False not in ticks(x, w, dy, spec, "dx", right)["ok"]
    assert ticks(x, w, dy, spec, "dx", right * (1 + 1e-6))["ok"].count(False) > right.size / 3


def test_where_nothing_finite_is_found_no_tick_is_given():
    x, w, dy = drawn(SPECS[0])
    dy[0, 0, 0, 0] = np.nan
    taken = ticks(x, w, dy, SPECS[0], "dx", reference.dgrad(dy, w, SPECS[0]))
    assert taken["ok"][0] is None and taken["values"][0] is None


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_an_input_that_is_called_unread_has_no_gradient_and_no_other_is_zero_for_all(spec):
    alone, said = words.unread(spec)
    met = reference.dgrad(np.ones(spec.y_shape), np.ones(spec.w_shape), spec)
    assert np.array_equal(np.broadcast_to(alone, met.shape), met == 0)
    assert (said is None) == (not alone.any())
    assert said is None or f"{alone.sum()} of {alone.size}" in said


PADDED = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), padding=1, flip=False)
BEYOND = ConvSpec((1, 1, 5, 5), (1, 1, 2, 2), padding=4, flip=False)
SENTENCES = [
    (
        SPECS[1],
        "Full cross-correlation of dy, dilated by 2, with w turned by 180°.",
        "Valid cross-correlation of x with dy, dilated by 2.",
    ),
    (
        replace(SPECS[1], flip=True),
        "Full cross-correlation of dy, dilated by 2, with w as it is.",
        "Valid cross-correlation of x with dy, dilated by 2; it comes out turned by 180°, as w goes in.",
    ),
    (
        PADDED,
        "Cross-correlation of dy, padded by 1, with w turned by 180°.",
        "Cross-correlation of x, padded by 1, with dy.",
    ),
    (
        BEYOND,
        "Valid cross-correlation of dy, cut to what met x, with w turned by 180°.",
        "Cross-correlation of x, padded by 4, with dy.",
    ),
]


@pytest.mark.parametrize("spec, dx, dw", SENTENCES, ids=lambda one: str(one)[:40])
def test_the_sentence_says_which_convolution_a_gradient_is(spec, dx, dw):
    assert (words.sentence(spec, "dx"), words.sentence(spec, "dw")) == (dx, dw)


# ---- source 003
FAULTS = [preset.id for preset in presets.all() if preset.fault]


@pytest.mark.parametrize("preset", FAULTS)
def test_a_fault_is_shown_beside_the_right_gradient(preset):
    state = backward_of(preset)
    part = scene(state)["fault"]
    assert part["barred"] is None and part["sentence"] and part["fix"]
    if part["error"]:
        assert part["error"].startswith("IndexError: index ") and part["dx"] is part["dw"] is None
        return
    shown = part[state.which]
    right = gradient(state).ravel()
    assert any(shown["wrong"])
    for value, wrong, truth in zip(shown["values"], shown["wrong"], right, strict=True):
        assert wrong == (value is None or abs(value - truth) > 1e-9)


def test_the_faults_that_the_documents_record_are_these():
    cropped = scene(backward_of("S003c"))["fault"]
    assert (
        cropped["dx"]["said"]
        == "dx has shape 3 × 3 in place of 4 × 4: 7 of 16 values are missing, the others are right."
    )
    assert cropped["dw"]["said"] == "dw is right here."
    assert (
        scene(backward_of("S003d"))["fault"]["error"]
        == "IndexError: index 2 is out of bounds for axis 3 with size 2"
    )


@pytest.mark.parametrize(
    "change, word",
    [({"flip": True}, "flip"), ({"dilation": 2}, "dilation"), ({"padding": "1:0, 0"}, "equal")],
)
def test_what_source_003_does_not_know_is_said_in_place_of_its_answer(change, word):
    part = scene(backward_of("S003c").changed(change))["fault"]
    assert word in part["barred"] and part["dx"] is None and part["error"] is None
