"""Limits come from a flag, from the environment, or from the memory that is there, a container's among it."""

import pytest

from convlab import memory
from convlab.errors import SpecError
from convlab.timing.admission.limits import Limits


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("2 GiB", 2 << 30),
        ("500MB", 500_000_000),
        (" 1.5 kib ", 1536),
        ("1e9", 10**9),
        ("7", 7),
        ("5e-9 TiB", 5497),
        (0.5, 1),
        (1 << 30, 1 << 30),
    ],
)
def test_a_limit_of_bytes_reads_as_a_person_writes_it(told, found, monkeypatch):
    assert Limits.here(told, 5).bytes == found
    monkeypatch.setenv("CONVLAB_MAX_BYTES", str(told))
    assert Limits.here(max_seconds=5).bytes == found
    assert Limits.here("1 MiB", 5).bytes == 1 << 20  # a flag stands before the environment


@pytest.mark.parametrize(
    "told", ["", "x", "-1", "0", "1 XB", "1e99", "nan", True, 0, -2, float("nan"), float("inf"), [], "9" * 60]
)
def test_what_is_no_limit_is_refused_in_a_sentence(told):  # fmt: skip
    for given in ({"max_bytes": told}, {"max_seconds": told}):
        with pytest.raises(SpecError, match="no amount above 0"):
            Limits.here(**given)


def test_seconds_come_from_the_environment_and_are_30_else(monkeypatch):
    assert Limits.here(1).seconds == 30
    monkeypatch.setenv("CONVLAB_MAX_SECONDS", "2 min")
    assert Limits.here(1).seconds == 120
    monkeypatch.setenv("CONVLAB_MAX_SECONDS", "soon")
    with pytest.raises(SpecError, match="CONVLAB_MAX_SECONDS"):
        Limits.here(1)


def test_a_quarter_of_what_is_available_is_the_limit_else(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 8 << 30)
    assert Limits.here().bytes == 2 << 30
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    assert Limits.here().bytes == 1 << 30


def _group(root, lines, files):
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(lines)
    for path, text in files.items():
        place = root / "sys/fs/cgroup" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def test_a_container_has_what_its_group_leaves(tmp_path):
    stat = "anon 300\ninactive_file 100\n"
    files = {
        "a/b/memory.max": "max\n",
        "a/b/memory.current": "5\n",
        "a/memory.max": "1000\n",
        "a/memory.current": "400\n",
    }
    _group(tmp_path, "0::/a/b\n", {**files, "a/memory.stat": stat})
    assert list(memory.group_bytes(tmp_path)) == [700]


def test_groups_of_the_first_version_are_read_as_well(tmp_path):
    files = {"memory/memory.limit_in_bytes": "2000", "memory/memory.usage_in_bytes": "500"}
    none = {"memory/x/memory.limit_in_bytes": str(2**63 - 4096), "memory/x/memory.usage_in_bytes": "1"}
    _group(tmp_path, "4:memory:/x\n3:cpu:/x\n", {**files, **none})
    assert list(memory.group_bytes(tmp_path)) == [1500]
    assert list(memory.group_bytes(tmp_path / "nowhere")) == []


def test_what_is_available_is_the_least_of_all(monkeypatch):
    monkeypatch.setattr(memory, "_free_bytes", lambda: 900)
    monkeypatch.setattr(memory, "group_bytes", lambda: iter([800, 700]))
    assert memory.available_bytes() == 700
