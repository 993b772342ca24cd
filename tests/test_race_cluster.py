"""A server that was started with --scheduler: its races and sweeps run on the cluster, and end there when cancelled."""

import asyncio
import time
from dataclasses import replace

import pytest

from convlab import door
from convlab.dashboard import server
from convlab.dashboard.state.race import place
from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.scene import Shown, of_here, scene
from convlab.errors import Unavailable
from convlab.spec import ConvSpec
from convlab.timing.admission import rates
from convlab.timing.races.news import News
from convlab.timing.sweeps.sweep import Point

COURSE = Course(
    ConvSpec((1, 1, 24, 24), (1, 1, 3, 3)), ("numpy-im2col", "numpy-corrmm"), 0.1, "K", (3, 5, 25)
)


@pytest.fixture
def there(monkeypatch):
    """Give a function that runs a coroutine with a cluster of two workers as the place."""

    def live(life):
        async def whole():
            from distributed import LocalCluster

            async with LocalCluster(
                n_workers=2, threads_per_worker=1, processes=False, resources={"timing": 1},
                dashboard_address=None, asynchronous=True,
            ) as made:  # fmt: skip
                where = place.There(made.scheduler_address)
                try:
                    return await asyncio.wait_for(life(where), 50)
                finally:
                    await where.cluster().aclose()

        return asyncio.run(whole())

    return live


def test_races_and_sweeps_of_the_screen_run_on_a_cluster_and_end_there_when_cancelled(there):
    async def life(where):
        news = []
        race = await where.race(COURSE, news.append)
        sweep = await where.sweep(COURSE, COURSE.values, None, news.append)
        more = await where.sweep(COURSE, (3, 7), sweep, lambda news: None)
        long = asyncio.ensure_future(where.race(Course(COURSE.spec, COURSE.names, 60.0), lambda news: None))
        await asyncio.sleep(0.5)
        began = time.monotonic()
        long.cancel()
        with pytest.raises(asyncio.CancelledError):
            await long
        took = time.monotonic() - began
        again = await where.race(COURSE, lambda news: None)
        return race, sweep, more, news, took, again

    race, sweep, more, news, took, again = there(life)
    assert race.state == again.state == "done" and {row.state for row in race.rows} <= {"timed", "pruned"}
    assert [one.row.name for one in news if isinstance(one, News)] == list(COURSE.names)
    assert set(sweep.points) == {3, 5} and "25 × 25 filter" in sweep.problems[25]
    assert [len(one.sweep.points) for one in news if isinstance(one, Point)][-1] == 2
    assert more.points[3] is sweep.points[3] and set(more.points) == {3, 5, 7}
    assert took < 2


def test_a_scheduler_that_has_gone_is_a_sentence():
    async def life():
        lost = place.There("tcp://127.0.0.1:9")
        lost.cluster().connect_s = 0.2
        with pytest.raises(Unavailable, match="It does not answer any more"):
            await lost.race(COURSE, lambda news: None)

    asyncio.run(life())


def test_a_cluster_is_not_shown_with_the_roof_and_the_limits_of_the_server(monkeypatch):
    monkeypatch.setattr(rates, "known", lambda: replace(rates.ASSUMED, source="measured"))
    monkeypatch.setattr(place, "_place", place.There("tcp://10.0.0.1:8786"))
    made = scene(of_here(Shown(COURSE)))
    assert made["race"]["roof"]["gflops"] is None and made["choice"]["limits"]["bytes"] is None
    monkeypatch.setattr(place, "_place", place.Here())
    assert scene(of_here(Shown(COURSE)))["race"]["roof"]["gflops"] > 0


def test_the_door_goes_to_a_scheduler_or_says_why_not(monkeypatch, capsys):
    served = []
    monkeypatch.setattr(server, "serve", lambda **words: served.append(words))
    monkeypatch.setattr(place, "go_to", lambda address: served.append(address))
    assert door.main(["--scheduler", "tcp://10.0.0.1:8786", "--no-browser"]) == 0
    assert served[0] == "tcp://10.0.0.1:8786" and len(served) == 2

    def gone(address):
        raise Unavailable(f"Asked for the Dask scheduler at {address}.", "Nobody answered.", "Start one.")

    monkeypatch.setattr(place, "go_to", gone)
    assert door.main(["--scheduler", "tcp://10.0.0.1:9"]) == 1 and len(served) == 2
    assert "Nobody answered. Start one." in capsys.readouterr().err
