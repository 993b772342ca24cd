"""What a reader of Compare asks for: yardstick, edits, impulse, columns; addresses; large questions in a process."""

import asyncio
import json
import time

import numpy as np
import pytest

import convlab as cl
from convlab import presets
from convlab.compare.turns import turns
from convlab.dashboard.state.compare import comparing as state
from convlab.dashboard.state.compare import heat, mend, rows
from convlab.dashboard.state.compare.comparing import answer, answers_of, comparing_of, from_address, scene
from convlab.dashboard.state.compare.question import loose_of
from convlab.dashboard.state.compare.worker import computed, is_heavy
from convlab.errors import Refused, SpecError
from tests.test_compare_scene import columns, shown, values

# ---- asks


def test_another_yardstick_turns_the_sentence_round():
    made = shown("S001a", yardstick=0)
    loop, theano, _ = made["columns"]
    assert loop["chip"] == "yardstick" and theano["chip"] == "convention"
    assert theano["cause"] == "B turns the filter." and theano["proof"]["claim"] == "B(x, w[::-1, ::-1]) − A"
    assert "2-u" not in theano["code"]["python"]


def test_a_yardstick_of_an_unusual_convention_is_compared_value_by_value():
    made = columns(shown("even-same", yardstick="scipy.ndimage.convolve"))
    assert made["naive"]["chip"] == "convention" and "not those of the yardstick" in made["naive"]["cause"]
    assert "shifted by one" in made["naive"]["sentence"]


def test_applying_the_edit_shows_the_column_mended_and_taking_it_back_undoes_it():
    start = comparing_of("S001a")
    mended, made = answer(start, {"n": 1, "change": {"mend": 0, "on": True}})
    assert made["columns"][0]["word"] == "identical" and made["columns"][0]["mend"]["on"]
    assert values(made["columns"][0]["y"])[0, 0].tolist() == [[147, 192], [327, 372]]
    assert "mended=naive-no-flip" in made["query"]
    _, back = answer(mended, {"n": 2, "change": {"mend": 0, "on": False}})
    assert back["columns"][0]["word"] == "convention"


def test_an_edit_of_the_output_can_be_applied_too():
    made = shown("S000b", mend=1)
    assert made["columns"][1]["word"].startswith("rounding") and made["columns"][1]["shape"] == [2, 1, 7, 7]


def test_an_impulse_spells_the_orientation_of_every_column():
    made = columns(shown("S000at", impulse=True))
    seen = {name: [v for v in column["y"]["values"] if v] for name, column in made.items()}
    assert seen["theano"] == list(range(1, 10)) and seen["naive-no-flip"] == list(range(9, 0, -1))
    assert shown("S000at", impulse=True)["preset"] is None


def test_an_impulse_spells_filter_channel_row_and_column_of_a_layer():
    w = values(shown("three-channels", impulse=True)["w"])
    assert w[0, 1, 2, 0] == 1231


def test_columns_are_added_replaced_and_removed_and_four_is_the_most():
    start = comparing_of("S000at")
    more = start.changed({"columns": [*start.columns, "scipy-fft"]})
    assert len(scene(more)["columns"]) == 4
    for wrong in ([*more.columns, "naive"], [], ["naive", "naive"], ["nonsense"], 7):
        told, made = answer(more, {"n": 1, "change": {"columns": wrong}})
        assert told is more and made["problem"]["found"] and len(made["columns"]) == 4


def test_columns_that_a_person_chose_stay_when_the_example_changes():
    chosen = comparing_of("S000at").changed({"columns": ["naive", "scipy-fft"]})
    assert chosen.changed({"preset": "even-same"}).columns == ("naive", "scipy-fft")
    assert comparing_of("S000at").changed({"preset": "even-same"}).columns == presets.get("even-same").against


def test_a_refused_ask_leaves_everything_as_it_was():
    start = comparing_of("S000at")
    for change in (
        {"stride": 0},
        {"x": "1 2; 3"},
        {"yardstick": 9},
        {"impulse": "perhaps"},
        {"nothing": 1},
        None,
    ):
        told, made = answer(start, {"n": 4, "change": change})
        assert told is start and made["answered"] == 4 and made["problem"]["asked"]


# ---- addresses


@pytest.mark.parametrize(
    "change",
    [{}, {"yardstick": 0}, {"mend": 0}, {"impulse": True}, {"mode": "same", "stride": 2}, {"w": "1 2; 3 4"},
     {"columns": ["naive", "scipy.signal.correlate2d"]}, {"w_shape": "7x7", "mode": "valid"}],
)  # fmt: skip
def test_an_address_brings_back_the_same_screen(change):
    told = comparing_of("S000at").changed(change) if change else comparing_of("S000at")
    query = dict(part.split("=", 1) for part in told.query.split("&"))
    back, _, notices = from_address(query)
    assert notices == () and back.query == told.query
    assert scene(back)["columns"] == scene(told)["columns"]


def test_a_bad_value_in_the_address_is_told_and_left_out():
    address = {"preset": "S001a", "columns": "naive,nonsense", "yardstick": "x", "stride": "0"}
    made, step, notices = from_address(address)
    assert made.columns == presets.get("S001a").against and step == 0 and len(notices) == 3


def test_the_state_of_compare_travels_through_the_other_screens():
    from convlab.dashboard.state.query import from_query, to_query

    told = comparing_of("S000at").changed({"columns": ["naive", "theano"], "yardstick": 0, "impulse": True})
    asked = from_query(dict(part.split("=", 1) for part in told.query.split("&")))
    assert to_query(asked.question, asked.extras) == told.query


# ---- large questions


