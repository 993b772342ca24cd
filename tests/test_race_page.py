"""The wire between a Race page and the desk: what runs, what is told, what is given up; with races made by hand."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest

from convlab.backends import CATALOGUE
from convlab.dashboard.state.race import kept, pace
from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.place import Here
from convlab.dashboard.state.race.scene import Shown
from convlab.dashboard.views import race as view
from convlab.errors import Refused
from convlab.timing.races.contest import News
from convlab.timing.races.result import Row
from convlab.timing.sweeps.swept import Sweep
from tests.race_stand_ins import Picture, free_desk, race, sweep, timed


@pytest.fixture(autouse=True)
def by_hand(monkeypatch):
    """Let races and points of sweeps be made by hand, on a desk of the test's own, with nothing kept."""
    monkeypatch.setattr(kept, "_kept", type(kept._kept)())
    monkeypatch.setattr(pace, "LEAST_S", 0.02)
    monkeypatch.setattr(view, "pn", SimpleNamespace(state=SimpleNamespace(curdoc=None)))
    made = SimpleNamespace(wait_s=0.002, asked=[], held_at=None)

    async def raced(self, course, report):
        made.asked.append(course)
        for name in course.chosen:
            report(News(Row(name), 0.0))
        for n, name in enumerate(course.chosen, 1):
            await asyncio.sleep(made.wait_s)
            report(News(timed(name, 1e-3 * n), n / len(course.chosen)))
        rows = [timed(name, 1e-3 * n) for n, name in enumerate(course.chosen, 1)]
        return replace(race(rows), spec=course.spec)

    async def swept(self, course, values, before, report):
        (value,) = values
        made.asked.append(value)
        report(News(timed("scipy-fft", 1e-3), 0.5))
        points = dict(before.points) if before else {}
        await asyncio.sleep(60 if len(points) == made.held_at else made.wait_s)
        return Sweep(course.spec, course.axis, course.values, {**points, **sweep((value,)).points})

    monkeypatch.setattr(Here, "race", raced)
    monkeypatch.setattr(Here, "sweep", swept)
    return made


def lived(life, monkeypatch):
    """Run a test's coroutine with a fresh desk and a page on it; return what it returns."""

    async def whole():
        desk = free_desk()
        monkeypatch.setattr(view, "desk", lambda: desk)
        picture = Picture()
        wire = view.Wire(
            picture, view.remembered(Shown(Course(names=("numpy-fft", "scipy-fft", "scipy-oa"))))
        )
        wire.see_slot()
        return await asyncio.wait_for(life(picture, wire, desk), 20)

    return asyncio.run(whole())


async def settled(desk):
    await desk.idle()
    await asyncio.sleep(0.25)  # the last news


def test_a_race_fills_row_by_row_and_ends_with_its_sentence(monkeypatch, by_hand):
    by_hand.wait_s = 0.25

    async def life(picture, wire, desk):
        first = picture.says(1, run="race")
        await settled(desk)
        return first, picture

    first, picture = lived(life, monkeypatch)
    assert first["answered"] == 1 and first["race"]["state"] == "queued"
    done = [
        sum(row["state"] == "timed" for row in news["race"]["rows"])
        for news in picture.all_news
        if "race" in news
    ]
    assert done == sorted(done) and {0, 1, 2, 3} <= set(done)
    assert picture.shown["race"]["state"] == "done" and picture.shown["race"]["win"] == "numpy-fft"
    assert picture.shown["slot"]["state"] == "free" and picture.shown["race"]["progress"] == 1.0
    assert len(picture.scenes) == 1, "only an ask is answered with a whole scene"


def test_news_are_few_however_many_rows_change(monkeypatch, by_hand):
    by_hand.wait_s = 0.0005
    every = tuple(CATALOGUE)

    async def life(picture, wire, desk):
        picture.says(1, backends=list(every), run="race")
        began = asyncio.get_running_loop().time()
        await settled(desk)
        return len(picture.all_news), asyncio.get_running_loop().time() - began

    count, seconds = lived(life, monkeypatch)
    assert 2 <= count <= 3 + 8 * seconds


def test_stop_keeps_the_rows_that_are_there_and_frees_the_slot(monkeypatch, by_hand):
    async def life(picture, wire, desk):
        picture.says(1, run="race")
        while not any(row.is_final for row in wire.shown.live.rows.values()):
            await asyncio.sleep(0.002)
        by_hand.wait_s = 60
        await asyncio.sleep(0.05)
        picture.says(2, stop=True)
        await settled(desk)
        return picture.shown

    by_hand.wait_s = 0.05
    now = lived(life, monkeypatch)
    assert now["race"]["state"] == "cancelled" and now["slot"]["state"] == "free"
    assert "stopped before the end" in now["race"]["sentence"] and now["race"]["rows"][0]["said"]["min"]


def test_a_refused_ask_disturbs_nothing_that_runs(monkeypatch, by_hand):
    async def life(picture, wire, desk):
        picture.says(1, run="race")
        await asyncio.sleep(0.005)
        no = picture.says(2, x="nonsense")
        await settled(desk)
        return no, picture.shown

    no, now = lived(life, monkeypatch)
    assert no["problem"]["kind"] == "no such convolution" and no["answered"] == 2
    assert now["race"]["state"] == "done" and len(by_hand.asked) == 1


