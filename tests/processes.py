"""Processes that tests start: a script without a main guard, and whether one is gone."""

import subprocess
import sys
import time

import psutil

from convlab import bootstrap


def gone(pid, within_s=20.0):
    """Wait for a process to be gone, zombies included."""
    until = time.monotonic() + within_s
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not psutil.pid_exists(pid)


def run(script, **options):
    """Start a script from standard input, as an editor or a notebook would: without a main guard."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": bootstrap.ROOT}
    started = subprocess.Popen([sys.executable, "-"], **pipes, **options)
    started.stdin.write(script)
    started.stdin.close()
    return started
