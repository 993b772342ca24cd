"""What the tests of race, tune and bench share: races with given times in the place of real ones, and a terminal."""

import io

from rich.console import Console

from convlab.cli import here
from convlab.timing.benches.benched import NDIMAGE, SCIPY
from convlab.timing.races import contest
from convlab.timing.shapes import suites
from convlab.timing.tuning import autotune
from tests.acting_contest import Crew, Stage
from tests.raced import row

SPEC = suites.get("source-004-1").spec
OURS = {
    "numpy-im2col": lambda spec: 8e-3, "numba-direct": lambda spec: 2e-5 * spec.w_shape[2] ** 2,
    "scipy-fft": lambda spec: 2e-3, "numpy-conv3d": lambda spec: None,
}  # fmt: skip
RAW = {**dict.fromkeys(SCIPY[1:], lambda spec: 4e-3), NDIMAGE: lambda spec: 0.03}


def staged(monkeypatch, seconds=None, **more):
    """Let contests take their times from a rule, and workers answer at once; return the rule's stage."""
    acting = Stage({**OURS, **RAW, **(seconds or {})}, **more)

    def contest_of_all(spec, names=None, **given):
        return acting(spec, names or list(OURS), **given)

    monkeypatch.setattr(here, "contest", contest_of_all)
    monkeypatch.setattr(contest, "contest", contest_of_all)
    monkeypatch.setattr(autotune, "tuning", acting.tuning)
    monkeypatch.setattr(here, "CREW", Crew())
    return acting


def drawn(what, width, **how):
    """Return the lines that a terminal of a width shows, without colours."""
    where = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None, **how)
    where.print(what)
    return [line.rstrip() for line in where.file.getvalue().splitlines()]


def timed(name, seconds, **more):
    given = {"error": 1e-7, "bound": 1e-6, "checked": "full", "gflops": 3.0, "workspace_bytes": 3 << 20}
    return row(name, seconds, **{**given, "first_call_s": 0.5, "peak_bytes": 5 << 20, **more})
