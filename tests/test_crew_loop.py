"""The crew of an event loop: an ask that is cancelled, at work or while its worker starts; a loop without processes."""

import asyncio

import psutil
import pytest

from convlab.timing.crew import AsyncCrew
from tests.acting_crew import LONG_S, acting, asking
from tests.test_crew import pytestmark  # noqa: F401 - the same reason to be skipped


def test_a_cancelled_ask_ends_its_worker_at_once_and_those_who_queue_are_answered():
    async def main():
        loop_crew = AsyncCrew(acting)
        pid = (await loop_crew.ask(asking("tell")))["pid"]
        task = asyncio.create_task(loop_crew.ask(asking("sleep", s=LONG_S)))
        queued = asyncio.create_task(loop_crew.ask(asking(a=1)))
        unwanted = asyncio.create_task(loop_crew.ask(asking("die", of="SIGKILL")))
        await asyncio.sleep(0.2)
        for one in (unwanted, task):
            one.cancel()
            with pytest.raises(asyncio.CancelledError):
                await one
        async with asyncio.timeout(10):
            while psutil.pid_exists(pid):
                await asyncio.sleep(0.01)
        assert await queued == {"a": 1}
        await loop_crew.aclose()

    asyncio.run(asyncio.wait_for(main(), 40))


def test_an_ask_cancelled_while_its_worker_starts_leaves_none():
    async def main():
        loop_crew = AsyncCrew(acting)
        for pause_s in (0, 0.002, 0.05):
            task = asyncio.create_task(loop_crew.ask(asking("sleep", s=LONG_S)))
            await asyncio.sleep(pause_s)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await loop_crew.ask(asking(a=1)) == {"a": 1}
        await loop_crew.aclose()

    before = set(psutil.Process().children())
    asyncio.run(asyncio.wait_for(main(), 40))
    assert set(psutil.Process().children()) <= before


def test_a_loop_that_starts_no_processes_asks_in_a_thread_and_ends_it_when_cancelled(monkeypatch):
    async def impossible(*_, **__):
        raise NotImplementedError

    def ours():
        return set(psutil.Process().children()) - before

    async def main():
        monkeypatch.setattr(asyncio, "create_subprocess_exec", impossible)
        loop_crew = AsyncCrew(acting)
        assert await loop_crew.ask(asking(a=1)) == {"a": 1} and not ours()
        task = asyncio.create_task(loop_crew.ask(asking("sleep", s=LONG_S)))
        async with asyncio.timeout(20):
            while not ours():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10):
            while ours():
                await asyncio.sleep(0.01)

    before = set(psutil.Process().children())
    asyncio.run(main())
