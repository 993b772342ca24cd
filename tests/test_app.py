"""The door, as a person meets it: real processes, from a folder that is not the checkout."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, build_opener

import psutil
import pytest

from convlab import bootstrap, door
from convlab.dashboard import server

APP = bootstrap.ROOT / "app.py"
SECONDS = 9.0  # of processor time: three times the 3 s that a second start may take until a page answers


class Started:
    """`python app.py` in a process of its own, its output, and the address that it printed."""

    def __init__(self, folder, *words):
        self.process = subprocess.Popen(
            [sys.executable, str(APP), "--no-browser", *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = self._read(lambda line: "convlab is at" in line)
        found = re.search(r"convlab is at (http://[^\s:/]+:(\d+)/\S*)", self.said)
        assert found, self.said
        self.address, self.port = found[1], int(found[2])

    def _read(self, is_last):
        """Read lines up to one, or all; what takes longer than 60 s is ended."""
        watchdog = threading.Timer(60, self.process.kill)
        watchdog.start()
        said = ""
        for line in self.process.stdout:
            said += line
            if is_last(line):
                break
        watchdog.cancel()
        return said

    def stop(self, how=signal.SIGINT):
        """Interrupt it as Ctrl+C does, and return its exit status and what it said since."""
        self.process.send_signal(how)  # nothing happens where it has ended
        return self.process.wait(timeout=30), self._read(lambda line: False)


@pytest.fixture
def start(tmp_path):
    """Give a function that starts the app with the given words; what it starts is stopped."""
    running = []

    def start(*words):
        running.append(Started(tmp_path, *words))
        return running[-1]

    yield start
    for app in running:
        app.process.kill()
        app.process.communicate()


def status(address):
    """Ask for an address as a browser that was never here does: the token comes back as a cookie."""
    try:
        with build_opener(HTTPCookieProcessor()).open(address, timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def free_port():
    """Return a port with a free one after it."""
    for port in range(21000, 40000, 7):
        try:
            for candidate in (port, port + 1):
                socket.create_server(("127.0.0.1", candidate)).close()
            return port
        except OSError:
            continue
    raise AssertionError("no two neighbouring ports are free")


def ask(*words):
    """Run app.py to its end."""
    return subprocess.run([sys.executable, str(APP), *words], capture_output=True, text=True, timeout=60)


def test_a_second_start_answers_soon_on_loopback_and_ctrl_c_ends_it_cleanly(start):
    app = start("--port", str(free_port()))
    assert status(app.address) == 200
    spent = psutil.Process(
        app.process.pid
    ).cpu_times()  # the clock would measure the machine's other work too
    assert spent.user + spent.system < SECONDS
    assert app.address == f"http://127.0.0.1:{app.port}/"
    code, rest = app.stop()
    assert (code, "Traceback" in rest) == (0, False), rest


def test_a_busy_port_gives_the_next_one_and_the_first_again_after_a_restart(start):
    port = free_port()
    first = start("--port", str(port))
    second = start("--port", str(port))
    assert (first.port, second.port) == (port, port + 1)
    assert status(second.address) == 200
    first.stop()
    assert start("--port", str(port)).port == port


def test_a_host_beyond_loopback_says_what_is_exposed_and_asks_for_the_token(start):
    app = start("--host", "0.0.0.0", "--port", str(free_port()))
    token = app.address.partition("?token=")[2]
    assert len(token) >= 16
    loopback = f"http://127.0.0.1:{app.port}/"
    assert status(loopback) == 403
    assert status(f"{loopback}?token={token}") == 200
    assert status(f"{loopback}?token={token[:-1]}x") == 403
    assert "0.0.0.0" in app.stop()[1]


def test_the_default_port_and_host_are_those_that_links_hold():
    assert door._parser(True).parse_args([]).port == 5017
    assert door._parser(False).parse_args([]).host == "127.0.0.1"


@pytest.mark.parametrize("port", ["99999", "-1", "five", "5017.0", ""])
def test_a_port_that_is_none_ends_with_2_and_a_sentence(port):
    done = ask("--port", port)
    assert done.returncode == 2
    assert f"asked for {port!r}, which is no port; try 1024 to 65535" in done.stderr


def test_a_host_that_is_not_this_machine_ends_with_1_and_a_sentence():
    done = ask("--no-browser", "--host", "192.0.2.1", "--port", "0")
    assert done.returncode == 1
    assert done.stderr.startswith("convlab: Asked to listen on 192.0.2.1.")
    assert "Traceback" not in done.stderr


def test_a_word_that_is_not_known_ends_with_2():
    assert ask("--prot", "5017").returncode == 2
    assert ask("--no-brow").returncode == 2


def test_setup_alone_serves_nothing():
    done = ask("--setup")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "convlab is set up. Start it with: python app.py\n"


def test_an_installed_convlab_offers_no_setup(capsys):
    with pytest.raises(SystemExit):
        door.main(["--setup"])
    assert "unrecognized arguments: --setup" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows sends another signal")
def test_ctrl_c_while_it_loads_prints_no_traceback(monkeypatch, capsys):
    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "serve", interrupted)
    try:
        assert door.main(["--no-browser"]) == 130
    except KeyboardInterrupt:  # it would end the whole suite
        pytest.fail("the interrupt goes through")
    assert capsys.readouterr() == ("", "")


def test_the_words_reach_the_server(monkeypatch):
    given = {}
    monkeypatch.setattr(server, "serve", lambda **words: given.update(words))
    assert door.main(["--port", "0", "--host", "localhost"]) == 0
    assert given == {"host": "localhost", "port": 0, "show": True}
