"""The Compare screen in Python: verdicts and sentences of the sources' examples, asks, addresses, readings, limits."""

import asyncio
import json
import re
import time

import numpy as np
import pytest

import convlab as cl
from convlab import presets
from convlab.compare.turns import turns
from convlab.dashboard.state import compare as state
from convlab.dashboard.state import compare_heat as heat
from convlab.dashboard.state import compare_mend as mend
from convlab.dashboard.state.compare import answer, answers_of, comparing_of, from_address, scene
from convlab.dashboard.state.compare_question import loose_of
from convlab.dashboard.state.compare_worker import computed, is_heavy
from convlab.errors import Refused, SpecError

QUICK = [
    row["id"] for row in scene(comparing_of("S000at"))["presets"] if not is_heavy(comparing_of(row["id"]))
]


def shown(preset, **change):
    """Return the scene of a preset after a change."""
    start = comparing_of(preset)
    return scene(start.changed(change) if change else start)


def values(array):
    return np.array([float(v) for v in array["values"]]).reshape(array["shape"])


def columns(made):
    return {column["name"]: column for column in made["columns"]}


# ---- the sources' examples


def test_source_001_its_own_loop_does_not_flip_and_one_line_mends_it():
    loop = columns(shown("S001a"))["naive-no-flip"]
    assert (loop["chip"], loop["word"]) == ("convention", "convention")
    assert loop["cause"] == "A does not turn the filter."
    assert "cross-correlation" in loop["sentence"] and "w[::-1, ::-1]" in loop["sentence"]
    assert loop["proof"] == {"claim": "A(x, w[::-1, ::-1]) − B", "result": "0 everywhere"}
    assert values(loop["y"])[0, 0].tolist() == [[303, 348], [483, 528]]
    assert set(loop["code"]) == {"python", "java", "c"}


def test_source_001_the_mended_loop_runs_and_agrees_with_the_yardstick():
    made = shown("S001a")
    space = {}
    exec(columns(made)["naive-no-flip"]["code"]["python"], space)
    function = next(value for name, value in space.items() if callable(value) and name == "convolution")
    y = np.asarray(function(values(made["x"])[0, 0], values(made["w"])[0, 0]))
    assert y.tolist() == values(columns(made)["theano"]["y"])[0, 0].tolist() == [[147, 192], [327, 372]]


def test_source_000_a_filter_of_ones_makes_all_columns_identical_and_the_test_blind():
    made = shown("S000a")
    assert [column["word"] for column in made["columns"]] == ["identical", "yardstick", "identical"]
    assert (made["sight"]["seen"], made["sight"]["of"]) == (1, 8)
    assert made["sight"]["telling"] == {"label": "Use a telling filter", "change": {"preset": "S000at"}}
    assert "cannot tell" in made["sight"]["warnings"][0]


def test_source_000_its_telling_twin_shows_who_turns_the_filter():
    made = shown("S000at")
    assert [column["word"] for column in made["columns"]] == ["convention", "yardstick", "identical"]
    assert (made["sight"]["seen"], made["sight"]["telling"]) == (8, None)
    assert {turn["name"]: turn["hit"] for turn in made["sight"]["turns"] if turn["hit"]} == {
        "as given": "A", "turned by 180°": "BC",
    }  # fmt: skip


def test_source_000_scipy_convolves_images_and_channels_and_the_sentence_says_where_theano_sits():
    made = shown("S000b")
    scipy = columns(made)["scipy.signal.fftconvolve"]
    assert scipy["shape"] == [2, 5, 7, 7] and columns(made)["theano"]["shape"] == [2, 1, 7, 7]
    assert scipy["word"] == "shape (2,5,7,7) not (2,1,7,7)"
    assert "4 axes, images and channels too" in scipy["cause"] + scipy["sentence"]
    assert "[:, 2:3]" in scipy["sentence"] and scipy["proof"]["claim"] == "B(x, w)[:, 2:3] − A"
    assert scipy["axes"][:2] == ["image position", "channel position"] and scipy["home"] == [None, 2]
    sits = values(scipy["y"])[:, 2:3].round() - values(columns(made)["theano"]["y"])
    assert not sits.any()


def test_source_000_with_channels_that_tell_scipy_is_seen_to_turn_them_too():
    scipy = columns(shown("S000bt"))["scipy.signal.fftconvolve"]
    assert scipy["word"] == "convention" and "channels backwards" in scipy["cause"]
    assert scipy["reading"]["channels"] is True


def test_source_000_a_channel_mismatch_is_a_result_theano_refuses_and_scipy_answers():
    made = shown("S000c")
    theano, scipy = made["columns"]
    assert theano["word"] == "error" and theano["y"] is None
    assert "must have the same stack size" in theano["problem"]["found"]
    assert scipy["shape"] == [2, 3, 7, 7] and made["yardstick"] == 1
    assert made["no"]["kind"] == "no such convolution" and "3 channels" in made["no"]["found"]


