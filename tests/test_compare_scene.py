"""The Compare screen in Python: verdicts and sentences of the sources' examples, and the terms of every value."""

import json
import re
from urllib.parse import parse_qsl

import numpy as np
import pytest

from convlab import presets
from convlab.dashboard.state.compare import heat
from convlab.dashboard.state.compare.comparing import answer, comparing_of, from_address, scene
from convlab.dashboard.state.compare.words import lettered
from convlab.dashboard.state.compare.worker import is_heavy
from convlab.errors import ConvLabError

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
    assert made["scipy.signal.correlate2d"]["proof"]["claim"].startswith("B − cl.corr(x, w, padding=")
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


def test_a_large_answer_is_drawn_by_the_plane_that_is_asked_for():
    y = np.arange(2.0 * 3 * 40 * 40).reshape(2, 3, 40, 40)
    assert heat.heat(y)["values"][0] == 0 and heat.heat(y, (1, 2))["values"][0] == y[1, 2, 0, 0]
    assert heat.heat(y[:1], (1, 2))["values"][0] == y[0, 2, 0, 0], "the last image where there are fewer"
    other = y.copy()
    other[1, 2, 5, 6] += 3
    assert not any(heat.difference(y, other)["values"])
    assert heat.difference(y, other, (1, 2))["values"].count(-3.0) == 1
    assert heat.heat(y[0, :, :, 0][None], (0, 1))["values"][0] == y[0, 1, 0, 0]


@pytest.mark.parametrize("plane", ["50,0", "1", "a,0", "-1,0", [1, 2, 3], {"a": 1}, "1.5,0"])
def test_a_plane_that_is_not_there_is_refused(plane):
    with pytest.raises(ConvLabError):
        comparing_of("S004a").changed({"plane": plane})


def test_the_plane_stands_in_the_address_and_does_not_outlive_its_arrays():
    told = comparing_of("S004a").changed({"plane": [3, 0]})
    assert "&plane=3,0" in told.query and from_address(dict(parse_qsl(told.query)))[0].plane == (3, 0)
    assert told.changed({"mode": "same"}).plane == (3, 0)
    assert told.changed({"preset": "S001b"}).plane == () and told.changed({"preset": "S000a"}).plane == ()
    assert "plane" not in comparing_of("S004a").changed({"plane": "0,0"}).query


def test_a_library_that_is_known_to_turn_is_said_to_turn():
    made = scene(comparing_of("S000b"))
    assert made["columns"][1]["cause"].startswith("B convolves along all 4 axes")


def test_no_sentence_speaks_of_the_letter_as_of_a_thing():
    row = scene(comparing_of("S003a").changed({"columns": ["theano", "scipy-fft"]}))["columns"][1]
    assert "the A " not in row["sentence"] + row["cause"]
    assert lettered("This side answers in float32; the truth is summed in float64.", "B", "A") == (
        "B answers in float32; the definition is summed in float64."
    )


def test_one_tap_has_nothing_to_turn():
    sight = scene(comparing_of("S000d"))["sight"]
    assert sight["of"] == 1 and "nothing to turn" in sight["sentence"]


def test_beside_a_yardstick_that_rounds_an_exact_column_does_not_say_that_nothing_differs():
    made = shown("S000at", columns=["scipy-fft", "numpy-loops"])
    judge, exact = made["columns"]
    assert judge["word"] == "yardstick" and values(judge["y"]).tolist() != values(exact["y"]).tolist()
    assert (exact["chip"], exact["word"]) == ("equal", "exact")
    assert "the definition's, to the last bit" in exact["cause"] and "the rounding of A" in exact["sentence"]
    both = shown("S000at", columns=["numpy-loops", "numpy-im2col"])["columns"][1]
    assert both["word"] == "identical" and "agree" in both["cause"]


def test_the_menu_of_columns_says_what_each_is_and_puts_who_refuses_last():
    rows = [one for one in shown("S000at")["catalogue"] if one["group"] == "Backends here"]
    refuses = [one["says"] is not None for one in rows]
    assert refuses == sorted(refuses) and any(refuses) and not all(refuses)
    assert {one["name"]: one["sub"] for one in rows}["numba-winograd-f2"] == "Winograd F(2 × 2)"
    assert all(one["sub"] for one in rows)
