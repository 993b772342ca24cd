"""What a call costs beside the computation, and how soon the first answer is there: ``python benchmarks/calls.py``.

Microseconds: the least of many blocks, in this process, of a convolution of (2, 3, 5, 5) by (1, 3, 3, 3) in float32:
by `convlab.conv`, by a plan, into an array of one's own; and what of it is finding out what was asked before. Seconds:
from the first line of a fresh process to its first answer, import included, with nothing kept from before and with all.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from timeit import repeat

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

import convlab as cl
from convlab.api.answers import key
from convlab.backends import choose, preference

ROOT = Path(__file__).resolve().parent.parent
LOOPS, BLOCKS = 5_000, 40
GOALS_US = {"conv": 2.0, "plan": 1.5, "lookup": 0.5}
GOALS_S = {"cold": 1.5, "warm": 0.4}
FIRST = """
from time import perf_counter
began = perf_counter()
import numpy as np
import convlab as cl
x, w = np.ones({x}, "float32"), np.ones({w}, "float32")
cl.conv(x, w{words})
print(perf_counter() - began)
"""
FIRSTS = {  # what the first answer is of
    "tiny": ((2, 3, 5, 5), (1, 3, 3, 3)),
    "50 images, 11 × 11": ((50, 1, 100, 100), (1, 1, 11, 11)),
    "500 × 500, 32 × 32": ((1, 1, 500, 500), (1, 1, 32, 32)),
    "layer, 3 × 3": ((1, 64, 56, 56), (64, 64, 3, 3)),
    "layer, 5 × 5": ((1, 64, 56, 56), (64, 64, 5, 5)),
    "volume": ((1, 3, 16, 56, 56), (32, 3, 3, 3, 3)),
}


def least_us(call):
    """Return the least microseconds of a call."""
    return min(repeat(call, number=LOOPS, repeat=BLOCKS)) / LOOPS * 1e6


def calls():
    """Yield (what, goal or None, microseconds)."""
    x, w = np.ones((2, 3, 5, 5), "float32"), np.ones((1, 3, 3, 3), "float32")
    out, plan = np.empty((2, 1, 3, 3), "float32"), cl.plan(cl.ConvSpec(x.shape, w.shape), w)
    image, taps = x[0, 0], w[0, 0]
    asked = key(x, w, "valid", 1, 1, 1, True, None, "auto")
    cl.conv(x, w), cl.conv(image, taps), cl.conv(x, w, padding=1)
    spec = plan.spec
    yield "conv", "conv", least_us(lambda: cl.conv(x, w))
    yield "conv, one bare image", None, least_us(lambda: cl.conv(image, taps))
    yield "conv, padding=1", None, least_us(lambda: cl.conv(x, w, padding=1))
    yield "conv into out", None, least_us(lambda: cl.conv(x, w, out=out))
    yield "plan", "plan", least_us(lambda: plan(x))
    yield "plan into out", "plan", least_us(lambda: plan(x, out))
    yield "what was asked, looked up", "lookup", least_us(lambda: preference.ANSWERS.get(asked))
    yield (
        "the same, with its key made",
        None,
        least_us(lambda: preference.ANSWERS.get(key(x, w, "valid", 1, 1, 1, True, None, "auto"))),
    )
    yield "what was tuned, looked up by its spec", None, least_us(lambda: choose(spec))
    yield "nothing (a function of Python)", None, least_us(lambda: None)


def first_s(x, w, folder, words=""):
    """Return the seconds until a fresh process has its first answer."""
    code = FIRST.format(x=x, w=w, words=words)
    here = {**os.environ, "CONVLAB_CACHE": folder, "PYTHONPATH": str(ROOT)}
    here.pop("CONVLAB_COMPILED", None)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=here, cwd=folder
    )
    return float(done.stdout)


def main():
    """Print both tables; a goal that is missed is marked."""
    for what, goal, taken in calls():
        print(f"{what:38} {taken:7.2f} µs{verdict(taken, GOALS_US.get(goal), ' µs')}")
    for what, (x, w) in FIRSTS.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            cold = first_s(x, w, folder)
            warm = min(first_s(x, w, folder) for _ in range(3))
        for state, taken in (("cold", cold), ("warm", warm)):
            print(f"first answer, {state}: {what:20} {taken:7.2f} s{verdict(taken, GOALS_S[state], ' s')}")


def verdict(taken, goal, unit):
    """Return whether a goal is met, in words."""
    return "" if goal is None else f"   goal {goal:g}{unit}{'' if taken <= goal else ': MISSED'}"


if __name__ == "__main__":
    main()
