"""Presets are what they say: they compute, they fit their menus, and the blind ones have a twin that sees."""

from dataclasses import replace

import numpy as np
import pytest

from convlab import presets
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


def test_ids_and_titles_are_unique():
    assert len({p.id for p in ALL}) == len({p.title for p in ALL}) == len(ALL)


def test_an_unknown_preset_is_refused_with_some_that_exist():
    with pytest.raises(SpecError, match="S000a"):
        presets.get("S999")
