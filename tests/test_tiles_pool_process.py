"""The pool of native threads in a process: beside every backend, over a fork, and at the end."""

import os
import subprocess
import sys
import threading
import time
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from convlab.backends import get
from convlab.operands import noise
from convlab.spec import ConvSpec
from tests.takers import HERE

ROOT = Path(__file__).parents[1]
CALLS = [
    ConvSpec((4, 1, 40, 40), (1, 1, 7, 7)),
    ConvSpec((1, 8, 14, 15), (16, 8, 3, 3), "same"),
    ConvSpec((1, 3, 30, 31), (8, 3, 5, 5), "full", stride=2, dtype="float64"),
    ConvSpec((1, 2, 6, 12, 11), (3, 2, 3, 3, 3)),
]


def test_eight_threads_call_everything_at_once_and_get_the_bits_that_they_get_alone():
    asked = [
        (get(name), spec, *noise(spec, 5), [])
        for spec, name in product(CALLS, HERE)
        if get(name).family in ("numba", "scipy", "llvm") and get(name).supports(spec) is None
    ]
    for backend, spec, x, w, alone in asked:
        alone.append(backend.run(x, w, spec).tobytes())
    until, counts, wrong = time.monotonic() + 0.6, [0] * 8, []

    def ask(number):
        order = np.random.default_rng(number).permutation(len(asked))
        while not counts[number] or time.monotonic() < until:
            backend, spec, x, w, alone = asked[order[counts[number] % len(order)]]
            counts[number] += 1
            try:
                if backend.run(x, w, spec).tobytes() != alone[0]:
                    wrong.append(f"{backend.name} {spec}")
            except Exception as error:
                wrong.append(f"{backend.name} {spec}: {error!r}")

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert not wrong and all(counts)


SCRIPT = """
import ctypes, os, sys, threading, time
import numpy as np
from convlab.backends.tiles import pool, sharing
from tests.pooled import USLEEP, native, share, tick, tick_slowly
pool.threads = lambda: 3
words = np.zeros(40, np.int64)
share(pool.state(), native(tick), words, 20)
assert (words[:20] == 1).all()
"""
ENDINGS = {
    "while they look for work": "share(pool.state(), native(tick), words, 20)",
    "while they sleep": "time.sleep(0.05)",
    "while they work for a thread that is left behind": """
words[0], words[1:4] = USLEEP, 60_000_000
threading.Thread(target=share, args=(pool.state(), native(tick_slowly), words, 12), daemon=True).start()
time.sleep(0.05)
""",
    "after a fork": """
former, known = pool.state(), pool._POOLS[0]._words
known[sharing.ACTIVE] += 1  # as if a thread had just counted itself in: in the child nobody will count it out
child = os.fork()
known[sharing.ACTIVE] -= bool(child)
for address in (former, pool.state(), former):
    words = np.zeros(40, np.int64)
    share(address, native(tick), words, 20)
    assert (words[:20] == 1).all()
assert pool.state() == former if child else pool.state() not in (0, former)
if child:
    _, status = os.waitpid(child, 0)
    assert status == 0, status
""",
    "after a fork while another thread compiles": """
import signal
from convlab.backends.tiles import machine
begun = threading.Event()
def compile_slowly():
    with machine._LOCK:
        begun.set()
        time.sleep(0.1)
threading.Thread(target=compile_slowly).start()
begun.wait()
child = os.fork()
signal.alarm(10)
machine.assembled("nothing", 0, "float32", lambda lanes: None)
if child:
    _, status = os.waitpid(child, 0)
    assert status == 0, status
""",
    "by a call when all is over": """
import atexit
pool._ended()
words = np.zeros(40, np.int64)
share(pool.state(), native(tick), words, 20)
assert (words[:20] == 1).all()
""",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no Unix")
@pytest.mark.parametrize("ending", list(ENDINGS))
def test_a_process_ends_by_itself(ending):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + ENDINGS[ending]], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
