"""How the server starts and stops, and what holds once other machines can reach it."""

import asyncio
import re
import signal
import socket
import stat
import subprocess
import sys
import time

import psutil
import pytest

from benchmarks.dashboard import open_session
from convlab.dashboard import server as module
from convlab.errors import SpecError, Unavailable
from tests.asking import ask, connect
from tests.servers import ROOT, read, running, start


@pytest.fixture(scope="module")
def server():
    with running(plain=True) as started:
        yield started


# ---- how it starts and stops


def test_it_is_one_process_with_one_python_thread(server):
    asyncio.run(open_session(server.base, "/step"))
    assert psutil.Process(server.process.pid).children() == []
    with running(plain=True) as other:
        asyncio.run(open_session(other.base, "/step"))
        _, said = other.stop()
    assert "threads: ['MainThread']" in said


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_interrupted_even_with_a_page_open(how):
    server = start(plain=True)

    async def interrupted():
        held = await open_session(server.base, "/step")
        begin = time.perf_counter()
        status, said = await asyncio.to_thread(server.stop, how)
        held.close()
        return status, said, time.perf_counter() - begin

    status, said, seconds = asyncio.run(interrupted())
    assert status == 0 and "Traceback" not in said
    assert seconds < 5


def test_a_busy_port_gives_the_next_free_one():
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with running(plain=True, port=port) as server:
            assert port < server.port < port + module.TRIES
            assert ask(server, "/")[0].status == 200


def test_a_free_port_is_taken_as_asked(unused_port):
    with running(plain=True, port=unused_port) as server:
        assert server.address == f"http://127.0.0.1:{unused_port}/"


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_a_sentence(port):
    with pytest.raises(SpecError, match=f"Asked for port {port}. Ports are 0 to 65535. Use 5017"):
        module.serve(port=port, show=False)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_a_sentence(host):
    with pytest.raises(
        Unavailable, match=f"Asked to listen on {host}. This machine cannot: .* Use one of its own"
    ):
        module.serve(host=host, port=0, show=False)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in browser is a shell script")
def test_the_browser_is_opened_at_the_printed_address_once_it_answers(tmp_path):
    script, seen = tmp_path / "browser", tmp_path / "seen"
    script.write_text(f'#!/bin/sh\necho "$1" > {seen}.part && mv {seen}.part {seen}\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    with running("--show", plain=True, environment={"BROWSER": f"{script} %s"}) as server:
        until = time.monotonic() + 15
        while not seen.exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert seen.read_text().strip() == server.address


# ---- beyond this machine


@pytest.fixture(scope="module")
def exposed():
    with running("--host", "0.0.0.0", plain=True) as started:
        yield started


def test_beyond_loopback_the_printed_address_has_a_token_and_says_what_is_exposed(exposed):
    assert re.search(r"/\?token=[\w-]{20,}$", exposed.address)
    assert "Every machine that reaches 0.0.0.0 can open it" in read(exposed.said)


def test_beyond_loopback_nothing_is_answered_without_the_token(exposed):
    host = {"Host": f"127.0.0.1:{exposed.port}"}
    for path in ("/", "/step", "/alive", "/static/js/bokeh.min.js", "/step?token=wrong", "/step?token="):
        assert ask(exposed, path, host)[0].status == 403, path
    assert connect(exposed, "x", f"http://127.0.0.1:{exposed.port}") == 403
    assert ask(exposed, "/", {**host, "Cookie": f"convlab-{exposed.port}=wrong"})[0].status == 403
    assert ask(exposed, "/", {**host, "Cookie": "\x7f;;=;"})[0].status in (400, 403)


def test_beyond_loopback_the_token_is_moved_into_a_cookie_that_opens_pages_and_their_sockets(exposed):
    host = {"Host": f"127.0.0.1:{exposed.port}"}
    token = exposed.address.rpartition("=")[2]
    answer, _ = ask(exposed, f"/step?v=1&token={token}&mode=full", host)
    assert answer.status == 302 and answer.getheader("Location") == "/step?v=1&mode=full"
    cookie = answer.getheader("Set-Cookie")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    kept = {**host, "Cookie": cookie.partition(";")[0]}
    page, body = ask(exposed, "/step?v=1", kept)
    assert page.status == 200 and token.encode() not in body
    session = re.search(rb'"token":\s*"([^"]+)"', body).group(1).decode()
    assert connect(exposed, session, f"http://127.0.0.1:{exposed.port}") == 403, (
        "the socket needs the cookie too"
    )


def test_importing_the_package_of_the_dashboard_imports_nothing_heavy():
    heavy = ("panel", "bokeh", "tornado", "numpy")
    code = f"import sys, convlab.dashboard; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"


def test_a_refusal_is_noted_in_one_short_line_without_the_query():
    with running(plain=True) as server:
        ask(server, "/nowhere?token=hunter2&x=" + "y" * 9000)
        _, said = server.stop()
    assert "404 GET /nowhere from 127.0.0.1" in said
    assert "hunter2" not in said and max(map(len, said.splitlines())) < 200
