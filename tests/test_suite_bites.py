"""The conformance suite must see a broken backend: each twin below makes one classic mistake, and is caught."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convlab.backends import get
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from tests.specs import SPECS, complaint, integers, reals

right = get("numpy-im2col").run


def without_flip(x, w, spec):
    return right(x, w, replace(spec, flip=False))


def one_axis_flipped(x, w, spec):
    return right(x, w[..., ::-1] if spec.flip else w, replace(spec, flip=False))


def half_of_an_even_filter_too_short(x, w, spec):
    pads = tuple(((e - 1) // 2,) * 2 for e in spec.extent) if spec.mode == "half" else spec.pads
    return right(x, w, replace(spec, mode="padded", padding=pads))


def same_off_by_one(x, w, spec):
    pads = tuple(pair[::-1] for pair in spec.pads) if spec.mode == "same" else spec.pads
    return right(x, w, replace(spec, mode="padded", padding=pads))


def padding_sides_swapped(x, w, spec):
    return right(x, w, replace(spec, mode="padded", padding=tuple(pair[::-1] for pair in spec.pads)))


def strides_swapped(x, w, spec):
    return right(x, w, replace(spec, stride=spec.stride[::-1]))


def stride_begins_late(x, w, spec):
    late = tuple(
        (lo - (s > 1 and lo > 0), hi + (s > 1 and lo > 0)) for (lo, hi), s in zip(spec.pads, spec.stride)
    )
    return right(x, w, replace(spec, mode="padded", padding=late))


def dilation_ignored(x, w, spec):
    y = right(x, w, replace(spec, dilation=1, mode="padded", padding=spec.pads))
    return y[tuple(slice(n) for n in spec.y_shape)]


def groups_in_the_wrong_order(x, w, spec):
    blocks = w.reshape(spec.groups, -1, *w.shape[1:]) if w.size else w
    return right(x, blocks[::-1].reshape(w.shape), spec)


def last_channel_dropped(x, w, spec):
    w = w.copy()
    w[:, -1:] = 0
    return right(x, w, spec)


def filters_in_the_wrong_order(x, w, spec):
    return right(x, w, spec)[:, ::-1]


def images_mixed_up(x, w, spec):
    return right(x[::-1], w, spec)


def moved_by_one(x, w, spec):
    return np.roll(right(x, w, spec), 1, -1)


def last_row_forgotten(x, w, spec):
    y = right(x, w, spec)
    y[:, :, -1] = 0
    return y


def always_in_float32(x, w, spec):
    return right(x, w, spec).astype(np.float32)


TWINS = [
    without_flip,
    one_axis_flipped,
    half_of_an_even_filter_too_short,
    same_off_by_one,
    padding_sides_swapped,
    strides_swapped,
    stride_begins_late,
    dilation_ignored,
    groups_in_the_wrong_order,
    last_channel_dropped,
    filters_in_the_wrong_order,
    images_mixed_up,
    moved_by_one,
    last_row_forgotten,
    always_in_float32,
]


def caught(twin, specs: list[ConvSpec], **how) -> int:
    """Count the specs on which the suite complains of wrong numbers; a wrong shape or a crash does not count."""

    def run(x, w, spec):
        try:
            y = twin(x, w, spec)
        except SpecError:
            return right(x, w, spec)
        return y if y.shape == spec.y_shape else right(x, w, spec)

    return sum(complaint(run, spec, **how) is not None for spec in specs)


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.__name__)
@pytest.mark.parametrize(
    "how", [{"exact": True}, {"exact": False, "make": reals}], ids=["whole numbers", "within the bound"]
)
def test_the_suite_catches_a_twin_that_is(twin, how):
    assert caught(twin, SPECS, **how) >= 2


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.__name__)
def test_the_wider_bound_of_transforms_still_catches_a_twin_that_is(twin):
    assert caught(twin, SPECS, exact=False, bound="fft", make=integers) >= 2


def test_the_suite_lets_the_unbroken_one_pass():
    assert caught(right, SPECS, exact=True) == 0
    assert caught(right, SPECS, exact=False, make=reals) == 0