def test_another_layer_gives_up_what_runs_for_the_one_before(monkeypatch, by_hand):
    by_hand.wait_s = 60

    async def life(picture, wire, desk):
        picture.says(1, run="race")
        await asyncio.sleep(0.02)
        now = picture.says(2, workload="resnet")
        await settled(desk)
        return now, picture.shown

    now, after = lived(life, monkeypatch)
    assert now["race"]["state"] == "empty" and now["workload"] == "resnet"
    assert after["race"]["state"] == "empty" and after["slot"]["state"] == "free"


def test_a_race_that_is_on_is_not_begun_a_second_time(monkeypatch, by_hand):
    by_hand.wait_s = 0.02

    async def life(picture, wire, desk):
        for n in range(5):
            picture.says(n, run="race")
            await asyncio.sleep(0.005)
        await settled(desk)

    lived(life, monkeypatch)
    assert len(by_hand.asked) == 1


def test_a_sweep_goes_point_by_point_stops_and_goes_on_where_it_was(monkeypatch, by_hand):
    by_hand.held_at = 2

    async def life(picture, wire, desk):
        picture.says(1, values="3, 5, 11, 31", run="sweep")
        while by_hand.asked != [3, 5, 11]:
            await asyncio.sleep(0.002)
        picture.says(2, stop=True)
        await settled(desk)
        partial = picture.shown["sweep"]
        by_hand.held_at = None
        picture.says(3, run="sweep")
        await settled(desk)
        return partial, picture.shown["sweep"]

    partial, done = lived(life, monkeypatch)
    assert partial["state"] == "partial" and [p["at"] for p in partial["series"][0]["points"]] == [3, 5]
    assert done["state"] == "done" and [p["at"] for p in done["series"][0]["points"]] == [3, 5, 11, 31]
    assert by_hand.asked == [3, 5, 11, 11, 31]


def test_a_sweep_is_forgotten_when_it_is_cleared_and_found_again_for_its_axis(monkeypatch, by_hand):
    async def life(picture, wire, desk):
        picture.says(1, values="3, 11", run="sweep")
        await settled(desk)
        other = picture.says(2, axis="N")["sweep"]["state"]
        again = picture.says(3, axis="K", values="3, 11")["sweep"]["state"]
        cleared = picture.says(4, clear="sweep")["sweep"]["state"]
        return other, again, cleared

    assert lived(life, monkeypatch) == ("empty", "done", "empty")


def test_a_page_that_is_loaded_again_finds_its_race_with_its_date(monkeypatch):
    async def life(picture, wire, desk):
        picture.says(1, run="race")
        await settled(desk)
        again = view.remembered(Shown(Course(names=wire.shown.course.names)))
        other = view.remembered(Shown(Course()))
        return again.live, other.live

    again, other = lived(life, monkeypatch)
    assert again.state == "done" and again.before and other.state == "empty"


def test_a_file_comes_with_the_answer_that_asked_for_it_only(monkeypatch):
    async def life(picture, wire, desk):
        nothing = picture.says(1, export="csv")
        picture.says(2, run="race")
        await settled(desk)
        return nothing, picture.says(3, export="csv"), picture.says(4, budget_s=3)

    nothing, file, after = lived(life, monkeypatch)
    assert nothing["problem"]["found"] == "Nothing has been timed yet." and nothing["exported"] is None
    assert file["exported"]["text"].startswith("name,") and after["exported"] is None
    assert after["race"]["state"] == "done", "another budget leaves the race that is shown"


def test_what_a_race_breaks_off_with_is_told_to_its_page(monkeypatch):
    async def broken(self, course, report):
        raise OSError("no space left")

    async def refused(self, course, report):
        raise Refused("Asked for much.", "It is too much.", "Ask for less.")

    async def life(picture, wire, desk):
        told = []
        for act in (broken, refused):
            monkeypatch.setattr(Here, "race", act)
            picture.says(1, run="race")
            await settled(desk)
            told.append(picture.shown["problem"])
        return told, picture.shown["race"]["state"]

    (fault, no), state = lived(life, monkeypatch)
    assert "OSError: no space left" in fault["found"] and fault["kind"] == "not on this machine"
    assert no["found"] == "It is too much." and no["kind"] == "over a limit" and state == "empty"


def test_a_page_that_leaves_is_told_nothing_more(monkeypatch, by_hand):
    by_hand.wait_s = 60

    async def life(picture, wire, desk):
        picture.says(1, run="race")
        await asyncio.sleep(0.02)
        wire.leave()
        before = len(picture.all_news)
        await settled(desk)
        return len(picture.all_news) - before, desk.pages

    assert lived(life, monkeypatch) == (0, {})


def test_a_page_is_told_at_once_then_at_the_pace_and_last_of_all_the_end():
    async def life():
        loop, told, count = asyncio.get_running_loop(), [], 0
        slow = pace.Pace(lambda: told.append((loop.time(), count)), 0.05)
        for _ in range(60):
            count += 1
            slow.ask()
            await asyncio.sleep(0.003)
        await asyncio.sleep(0.08)
        slow.ask()
        slow.close()
        slow.ask()
        await asyncio.sleep(0.06)
        return told

    told = asyncio.run(life())
    assert 2 <= len(told) <= 8 and told[-1][1] == 60
    assert all(later[0] - earlier[0] > 0.045 for earlier, later in pairwise(told))
