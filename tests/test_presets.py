"""Presets are what they say: they compute, they fit their menus, and the blind ones have a twin that sees."""

from dataclasses import replace

import numpy as np
import pytest

import convlab as cl
from convlab import faults, presets
from convlab.errors import ConvLabError, SpecError
from convlab.operands import prepare
from convlab.reference import judge

ALL = presets.all()
REFUSED = {"S000c": "3 channels", "larger": "reaches over 5 rows"}


def named(preset):
    return preset.id


def tells(preset):
    """Return whether the operands can tell the filter from the filter turned."""
    ready = prepare(preset.x, preset.w, **preset.options)
    other = replace(ready.spec, flip=not ready.spec.flip)
    return not np.array_equal(judge(ready.x, ready.w, ready.spec), judge(ready.x, ready.w, other))


@pytest.mark.parametrize("preset", ALL, ids=named)
def test_a_preset_is_a_convolution_or_a_refusal_worth_showing(preset):
    if preset.id in REFUSED:
        with pytest.raises(ConvLabError, match=REFUSED[preset.id]):
            prepare(preset.x, preset.w, **preset.options)
    else:
        assert prepare(preset.x, preset.w, **preset.options).spec.macs > 0


@pytest.mark.parametrize("preset", [p for p in ALL if p.id not in REFUSED], ids=named)
def test_a_preset_that_cannot_tell_the_turn_names_one_that_can(preset):
    if not tells(preset):
        assert preset.twin and tells(presets.get(preset.twin))


@pytest.mark.parametrize("preset", ALL, ids=named)
def test_a_preset_fits_its_menu_and_stays_as_it_is(preset):
    assert len(preset.title) <= 42 and preset.group in ("Source 000", "Source 001", "Source 002", "Source 003",
                                                        "Source 004", "Filters", "Questions")  # fmt: skip
    assert preset.note.endswith(".") and len(preset.note) <= 110
    assert 1 <= len(preset.against) <= 4
    assert preset.id.replace("-", "").isalnum(), "an id stands in links"
    with pytest.raises(ValueError, match="read-only"):
        preset.x[...] = 0


@pytest.mark.parametrize("preset", [p for p in ALL if p.dy is not None], ids=named)
def test_a_preset_with_a_gradient_of_y_has_gradients_that_its_fault_gets_wrong(preset):
    dx, dw = cl.gradients(preset.x, preset.w, preset.dy, **preset.options)
    assert (dx.shape, dw.shape) == (preset.x.shape, preset.w.shape)
    with pytest.raises(ValueError, match="read-only"):
        preset.dy[...] = 0
    if preset.fault:
        options = {name: value for name, value in preset.options.items() if name != "flip"}
        try:
            found = faults.get(preset.fault).run(preset.x, preset.w, preset.dy, **options)
        except IndexError:
            return
        assert not all(np.array_equal(a, b) for a, b in zip(found, (dx, dw), strict=True))


def test_a_preset_that_is_about_y_alone_has_no_gradient_and_no_fault():
    about_y = [preset for preset in ALL if preset.dy is None]
    assert len(about_y) > 20 and not any(preset.fault for preset in about_y)


def test_ids_and_titles_are_unique():
    assert len({p.id for p in ALL}) == len({p.title for p in ALL}) == len(ALL)


def test_an_unknown_preset_is_refused_with_some_that_exist():
    with pytest.raises(SpecError, match="S000a"):
        presets.get("S999")
