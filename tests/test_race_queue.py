"""The queue of the timing slot: turns, places, expected waits, ghosts; with a clock of the tests' own."""

import pytest

from convlab.errors import Refused
from convlab.timing.queue import Place, Queue


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def queue(clock):
    return Queue(clock, cap=5, stale_s=60.0)


def served(queue, turns):
    """Return who is served in so many turns, each of which ends at once."""
    order = []
    for _ in range(turns):
        taken = queue.take()
        if taken is None:
            break
        order.append(taken[0])
        queue.done()
    return order


def test_one_job_runs_at_a_time(queue):
    queue.put("ann", "a", 1.0)
    queue.put("bob", "b", 1.0)
    assert queue.take() == ("ann", "a") and queue.take() is None
    queue.done()
    assert queue.take() == ("bob", "b")


def test_a_newer_job_replaces_the_one_that_waits_and_keeps_its_place(queue):
    for name in ("ann", "bob", "eve"):
        assert queue.put(name, f"{name} 1", 1.0) is None
    assert queue.put("bob", "bob 2", 1.0) == "bob 1"
    queue.take(), queue.done()
    assert queue.take() == ("bob", "bob 2")
    queue.done()
    assert queue.take() == ("eve", "eve 1")


def test_a_session_that_asks_while_its_job_runs_waits_behind_all_others(queue):
    queue.put("ann", "a1", 1.0)
    queue.put("bob", "b1", 1.0)
    queue.take()
    queue.put("ann", "a2", 1.0)
    assert queue.place("ann") == Place("waiting", 2, 2.0)
    queue.done()
    assert served(queue, 3) == ["bob", "ann"]


def test_one_who_asks_all_the_time_gets_one_turn_in_each_round(queue):
    order = []
    for name in ("ann", "bob", "eve"):
        queue.put(name, name, 1.0)
    for _ in range(12):
        for _ in range(20):
            queue.put("spam", "again", 1.0)
        session, _ = queue.take()
        order.append(session)
        queue.done()
        queue.put(session, session, 1.0)
    for start in range(0, 12, 4):
        assert sorted(order[start : start + 4]) == ["ann", "bob", "eve", "spam"]


def test_the_others_wait_hardly_longer_for_a_spammer():
    def waits(with_spam):
        clock = Clock()
        queue, asked, found = Queue(clock), {}, []
        for n in range(29):
            queue.put(n, n, 1.0)
            asked[n] = clock.now
        for _ in range(200):
            if with_spam:
                queue.put("spam", "again", 1.0)
            session, _ = queue.take()
            if session != "spam":
                found.append(clock.now - asked[session])
            clock.now += 1.0
            queue.done()
            if session != "spam":
                queue.put(session, session, 1.0)
                asked[session] = clock.now
        return sorted(found)[int(0.95 * len(found))]

    assert waits(True) <= 1.5 * waits(False)


def test_too_many_is_refused_with_the_number_and_disturbs_nobody(queue):
    for n in range(5):
        queue.put(n, n, 1.0)
    with pytest.raises(Refused, match="5 others wait already"):
        queue.put("late", "x", 1.0)
    assert queue.put(3, "newer", 1.0) == 3
    assert served(queue, 9) == [0, 1, 2, 3, 4]


def test_a_place_tells_how_many_are_ahead_and_how_long_that_takes(queue, clock):
    assert queue.place("ann") == Place("free", 0, 0.0)
    queue.put("ann", "a", 4.0)
    queue.put("bob", "b", 2.0)
    queue.put("eve", "e", 3.0)
    queue.take()
    clock.now += 1.0
    assert queue.place("ann") == Place("running", 0, 0.0)
    assert queue.place("bob") == Place("waiting", 1, 3.0)
    assert queue.place("eve") == Place("waiting", 2, 5.0)
    assert queue.place("new") == Place("busy", 3, 8.0)
    clock.now += 10.0
    assert queue.place("bob").wait_s == 0.0, "a job that takes longer than expected is expected to end now"


def test_what_jobs_take_corrects_what_the_next_are_expected_to_take(queue, clock):
    for _ in range(30):
        queue.put("ann", "a", 1.0)
        queue.take()
        clock.now += 2.0
        queue.done()
    queue.put("ann", "a", 1.0)
    queue.take()
    assert queue.place("new").wait_s == pytest.approx(2.0, rel=0.01)
    clock.now += 0.1
    queue.stopped()  # its shortness says nothing
    queue.put("ann", "a", 1.0)
    queue.take()
    assert queue.place("new").wait_s == pytest.approx(2.0, rel=0.01)


def test_a_job_whose_page_is_out_of_sight_for_a_minute_is_dropped(queue, clock):
    queue.put("ann", "a", 1.0)
    queue.put("bob", "b", 1.0)
    clock.now += 40.0
    queue.seen("bob")
    clock.now += 30.0
    assert queue.expire() == [("ann", "a")]
    assert queue.take() == ("bob", "b")


def test_who_is_away_for_a_moment_is_passed_over_and_keeps_the_place(queue):
    for name in ("ann", "bob", "eve"):
        queue.put(name, name, 1.0)
    assert queue.take(lambda session: session != "ann") == ("bob", "bob")
    queue.done()
    assert queue.take() == ("ann", "ann")


def test_a_session_that_leaves_takes_its_waiting_job_along(queue):
    queue.put("ann", "a", 1.0)
    queue.put("bob", "b", 1.0)
    assert queue.drop("ann") == ["a"] and queue.drop("ann") == []
    assert queue.take() == ("bob", "b")
