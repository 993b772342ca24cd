"""Stand-ins for the Race screen's tests: a race made by hand, a desk whose slot is free."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.desk import Desk
from convlab.dashboard.state.race.live import Live
from convlab.dashboard.state.race.scene import Shown
from convlab.timing.races.result import Race, Row
from convlab.timing.sweeps.axis import at
from convlab.timing.sweeps.swept import Sweep

WHEN = "2026-11-20T14:03:12+00:00"
MACHINE = {"cpu": "a processor", "processors": 2, "governor": None, "numpy": "2.4.0", "scipy": "1.17.0"}


def timed(name, seconds, **more):
    """Return a row that was timed and is right."""
    usual = {
        "first_call_s": 3 * seconds, "min_s": seconds, "median_s": 1.02 * seconds, "q1_s": 1.01 * seconds,
        "q3_s": 1.03 * seconds, "loops": 3, "blocks": 9, "error": 2e-7, "bound": 4e-6, "share": 0.05,
        "checked": "full", "workspace_bytes": 1 << 20, "peak_bytes": 2 << 20, "gflops": 0.098 / seconds,
    }  # fmt: skip
    return Row(name, "cpu", name.partition("-")[0], "timed", **usual | more)


ROWS = (
    timed("scipy-fft", 0.0094, error=9e-7, share=0.225, flags=("noisy",)),
    timed("numba-direct", 0.0023, is_exact=True, parts={"compile": 0.52}),
    timed("numpy-im2col", 0.0051, is_exact=True, checked="sampled", error=0.0, share=0.0),
    Row("numpy-loops", "cpu", "numpy", "pruned", says="It would take about 49 s.", is_exact=True),
    Row("numba-legacy", "cpu", "numba", "wrong", says="12 times over the bound.", error=5e-5, bound=4e-6, share=12.0),
    Row("numba-c01b", "cpu", "numba", "refused", kind="not by this backend", says="It takes filters by the 16.",
        hint="Use 16 filters.", change={"w_shape": (16, 1, 11, 11)}),
    Row("numpy-conv3d", "cpu", "numpy", "refused", kind="over a limit", says="187 GiB; the limit is 2 GiB.",
        hint="Use 4 images.", change={"x_shape": (4, 1, 100, 100)}),
    Row("scipy-oa", "cpu", "scipy", "lost", kind="stopped", says="Its process ran out of memory."),
)  # fmt: skip


def race(rows=ROWS, state="done", course=None):
    """Return a race made by hand."""
    return Race((course or Course()).spec, tuple(rows), MACHINE, WHEN, 2.0, 0, state)


def sweep(values=(3, 11, 31), asked=None):
    """Return a sweep along K made by hand, in which scipy-fft passes scipy-ndimage."""
    spec, points = Course().spec, {}
    for k in values:
        rows = timed("scipy-ndimage", 0.0142 * (k / 11) ** 2), timed("scipy-fft", 0.0094 * (k / 11) ** 0.1)
        points[k] = replace(race(rows), spec=at(spec, "K", k))
    return Sweep(spec, "K", tuple(asked or values), points)


@asynccontextmanager
async def free(waiting=None):
    """Stand for the timing slot of a machine that nobody else uses."""
    yield


class FakeJob:
    """A job that does what a test says; it writes down what happens to it."""

    expected_s = 1.0

    def __init__(self, seconds=0.01, turns=1, error=None):
        self.seconds, self.turns, self.error, self.said = seconds, turns, error, []

    async def turn(self):
        self.said.append("turn")
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.said.append("cancelled")
            raise
        if self.error is not None:
            raise self.error
        self.turns -= 1
        self.said.append("ended")
        return self.turns > 0

    def dropped(self):
        self.said.append("dropped")

    def failed(self, error):
        self.said.append(type(error).__name__)


def free_desk(**options):
    """Return a desk whose slot nobody else holds."""
    return Desk(free, **options)


class Picture:
    """Stands for the picture in a browser; it writes down what it is sent."""

    def __init__(self):
        self.scenes, self.all_news, self.ask = [], [], None
        self.param = SimpleNamespace(watch=lambda act, trait: setattr(self, "act", act), update=self.update)

    def update(self, scene, news):
        self.scenes.append(scene)
        self.all_news.append(news)

    def __setattr__(self, name, value):
        if name == "news":
            self.all_news.append(value)
        else:
            object.__setattr__(self, name, value)

    def says(self, n, **change):
        self.act(SimpleNamespace(new={"n": n, "change": change}))
        return self.scenes[-1]

    @property
    def shown(self):
        """What the browser shows: the scene, and over it the news since."""
        return self.scenes[-1] | (self.all_news[-1] if self.all_news else {})


def ended(*rows, **options):
    """Return a race that has ended, with the usual rows unless others are given."""
    live = Live()
    live.end(race(rows or ROWS), **options)
    return live


def shown(live=None, **more):
    """Return what the screen shows of a race; of one that has ended, unless another is given."""
    return Shown(Course(), live or ended(), **more)
