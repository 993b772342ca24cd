"""Races in a real server with real workers: the loop goes on, closed pages free the slot, kills hurt nobody else."""

import asyncio
import gc
import json
import os
import signal
import time
import uuid
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from bokeh.document import Document

from benchmarks.dashboard import open_session
from convlab.dashboard import server as module
from convlab.dashboard.screens import ROWS
from convlab.dashboard.state.race import desk as desks
from convlab.timing import crew

SMALL = "race=4x3x20x20*4x3x3x3&on=numpy-im2col,numpy-corrmm&budget=0.1"
LONG = "race=4x3x20x20*4x3x3x3&on=numpy-im2col,numpy-corrmm&budget=30"


class House:
    """A server in this process, with pages opened as a browser opens them."""

    def __init__(self, server, base):
        self.server, self.base, self.desk, self.numbers = server, base, desks.desk(), iter(range(1, 10**6))

    async def open(self, query=SMALL):
        """Open a page; return its websocket and the wire behind it."""
        before = set(self.desk.pages)
        socket = await open_session(self.base, f"/race?v=1&{query}")
        await shown(socket)
        (wire,) = set(self.desk.pages) - before
        return socket, wire

    async def ask(self, wire, **change):
        """Let a page ask, as its browser would."""
        ask = {"n": next(self.numbers), "change": change}
        wire.document.add_next_tick_callback(lambda: wire.reply(ask))
        await until(lambda: wire.number == ask["n"])

    async def raced(self, wire):
        """Let a page race to the end; return its rows by name."""
        await self.ask(wire, run="race")
        await until(lambda: not wire.shown.live.is_on)
        return {name: row.state for name, row in wire.shown.live.rows.items()}


async def shown(socket):
    """Say that the page has been drawn, as a browser does: only then is it told of changes."""
    event = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}
    ready = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}
    header = {"msgid": uuid.uuid4().hex, "msgtype": "PATCH-DOC"}
    for fragment in (header, {}, {"events": [ready]}):
        await socket.write_message(json.dumps(fragment))


async def until(true, seconds=60.0):
    late = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < late, "it never came true"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def house():
    server, address = module.listen("127.0.0.1", 0)
    server.start()
    try:
        yield House(server, address.rstrip("/"))
    finally:
        await crew.here().aclose()
        server.stop()


@pytest.fixture(autouse=True)
def only_race(monkeypatch):
    """Serve the one screen, forget closed pages soon, look often."""
    race = next(row for row in ROWS if row.slug == "race")
    monkeypatch.setattr(module, "screens", lambda: (race,))
    monkeypatch.setattr(module, "SESSION_LIFETIME_MS", 300)
    monkeypatch.setattr(module, "SESSION_CHECK_MS", 100)
    monkeypatch.setattr(desks, "LOOK_S", 0.02)
    monkeypatch.setattr(desks, "GONE_S", 0.2)


def waited_s():
    """Return how long this thread stood in the queue for a processor: no fault of ours, however long."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:  # not Linux: then what it computed has to do
        return time.perf_counter() - time.thread_time()


def test_the_loop_never_stalls_while_a_race_runs_and_a_page_hears_of_it_at_its_pace():
    async def life():
        async with house() as home:
            socket, wire = await home.open()
            await home.raced(wire)  # imports, and the start of the worker
            stalls, messages, racing = [], [], True

            async def beat():
                while racing:
                    began, waited = time.perf_counter(), waited_s()
                    await asyncio.sleep(0.002)
                    stalls.append(time.perf_counter() - began - (waited_s() - waited))

            async def listen():
                while (said := await socket.read_message()) is not None:
                    if "PATCH-DOC" in str(said):
                        messages.append(said)

            tasks = [asyncio.ensure_future(beat()), asyncio.ensure_future(listen())]
            began = time.perf_counter()
            await home.raced(wire)
            seconds, racing = time.perf_counter() - began, False
            socket.close()
            await asyncio.gather(*tasks)
            return max(stalls), len(messages), seconds

    stall, count, seconds = asyncio.run(life())
    assert stall < 0.1
    assert 0 < count <= 4 + 8 * seconds  # an answer, the first news, the last, and the pace between


def test_a_closed_page_frees_the_slot_for_the_next_long_before_its_session_is_forgotten(monkeypatch):
    monkeypatch.setattr(module, "SESSION_LIFETIME_MS", 900_000)  # as it is where people use it

    async def life():
        async with house() as home:
            socket, wire = await home.open(LONG)
            await home.ask(wire, run="race")
            await until(lambda: any(row.state == "timing" for row in wire.shown.live.rows.values()))
            pid = crew.here().pids()["cpu"]
            _, other = await home.open()
            waiting = asyncio.ensure_future(home.raced(other))
            await until(lambda: home.desk.place(other).state == "waiting")
            socket.close()
            closed = time.monotonic()
            await until(lambda: home.desk.is_running(other))
            freed = time.monotonic() - closed
            states = await waiting
            return states, freed, psutil.pid_exists(pid), wire.shown.live.state

    states, freed, lives, state = asyncio.run(life())
    assert set(states.values()) <= {"timed", "pruned"} and freed < 5 and not lives and state == "cancelled"


def test_ten_kills_of_a_worker_under_a_race_leave_every_other_page_unharmed():
    async def life():
        async with house() as home:
            _, wire = await home.open(LONG)
            _, other = await home.open()
            await home.raced(other)
            killed, answers = set(), []

            def fresh():
                return {crew.here().pids().get("cpu")} - killed - {None}

            while len(killed) < 10:
                if not wire.shown.live.is_on:
                    await home.ask(wire, run="race")
                await until(lambda: fresh() or not wire.shown.live.is_on)
                for pid in fresh():
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
                    began = time.monotonic()
                    await home.ask(other, budget_s=0.1 + 0.1 * (len(killed) % 2))
                    answers.append(time.monotonic() - began)
            await home.ask(wire, stop=True)
            after = await home.raced(other)
            return killed, answers, after, other.problem, home.desk.place(other).state

    killed, answers, after, problem, slot = asyncio.run(life())
    assert len(killed) == 10 and max(answers) < 2
    assert set(after.values()) <= {"timed", "pruned"} and problem is None and slot == "free"
    assert not any(psutil.pid_exists(pid) for pid in killed)


def test_nothing_is_left_of_pages_that_raced_and_were_closed():
    def documents():
        gc.collect()
        return sum(issubclass(type(thing), Document) for thing in gc.get_objects())

    async def over(home):
        await until(lambda: not home.server.get_sessions() and not home.desk.pages)
        await home.desk.idle()
        await asyncio.sleep(0.3)  # what was put off to the next turns of the loop
        return documents()

    async def visit(home):
        socket, wire = await home.open()
        await home.raced(wire)
        socket.close()
        gone, wire = await home.open(LONG)
        await home.ask(wire, run="race")
        gone.close()  # in the middle of it

    async def life():
        async with house() as home:
            await visit(home)
            before = await over(home)
            for _ in range(2):
                await visit(home)
            held = (await home.open())[0]  # its wire is not held here
            while_open = documents()
            held.close()
            return before, while_open, await over(home)

    before, while_open, after = asyncio.run(life())
    assert while_open > before, "the count does not see an open page"
    assert after <= before
