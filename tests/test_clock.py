"""Blocks are long enough for the clock, whatever the clock and the call are: with a clock that is none."""

import gc

import numpy as np
import pytest

from convlab.backends import get, theano_worker
from convlab.backends.stopwatch import Stopwatch
from convlab.backends.theano_worker.talk import Answer
from convlab.operands import noise
from convlab.spec import ConvSpec
from convlab.timing.measuring import clock, peak, spent


class Clock:
    """Time that passes only when something takes it, and shows in steps."""

    def __init__(self, step=1e-9, look=0.0):
        self.now, self.step, self.look = 0.0, step, look

    def __call__(self):
        self.now += self.look
        return round(self.now / self.step) * self.step

    def takes(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(("call_s", "loops"), [(5e-9, 1 << 18), (1e-4, 16), (0.9e-3, 2), (1e-3, 1), (0.2, 1)])
def test_a_block_takes_a_millisecond_at_least_and_a_long_call_is_a_block(call_s, loops):
    found = clock.calibrate(lambda count: count * call_s)
    assert found == loops and (found * call_s >= clock.BLOCK_S or found == clock.MOST_LOOPS)


def test_a_block_that_was_long_by_accident_does_not_shorten_the_others():
    disturbed = iter([0.5])
    assert clock.calibrate(lambda count: next(disturbed, count * 1e-4)) == 16


def test_a_call_that_takes_no_time_at_all_does_not_loop_for_ever():
    assert clock.calibrate(lambda count: 0.0) == clock.MOST_LOOPS


def test_a_coarse_clock_wants_longer_blocks():
    assert clock.step(Clock(1e-5, 1e-6)) == pytest.approx(1e-5)
    assert clock.enough(Clock(1e-5, 1e-6)) == pytest.approx(1e-2)
    assert clock.enough(Clock(1e-9, 1e-9)) == clock.BLOCK_S


@pytest.mark.parametrize(("seconds", "count"), [(0.0, 1), (0.025, 13), (0.024, 12)])
def test_blocks_go_on_for_the_time_that_is_given_and_are_one_at_least(seconds, count):
    now = Clock()

    def block(loops):
        now.takes(loops * 1e-3)
        return loops * 1e-3

    assert clock.blocks(block, 2, seconds, now) == [1e-3] * count


def test_a_stopwatch_counts_only_the_calls_and_writes_into_one_output():
    now, outs = Clock(), []

    def run(out):
        now.takes(0.5 if out is None else 0.01)
        outs.append(out)
        return np.zeros(3) if out is None else out

    watch = Stopwatch(run, now)
    first = watch.first()
    assert (first.seconds, first.parts) == (0.5, {}) and watch.block(4) == pytest.approx(0.04)
    assert outs[0] is None and all(out is first.y for out in outs[1:]) and len(outs) == 5


def test_the_collector_of_garbage_rests_within_and_is_as_before_after():
    with clock.undisturbed():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    with clock.undisturbed():
        pass
    was_on = gc.isenabled()
    gc.enable()
    assert not was_on
    with pytest.raises(ValueError, match="x"), clock.undisturbed():
        raise ValueError("x")
    assert gc.isenabled()


def test_a_peak_counts_what_a_call_took_and_gave_back():
    if peak.extra_bytes(lambda: None) is None:
        pytest.skip("this system does not tell the peak of a process's memory")
    small, large = peak.extra_bytes(lambda: np.ones(1 << 17)), peak.extra_bytes(lambda: np.ones(1 << 22))
    assert abs(large - (8 << 22)) < 2 << 20 and small < 4 << 20


def test_where_the_system_does_not_tell_the_call_is_made_all_the_same(tmp_path):
    called = []
    assert peak.extra_bytes(lambda: called.append(1), tmp_path / "nothing") is None and called == [1]


def test_theano_is_timed_by_its_own_process(monkeypatch):
    asked = []

    def call(function, arrays, words, *, gradient, repeats, deadline_s):
        asked.append((function, gradient, repeats))
        return Answer(
            {"y": np.zeros((1, 1, 3, 3))},
            ("CorrMM",),
            0.002,
            not repeats,
            0.001,
            None,
            "1.0.5",
            repeats * 0.01,
        )

    monkeypatch.setattr(theano_worker, "call", call)
    spec = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3))
    watch = get("theano-corrmm").stopwatch(*noise(spec), spec)
    first = watch.first()
    assert first.y.shape == (1, 1, 3, 3) and first.parts["compile"] == 0.002 and first.parts["transfer"] >= 0
    assert watch.block(4) == pytest.approx(0.04) and asked == [("conv2d", False, 0), ("conv2d", False, 4)]
    assert watch.pid is not None  # so that nothing is taken for this process's own


def test_what_passed_meanwhile_is_told_as_a_difference_and_what_is_not_told_as_nothing(monkeypatch):
    readings = [{"wall_s": 7.0, "cpu_s": 3.0, "wait_s": 1.0}, {"wall_s": 9.0, "cpu_s": 6.0, "wait_s": None}]
    monkeypatch.setattr(spent, "_so_far", lambda pid: readings.pop(0))
    with spent.accounts() as found:
        pass
    assert found == {"wall_s": 2.0, "cpu_s": 3.0, "wait_s": None}
    total = spent.Spent().add(found)
    assert (total.turns, total.waits, total.lacks) == (1, 0.0, 0.0)
