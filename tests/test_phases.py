"""dx by phases: the convolution without zeros between the values of dy is the same gradient, for every stride."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from convlab import reference
from convlab.errors import SpecError
from convlab.gradients import dgrad_spec
from convlab.phases import dgrad_by_phases, dgrad_phases
from convlab.spec import ConvSpec
from tests.backward import operands
from tests.specs import SPECS, drawn

MANY = SPECS + drawn(150, seed=11)


def every_stride(dilation):
    """Yield specs of one axis with all strides, taps, paddings and remainders, in two groups."""
    choices = product(range(1, 5), (1, 2, 3, 5), ((0, 0), (1, 0), (0, 2), (7, 3)), (6, 7, 8, 9))
    for n, (stride, taps, zeros, size) in enumerate(choices):
        try:
            yield ConvSpec(
                (1, 2, size), (4, 1, taps), stride=stride, dilation=dilation, padding=(zeros,), groups=2,
                flip=bool(n % 3), dtype="float64",
            )  # fmt: skip
        except SpecError:  # the filter reaches over more than there is
            continue


@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
def test_phases_are_the_gradient_for_every_stride_filter_padding_and_remainder(dilation):
    specs = list(every_stride(dilation))
    assert len(specs) > 120
    for spec in specs:
        _, w, dy = operands(spec)
        assert np.array_equal(dgrad_by_phases(dy, w, spec), reference.dgrad(dy, w, spec)), spec


def test_phases_are_the_gradient_on_every_number_of_axes():
    for spec in MANY:
        _, w, dy = operands(spec)
        found = dgrad_by_phases(dy, w, spec)
        assert found.shape == spec.x_shape
        assert np.array_equal(found, reference.dgrad(dy, w, spec)), spec


def test_without_a_stride_there_is_one_phase_which_is_the_convolution_of_the_gradient():
    dense = [spec for spec in MANY if set(spec.stride) == {1} and reaches_all_of(spec)]
    assert len(dense) > 40
    for spec in dense:
        (phase,) = dgrad_phases(spec)
        assert phase.spec.y_shape == spec.x_shape
        assert phase.spec == dgrad_spec(spec) or phase.spec.pads == dgrad_spec(spec).pads


def reaches_all_of(spec):
    """Return whether some tap meets x on every axis."""
    return bool(dgrad_phases(spec)) and min(spec.y_shape) > 0


def test_every_tap_belongs_to_one_phase_and_no_input_to_two():
    for stride, dilation, taps in product(range(1, 5), range(1, 5), range(1, 6)):
        spec = ConvSpec((1, 1, 40), (1, 1, taps), stride=stride, dilation=dilation)
        phases = dgrad_phases(spec)
        used = [tap for phase in phases for tap in range(taps)[phase.taps[0]]]
        made = [place for phase in phases for place in range(40)[phase.inputs[0]]]
        assert sorted(used) == list(range(taps)), spec
        assert len(made) == len(set(made)), spec


def test_phases_have_no_stride_and_multiply_hardly_more_than_the_convolution_itself():
    spec = ConvSpec((1, 3, 224, 224), (64, 3, 7, 7), padding=3, stride=2)
    phases = dgrad_phases(spec)
    assert [phase.spec.taps for phase in phases] == [(3, 3), (3, 4), (4, 3), (4, 4)]
    assert {phase.spec.stride for phase in phases} == {(1, 1)}
    assert sum(phase.spec.macs for phase in phases) == spec.macs
    assert dgrad_spec(spec).macs == 4 * spec.macs


def test_where_stride_and_dilation_have_a_common_divisor_the_inputs_between_are_left_out():
    spec = ConvSpec((1, 1, 12), (1, 1, 3), stride=4, dilation=2, flip=False)
    phases = dgrad_phases(spec)
    assert [(phase.inputs[0].start, phase.taps[0]) for phase in phases] == [
        (0, slice(0, 3, 2)), (2, slice(1, 3, 2)),
    ]  # fmt: skip
    assert not dgrad_by_phases(np.ones(spec.y_shape), np.ones(spec.w_shape), spec)[..., 1::2].any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_reaches_exactly_the_inputs_that_its_taps_read(bad):
    for spec in MANY:
        _, w, dy = (array.copy() for array in operands(spec))
        if w.size and dy.size and spec.dtype == "float64":
            w.flat[w.size // 2] = bad
            with np.errstate(invalid="ignore"):
                found, truth = dgrad_by_phases(dy, w, spec), reference.dgrad(dy, w, spec)
            assert np.array_equal(found, truth, equal_nan=True), spec
