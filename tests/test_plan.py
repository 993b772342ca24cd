"""A filter that is held: a plan computes what a run computes, of the filter as it was, and is timed apart from it."""

import json

import numpy as np
import pytest

from convlab.backends import get
from convlab.backends.stopwatch import HeldStopwatch
from convlab.operands import noise
from convlab.spec import ConvSpec
from convlab.timing.races.result import Race
from tests.racing import FakeCrew, Here, raced
from tests.takers import GENERAL, LIMITED, taken

SPECS = [
    ConvSpec((2, 3, 9, 8), (4, 3, 3, 2), "same", dtype="float64"),
    ConvSpec((1, 4, 7), (2, 2, 3), "full", stride=2, groups=2, flip=False),
]


ASKED = [*taken(SPECS, GENERAL), *((name, spec) for name, spec in LIMITED.items())]


@pytest.mark.parametrize(("name", "spec"), ASKED, ids=str)
def test_a_plan_computes_what_a_run_does_of_the_filter_as_it_was(name, spec):
    backend = get(name)
    x, w = noise(spec, 1)
    given, w = w.copy(), np.asarray(w[::-1])[::-1]  # a view
    plan, wanted = backend.plan(w, spec), backend.run(x, given, spec)
    w[...] = np.nan
    out = np.full(spec.y_shape, np.nan, spec.dtype)
    assert plan(x).tobytes() == wanted.tobytes()
    assert plan(x, out) is out and plan(x, out=out).tobytes() == wanted.tobytes()
    assert backend.filter_bytes(spec) >= given.nbytes or not backend.is_exact


class Clock:
    """Time that passes only when something takes it."""

    now = 0.0

    def __call__(self):
        return self.now

    def takes(self, seconds):
        self.now += seconds


def test_a_held_filter_is_made_ready_before_the_blocks_and_told_apart():
    clock, compiles = Clock(), iter([9.0])

    def prepare():
        clock.takes(next(compiles, 0.0) + 0.25)
        return plan

    def plan(x, out):
        clock.takes(0.125)
        return x + 1 if out is None else np.add(x, 1, out)

    watch = HeldStopwatch(prepare, np.zeros(2), clock)
    first = watch.first()
    assert (first.seconds, first.parts, first.y.tolist()) == (9.375, {"filter": 0.25}, [1.0, 1.0])
    assert watch.block(4) == 0.5 and watch.out is first.y


@pytest.mark.parametrize("name", ["numpy-im2col", "scipy-rfft"])
def test_a_backend_is_timed_with_its_filter_held_where_that_is_asked(name):
    spec = SPECS[0]
    x, w = noise(spec)
    held, plain = get(name).stopwatch(x, w, spec, held=True), get(name).stopwatch(x, w, spec)
    assert held.first().parts["filter"] > 0 and "filter" not in plain.first().parts
    w[...] = 0
    assert held.block(1) > 0 and plain.block(1) > 0
    assert held.out.any() and not plain.out.any()


def test_a_race_of_plans_times_what_is_done_with_x_and_tells_the_filter_apart():
    race = raced(Here(), ("numpy-im2col", "scipy-rfft"), SPECS[0], budget_s=0.02, held=True)
    assert race.held and all(row.parts["filter"] > 0 and row.state == "timed" for row in race.rows)
    assert "Plans held the filters." in race.sentence
    assert (
        Race.from_json(race.to_json()).held and not Race.from_json(race.to_json().replace("true", "0")).held
    )


def test_every_backend_of_a_race_is_told_to_hold_and_nothing_is_learnt_of_its_times():
    crew, plain = FakeCrew({"numpy-im2col": 2e-3}), FakeCrew({"numpy-im2col": 2e-3})
    raced(crew, ["numpy-im2col"], held=True), raced(plain, ["numpy-im2col"])
    asked = [ask.words.get("held") for ask in crew.asked if ask.do in ("first", "slice")]
    assert asked and all(asked) and not any("held" in ask.words for ask in plain.asked)
    rows = [next(ask.words["rows"] for ask in one.asked if ask.do == "learn") for one in (crew, plain)]
    assert rows[0] == [] and len(rows[1]) == 1


def test_a_race_written_before_filters_were_held_still_reads():
    words = json.loads(Race(SPECS[0], ()).to_json())
    del words["held"]
    assert Race.from_words(words).held is False
