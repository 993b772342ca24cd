"""A real server in a process of its own, as a person starts it; ``python -m tests.servers`` starts one."""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUSPECTS = ("this", "antigravity")  # modules that nothing needs: imported only when an address can do so


class Running:
    """A server that answers: its process, the printed address, and that address without its query."""

    def __init__(self, process, said, address):
        self.process, self.said, self.address = process, said, address
        self.base = address.partition("/?")[0].rstrip("/")
        self.port = int(self.base.rpartition(":")[2])

    def stop(self, how=signal.SIGTERM):
        """Stop it and return its exit status and everything it printed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.process.returncode, read(self.said)


def read(file):
    """Return all that a process has written into this file so far."""
    file.seek(0)
    return file.read()


def start(*words, plain=False, port=0, environment=(), seconds=60):
    """Start a server and wait until it has printed its address and answers."""
    command = [sys.executable, "-m", "tests.servers", "--port", str(port), *words]
    command += ["--plain"] if plain else []
    # A file, not a pipe: a pipe that nobody reads would stop a server that says much.
    said = tempfile.TemporaryFile("a+", encoding="utf-8", errors="replace")  # noqa: SIM115
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **dict(environment)}, stdout=said, stderr=subprocess.STDOUT
    )
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"convlab is at (http://\S+)\n", read(said)):
            return _answering(Running(process, said, found[1]))
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise AssertionError(f"The server did not listen within {seconds} s:\n{read(said)}")


def _answering(server, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
            connection.request("GET", "/alive")
            connection.getresponse().read()
            return server
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    server.stop()
    raise AssertionError(f"No answer from {server.address} in {seconds} s.")


@contextmanager
def running(*words, **options):
    """Give a server for the length of a block."""
    server = start(*words, **options)
    try:
        yield server
    finally:
        server.stop()


def main():
    """Serve; everything but --plain and --lifetime is what `serve` takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--plain", action="store_true", help="every screen is tests.plain_screen")
    parser.add_argument("--lifetime", type=int, help="milliseconds that an unused session is kept")
    wish = parser.parse_args()
    from convlab.dashboard import screens, server

    if wish.plain:
        screens.ROWS = tuple(replace(row, builder="tests.plain_screen:build") for row in screens.ROWS)
    if wish.lifetime:
        server.SESSION_LIFETIME_MS, server.SESSION_CHECK_MS = wish.lifetime, wish.lifetime // 2
    server.serve(host=wish.host, port=wish.port, show=wish.show)
    print(f"threads: {[thread.name for thread in threading.enumerate()]}")
    print(f"imported: {[name for name in SUSPECTS if name in sys.modules]}")


if __name__ == "__main__":
    main()
