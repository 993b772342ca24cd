"""A hundred workers killed at work, while others are asked all the time: nobody else may notice.

Run it from the root of a checkout: ``python -m benchmarks.kills [--kills N]``. In turn a worker is killed from
outside, passes its deadline, and is cancelled on an event loop, each time in a loop of SciPy's that lets no other
Python run in its process. Beside it a thread and an event loop time calls in workers of their own, and check what
comes back. A loop that does nothing, in a process of its own, shows how long the system itself lets a loop stand still:
that much is granted. Ends with 1 when an answer is wrong, when a neighbour was disturbed, or when a figure is missed.
"""

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
import threading
import time

import psutil

from convlab import ConvSpec, pipes
from convlab.timing.crew import Ask, AsyncCrew, Crew, WorkerLost
from convlab.timing.words import spec_out

STALL = "event loop stood still"
FIGURES = {  # what is measured, and the most that it may be
    "deadline passed until told": 0.25,
    "cancelled until gone": 0.5,
    "lost until the next answer": 1.0,
    STALL: 0.1,
}
LONG = {"backend": "scipy-direct", "spec": spec_out(ConvSpec((1, 1, 4000, 4000), (1, 1, 99, 99)))}
SHORT = {"backend": "numpy-fft", "spec": spec_out(ConvSpec((4, 1, 32, 32), (2, 1, 5, 5)))}
AT_WORK_S = 0.15  # from the ask until its loop is under way
BEAT_S = 0.005
IDLE = """
import select, sys, time
worst, ended = 0.0, False
while not ended:
    began = time.perf_counter()
    ended = bool(select.select([sys.stdin], [], [], 0.005)[0])
    worst = max(worst, time.perf_counter() - began - 0.005)
print(worst)
"""


