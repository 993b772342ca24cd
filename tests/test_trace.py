"""The trace: every product of every sum, its scatter twin, and plain data that a picture can hold."""

import json

import numpy as np
import pytest

import convlab as cl
from convlab import reference
from convlab.spec import ConvSpec
from convlab.trace import Trace, plain, sizes
from tests.specs import SPECS, integers, reals

SMALL = [spec for spec in SPECS if spec.macs < 1500]


@pytest.mark.parametrize("spec", SMALL, ids=str)
def test_the_steps_add_up_to_the_definition_to_the_last_bit(spec):
    x, w = reals(spec)
    trace = Trace(x, w, spec)
    if spec.dtype != "longdouble":
        totals = np.array([step.total for step in trace]).reshape(spec.y_shape)
        assert np.array_equal(totals, reference.conv(x, w, spec))
    assert len(trace) == int(np.prod(spec.y_shape))


@pytest.mark.parametrize("spec", SMALL, ids=str)
def test_gather_scatter_and_weight_tell_of_the_same_products(spec):
    trace = Trace(*integers(spec), spec)
    gathered, used = set(), set()
    for step in trace:
        assert len(step.taps) == spec.terms
        gathered |= {(tap.x_index, step.at, tap.w_index) for tap in step.taps if tap.x_index}
        used |= {(tap.x_index, step.at, tap.w_index) for tap in step.taps}
    scattered = {(i, at, tap) for i in np.ndindex(*spec.x_shape) for at, tap in trace.scatter(i)}
    met = {(i, at, tap) for tap in np.ndindex(*spec.w_shape) for at, i in trace.meets(tap)}
    assert scattered == gathered
    assert met == used


@pytest.mark.parametrize("spec", [spec for spec in SMALL if 0 < spec.macs < 400], ids=str)
def test_scattering_is_the_adjoint_of_gathering(spec):
    (x, w), rng = integers(spec), np.random.default_rng(1)
    v = rng.integers(-9, 10, spec.y_shape).astype(float)
    trace, back = Trace(x, w, spec), np.zeros(spec.x_shape)
    for i in np.ndindex(*spec.x_shape):
        back[i] = sum(v[at] * w[tap] for at, tap in trace.scatter(i))
    assert (trace.y * v).sum() == (x * back).sum()


def test_a_tap_reads_as_it_is_written_on_paper():
    step = cl.trace(np.array([1.0, 2.0, 4.0]), np.array([1.0, 10.0]), mode="full")[1]
    assert (step.at, step.corner, step.total) == ((0, 0, 1), (0,), 12.0)
    assert [(tap.x, tap.w, tap.product, tap.running) for tap in step.taps] == [(1, 10, 10, 10), (2, 1, 2, 12)]
    assert [tap.w_index for tap in step.taps] == [(0, 0, 1), (0, 0, 0)]


def test_a_tap_on_padding_has_no_input_and_adds_nothing():
    step = cl.trace(np.array([3.0]), np.array([1.0, np.inf]), mode="full")[0]
    assert step.corner == (-1,) and step.total == 3.0
    assert step.taps[0].x_index is None and (step.taps[0].product, step.taps[0].running) == (0.0, 0.0)


def test_steps_count_from_the_end_too_and_end():
    trace = cl.trace(np.arange(5.0), np.ones(2))
    assert trace[-1] == trace[3] and trace[np.int64(0)].at == (0, 0, 0)
    for i in (4, -5):
        with pytest.raises(IndexError, match=f"step {i} of 4"):
            trace[i]


def test_a_sum_of_no_terms_is_zero():
    assert Trace(np.ones((1, 0, 3)), np.ones((1, 0, 2)), ConvSpec((1, 0, 3), (1, 0, 2)))[0].total == 0.0


@pytest.mark.parametrize("spec", SMALL, ids=str)
def test_a_scene_is_plain_and_holds_what_a_picture_needs(spec):
    trace = Trace(*integers(spec), spec)
    scene = json.loads(json.dumps(trace.scene(), allow_nan=False))
    values = {name: np.array(scene[name]["values"]).reshape(scene[name]["shape"]) for name in "xwy"}
    assert np.array_equal(values["y"], trace.y)
    again = ConvSpec(
        scene["x"]["shape"],
        scene["w"]["shape"],
        stride=scene["stride"],
        dilation=scene["dilation"],
        groups=scene["groups"],
        flip=scene["flip"],
        padding=scene["pads"],
        dtype=spec.dtype,
    )
    assert np.array_equal(reference.judge(values["x"], values["w"], again), trace.y)
    assert scene["operation"] == ("Convolution" if spec.flip else "Cross-correlation")
    assert [row["y"] for row in scene["size"]] == list(spec.y_shape[2:])


@pytest.mark.parametrize("spec", SMALL, ids=str)
def test_a_size_formula_gives_the_size_when_it_is_computed(spec):
    for row in sizes(spec):
        words = {"⌊": "(", "⌋": ")", "−": "-", "·": "*", "/": "//"}
        text = "".join(words.get(letter, letter) for letter in row["formula"])
        assert eval(text) == row["y"]


def test_plain_writes_what_json_cannot_hold_as_text():
    told = plain(np.array([[1.5, np.nan], [np.inf, -np.inf]]))
    assert told == {"shape": [2, 2], "values": [1.5, "NaN", "Infinity", "-Infinity"]}
