"""The scene of the Race screen: rows, bars, the roof, the sweep, files, code: every number formatted in Python."""

import json
import time
from dataclasses import replace

import pytest

from convlab.backends import CATALOGUE
from convlab.dashboard.state.race import said
from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.facts import when
from convlab.dashboard.state.race.live import Live, Sweeping
from convlab.dashboard.state.race.scene import Shown, moving, of_here, scene
from convlab.spec import ConvSpec
from convlab.timing.admission import rates
from convlab.timing.races.result import Row
from convlab.timing.races.statistics import FLAGS
from tests.race_stand_ins import ROWS, ended, race, shown, sweep, timed

KEYS = {
    "version", "kind", "answered", "query", "notices", "problem", "title", "subtitle", "quick", "workloads", "workload",
    "layer", "modes", "dtypes", "choice", "slot", "race", "sweep", "code", "exported",
}  # fmt: skip
ROW = {
    "name", "note", "device", "state", "kind", "says", "hint", "try", "doing", "win", "tie", "exact", "first_call_s",
    "min_s", "median_s", "q1_s", "q3_s", "loops", "blocks", "error", "bound", "share", "checked", "workspace_bytes",
    "peak_bytes", "gflops", "flags", "parts", "error_at", "recorded", "said",
}  # fmt: skip


def rows_of(live):
    return {row["name"]: row for row in scene(shown(live))["race"]["rows"]}


def test_a_scene_is_plain_data_with_the_keys_of_the_contract():
    made = scene(of_here(shown(sweeping=Sweeping.of(sweep(), (3, 11, 31)))), answered=4, notices=["Hm."])
    assert json.loads(json.dumps(made, allow_nan=False)) == made and set(made) == KEYS
    assert (made["version"], made["kind"], made["answered"], made["notices"]) == (1, "race", 4, ["Hm."])
    assert all(set(row) == ROW for row in made["race"]["rows"])
    assert len(json.dumps(made)) < 64 * 1024


def test_what_moves_while_a_race_runs_is_small_and_quick_enough_for_the_loop():
    live = Live("running", {name: Row(name) for name in CATALOGUE})
    now = shown(live, sweeping=Sweeping.of(sweep(), (3, 11, 31)))
    assert len(json.dumps(moving(now, ("slot", "race")))) < 24 * 1024
    spent = []
    for _ in range(3):
        began = time.thread_time()
        moving(now)
        spent.append(time.thread_time() - began)
    assert min(spent) < 0.02


def test_a_whole_scene_is_quick_enough_for_the_loop():
    spent = []
    for n in range(3):
        now = of_here(Shown(Course(ConvSpec((8, 6, 32, 33 + n), (12, 6, 5, 4), stride=2)), ended()))
        began = time.thread_time()
        scene(now)
        spent.append(time.thread_time() - began)
    assert min(spent) < 0.02


def test_a_finished_race_stands_fastest_first_and_says_who_won():
    made = scene(shown())["race"]
    assert [row["name"] for row in made["rows"]][:3] == ["numba-direct", "numpy-im2col", "scipy-fft"]
    assert {row["state"] for row in made["rows"][3:]} == {"pruned", "wrong", "refused", "lost"}
    assert made["win"] == "numba-direct" and [row["name"] for row in made["rows"] if row["win"]] == [
        made["win"]
    ]
    assert made["sentence"] == race().sentence and "is fastest here: 2.2× ahead" in made["sentence"]
    assert made["when"] == "20 Nov 2026, 14:03" and made["versions"] == "numpy 2.4.0 · scipy 1.17.0"
    assert made["machine"] == [["processor", "a processor"], ["processors", "2"]]


def test_ties_are_drawn_alike_and_nobody_wins_alone():
    made = rows_of(
        ended(timed("numba-direct", 1e-3), timed("scipy-fft", 1.02e-3), timed("numpy-im2col", 2e-3))
    )
    assert [made[name]["tie"] for name in ("numba-direct", "scipy-fft", "numpy-im2col")] == [
        True,
        True,
        False,
    ]
    assert not any(row["win"] for row in made.values())


