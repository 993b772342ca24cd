"""All goals of convlab's own kernels, measured on this machine in one go, in about twelve minutes on two cores.

Run it from the root of a checkout, on a machine that does nothing else: ``python -m benchmarks.goals [--budget 2]``.
It wants the extra ``peers`` (``pip install -e .[peers]``); what is not installed is not raced. It writes ``cpu.json``
and ``cpu.md`` beside itself, shape by shape; ``--resume`` goes on where an earlier run was stopped. Measured are:

- the suite "goals" against every library that is here: ``python -m convlab bench --suite goals --against peers``;
- what "auto" takes on the forty shapes of "auto40", against the best of all backends;
- the public call, the look-up of what was tuned, the first result of a process with an empty and with a full cache;
- the memory of one call of the winner beside its output;
- eight threads at once beside PyTorch and OpenCV (``python -m benchmarks.beside``).

It ends with 1 when a goal is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import beside
from convlab.atomic import write
from convlab.backends.threads import count
from convlab.cli import main as convlab
from convlab.cli.here import Here
from convlab.memory import size
from convlab.timing.benches.goals import verdicts
from convlab.timing.benches.matched import Matches
from convlab.timing.benches.table import markdown
from convlab.timing.races.statistics import tie
from convlab.timing.shapes import suites
from convlab.timing.words import duration

HERE = Path(__file__).resolve().parent
NEAR, NEAR_SHARE = 1.05, 0.95  # auto against the best
COLD_S, WARM_S = 1.5, 0.4
LOOKUP_S = 0.5e-6
THREAD_BYTES = 16 << 20
FIRST = """
import time, numpy as np
x, w = np.ones((5, 1, 100, 100), "float32"), np.ones((1, 1, 11, 11), "float32")
began = time.perf_counter()
import convlab
convlab.conv(x, w, backend="{backend}")
print(time.perf_counter() - began)
"""
LOOKUP = """
import timeit
from convlab import ConvSpec
from convlab.backends import choose
spec = ConvSpec((2, 3, 5, 5), (1, 3, 3, 3))
choose(spec)
print(min(timeit.repeat(lambda: choose(spec), number=2000, repeat=50)) / 2000)
"""


def in_a_process(code, cache=None):
    """Run code in a process of its own; return the number that it prints."""
    kept = {"CONVLAB_CACHE": str(cache), "CONVLAB_COMPILED": str(Path(cache) / "compiled")} if cache else {}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | kept)
    if done.returncode:
        raise RuntimeError(done.stderr[-1000:])
    return float(done.stdout.split()[-1])


def calls():
    """Return the rows of first results and of the look-up."""
    rows = []
    for backend in ("auto", "numba-tiles"):
        with tempfile.TemporaryDirectory(prefix="convlab-goals-") as cache:
            code = FIRST.format(backend=backend)
            cold_s = in_a_process(code, cache)
            warm_s = min(in_a_process(code, cache) for _ in range(3))
        rows.append([f"cold <= {COLD_S} s", f"{duration(cold_s)}, {backend}", cold_s <= COLD_S])
        rows.append([f"warm <= {WARM_S} s", f"{duration(warm_s)}, {backend}", warm_s <= WARM_S])
    found_s = in_a_process(LOOKUP)
    rows.append([f"look-up <= {duration(LOOKUP_S)}", duration(found_s), found_s <= LOOKUP_S * 1.1])
    return rows


def memory(found):
    """Return the row of what one call of the winner holds beside its output, over all shapes."""
    allowed = THREAD_BYTES * count()
    peaks = [
        (mark.peak_bytes, f"{match.id}, {mark.name}")
        for match in found.matches
        if match.question.computes in ("y", "call")
        and (mark := match.best(True))
        and mark.peak_bytes is not None
    ]
    if not peaks:
        return []
    worst, who = max(peaks)
    return [[f"memory <= {size(allowed)}", f"{size(worst)} at most: {who}", worst <= allowed]]


def auto(budget_s, says=print):
    """Return the row of what auto takes on the forty shapes, tuned, against the best of all backends."""
    from convlab.timing.benches.bench import Lap

    suite = suites.suite("auto40")

    def report(news):
        if isinstance(news, Lap) and news.bench.lines:
            line = news.bench.lines[-1]
            lag = line.lag(line.tuned)
            says(f"{line.workload.id}  {line.tuned}  {lag and round(lag, 3)}  {line.best and line.best.name}")

    found = Here().bench(suite.name, suite.workloads, None, (), budget_s=budget_s, limits=None, report=report)
    near = [line for line in found.lines if (line.lag(line.tuned) or 9) <= NEAR]
    alike = [
        line
        for line in found.lines
        if line not in near and line.auto and line.best and tie(line.best.summary, line.auto.summary)
    ]
    missed = [
        f"{line.workload.id} {line.tuned} {line.lag(line.tuned) or 0:.2f}× {line.best.name if line.best else '-'}"
        for line in found.lines
        if line not in near and line not in alike
    ]
    share = (len(near) + len(alike)) / max(1, len(suite.workloads))
    said = f"{len(near)} of {len(suite.workloads)} within 5 %, {len(alike)} more not told apart from the best"
    said += f"; beyond: {', '.join(missed)}" if missed else ""
    return [["within 5 % on 95 %", said, share >= NEAR_SHARE]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=float, default=2.0, help="seconds of timing a shape (2)")
    parser.add_argument("--auto-budget", type=float, default=1.0, help="the same for the forty (1)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of eight threads at once (10)")
    parser.add_argument("--resume", action="store_true", help="go on where an earlier run was stopped")
    parser.add_argument("--only", help="ids of the suite goals, with commas between")
    parser.add_argument("--to", type=Path, default=HERE, help="folder of cpu.json and cpu.md (benchmarks)")
    wish = parser.parse_args()
    wish.to.mkdir(parents=True, exist_ok=True)
    saved, table = wish.to / "cpu.json", wish.to / "cpu.md"
    words = ["--budget", str(wish.budget), "--save", str(saved), "--markdown", str(table)]
    words += ["--only", wish.only] * bool(wish.only) + ["--resume"] * wish.resume
    convlab(["bench", "--suite", "goals", "--against", "peers", *words])
    found = Matches.read(json.loads(saved.read_text(encoding="utf-8")))
    if found.state != "done":
        return 1
    parts = {
        "calls": calls,
        "memory": lambda: memory(found),
        "threads": lambda: [_threads(wish.seconds)],
        "auto40": lambda: auto(wish.auto_budget),
    }
    for name, measure in parts.items():
        if name in found.extra and name != "memory":
            continue
        try:
            found.extra[name] = measure()
        except Exception as error:  # what fails is a goal that is missed, and no reason to lose the others
            found.extra[name] = [["measured", f"{type(error).__name__}: {error}", False]]
        print(name, *found.extra[name], sep="\n  ", flush=True)
        write(saved, json.dumps(found.words(), ensure_ascii=False, indent=1) + "\n")
        write(table, markdown(found))
    rows = [row for rows in found.extra.values() for row in rows]
    return 0 if all(one.is_met for one in verdicts(found)) and all(row[-1] for row in rows) else 1


def _threads(seconds):
    said, is_right = beside.sentence(beside.measured(seconds))
    return [f"no abort, slow-down <= {beside.MOST}", said, is_right]


if __name__ == "__main__":
    sys.exit(main())
