"""How the real Theano is set up and what is known of it: nothing is downloaded here."""

import os
import runpy
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from convlab import door, needs
from convlab.backends import theano_worker
from convlab.backends.theano_worker import environment, process, setup
from convlab.dashboard import server
from convlab.errors import Unavailable
from convlab.steps import LOCK_FILE, Outcome, SetupError, Steps, alone

QUIET = [].append


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A folder for the environment, with a space in its path; nothing is in it."""
    folder = tmp_path / "a place" / ".theano"
    monkeypatch.setattr(environment, "folder", lambda: folder)
    monkeypatch.delenv(environment.CHOSEN, raising=False)
    monkeypatch.delenv(environment.NOT_BY_ITSELF, raising=False)
    return folder


def furnish(folder):
    """Make the folder look as after a set-up."""
    environment.own_interpreter().parent.mkdir(parents=True, exist_ok=True)
    environment.own_interpreter().write_text("")
    environment.mark(current=True)


def test_what_is_not_set_up_is_absent_and_the_sentence_says_what_to_run(folder):
    word, sentence = theano_worker.state()
    assert word == "absent" and sentence.endswith("Run: python app.py --setup-theano")
    assert theano_worker.unavailable() == sentence
    with pytest.raises(Unavailable, match="--setup-theano"):
        theano_worker.call("conv2d", {"x": np.ones((1, 1, 3, 3)), "w": np.ones((1, 1, 1, 1))})
    with pytest.raises(Unavailable, match="--setup-theano"):
        theano_worker.describe()


def test_an_installed_convlab_keeps_theano_among_the_users_data(monkeypatch, tmp_path):
    monkeypatch.setattr(needs, "PYPROJECT", tmp_path / "absent.toml")
    folder = environment.folder.__wrapped__()
    assert folder.parts[-2:] == ("convlab", "theano") and folder.is_absolute()


def test_what_is_set_up_is_ready_until_the_lock_or_the_interpreter_changes(folder, monkeypatch, tmp_path):
    furnish(folder)
    assert theano_worker.state()[0] == "ready" and theano_worker.unavailable() is None
    with monkeypatch.context() as patch:
        patch.setattr(environment, "LOCK", tmp_path / "another.lock")
        environment.LOCK.write_text("theano==1.0.6")
        assert theano_worker.state()[0] == "absent"
    environment.own_interpreter().unlink()
    assert theano_worker.state()[0] == "absent"


def test_a_compiler_that_went_away_is_told(folder, monkeypatch, tmp_path):
    furnish(folder)
    monkeypatch.setenv("PATH", str(tmp_path))
    word, sentence = theano_worker.state()
    assert word == "impossible" and "there is no" in sentence and "Install it" in sentence


def test_a_failure_is_remembered_until_something_changes_that_it_depended_on(folder, monkeypatch):
    folder.mkdir(parents=True)
    environment.remember("The real Theano could not be set up. The disk is full.")
    assert theano_worker.state() == ("impossible", "The real Theano could not be set up. The disk is full.")
    with monkeypatch.context() as patch:
        patch.setenv("PIP_INDEX_URL", "another")
        assert theano_worker.state()[0] == "absent"
    with monkeypatch.context() as patch:
        patch.setattr(environment, "compiler", lambda: "/another/g++")
        assert theano_worker.state()[0] == "absent"
    with monkeypatch.context() as patch:
        patch.setattr(environment.shutil, "which", lambda name: None)
        environment.remember("There is no Python.")
        patch.setattr(
            environment.shutil, "which", lambda name: f"/new/{name}" if name == "python3.9" else None
        )
        assert theano_worker.state()[0] == "absent"
        environment.remember("It is without its headers.")
        patch.setattr(
            environment.shutil, "which", lambda name: f"/shims/{name}" if name == "python3.9" else None
        )
        assert theano_worker.state()[1] == "It is without its headers."
    (folder / "failed.json").write_text("{")
    assert theano_worker.state()[0] == "absent"


def test_without_a_network_the_folder_of_wheels_is_named(folder, monkeypatch):
    lines = ["Looking in links: /wheels", "ERROR: No matching distribution found for setuptools==59.8.0"]
    monkeypatch.setattr(Steps, "run", lambda *_: Outcome(1, lines))
    with pytest.raises(
        SetupError, match=r"PIP_FIND_LINKS alone, which `pip download -r \"[^\"]+theano\.lock\" -d wheels`"
    ):
        setup.set_up(QUIET)


def test_a_set_up_that_runs_is_told_as_such(folder):
    with alone(folder, pytest.fail):
        assert theano_worker.state()[0] == "setting up"
    assert theano_worker.state()[0] == "absent"


def test_a_chosen_interpreter_is_used_and_one_that_is_none_is_refused(folder, monkeypatch):
    monkeypatch.setenv(environment.CHOSEN, sys.executable)
    assert theano_worker.state()[0] == "ready" and environment.interpreter() == Path(sys.executable)
    monkeypatch.setenv(environment.CHOSEN, "/no/such/python")
    assert theano_worker.state() == (
        "impossible",
        "CONVLAB_THEANO_PYTHON names /no/such/python, which is no interpreter. Name one that has Theano.",
    )


def test_two_set_ups_at_once_make_one_environment(folder, monkeypatch):
    made, said = [], []

    def install(*_):
        made.append(1)
        time.sleep(0.5)  # the other comes meanwhile
        furnish(folder)

    monkeypatch.setattr(setup, "_install", install)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: setup.set_up(said.append), range(2)))
    assert made == [1] and theano_worker.state()[0] == "ready"
    assert sum(line.startswith("Setting up the real Theano in") for line in said) == 1
    assert sum(line.startswith("The real Theano is set up in") for line in said) == 1


def test_a_step_that_fails_names_itself_its_last_lines_and_what_to_try_and_doctor_repeats_it(
    folder, monkeypatch
):
    monkeypatch.setattr(Steps, "run", lambda *_: Outcome(1, ["OSError: No space left on device"]))
    with pytest.raises(SetupError, match=r"Step 2 of 4 \(making the environment\) failed") as caught:
        theano_worker.set_up(QUIET)
    assert "No space left" in str(caught.value) and "2 GB" in str(caught.value)
    word, sentence = theano_worker.state()
    assert word == "impossible" and "\n" not in sentence
    assert sentence == (
        "The real Theano could not be set up. Step 2 of 4 (making the environment) failed. OSError: No space left on "
        "device What to try: Free some disk space: 2 GB are enough. After that, run: python app.py --setup-theano"
    )


def test_what_an_earlier_set_up_left_is_cleared_away_but_for_the_lock_and_the_log(folder, monkeypatch):
    furnish(folder)
    (folder / setup.LOG).write_text("a line")
    (folder / "lib").mkdir()
    monkeypatch.setattr(environment, "is_current", lambda: False)
    monkeypatch.setattr(Steps, "run", lambda *_: Outcome(1, ["it ends here"]))
    with pytest.raises(SetupError, match="it ends here"):
        setup.set_up(QUIET)
    assert {path.name for path in folder.iterdir()} == {LOCK_FILE, setup.LOG, "failed.json"}


def test_without_a_compiler_nothing_is_begun(folder, monkeypatch):
    monkeypatch.setattr(environment, "compiler", lambda: None)
    monkeypatch.setattr(Steps, "run", lambda *_: pytest.fail("it runs something"))
    with pytest.raises(SetupError, match=r"There is no \S+\. Install it"):
        theano_worker.set_up(QUIET)
    assert theano_worker.state()[0] == "impossible"


def test_an_interrupted_set_up_is_neither_ready_nor_a_failure(folder, monkeypatch):
    furnish(folder)
    monkeypatch.setattr(environment, "is_current", lambda: False)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "_install", interrupt)
    with pytest.raises(KeyboardInterrupt):
        setup.set_up(QUIET)
    monkeypatch.undo()
    monkeypatch.setattr(environment, "folder", lambda: folder)
    assert theano_worker.state()[0] == "absent"


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(folder):
    folder.parent.mkdir(parents=True)
    folder.write_text("a file")
    with pytest.raises(SetupError, match=r"Asked to set up .*The system said: "):
        setup.set_up(QUIET)


def test_a_first_convolution_that_is_wrong_is_no_set_up(folder, monkeypatch):
    class Wrong:
        def ask(self, *_):
            return theano_worker.Answer({"y": np.zeros((1, 1, 2, 2))}, (), 0, True, 0, None, "")

        def hello(self):
            return {}

        def close(self):
            pass

    monkeypatch.setattr(process, "Client", Wrong)
    with pytest.raises(SetupError, match="Its first convolution gave"):
        setup._prove()


@pytest.fixture
def started(monkeypatch):
    """Collect what would be started, instead of starting it."""
    started = []
    monkeypatch.setattr(
        setup.subprocess, "Popen", lambda command, **options: started.append((command, options))
    )
    return started


def test_the_background_set_up_is_detached_says_one_line_and_prints_into_a_file(folder, started):
    said = []
    setup.start_in_background(said.append)
    ((command, options),) = started
    assert command == [sys.executable, "-m", "convlab.backends.theano_worker"]
    assert options["stdin"] == subprocess.DEVNULL and Path(options["stdout"].name) == folder / setup.LOG
    assert options.get("start_new_session") or options.get("creationflags")
    assert said == [f"The real Theano is being set up in the background, in {folder}."]


def test_the_background_set_up_does_not_begin_where_it_is_not_wanted_or_not_needed(
    folder, started, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setenv(environment.NOT_BY_ITSELF, "1")
        setup.start_in_background(pytest.fail)
    with alone(folder, pytest.fail):
        setup.start_in_background(pytest.fail)
    environment.remember("It failed once.")
    setup.start_in_background(pytest.fail)
    furnish(folder)
    setup.start_in_background(pytest.fail)
    assert not started


def test_a_folder_that_cannot_be_written_stops_no_dashboard(folder, started):
    folder.parent.mkdir(parents=True)
    folder.write_text("a file")
    setup.start_in_background(pytest.fail)
    assert not started


@pytest.mark.parametrize(("error", "code"), [(None, 0), (SetupError("Asked.", "Found."), "Asked. Found.")])
def test_the_module_sets_up_without_haste(monkeypatch, error, code):
    calmed = []

    def set_up(report):
        report("a line")
        if error:
            raise error

    monkeypatch.setattr(setup, "set_up", set_up)
    monkeypatch.setattr(os, "nice", calmed.append, raising=False)
    if error is None:
        runpy.run_module("convlab.backends.theano_worker", run_name="__main__")
    else:
        with pytest.raises(SystemExit) as stop:
            runpy.run_module("convlab.backends.theano_worker", run_name="__main__")
        assert stop.value.code == code
    assert calmed == [10]


def test_one_command_sets_theano_up_alone(monkeypatch, capsys):
    monkeypatch.setattr(server, "serve", lambda **_: pytest.fail("it serves"))
    monkeypatch.setattr(theano_worker, "set_up", lambda report: report("Setting up ..."))
    assert door.main(["--setup-theano"], setup=True) == door.main(["--setup-theano"]) == 0
    assert capsys.readouterr().out == "Setting up ...\n" * 2


def test_a_set_up_that_fails_ends_with_1_and_a_sentence(monkeypatch, capsys):
    def fail(report):
        raise SetupError("Theano needs a compiler.", "There is none.", "Install one.")

    monkeypatch.setattr(theano_worker, "set_up", fail)
    assert door.main(["--setup-theano"], setup=True) == 1
    assert capsys.readouterr().err == "convlab: Theano needs a compiler. There is none. Install one.\n"


def test_a_first_start_of_the_checkout_begins_it_and_an_installed_convlab_does_not(monkeypatch):
    begun = []
    monkeypatch.setattr(server, "serve", lambda **_: None)
    monkeypatch.setattr(setup, "start_in_background", lambda: begun.append(1))
    assert door.main(["--no-browser"]) == 0 and not begun
    assert door.main(["--no-browser"], setup=True) == 0 and begun == [1]
