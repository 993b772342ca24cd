"""The process of the real Theano, for an event loop: the same questions and answers, and nothing blocks."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from convlab import pipes
from convlab.backends.theano_worker import talk
from convlab.backends.theano_worker.process import CLIENT, launch
from convlab.pipes import loop


class AsyncClient(loop.AsyncClient):
    """One process of Theano for one event loop; calls queue. The twin of `process.Client`.

    Parameters
    ----------
    launch : callable
        Gives the command and the options of a process, for tests.
    """

    grace_s = 1.0  # a call that nobody waits for may end by itself in this time: a new process costs more

    def __init__(self, launch=launch) -> None:
        super().__init__(launch)

    async def ask(self, question: talk.Question, deadline_s: float) -> talk.Answer:
        """Send a question and wait for the answer; a process that is late is ended.

        A cancelled call that still queues leaves the queue. One that runs is given `grace_s` to end by itself.

        Raises
        ------
        TheanoRefused, TheanoDied, Unavailable, Refused
        """
        try:
            answer = await self.exchange(question.header, question.arrays, deadline_s)
        except pipes.Lost as lost:
            raise talk.lost(question, lost, deadline_s) from None
        return talk.answer(question, *answer)


_CLIENTS: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncClient] = WeakKeyDictionary()


async def ask(question: talk.Question, deadline_s: float) -> talk.Answer:
    """Ask the process of the running loop; a loop that cannot start processes asks in a thread."""
    running = asyncio.get_running_loop()
    try:
        return await _CLIENTS.setdefault(running, AsyncClient()).ask(question, deadline_s)
    except NotImplementedError:  # the selector loop of Windows
        return await asyncio.to_thread(CLIENT.ask, question, deadline_s)


async def close() -> None:
    """End the process of the running loop, if it has one."""
    if client := _CLIENTS.pop(asyncio.get_running_loop(), None):
        await client.close()
