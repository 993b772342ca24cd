"""The pretended machine of lesson 12: its time passes when something is done, to the microsecond."""

import pytest

from convlab.workshop.pretended import Machine, Setting, told


def spent(setting, *done):
    """Return what a fine clock says about things that are done one after the other, in microseconds."""
    make, call, is_right, clock = Machine(setting).functions
    began = clock()
    for one in done:
        one(make, call, is_right)
    return round((clock() - began) * 1e6) - 1  # the second reading takes one


def test_time_passes_when_something_is_done_and_only_then():
    busy = Setting(work_s=2e-3, first_s=0.4, make_s=6e-3, check_s=5e-3)
    assert spent(busy) == 0
    assert spent(busy, lambda make, call, is_right: make()) == 6000
    assert spent(busy, lambda make, call, is_right: call(make())) == 408_000
    assert spent(busy, *[lambda make, call, is_right: call(make())] * 2) == 416_000
    assert spent(busy, lambda make, call, is_right: is_right(call(make()).result())) == 413_000


def test_work_that_goes_on_elsewhere_is_waited_for_by_its_result_alone():
    setting = Setting(work_s=2e-3, launch_s=1e-5)
    assert spent(setting, *[lambda make, call, is_right: call(make())] * 3) == 30
    make, call, is_right, clock = Machine(setting).functions
    began = clock()
    promises = [call(make()) for _ in range(3)]
    promises[-1].result()
    assert (
        round((clock() - began) * 1e6) - 1 == 10 + 3 * 2000
    )  # one after the other, from the first launch on
    assert is_right(promises[0].result()) and not is_right(promises[0])


def test_others_slow_down_one_measurement_after_another():
    make, call, _, clock = Machine(Setting(work_s=2e-3, slow=(2.5, 1.5, 1))).functions
    x, found = make(), []
    for _ in range(6):
        began = clock()
        call(x)
        found.append(round((clock() - began) * 1e6) - 1)
    assert found == [5000, 3000, 2000, 5000, 3000, 2000]


def test_a_coarse_clock_moves_in_steps():
    make, call, _, clock = Machine(Setting(work_s=0.7e-3, step_s=1e-3)).functions
    assert [call(make()) and clock() for _ in range(4)] == [0, 0.001, 0.002, 0.002]


def test_a_call_wants_what_make_returned():
    with pytest.raises(TypeError, match="what make"):
        Machine(Setting()).functions[1](None)


def test_a_machine_is_told_in_words():
    words = [str(one) for one in told(Setting(first_s=0.4, launch_s=1e-5, slow=(2, 1)))]
    assert words[1] == "<402 ms, then 2.00 ms each, back after 10.0 µs; others slow it down 2, 1 times>"
