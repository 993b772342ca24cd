"""The process of the real Theano, for an event loop: the same questions and answers, and nothing blocks."""

from __future__ import annotations

import asyncio
import tempfile
from contextvars import Context
from typing import IO
from weakref import WeakKeyDictionary

from convlab.backends.theano_worker import talk, wire
from convlab.backends.theano_worker.process import CLIENT, DYING_S, end, last_line, launch

GRACE_S = 1.0  # a call that nobody waits for may end by itself in this time: a new process costs more


class AsyncClient:
    """One worker for one event loop; calls queue. The twin of `process.Client`.

    Parameters
    ----------
    launch : callable
        Gives the command and the options of a process, for tests.
    """

    def __init__(self, launch=launch) -> None:
        self._launch, self._turn = launch, asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._last_words: IO[bytes] | None = None
        self._hello: dict = {}
        self._running: asyncio.Task | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process, or None while there is none."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def ask(self, question: talk.Question, deadline_s: float) -> talk.Answer:
        """Send a question and wait for the answer; a worker that is late is ended.

        A cancelled call that still queues leaves the queue. One that runs is given `GRACE_S` to end by itself,
        so that the worker is kept for the next, and is killed after that.

        Raises
        ------
        TheanoRefused, TheanoDied, Unavailable, Refused
        """
        # In a context of its own: the process's pipes would keep that of whoever asked first, a page and all.
        task = asyncio.create_task(self._exchange(question, deadline_s), context=Context())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard, whoever waits
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._running is task:
                asyncio.get_running_loop().call_later(GRACE_S, self._end_if, task)
            else:
                task.cancel()
            raise

    async def close(self) -> None:
        """End the worker; the next question starts another."""
        async with self._turn:
            self._end()
            await self._bury()

    async def _exchange(self, question: talk.Question, deadline_s: float) -> talk.Answer:
        async with self._turn:
            self._running = asyncio.current_task()
            try:
                async with asyncio.timeout(deadline_s):
                    await self._start()
                    await self._write(question)
                    header, arrays = await self._read()
                    hello = self._hello
            except TimeoutError:
                self._end()
                await self._bury()
                raise talk.late(question, deadline_s) from None
            except (OSError, EOFError, wire.WireError) as error:
                code, words = await self._bury()
                raise talk.died(question, code, words or str(error)) from None
            except BaseException:
                await self._bury()
                raise
            finally:
                self._running = None
        return talk.answer(question, header, arrays, hello)

    async def _start(self) -> None:
        """See that a worker runs and has said hello."""
        if self.pid is not None:
            return
        await self._bury()
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115
        command, options = self._launch(self._last_words)
        try:
            self._process = await asyncio.create_subprocess_exec(*command, **options)
            self._hello, _ = await self._read()
        except (OSError, EOFError, wire.WireError) as error:
            raise talk.does_not_start((await self._bury())[1] or str(error)) from None

    async def _write(self, question: talk.Question) -> None:
        head, views = wire.pack(question.header, question.arrays)
        self._process.stdin.write(head)
        for view in views:
            for start in range(0, len(view), wire.PIECE_BYTES):  # a large array at once would hold the loop
                self._process.stdin.write(view[start : start + wire.PIECE_BYTES])
                await self._process.stdin.drain()
        await self._process.stdin.drain()

    async def _read(self) -> tuple[dict, dict]:
        stream = self._process.stdout
        header_bytes, total = wire.lengths(await stream.readexactly(wire.PREFIX.size))
        header, arrays, views = wire.unpack(await stream.readexactly(header_bytes), total)
        for view in views:
            done = 0
            while done < len(view):
                piece = await stream.read(min(wire.PIECE_BYTES, len(view) - done))
                if not piece:
                    raise wire.WireError("a frame ends within its arrays")
                view[done : done + len(piece)] = piece
                done += len(piece)
        return header, arrays

    def _end_if(self, task: asyncio.Task) -> None:
        if self._running is task:
            self._end()

    def _end(self) -> None:
        if self._process is not None:
            end(self._process.pid)

    async def _bury(self) -> tuple[int | None, str]:
        """See the worker off: its exit code, None if it had to be ended, and its last words. Nothing of it stays."""
        process, words, self._process, self._last_words = self._process, self._last_words, None, None
        if process is None:
            return None, last_line(words) if words else ""
        try:
            code = await asyncio.wait_for(process.wait(), DYING_S)
        except TimeoutError:
            code = None
        end(process.pid)
        await process.wait()
        process.stdin.close()
        return code, last_line(words)


_CLIENTS: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncClient] = WeakKeyDictionary()


async def ask(question: talk.Question, deadline_s: float) -> talk.Answer:
    """Ask the worker of the running loop; a loop that cannot start processes asks in a thread."""
    loop = asyncio.get_running_loop()
    try:
        return await _CLIENTS.setdefault(loop, AsyncClient()).ask(question, deadline_s)
    except NotImplementedError:  # the selector loop of Windows
        return await asyncio.to_thread(CLIENT.ask, question, deadline_s)


async def close() -> None:
    """End the worker of the running loop, if it has one."""
    if client := _CLIENTS.pop(asyncio.get_running_loop(), None):
        await client.close()