def test_a_wrong_answer_is_never_ranked_and_its_dot_stands_beyond_the_bound():
    quick = Row("numba-legacy", state="wrong", min_s=1e-6, error=1.0, bound=1e-6, share=1e6, says="Wrong.")
    made = rows_of(ended(quick, timed("scipy-fft", 1e-3)))
    assert made["scipy-fft"]["win"] and not made["numba-legacy"]["win"]
    assert made["numba-legacy"]["error_at"] > 1 and 0 < made["scipy-fft"]["error_at"] < 1


@pytest.mark.parametrize("error, word", [(float("inf"), "Infinity"), (float("nan"), "NaN")])
def test_an_error_that_is_no_number_is_a_word_in_the_scene(error, word):
    made = scene(shown(ended(replace(ROWS[4], error=error, share=error), ROWS[0])))
    row = next(row for row in made["race"]["rows"] if row["state"] == "wrong")
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert row["error"] == row["share"] == word and row["error_at"] == 1.15
    assert row["said"]["share"] == "not a number" and row["said"]["error"]


def test_numbers_are_text_with_units_and_unknown_ones_are_empty():
    made = rows_of(ended())
    assert made["numba-direct"]["said"] == {
        "min": "2.30 ms", "median": "2.35 ms", "spread": "46.0 µs", "error": "2.0e−7", "bound": "4.0e−6",
        "share": "5 % of the bound", "first": "6.90 ms", "workspace": "1.0 MiB", "peak": "2.0 MiB",
        "gflops": "42.6 GFLOP/s",
    }  # fmt: skip
    assert made["numpy-im2col"]["said"]["share"] == "exact" and made["numpy-im2col"]["checked"] == "sampled"
    assert set(made["numba-c01b"]["said"].values()) == {""}
    assert made["numba-legacy"]["said"]["share"] == "12 times the bound"
    assert made["numba-direct"]["parts"] == [["compile", 0.52, "520 ms"]]


def test_each_word_of_doubt_has_its_reason():
    row = timed("scipy-fft", 1e-3, flags=tuple(FLAGS))
    assert [(one["word"], one["why"]) for one in rows_of(ended(row))["scipy-fft"]["flags"]] == list(
        FLAGS.items()
    )


def test_bars_stand_on_a_log_scale_of_whole_decades():
    scale = scene(shown())["race"]["scale"]
    assert (scale["low_s"], scale["high_s"]) == (0.001, 0.01)
    assert scale["ticks"] == [{"s": 0.001, "label": "1 ms"}, {"s": 0.01, "label": "10 ms"}]


@pytest.mark.parametrize("seconds", [(1e-9,), (3e-7, 80.0), (0.001, 0.01), (), (0.0, None)], ids=str)
def test_a_scale_holds_all_that_stands_on_it(seconds):
    low, high = said.span(seconds)
    assert low < high and all(low <= one * 1.000001 and one <= high * 1.000001 for one in seconds if one)
    ticks = said.decades(low, high)
    assert len(ticks) >= 2 and (ticks[0][0], ticks[-1][0]) == pytest.approx((low, high))
    assert all(label.split()[1] in ("ns", "µs", "ms", "s") for _, label in ticks)


def test_a_refused_row_has_its_kind_its_sentence_and_a_button_that_is_an_ask():
    made = rows_of(ended())
    assert made["numba-c01b"]["try"] == {"label": "Use w 16 × 1 × 11 × 11", "change": {"w": "16x1x11x11"}}
    for name in ("numba-c01b", "numpy-conv3d"):
        row = made[name]
        assert row["kind"] and row["says"] and row["hint"]
        assert Course().changed(row["try"]["change"]).spec != Course().spec
    assert made["scipy-oa"]["try"] is None and made["scipy-oa"]["kind"] == "stopped"


