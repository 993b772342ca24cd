"""What it costs to ask the real Theano: a warm call, a new process, and a hundred kills in a row.

Run it from the root of a checkout where Theano is set up: ``python -m benchmarks.theano_worker [--kills N]``. While one
worker is killed again and again, another is asked all the time, by a thread of its own: it must not notice. Ends
with 1 when an answer is wrong, when anything was disturbed, or when a warm call takes 20 ms.
"""

import argparse
import asyncio
import statistics
import sys
import threading
import time

import numpy as np

from convlab import pipes
from convlab.backends import theano_worker
from convlab.backends.theano_worker import loop, process, talk

X, W = np.arange(25.0).reshape(1, 1, 5, 5), np.ones((1, 1, 3, 3))
Y = np.array([[[[54.0, 63, 72], [99, 108, 117], [144, 153, 162]]]])
QUESTION = talk.question("conv2d", {"x": X, "w": W}, {}, False, 0)
WARM_S = 0.02


def main():
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--calls", type=int, default=500)
    wish = parser.parse_args()
    if reason := theano_worker.unavailable():
        sys.exit(reason)
    print(", ".join(f"{name} {what}" for name, what in theano_worker.describe().items()))
    warm = report("warm 5 × 5 call, waited for", repeated(wish.calls))
    report("warm 5 × 5 call, on an event loop", asyncio.run(repeated_on_a_loop(wish.calls)))
    wrong, disturbed, asked = kills(wish.kills)
    print(f"{wish.kills} kills: {wrong} wrong answers; beside them {asked} calls, {disturbed} disturbed")
    return int(wrong + disturbed > 0 or warm >= WARM_S)


def timed(ask):
    """Return the seconds of one call; its answer must be right."""
    began = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - began
    if not np.array_equal(answer.arrays["y"], Y):
        sys.exit(f"A wrong answer: {answer.arrays['y'].tolist()}")
    return took


def repeated(calls):
    """Return the seconds of each of many warm calls."""
    theano_worker.call("conv2d", {"x": X, "w": W})
    return [timed(lambda: theano_worker.call("conv2d", {"x": X, "w": W})) for _ in range(calls)]


async def repeated_on_a_loop(calls):
    """Return the seconds of each of many warm calls that an event loop makes."""
    client, took = loop.AsyncClient(), []
    await client.ask(QUESTION, 60)
    for _ in range(calls):
        began = time.perf_counter()
        await client.ask(QUESTION, 60)
        took.append(time.perf_counter() - began)
    await client.close()
    return took


def kills(count):
    """Kill a worker again and again; return (wrong answers, disturbances of another worker, its calls)."""
    stop, seen = threading.Event(), []
    beside = threading.Thread(target=ask_beside, args=(stop, seen))
    beside.start()
    wrong, times = 0, []
    client = process.Client()
    client.ask(QUESTION, 60)
    for number in range(count):
        pipes.end(client.pid)
        if number % 2:  # every other kill is noticed while a call is made
            client._process.wait()
        began = time.perf_counter()
        while True:
            try:
                wrong += not np.array_equal(client.ask(QUESTION, 60).arrays["y"], Y)
                break
            except theano_worker.TheanoDied:
                continue
        times.append(time.perf_counter() - began)
    client.close()
    stop.set()
    beside.join()
    report("killed, started again and answered", times)
    return wrong, sum(not right for right in seen), len(seen)


def ask_beside(stop, seen):
    """Ask another worker until told to stop; note whether each answer is right."""
    client = process.Client()
    while not stop.is_set():
        try:
            seen.append(np.array_equal(client.ask(QUESTION, 60).arrays["y"], Y))
        except Exception as error:  # whatever it is, it is a disturbance
            print(f"disturbed: {error}", file=sys.stderr)
            seen.append(False)
        time.sleep(0.05)
    client.close()


def report(what, seconds):
    """Print the times and return their median."""
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    print(f"{what}: {1e3 * low:.2f} ms at best, {1e3 * middle:.2f} median, {1e3 * high:.2f} at worst")
    return middle


if __name__ == "__main__":
    sys.exit(main())
