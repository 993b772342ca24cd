"""The server as it stands on a laptop: who is let in, what is served, and how it starts and stops."""

import asyncio
import http.client
import json
import random
import re
import signal
import socket
import stat
import string
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id, get_token_payload
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

from benchmarks.dashboard import ask_for_document, open_session
from convlab.dashboard import server as module
from convlab.dashboard.security import MAX_ADDRESS
from convlab.errors import SpecError, Unavailable
from tests.servers import ROOT, running, start


@pytest.fixture(scope="module")
def server():
    with running(plain=True) as started:
        yield started


def ask(server, path, headers=None, method="GET"):
    """Ask for exactly this path: no client in between tidies it up."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def token_of(server, path="/step"):
    return re.search(rb'"token":\s*"([^"]+)"', ask(server, path)[1]).group(1).decode()


def connect(server, token, origin, path="/step"):
    """Open a websocket and return what happens: the first message, "closed", or the status of the refusal."""

    async def attempt():
        headers = {"Origin": origin} if origin else {}
        request = HTTPRequest(f"ws://127.0.0.1:{server.port}{path}/ws", headers=headers)
        try:
            opened = await websocket_connect(request, subprotocols=["bokeh", token])
        except HTTPClientError as refused:
            return refused.code
        said = await opened.read_message()
        opened.close()
        return json.loads(said)["msgtype"] if said else "closed"

    return asyncio.run(attempt())


# ---- who is let in


def test_only_the_loopback_address_is_listened_on(server):
    listening = [c for c in psutil.Process(server.process.pid).net_connections() if c.status == "LISTEN"]
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
    assert {connection.laddr.port for connection in listening} == {server.port}


def test_our_own_page_may_open_its_websocket(server):
    assert connect(server, token_of(server), server.base) == "ACK"
    assert connect(server, token_of(server), f"http://localhost:{server.port}") == "ACK"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1.evil.example:{port}",
        "http://localhost:{port}.evil.example",
        "http://localhost:1",
        "http://127.0.0.1",
        "file://127.0.0.1:{port}",
    ],
)
def test_a_websocket_of_any_other_origin_is_refused(server, origin):
    token = token_of(server)
    assert connect(server, token, origin and origin.format(port=server.port)) == 403


@pytest.mark.parametrize("signed", [True, False])
def test_a_made_up_session_is_refused_and_no_session_comes_of_it(server, signed):
    key = b"a key of my own"
    session = generate_session_id(secret_key=key, signed=signed)
    token = generate_jwt_token(session, secret_key=key, signed=signed, expiration=300)
    assert connect(server, token, server.base) == 403
    answer, body = ask(server, "/step", {"Bokeh-Session-Id": session})
    assert answer.status == 403 and session.encode() not in body


@pytest.mark.parametrize("junk", ["x", "e30.e30", "ÿ", "a.b.c", ""])
def test_junk_in_place_of_a_token_is_refused(server, junk):
    assert connect(server, junk.encode("ascii", "ignore").decode() or "-", server.base) == 403


def test_a_changed_token_does_not_open_a_living_session(server):
    token = token_of(server)
    payload, _, signature = token.rpartition(".")
    forged = f"{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert connect(server, forged, server.base) == "closed"


def test_a_host_name_that_is_not_ours_gets_nothing(server):
    for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1", "[::1]"):
        answer, body = ask(server, "/step", {"Host": host})
        assert answer.status == 403 and b'"token"' not in body, host


# ---- what is served


@pytest.mark.parametrize(
    "path",
    [
        "/components/this/x/__css__/y",
        "/components/antigravity/x/__css__/y",
        "/%63omponents/this/x/__css__/y",
        "/components%2fthis/x/__css__/y",
        "//components/this/x/__css__/y",
        "/static/../components/this/x/__css__/y",
    ],
)
def test_no_address_imports_a_module(path):
    with running(plain=True) as fresh:
        assert ask(fresh, path)[0].status in (403, 404)
        status, said = fresh.stop()
    assert status == 0
    assert "Zen of Python" not in said
    assert "imported: []" in said


@pytest.mark.parametrize(
    "path",
    [
        "/app.py",
        "/assets/../app.py",
        "/assets/..%2fapp.py",
        "/assets/%2e%2e/app.py",
        "/assets/..%5capp.py",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/",
        "/assets",
        "/static/../app.py",
        "/static/..%2f..%2f..%2fpanel%2f__init__.py",
        "/static/extensions/panel/..%2f..%2fconfig.py",
        "/step/autoload.js?bokeh-autoload-element=x",
        "/step/metadata",
        "/admin",
        "/rest/session_info",
        "/convlab/errors.py",
        "/../../../etc/passwd",
    ],
)
def test_only_the_pages_and_the_assets_are_served(server, path):
    answer, body = ask(server, path)
    assert answer.status in (403, 404)
    assert b"import" not in body and b"root:" not in body


def test_assets_are_served_with_their_type_and_kept(server):
    answer, body = ask(server, "/assets/tokens.css?v=1")
    assert answer.status == 200 and answer.getheader("Content-Type") == "text/css"
    assert "max-age" in answer.getheader("Cache-Control") and body.startswith(b"/* convlab")


@pytest.mark.parametrize("path", ["/", "/step", "/nowhere", "/assets/page.js", "/static/js/bokeh.min.js"])
def test_every_answer_carries_the_security_headers(server, path):
    answer, _ = ask(server, path)
    policy = answer.getheader("Content-Security-Policy")
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert "unsafe-eval" not in policy and "script-src 'self' blob: 'nonce-" in policy
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert answer.getheader("Referrer-Policy") == "no-referrer"
    assert answer.getheader("Server") is None


def test_two_answers_never_share_their_nonce(server):
    nonces = {
        re.search(r"nonce-([\w-]+)", ask(server, "/")[0].getheader("Content-Security-Policy"))[1]
        for _ in "ab"
    }
    assert len(nonces) == 2


def test_nothing_can_be_posted(server):
    answer, _ = ask(server, "/step", method="POST")
    assert answer.status == 405


def test_a_long_address_opens_its_page_and_one_that_is_too_long_is_a_sentence(server):
    noise = "".join(random.Random(0).choices(string.ascii_letters + string.digits, k=MAX_ADDRESS))
    asyncio.run(asyncio.wait_for(open_session(server.base, f"/step?x={noise[:-20]}"), 30))
    for length in (MAX_ADDRESS, 2 * MAX_ADDRESS, 6 * MAX_ADDRESS):
        answer, body = ask(server, "/step?x=" + (6 * noise)[:length])
        assert answer.status == 414 and b"Paste the numbers on the screen" in body


def test_a_session_does_not_keep_headers_or_cookies_of_the_visitor(server):
    _, body = ask(server, "/step", {"Cookie": "secret=hunter2", "Authorization": "Basic aHVudGVyMg=="})
    token = re.search(rb'"token":\s*"([^"]+)"', body).group(1).decode()
    payload = get_token_payload(token)
    assert payload["headers"] == {} and payload["cookies"] == {}


def test_a_message_over_the_limit_closes_that_page_only(server):
    async def too_much():
        one, other = await open_session(server.base, "/step"), await open_session(server.base, "/step")
        with suppress(WebSocketClosedError):  # the server may hang up before all of it is sent
            await one.write_message("x" * (module.MAX_MESSAGE_BYTES + 1))
        while await one.read_message() is not None:
            pass
        return one.close_code, await ask_for_document(other)

    code, size = asyncio.run(asyncio.wait_for(too_much(), 30))
    assert code in (1009, None) and size > 0


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
