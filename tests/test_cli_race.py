"""race, tune and bench in a terminal and in a pipe: what is asked, what is drawn, what is kept, and how it ends."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from convlab.backends import CATALOGUE
from convlab.cli import here, laps, main, watch
from convlab.cli.bars import Scale, bar, strip
from convlab.cli.picture import picture
from convlab.cli.sweeping import whole
from convlab.errors import ConvLabError
from convlab.spec import ConvSpec
from convlab.timing import autotune, cache, contest, slot, suites
from convlab.timing.axis import at
from convlab.timing.bench import benching
from convlab.timing.benched import NDIMAGE, SCIPY, Bench
from convlab.timing.report import markdown
from convlab.timing.result import Race, Row
from convlab.timing.swept import Sweep
from tests.acting_contest import MACHINE, WHEN, Crew, Stage
from tests.raced import row

ROOT = Path(__file__).parents[1]
SPEC = suites.get("source-004-1").spec
OURS = {
    "numpy-im2col": lambda spec: 8e-3, "numba-direct": lambda spec: 2e-5 * spec.w_shape[2] ** 2,
    "scipy-fft": lambda spec: 2e-3, "numpy-conv3d": lambda spec: None,
}  # fmt: skip
RAW = {**dict.fromkeys(SCIPY[1:], lambda spec: 4e-3), NDIMAGE: lambda spec: 0.03}


@pytest.fixture
def stage(monkeypatch):
    """Let contests take their times from a rule, and workers answer at once."""

    def set_up(**more):
        acting = Stage({**OURS, **RAW} | more.pop("seconds", {}), **more)

        def contest_of_all(spec, names=None, **given):
            return acting(spec, names or list(OURS), **given)

        monkeypatch.setattr(here, "contest", contest_of_all)
        monkeypatch.setattr(contest, "contest", contest_of_all)
        monkeypatch.setattr(autotune, "tuning", acting.tuning)
        monkeypatch.setattr(here, "CREW", Crew())
        return acting

    return set_up


def drawn(what, width, **how):
    """Return the lines that a terminal of a width shows, without colours."""
    where = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None, **how)
    where.print(what)
    return [line.rstrip() for line in where.file.getvalue().splitlines()]


def timed(name, seconds, **more):
    given = {"error": 1e-7, "bound": 1e-6, "checked": "full", "gflops": 3.0, "workspace_bytes": 3 << 20}
    return row(name, seconds, **{**given, "first_call_s": 0.5, "peak_bytes": 5 << 20, **more})


RACE = Race(
    SPEC,
    (
        timed("numpy-im2col", 30e-3), timed("scipy-fft", 2e-3, error=0.0, share=0.0),
        timed("scipy-oa", 2.02e-3), timed("numba-direct", 5e-3, flags=("noisy", "disturbed"), spread=0.4),
        timed("scipy-direct", 3e-3, state="wrong", share=12.0, says="12 times the bound."),
        timed("numba-legacy", 0.3, state="pruned", says="One call took 300 ms.", checked="sampled"),
        Row("numpy-loops", state="refused", kind="over a limit", says="It would take 49 s; the limit is 30 s.",
            hint="Race 20 images."),
        Row("numpy-conv3d", state="refused", kind="not by this backend", says="x has 2 axes; conv3D slides over 3."),
        Row("numba-c01b", state="lost", kind="stopped", says="Its process was killed (SIGKILL)."),
    ), MACHINE, WHEN,
)  # fmt: skip


def test_the_command_line_starts_with_the_standard_library_alone():
    code = "import convlab.cli, sys; print(*{'numpy', 'rich', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []  # doctor must answer where nothing else can be imported


# ---- what is drawn


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_race_fits_its_terminal_and_leaves_no_row_out(width):
    lines = drawn(picture(RACE, width), width)
    assert max(map(len, lines)) <= width
    for one in RACE.rows:
        assert sum(line.startswith(f"{one.name}  ") for line in lines) == 1, one.name
    text = "\n".join(lines)
    assert "2.00 ms" in text and "30.0 ms" in text and "…" not in text
    assert re.search(r"^scipy-fft .*fastest.* exact┃ .*5 MiB$", text, re.MULTILINE)
    assert re.search(r"^scipy-oa .* tie ", text, re.MULTILINE) and "┃●" in text


def test_a_wide_terminal_shows_all_figures():
    text = "\n".join(drawn(picture(RACE, 120), 120))
    assert all(word in text for word in ("GFLOP/s", "first call", "workspace", "peak", "500 ms", "3 MiB"))
    assert all(word in text for word in ("fastest here", "left behind", "wrong"))


def test_each_no_stands_with_its_kind_and_its_whole_sentence():
    text = " ".join(" ".join(drawn(picture(RACE, 80), 80)).split())
    assert "over a limit It would take 49 s; the limit is 30 s. Race 20 images." in text
    assert "not by this backend x has 2 axes; conv3D slides over 3." in text
    assert "stopped Its process was killed (SIGKILL)." in text


def test_doubts_are_told_with_those_they_concern():
    text = " ".join(" ".join(drawn(picture(RACE, 80), 80)).split())
    assert "? noisy (numba-direct): " in text and "? disturbed (numba-direct): " in text
    assert "%?" in text and "checked on a sample" in text
    calm = " ".join(drawn(picture(replace(RACE, rows=RACE.rows[:3]), 80), 80))
    assert "?" not in calm and "sample" not in calm


def test_the_machine_and_the_date_stand_below():
    text = "\n".join(drawn(picture(RACE, 120), 120))
    assert "2026-11-20 14:03 · A processor · 2 processors · numpy 2.4.6 · load 0.2" in text


def test_rows_stay_where_they_are_while_it_runs_and_are_ranked_at_the_end():
    def names(lines):
        return [line.split()[0] for line in lines if line.split() and line.split()[0] in CATALOGUE]

    begun = Race(SPEC, (timed("numpy-im2col", 3e-2, state="timing"), timed("scipy-fft", 2e-3, state="timing"),
                        Row("scipy-oa", state="checking"), Row("numba-direct")), state="running")  # fmt: skip
    lines = drawn(picture(begun, 80, progress=0.34, now="checking scipy-oa"), 80)
    assert names(lines) == ["numpy-im2col", "scipy-fft", "scipy-oa", "numba-direct"]
    text = "\n".join(lines)
    assert "34 %" in text and "9 blocks" in text and "checking" in text and "waiting" in text
    assert "fastest" not in text
    assert names(drawn(picture(RACE, 80), 80))[0] == "scipy-fft"


def test_bars_are_as_long_as_the_logarithm_of_their_times():
    scale = Scale.over([1.3e-3, 0.09])
    assert scale == Scale(-3, -1)
    lengths = [len(bar(scale, time, time, 40, "").plain.rstrip(" ┊")) for time in (1e-3, 1e-2, 1e-1)]
    assert lengths == [1, 20, 40]
    assert Scale.over([2e-6]).high > Scale.over([2e-6]).low and Scale.over([]).decades()
    assert bar(scale, 1e-2, 5e-2, 40, "").plain.count("─") > 5  # the whisker of a wide spread


def test_an_error_stands_left_of_its_bound_and_a_wrong_one_right_of_it():
    assert strip(0.99, 9).plain.index("●") == 8 and strip(1e-9, 9).plain.index("●") == 0
    assert strip(2.0, 9).plain.endswith("┃●") and strip(None, 9).plain.strip() == ""


def test_no_color_leaves_the_words_and_takes_the_colours(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    where = Console(width=80, file=io.StringIO(), force_terminal=True)
    where.print(picture(RACE, 80))
    assert (
        not re.search(r"\x1b\[[0-9;]*3[1-7]m", where.file.getvalue()) and "fastest" in where.file.getvalue()
    )


# ---- race


def test_race_prints_the_table_in_a_pipe_and_ends_with_0(stage, capsys):
    acting = stage()
    assert main(["race", "--x", "50x100x100", "--w", "11x11", "--budget", "0.5"]) == 0
    out = capsys.readouterr().out
    assert acting.raced == [SPEC] and acting.given[0]["budget_s"] == 0.5
    assert "scipy-fft" in out and "2.00 ms" in out and "numpy-conv3d does not." in out and "\x1b" not in out


def test_race_draws_on_a_terminal_and_nothing_is_left_of_the_live_picture(stage, monkeypatch, capsys):
    stage()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    assert main(["race"]) == 0
    out = capsys.readouterr().out
    assert "fastest" in out and "█" in out and out.count("50 images of 100 × 100") >= 2
    assert out.count("\x1b[?25l") == out.count("\x1b[?25h") == 1  # the cursor is back


def test_race_speaks_json_and_saves_what_python_reads(stage, tmp_path, capsys):
    stage()
    names = [tmp_path / name for name in ("race.json", "race.csv")]
    assert main(["race", "--json", "--save", str(names[0]), "--csv", str(names[1])]) == 0
    found = Race.from_json(capsys.readouterr().out)
    assert found.winner.name == "scipy-fft" and len(found.rows) == 4
    assert Race.from_json(names[0].read_text(encoding="utf-8")).rows == found.rows
    assert len(names[1].read_text(encoding="utf-8").splitlines()) == 5


def test_race_ends_with_1_when_nobody_was_timed(stage, capsys):
    stage()
    assert main(["race", "--backends", "numpy-conv3d"]) == 1
    assert "No backend was timed here." in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, wanted",
    [
        ("--workload source-004-5", ConvSpec((50, 1, 100, 100), (1, 1, 5, 5))),
        ("--workload alexnet1 --stride 2 --dtype float64",
         ConvSpec((128, 3, 227, 227), (96, 3, 11, 11), stride=2, dtype="float64")),
        ("--workload cifar1 --mode same", ConvSpec((128, 3, 32, 32), (64, 3, 5, 5), "same")),
        ("--workload vgg1 --x 1x3x224x224", ConvSpec((1, 3, 224, 224), (64, 3, 3, 3), "half")),
        ("--x 2x8x9 --w 8x1x3 --groups 8 --padding 2:0 --no-flip",
         ConvSpec((2, 8, 9), (8, 1, 3), groups=8, padding=((2, 0),), flip=False)),
        ("--x 30x30 --w 3x3 --dilation 2,1 --stride 1x2",
         ConvSpec((1, 1, 30, 30), (1, 1, 3, 3), dilation=(2, 1), stride=(1, 2))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_words_describe_the_convolution(stage, words, wanted):
    acting = stage()
    main(["race", *words.split()])
    assert acting.raced == [wanted]


@pytest.mark.parametrize(
    "words, status, says",
    [
        ("race --x 5x5", 2, "without w"),
        ("race --x 5x5 --w 9x9", 2, "reaches over 9 rows"),
        ("race --workload alexnet", 2, "alexnet1"),
        ("race --backends numpy-magic", 2, "numpy-im2col"),
        ("race --stride two", 2, "whole number"),
        ("race --sweep Q=3", 2, "S, N, K, C, stride"),
        ("race --sweep K=3,x", 2, "whole number"),
        ("race --resume {tmp}/a.json", 2, "--sweep"),
        ("race --save {tmp}/a.txt", 2, "End it in .json"),
        ("race --csv {tmp}/no/a.csv", 2, "no folder"),
        ("race --save {tmp}/folder.json", 2, "That is a folder"),
        ("race --max-bytes lots", 2, "2 GiB"),
        ("tune --suite fast", 2, "seed004"),
        ("bench --suite {tmp}/nowhere.csv", 2, "No such file"),
        ("bench --only tiny", 2, "source-004-1"),
        ("bench --markdown {tmp}/a.txt", 2, "End it in .md"),
        ("race --sweep K=3 --resume {tmp}/broken.json", 2, "version 1"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_bad_use_is_a_sentence_and_nothing_is_raced(stage, tmp_path, capsys, words, status, says):
    acting = stage()
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "broken.json").write_text("{}", encoding="utf-8")
    assert main(words.format(tmp=tmp_path).split()) == status
    captured = capsys.readouterr()
    assert says in captured.err and "Traceback" not in captured.err and not captured.out
    assert not acting.raced


@pytest.mark.parametrize("budget", ["0", "-1", "nan", "inf", "soon", "1e9"])
def test_a_budget_that_is_none_is_bad_use(budget, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["race", "--budget", budget])
    assert stop.value.code == 2 and "number of seconds" in capsys.readouterr().err


def test_the_shapes_with_a_name_are_listed(capsys):
    assert main(["race", "--list"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {one.id} " in out for one in suites.workloads())
    assert main(["tune", "--list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(suites.workloads())


# ---- race --sweep


def test_a_sweep_is_kept_after_each_point_and_resumed(stage, tmp_path, capsys):
    place = tmp_path / "k.json"
    acting = stage(stops_at=2)
    words = ["race", "--sweep", "K=3,11,31", "--resume", str(place)]
    assert main(words) == 1  # it was stopped
    assert "Still to be raced: K = 11 and 31." in capsys.readouterr().out
    assert Sweep.from_json(place.read_text(encoding="utf-8")).left == (11, 31)
    acting = stage()
    assert main([*words, "--csv", str(tmp_path / "k.csv")]) == 0
    assert [spec.w_shape[2] for spec in acting.raced] == [11, 31]
    assert "scipy-fft passes numba-direct at K = 10." in capsys.readouterr().out
    assert len((tmp_path / "k.csv").read_text(encoding="utf-8").splitlines()) == 1 + 3 * 4


def sweep_of(values=(2, 3, 5, 7, 11, 15, 21, 31)):
    rows = {
        value: [timed(name, take(at(SPEC, "K", value))) for name, take in list(OURS.items())[:3]]
        for value in values
    }
    points = {value: Race(at(SPEC, "K", value), tuple(each), MACHINE, WHEN) for value, each in rows.items()}
    return Sweep(SPEC, "K", values, points, {101: "It does not fit."})


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_sweep_is_drawn_as_a_table_and_as_lines_with_their_names(width):
    lines = drawn(whole(sweep_of(), width), width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    dots = [line for line in lines if any("\u2800" < letter <= "\u28ff" for letter in line)]
    assert len(dots) >= 8 and "◯" in text  # where the lead changes
    assert {line.split()[-1] for line in dots} >= {"scipy-fft", "numba-direct"}
    assert text.count("2.00 ms*") == 4 and "K = 101: It does not fit." in text
    if width >= 80:
        assert "source 004: ndimage.convolve" in text and "54.9 ms" in text


def test_a_sweep_of_one_point_has_no_lines_but_a_table():
    text = "\n".join(drawn(whole(sweep_of((3,)), 80), 80))
    assert "180 µs*" in text and "┤" not in text


# ---- tune


def test_tune_finds_keeps_and_finds_again(stage, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path))
    acting = stage()
    words = ["tune", "--x", "50x100x100", "--w", "5x5"]
    assert main(words) == 0
    assert "numba-direct is 4.0× faster than scipy-fft" in capsys.readouterr().out
    assert cache.kept(ConvSpec((50, 1, 100, 100), (1, 1, 5, 5))).winner == "numba-direct"
    acting.seconds["scipy-fft"] = lambda spec: 1e-6
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["winner"] == "numba-direct"
    assert main([*words, "--again", "--verbose"]) == 0
    assert capsys.readouterr().out.endswith("= scipy-fft\n")


def test_tune_goes_through_a_suite(stage, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path))
    stage()
    assert main(["tune", "--suite", "seed004"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if "×" in line and "images of" in line] == [
        "scipy-fft", "scipy-fft", "scipy-fft", "scipy-fft", "numba-direct", "scipy-fft"
    ]  # fmt: skip


# ---- bench


def bench_of(stage, *ids, **more):
    stage(**more)
    workloads = [suites.get(id_) for id_ in ids or ("source-004-1", "source-004-5")]
    return contest.run(benching("seed004", workloads, list(OURS), SCIPY, limits=None), Crew())


def test_a_bench_measures_auto_against_the_best_and_against_scipy(stage):
    found = bench_of(stage)
    assert [line.tuned for line in found.lines] == ["scipy-fft", "numba-direct"]
    assert [line.ahead(line.row(NDIMAGE)) for line in found.lines] == pytest.approx([15.0, 60.0])
    assert [line.scipy.min_s for line in found.lines] == [4e-3, 4e-3]
    assert all(goal.is_met for goal in found.goals) and len(found.goals) == 4
    assert "15× to 60×" in found.goals[0].text and "2.0× to 8.0×" in found.goals[1].text


@pytest.mark.parametrize(
    "seconds, missed",
    [
        ({NDIMAGE: lambda spec: 2.4e-3}, 0),
        ({NDIMAGE: lambda spec: 5e-3}, 0),
        ({SCIPY[1]: lambda spec: 1e-4}, 1),
        ({SCIPY[1]: lambda spec: 4e-4}, 1),
        ({NDIMAGE: lambda spec: None}, 0),
    ],
    ids=["ndimage near", "near on one row", "fftconvolve ahead", "ahead on one row", "no time"],
)
def test_a_promise_that_is_broken_on_one_row_is_broken(stage, seconds, missed):
    goals = bench_of(stage, seconds=seconds).goals
    assert not goals[missed].is_met


def test_auto_that_is_far_from_the_best_is_counted(stage):
    found = bench_of(stage)
    slow = replace(
        found, lines=tuple(replace(line, tuned="numpy-im2col", tuned_s=3.0) for line in found.lines)
    )
    assert "on 0 of 2" in slow.goals[2].text and not slow.goals[2].is_met
    assert "on 0 of 2" in slow.goals[3].text and not slow.goals[3].is_met
    assert replace(slow.lines[0], compile_s=2.9).is_soon
    assert not replace(slow.lines[0], tuned=None).is_near(None)


def test_raw_functions_are_timed_however_far_behind(stage):
    acting = stage()
    contest.run(benching("x", [suites.get("tiny")], list(OURS), SCIPY), Crew())
    assert set(acting.given[0]["keep"]) >= set(SCIPY)


@pytest.mark.parametrize("width", [80, 120])
def test_each_shape_of_a_bench_fits_its_terminal(stage, width):
    for line in bench_of(stage).lines:
        lines = drawn(laps.block(line, width), width)
        assert max(map(len, lines)) <= width and sum("scipy." in one for one in lines) == 4
        assert any("auto" in one and "best" in one for one in lines)
        (single,) = drawn(laps.single(line, width, 13), width)
        assert line.tuned in single and single.endswith("best")


def test_a_bench_writes_json_and_markdown(stage):
    found = bench_of(stage)
    words = json.loads(found.to_json())
    assert [line["tuned"] for line in words["lines"]] == ["scipy-fft", "numba-direct"]
    assert words["lines"][0]["ahead_of"][NDIMAGE] == pytest.approx(15) and words["machine"] == MACHINE
    text = markdown(found)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 2 and len({line.count("|") for line in rows}) == 1
    assert "A processor" in text and found.when[:10] in text and text.count("- yes: ") == 4


def test_bench_prints_saves_and_ends_with_1_when_a_promise_is_broken(stage, tmp_path, capsys, monkeypatch):
    stage(seconds={NDIMAGE: lambda spec: 3e-3})
    saved = [str(tmp_path / name) for name in ("b.json", "b.md")]
    only = ["--only", "source-004-1", "--backends", ",".join(OURS)]
    assert main(["bench", "--against", "none", *only, "--save", saved[0], "--markdown", saved[1]]) == 0
    assert "source-004-1" in capsys.readouterr().out
    assert all(Path(name).stat().st_size > 500 for name in saved)
    assert main(["bench", *only]) == 1
    out = capsys.readouterr().out
    assert "✗ auto is at least 5× faster than scipy.ndimage.convolve on every row: 1.50×" in out


def test_a_bench_that_is_stopped_keeps_the_shapes_that_are_done(stage, capsys):
    found = bench_of(stage, stops_at=2)
    assert found.state == "stopped" and len(found.lines) == 1
    assert isinstance(found, Bench) and "stopped before the end" in markdown(found)


# ---- how it ends


def test_who_waits_for_the_slot_says_so_and_can_be_stopped():
    heard = []
    place = here.Here()

    def report(news):
        heard.append(news)
        place.stop()

    with slot.held(), pytest.raises(ConvLabError, match="another race on this machine"):
        place.race(SPEC, ["numpy-im2col"], budget_s=0.1, limits=None, report=report)
    assert isinstance(heard[0], watch.Waits)


def test_ctrl_c_ends_whatever_is_asked_until_the_race_gives_up():
    stops, ended = [], threading.Event()

    def work(report):
        time.sleep(0.05)  # a person is no faster
        os.kill(os.getpid(), signal.SIGINT)
        assert ended.wait(10)
        return "what is there"

    def stop():
        stops.append(True)
        if len(stops) == 3:
            ended.set()

    assert watch.drive(work, print, None, stop) == "what is there" and len(stops) >= 3


def test_an_error_of_the_race_reaches_the_one_who_waits():
    with pytest.raises(ConvLabError, match="no room"):
        watch.drive(
            lambda report: (_ for _ in ()).throw(ConvLabError("There is no room.")), print, None, print
        )


def test_ctrl_c_ends_a_real_sweep_at_once_and_keeps_what_was_timed(tmp_path):
    place = tmp_path / "k.json"
    words = (
        "race --x 1x1x64x64 --w 1x1x3x3 --backends numpy-im2col --budget 0.2 --sweep K=1..40 --json --resume"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "convlab", *words.split(), str(place)], cwd=ROOT, text=True,
        env={**os.environ, "CONVLAB_CACHE": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while not place.exists() and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    found = Sweep.from_json(out)
    assert process.returncode == 1 and "Traceback" not in err and found.state == "stopped"
    assert found.points[1].winner and len(found.left) > 20
    assert Sweep.from_json(place.read_text(encoding="utf-8")).points.keys() == found.points.keys()
