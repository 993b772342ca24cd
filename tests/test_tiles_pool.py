"""The pool of native threads: every item once whoever calls, and nobody late."""

import ctypes
import threading
import time

import numpy as np
import pytest

from convlab.backends.tiles import launch, pool, sharing
from convlab.backends.tiles.plain import put, word
from convlab.backends.tiles.words import Words
from tests.pooled import USLEEP, native, nest, occupy, share, started, tick, tick_slowly

SIZES = pytest.mark.parametrize("count", [2, 3, 9])  # of threads, whatever the machine has


def called_at_once(own, callers, jobs):
    """Let Python threads call a pool; return how often an item was not done exactly once, then or later."""
    done, wrong = [], []

    def work(seed):
        rng = np.random.default_rng(seed)
        for items in rng.integers(0, 40, jobs):
            wanted = (np.arange(41) < items).astype(np.int64)
            words = np.zeros(41, np.int64)
            share(own.address, native(tick), words, items)
            wrong.extend([items] * bool((words != wanted).any()))
            done.append((words, wanted))

    asking = [threading.Thread(target=work, args=(seed,)) for seed in range(callers)]
    for caller in asking:
        caller.start()
    for caller in asking:
        caller.join()
    assert len(done) == callers * jobs
    return len(wrong) + sum(bool((words != wanted).any()) for words, wanted in done)


@SIZES
def test_eight_callers_at_once_have_every_item_done_once(count):
    with started(count) as own:
        assert called_at_once(own, 8, 60) == 0


def test_every_item_is_done_once_however_slow_threads_are_in_between(monkeypatch):
    rng = np.random.default_rng(1)

    class Slow(Words):
        """Stops for a while before some of the instructions, so that others come between whatever can be parted."""

        def at(self, index):
            if rng.random() < 0.3:
                turns = self.lanes.number(int(10 ** rng.uniform(1, 4)))
                self.lanes.loop(turns, [], lambda i, _: self.pause() or [])
            return super().at(index)

    monkeypatch.setattr(sharing, "Words", Slow)
    make, slowed = pool._natives.__wrapped__, []
    monkeypatch.setattr(pool, "_natives", lambda: slowed[-1])
    for _ in range(4):
        slowed.append(make())
        with started(4) as own:
            assert called_at_once(own, 3, 40) == 0


def test_who_comes_late_finds_the_job_closed(monkeypatch):
    class Late(Words):
        """Sleeps before it counts itself in, when the first job ends; and before it takes an item, of the second."""

        def at(self, index):
            if isinstance(index, int) and index in (sharing.ACTIVE, sharing.NEXT):
                self.call(self.lanes.number(USLEEP), 10_000 if index == sharing.ACTIVE else 30_000)
            return super().at(index)

    share_, _, stop = pool._natives()
    monkeypatch.setattr(sharing, "Words", Late)
    follow = pool._natives.__wrapped__()[1]
    monkeypatch.setattr(pool, "_natives", lambda: (share_, follow, stop))
    with started(2) as own:
        first, second = np.zeros((2, 60), np.int64)
        first[:2] = second[:2] = USLEEP, 2500  # what thread 0 sleeps for each item
        share(own.address, native(tick_slowly), first, 2)
        time.sleep(0.01)
        share(own.address, native(tick_slowly), second, 20)
        assert first[20:].tolist() == [1, 1] + [0] * 38
        assert second[20:].tolist() == [1] * 20 + [0] * 20


@SIZES
def test_two_calls_at_the_same_time_never_have_the_same_thread(count):
    words = np.zeros(20, np.int64)
    with started(count) as own:
        for items in (1, 2, 500, 3, 500):
            share(own.address, native(occupy), words, items)
    assert words[0] == 0 and words[1] == 1006


def test_all_threads_take_part_and_the_caller_waits_for_the_slowest():
    with started(3) as own:
        for slow in range(3):  # the caller too: then the others wait for the next job
            words = np.zeros(32, np.int64)
            words[0], words[1:4] = USLEEP, 2000
            words[1 + slow] = 30_000
            share(own.address, native(tick_slowly), words, 12)
            assert (words[20:32] == 1).all() and words[10:13].sum() == 12
            assert (words[10:13] > 0).all() and words[10 + slow] < 6


def test_nobody_who_comes_late_touches_a_job_that_is_over():
    rng = np.random.default_rng(3)
    with started(4) as own:
        kept = [np.zeros(8, np.int64) for _ in range(600)]
        for words in kept:
            if rng.random() < 0.3:
                time.sleep(2e-4)  # they fall asleep, and wake when all is over
            share(own.address, native(tick), words, 3)
            assert words.tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
            words[:] = 77
        time.sleep(0.01)
        assert all((words == 77).all() for words in kept)
        assert own._words[sharing.ACTIVE] == 0 and own._words[sharing.BUSY] == 0


def test_a_job_may_share_and_then_works_alone():
    with started(3) as own:
        for _ in range(50):
            words = np.zeros(3 + 4 * 7, np.int64)
            words[:3] = pool._natives()[0], own.address, native(tick)
            share(own.address, native(nest), words, 7)
            assert (words[3:] == 1).all()


def count_item(words, item, _thread):
    """Count in word `item`, as a plain function."""
    put(words, item, word(words, item) + 1)


def test_plain_functions_are_shared_with_and_without_a_pool(monkeypatch):
    with started(3) as own:
        for address in (own.address, 0):
            monkeypatch.setattr(pool, "state", lambda address=address: address)
            for items in (0, 1, 2, 33):
                words = np.zeros(40, np.int64)
                launch.share(count_item, words, items)
                assert (words[:items] == 1).all() and not words[items:].any()


def test_the_pool_of_the_process_is_one_and_has_as_many_threads_as_it_says(monkeypatch):
    with started(1) as alone:
        assert alone.address == 0 and not alone.threads
    make, made, found = pool._Pool, [], []

    def slowly(count):
        time.sleep(0.05)
        made.append(make(count))
        return made[-1]

    monkeypatch.setattr(pool, "_Pool", slowly)
    monkeypatch.setattr(pool, "_POOLS", [])
    askers = [threading.Thread(target=lambda: found.append(pool.state())) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(made) == 1 and found == [made[0].address] * 8
    assert (found[0] != 0) == (pool.threads() > 1) and len(made[0].threads) == pool.threads() - 1
    made[0].send_home()


@pytest.mark.parametrize("lacks", ["a function of the system", "a library", "more threads"])
def test_without_the_system_s_help_there_is_no_pool(monkeypatch, lacks):
    def refuse(*_):
        raise {"a library": TypeError, "more threads": RuntimeError}[lacks](lacks)

    if lacks == "a library":
        monkeypatch.setattr(ctypes, "CDLL", refuse)
    elif lacks == "more threads":
        monkeypatch.setattr(threading.Thread, "start", refuse)
    else:
        monkeypatch.setitem(pool.SYSTEM, sharing.WAKE, "no_such_function_anywhere")
    with started(4) as own:
        assert own.address == 0 and not own.threads
