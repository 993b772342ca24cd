"""A race and a sweep as a terminal shows them: no row left out, no line too long, no colour needed."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from convlab.backends import CATALOGUE
from convlab.cli.bars import Scale, bar, strip
from convlab.cli.picture import picture
from convlab.cli.sweeping import whole
from convlab.timing.races.result import Race, Row
from convlab.timing.sweeps.axis import at
from convlab.timing.sweeps.swept import Sweep
from tests.acting_cli import OURS, SPEC, drawn, timed
from tests.acting_contest import MACHINE, WHEN

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


# ---- a sweep


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