def test_while_it_runs_rows_keep_their_order_and_say_what_they_are_at():
    live = Live()
    live.begin()
    for name in ("scipy-fft", "numpy-im2col", "numba-direct", "scipy-oa"):
        live.hear(Row(name), 0.0)
    live.hear(timed("numba-direct", 2e-3), 0.3)
    live.hear(replace(timed("scipy-fft", 1e-3), state="timing", blocks=3), 0.4)
    live.hear(Row("numpy-im2col", state="checking"), 0.35)
    made = scene(shown(live))["race"]
    assert [row["name"] for row in made["rows"]] == ["scipy-fft", "numpy-im2col", "numba-direct", "scipy-oa"]
    assert [row["doing"] for row in made["rows"]] == [
        "3 of 7 blocks",
        "first call, then the check",
        None,
        "waits",
    ]
    assert made["progress"] == 0.4 and made["win"] is None and made["state"] == "running"
    assert made["sentence"] == "1 of 4 are done. scipy-fft leads with 1.00 ms."
    assert made["live"] == "numba-direct: 2.00 ms, 5 % of the bound."


def test_each_row_is_read_aloud_once_when_it_ends():
    live, heard = Live("running"), []
    for blocks in range(5):
        live.hear(replace(timed("scipy-fft", 1e-3), state="timing", blocks=blocks), 0.1)
        heard.append(live.said)
    live.hear(timed("scipy-fft", 1e-3), 0.5)
    first = live.said
    live.hear(Row("numba-c01b", state="refused", says="It takes 16."), 0.6)
    assert set(heard) == {""} and first == "scipy-fft: 1.00 ms, 5 % of the bound."
    assert live.said == "numba-c01b: It takes 16."


def test_a_stopped_race_keeps_what_was_there():
    live = Live("running")
    live.hear(timed("scipy-fft", 1e-3), 0.5)
    live.hear(Row("numpy-loops"), 0.5)
    live.stop(Course())
    made = scene(shown(live))["race"]
    assert made["state"] == "cancelled" and made["rows"][0]["said"]["min"] == "1.00 ms"
    assert [row["kind"] for row in made["rows"]] == [None, "stopped"]
    assert made["sentence"].startswith("scipy-fft is the only one that was timed: 1.00 ms.")
    assert made["sentence"].endswith("It was stopped before the end.")


def test_a_race_that_is_stopped_before_its_first_row_leaves_nothing():
    live = Live("running")
    live.stop(Course())
    assert scene(shown(live))["race"]["sentence"] == "Nothing has been timed yet."


def test_a_race_of_refused_rows_points_at_them():
    refused = [row for row in ROWS if row.state == "refused"]
    assert scene(shown(ended(*refused)))["race"]["sentence"] == "No backend was timed here. The rows say why."


def test_a_row_left_out_by_prediction_says_why_that_is_sure():
    made = rows_of(ended())
    assert made["numpy-loops"]["says"] and "20 times the leader" in made["numpy-loops"]["hint"]
    assert rows_of(ended(ROWS[0]))["scipy-fft"]["hint"] is None


def test_a_race_measured_before_says_when():
    made = scene(shown(ended(before=True)))["race"]
    assert made["asked"] == "Measured 20 Nov 2026, 14:03, before this page asked."
    assert scene(shown())["race"]["asked"] is None
    assert when("no date") == "no date"


def test_the_roof_is_what_was_measured_here_or_nothing():
    now = shown(roof=(200.0, 10.0))
    roof = scene(now)["race"]["roof"]
    assert (
        roof["said"] == "200 GFLOP/s" and roof["label"] == "matrix product here" and roof["copy_gbs"] == 10.0
    )
    assert [mark["name"] for mark in roof["marks"]] == ["scipy-fft", "numba-direct", "numpy-im2col"]
    assert all(mark["share"] == pytest.approx(mark["gflops"] / 200, abs=1e-4) for mark in roof["marks"])
    assert scene(shown())["race"]["roof"]["said"] == ""


@pytest.mark.parametrize("source, known", [("assumed", False), ("measured", True)])
def test_a_guessed_roof_is_not_shown_as_a_measured_one(monkeypatch, source, known):
    monkeypatch.setattr(rates, "known", lambda: replace(rates.ASSUMED, source=source))
    assert (of_here(shown()).roof[0] is not None) == known
