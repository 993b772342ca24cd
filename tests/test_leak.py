"""Nothing is left of a session once its page is closed."""

import asyncio
import gc
import time
from dataclasses import replace

import pytest
from bokeh.document import Document

from benchmarks.dashboard import open_session
from convlab.dashboard import server as module
from convlab.dashboard.screens import ROWS, screens


def documents():
    gc.collect()
    # By type(), for isinstance() asks a weak proxy whose object is gone (numba leaves some), and that raises.
    return sum(issubclass(type(thing), Document) for thing in gc.get_objects())


@pytest.fixture
def forgetful(monkeypatch):
    """Give a bound server that forgets a closed session within half a second."""
    monkeypatch.setattr(module, "SESSION_LIFETIME_MS", 200)
    monkeypatch.setattr(module, "SESSION_CHECK_MS", 100)


async def visits(base, path, times):
    """Open and close so many pages, and a few that never open their websocket."""
    for _ in range(times):
        socket = await open_session(base, path)
        socket.close()


async def over(server, seconds=30):
    """Wait until the server has forgotten every session, and return how many documents are alive then."""
    until = time.monotonic() + seconds
    while server.get_sessions() and time.monotonic() < until:
        await asyncio.sleep(0.05)
    assert not server.get_sessions(), "a closed session is not forgotten"
    await asyncio.sleep(0.2)  # what was put off to the next turn of the loop
    return documents()


PLAIN = replace(ROWS[0], slug="plain", builder="tests.plain_screen:build")


@pytest.mark.parametrize("screen", [PLAIN, *screens()], ids=lambda screen: screen.slug)
def test_no_document_is_left_after_sessions_end(forgetful, monkeypatch, screen):
    monkeypatch.setattr(module, "screens", lambda: (screen,))
    path = f"/{screen.slug}"

    async def life():
        server, address = module.listen("127.0.0.1", 0)
        server.start()
        try:
            await visits(address.rstrip("/"), path, 2)  # what is made once, at the first visit
            before = await over(server)
            held = await open_session(address.rstrip("/"), path)
            while_open = documents()
            held.close()
            await visits(address.rstrip("/"), path, 10)
            return before, while_open, await over(server)
        finally:
            server.stop()

    before, while_open, after = asyncio.run(life())
    assert while_open == before + 1, "the count does not see an open session"
    assert after <= before
