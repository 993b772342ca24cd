"""A match against other libraries: who takes part and when, what is held and reused, and who is out of it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from convlab.backends import get, peers
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from convlab.timing import asks, crew
from convlab.timing.benches.match import FEW, TURNS, away, home, worker
from convlab.timing.benches.matched import Match
from convlab.timing.measuring import entrants
from convlab.timing.shapes import suites
from tests.field import FFT, NDIMAGE, STACK, TIMES, Field, played


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
