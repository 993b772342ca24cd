"""A worker for an event loop: the same requests and answers, and nothing blocks."""

from __future__ import annotations

import asyncio
import tempfile
from contextvars import Context
from typing import IO

from convlab.pipes import wire
from convlab.pipes.process import DYING_S, Lost, death, end, fate, last_line
from convlab.pipes.waiting import Launch


class AsyncClient:
    """One worker for one event loop; requests queue. The twin of `waiting.Client`.

    Parameters
    ----------
    launch : callable
        Gives the command of a worker and how `subprocess.Popen` starts it, from a file for its last words.

    Attributes
    ----------
    start_s : float or None
        Seconds that a start may take beside the deadline of a request; None where it counts toward it.
    grace_s : float
        Seconds in which a cancelled request may end by itself, where a new worker costs more than that.
    """

    start_s: float | None = None
    grace_s = 0.0

    def __init__(self, launch: Launch) -> None:
        self._launch, self._turn = launch, asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._last_words: IO[bytes] | None = None
        self._hello: dict | None = None
        self._running: asyncio.Task | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process, or None while there is none."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def exchange(self, header: dict, arrays: dict, deadline_s: float) -> tuple[dict, dict, dict]:
        """Send a request and wait for the answer: its header, its arrays, and the hello of its worker.

        A cancelled request that still queues leaves the queue. One that runs is given `grace_s` to end by itself,
        so that the worker is kept for the next; after that, or at once without any, the worker is ended.

        Parameters
        ----------
        header, arrays : dict
            What `wire.pack` takes.
        deadline_s : float
            Seconds from the moment when it is this request's turn; a worker that is late is ended.

        Raises
        ------
        Lost
            When there is no answer. The next request starts another worker.
        """
        # In a context of its own: the process's pipes would keep that of whoever asked first, a page and all.
        task = asyncio.create_task(self._in_turn(header, arrays, deadline_s), context=Context())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard, whoever waits
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._running is task and self.grace_s:
                asyncio.get_running_loop().call_later(self.grace_s, self._end_if, task)
            else:
                task.cancel()
            raise

    async def close(self) -> None:
        """End the worker; the next request starts another."""
        async with self._turn:
            self.leave()
            await self._bury()

    def leave(self) -> None:
        """End the worker without waiting for anything."""
        if self._process is not None:
            end(self._process.pid)

    async def _in_turn(self, header: dict, arrays: dict, deadline_s: float) -> tuple[dict, dict, dict]:
        async with self._turn:
            self._running = asyncio.current_task()
            try:
                if self.start_s is not None and self.pid is None:
                    async with asyncio.timeout(self.start_s):
                        await self._start()
                async with asyncio.timeout(deadline_s):
                    await self._start()
                    await self._write(header, arrays)
                    return (*await self._read(), self._hello)
            except TimeoutError:
                how = fate("late", self._hello, self.start_s)
                self.leave()
                code, words = await self._bury()
                raise Lost(how, death(code), words) from None
            except (OSError, EOFError, wire.WireError) as error:
                how = fate("", self._hello, self.start_s)
                code, words = await self._bury()
                raise Lost(how, death(code), words or str(error)) from None
            except BaseException:  # cancelled: an answer that nobody reads must not meet the next request
                self.leave()
                await self._bury()
                raise
            finally:
                self._running = None

    async def _start(self) -> None:
        """See that a worker runs and has said hello."""
        if self.pid is not None:
            return
        await self._bury()
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115
        command, options = self._launch(self._last_words)
        self._process = await asyncio.create_subprocess_exec(*command, **options)
        self._hello, _ = await self._read()

    async def _write(self, header: dict, arrays: dict) -> None:
        head, views = wire.pack(header, arrays)
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
            self.leave()

    async def _bury(self) -> tuple[int | None, str]:
        """See the worker off: its exit code, None if it had to be ended, and its last words. Nothing of it stays."""
        process, words, self._process, self._last_words = self._process, self._last_words, None, None
        self._hello = None
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
