"""Lesson 12, one good answer: warm up and check, make blocks long enough for the clock, keep the least of seven."""


def time_call(make, call, is_right, clock):
    x = make()
    right = is_right(call(x).result())
    loops, least = 1, 1000 * tick(clock)
    while block(call, x, loops, clock) < least:
        loops *= 2
    return min(block(call, x, loops, clock) for _ in range(7)) / loops, right


def block(call, x, loops, clock):
    began = clock()
    for _ in range(loops):
        promise = call(x)
    promise.result()
    return clock() - began


def tick(clock):
    began = now = clock()
    while now == began:
        now = clock()
    return now - began
