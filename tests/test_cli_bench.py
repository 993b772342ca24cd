"""tune keeps what it finds; bench measures auto against the best and against SciPy's own functions."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from convlab.cli import laps, main
from convlab.spec import ConvSpec
from convlab.timing.benches.bench import benching
from convlab.timing.benches.benched import NDIMAGE, SCIPY, Bench
from convlab.timing.benches.report import markdown
from convlab.timing.races import contest
from convlab.timing.shapes import suites
from convlab.timing.tuning import cache
from tests.acting_cli import OURS, drawn, staged
from tests.acting_contest import MACHINE, Crew


@pytest.fixture
def stage(monkeypatch):
    return partial(staged, monkeypatch)


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
    untuned = replace(found.lines[0], tuned=None)
    assert not untuned.is_near(None) and not untuned.is_soon


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
    assert out.startswith("seed004  Source 004: one filter over a stack")
    assert "✗ auto is at least 5× faster than scipy.ndimage.convolve on every row: 1.50×" in out


def test_a_bench_that_is_stopped_keeps_the_shapes_that_are_done(stage, capsys):
    found = bench_of(stage, stops_at=2)
    assert found.state == "stopped" and len(found.lines) == 1
    assert isinstance(found, Bench) and "stopped before the end" in markdown(found)
