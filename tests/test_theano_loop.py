"""The worker's client of an event loop: a call that is cancelled, a context that is kept, a loop that goes round."""

import asyncio
import contextvars
import gc
import time
import weakref

import numpy as np
import pytest

from convlab.backends.theano_worker import loop
from convlab.pipes import wire
from tests.test_theano_worker import X, asking, fake


async def _started(client):
    """Ask once and return the pid, so that a worker runs."""
    await client.ask(asking(), 30)
    return client.pid


async def _cancel_soon(task):
    await asyncio.sleep(0.15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def cancelled(*seconds):
    """Ask for a sleep each, cancel the first, and return (pid before, pid after, answers of the others)."""

    async def main():
        client = loop.AsyncClient(fake)
        before = await _started(client)
        tasks = [asyncio.create_task(client.ask(asking("sleep", s=s), 30)) for s in seconds]
        await _cancel_soon(tasks[0])
        answers = await asyncio.gather(*tasks[1:])
        after = await _started(client)
        await client.close()
        return before, after, answers

    return asyncio.run(main())


def test_a_cancelled_call_that_ends_soon_keeps_the_worker_for_the_others(monkeypatch):
    monkeypatch.setattr(loop.AsyncClient, "grace_s", 20.0)
    before, after, answers = cancelled(0.4, 0)
    assert before == after and np.array_equal(answers[0].arrays["y"], 2 * X)


def test_a_cancelled_call_that_goes_on_is_ended_and_the_others_are_answered(monkeypatch):
    monkeypatch.setattr(loop.AsyncClient, "grace_s", 0.2)
    began = time.monotonic()
    before, after, answers = cancelled(60, 0)
    assert time.monotonic() - began < 30
    assert before != after and np.array_equal(answers[0].arrays["y"], 2 * X)


def test_a_cancelled_call_that_only_queued_touches_nobody():
    async def main():
        client = loop.AsyncClient(fake)
        before = await _started(client)
        running = asyncio.create_task(client.ask(asking("sleep", s=1.5), 30))
        await asyncio.sleep(0.05)
        await _cancel_soon(asyncio.create_task(client.ask(asking("die", of="SIGFPE"), 30)))
        assert np.array_equal((await running).arrays["y"], 2 * X)
        assert await _started(client) == before
        await client.close()

    asyncio.run(main())


def test_a_process_keeps_nothing_of_whoever_asked_first():
    class Page:
        """What a screen holds in its context."""

    shown = contextvars.ContextVar("shown")

    async def ask(client):
        page = Page()
        shown.set(page)
        await client.ask(asking(), 30)
        return weakref.ref(page)

    async def main():
        client = loop.AsyncClient(fake)
        page = await asyncio.create_task(ask(client))  # a task has a context of its own
        await asyncio.sleep(0)  # the task that is over lets go of it
        gc.collect()
        kept = page()
        await client.close()
        return kept

    assert asyncio.run(main()) is None


def test_the_loop_goes_round_while_a_large_array_travels_piece_by_piece():
    async def main():
        client, rounds, waiting = loop.AsyncClient(fake), 0, 0
        await _started(client)
        task = asyncio.create_task(client.ask(asking(x=np.zeros(16 * wire.PIECE_BYTES // 8)), 30))
        while not task.done():
            await asyncio.sleep(0)
            rounds += 1
            waiting = max(waiting, client._process.stdin.transport.get_write_buffer_size())
        await client.close()
        return rounds, waiting

    rounds, waiting = asyncio.run(main())
    assert rounds > 2 * 16  # at least once per piece, there and back
    assert waiting <= 2 * wire.PIECE_BYTES
