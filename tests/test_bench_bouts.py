"""What a worker does in a match: entrants that are right and timed, ceilings, probes."""

from dataclasses import replace

import numpy as np
import pytest

from convlab.backends import get
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import ConvSpec
from convlab.timing.benches.match import away
from convlab.timing.benches.matched import Match
from convlab.timing.measuring import bouts, ceilings, entrants
from convlab.timing.measuring.question import Question
from tests.field import STACK

SMALL = [
    Question(ConvSpec((2, 1, 7, 8), (1, 1, 3, 2)), order="last"),
    Question(ConvSpec((2, 4, 7, 8), (6, 2, 3, 2), stride=2, groups=2, padding=1)),
    Question(ConvSpec((2, 3, 7, 8), (4, 3, 3, 2), stride=(2, 1), padding=1), "dx"),
    Question(ConvSpec((2, 4, 7, 8), (6, 2, 3, 2), padding=1, groups=2), "dw"),
    Question(ConvSpec((2, 3, 5, 5), (1, 3, 3, 3), padding=((1, 0), (0, 2)), flip=False), "call"),
]


@pytest.mark.parametrize("question", SMALL, ids=lambda one: f"{one.computes}{one.order}")
@pytest.mark.parametrize("reused", [True, False], ids=["reused", "fresh"])
def test_a_backend_that_enters_is_right_and_is_timed(question, reused, tmp_path):
    name = entrants.CALL if question.computes == "call" else "numpy-im2col"
    words = question.words()
    scale = bouts.pose(words, str(tmp_path))["scale"]
    made = question.rewrite()
    truth = judge(made.x, made.w, made.spec)
    assert scale == np.abs(truth).max()
    entered = bouts.enter(name, words, reused, str(tmp_path))
    assert entered["says"] is None and entered["share"] <= 1 and entered["again_s"] > 0
    turned = bouts.turn(name, words, reused, 3, 0.0)
    assert turned["loops"] == 3 and min(turned["calls_s"]) > 0 and (turned["faults"] or 0) >= 0
    one = entrants.entrant(name, question, reused)
    found = question.judge_form(one.read(one.call()))
    assert measure(found, truth, BOUNDS["direct"](made.x, made.w, made.spec, truth)).share <= 1
    if question.computes == "y":
        assert (one.call() is one.call()) == reused
        assert one.call().strides == question.empty().strides
    assert bouts.clear() == {} and bouts._kept is None


def test_a_plan_that_answers_wrongly_is_found_out(tmp_path, monkeypatch):
    backend, question = get("numpy-im2col"), SMALL[1]
    bouts.pose(question.words(), str(tmp_path))
    right = backend.plan(question.w, question.spec)

    def off(x, out=None):
        y = right(x, out)
        y.flat[-1] += 1e-3
        return y

    monkeypatch.setattr(backend, "plan", lambda w, spec: off)
    assert (
        "the definition gives" in bouts.enter("numpy-im2col", question.words(), True, str(tmp_path))["says"]
    )


def test_a_library_function_enters_at_its_best(tmp_path):
    question = SMALL[0]
    bouts.pose(question.words(), str(tmp_path))
    for name in away(replace(Match.of(STACK), question=question)):
        assert bouts.enter(name, question.words(), True, str(tmp_path))["says"] is None
        assert bouts.turn(name, question.words(), True, 1, 0.0)["calls_s"][0] > 0
    bouts.clear()


def test_the_ceilings_are_measured_on_one_thread_and_on_all(monkeypatch):
    monkeypatch.setattr(ceilings, "TRIES", 1)
    monkeypatch.setattr(ceilings, "CACHES", (("L1", 1 << 12),))
    for made in (ceilings.rate, ceilings._both):
        monkeypatch.setattr(made, "__defaults__", made.__defaults__ and (2, 1e-5))
    found = ceilings.ceilings()
    rates = [*found["gflops"].values(), *found["copy_gbs"].values()]
    assert len(rates) == 3 and all(0 < one["one"] <= one["all"] for one in rates)
    assert ceilings.peak("float64") > 0


def test_the_probes_do_what_they_are_counted_for():
    from convlab.backends.tiles import machine, probes

    run_, flops = probes.multiply_adds("float32")
    assert flops == 2 * probes.SUMS * machine.width("float32")
    numbers = run_.__closure__[
        [type(cell.cell_contents) for cell in run_.__closure__].index(np.ndarray)
    ].cell_contents
    run_(3)
    begin = np.arange(probes.SUMS)[:, None] * np.ones(machine.width("float32"))
    assert np.array_equal(numbers[2:], begin / 8 + 1.75)
    copy, moved = probes.copies(1 << 13)
    copy(1)
    blocks = [cell.cell_contents for cell in copy.__closure__ if isinstance(cell.cell_contents, np.ndarray)]
    assert len(blocks) == 2 and moved == 2 * blocks[0].nbytes and np.array_equal(*blocks) and blocks[0].all()
