"""What the threads of a pool do, as native functions: open a job, take items, see each other off, wait.

One caller at a time owns the pool. It writes its job down, *opens* it, takes items like everybody else until there
are none, *closes* it, and waits until nobody is *active*. A thread that sees an open job counts itself as active first
and looks again afterwards. Either the job is still open: then its caller has not looked yet whether anybody is active,
and will wait. Or it is closed, and the thread touches nothing. So nobody who comes late meets a job that is over.

Who waits looks again and again for a short time (`SPIN_NS`), which answers within a fraction of a microsecond, and
then sleeps in the operating system, which takes nothing from others and some microseconds to be woken from. A thread
that falls asleep counts itself as asleep first and looks again afterwards; who opens a job, or is the last to leave it,
looks for sleepers afterwards: again one of the two sees the other. Python's lock has no part in any of this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from convlab.backends.tiles.lanes import Lanes
from convlab.backends.tiles.words import Words

if TYPE_CHECKING:
    from llvmlite import ir

LINE = 16  # words: processors hand memory to each other in lines of 64 bytes, often two at a time
# Where things stand in the memory of a pool, in words. What different threads write stands in different lines.
OPEN, JOB, ARGUMENT, ITEMS = range(4)  # the open job: its number (0: none; STOP), function, argument, items
NEXT = LINE  # the first item that nobody has taken
ACTIVE = 2 * LINE  # how many threads, beside the caller, are at the open job or look whether it is open
BUSY = 3 * LINE  # 1 while somebody owns the pool
LAST = 4 * LINE  # the number of the last job
ASLEEP = 5 * LINE  # how many sleep before each of the two doors
SHARE = 6 * LINE  # the address of the native function `share`
LOCK, UNLOCK, SLEEP, WAKE, CLOCK, CLOCK_ID = range(SHARE + 1, SHARE + 7)  # and of the operating system's
MUTEX = 7 * LINE
DOORS = 8 * LINE  # its two conditions, a line each
THREADS = 10 * LINE  # from here on a line for each thread: a moment in two words, the job that it saw last
SAW = 2

BEGUN, LEFT = 0, 1  # the doors: threads wait until a job has begun, its caller until all have left it
STOP = -1
SPIN_NS = 50_000


def share(lanes: Lanes, state: ir.Value, job: ir.Value, argument: ir.Value, items: ir.Value) -> None:
    """Write: run a job for all items with all threads, or alone when the pool works for somebody else."""
    pool = Words(lanes, state)
    with lanes.builder.if_else(pool.take(BUSY)) as (owned, busy):
        with owned:
            pool.put(JOB, job)
            pool.put(ARGUMENT, argument)
            pool.put(ITEMS, items)
            pool.put(NEXT, 0)
            pool.put(OPEN, lanes.plus(pool.add(LAST, 1), 1))
            _wake(pool, BEGUN)
            _work(pool, lanes.number(0))
            pool.put(OPEN, 0)
            _wait(pool, lanes.number(0), LEFT, lambda: pool.equal(pool.load(ACTIVE), 0))
            pool.put(BUSY, 0)
        with busy:
            lanes.loop(items, [], lambda item, _: pool.call(job, argument, item, 0) or [])


def follow(lanes: Lanes, state: ir.Value, thread: ir.Value) -> None:
    """Write: be one of the threads of the pool, work at every job that opens, until told to stop."""
    pool, builder = Words(lanes, state), lanes.builder
    saw = lanes.plus(lanes.times(thread, LINE), THREADS + SAW)

    def is_open() -> ir.Value:
        found = pool.load(OPEN)
        return builder.not_(builder.or_(pool.equal(found, 0), pool.equal(found, pool.load(saw))))

    with pool.as_long_as(lambda: (builder.not_(pool.equal(pool.load(saw), STOP)),)):
        _wait(pool, thread, BEGUN, is_open)
        pool.add(ACTIVE, 1)
        found = pool.load(OPEN)  # only now: as long as it is open, its caller will wait for who is active
        pool.put(saw, found)
        with builder.if_then(pool.less(lanes.number(0), found)):
            _work(pool, thread)
        with builder.if_then(pool.equal(pool.add(ACTIVE, -1), 1)):
            _wake(pool, LEFT)


def stop(lanes: Lanes, state: ir.Value) -> None:
    """Write: send the threads home unless they are at work. The pool stays taken, so later callers work alone."""
    pool = Words(lanes, state)
    with lanes.builder.if_then(pool.take(BUSY)):
        pool.put(OPEN, STOP)
        _wake(pool, BEGUN)


def _work(pool: Words, thread: ir.Value) -> None:
    """Write: take one item after the other until there are none."""
    job, argument, items = (pool.load(place) for place in (JOB, ARGUMENT, ITEMS))

    def another() -> tuple[ir.Value, ir.Value]:
        item = pool.add(NEXT, 1)
        return pool.less(item, items), item

    with pool.as_long_as(another) as (_, item):
        pool.call(job, argument, item, thread)


def _wait(pool: Words, thread: ir.Value, door: int, is_over: Callable[[], ir.Value]) -> None:
    """Write: wait with open eyes for a while, then asleep."""
    builder, condition = pool.builder, pool.at(DOORS + LINE * door)
    until = pool.lanes.plus(_now_ns(pool, thread), SPIN_NS)

    def is_early() -> tuple[ir.Value]:
        return (builder.and_(builder.not_(is_over()), pool.less(_now_ns(pool, thread), until)),)

    with pool.as_long_as(is_early):
        pool.pause()
    with builder.if_then(builder.not_(is_over())):
        pool.call(pool.load(LOCK), pool.at(MUTEX))
        pool.add(ASLEEP + door, 1)
        with pool.as_long_as(lambda: (builder.not_(is_over()),)):
            pool.call(pool.load(SLEEP), condition, pool.at(MUTEX))
        pool.add(ASLEEP + door, -1)
        pool.call(pool.load(UNLOCK), pool.at(MUTEX))


def _wake(pool: Words, door: int) -> None:
    """Write: wake who sleeps before a door."""
    with pool.builder.if_then(pool.less(pool.lanes.number(0), pool.load(ASLEEP + door))):
        pool.call(pool.load(LOCK), pool.at(MUTEX))  # until they really sleep, they hold it
        pool.call(pool.load(UNLOCK), pool.at(MUTEX))
        pool.call(pool.load(WAKE), pool.at(DOORS + LINE * door))


def _now_ns(pool: Words, thread: ir.Value) -> ir.Value:
    """Write: what the clock says."""
    moment = pool.lanes.plus(pool.lanes.times(thread, LINE), THREADS)
    pool.call(pool.load(CLOCK), pool.load(CLOCK_ID), pool.at(moment))
    seconds, beyond = pool.load(moment), pool.load(pool.lanes.plus(moment, 1))
    return pool.lanes.plus(pool.lanes.times(seconds, 1_000_000_000), beyond)
