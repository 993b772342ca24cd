"""What the dashboard costs: time to load a page, memory of a session, thirty pages at once.

Run it from the root of a checkout: ``python -m benchmarks.dashboard``. It starts a server of its own, speaks to it
as a browser does (page, token, websocket, document) and, where there is a Chromium, loads each screen in it.
"""

import argparse
import asyncio
import json
import re
import statistics
import sys
import time
import uuid

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

AsyncHTTPClient.configure(None, max_clients=200)


async def ask_for_document(socket):
    """Ask for the document of an open session; return its size in bytes once all of it is here."""
    header = {"msgid": uuid.uuid4().hex, "msgtype": "PULL-DOC-REQ"}
    for fragment in (json.dumps(header), "{}", "{}"):
        await socket.write_message(fragment)
    while True:
        fragments = [await socket.read_message() for _ in range(3)]
        if None in fragments:
            raise ConnectionError("The server closed the connection.")
        header = json.loads(fragments[0])
        buffers = [await socket.read_message() for _ in range(2 * header.get("num_buffers", 0))]
        if header["msgtype"] == "PULL-DOC-REPLY":
            return sum(map(len, fragments + buffers))


async def open_session(base, path):
    """Open a page of a server as a browser does and return its websocket, with the document pulled once."""
    page = await AsyncHTTPClient().fetch(f"{base}{path}", request_timeout=60)
    token = re.search(r'"token":\s*"([^"]+)"', page.body.decode()).group(1)
    request = HTTPRequest(
        f"{base.replace('http', 'ws')}{path.partition('?')[0]}/ws", headers={"Origin": base}
    )
    socket = await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=10**9)
    for _ in range(3):
        await socket.read_message()  # the server's ACK
    await ask_for_document(socket)
    return socket


def crowd(base, path, visitors=30):
    """Return the seconds until so many pages, opened at the same moment, are all up."""

    async def all_at_once():
        begin = time.perf_counter()
        sockets = await asyncio.gather(*(open_session(base, path) for _ in range(visitors)))
        seconds = time.perf_counter() - begin
        for socket in sockets:
            socket.close()
        return seconds

    return asyncio.run(all_at_once())


def session_bytes(base, path, pid, sessions=60):
    """Return the memory that one session takes in the server, from many opened and held."""
    import psutil

    server = psutil.Process(pid)

    async def held():
        warm = [await open_session(base, path) for _ in range(20)]
        before = server.memory_info().rss
        sockets = [await open_session(base, path) for _ in range(sessions)]
        after = server.memory_info().rss
        for socket in warm + sockets:
            socket.close()
        return (after - before) / sessions

    return asyncio.run(held())


def page_seconds(browser, address, ready, times=5):
    """Return the seconds from the request to a painted screen, cold cache each time, in a real browser."""
    seconds = []
    for _ in range(times):
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        page = context.new_page()
        begin = time.perf_counter()
        page.goto(address)
        page.locator(ready).first.wait_for()
        seconds.append(time.perf_counter() - begin)
        context.close()
    return statistics.median(seconds)


def start_seconds():
    """Return the seconds from the start of the process to the first answer, and stop the server again."""
    from tests.servers import start

    begin = time.perf_counter()
    server = start()
    seconds = time.perf_counter() - begin
    server.stop()
    return seconds


def measure_in_browser(base, paths):
    """Print the load time of Home and of each screen, or why there is none."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import ARGUMENTS, chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for path in ("/", *paths):
            ready = ".hero-art" if path == "/" else "main h1"
            print(f"load {path:<10} {page_seconds(browser, base + path, ready):6.2f} s   (want < 1.5)")
        browser.close()


def main():
    """Measure everything and print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--no-browser", action="store_true", help="leave out the page loads in Chromium")
    wish = parser.parse_args()
    from convlab.dashboard.screens import screens
    from tests.servers import running

    print(f"start           {start_seconds():6.2f} s   (want < 3)")
    with running() as server:
        paths = [f"/{screen.slug}" for screen in screens()]
        for path in paths:
            crowd(server.base, path, 2)
            print(f"30 at once {path:<10} {crowd(server.base, path):6.2f} s   (want < 3)")
            memory = session_bytes(server.base, path, server.process.pid) / 2**20
            print(f"session {path:<10} {memory:6.2f} MiB (want < 0.5)")
        if not wish.no_browser:
            measure_in_browser(server.base, paths)
    return 0


if __name__ == "__main__":
    sys.exit(main())