def test_valid_with_a_larger_filter_theano_refuses_and_scipy_swaps_the_operands_silently():
    made = shown("larger")
    theano, scipy = made["columns"]
    assert theano["word"] == "error" and "impossible output shape" in theano["problem"]["found"]
    assert scipy["shape"] == [1, 1, 3, 3] and made["explained"] == 1
    assert "swaps the two" in scipy["sentence"]
    assert made["no"]["try"] == {"label": "Use full", "change": {"mode": "full"}}
    _, after = answer(comparing_of("larger"), {"n": 1, "change": made["no"]["try"]["change"]})
    assert after["no"] is None and after["columns"][0]["shape"] == [1, 1, 7, 7]


def test_source_000_three_filters_of_one_tap_scipy_convolves_the_images():
    scipy = columns(shown("S000d"))["scipy.signal.fftconvolve"]
    assert scipy["word"] == "shape (4,1,3,3) not (2,3,3,3)"
    raised = columns(shown("S000d", mode="valid", columns=["theano", "scipy.signal.convolve"]))[
        "scipy.signal.convolve"
    ]
    assert raised["word"] == "error" and "one must be at least as large" in raised["problem"]["found"]


def test_raw_functions_with_an_even_filter_stand_one_cell_off_and_backends_correct_for_it():
    made = columns(shown("even-same"))
    assert made["scipy.signal.correlate2d"]["word"] == "shifted by one"
    assert made["scipy.ndimage.convolve"]["word"] == "shifted by one"
    assert values(made["scipy.signal.correlate2d"]["y"])[0, 0, 0, 0] == 51
    kept = columns(shown("even-same", columns=["naive", "scipy-ndimage", "scipy-direct"]))
    assert [kept[name]["word"] for name in ("scipy-ndimage", "scipy-direct")] == ["identical", "identical"]


def test_a_library_without_stride_answers_in_another_shape_and_the_answer_stands_inside():
    scipy = columns(shown("S000et"))["scipy.signal.convolve2d"]
    assert scipy["word"] == "shape (7,7) not (4,4)" and scipy["mend"]["does"] == "y = y[::2, ::2]"


def test_theano_is_labelled_as_semantics_until_the_real_one_runs():
    assert columns(shown("S000at"))["theano"]["label"] == "Theano semantics (reference)"


@pytest.mark.parametrize("preset", QUICK)
def test_every_preset_makes_a_scene_that_json_takes(preset):
    made = json.loads(json.dumps(shown(preset)))
    assert made["kind"] == "compare" and len(made["columns"]) == len(presets.get(preset).against[:4])
    for column in made["columns"]:
        assert column["cause"] and not re.search("[Tt]his side", column["cause"] + column["sentence"])
        assert (column["y"] is None) == (column["problem"] is not None)


# ---- the terms of a value


def total(made, column, at):
    """Add the products of one value as the browser does: an independent reading of `reading`."""
    x, w, how = values(made["x"]), values(made["w"]), column["reading"]
    if how["kind"] == "all axes":
        places = list(np.ndindex(*w.shape))
        pairs = [(tuple(np.add(at, np.add(how["start"], p))), places[t]) for p, t in zip(places, how["taps"])]
    else:
        places = list(np.ndindex(*w.shape[2:]))
        n, o, *out = at
        group = o // (w.shape[0] // made["groups"])
        pairs = []
        for c in range(w.shape[1]):
            for p, t in zip(places, how["taps"]):
                place = np.array(out) * how["stride"] + how["start"] + np.array(p) * how["dilation"]
                back = w.shape[1] - 1 - c if how["channels"] else c
                source = [beyond(q, size, how["border"]) for q, size in zip(place, x.shape[2:])]
                pairs.append(((n, group * w.shape[1] + c, *source), (o, back, *places[t])))
    inside = [(s, t) for s, t in pairs if all(0 <= q < size for q, size in zip(s, x.shape))]
    return sum(x[tuple(map(int, s))] * w[t] for s, t in inside)


def beyond(q, n, border):
    frame = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap"}.get(border)
    return int(np.pad(np.arange(n), 9 * n, mode=frame)[q + 9 * n]) if frame else q


@pytest.mark.parametrize("preset", QUICK)
def test_the_terms_of_every_column_add_up_to_its_value(preset):
    made = shown(preset)
    rng = np.random.default_rng(0)
    for column in made["columns"]:
        if not column["reading"]:
            continue
        y = values(column["y"])
        for flat in rng.choice(y.size, min(y.size, 6), replace=False):
            at = np.unravel_index(flat, y.shape)
            assert total(made, column, at) == pytest.approx(y[at], rel=1e-4, abs=1e-3), (column["name"], at)


@pytest.mark.parametrize(
    "preset, name",
    [("S000at", "naive-no-flip"), ("even-same", "scipy.signal.correlate2d"), ("even-same", "scipy.ndimage.convolve"),
     ("S000et", "scipy.signal.convolve2d"), ("S000bt", "scipy.signal.fftconvolve"),
     ("S000b", "scipy.signal.fftconvolve")],
)  # fmt: skip
def test_a_column_that_differs_still_has_its_terms(preset, name):
    assert columns(shown(preset))[name]["reading"] is not None


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
    from convlab.dashboard.state import compare_worker

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
        start = time.process_time()
        scene(told)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.020 * 3, f"{min(spent) * 1e3:.1f} ms"
