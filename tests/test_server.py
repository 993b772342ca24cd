"""The server as it stands on a laptop: who is let in, and what is served."""

import asyncio
import random
import re
import string
from contextlib import suppress

import psutil
import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id, get_token_payload
from tornado.websocket import WebSocketClosedError

from benchmarks.dashboard import ask_for_document, open_session
from convlab.dashboard import server as module
from convlab.dashboard.security import MAX_ADDRESS
from tests.asking import ask, connect, token_of
from tests.servers import running


@pytest.fixture(scope="module")
def server():
    with running(plain=True) as started:
        yield started


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
