"""Matches against other libraries: who takes part and when, what is held and reused, and which goals are met."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import beside
from benchmarks import goals as goals_of_all
from convlab.backends import get, peers
from convlab.cli import here, main
from convlab.errors import SpecError
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import ConvSpec
from convlab.timing import asks, crew
from convlab.timing.asks import DutyFailed, lost
from convlab.timing.benches.goals import read, verdicts
from convlab.timing.benches.match import FEW, TURNS, away, home, matching, worker
from convlab.timing.benches.matched import Mark, Match, Matches
from convlab.timing.benches.matches import Played, playing
from convlab.timing.benches.table import markdown
from convlab.timing.measuring import bouts, ceilings, entrants
from convlab.timing.measuring.question import Question
from convlab.timing.races.contest import run
from convlab.timing.shapes import suites
from convlab.timing.tuning import autotune
from tests.acting_cli import staged

NDIMAGE, FFT = "scipy.ndimage.convolve", "scipy.signal.fftconvolve"
STACK = suites.get("stack-50-31")
PEAKS = {
    "threads": 2,
    "gflops": {name: {"one": 100.0, "all": 200.0} for name in ("float32", "float64")},
    "copy_gbs": {"memory": {"one": 20.0, "all": 30.0}},
}


class Field:
    """Stands for the workers: seconds by name, twice as many for fresh outputs; it writes down what it is asked."""

    def __init__(self, seconds, wrong=(), broken=(), tired=(), stops_at=None):
        self.seconds, self.wrong, self.broken, self.stops_at = seconds, wrong, broken, stops_at
        self.tired = tired
        self.asked = []

    def ask(self, ask):
        self.asked.append(ask)
        if len(self.asked) == self.stops_at:
            raise lost(ask, "stopped", "", "")
        return getattr(self, ask.do)(ask, **ask.words)

    def machine(self, ask):
        return {"cpu": "A processor", "usable": 2, "processors": 2, "numpy": "2.4.6", "load": 0.25}

    def ceilings(self, ask):
        return PEAKS

    def fma(self, ask, dtype):
        return {"gflops": 190.0}

    def pose(self, ask, question, folder):
        assert Path(folder).is_dir()
        return {"scale": 10.0}

    def clear(self, ask):
        return {}

    def enter(self, ask, name, question, reused, folder):
        if name in self.broken:
            raise lost(ask, "died", "SIGABRT", "")
        if name not in self.seconds:
            raise DutyFailed(ask.said, {"kind": "not by this backend", "error": "Unsupported", "text": "No.",
                                        "parts": ["Asked.", "It does not.", ""]}, name)  # fmt: skip
        says = "y[0] is 3, the definition gives 4." if name in self.wrong else None
        kind = get(name).bound if name in home(Match.of(STACK)) else "direct"
        return {
            "first_s": 1.0, "filter_s": 1e-4, "again_s": self.took(name, reused), "peak_bytes": 1 << 20, "kind": kind,
            "flops": 2 * STACK.spec.macs, "error": 1e-6, "bound": 1e-5, "share": 0.1, "checked": "full", "says": says,
        }  # fmt: skip

    def turn(self, ask, name, question, reused, loops, seconds):
        if name in self.tired and len(self.turns(name)) == 2:
            raise lost(ask, "late", "", "")
        calls = [self.took(name, reused) * (1 + 0.01 * n) for n in range(3)]
        return {"loops": loops or 4, "calls_s": calls, "spent": {}, "faults": 0.0 if reused else 7.0}

    def took(self, name, reused):
        return self.seconds[name] * (1 if reused else 2)

    def turns(self, name, worker=None):
        return [
            a for a in self.asked if a.do == "turn" and a.words["name"] == name and worker in (None, a.worker)
        ]

    def stop(self):
        pass


TIMES = {
    "numba-tiles": 2e-3,
    "numba-fft": 1e-3,
    "numba-rows": 1.4e-3,
    "scipy-rfft": 3e-3,
    FFT: 4e-3,
    NDIMAGE: 0.1,
}
TIMES |= {"scipy.signal.oaconvolve": 9e-3}


def played(field, workload=STACK, **more):
    match = Match.of(replace(workload, **more))
    names = [name for name in TIMES if name not in peers.EVERY]
    theirs = [name for name in (*TIMES, "cv2.filter2D") if name in peers.EVERY]
    return run(matching(match, names, theirs), field)


# ---- a match


def test_each_library_has_a_worker_of_its_own_and_another_that_keeps_its_memory():
    field = Field(TIMES)
    played(field)
    asked = {(a.words["name"], a.worker) for a in field.asked if a.do == "enter"}
    assert {(FFT, "scipy+kept"), (FFT, "scipy"), ("numba-fft", "cpu+kept"), ("numba-fft", "cpu")} <= asked
    bases = {name: worker(name, "fresh") for name in peers.EVERY}
    assert len(set(bases.values())) == 6 and "cpu" not in bases.values()
    assert all(worker(name, "reused") == f"{base}+kept" for name, base in bases.items())
    assert all(
        a.words["reused"] == a.worker.endswith("+kept") for a in field.asked if a.do in ("enter", "turn")
    )


def test_a_worker_that_keeps_its_memory_is_told_so_before_it_starts(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    with Path(os.devnull).open("wb") as words:
        kept, plain = (crew.launch(name, words)[1]["env"] for name in ("torch+kept", "torch"))
    assert int(kept["MALLOC_MMAP_THRESHOLD_"]) >= 1 << 30 <= int(kept["MALLOC_TRIM_THRESHOLD_"])
    assert not {"MALLOC_MMAP_THRESHOLD_", "OPENBLAS_CORETYPE"} & set(plain)
    assert asks.Ask("torch+kept", "clear", {}, 1.0).header()["do"] == "clear"
    with pytest.raises(SpecError, match="no such worker"):
        asks.Ask("nobody+kept", "clear", {}, 1.0).header()


def test_all_take_turns_and_those_who_cannot_win_only_a_few():
    field = Field(TIMES)
    found = played(field)
    assert len(field.turns("numba-fft", "cpu+kept")) == len(field.turns(FFT, "scipy+kept")) == TURNS
    assert len(field.turns("scipy-rfft", "cpu+kept")) == FEW and not field.turns(NDIMAGE)
    names = [a.words["name"] for a in field.asked if a.do == "turn" and a.worker.endswith("+kept")]
    rounds = [names[FEW * 6 + n : FEW * 6 + n + 4] for n in range(0, 4 * (TURNS - FEW), 4)]
    may_win = {"numba-fft", "numba-rows", "numba-tiles", FFT}  # tiles of those that are exact
    assert all(set(one) == may_win for one in rounds), "they take turns"
    assert len({tuple(one) for one in rounds}) > 2, "in no fixed order"
    assert NDIMAGE not in {mark.name for mark in found.marks if mark.output == "fresh"}
    assert {mark.output for mark in found.marks if mark.name == FFT} == {"reused", "fresh"}


def test_who_is_hopeless_on_a_tenth_of_many_images_is_not_asked_for_all():
    field = Field(TIMES)
    large = replace(STACK, spec=ConvSpec((50, 1, 1000, 1000), (1, 1, 3, 3)), goals="best=1")
    found = played(field, large)
    counts = {a.words["question"]["spec"]["x_shape"][0] for a in field.asked if "question" in a.words}
    entered = [
        (a.words["name"], a.words["question"]["spec"]["x_shape"][0])
        for a in field.asked
        if a.do == "enter" and a.worker.endswith("+kept")
    ]
    assert counts == {5, 50} and (NDIMAGE, 5) in entered and (NDIMAGE, 50) not in entered
    assert {(FFT, 5), (FFT, 50), ("numba-fft", 5), ("numba-fft", 50)} <= set(entered)
    marks = {mark.name: mark for mark in found.marks if mark.output == "reused"}
    assert marks[NDIMAGE].state == "refused" and "10th of the images" in marks[NDIMAGE].says
    assert marks["cv2.filter2D"].says == "It does not." and found.best(True).name == "numba-fft"
    played(field := Field(TIMES), large, goals=f"{NDIMAGE}=20")
    assert len(field.turns(NDIMAGE)) == FEW


def test_who_has_a_goal_of_its_own_is_timed_however_far_behind():
    field = Field(TIMES)
    played(field, goals=f"{NDIMAGE}=20")
    assert len(field.turns(NDIMAGE)) == FEW


def test_the_fastest_exact_one_is_timed_as_well_as_the_fastest():
    assert get("numba-fft").bound == "fft" and get("numba-rows").bound == "direct"
    field = Field(TIMES)
    found = played(field)
    assert len(field.turns("numba-rows", "cpu+kept")) == TURNS
    assert (found.best(True).name, found.best(True, exact=True).name) == ("numba-fft", "numba-rows")
    assert found.best(True).faults == 0 and found.best(True, "fresh").faults == 7
    assert found.best(True).loops == 4 and found.best(True).blocks == 3 * TURNS


def test_a_wrong_answer_never_wins_and_one_that_breaks_off_disturbs_nobody():
    found = played(Field(TIMES, wrong=("numba-fft",), broken=(FFT,)))
    marks = {mark.name: mark for mark in found.marks if mark.output == "reused"}
    assert marks["numba-fft"].state == "wrong" and "the definition gives 4" in marks["numba-fft"].says
    assert marks[FFT].state == "lost" and "SIGABRT" in marks[FFT].says
    assert marks["cv2.filter2D"].state == "refused" and marks["cv2.filter2D"].says == "It does not."
    assert found.best(True).name == "numba-rows" and found.best(False).name == "scipy.signal.oaconvolve"


def test_one_whose_worker_is_lost_in_its_second_turn_has_no_time_and_no_further_turn():
    field = Field(TIMES, tired=("numba-fft",))
    found = played(field)
    assert len(field.turns("numba-fft", "cpu+kept")) == 2 and found.best(True).name == "numba-rows"
    (mark,) = (mark for mark in found.marks if mark.name == "numba-fft")
    assert mark.state == "lost" and "longer than" in mark.says


def test_both_teams_are_who_may_win_here():
    stack, call, gradient = (Match.of(suites.get(id_)) for id_ in ("stack-50-11", "call", "c64-dx"))
    assert {"numba-tiles", "numba-winograd", "scipy-rfft"} <= set(home(stack))
    assert not {"numba-legacy", "numpy-loops", "theano-corrmm"} & set(home(stack))
    assert home(call) == [entrants.CALL] and home(stack, ["numpy-fft"]) == ["numpy-fft"]
    assert {NDIMAGE, FFT, "scipy.fft.rfftn (filter held)"} <= set(away(stack))
    assert not any(name.startswith("scipy") for name in (*away(gradient), *away(call)))


# ---- a suite of matches


def suite_of(field, *ids, **more):
    return run(playing("goals", [suites.get(id_) for id_ in ids], list(TIMES)[:3], [FFT], **more), field)


def test_what_an_earlier_run_has_done_is_not_done_again():
    first = suite_of(Field(TIMES), "stack-50-31")
    field = Field(TIMES)
    both = suite_of(field, "stack-50-31", "stack-50-5", earlier=first)
    assert both.matches[0] == first.matches[0] and [one.id for one in both.matches] == [
        "stack-50-31",
        "stack-50-5",
    ]
    posed = [a.words["question"]["spec"]["w_shape"] for a in field.asked if a.do == "pose"]
    assert posed == [[1, 1, 5, 5]] and both.state == "done"


def test_a_bench_that_is_stopped_keeps_the_matches_that_are_done():
    field = Field(TIMES)
    suite_of(field, "stack-50-31")
    found = suite_of(Field(TIMES, stops_at=len(field.asked) + 5), "stack-50-31", "stack-50-5")
    assert found.state == "stopped" and [one.id for one in found.matches] == ["stack-50-31"]
    assert suite_of(Field(TIMES, stops_at=1), "stack-50-31").state == "stopped"


def test_a_suite_comes_back_from_json_as_it_was():
    found = suite_of(Field(TIMES), "stack-50-31", "c64-dx")
    found.extra["threads"] = [["no abort", "none", True]]
    assert Matches.read(json.loads(json.dumps(found.words()))) == found
    infinite = replace(found.matches[0].marks[0], error=float("inf"), share=float("inf"))
    again = replace(found.matches[0], marks=(infinite,))
    assert Match.read(json.loads(json.dumps(again.words(), allow_nan=False))) == again
    with pytest.raises(ValueError, match="race"):
        Matches.read({"kind": "race", "version": 1})


# ---- goals


def matched(goals, ours=1e-3, theirs=4e-3, **more):
    """Return a suite of one match with given times, and what became of its goals."""
    marks = [
        Mark("numba-fft", True, state="timed", min_s=ours, kind="fft", error=3e-6, flops=1),
        Mark("numba-tiles", True, state="timed", min_s=2 * ours, kind="direct", error=2e-6, flops=2 * STACK.spec.macs),
        Mark("numba-winograd-f2", True, state="timed", min_s=1.6 * ours, kind="winograd-f2", error=5e-6, flops=1),
        Mark(NDIMAGE, False, state="timed", min_s=10 * theirs, kind="direct", error=1e-7),
        Mark("torch.nn.functional.conv2d", False, state="timed", min_s=theirs, kind="direct", error=2e-6),
        Mark("cv2.filter2D", False, "fresh", state="timed", min_s=theirs / 9, kind="fft", error=2e-6),
        Mark("jax.lax.conv_general_dilated", False, state="wrong", min_s=theirs / 9, kind="direct", error=9.0),
    ]  # fmt: skip
    match = replace(Match.of(replace(STACK, goals=goals)), marks=tuple(marks), scale=1.0, **more)
    return list(verdicts(Matches("goals", (match,), ceilings=PEAKS)))


RATE = 2 * STACK.spec.macs / 1e9  # of a call that takes a second, in GF/s


@pytest.mark.parametrize(
    "goal, found, is_met",
    [
        ("best=4.4", 4.0, True), ("best=4.5", 4.0, False),
        ("exact=2.7", 2.5, True), ("exact=2.8", 2.5, False),
        (f"{NDIMAGE}=44", 40.0, True), (f"{NDIMAGE}=45", 40.0, False),
        ("scipy.signal.oaconvolve=1", None, False),
        ("peak=0.75", RATE / 2e-3 / 200, RATE / 2e-3 / 200 >= 0.675), ("peak=9", RATE / 2e-3 / 200, False),
        ("seconds=9.2e-4", 1e-3, True), ("seconds=9e-4", 1e-3, False),
        ("accuracy=2.6", 2.5, True), ("accuracy=2.4", 2.5, False),
        ("relative=3e-6", 3e-6, True), ("relative=2.9e-6", 3e-6, False),
    ],
)  # fmt: skip
def test_a_goal_is_met_when_a_time_misses_it_by_no_more_than_a_tenth(goal, found, is_met):
    (one,) = matched(goal)
    assert one.found == (None if found is None else pytest.approx(found)) and one.is_met is is_met
    assert one.goal.partition("=")[0] == goal.partition("=")[0] and len(one.text) > 5


def test_a_mean_is_geometric_and_over_the_group():
    one, other = (matched(f"mean:{NDIMAGE}=30", theirs=theirs) for theirs in (4e-3, 16e-3))
    assert one[0].found == pytest.approx(40) and other[0].found == pytest.approx(160)
    matches = []
    for n, theirs in enumerate((4e-3, 16e-3)):
        marks = (
            Mark("a", True, state="timed", min_s=1e-3),
            Mark(NDIMAGE, False, state="timed", min_s=10 * theirs),
        )
        matches.append(replace(Match.of(STACK), id=str(n), goals=f"mean:{NDIMAGE}=90", marks=marks))
    (mean,) = verdicts(Matches("goals", tuple(matches)))
    assert mean.found == pytest.approx(80) and mean.is_met is False and mean.id == STACK.group
    (mean,) = verdicts(Matches("goals", (matches[0], replace(matches[1], marks=()))))
    assert mean.found is None and not mean.is_met


@pytest.mark.parametrize("words", ["best", "best=fast", "quickest=2"])
def test_a_goal_that_does_not_read_is_a_sentence(words):
    with pytest.raises(SpecError, match="Asked for the goal"):
        read(words)


def test_every_goal_of_the_suite_reads_and_names_a_function_that_can_play():
    rows = suites.suite("goals").workloads
    assert len(rows) == 27 and all(one.goals for one in rows)
    for one in rows:
        for name, value in read(one.goals):
            if "." in name:
                assert not peers.get(name.removeprefix("mean:")).supports(one.spec)
            assert value > 0
    goals = {one.id: dict(read(one.goals)) for one in rows}
    assert [goals[id_]["best"] for id_ in ("stack-50-11", "stack-5-11", "stack-500-11")] == [4.4, 7, 9]
    layers = [(goals[id_]["best"], goals[id_]["exact"]) for id_ in ("c64", "c128", "c256", "c512")]
    assert layers == [(2.1, 1.35), (2.4, 1.6), (1.8, 1.6), (1.7, 1.35)]
    posted = [one for one in rows if one.group == "Source 004 as posted"]
    assert len(posted) == 6 and all((one.order, one.spec.dtype) == ("last", "float64") for one in posted)
    assert {one.spec for one in posted} == {
        replace(one.spec, dtype="float64") for one in suites.suite("seed004").workloads
    }


# ---- what a worker does


SMALL = [
    Question(ConvSpec((2, 1, 7, 8), (1, 1, 3, 2)), order="last"),
    Question(ConvSpec((2, 4, 7, 8), (6, 2, 3, 2), stride=2, groups=2, padding=1)),
    Question(ConvSpec((2, 3, 7, 8), (4, 3, 3, 2), stride=(2, 1), padding=1), "dx"),
    Question(ConvSpec((2, 4, 7, 8), (6, 2, 3, 2), padding=1, groups=2), "dw"),
    Question(ConvSpec((2, 3, 5, 5), (1, 3, 3, 3), padding=((1, 0), (0, 2)), flip=False), "call"),
]


@pytest.mark.parametrize("question", SMALL, ids=lambda one: f"{one.computes}{one.order}")
@pytest.mark.parametrize("reused", [True, False], ids=["reused", "fresh"])
def test_a_backend_that_enters_is_right_and_is_timed(question, reused, tmp_path):
    name = entrants.CALL if question.computes == "call" else "numpy-im2col"
    words = question.words()
    scale = bouts.pose(words, str(tmp_path))["scale"]
    made = question.rewrite()
    truth = judge(made.x, made.w, made.spec)
    assert scale == np.abs(truth).max()
    entered = bouts.enter(name, words, reused, str(tmp_path))
    assert entered["says"] is None and entered["share"] <= 1 and entered["again_s"] > 0
    turned = bouts.turn(name, words, reused, 3, 0.0)
    assert turned["loops"] == 3 and min(turned["calls_s"]) > 0 and (turned["faults"] or 0) >= 0
    one = entrants.entrant(name, question, reused)
    found = question.judge_form(one.read(one.call()))
    assert measure(found, truth, BOUNDS["direct"](made.x, made.w, made.spec, truth)).share <= 1
    if question.computes == "y":
        assert (one.call() is one.call()) == reused
        assert one.call().strides == question.empty().strides
    assert bouts.clear() == {} and bouts._kept is None


def test_a_plan_that_answers_wrongly_is_found_out(tmp_path, monkeypatch):
    backend, question = get("numpy-im2col"), SMALL[1]
    bouts.pose(question.words(), str(tmp_path))
    right = backend.plan(question.w, question.spec)

    def off(x, out=None):
        y = right(x, out)
        y.flat[-1] += 1e-3
        return y

    monkeypatch.setattr(backend, "plan", lambda w, spec: off)
    assert (
        "the definition gives" in bouts.enter("numpy-im2col", question.words(), True, str(tmp_path))["says"]
    )


def test_a_library_function_enters_at_its_best(tmp_path):
    question = SMALL[0]
    bouts.pose(question.words(), str(tmp_path))
    for name in away(replace(Match.of(STACK), question=question)):
        assert bouts.enter(name, question.words(), True, str(tmp_path))["says"] is None
        assert bouts.turn(name, question.words(), True, 1, 0.0)["calls_s"][0] > 0
    bouts.clear()


def test_the_ceilings_are_measured_on_one_thread_and_on_all(monkeypatch):
    monkeypatch.setattr(ceilings, "TRIES", 1)
    monkeypatch.setattr(ceilings, "CACHES", (("L1", 1 << 12),))
    for made in (ceilings.rate, ceilings._both):
        monkeypatch.setattr(made, "__defaults__", made.__defaults__ and (2, 1e-5))
    found = ceilings.ceilings()
    rates = [*found["gflops"].values(), *found["copy_gbs"].values()]
    assert len(rates) == 3 and all(0 < one["one"] <= one["all"] for one in rates)
    assert ceilings.peak("float64") > 0


def test_the_probes_do_what_they_are_counted_for():
    from convlab.backends.tiles import machine, probes

    run_, flops = probes.multiply_adds("float32")
    assert flops == 2 * probes.SUMS * machine.width("float32")
    numbers = run_.__closure__[
        [type(cell.cell_contents) for cell in run_.__closure__].index(np.ndarray)
    ].cell_contents
    run_(3)
    begin = np.arange(probes.SUMS)[:, None] * np.ones(machine.width("float32"))
    assert np.array_equal(numbers[2:], begin / 8 + 1.75)
    copy, moved = probes.copies(1 << 13)
    copy(1)
    blocks = [cell.cell_contents for cell in copy.__closure__ if isinstance(cell.cell_contents, np.ndarray)]
    assert len(blocks) == 2 and moved == 2 * blocks[0].nbytes and np.array_equal(*blocks) and blocks[0].all()


# ---- how it is shown


def test_a_report_shows_goals_both_policies_and_the_machine():
    found = suite_of(Field(TIMES), "stack-50-31", "c64")
    found.extra["threads"] = [["no abort", "8 threads for 10 s", False]]
    text = markdown(found)
    assert "## Outputs reused" in text and "## Fresh outputs" in text and "A processor" in text
    assert "Goals: 3 of 8 met" in text, text.partition("## Goals")[2][:1200]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {line.count(" | ") for line in rows} == {3, 13} and sum(
        "stack-50-31" in line for line in rows
    ) == 5
    assert "float32 100 GF/s on one thread, 200 on 2" in text and "memory 20 and 30" in text


def test_the_command_plays_prints_saves_and_goes_on(monkeypatch, tmp_path, capsys):
    field = Field(TIMES)
    monkeypatch.setattr(here, "CREW", field)
    names = ",".join(list(TIMES)[:3])
    saved, table = tmp_path / "cpu.json", tmp_path / "cpu.md"
    words = ["bench", "--suite", "goals", "--only", "posted-5-11", "--backends", names, "--save", str(saved)]
    assert main([*words, "--markdown", str(table)]) == 0
    out = capsys.readouterr().out
    assert f"✓ posted-5-11  {NDIMAGE}=20  100×" in out and "2 of 2 goals met" in out and "peak" in out
    assert "## Goals: 2 of 2 met" in table.read_text(encoding="utf-8")
    field.asked.clear()
    assert main([*words, "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "matches"
    assert not [a for a in field.asked if a.do == "pose"]
    field.seconds = TIMES | {NDIMAGE: 1e-2}
    assert main(words) == 1


@pytest.mark.parametrize(
    "words, says",
    [
        (["--resume"], "no --save"),
        (["--resume", "--save", "{}"], "holds no matches"),
        (["--scheduler", "tcp://127.0.0.1:1"], "Leave out --scheduler"),
    ],
)
def test_what_cannot_be_gone_on_with_is_a_sentence(words, says, tmp_path, capsys):
    other = tmp_path / "other.json"
    other.write_text('{"kind": "race", "version": 1}', encoding="utf-8")
    assert main(["bench", "--suite", "goals", *[word.format(other) for word in words]]) == 2
    assert says in capsys.readouterr().err


def test_news_tell_how_far_a_suite_has_come():
    heard = []
    run(playing("goals", [STACK], list(TIMES)[:3], [FFT]), Field(TIMES), heard.append)
    bouts_ = [one for one in heard if not isinstance(one, Played)]
    assert [one.begins and one.begins.id for one in heard if isinstance(one, Played)] == ["stack-50-31", None]
    shares = [one.progress for one in bouts_]
    assert shares == sorted(shares) and 0 < shares[0] < 0.1 and shares[-1] < 1
    assert {one.output for one in bouts_} == {"reused", "fresh"}


# ---- what is measured beside the matches


def test_threads_beside_each_other_are_compared_with_one_alone(monkeypatch):
    monkeypatch.setattr(beside, "ALONE_S", 0.01)
    monkeypatch.setattr(beside, "others", lambda: ["torch"])
    monkeypatch.setattr(
        beside,
        "SHAPES",
        {"numpy-im2col": ((2, 2, 9, 9), (3, 2, 3, 3), {}), "none": ((1, 1, 3), (1, 1, 1), {})},
    )
    found = beside.inside(0.05, 3)
    assert found["wrong"] == 0 and min(found["calls"].values()) > 0 and found["slow_down"] > 0
    said, is_right = beside.sentence(found | {"slow_down": 1.2})
    assert is_right and "beside torch" in said and "0 wrong" in said
    assert (
        not beside.sentence(found | {"slow_down": 1.31})[1] and not beside.sentence(found | {"wrong": 1})[1]
    )
    assert beside.sentence({"broke_off": -6, "says": "Aborted"}) == (
        "The process broke off (-6): Aborted",
        False,
    )
    seen = iter(range(10**9))
    monkeypatch.setattr(beside, "alone", lambda plan, x: (np.zeros(1), 1e4))
    monkeypatch.setattr(
        beside, "calls", lambda threads: [("odd", lambda x: np.ones(1) * next(seen), None)] * 2
    )
    assert beside.inside(0.02, 2)["wrong"] > 0


def test_the_memory_of_the_winners_is_held_against_what_each_thread_may_take():
    found = suite_of(Field(TIMES), "stack-50-31", "c64-dx")
    ((asked, said, is_met),) = goals_of_all.memory(found)
    assert "MiB" in asked and "1.0 MiB at most: stack-50-31, numba-fft" in said and is_met
    large = tuple(replace(mark, peak_bytes=1 << 34) for mark in found.matches[0].marks)
    assert not goals_of_all.memory(replace(found, matches=(replace(found.matches[0], marks=large),)))[0][2]
    assert goals_of_all.memory(Matches("none")) == []


@pytest.mark.parametrize("seconds, is_met", [(2e-3, True), (1e-4, False)], ids=["best", "far from it"])
def test_what_auto_takes_is_held_against_the_best_of_all(seconds, is_met, monkeypatch):
    acting = staged(monkeypatch, {"scipy-fft": lambda spec: seconds})
    acting.seconds |= {"numba-direct": lambda spec: 4e-3}
    monkeypatch.setattr(autotune, "tuning", untuned(acting))
    ((_, said, met),) = goals_of_all.auto(1.0, says=lambda line: None)
    assert met is is_met and said.startswith("40 of 40" if is_met else "0 of 40")


def untuned(acting):
    """Return a tuning that always takes what takes 2 ms, whatever else there is."""

    def tuning(spec, **given):
        choice = yield from acting.tuning(spec, **given)
        kept = tuple(row for row in choice.race.rows if row.name == "numpy-im2col")
        return replace(choice, race=replace(choice.race, rows=kept))

    acting.seconds["numpy-im2col"] = lambda spec: 2e-3
    return tuning
