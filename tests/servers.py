"""A real server in a process of its own, as a person starts it; ``python -m tests.servers`` starts one."""

import argparse
import os
import re
import signal
import subprocess
import sys
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

    def __init__(self, process, address):
        self.process, self.address = process, address
        self.base = address.partition("/?")[0].rstrip("/")
        self.port = int(self.base.rpartition(":")[2])

    def stop(self, how=signal.SIGTERM):
        """Stop it and return its exit status and everything it printed after its address."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            rest, _ = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            rest, _ = self.process.communicate()
        return self.process.returncode, rest


def start(*words, plain=False, port=0, environment=()):
    """Start a server and wait until it has printed its address and answers."""
    command = [sys.executable, "-m", "tests.servers", "--port", str(port), *words]
    command += ["--plain"] if plain else []
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **dict(environment)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"convlab is at (http://\S+)", line):
            return _answering(Running(process, found[1]))
    raise AssertionError(f"The server ended before it listened:\n{said}")


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
