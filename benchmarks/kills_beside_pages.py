"""A hundred workers killed under one page's race, while other pages of the same server are in use.

Run it from the root of a checkout: ``python -m benchmarks.kills_beside_pages [--kills N] [--pages N]``. A page races,
its worker is killed whenever there is a new one, and beside it pages change their question all the time and must be
answered. At the end each of them races by itself. Ends with 1 when a page was not answered, or slowly, when one does
not get its race, or when a killed process is still there.
"""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import time

import psutil

from convlab.timing import crew
from tests.test_race_load import LONG, house, until

ANSWER_S = 2.0  # a page is answered within that, whatever happens to the worker of another
PAUSE_S = 0.5  # between two changes of a page, by a person who tries things out


def main():
    """Kill, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pages", type=int, default=10)
    wish = parser.parse_args()
    killed, answers, harmed = asyncio.run(life(wish.kills, wish.pages))
    left = [pid for pid in killed if psutil.pid_exists(pid)]
    middle, worst = statistics.median(answers), max(answers)
    print(f"{len(killed)} kills; {wish.pages} pages beside them asked {len(answers)} times")
    print(
        f"answered after {1e3 * middle:.0f} ms median, {1e3 * worst:.0f} at worst; at most {1e3 * ANSWER_S:.0f}"
    )
    print(f"pages harmed: {harmed or 'none'}; killed processes left: {left or 'none'}")
    return int(bool(harmed or left) or worst > ANSWER_S)


async def life(kills, pages):
    """Return the processes that were killed, the seconds of each answer, and the pages that came to harm."""
    async with house() as home:
        _, racer = await home.open(LONG)
        others = [(await home.open())[1] for _ in range(pages)]
        answers, stop = [], asyncio.Event()
        used = [asyncio.create_task(use(home, page, answers, stop)) for page in others]
        killed = await lose(home, racer, kills)
        stop.set()
        ended = await asyncio.gather(*used, return_exceptions=True)
        harmed = [f"page {n}: {end!r}" for n, end in enumerate(ended) if end is not None]
        for n, page in enumerate(others):
            states = await home.raced(page)
            if page.problem is not None or not set(states.values()) <= {"timed", "pruned"}:
                harmed.append(f"page {n}: {page.problem or states}")
        return killed, answers, harmed


async def lose(home, racer, kills):
    """Let a page race, and kill its worker whenever there is a new one."""
    killed = []

    def fresh():
        pid = crew.here().pids().get("cpu")
        return None if pid in killed else pid

    while len(killed) < kills:
        if not racer.shown.live.is_on:
            await home.ask(racer, run="race")
        await until(lambda: fresh() or not racer.shown.live.is_on)
        if pid := fresh():
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
    await home.ask(racer, stop=True)
    return killed


async def use(home, page, answers, stop):
    """Change the question of a page until told to stop, and note the seconds until it is answered."""
    while not stop.is_set():
        began = time.monotonic()
        await home.ask(page, budget_s=0.1 + 0.1 * (len(answers) % 2))
        answers.append(time.monotonic() - began)
        await asyncio.sleep(PAUSE_S)


if __name__ == "__main__":
    sys.exit(main())
