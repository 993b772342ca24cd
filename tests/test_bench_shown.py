"""How a bench of goals is shown and gone on with, and what is measured beside its matches."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import beside
from benchmarks import goals as goals_of_all
from convlab.cli import here, main
from convlab.timing.benches.matched import Matches
from convlab.timing.benches.matches import Played, playing
from convlab.timing.benches.table import markdown
from convlab.timing.races.contest import run
from convlab.timing.tuning import autotune
from tests.acting_cli import staged
from tests.field import FFT, NDIMAGE, STACK, TIMES, Field, suite_of


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
