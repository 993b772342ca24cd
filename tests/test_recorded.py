"""Recordings of the real Theano: one for every call of a preset, equal to its semantics, and to the live one."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from convlab import paths, presets
from convlab.compare import recorded
from convlab.compare.real import LABELS, Outcome, call_of, refused, semantics
from convlab.dashboard.state.compare.question import loose_of, shows
from convlab.errors import ConvLabError

COLUMNS = ("theano", "theano-corrmm", "theano-convop")
SHOWN = [preset.id for preset in presets.all() if shows(preset.id)]


def calls(preset):
    """Yield every call that Compare may make for a preset, with the column that makes it."""
    question = loose_of(preset)
    for name in (*COLUMNS, *(one for one in presets.get(preset).against if one in LABELS)):
        try:
            yield name, question, call_of(name, *question.given, question.options)
        except ConvLabError:  # Theano has no words for it
            assert name != "theano"


@pytest.mark.parametrize("preset", SHOWN)
def test_every_call_of_a_preset_is_recorded_and_equals_theanos_semantics(preset):
    for name, question, call in calls(preset):
        found = recorded.find(call)
        assert found is not None, f"run python -m benchmarks.record_theano: {call.text}"
        if found.outcome.kind != "answer":
            with pytest.raises(ConvLabError):
                semantics(name, question.options)(*question.given)
        elif call.x.size * call.w[0].size < 30_000_000:
            y = semantics(name, question.options)(*question.given)
            y = y[None, None] if call.bare else y
            whole = np.all(call.x == np.round(call.x)) and np.all(call.w == np.round(call.w))
            assert found.distance(y) <= (0 if whole and found.outcome.y is not None else 2e-6), call.text


@pytest.mark.parametrize(
    "preset", ["S000at", "S000b", "S000c", "S001d", "S002b", "dilated", "depthwise", "larger"]
)
def test_live_the_real_theano_tells_what_was_recorded(theano, preset):
    for _, _, call in calls(preset):
        found = recorded.find(call)
        try:
            y = theano.call(call.function, {"x": call.x, "w": call.w}, call.words).arrays["y"]
        except theano.TheanoRefused as no:
            told = refused(no.kind_of_error, no.text, no.stage)
            assert (told.error, told.text, told.stage) == (
                found.outcome.error,
                found.outcome.text,
                found.outcome.stage,
            )
        else:
            assert found.outcome.y.dtype == y.dtype and np.array_equal(found.outcome.y, y)


def test_source_001_large_answer_is_kept_as_its_norm_and_samples():
    question = loose_of("S001b")
    found = recorded.find(call_of("theano", *question.given, question.options))
    assert found.outcome.y is None and found.shape == (1, 1, 469, 469) and len(found.samples) == 64
    assert found.norm == pytest.approx(15505.43, abs=0.01)
    y = question.operands.restore(np.zeros(found.shape))[None, None]
    assert found.distance(y) == pytest.approx(1) and found.distance(y[..., 1:]) is None


def test_every_recording_says_where_and_when_and_tells_nothing_of_that_machine_beside():
    text = (paths.assets() / "recorded" / recorded.ROWS).read_text()
    head = json.loads(text)
    assert (
        head["version"] == "1.0.5" and re.fullmatch(r"[A-Z][a-z]{2} 20\d\d", head["when"]) and head["where"]
    )
    assert not re.search(r"/home|/root|/work|/tmp|File \"", text) and len(text) < 100_000
    for row in recorded.every().values():
        assert row.label == f"recorded, {head['where']}, {head['when']}"
        if row.outcome.kind == "answer":
            assert (
                row.outcome.compile_s > 0
                and row.outcome.first_s > 0
                and row.outcome.steady_s > 0
                and row.outcome.ops
            )


def test_a_changed_array_word_or_dtype_is_another_call():
    x, w = np.arange(16.0).reshape(4, 4), np.arange(9.0).reshape(3, 3)
    one = call_of("theano", x, w, {})
    others = [call_of("theano", x + 1, w, {}), call_of("theano", x, w, {"mode": "full"}),
              call_of("theano", x.astype("f4"), w.astype("f4"), {}), call_of("theano", x, w.T.copy(), {})]  # fmt: skip
    assert len({one.key, *(other.key for other in others)}) == 5
    assert call_of("theano", np.asfortranarray(x), w.copy(), {}).key == one.key
    assert recorded.find(one) is None or one.key in recorded.every()


def test_what_is_written_is_what_is_read(tmp_path, monkeypatch):
    small, large = np.arange(4.0).reshape(1, 1, 2, 2), np.arange(20_000.0).reshape(1, 1, 100, 200)
    told = {
        "a": ("call a", Outcome("answer", small, ("CorrMM",), 1.23456, 2e-5, None)),
        "b": ("call b", Outcome("answer", large, ("ConvOp",), 1.0, 1.0, 0.5)),
        "c": ("call c", Outcome("refused", error="ValueError", text="no", stage="run")),
    }
    head = {"version": "1.0.5", "where": "a processor", "when": "Nov 2026"}
    recorded.write(tmp_path / "recorded", head, told)
    monkeypatch.setattr(paths, "assets", lambda: tmp_path)
    recorded.every.cache_clear()
    try:
        found = dict(recorded.every())
    finally:
        recorded.every.cache_clear()
    assert np.array_equal(found["a"].outcome.y, small) and found["a"].outcome.compile_s == 1.23
    assert found["b"].outcome.y is None and found["b"].distance(large) == 0
    assert found["b"].distance(large + 1) > 1e-6 and found["b"].distance(np.roll(large, 1)) > 1e-6
    assert replace(found["c"].outcome, version="") == replace(told["c"][1], version="") or (
        found["c"].outcome.text == "no" and found["c"].outcome.stage == "run"
    )
