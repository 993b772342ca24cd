"""The tuned choices on disk: come back as they were, survive killed writers, never stand in anybody's way."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convlab import atomic, paths
from convlab.backends import choose, tuned
from convlab.backends.preference import forget
from convlab.spec import ConvSpec
from convlab.timing.tuning import cache
from tests.raced import SPEC, choice, row

WRITERS, KILLS, SPECS = 8, 24, [ConvSpec((1, 1, 20, 20 + n), (1, 1, 3, 3)) for n in range(4)]
WRITER = """
import random, sys
from pathlib import Path
from convlab.atomic import write
folder, seed = Path(sys.argv[1]), int(sys.argv[2])
texts = [path.read_text() for path in sorted(folder.glob("*.txt"))]
rng = random.Random(seed)
print("ready", flush=True)
while True:
    text = rng.choice(texts)
    write(Path(text.partition("\\n")[0]), text.partition("\\n")[2])
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "cache"))
    forget()
    yield
    forget()


def found(n, spec=SPEC):
    """Return a choice that can be told from others, long enough to be torn."""
    note = {"numpy-loops": f"{n}:" + "x" * 50_000}
    return choice(row("numpy-corrmm", 1e-5 * (n + 1)), row("numpy-im2col", 1e-3), spec=spec, left_out=note)


def test_a_choice_comes_back_as_it_was():
    before = choice(
        row("scipy-fft", 2e-5, is_exact=False, flags=("noisy",)),
        row("numpy-fft", says="It rounds.", kind="over a limit"),
        row("numpy-loops", 3e-5, state="wrong", says="7 times the bound."),
        left_out={"theano-convop": "Elsewhere."},
        took_s=0.25,
    )
    cache.keep(before)
    after = cache.kept(SPEC)
    assert after.race.rows == before.race.rows and after.race.spec == SPEC
    for name in ("winner", "ranked", "refused", "disqualified", "sentence", "took_s", "exact", "wishes"):
        assert getattr(after, name) == getattr(before, name)
    assert after.meta() == before.meta()


def test_exact_and_free_choices_are_kept_apart():
    cache.keep(choice(row("numpy-im2col", 1e-5), exact=True))
    assert cache.kept(SPEC) is None and cache.kept(SPEC, exact=True).winner == "numpy-im2col"


def test_what_is_forgotten_is_gone():
    for spec in SPECS:
        cache.keep(found(1, spec))
        cache.keep(choice(row("numpy-im2col", 1e-5), spec=spec, exact=True))
    assert choose(SPECS[0]) == "numpy-corrmm"
    assert cache.forget(SPECS[0]) == 2 and cache.kept(SPECS[0]) is None
    assert choose(SPECS[0]) == "llvm-direct"
    assert cache.kept(SPECS[1]) and cache.forget() == 6 and cache.kept(SPECS[1]) is None


def test_a_race_that_does_not_read_is_ignored_in_one_line(caplog):
    cache.keep(found(1))
    path = tuned.place(SPEC)
    path.write_text(path.read_text().replace('"state": "timed"', '"state": "odd"', 1))
    assert cache.kept(SPEC) is None
    (line,) = caplog.messages
    assert str(path) in line and "is ignored" in line


def test_a_folder_that_cannot_be_written_costs_one_line(caplog, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "file"))
    cache.keep(found(1))
    (line,) = caplog.messages
    assert "is not written" in line and choose(SPEC) == "llvm-direct"


def test_a_write_that_fails_leaves_the_former_file_and_no_other(monkeypatch, tmp_path):
    path = tmp_path / "a.json"
    atomic.write(path, "former")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space"):
        atomic.write(path, "new")
    assert path.read_text() == "former" and list(tmp_path.iterdir()) == [path]


def test_a_file_has_the_rights_that_this_user_gives(tmp_path):
    (tmp_path / "plain").write_text("")
    atomic.write(tmp_path / "a.json", "{}")
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_killed_writers_left_is_swept_when_it_is_old(tmp_path):
    young, old = tmp_path / f"{atomic.PREFIX}1", tmp_path / f"{atomic.PREFIX}2"
    for left in (young, old):
        left.write_text("half")
    os.utime(old, (time.time() - 2 * atomic.STALE_S,) * 2)
    atomic.write(tmp_path / "a.json", "{}")
    assert young.exists() and not old.exists()


@pytest.fixture
def writers(tmp_path):
    """Eight processes that write the same files again and again, and a way to kill one and start another."""
    running = []

    def start(n):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(n)]
        one = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(paths.PACKAGE).parent)
        running.append(one)
        return one

    yield start
    for one in running:
        one.kill(), one.wait(), one.stdout.close()


def test_eight_writers_that_are_killed_at_random_leave_nothing_unreadable(writers, tmp_path, caplog):
    for spec in SPECS:
        for n in range(3):
            cache.keep(found(n, spec))
            path = tuned.place(spec)
            name = f"{path.stem}-{n}.txt"
            (tmp_path / name).write_text(f"{path}\n{path.read_text()}")
    alive, rng, seen, reads = [writers(n) for n in range(WRITERS)], random.Random(5), set(), 0
    assert all(one.stdout.readline() == b"ready\n" for one in alive)
    for kill in range(KILLS):
        until = time.monotonic() + rng.uniform(0.0, 0.03)
        while time.monotonic() < until:
            reads += 1
            kept = cache.kept(rng.choice(SPECS))
            assert kept is not None, "a file was missing or torn"
            seen.add((kept.spec, kept.race.ranked[0].min_s))
        victim = alive.pop(rng.randrange(WRITERS))
        victim.kill()
        alive.append(writers(WRITERS + kill))
    assert not caplog.messages and reads > KILLS, "nothing was ignored"
    assert len(seen) > len(SPECS), "the files changed under the reader"
