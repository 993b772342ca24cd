"""What one takes along from the Race screen: the chart of a sweep, files, code, and what the server keeps."""

import argparse
import ast
import csv
import io
import shlex
from dataclasses import replace

import pytest

from convlab.cli import asking
from convlab.dashboard.state.race import kept
from convlab.dashboard.state.race.code import code_of, terminal
from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.exports import exported
from convlab.dashboard.state.race.live import Live, Sweeping
from convlab.dashboard.state.race.scene import Shown, scene
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from convlab.timing.races.result import Race, Row
from convlab.timing.shapes import suites
from convlab.timing.sweeps.swept import Sweep
from tests.race_stand_ins import ROWS, WHEN, race, sweep, timed


def ended():
    live = Live()
    live.end(race())
    return live


def shown(**more):
    return Shown(Course(), ended(), **more)


# ---- the sweep


def test_a_sweep_has_a_line_per_backend_a_crossing_and_source_004_behind():
    made = scene(shown(sweeping=Sweeping.of(sweep(), (3, 11, 31))))["sweep"]
    assert made["state"] == "done" and made["title"] == "Where FFT takes over"
    assert [line["name"] for line in made["series"]] == ["scipy-ndimage", "scipy-fft"]
    assert [point["at"] for point in made["series"][0]["points"]] == [3, 11, 31]
    (crossing,) = made["crossings"]
    assert crossing["a"] == "scipy-fft" and crossing["leads"] and 3 < crossing["at"] < 11
    assert "passes" in crossing["sentence"] and crossing["said"] == "8.9"
    printed = {line["label"]: line for line in made["overlay"]}["source 004: scipy.signal.fftconvolve"]
    assert [(point["at"], point["said"]) for point in printed["points"]] == [
        (5, "100 ms"),
        (11, "116 ms"),
        (31, "220 ms"),
    ]


def test_the_overlay_is_there_only_where_source_004_printed_something():
    assert scene(Shown(Course(axis="C", values=(1, 2))))["sweep"]["overlay"] == []
    assert scene(Shown(Course(suites.get("resnet").spec)))["sweep"]["overlay"] == []


def test_a_sweep_without_points_says_what_one_run_would_show():
    made = scene(shown())["sweep"]
    assert made["state"] == "empty" and made["text"] == "2, 3, 5, 7, 11, 15, 21, 31" and made["series"] == []
    assert made["sentence"].startswith("One run of K = 2, 3, 5")
    assert [axis["id"] for axis in made["axes"]] == ["S", "N", "K", "C", "stride"]


def test_a_stopped_sweep_is_partial_and_goes_on_with_the_rest():
    live = Sweeping.of(sweep((3, 11)), (3, 11, 31))
    assert live.state == "partial" and live.left((3, 11, 31)) == (31,)
    live.queue("It waits.")
    assert live.is_on and scene(shown(sweeping=live))["sweep"]["sentence"] == "It waits."
    live.go("K = 31", 0.8)
    assert scene(shown(sweeping=live))["sweep"]["progress"] == 0.8
    live.rest((3, 11, 31))
    assert live.state == "partial" and len(scene(shown(sweeping=live))["sweep"]["series"]) == 2


def test_a_value_without_a_convolution_is_told_and_not_asked_again():
    broken = sweep((3, 11)).without(999, "The filter is larger than the image.")
    made = scene(shown(sweeping=Sweeping.of(broken, (3, 11, 999))))["sweep"]
    assert made["state"] == "done"
    assert made["refused"] == [{"at": 999, "name": None, "says": "The filter is larger than the image."}]


def test_a_sweep_that_was_stopped_says_every_value_that_is_left():
    course = Course(values=(3, 11, 15, 31))
    now = Shown(course, ended(), Sweeping.of(sweep((3, 11), asked=(11,)), course.values))
    assert scene(now)["sweep"]["state"] == "partial"
    assert scene(now)["sweep"]["sentence"].endswith("Still to be raced: K = 15 and 31.")


def test_a_row_left_behind_after_a_call_is_a_point_and_not_counted_as_missing():
    far = replace(timed("numpy-loops", 4.0), state="pruned", says="One call took 4.0 s.")
    never = Row("scipy-oa", state="pruned", says="Predicted: 9 s.")
    swept = sweep((3,))
    swept.points[3] = replace(swept.points[3], rows=(*swept.points[3].rows, far, never))
    made = scene(shown(sweeping=Sweeping.of(swept, (3,))))["sweep"]
    assert [one["name"] for one in made["refused"]] == ["scipy-oa"]
    assert "numpy-loops" in [line["name"] for line in made["series"]]


