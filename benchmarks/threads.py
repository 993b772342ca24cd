"""How well eight Python threads get along: they convolve at once, with PyTorch and OpenCV loaded beside them.

    python benchmarks/threads.py [--threads 8] [--seconds 10] [--backends NAME ...] [--json]

Each thread asks its own question again and again, of every backend in turn, and compares every answer with the right
one. It prints the *slow-down*: the time that all threads took together, by what the same calls take one after the other
when nobody else asks, each with all the processors that it uses. 1 is fair; below 1 the threads gain. Beside it stands
the same by the time that processors were busy, which a backend of one thread cannot hide in. Exit status 1 when an
answer is wrong, a thread raises, or the slow-down is above 1.3. Run it on a machine that has nothing else to do; a
library that is not there is left out.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

import convlab as cl
from convlab.backends import CATALOGUE, get
from convlab.backends.threads import count
from convlab.numerics import BOUNDS, measure
from convlab.operands import noise
from convlab.reference import judge

SHAPES = [
    cl.ConvSpec((8, 1, 64, 64), (1, 1, 7, 7)),
    cl.ConvSpec((2, 16, 28, 28), (16, 16, 3, 3), "same"),
    cl.ConvSpec((1, 3, 40, 41), (8, 3, 5, 5), "full", stride=2),
    cl.ConvSpec((1, 2, 8, 20, 20), (3, 2, 3, 3, 3)),
    cl.ConvSpec((1, 1, 150, 150), (1, 1, 15, 15)),
    cl.ConvSpec((2, 16, 28, 28), (16, 16, 1, 1)),
]
BESIDE = ("torch", "cv2")
MOST_SLOWED = 1.3
FAMILIES = ("numba", "scipy", "llvmlite", "llvm")


class Asker:
    """One thread's question, and how its answers compared.

    Attributes
    ----------
    answers : int
    worst : float
        The largest error, in bounds.
    """

    def __init__(self, name: str, number: int, spec: cl.ConvSpec) -> None:
        self.name, self.spec = name, spec
        self.x, self.w = noise(spec, number)
        truth = judge(self.x, self.w, spec)
        self.right = truth, BOUNDS[get(name).bound](self.x, self.w, spec, truth)
        self.answers, self.worst, self.error = 0, 0.0, None

    def ask(self) -> np.ndarray:
        """Return the answer of one call of `cl.conv`."""
        spec = self.spec
        border = {"mode": spec.mode} if spec.padding is None else {"padding": spec.padding}
        return cl.conv(
            self.x, self.w, backend=self.name, stride=spec.stride, dilation=spec.dilation, groups=spec.groups,
            flip=spec.flip, **border,
        )  # fmt: skip

    def until(self, end_s: float) -> None:
        """Ask again and again until a moment; the first and the last answer, and every fiftieth, are compared."""
        try:
            while not self.answers or time.perf_counter() < end_s:
                y = self.ask()
                if self.answers % 50 == 0:
                    self.compare(y)
                self.answers += 1
            self.compare(y)
        except BaseException as error:
            self.error = error

    def compare(self, y: np.ndarray) -> None:
        self.worst = max(self.worst, measure(y, *self.right).share)


def askers(name: str, threads: int) -> list[Asker]:
    """Return a question for each thread, of the shapes that a backend takes, with operands of its own."""
    taken = [spec for spec in SHAPES if get(name).supports(spec) is None]
    return [Asker(name, number, taken[number % len(taken)]) for number in range(threads)] if taken else []


def together(asking: list[Asker], seconds: float) -> float:
    """Let all ask at once; return how long that took."""
    begun = time.perf_counter()
    workers = [threading.Thread(target=asker.until, args=(begun + seconds,)) for asker in asking]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begun


def measured(label: str, asking: list[Asker], seconds: float) -> dict:
    """Return what all threads got at once, against each of their questions alone."""
    threads = len(asking)
    alone = [alone_s(asker, seconds / 4 / threads) for asker in asking]
    took_s = together(asking, seconds)
    wall_s, busy_s = (
        sum(asker.answers * each[kind] for asker, each in zip(asking, alone, strict=True)) for kind in (0, 1)
    )
    return {
        "backend": label,
        "answers": sum(asker.answers for asker in asking),
        "slow_down": took_s / max(wall_s, 1e-9),
        "against_processors": took_s * count() / max(busy_s, 1e-9),
        "worst": max(asker.worst for asker in asking),
        "error": next((repr(asker.error) for asker in asking if asker.error), None),
    }


def alone_s(asker: Asker, seconds: float) -> tuple[float, float]:
    """Return what one answer takes when nobody else asks: by the clock, and of all processors together."""
    found = []
    asker.until(0.0)  # compiles, starts threads
    for _ in range(3):
        asker.answers = 0
        began, busy = time.perf_counter(), time.process_time()
        asker.until(began + seconds / 3)
        answers = max(1, asker.answers)  # none where it raised
        found.append(((time.perf_counter() - began) / answers, (time.process_time() - busy) / answers))
    asker.answers = 0
    return min(found)


def loaded(names: tuple[str, ...]) -> list[str]:
    """Import libraries that bring threads of their own, use them once, and return which there are."""
    found = []
    for name in names:
        try:
            library = import_module(name)
        except ImportError:
            continue
        found.append(f"{name} {library.__version__}")
        if name == "torch":
            library.nn.functional.conv2d(library.ones(1, 8, 64, 64), library.ones(8, 8, 3, 3))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each backend")
    parser.add_argument("--backends", nargs="*", help="instead of all that compile or belong to SciPy")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    names = wish.backends or [name for name in CATALOGUE if get(name).family in FAMILIES]
    beside = loaded(BESIDE)
    if not wish.json:
        print(
            f"{wish.threads} threads on {count()} processors, {wish.seconds:g} s each; beside {beside or 'nobody'}"
        )
        print(f"{'backend':20}{'answers':>10}{'slow-down':>11}{'of processors':>15}{'error/bound':>13}")
    names = [name for name in names if get(name).unavailable() is None and askers(name, 1)]
    crews = [(name, askers(name, wish.threads)) for name in names]
    crews.append(
        ("each another", [askers(names[-1 - i % len(names)], i + 1)[i] for i in range(wish.threads)])
    )
    rows = []
    for label, asking in crews:
        rows.append(row := measured(label, asking, wish.seconds))
        if not wish.json:
            figures = f"{row['slow_down']:11.2f}{row['against_processors']:15.2f}{row['worst']:13.2g}"
            print(f"{label:20}{row['answers']:10}{figures}  {row['error'] or ''}", flush=True)
    if wish.json:
        print(json.dumps({"beside": beside, "processors": count(), "rows": rows}, indent=1))
    return int(any(row["error"] or row["worst"] > 1 or row["slow_down"] > MOST_SLOWED for row in rows))


if __name__ == "__main__":
    sys.exit(main())
