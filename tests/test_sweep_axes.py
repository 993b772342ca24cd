"""The axes of a sweep, source 004's own numbers along them, and crossings where lines cross and not elsewhere."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from convlab.errors import Refused, SpecError
from convlab.spec import ConvSpec
from convlab.timing.sweeps import axis as axes
from convlab.timing.sweeps.crossing import crossings
from tests.raced import race, row

SPEC = ConvSpec((50, 1, 100, 100), (1, 1, 11, 11))


# ---- the axes


@pytest.mark.parametrize(
    "axis, value, x_shape, w_shape, stride",
    [
        ("S", 7, (4, 6, 7, 7), (8, 3, 3, 3), (2, 1)),
        ("N", 9, (9, 6, 20, 30), (8, 3, 3, 3), (2, 1)),
        ("K", 5, (4, 6, 20, 30), (8, 3, 5, 5), (2, 1)),
        ("C", 4, (4, 4, 20, 30), (8, 2, 3, 3), (2, 1)),
        ("stride", 3, (4, 6, 20, 30), (8, 3, 3, 3), (3, 3)),
    ],
)
def test_an_axis_changes_what_it_names_and_nothing_else(axis, value, x_shape, w_shape, stride):
    spec = ConvSpec((4, 6, 20, 30), (8, 3, 3, 3), "half", stride=(2, 1), groups=2, dtype="float64")
    wanted = replace(spec, x_shape=x_shape, w_shape=w_shape, stride=stride)
    assert axes.at(spec, axis, value) == wanted and axes.place(wanted, axis) == value


def test_a_depthwise_layer_stays_depthwise_and_padding_stays_as_it_is():
    spec = ConvSpec((1, 32, 9, 9), (64, 1, 3, 3), padding=1, groups=32)
    found = axes.at(spec, "C", 8)
    assert (found.x_shape, found.w_shape, found.groups, found.padding) == (
        (1, 8, 9, 9), (16, 1, 3, 3), 8, ((1, 1), (1, 1))
    )  # fmt: skip


def test_channels_that_the_groups_do_not_divide_are_refused():
    with pytest.raises(SpecError, match="multiple of 2"):
        axes.at(ConvSpec((1, 6, 9, 9), (8, 3, 3, 3), groups=2), "C", 5)


@pytest.mark.parametrize(
    "text, values",
    [
        ("3,5,7", (3, 5, 7)),
        ("11; 3 5", (3, 5, 11)),
        ("[7, 7]", (7,)),
        ("2..5", (2, 3, 4, 5)),
        ("3:31:7", (3, 10, 17, 24, 31)),
        ((4, 2), (2, 4)),
        (np.arange(2, 5), (2, 3, 4)),
        (iter([7, 3]), (3, 7)),
        (5, (5,)),
    ],
)
def test_values_are_read_in_order_and_each_once(text, values):
    assert axes.values_of("K", text) == values


@pytest.mark.parametrize(
    "text",
    ["", "x", "0", "-3", "1.5", "2..1", "1..900", "9" * 300, "1" * 80, "１", [], [[]], [None], [True], count(1)],
    ids=lambda text: repr(text)[:12],
)  # fmt: skip
def test_values_that_are_none_are_a_sentence(text):
    with pytest.raises((SpecError, Refused)) as caught:
        axes.values_of("K", text)
    assert len(str(caught.value)) < 300 and str(caught.value).endswith(".")


@pytest.mark.parametrize("axis", ["Z", "", None, 3, "K" * 500])
def test_an_axis_that_is_none_is_answered_with_those_there_are(axis):
    with pytest.raises(SpecError, match="S, N, K, C, stride"):
        axes.named(axis)


# ---- source 004's own numbers


def test_source_004_stands_beside_a_sweep_of_its_stack_with_the_numbers_that_it_prints():
    lines = {one["label"]: one["points"] for one in axes.overlay("S", SPEC)}
    assert lines["source 004: scipy.signal.convolve"] == [(100, 0.909), (1000, 111)]
    lines = {one["label"]: one["points"] for one in axes.overlay("N", replace(SPEC, dtype="float64"))}
    assert lines["source 004: scipy.signal.fftconvolve"] == [(5, 0.0267), (50, 0.116), (500, 0.888)]
    assert axes.overlay("K", axes.at(SPEC, "K", 3)) == axes.overlay("K")


@pytest.mark.parametrize(
    "axis, spec",
    [
        ("C", SPEC), ("stride", SPEC), ("K", replace(SPEC, mode="full")), ("K", axes.at(SPEC, "N", 5)),
        ("N", axes.at(SPEC, "K", 5)), ("K", ConvSpec((8, 256, 7, 7), (512, 256, 3, 3), padding=1)),
        ("S", ConvSpec((50, 1, 100), (1, 1, 11))),
    ],
    ids=str,
)  # fmt: skip
def test_and_beside_no_other(axis, spec):
    assert axes.overlay(axis, spec) == []


# ---- crossings


def swept(seconds, values=(3, 5, 7, 11), spread=0.0):
    points = {v: race(*(row(name, f(v), spread=spread) for name, f in seconds.items())) for v in values}
    return crossings("K", points)


def test_lines_of_powers_cross_where_algebra_says():
    (found,) = swept({"direct": lambda k: 1e-3 * k**2, "fft": lambda k: 0.04})
    assert found.at == pytest.approx(40**0.5) and found.seconds == pytest.approx(0.04)
    assert (found.a, found.b, found.leads) == ("fft", "direct", True)
    assert found.sentence == "fft passes direct at K = 6.3."


def test_a_crossing_far_behind_the_leader_decides_nothing_and_stands_last():
    lines = {
        "leader": lambda k: 1e-5, "direct": lambda k: 1e-3 * k**2, "fft": lambda k: 0.04,
        "late": lambda k: 1e-4 / k**2,
    }  # fmt: skip
    found = swept(lines)
    assert [one.leads for one in found] == sorted((one.leads for one in found), reverse=True)
    assert {(one.a, one.b) for one in found if one.leads} == {("late", "leader")}
    assert ("fft", "direct") in {(one.a, one.b) for one in found if not one.leads}


def test_lines_that_waver_within_their_spread_do_not_cross():
    waver = {3: 1.00, 5: 1.03, 7: 0.98, 11: 1.04}
    assert swept({"a": lambda k: waver[k], "b": lambda k: 1.0}) == ()
    wider = {3: 1.1, 5: 0.9, 7: 1.1, 11: 0.9}
    assert swept({"a": lambda k: wider[k], "b": lambda k: 1.0}, spread=0.5) == ()
    assert len(swept({"a": lambda k: wider[k], "b": lambda k: 1.0})) == 3


def test_a_crossing_is_found_across_points_that_tie():
    times = {3: 2.0, 5: 1.02, 7: 0.99, 11: 0.5}
    (found,) = swept({"a": lambda k: times[k], "b": lambda k: 1.0})
    assert 5 < found.at < 7 and (found.a, found.b) == ("a", "b")


def test_a_line_that_lacks_a_point_crosses_between_those_it_has():
    points = {
        3: race(row("a", 1.0), row("b", 3.0)), 5: race(row("a", 1.5), row("b")), 7: race(row("a", 9.0), row("b", 3.0))
    }  # fmt: skip
    (found,) = crossings("K", points)
    assert 3 < found.at < 7 and found.a == "b"


def test_a_line_left_behind_the_leader_still_crosses_another_and_a_wrong_one_does_not():
    points = {
        k: race(row("leader", 1e-6), row("a", a, state="pruned"), row("b", 3.0), row("c", a, state="wrong"))
        for k, a in ((3, 1.0), (5, 9.0))
    }
    (found,) = crossings("K", points)
    assert (found.a, found.b, found.leads) == ("b", "a", False) and found.at == pytest.approx(15**0.5)
