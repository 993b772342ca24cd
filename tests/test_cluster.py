"""A Dask cluster of two processes as a place to race: times from inside the tasks, partial results, and its noes."""

import os
import socket
import sys
import threading
from dataclasses import replace
from time import monotonic

import pytest

import convlab as cl
from convlab.backends import get
from convlab.errors import Unavailable
from convlab.spec import ConvSpec
from convlab.timing import cluster
from convlab.timing.cluster import Cluster, connecting, joined, split
from convlab.timing.races.news import News
from convlab.timing.races.result import Race, Row
from convlab.timing.shapes import suites
from convlab.timing.sweeps.sweep import Point

SMALL = ConvSpec((1, 1, 24, 24), (1, 1, 3, 3))
NAMES = ("numpy-im2col", "numpy-corrmm")
BUDGET_S = 0.04


@pytest.fixture(scope="module")
def address():
    """Give the scheduler of a cluster of two processes that may be timed on."""
    from distributed import LocalCluster

    made = LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, resources={"timing": 1}, dashboard_address=None
    )
    with made:
        yield made.scheduler_address


@pytest.fixture
def there(address):
    with Cluster(address) as there:
        yield there


def test_a_race_is_timed_inside_a_task_and_says_so_row_by_row(there):
    news = []
    race = there.race(SMALL, NAMES, budget_s=BUDGET_S, report=news.append)
    assert race.state == "done" and [row.name for row in race.rows] == list(NAMES)
    assert all(row.state == "timed" and 0 < row.share <= 1 for row in race.rows)
    assert race.machine["processors"] == os.cpu_count() and race.spec == SMALL
    assert [type(one) for one in news] == [News, News] and news[-1].progress == 1.0
    rows = get("numba-rows")
    spec = ConvSpec((40, 1, 90, 90), (1, 1, 3, 3))
    row = there.race(spec, [rows.name], budget_s=BUDGET_S).rows[0]
    assert row.name == rows.name, "a second race is not the first one"
    assert row.workspace_bytes == rows.workspace_bytes(spec), (
        "Dask asks for one thread in its own process only"
    )


def test_a_sweep_is_a_task_a_point_and_goes_on_from_what_is_there(there):
    news = []
    found = there.sweep(SMALL, "K", (3, 5, 25), NAMES[:1], budget_s=BUDGET_S, report=news.append)
    assert found.state == "done" and set(found.points) == {3, 5}
    assert "25 × 25 filter" in found.problems[25]
    assert [(one.n, one.count) for one in news] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert {len(one.sweep.points) for one in news} >= {0, 2} and news[-1].value is None
    more = there.sweep(SMALL, "K", (3, 7), NAMES[:1], budget_s=BUDGET_S, resume=found)
    assert more.points[3] == found.points[3] and set(more.points) == {3, 5, 7}


def test_stopping_cancels_what_waits_and_keeps_what_there_is(there):
    values, stopper = tuple(range(1, 21)), []

    def report(news):
        if isinstance(news, Point) and news.n == 1:
            stopper.append(threading.Thread(target=there.stop))
            stopper[0].start()

    began = monotonic()
    found = there.sweep(SMALL, "K", values, NAMES, budget_s=1.0, report=report)
    stopper[0].join()
    assert found.state == "stopped" and 1 <= len(found.points) <= 5 and found.left
    assert monotonic() - began < 12.0, "twenty points of a second each were queued"
    assert not there._client.processing() or not any(there._client.processing().values())


def test_a_tuning_and_a_bench_come_back_whole_and_heed_what_is_preferred_here(there):
    one, laps = suites.Workload("small", "small", "tests", SMALL), []
    with cl.prefer(require=NAMES):
        choice = there.tune(SMALL, exact=True)
        bench = there.bench("tests", [one], NAMES[:1], budget_s=BUDGET_S, report=laps.append)
    assert set(choice.ranked) <= set(NAMES) and choice.exact
    assert choice.left_out["numba-rows"] == "cl.prefer requires numpy-corrmm or numpy-im2col."
    assert bench.state == "done" and [line.workload.id for line in bench.lines] == ["small"]
    assert bench.lines[0].race.spec == SMALL and [lap.n for lap in laps] == [0, 1]


def test_a_scheduler_that_is_not_there_is_a_sentence():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(
            Unavailable, match=r"Nobody answered within 0\.3 s\. Start one with dask scheduler"
        ):
            Cluster(address, connect_s=0.3)


def test_without_distributed_the_sentence_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        Unavailable, match=r"no package distributed\. Install it with pip install 'convlab\[cluster\]'"
    ):
        Cluster("tcp://127.0.0.1:1")


def test_a_cluster_that_nobody_may_time_on_is_refused():
    info = {"workers": {"a": {"resources": {}}, "b": {"resources": {"GPU": 1.0}}}}
    with pytest.raises(Unavailable, match=r"It has 2 workers, none with the resource timing\. .*--resources"):
        connecting.resources(info, "Asked.")
    info["workers"]["c"] = {"resources": {"timing": 1.0}}
    assert connecting.resources(info, "Asked.") == {"timing", "GPU"}


@pytest.mark.parametrize(
    "said, found", [("0.0.1", r"has convlab 0\.0\.1"), (ImportError("no"), "cannot import convlab")]
)
def test_a_worker_with_another_convlab_is_refused(said, found):
    connecting.check_versions({"tcp://a": cl.__version__}, "Asked.")
    with pytest.raises(Unavailable, match=f"Its worker tcp://b {found}.*; here it is"):
        connecting.check_versions({"tcp://a": cl.__version__, "tcp://b": said}, "Asked.")


def test_what_runs_on_a_gpu_goes_where_one_is_and_comes_back_in_order(monkeypatch):
    devices = {"here": "cpu", "there": "gpu", "last": "cpu"}
    monkeypatch.setattr(cluster, "get", lambda name: Row(name, device=devices[name]))
    assert split(list(devices), True) == {"timing": ("here", "last"), "GPU": ("there",)}
    assert split(list(devices), False) == {"timing": ("here", "there", "last")}
    cpu = Race(SMALL, (Row("here"), Row("last")), {"cpu": "A"}, "now", 2.0, 0, "done")
    gpu = replace(cpu, rows=(Row("there"),), machine={"cpu": "B"})
    both = joined(joined(replace(cpu, rows=()), gpu, [("here",)]), cpu, [("here", "last"), ("there",)])
    assert [row.name for row in both.rows] == ["here", "last", "there"] and both.state == "done"
    assert both.machine == {"cpu": "B", "elsewhere": {"cpu": "A"}}
