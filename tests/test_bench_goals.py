"""Suites of matches: what is kept of them, and which goals are met."""

import json
from dataclasses import replace

import pytest

from convlab.backends import peers
from convlab.errors import SpecError
from convlab.timing.benches.goals import read, verdicts
from convlab.timing.benches.matched import Mark, Match, Matches
from convlab.timing.shapes import suites
from tests.field import NDIMAGE, PEAKS, STACK, TIMES, Field, suite_of


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