# ---- what is kept, exported, written as code


def test_what_was_measured_is_found_again_by_the_same_question_only(monkeypatch):
    monkeypatch.setattr(kept, "_kept", type(kept._kept)())
    course, few = Course(), Course(names=("numpy-fft",))
    kept.keep_race(course, race())
    kept.keep_sweep(course, sweep())
    assert kept.kept_race(Course(budget_s=9.0)).when == WHEN and kept.kept_race(few) is None
    smaller = course.changed({"w": "1x1x3x3"})
    assert kept.kept_race(smaller) is None and kept.kept_sweep(smaller) is not None
    assert kept.kept_sweep(course.changed({"axis": "N"})) is None
    for n in range(kept.KEPT):
        kept.keep(n, n)
    assert kept.kept_race(course) is None, "the oldest goes"


def test_files_hold_the_race_and_the_sweep():
    live, swept = ended(), Sweeping.of(sweep(), (3, 11, 31))
    file = exported("csv", Course(), live, swept)
    lines = list(csv.DictReader(io.StringIO(file["text"])))
    assert file["name"] == "race-source-004-1.csv" and len(lines) == len(ROWS)
    assert float(lines[1]["min_s"]) == 0.0023
    assert Race.from_json(exported("json", Course(), live, swept)["text"]).winner == race().winner
    assert Sweep.from_json(exported("sweep.json", Course(), live, swept)["text"]).values == (3, 11, 31)
    assert exported("sweep.csv", Course(), live, swept)["name"] == "sweep-source-004-1-K.csv"
    with pytest.raises(SpecError, match=r"Nothing has been timed yet\. Press Race first"):
        exported("csv", Course(), Live(), swept)
    typed = Course(ConvSpec((1, 1, 9), (1, 1, 3), padding=((2, 0),)))
    assert exported("csv", typed, live, swept)["name"] == "race-1x1x9-1x1x3-p2-0.csv"


def test_a_race_that_runs_can_be_exported_as_far_as_it_is():
    live = Live("running")
    live.hear(timed("scipy-fft", 1e-3), 0.5)
    found = Race.from_json(exported("json", Course(), live, Sweeping())["text"])
    assert found.state == "stopped" and found.rows[0].min_s == 1e-3


LAYERS = [
    *(one.spec for one in suites.workloads()[::13]),
    ConvSpec((8, 3, 9, 9), (4, 3, 3, 3), "half", stride=(2, 1), flip=False, dtype="float64"),
    ConvSpec((2, 3, 9, 9), (4, 3, 3, 3), padding=((1, 0), (2, 2)), dilation=2),
]


@pytest.mark.parametrize("spec", LAYERS, ids=str)
def test_the_python_makes_the_same_spec(spec):
    tree = ast.parse(code_of(Course(spec))["python"])
    made = next(node.value for node in tree.body if isinstance(node, ast.Assign))
    call = ast.unparse(made).removeprefix("cl.")
    assert eval(call, {"ConvSpec": ConvSpec}) == spec


@pytest.mark.parametrize("spec", LAYERS, ids=str)
def test_the_line_for_a_terminal_asks_for_the_same_spec(spec):
    words = shlex.split(terminal(Course(spec)))
    assert words[:4] == ["python", "-m", "convlab", "race"]
    parser = argparse.ArgumentParser()
    asking.add_question(parser)
    assert asking.spec_of(parser.parse_args(words[4:])) == spec


def test_the_code_tells_what_is_not_usual():
    code = code_of(Course(names=("numpy-fft",), budget_s=5.0, values=(3, 5)))
    assert "cl.race(spec, backends=['numpy-fft'], budget_s=5)" in code["python"]
    assert "cl.sweep(spec, 'K', [3, 5], backends=['numpy-fft'], budget_s=2.5)" in code["sweep_python"]
    assert code["terminal"].endswith("--workload source-004-1 --backends numpy-fft --budget 5")
    assert code["sweep_terminal"].endswith("--budget 2.5 --sweep K=3,5")
