"""A race tells how far it is, and keeps what it has when it is stopped: by Ctrl+C, from elsewhere, on an event loop."""

import asyncio
import threading
from pathlib import Path

import pytest

from convlab.timing.asks import Ask
from convlab.timing.races.contest import News, Stopped, arun, contest, run
from tests.racing import LIMITS, RESTLESS, SPEC, USUAL, FakeCrew, lost, raced, row_of


@pytest.fixture(autouse=True)
def nothing_learnt(monkeypatch, tmp_path):
    """Predict by the table, whatever other tests' races have taught this machine's rates."""
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "cache"))


def test_progress_grows_to_the_end_and_each_row_is_told_last_as_it_ends():
    news, crew = [], FakeCrew(jitter=RESTLESS)
    race = raced(crew, report=news.append, budget_s=0.4)
    told = [one.progress for one in news]
    assert told == sorted(told) and told[0] == 0 and told[-1] == 1
    assert {one.row.name: one.row for one in news} == {row.name: row for row in race.rows}


class Ends(FakeCrew):
    """Something ends the race at the fifth ask."""

    def __init__(self, end):
        super().__init__(jitter=RESTLESS)
        self.end = end

    def ask(self, ask):
        if len(self.asked) == 4:
            self.end()
        return super().ask(ask)


def interrupt():
    raise KeyboardInterrupt


def others():
    raise lost("stopped", "It was stopped.")


@pytest.mark.parametrize("end", [interrupt, others])
def test_a_race_that_is_stopped_keeps_what_it_has(end):
    race = raced(Ends(end), budget_s=9.0)
    assert race.state == "stopped" and [row.state for row in race.rows] == ["timed", "lost", "lost"]
    assert race.winner.name == "numpy-im2col" and "stopped before the end" in race.sentence
    assert row_of(race, "numpy-fft").says == "It was stopped before it was timed."


def test_a_race_can_be_stopped_from_another_thread_between_two_asks():
    stop = threading.Event()
    crew = Ends(stop.set)
    race = run(contest(SPEC, list(USUAL), limits=LIMITS), crew, stop=stop)
    assert race.state == "stopped" and len(crew.asked) == 5


class Slow(FakeCrew):
    """Answers on an event loop; the sixth ask never."""

    async def ask(self, ask):
        await asyncio.sleep(0 if len(self.asked) < 5 else 3600)
        return super().ask(ask)


def test_on_an_event_loop_a_race_ends_as_it_does_without_one():
    class Quick(FakeCrew):
        async def ask(self, ask):
            return FakeCrew.ask(self, ask)

    there, here = asyncio.run(arun(contest(SPEC, list(USUAL), limits=LIMITS), Quick())), raced(FakeCrew())
    assert there.rows == here.rows


def test_a_cancelled_race_reports_its_rows_and_stays_cancelled():
    news = []

    async def cancelled():
        task = asyncio.ensure_future(arun(contest(SPEC, list(USUAL), limits=LIMITS), Slow(), news.append))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    last = {one.row.name: one.row for one in news}
    assert all(row.is_final for row in last.values()) and {row.state for row in last.values()} == {
        "timed",
        "lost",
    }


def test_a_race_inside_another_generator_is_stopped_through_it():
    def two():
        first = yield from contest(SPEC, ["numpy-im2col"], limits=LIMITS)
        yield "between"
        return first, (yield from contest(SPEC, ["numpy-fft"], limits=LIMITS))

    steps, heard = two(), []
    first, second = run(steps, FakeCrew(), heard.append)
    assert first.winner.name == "numpy-im2col" and second.winner.name == "numpy-fft" and "between" in heard
    steps = two()
    while not isinstance(next(steps), Ask):
        pass
    told = steps.throw(Stopped())
    assert isinstance(told, News) and told.row.state == "lost"


def test_a_folder_of_truth_goes_when_the_race_is_over():
    crew = FakeCrew()
    raced(crew)
    assert not Path(crew.asked[0].words["folder"]).exists()
