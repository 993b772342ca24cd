"""Compare's columns of the real Theano: live, waiting, being set up, absent, refused, dead, late."""

import asyncio
import time

import numpy as np
import pytest

import convlab as cl
from convlab import presets
from convlab.compare import real
from convlab.dashboard.state.compare import live as compare_live
from convlab.dashboard.state.compare.comparing import Comparing, comparing_of, scene, told
from convlab.dashboard.state.compare.question import loose_of
from convlab.dashboard.state.compare.theano import seconds
from convlab.dashboard.views.compare import Wire
from tests.acting_theano import ABSENT, fake

BOTH = ("theano-corrmm", "theano-convop")


class Picture:
    """What a session shows, one scene after the other."""

    def __init__(self):
        self.scenes = []

    def observe(self, act, names):
        pass

    @property
    def scene(self):
        return self.scenes[-1]

    @scene.setter
    def scene(self, made):
        self.scenes.append(made)


def column(made, name="theano"):
    return next(one for one in made["columns"] if one["name"] == name)


def shown(state, patience_s=20):
    """Return the scenes of a session, from the first to the last."""
    picture = Picture()
    picture.scene = scene(state, known=told(state))

    async def watch():
        wire = Wire(picture, state, told(state))
        wire.work(state)
        async with asyncio.timeout(patience_s):
            while wire.task and not wire.task.done():
                await asyncio.sleep(0.01)

    asyncio.run(watch())
    return picture.scenes


def with_columns(preset, *columns, **change) -> Comparing:
    return comparing_of(preset).changed({"columns": list(columns), **change})


# ---- the states of a column


def test_the_picture_is_there_at_once_and_turns_live_with_the_numbers_of_the_real_one(monkeypatch):
    with fake(monkeypatch, ends="odd", takes_s=0.05):
        first, last = shown(comparing_of("S000at"))
    before, after = column(first), column(last)
    assert (before["title"], before["sub"]) == ("Theano semantics", "asking the real one")
    assert before["theano"]["status"] == "waiting" and "until the real one" in before["about"]
    assert [one["text"] for one in before["theano"]["times"]] == ["?", "?", "?"]
    assert (after["title"], after["sub"]) == ("nnet.conv2d", "Theano 1.0.5, live")
    assert after["y"]["values"] == [v + 1000 for v in before["y"]["values"]]
    assert column(last, "scipy.signal.convolve2d")["word"] == "convention", (
        "the verdicts are those of the real one"
    )
    assert [one["shape"] for one in first["columns"]] == [one["shape"] for one in last["columns"]]
    assert last["answered"] == first["answered"] and last["query"] == first["query"]


def test_compile_first_and_steady_time_are_told_apart_with_the_error_beside_them(monkeypatch):
    with fake(monkeypatch):
        foot = column(shown(comparing_of("S000at"))[-1])["theano"]
    assert [(one["what"], one["text"]) for one in foot["times"]] == [
        ("compile", "1.23 s"), ("first", "20.0 ms"), ("steady", "21.0 µs"),
    ]  # fmt: skip
    assert foot["off"] == 0 and foot["bound"] == 0 and foot["says"] == "" and foot["whence"] == "live"


@pytest.mark.parametrize(
    "value, text",
    [(1.2345, "1.23 s"), (12.345, "12.3 s"), (0.9996, "1.00 s"), (0.1234, "123 ms"), (9.999e-6, "10.0 µs")],
    ids=str,
)  # fmt: skip
def test_a_time_has_three_digits_and_a_unit(value, text):
    assert seconds(value) == text


def test_without_theano_a_preset_shows_the_recorded_numbers_and_says_so(monkeypatch):
    with fake(monkeypatch, word="absent") as theano:
        (made,) = shown(comparing_of("S000at"))
    one = column(made)
    assert one["sub"] == "recorded, Theano 1.0.5" and one["theano"]["whence"] == "recorded"
    assert one["theano"]["label"].startswith("recorded, ") and "20" in one["theano"]["label"]
    assert one["theano"]["says"] == ABSENT and one["y"]["values"][7 * 3 + 4] == 489
    assert theano.calls == []


