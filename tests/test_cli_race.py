"""race: what is asked, what is printed and kept, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from convlab.cli import here, main, watch
from convlab.errors import ConvLabError
from convlab.spec import ConvSpec
from convlab.timing import slot
from convlab.timing.races.result import Race
from convlab.timing.shapes import suites
from convlab.timing.sweeps.swept import Sweep
from tests.acting_cli import SPEC, staged

ROOT = Path(__file__).parents[1]


@pytest.fixture
def stage(monkeypatch):
    return partial(staged, monkeypatch)


def test_the_command_line_starts_with_the_standard_library_alone():
    code = "import convlab.cli, sys; print(*{'numpy', 'rich', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []  # doctor must answer where nothing else can be imported


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
        ("race --backends ,", 2, "no name in it"),
        ("race --stride two", 2, "whole number"),
        ("race --x 0x1x5x5 --w 1x1x3x3", 2, "size here goes from 1"),
        ("race --sweep Q=3", 2, "S, N, K, C, stride"),
        ("race --sweep K=3,x", 2, "whole number"),
        ("race --resume {tmp}/a.json", 2, "--sweep"),
        ("race --save {tmp}/a.txt", 2, "End it in .json"),
        ("race --csv {tmp}/no/a.csv", 2, "no folder"),
        ("race --save {tmp}/folder.json", 2, "That is a folder"),
        ("race --max-bytes lots", 2, "2 GiB"),
        ("tune --suite fast", 2, "seed004"),
        ("tune --suite tiny --x 5x5 --no-flip", 2, "with --x, --no-flip. A suite brings"),
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


def test_who_waits_for_the_slot_in_a_pipe_hears_it_once(capsys):
    heard = []

    def work(report):
        for _ in range(3):
            report(watch.Waits())

    watch.drive(work, heard.append, None, print)
    captured = capsys.readouterr()
    assert captured.err == "Waits: another race on this machine is being timed.\n" and not captured.out
    assert len(heard) == 3


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "timeout"])
def test_ctrl_c_ends_whatever_is_asked_until_the_race_gives_up(word):
    before = signal.getsignal(signal.SIGTERM)
    stops, ended = [], threading.Event()

    def work(report):
        time.sleep(0.05)  # a person is no faster
        os.kill(os.getpid(), word)
        assert ended.wait(10)
        return "what is there"

    def stop():
        stops.append(True)
        if len(stops) == 3:
            ended.set()

    assert watch.drive(work, print, None, stop) == "what is there" and len(stops) >= 3
    assert signal.getsignal(signal.SIGTERM) is before


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
