"""Eight Python threads at once, beside the pools of PyTorch and OpenCV: no abort, nobody stands in the way.

Run it from the root of a checkout: ``python -m benchmarks.beside [--seconds 10] [--threads 8]``. Each thread calls one
backend again and again, small and large shapes in turn, and what comes back is compared with what one thread alone got,
bit for bit. First each runs alone, for its own rate; then all together. Together they deliver so and so much of what
they would deliver one after the other: ``slow-down = seconds / sum of (calls / own rate)``. The libraries are imported
and have started their threads before; where they are not installed, that is said. It ends with 1 when the process
breaks off, when an answer differs, or when the slow-down is over 1.3.
"""

import argparse
import json
import subprocess
import sys
import threading
import time

MOST = 1.3
ALONE_S = 0.4
SHAPES = {  # backend: what its thread computes
    "numba-tiles": ((20, 1, 100, 100), (1, 1, 11, 11), {}),
    "numba-winograd": ((2, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
    "numba-winograd-f2": ((2, 128, 28, 28), (128, 128, 3, 3), {"padding": 1}),
    "numba-fft": ((4, 1, 256, 256), (1, 1, 31, 31), {}),
    "numba-separable": ((1, 1, 256, 256), (1, 1, 15, 15), {}),
    "numba-pointwise": ((2, 64, 56, 56), (64, 64, 1, 1), {}),
    "numba-3d": ((1, 3, 8, 40, 40), (16, 3, 3, 3, 3), {}),
    "numba-rows": ((5, 1, 64, 64), (1, 1, 5, 5), {}),
    "scipy-rfft": ((5, 1, 100, 100), (1, 1, 31, 31), {}),
    "numpy-im2col": ((8, 3, 32, 32), (16, 3, 3, 3), {}),
}


def calls(threads):
    """Return (name, call) for every thread: what the catalogue has of SHAPES, and again from the beginning."""
    import numpy as np

    from convlab import ConvSpec
    from convlab.backends import CATALOGUE, get
    from convlab.operands import noise

    found = []
    for name, (x_shape, w_shape, words) in SHAPES.items():
        spec = ConvSpec(x_shape, w_shape, **words)
        if name not in CATALOGUE or get(name).unavailable() or get(name).supports(spec):
            continue
        x, w = noise(spec)
        if name == "numba-separable":
            w = (w[:, :, :, :1] * w[:, :, :1, :]).astype(spec.dtype)
        plan = get(name).plan(np.ascontiguousarray(w), spec)
        found.append((name, plan, x))
    return [found[n % len(found)] for n in range(threads)]


def alone(plan, x):
    """Return the answer, and calls a second, of one thread that has the machine to itself."""
    y = plan(x)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < ALONE_S:
        plan(x)
        count += 1
    return y, count / (time.perf_counter() - began)


def together(works, answers, seconds):
    """Run all at once; return the calls of each, how many answers differed, and the seconds it took."""
    import numpy as np

    counts, wrong = [0] * len(works), [0] * len(works)
    gate = threading.Barrier(len(works) + 1)
    until = [0.0]

    def work(n):
        _, plan, x = works[n]
        gate.wait()
        while (
            not counts[n] or time.perf_counter() < until[0]
        ):  # who waits for Python's lock all that time calls once
            y = plan(x)
            counts[n] += 1
            if counts[n] % 16 == 1 and not np.array_equal(y, answers[n]):
                wrong[n] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(works))]
    for one in threads:
        one.start()
    until[0] = time.perf_counter() + seconds
    began = time.perf_counter()
    gate.wait()
    for one in threads:
        one.join()
    return counts, sum(wrong), time.perf_counter() - began


def others():
    """Import PyTorch and OpenCV and let them start their threads; return the names of those that are here."""
    here = []
    try:
        import torch

        torch.nn.functional.conv2d(torch.ones(2, 8, 64, 64), torch.ones(8, 8, 3, 3))
        here.append("torch")
    except ImportError:
        pass
    try:
        import cv2
        import numpy as np

        cv2.filter2D(np.ones((512, 512), np.float32), -1, np.ones((5, 5), np.float32))
        here.append("cv2")
    except ImportError:
        pass
    return here


def inside(seconds, threads):
    """Do it in this process; return what was seen."""
    here = others()
    works = calls(threads)
    answers, rates = zip(*(alone(plan, x) for _, plan, x in works), strict=True)
    counts, wrong, took = together(works, answers, seconds)
    delivered = sum(count / rate for count, rate in zip(counts, rates, strict=True))
    names = [name for name, _, _ in works]
    return {
        "imported": here, "threads": threads, "seconds": round(took, 2), "slow_down": round(took / delivered, 3),
        "wrong": wrong, "calls": dict(zip([f"{n} {name}" for n, name in enumerate(names)], counts, strict=True)),
    }  # fmt: skip


def measured(seconds=10.0, threads=8):
    """Do it in a process of its own, for one that aborts takes all of it with it; return what was seen."""
    command = [sys.executable, "-m", "benchmarks.beside", "--inside", str(seconds), str(threads)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"broke_off": done.returncode, "says": done.stderr[-500:]}
    return json.loads(done.stdout.splitlines()[-1])


def sentence(found):
    """Return what was seen as a sentence, and whether it is as it should be."""
    if "broke_off" in found:
        return f"The process broke off ({found['broke_off']}): {found['says']}", False
    beside = " and ".join(found["imported"]) or "no other library"
    said = (
        f"{found['threads']} threads for {found['seconds']:.0f} s beside {beside}: "
        f"{sum(found['calls'].values()):,} calls, slow-down {found['slow_down']:.2f}, {found['wrong']} wrong answers."
    )
    return said, found["slow_down"] <= MOST and not found["wrong"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.inside:
        print(json.dumps(inside(float(wish.inside[0]), int(wish.inside[1]))))
        return 0
    said, is_right = sentence(measured(wish.seconds, wish.threads))
    print(said)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