def test_without_theano_ones_own_arrays_show_its_semantics_and_why(monkeypatch):
    with fake(monkeypatch, word="absent"):
        (made,) = shown(comparing_of("S000at").changed({"w": "1 2; 3 4"}))
    one = column(made)
    assert one["title"] == "Theano semantics" and one["theano"]["times"] == []
    assert one["theano"]["says"].startswith("Theano's semantics") and one["theano"]["says"].endswith(ABSENT)
    assert one["chip"] == "yardstick" and column(made, "scipy.signal.convolve2d")["word"] == "identical"


def test_a_column_turns_live_by_itself_once_theano_is_set_up(monkeypatch):
    state = comparing_of("S000at")
    with fake(monkeypatch, word="setting up") as theano:
        picture = Picture()
        picture.scene = scene(state, known=told(state))

        async def watch():
            wire = Wire(picture, state, told(state))
            wire.work(state)
            await asyncio.sleep(0.05)
            assert column(picture.scene)["theano"]["status"] == "setting up"
            theano.word = "ready"
            async with asyncio.timeout(10):
                await wire.task

        asyncio.run(watch())
    assert "turns live by itself" in column(picture.scenes[0])["theano"]["says"]
    assert column(picture.scene)["theano"]["status"] == "live"


def test_a_refusal_is_theanos_own_text_with_its_type_and_its_stage_and_no_trace(monkeypatch):
    with fake(monkeypatch, ends="refused"):
        made = shown(comparing_of("S000at"))[-1]
    one = column(made)
    assert (one["chip"], one["word"], one["y"]) == ("error", "refused", None)
    assert one["problem"]["found"] == "ValueError: CorrMM: no\n  bottom shape: 1 x 1"
    assert "as it ran" in one["problem"]["hint"] and one["problem"]["asked"].startswith(
        "theano.tensor.nnet.conv2d(x, w"
    )
    assert made["columns"][made["yardstick"]]["y"] is not None and made["yardstick"] != 1


def test_a_death_is_a_result_with_its_signal_and_the_next_ask_works(monkeypatch):
    with fake(monkeypatch):
        made = shown(comparing_of("stride-0"))[-1]
    dead = column(made, "theano-stride-0")
    assert (dead["chip"], dead["word"]) == ("died", "died, SIGFPE") and "subsample=(0, 1)" in dead["problem"][
        "asked"
    ]
    assert (
        dead["problem"]["found"] == "Theano's process died of SIGFPE."
        and "division by 0" in dead["problem"]["hint"]
    )
    assert column(made)["theano"]["status"] == "live"


@pytest.mark.parametrize("ends, why", [("late", "within 60 s"), ("gone", "does not start")])
def test_without_an_answer_the_semantics_stay_with_the_reason_and_it_is_not_asked_at_once_again(
    monkeypatch, ends, why
):
    state = comparing_of("S000at").changed({"w": "1 2; 3 4"})
    with fake(monkeypatch, ends=ends) as theano:
        one = column(shown(state)[-1])
        shown(state)
        assert len(theano.calls) == 1
    assert one["title"] == "Theano semantics" and why in one["theano"]["says"]


# ---- many who ask, and the loop


def test_a_class_that_opens_one_example_asks_theano_once(monkeypatch):
    question = loose_of("S000at")
    with fake(monkeypatch, takes_s=0.02) as theano:

        async def thirty():
            await asyncio.gather(
                *(compare_live.heard(real.call_of("theano", *question.given, {})) for _ in range(30))
            )

        asyncio.run(thirty())
        shown(comparing_of("S000at").changed({"mode": "valid"}))
    assert len(theano.calls) == 1


