"""Workers that only act: what each would take is given, and what they are asked is written down."""

from dataclasses import replace
from pathlib import Path

from convlab.backends import get, peers
from convlab.timing.asks import DutyFailed, lost
from convlab.timing.benches.match import home, matching
from convlab.timing.benches.matched import Match
from convlab.timing.benches.matches import playing
from convlab.timing.races.contest import run
from convlab.timing.shapes import suites

NDIMAGE, FFT = "scipy.ndimage.convolve", "scipy.signal.fftconvolve"
STACK = suites.get("stack-50-31")
PEAKS = {
    "threads": 2,
    "gflops": {name: {"one": 100.0, "all": 200.0} for name in ("float32", "float64")},
    "copy_gbs": {"memory": {"one": 20.0, "all": 30.0}},
}


class Field:
    """Stands for the workers: seconds by name, twice as many for fresh outputs; it writes down what it is asked."""

    def __init__(self, seconds, wrong=(), broken=(), tired=(), stops_at=None):
        self.seconds, self.wrong, self.broken, self.stops_at = seconds, wrong, broken, stops_at
        self.tired = tired
        self.asked = []

    def ask(self, ask):
        self.asked.append(ask)
        if len(self.asked) == self.stops_at:
            raise lost(ask, "stopped", "", "")
        return getattr(self, ask.do)(ask, **ask.words)

    def machine(self, ask):
        return {"cpu": "A processor", "usable": 2, "processors": 2, "numpy": "2.4.6", "load": 0.25}

    def ceilings(self, ask):
        return PEAKS

    def fma(self, ask, dtype):
        return {"gflops": 190.0}

    def pose(self, ask, question, folder):
        assert Path(folder).is_dir()
        return {"scale": 10.0}

    def clear(self, ask):
        return {}

    def enter(self, ask, name, question, reused, folder):
        if name in self.broken:
            raise lost(ask, "died", "SIGABRT", "")
        if name not in self.seconds:
            raise DutyFailed(ask.said, {"kind": "not by this backend", "error": "Unsupported", "text": "No.",
                                        "parts": ["Asked.", "It does not.", ""]}, name)  # fmt: skip
        says = "y[0] is 3, the definition gives 4." if name in self.wrong else None
        kind = get(name).bound if name in home(Match.of(STACK)) else "direct"
        return {
            "first_s": 1.0, "filter_s": 1e-4, "again_s": self.took(name, reused), "peak_bytes": 1 << 20, "kind": kind,
            "flops": 2 * STACK.spec.macs, "error": 1e-6, "bound": 1e-5, "share": 0.1, "checked": "full", "says": says,
        }  # fmt: skip

    def turn(self, ask, name, question, reused, loops, seconds):
        if name in self.tired and len(self.turns(name)) == 2:
            raise lost(ask, "late", "", "")
        calls = [self.took(name, reused) * (1 + 0.01 * n) for n in range(3)]
        return {"loops": loops or 4, "calls_s": calls, "spent": {}, "faults": 0.0 if reused else 7.0}

    def took(self, name, reused):
        return self.seconds[name] * (1 if reused else 2)

    def turns(self, name, worker=None):
        return [
            a for a in self.asked if a.do == "turn" and a.words["name"] == name and worker in (None, a.worker)
        ]

    def stop(self):
        pass


TIMES = {
    "numba-tiles": 2e-3,
    "numba-fft": 1e-3,
    "numba-rows": 1.4e-3,
    "scipy-rfft": 3e-3,
    FFT: 4e-3,
    NDIMAGE: 0.1,
}
TIMES |= {"scipy.signal.oaconvolve": 9e-3}


def played(field, workload=STACK, **more):
    match = Match.of(replace(workload, **more))
    names = [name for name in TIMES if name not in peers.EVERY]
    theirs = [name for name in (*TIMES, "cv2.filter2D") if name in peers.EVERY]
    return run(matching(match, names, theirs), field)


def suite_of(field, *ids, **more):
    return run(playing("goals", [suites.get(id_) for id_ in ids], list(TIMES)[:3], [FFT], **more), field)