def test_large_questions_are_computed_in_another_process_with_the_same_answer():
    told = comparing_of("S002a")
    assert is_heavy(told)
    found = asyncio.run(computed(told))
    assert found == json.loads(json.dumps(answers_of(told)))
    assert found["columns"][0]["heat"]["shape"] == [28, 29]


def test_giving_up_a_large_question_ends_its_process():
    from convlab.dashboard.state.compare import worker as compare_worker

    async def give_up():
        task = asyncio.create_task(computed(comparing_of("S001b")))
        while not compare_worker._running:
            await asyncio.sleep(0.01)
        process = compare_worker._running[0]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return process

    assert asyncio.run(give_up()).returncode not in (None, 0) and not compare_worker._running


def test_source_001_what_is_left_between_the_columns_is_rounding_and_the_norm_is_the_true_one():
    made = asyncio.run(computed(comparing_of("S001b")))
    scipy, fft = made["columns"][1:]
    assert scipy["chip"] == fft["chip"] == "rounding" and 0 < scipy["share"] < 1
    assert scipy["norms"]["y"] == pytest.approx(
        15505.43, abs=0.01
    )  # the source prints 1.55051e+04, summed in float32
    assert scipy["facts"]["size"] == 469 * 469 and scipy["bound"] > scipy["facts"]["largest"] * 0.5


def test_a_heat_map_holds_every_nth_value_and_the_largest_difference_of_each_block():
    y = np.arange(300.0 * 200).reshape(1, 1, 300, 200)
    drawn, other = heat.heat(y), y.copy()
    other[0, 0, 5, 7] += 2.5
    block = drawn["block"]
    assert drawn["values"][drawn["shape"][1] + 1] == y[0, 0, block, block]
    most = np.reshape(heat.difference(y, other)["values"], drawn["shape"])
    assert most[5 // block, 7 // block] == -2.5 and np.count_nonzero(most) == 1
    place = [0, 0, 5, 7]
    assert heat.facts(y, other) == {"differ": 1, "size": 60_000, "largest": 2.5, "at": place, "first": place}


def test_an_impulse_on_a_large_example_is_refused_in_a_sentence():
    with pytest.raises(Refused, match="too large to read"):
        comparing_of("S001b").changed({"impulse": True})


# ---- edits, and what a class of thirty costs


def test_edits_are_slices_and_transposes_and_nothing_is_evaluated():
    w, layer = np.arange(4).reshape(2, 2), np.arange(8).reshape(1, 2, 2, 2)
    for turn in turns((2, 2)):
        assert np.array_equal(mend.cut(w, turn.code(True)[1:]), turn.of(w))
        assert np.array_equal(mend.cut(layer, turn.code(False)[1:]), turn.of(layer))
    for text in ("w = w.__class__", "w = w[__import__('os')]", "w = w[::-1](1)", "y = open('x')", "z = w"):
        assert mend.apply(text, w, w, w, cl.conv) is None


def test_an_unknown_preset_is_refused():
    with pytest.raises(SpecError):
        loose_of("nothing")


def test_the_same_question_is_answered_once():
    told = comparing_of("S001a")
    assert answers_of(told) is answers_of(from_address({"preset": "S001a"})[0])


def test_an_ask_about_a_grid_stays_under_twenty_milliseconds_of_computing():
    spent = []
    for mode in ("valid", "same", "half", "full") * 2:
        told = comparing_of("S000at").changed({"mode": mode})
        state._kept.clear()
        rows._known.cache_clear()
        start = time.process_time()
        scene(told)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.020 * 3, f"{min(spent) * 1e3:.1f} ms"


# ---- the wire of one session


def wired(preset):
    from convlab.dashboard.views.compare import Wire
    from convlab.widgets.hosts import panel_class

    start = comparing_of(preset)
    picture = panel_class("compare")(scene=scene(start))
    return picture, Wire(picture, start)


async def settled(picture, number):
    async with asyncio.timeout(60):
        while picture.scene["answered"] < number or picture.scene["busy"]:
            await asyncio.sleep(0.02)
    return picture.scene


def test_the_next_ask_builds_on_a_heavy_one_that_is_not_answered_yet():
    async def talk():
        picture, _ = wired("S000at")
        picture.ask = {"n": 1, "change": {"preset": "S002a"}}
        picture.ask = {"n": 2, "change": {"flip": False}}
        return await settled(picture, 2)

    made = asyncio.run(talk())
    assert made["preset"] == "S002a" and made["flip"] is False and made["columns"][0]["heat"]


def test_a_refused_ask_leaves_a_heavy_one_running():
    async def talk():
        picture, wire = wired("S000at")
        picture.ask = {"n": 1, "change": {"preset": "S002a", "stride": 2}}
        task = wire.task
        picture.ask = {"n": 2, "change": {"stride": "no number"}}
        assert picture.scene["problem"] and wire.task is task and not task.cancelled()
        return await settled(picture, 2)

    made = asyncio.run(talk())
    assert made["problem"] is None and made["stride"] == [2, 2] and made["columns"][0]["heat"]


def test_a_heavy_ask_that_fails_goes_back_to_the_state_before(monkeypatch):
    from convlab.dashboard.views import compare as view

    async def fails(comparing, known):
        raise Refused(
            "Asked for a large comparison.", "It was not done after 60 s.", "Use a smaller example."
        )

    monkeypatch.setattr(view, "computed", fails)

    async def talk():
        picture, wire = wired("S000at")
        picture.ask = {"n": 1, "change": {"preset": "S004a"}}
        await settled(picture, 1)
        return picture.scene, wire.state

    made, after = asyncio.run(talk())
    assert made["problem"]["found"] == "It was not done after 60 s." and after.question.preset == "S000at"
