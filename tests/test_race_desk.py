"""The desk gives the timing slot to one job at a time, takes turns, and gives up what nobody waits for."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from convlab.dashboard.state.race import desk as module
from convlab.dashboard.state.race.desk import ALONE, Page, slot_of
from convlab.dashboard.state.race.pace import Pace
from convlab.errors import Refused
from convlab.timing.queue import Queue
from tests.race_stand_ins import FakeJob, free_desk


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "LOOK_S", 0.005)
    monkeypatch.setattr(module, "GONE_S", 0.02)


def joined(desk, *names):
    """Let pages join; return for each whether it is here, which the test may change."""
    here = dict.fromkeys(names, True)
    for name in names:
        desk.join(name, Page(lambda name=name: here[name], lambda: None))
    return here


class Named(FakeJob):
    """A job that writes its name into a list at every turn."""

    def __init__(self, name, turns, order):
        super().__init__(0.01, turns)
        self.name, self.order = name, order

    async def turn(self):
        self.order.append(self.name)
        return await super().turn()


async def until(true, seconds=5.0):
    loop = asyncio.get_running_loop()
    late = loop.time() + seconds
    while not true():
        assert loop.time() < late, "it never came true"
        await asyncio.sleep(0.002)


def test_jobs_of_several_pages_run_one_after_the_other():
    at_once, most = 0, 0

    class Counting(FakeJob):
        async def turn(self):
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            try:
                return await super().turn()
            finally:
                at_once -= 1

    async def life():
        desk = free_desk()
        joined(desk, *"abcde")
        jobs = [Counting() for _ in "abcde"]
        for name, job in zip("abcde", jobs, strict=True):
            desk.ask(name, job)
        await desk.idle()
        return [job.said for job in jobs]

    assert asyncio.run(life()) == [["turn", "ended"]] * 5 and most == 1


def test_a_job_of_many_turns_lets_the_others_in_between():
    order = []

    async def life():
        desk = free_desk()
        joined(desk, "sweep", "race")
        desk.ask("sweep", Named("sweep", 4, order))
        await until(lambda: order)
        desk.ask("race", Named("race", 1, order))
        await desk.idle()

    asyncio.run(life())
    assert order == ["sweep", "race", "sweep", "sweep", "sweep"]


def test_a_race_that_the_same_page_asks_goes_before_the_rest_of_its_sweep():
    order = []

    async def life():
        desk = free_desk()
        joined(desk, "me")
        desk.ask("me", Named("sweep", 3, order))
        await until(lambda: order)
        desk.ask("me", Named("race", 1, order))
        await desk.idle()

    asyncio.run(life())
    assert order == ["sweep", "race", "sweep", "sweep"]


def test_stop_ends_what_runs_and_drops_what_waits_at_once():
    async def life():
        desk = free_desk()
        joined(desk, "me", "other")
        running, waiting, other = FakeJob(60), FakeJob(), FakeJob()
        desk.ask("me", running)
        await until(lambda: running.said)
        desk.ask("me", waiting)
        desk.ask("other", other)
        began = asyncio.get_running_loop().time()
        desk.stop("me")
        await until(lambda: running.said[-1] == "dropped")
        took = asyncio.get_running_loop().time() - began
        await desk.idle()
        return running.said, waiting.said, other.said, took

    running, waiting, other, took = asyncio.run(life())
    assert running == ["turn", "cancelled", "dropped"] and waiting == ["dropped"]
    assert other == ["turn", "ended"] and took < 0.5


def test_a_page_that_is_closed_frees_the_slot_and_one_that_blinks_does_not():
    async def life():
        desk = free_desk()
        here = joined(desk, "gone", "blinks", "next")
        gone, blinks, next_ = FakeJob(60), FakeJob(0.1), FakeJob()
        for name, job in (("gone", gone), ("blinks", blinks), ("next", next_)):
            desk.ask(name, job)
        await until(lambda: gone.said)
        here["gone"] = False
        await until(lambda: blinks.said)
        here["blinks"] = False
        await asyncio.sleep(0.005)
        here["blinks"] = True
        await desk.idle()
        return gone.said, blinks.said, next_.said

    gone, blinks, next_ = asyncio.run(life())
    assert gone == ["turn", "cancelled", "dropped"] and blinks == ["turn", "ended"] == next_


def test_a_session_that_ends_takes_its_jobs_along_and_nothing_of_it_is_left():
    async def life():
        desk = free_desk()
        joined(desk, "me")
        running, waiting = FakeJob(60), FakeJob()
        desk.ask("me", running)
        await until(lambda: running.said)
        desk.ask("me", waiting)
        desk.leave("me")
        await desk.idle()
        return desk, running.said, waiting.said

    desk, running, waiting = asyncio.run(life())
    assert running[-1] == "dropped" and waiting == ["dropped"]
    assert not desk.pages and not desk._gone and not desk._parked and not desk.queue.waiting
    assert desk.queue.running is None


def test_a_turn_that_raises_costs_that_job_only():
    async def life():
        desk = free_desk()
        joined(desk, "a", "b")
        bad, good = FakeJob(error=ValueError("what")), FakeJob()
        desk.ask("a", bad)
        desk.ask("b", good)
        await desk.idle()
        again = FakeJob()
        desk.ask("a", again)
        await desk.idle()
        return bad.said, good.said, again.said

    bad, good, again = asyncio.run(life())
    assert bad == ["turn", "ValueError"] and good == again == ["turn", "ended"]


def test_a_job_that_cannot_be_told_of_its_end_does_not_keep_the_slot():
    class Deaf(FakeJob):
        def failed(self, error):
            raise RuntimeError("deaf")

    async def life():
        desk = free_desk()
        joined(desk, "a", "b")
        good = FakeJob()
        desk.ask("a", Deaf(error=ValueError("what")))
        desk.ask("b", good)
        await desk.idle()
        return good.said, desk.queue.running

    assert asyncio.run(life()) == (["turn", "ended"], None)


def test_a_job_that_a_newer_one_replaces_is_told():
    async def life():
        desk = free_desk()
        joined(desk, "a", "b")
        first, old, new = FakeJob(0.05), FakeJob(), FakeJob()
        desk.ask("a", first)
        await until(lambda: first.said)
        desk.ask("b", old)
        desk.ask("b", new)
        await desk.idle()
        return old.said, new.said

    assert asyncio.run(life()) == (["dropped"], ["turn", "ended"])


def test_too_many_pages_are_refused_and_the_desk_goes_on():
    async def life():
        desk = free_desk(queue=Queue(cap=2))
        joined(desk, *"abcd")
        jobs = {name: FakeJob(0.02) for name in "abcd"}
        desk.ask("a", jobs["a"])
        await until(lambda: jobs["a"].said)
        desk.ask("b", jobs["b"])
        desk.ask("c", jobs["c"])
        with pytest.raises(Refused, match="2 others wait"):
            desk.ask("d", jobs["d"])
        await desk.idle()
        return {name: job.said for name, job in jobs.items()}

    said = asyncio.run(life())
    assert said["d"] == [] and said["c"] == ["turn", "ended"]


def test_each_page_is_told_where_it_stands():
    async def life():
        desk = free_desk()
        joined(desk, "a", "b", "c")
        first, second = FakeJob(0.05), FakeJob()
        before = slot_of(desk, "a")["state"]
        desk.ask("a", first)
        await until(lambda: first.said)
        desk.ask("b", second)
        seen = [slot_of(desk, name) for name in "abc"]
        await desk.idle()
        return before, seen, slot_of(desk, "c")

    before, seen, after = asyncio.run(life())
    assert before == after["state"] == "free"
    assert [one["state"] for one in seen] == ["running", "waiting", "busy"]
    assert [one["ahead"] for one in seen] == [0, 1, 2]
    assert seen[1]["sentence"] == "1 ahead, about 1 s"


def test_another_program_that_has_the_slot_is_named_while_one_waits_for_it():
    freed = None

    @asynccontextmanager
    async def taken(waiting):
        waiting()
        await freed.wait()
        yield

    async def life():
        nonlocal freed
        freed = asyncio.Event()
        desk = module.Desk(taken)
        joined(desk, "me")
        job = FakeJob()
        desk.ask("me", job)
        await until(lambda: desk.elsewhere)
        during = slot_of(desk, "me"), list(job.said)
        freed.set()
        await desk.idle()
        return during, job.said, desk.elsewhere

    (slot, said), after, elsewhere = asyncio.run(life())
    assert slot["state"] == "waiting" and slot["sentence"] == ALONE and said == []
    assert after == ["turn", "ended"] and not elsewhere


def test_jobs_hold_nothing_of_the_context_of_the_page_that_asked():
    from contextvars import ContextVar

    page = ContextVar("page", default="nobody's")
    seen = []

    class Looking(FakeJob):
        async def turn(self):
            seen.append(page.get())
            return await super().turn()

    async def life():
        desk = free_desk()
        joined(desk, "me")
        page.set("mine")
        desk.ask("me", Looking())
        await desk.idle()
        pace = Pace(lambda: seen.append(page.get()), 0.0)
        pace.ask()
        await until(lambda: len(seen) == 2)

    asyncio.run(life())
    assert seen == ["nobody's", "nobody's"]
