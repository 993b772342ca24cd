"""One timing slot per machine: who holds it is alone, who waits hears of it, and a holder that dies frees it."""

import asyncio
import threading
import time

import pytest

from convlab.timing import slot
from tests.processes import run

ROUNDS = 25


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "cache"))


def noted_by(takers):
    """Let several threads take the slot again and again; return the greatest number that held it together."""
    inside, most = [], []

    def take():
        for _ in range(ROUNDS):
            with slot.held():
                inside.append(None)
                time.sleep(0.0002)  # lets another in, if anything does
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=take) for _ in range(takers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(most), len(most)


def test_of_several_threads_one_holds_the_slot(monkeypatch):
    monkeypatch.setattr(slot, "POLL_S", 0.0005)
    assert noted_by(3) == (1, 3 * ROUNDS)


def test_an_event_loop_goes_on_while_one_of_it_waits_for_the_slot(monkeypatch):
    monkeypatch.setattr(slot, "POLL_S", 0.001)
    order, looks = [], []

    async def first():
        async with slot.aheld():
            order.append("first in")
            while len(looks) < 5:  # the other looks again and again meanwhile
                await asyncio.sleep(0)
            order.append("first out")

    def look():
        looks.append(1)
        assert len(looks) < 2000, "the other never gets its turn"

    async def second():
        async with slot.aheld(waiting=look):
            order.append("second in")

    async def both():
        await asyncio.wait_for(asyncio.gather(first(), second()), 30)

    asyncio.run(both())
    assert order == ["first in", "first out", "second in"]


def test_whoever_waits_may_give_up_and_the_slot_is_free_afterwards():
    class EnoughError(Exception):
        pass

    def enough():
        raise EnoughError

    with slot.held():
        with pytest.raises(EnoughError), slot.held(waiting=enough):
            pass

        async def waits():
            async with slot.aheld():
                pass

        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(waits(), 0.1))
    with pytest.raises(ZeroDivisionError), slot.held(waiting=enough):
        raise ZeroDivisionError
    with slot.held(waiting=enough):
        pass


HOLDS = """
import time
from convlab.timing import slot
with slot.held():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_holder_that_is_killed_frees_the_slot():
    with run(HOLDS) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ZeroDivisionError), slot.held(waiting=lambda: 1 / 0):
            pass
        holder.kill()
        holder.wait()
        with slot.held(waiting=lambda: 1 / 0):
            pass


def test_a_cache_that_cannot_be_written_to_does_not_keep_anybody_from_timing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "file" / "below"))
    with slot.held(), pytest.raises(ZeroDivisionError), slot.held(waiting=lambda: 1 / 0):
        pass
    with slot.held(waiting=lambda: 1 / 0):
        pass
