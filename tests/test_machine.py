"""What times depend on is told with them, and what cannot be found out is told as nothing."""

import json
import os

import pytest

from convlab.timing.measuring import machine
from convlab.timing.races.contest import contest, run
from tests.racing import LIMITS, SPEC, FakeCrew


def test_the_facts_can_travel_and_name_processor_blas_threads_and_versions():
    import numpy as np

    np.ones((2, 2)) @ np.ones((2, 2))
    found = machine.facts()
    assert json.loads(json.dumps(found)) == found
    assert found["cpu"] and found["processors"] >= found["usable"] >= 1 and found["numpy"] == np.__version__
    assert all(
        name in found for name in ("governor", "blas", "threads", "layer", "load", "python", "scipy", "numba")
    )
    assert all("threads" in line for line in found["blas"])


def test_switches_that_slow_blas_down_are_told_with_the_times(monkeypatch):
    assert machine.facts({"OPENBLAS_CORETYPE": "Haswell", "HOME": "/"})["found"] == {
        "OPENBLAS_CORETYPE": "Haswell"
    }
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "512")
    race = run(contest(SPEC, ["numpy-im2col"], limits=LIMITS), FakeCrew())
    assert race.machine == {"cpu": "a processor", "found": {"OPENBLAS_L2_SIZE": "512"}}


def test_threads_are_those_that_were_set(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert machine.facts()["threads"]["OMP_NUM_THREADS"] == "3"


def test_what_cannot_be_found_out_is_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "GOVERNOR", tmp_path / "none")
    monkeypatch.setattr(machine, "_CPUINFO", tmp_path / "none")
    for name in ("getloadavg", "sched_getaffinity"):
        monkeypatch.delattr(os, name, raising=False)
    machine.cpu.cache_clear()
    found = machine.facts()
    machine.cpu.cache_clear()
    assert found["governor"] is None and found["load"] is None and found["cpu"]
    assert found["usable"] == os.cpu_count()


@pytest.mark.parametrize(
    "line", ["model name\t: Example 9000 @ 3 GHz", "x: 1\nmodel name : Example 9000 @ 3 GHz\ny: 2"]
)
def test_the_name_of_the_processor_is_that_of_the_system(monkeypatch, tmp_path, line):
    (tmp_path / "cpuinfo").write_text(line, encoding="utf-8")
    monkeypatch.setattr(machine, "_CPUINFO", tmp_path / "cpuinfo")
    machine.cpu.cache_clear()
    assert machine.cpu() == "Example 9000 @ 3 GHz"
    machine.cpu.cache_clear()
