"""How honest races are: on a quiet machine few rows are flagged; beside busy processes a least stays or is flagged.

    python benchmarks/hogs.py [--hogs 2] [--times 3] [--json]

Races a few convolutions, first alone and then beside processes that do nothing but compute. Exit status 1 when more
than 5 % of the rows of the quiet races are flagged, or when a row's least moves by 5 % or more and nothing says so.
Run it on a machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import convlab as cl

SPECS = [
    cl.ConvSpec((2, 3, 20, 20), (4, 3, 3, 3)),
    cl.ConvSpec((1, 1, 200, 200), (1, 1, 7, 7)),
    cl.ConvSpec((20, 1, 100, 100), (1, 1, 11, 11)),
    cl.ConvSpec((1, 64, 56, 56), (64, 64, 3, 3), "same"),
]
NAMES = [
    "numpy-im2col",
    "numpy-corrmm",
    "scipy-direct",
    "scipy-fft",
    "scipy-ndimage",
    "numba-direct",
    "numba-rows",
]
MOST_FLAGGED, MOST_MOVED = 0.05, 0.05
HOG = "x = 0\nwhile True:\n    x = (x * 1103515245 + 12345) % 2147483648"


@contextmanager
def hogs(count):
    """Keep `count` processors busy."""
    running = [subprocess.Popen([sys.executable, "-c", HOG]) for _ in range(count)]
    time.sleep(0.5)
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


def races(times):
    """Race every question `times` times; return the timed rows by question and name."""
    found = {}
    for _ in range(times):
        for spec in SPECS:
            for row in cl.race(spec, backends=[name for name in NAMES if name in KNOWN]).ranked:
                found.setdefault((str(spec), row.name), []).append(row)
    return found


def report(quiet, loud):
    """Return what the rows of the quiet and of the loud races say."""
    rows = [row for some in quiet.values() for row in some]
    flagged = [
        f"{spec} {row.name}: {' '.join(row.flags)}"
        for (spec, _), some in quiet.items()
        for row in some
        if row.flags
    ]
    moved = []
    for key, some in loud.items():
        if key not in quiet:
            continue
        least = min(row.min_s for row in quiet[key])
        moved += [(row.min_s / least - 1, bool(row.flags), f"{key[0]} {key[1]}") for row in some]
    silent = [
        (share, said) for share, is_flagged, said in moved if abs(share) >= MOST_MOVED and not is_flagged
    ]
    return {
        "quiet_rows": len(rows),
        "quiet_flagged": len(flagged) / max(1, len(rows)),
        "flagged": flagged,
        "loud_rows": len(moved),
        "loud_flagged": sum(is_flagged for _, is_flagged, _ in moved) / max(1, len(moved)),
        "loud_moved": sum(abs(share) >= MOST_MOVED for share, _, _ in moved) / max(1, len(moved)),
        "moved_and_not_flagged": [f"{said}: {share:+.0%}" for share, said in silent],
        "quiet_drift": sorted(
            f"{max(row.min_s for row in some) / min(row.min_s for row in some) - 1:.1%} {key[0]} {key[1]}"
            for key, some in quiet.items()
        )[-5:],
    }


def main():
    """Race alone, then beside hogs, and say how it went."""
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("--hogs", type=int, default=2)
    ask.add_argument("--times", type=int, default=3)
    ask.add_argument("--json", action="store_true")
    given = ask.parse_args()
    races(1)  # starts workers, imports, compiles
    quiet = races(given.times)
    with hogs(given.hogs):
        loud = races(given.times)
    said = report(quiet, loud)
    if given.json:
        print(json.dumps(said, indent=1))
    else:
        for name, value in said.items():
            print(f"{name}: {value if not isinstance(value, list) else ''}")
            for line in value if isinstance(value, list) else ():
                print(f"    {line}")
    return int(said["quiet_flagged"] > MOST_FLAGGED or bool(said["moved_and_not_flagged"]))


KNOWN = {row.name for row in cl.backends()}

if __name__ == "__main__":
    sys.exit(main())