def test_one_who_leaves_does_not_take_the_answer_from_another(monkeypatch):
    call = real.call_of("theano", *loose_of("S000at").given, {})
    with fake(monkeypatch, takes_s=0.05):

        async def two():
            gone, stays = (asyncio.create_task(compare_live.heard(call)) for _ in range(2))
            await asyncio.sleep(0.01)
            gone.cancel()
            await stays
            alone = asyncio.create_task(
                compare_live.heard(real.call_of("theano", *loose_of("S000a").given, {}))
            )
            await asyncio.sleep(0.01)
            alone.cancel()
            await asyncio.sleep(0.01)
            return compare_live._asking

        assert asyncio.run(two()) == {} and list(compare_live._heard) == [call.key]


def test_what_was_told_is_kept_within_a_bound_of_bytes(monkeypatch):
    monkeypatch.setattr(compare_live, "KEPT_BYTES", 300)
    with fake(monkeypatch):
        for preset in ("S000a", "S000at", "S001a", "S001c"):
            shown(comparing_of(preset))
        assert 1 <= len(compare_live._heard) < 4


def test_a_heavy_question_takes_the_live_answer_into_its_own_process(monkeypatch):
    with fake(monkeypatch, ends="odd"):
        scenes = shown(comparing_of("S002a"), patience_s=60)
    one = column(scenes[-1])
    assert one["theano"]["status"] == "live" and one["sub"] == "Theano 1.0.5, live"
    assert column(scenes[-1], "scipy-fft")["facts"]["largest"] == pytest.approx(1000, abs=1e-3)


# ---- the real one


def test_live_the_screen_shows_what_the_real_theano_answers_refuses_and_dies_of(theano, monkeypatch):
    for kept in ("_heard", "_silent"):
        monkeypatch.setattr(compare_live, kept, type(getattr(compare_live, kept))())
    ticks = []

    async def watch(state):
        picture = Picture()
        wire = Wire(picture, state, told(state))
        wire.work(state)
        async with asyncio.timeout(120):
            while not wire.task.done():
                start = time.perf_counter()
                await asyncio.sleep(0.005)
                ticks.append(time.perf_counter() - start)
        return picture.scene

    async def all_of():
        states = (with_columns("S000at", "theano", *BOTH), comparing_of("S000c"), comparing_of("stride-0"))
        return [await watch(state) for state in states]

    plain, refused, dead = asyncio.run(all_of())
    for one in plain["columns"]:
        assert (
            one["sub"] == "Theano 1.0.5, live"
            and one["theano"]["off"] == 0
            and len(one["theano"]["times"]) == 3
        )
        assert one["y"]["values"][7 * 3 + 4] == 489
    assert column(refused)["problem"]["found"].startswith(
        "ValueError: CorrMM images and kernel must have the same"
    )
    assert column(dead, "theano-stride-0")["word"] == "died, SIGFPE"
    assert column(dead)["theano"]["status"] == "live"
    assert np.median(ticks) < 0.05, "the loop goes on while Theano is asked"


def test_live_compare_in_python_asks_the_real_ones_and_tells_a_death_as_a_row(theano):
    preset = presets.get("S000at")
    found = cl.compare(preset.x, preset.w, against=[*BOTH, "theano", "theano-stride-0"], mode="full")
    assert [row.verdict for row in found.rows] == ["equal", "equal", "equal", "error"]
    assert "SIGFPE" in found.rows[3].sentence


def test_without_theano_compare_in_python_says_so_in_a_row(monkeypatch):
    with fake(monkeypatch, word="absent"):
        rows = cl.compare(np.ones((3, 3)), np.ones((2, 2)), against=[*BOTH, "theano", "theano-stride-0"]).rows
    assert [row.verdict for row in rows] == ["error", "error", "equal", "error"]
    assert all(ABSENT in row.sentence for row in rows if row.verdict == "error")
