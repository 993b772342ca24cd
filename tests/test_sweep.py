"""A sweep: one race a value, resumable, stopped with what is there, kept in a file, read again."""

from dataclasses import replace

import pytest

import convlab as cl
from convlab.errors import ConvLabError, SpecError
from convlab.spec import ConvSpec
from convlab.timing import crew
from convlab.timing.races import contest
from convlab.timing.sweeps import axis as axes
from convlab.timing.sweeps.sweep import Point, sweep, sweeping
from convlab.timing.sweeps.swept import Sweep
from tests.acting_contest import Crew, Stage

SPEC = ConvSpec((50, 1, 100, 100), (1, 1, 11, 11))
TIMES = {"scipy-ndimage": lambda spec: 1e-3 * spec.w_shape[2] ** 2, "scipy-fft": lambda spec: 0.04}


@pytest.fixture
def stage(monkeypatch):
    """Let contests take their times from a rule, and workers answer at once."""

    def set_up(seconds=TIMES, **more):
        acting = Stage(seconds, **more)
        monkeypatch.setattr(contest, "contest", acting)
        monkeypatch.setattr(crew, "CREW", Crew())
        return acting

    return set_up


def test_a_sweep_races_each_value_once_and_tells_of_each(stage):
    acting, heard = stage(), []
    found = sweep(SPEC, "k", "5, 11", backends=list(TIMES), budget_s=0.5, report=heard.append)
    assert [spec.w_shape[2] for spec in acting.raced] == [5, 11]
    assert acting.given[0]["names"] == tuple(TIMES) and acting.given[0]["budget_s"] == 0.5
    points = [(one.value, one.n, one.count) for one in heard if isinstance(one, Point)]
    assert points == [(5, 0, 2), (11, 1, 2), (None, 2, 2)]
    assert found.state == "done" and found.left == () and list(found.points) == [5, 11]
    assert found.sentence == (
        "Fastest here: scipy-ndimage at K = 5 and scipy-fft at K = 11. scipy-fft passes scipy-ndimage at K = 6.3."
    )


def test_a_value_without_a_convolution_is_told_and_the_others_are_raced(stage):
    stage()
    found = sweep(SPEC, "K", (5, 101, 11))
    assert list(found.points) == [5, 11] and list(found.problems) == [101] and found.state == "done"
    assert "reaches over 101 rows" in found.problems[101] and "101: Asked for" in str(found)


def test_a_sweep_that_is_stopped_keeps_what_is_there_and_goes_on_from_there(stage):
    stage(stops_at=2)
    first = sweep(SPEC, "K", (3, 5, 7))
    assert first.state == "stopped" and first.left == (5, 7) and first.points[5].state == "stopped"
    assert "Still to be raced: K = 5 and 7." in first.sentence
    acting = stage()
    whole = sweep(SPEC, "K", (3, 5, 7), resume=Sweep.from_json(first.to_json()))
    assert [spec.w_shape[2] for spec in acting.raced] == [5, 7] and whole.state == "done"
    assert whole.points[3].rows == first.points[3].rows


def test_one_point_joins_those_that_are_there(stage):
    acting = stage()
    so_far = sweep(SPEC, "K", (3, 11))
    steps = sweeping(SPEC, "K", (7,), None, resume=so_far)
    found = contest.run(steps, Crew())
    assert len(acting.raced) == 3 and found.values == (3, 7, 11) == tuple(sorted(found.points))


def test_a_point_is_raced_again_for_a_backend_that_it_lacks(stage):
    acting = stage()
    so_far = sweep(SPEC, "K", (3, 5), backends=["scipy-fft"])
    found = sweep(SPEC, "K", (3, 5), backends=["scipy-fft", "scipy-ndimage"], resume=so_far)
    assert len(acting.raced) == 4 and set(found.series) == set(TIMES)


@pytest.mark.parametrize(
    "other",
    [("N", SPEC), ("K", replace(SPEC, mode="full")), ("K", axes.at(SPEC, "N", 5))],
    ids=["axis", "mode", "N"],
)
def test_an_earlier_sweep_of_something_else_is_refused(stage, other):
    stage()
    axis, spec = other
    with pytest.raises(SpecError, match="earlier one is of"):
        sweep(SPEC, "K", (3,), resume=Sweep(spec, axis, (3,)))