def main():
    """Kill, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    wish = parser.parse_args()
    seen = {what: [] for what in FIGURES}
    stop, beside = threading.Event(), {"a thread": [], "an event loop": []}
    neighbours = [
        threading.Thread(target=in_a_thread, args=(stop, beside["a thread"])),
        threading.Thread(target=lambda: asyncio.run(on_a_loop(stop, beside["an event loop"], seen))),
    ]
    idle = subprocess.Popen(
        [sys.executable, "-c", IDLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    for neighbour in neighbours:
        neighbour.start()
    try:
        lost = asyncio.run(kills(wish.kills, seen))
    finally:
        stop.set()
        for neighbour in neighbours:
            neighbour.join()
    disturbed = sum(not right for answers in beside.values() for right in answers)
    calls = ", ".join(f"{len(answers)} by {who}" for who, answers in beside.items())
    print(
        f"{lost} of {wish.kills} workers lost and replaced; beside them calls: {calls}; {disturbed} disturbed"
    )
    granted = float(idle.communicate()[0])
    print(f"a loop that does nothing stood still for {1e3 * granted:.1f} ms at worst")
    missed = [what for what in FIGURES if not report(what, seen[what], granted * (what == STALL))]
    left = [child.pid for child in psutil.Process().children(recursive=True)]
    print(f"processes left: {left or 'none'}")
    return int(disturbed > 0 or lost != wish.kills or bool(missed) or bool(left))


async def kills(count, seen):
    """Lose so many workers in three ways; return how many were lost as they should be."""
    crew, loop_crew, lost = Crew(), AsyncCrew(), 0
    heart = asyncio.create_task(beats(seen[STALL]))
    for number in range(count):
        way = (killed, late, cancelled)[number % 3]
        lost += await way(loop_crew if way is cancelled else crew, seen)
    heart.cancel()
    await asyncio.to_thread(crew.close)
    await loop_crew.aclose()
    return lost


async def killed(crew, seen):
    """Kill a worker from outside, as a system does that is short of memory."""
    await asyncio.to_thread(crew.ask, echo())
    asked = asyncio.create_task(asyncio.to_thread(crew.ask, work()))
    await asyncio.sleep(AT_WORK_S)
    pipes.end(crew.pids()["cpu"])
    with contextlib.suppress(WorkerLost):
        await asked
    how = getattr(asked.exception(), "signal", "")
    return await asyncio.to_thread(answered, crew, seen) and how == "SIGKILL"


async def late(crew, seen):
    """Let a worker pass its deadline."""
    await asyncio.to_thread(crew.ask, echo())
    began, how = time.perf_counter(), ""
    try:
        await asyncio.to_thread(crew.ask, work(deadline_s=AT_WORK_S))
    except WorkerLost as end:
        how = end.how
    seen["deadline passed until told"].append(time.perf_counter() - began - AT_WORK_S)
    return await asyncio.to_thread(answered, crew, seen) and how == "late"


async def cancelled(crew, seen):
    """Cancel what an event loop waits for."""
    await crew.ask(echo())
    asked = asyncio.create_task(crew.ask(work()))
    await asyncio.sleep(AT_WORK_S)
    pid, began = crew.pids()["cpu"], time.perf_counter()
    asked.cancel()
    while psutil.pid_exists(pid):
        await asyncio.sleep(0.001)
    seen["cancelled until gone"].append(time.perf_counter() - began)
    began = time.perf_counter()
    right = await crew.ask(echo()) == {"a": 1}
    seen["lost until the next answer"].append(time.perf_counter() - began)
    return right and asked.cancelled()


def answered(crew, seen):
    """Tell whether the next worker answers, and note how long that takes."""
    began = time.perf_counter()
    right = crew.ask(echo()) == {"a": 1}
    seen["lost until the next answer"].append(time.perf_counter() - began)
    return right


def echo():
    """Return an ask that takes no time."""
    return Ask("cpu", "echo", {"a": 1}, 60.0)


def work(words=LONG, deadline_s=600.0):
    """Return an ask for one call: a long one takes far longer than this script."""
    return Ask("cpu", "slice", {**words, "seed": 0, "loops": 1, "seconds": 0.005}, deadline_s)


def is_right(reply):
    """Tell whether a slice brought the times of its calls."""
    return reply["loops"] == 1 and all(0 < call_s < 60 for call_s in reply["calls_s"])


def in_a_thread(stop, answers):
    """Ask a worker until told to stop; note whether each answer is right."""
    crew = Crew()
    while not stop.is_set():
        answers.append(harmless(lambda: crew.ask(work(SHORT))))
        time.sleep(0.02)
    crew.close()


def harmless(ask):
    """Tell whether an ask is answered as if nothing happened."""
    try:
        return is_right(ask())
    except Exception as error:  # whatever it is, it is a disturbance
        print(f"disturbed: {error}", file=sys.stderr)
        return False


async def on_a_loop(stop, answers, seen):
    """Ask a worker of an event loop until told to stop, and note the longest time that the loop stood still."""
    crew = AsyncCrew()
    heart = asyncio.create_task(beats(seen[STALL]))
    while not stop.is_set():
        try:
            answers.append(is_right(await crew.ask(work(SHORT))))
        except Exception as error:  # as above
            print(f"disturbed: {error}", file=sys.stderr)
            answers.append(False)
        await asyncio.sleep(0.02)
    heart.cancel()
    await crew.aclose()


async def beats(stalls):
    """Note by how much each beat of an event loop comes late."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(BEAT_S)
        stalls.append(time.perf_counter() - began - BEAT_S)


def report(what, seconds, granted):
    """Print the times beside the most that they may be, and tell whether they keep to it or are granted more."""
    if not seconds:
        return True
    middle, worst = 1e3 * statistics.median(seconds), 1e3 * max(seconds)
    most = 1e3 * FIGURES[what]
    print(f"{what}: {middle:.1f} ms median, {worst:.1f} at worst of {len(seconds)}; at most {most:.0f}")
    return worst <= most + 1e3 * granted


if __name__ == "__main__":
    sys.exit(main())