@pytest.mark.parametrize("axis", axes.AXES)
@pytest.mark.parametrize("groups", [1, 8], ids=["dense", "depthwise"])
def test_a_sweep_may_begin_anywhere_on_its_axis(stage, axis, groups):
    stage({"numpy-im2col": lambda spec: 1.0})
    spec = ConvSpec((2, 8, 20, 20), (8, 8 // groups, 3, 3), groups=groups)
    first = sweep(spec, axis, (4, 8))
    assert sweep(axes.at(spec, axis, 4), axis, (4, 8), resume=first).points == first.points


def test_a_file_is_kept_after_each_point_and_read_again(stage, tmp_path):
    place = tmp_path / "k.json"
    stage()

    def end_it(news):
        if isinstance(news, Point) and news.value == 7:
            raise ZeroDivisionError  # as when the machine goes down

    with pytest.raises(ZeroDivisionError):
        sweep(SPEC, "K", (3, 5, 7), resume=place, report=end_it)
    kept = Sweep.from_json(place.read_text(encoding="utf-8"))
    assert sorted(kept.points) == [3, 5] and kept.state == "stopped" and kept.left == (7,)
    acting = stage()
    sweep(SPEC, "K", (3, 5, 7), resume=str(place))
    assert len(acting.raced) == 1 and Sweep.from_json(place.read_text(encoding="utf-8")).state == "done"


def test_a_sweep_goes_wrong_before_the_first_race(stage, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    acting = stage()
    strange = [
        ({"spec": "x"}, "not a question"), ({"backends": ["no"]}, "catalogue"), ({"budget_s": -1}, "seconds above 0"),
        ({"limits": 3}, "not Limits"), ({"resume": 3}, "type int"),
        ({"resume": tmp_path / "no" / "k.json"}, "no folder"),
        ({"resume": tmp_path / "folder"}, "a folder"), ({"resume": tmp_path / "bytes.json"}, "It is no text"),
        ({"resume": tmp_path / "other.json"}, "none of version 1"),
    ]  # fmt: skip
    for bad, says in strange:
        with pytest.raises(SpecError, match=says):
            sweep(**{"spec": SPEC, "axis": "K", "values": (3,), **bad})
    assert not acting.raced
    names = iter(["scipy-fft", "scipy-ndimage"])
    assert len(sweep(SPEC, "K", (3, 5), backends=names).series) == 2


def test_a_sweep_survives_json_and_csv(stage):
    stage({**TIMES, "numpy-loops": lambda spec: None})
    found = sweep(SPEC, "K", (3, 5, 101))
    again = Sweep.from_json(found.to_json())
    assert again.to_json() == found.to_json() and again.crossings == found.crossings
    head, *lines = found.to_csv().splitlines()
    assert head.startswith("K,name,state,min_s") and len(lines) == 6
    assert any("numpy-loops does not." in line for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"kind": "race", "version": 1, "axis": "K"}',
        '{"kind": "sweep", "version": 9}',
    ],
)
def test_a_text_that_is_no_sweep_is_a_sentence(text):
    with pytest.raises(ConvLabError, match="read a sweep from JSON"):
        Sweep.from_json(text)


def test_a_table_marks_the_fastest_and_escapes_what_it_shows(stage):
    stage({**TIMES, "<b>": lambda spec: None})
    found = sweep(SPEC, "K", (3, 11))
    lines = str(found).splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["3", "11"]
    assert lines[3].split()[3].endswith("*") or lines[3].split()[2].endswith("*")
    html = replace(found, problems={5: "<script>"})._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and html.count("<tr>") == 4


def test_nothing_timed_is_said_so(stage):
    stage({"numpy-loops": lambda spec: None})
    found = sweep(SPEC, "K", (3,))
    assert found.sentence == "No backend was timed here." and found.series == {}
    assert str(found).endswith("K = 3: numpy-loops: numpy-loops does not.")


def test_the_verb_is_in_the_public_face():
    assert cl.sweep is sweep
