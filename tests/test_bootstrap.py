"""From nothing to an environment, in a small house of its own: no network, no big package, a space in the path."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convlab import bootstrap, installer, needs
from convlab.steps import Outcome, SetupError, Steps
from tests.little_house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return House(tmp_path_factory.mktemp("a place"))


def test_the_first_start_sets_up_in_named_steps_and_the_second_is_silent(house):
    said = house.start()
    for part in ("littlething>=1.5,<2 (absent)", "1 of 4", "2 of 4", "3 of 4", "4 of 4", "Ready after"):
        assert part in said
    version, file = house.installed()
    assert (version, Path(file.strip()).parent) == ("1.5", house.root / "convlab")
    assert house.start() == "convlab is set up. Start it with: python app.py\n"


def test_a_changed_lock_is_noticed_though_the_range_is_still_met(house):
    house.lock("1.6")
    assert "3 of 4" in house.start()
    assert house.installed()[0] == "1.6"


def test_a_failed_install_names_the_step_the_last_lines_and_what_to_try(house):
    house.lock("1.7", hashes=f"--hash=sha256:{'0' * 64}")
    said = house.start(expected=1)
    assert "Step 3 of 4 (installing the locked packages) failed." in said
    assert "DO NOT MATCH THE HASHES" in said
    assert "What to try: A file is not the one that requirements.lock names" in said
    assert "Traceback" not in said


def test_a_package_without_a_hash_is_not_installed(house):
    house.lock("1.7", hashes="")
    assert "Hashes are required" in house.start(expected=1)


def test_the_same_command_goes_on_once_the_cause_is_gone(house):
    house.lock("1.8")
    assert "Ready after" in house.start()
    assert house.installed()[0] == "1.8"


def test_two_starts_at_the_same_time_make_one_environment(house):
    house.lock("1.9")
    options = {"env": house.environment(), "cwd": house.wheels, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(house.command(), **options) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("Ready after" in text for text in said) == [False, True], said
    assert house.installed()[0] == "1.9"


def test_an_environment_whose_python_is_gone_is_made_anew(house):
    python = house.root / bootstrap.PYTHON.relative_to(bootstrap.ROOT)
    python.unlink()
    (python.parent / "left over").write_text("")
    assert "Ready after" in house.start()
    assert not (python.parent / "left over").exists()


def test_where_every_package_is_there_nothing_is_printed_installed_or_slow(capsys, monkeypatch):
    monkeypatch.setattr(bootstrap, "install_all", lambda *_: pytest.fail("it installs"))
    monkeypatch.setattr(bootstrap, "_run_again", lambda: pytest.fail("it starts again"))
    began = time.perf_counter()
    bootstrap.ensure(("test",))
    assert time.perf_counter() - began < 0.15  # 12 ms measured
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def lacking(monkeypatch):
    """Pretend that one package is absent; a test that asks for more than it should installs nothing."""
    monkeypatch.setattr(bootstrap, "_set_up", lambda _: pytest.fail("it sets up"))
    monkeypatch.setattr(bootstrap, "_run_again", lambda: pytest.fail("it starts again"))
    lack = needs.Lack(needs.Need("absentthing", ">=1"), None)
    monkeypatch.setattr(needs, "lacking", lambda extras: [lack])


def test_a_second_run_that_still_lacks_a_package_ends_instead_of_going_round(lacking, monkeypatch):
    monkeypatch.setenv("CONVLAB_RAN_AGAIN", "1")
    with pytest.raises(
        SystemExit, match=r"still lacks absentthing>=1 \(absent\)\. Delete the folder .*\.venv"
    ):
        bootstrap.ensure()
    assert "CONVLAB_RAN_AGAIN" not in os.environ


def test_an_installed_convlab_installs_nothing_and_names_what_is_missing(lacking, monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match=r"absentthing>=1 \(absent\)\. Run: python .*app\.py --setup"):
        bootstrap.ensure(install=False)
    monkeypatch.setattr(needs, "PYPROJECT", tmp_path / "absent.toml")
    with pytest.raises(SystemExit, match=r"absentthing>=1 \(absent\)\. Install convlab again"):
        bootstrap.ensure(install=False)


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(lacking, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "/a/folder")

    monkeypatch.setattr(bootstrap, "_is_current", lambda: False)
    monkeypatch.setattr(bootstrap, "_set_up", refuse)
    with pytest.raises(SystemExit, match=r"Permission denied.*Copy the project to a folder"):
        bootstrap.ensure()


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot replace a process; it starts one below")
def test_the_same_words_are_run_again_whatever_they_were(monkeypatch):
    ran = []
    monkeypatch.setenv("__PYVENV_LAUNCHER__", "the outer Python")
    monkeypatch.setattr(sys, "orig_argv", ["python3", "-X", "utf8", "my app.py", "--port", "0"])
    monkeypatch.setattr(os, "execv", lambda path, words: ran.append((path, words)) or sys.exit(0))
    with pytest.raises(SystemExit):
        bootstrap._run_again()
    python = bootstrap.PYTHON
    assert ran == [(python, [str(python), "-X", "utf8", "my app.py", "--port", "0"])]
    assert os.environ.pop("CONVLAB_RAN_AGAIN") == "1"
    assert "__PYVENV_LAUNCHER__" not in os.environ


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "2 GB"),
        ("error: Failed to fetch: dns error", "pip download -r requirements.lock"),
        ("ERROR: No matching distribution found for numba==9", "Python 3.11, 3.12 or 3.13"),
        ("[WinError 5] Access is denied: 'numpy.pyd'", "Close every convlab"),
        ("something new", "delete the folder .venv"),
    ],
)
def test_the_advice_fits_the_failure(line, advice):
    with pytest.raises(SetupError) as caught:
        installer._STEPS.demand(3, Outcome(7, ["before", line]))
    assert advice in caught.value.hint
    assert "code 7" in str(caught.value)
    assert line in str(caught.value)


def test_a_python_that_cannot_bring_pip_along_still_makes_an_environment(tmp_path, monkeypatch):
    real, asked = Steps.run, []

    def run(steps, folder, command):
        asked.append(command)
        return (
            real(steps, folder, command)
            if "--without-pip" in command
            else Outcome(1, ["ensurepip is not available"])
        )

    monkeypatch.setattr(Steps, "run", run)
    python = tmp_path / bootstrap.PYTHON.relative_to(bootstrap.ENVIRONMENT)
    installer._make(tmp_path, python)
    assert installer._starts(python)
    assert len(asked) == 2
    if (
        shutil.which("uv") is None
        or subprocess.run([sys.executable, "-m", "pip", "--version"]).returncode == 0
    ):
        assert installer.find_pip(python)[:5] == [sys.executable, "-m", "pip", "--python", str(python)]


def test_a_machine_without_any_pip_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SetupError, match=r"Neither .* has pip\. Install python3-venv or python3-pip"):
        installer.find_pip(Path("/bin/false"))


@pytest.mark.parametrize("words", [["app.py"], ["-m", "tests"]])
def test_an_old_python_gets_one_sentence(words):
    code = (
        "import sys, runpy; sys.version_info = (3, 8, 0, 'final', 0); sys.argv = sys.argv[1:]\n"
        "run = runpy.run_path if sys.argv[0] == 'app.py' else runpy.run_module\n"
        "run(sys.argv[-1] if run is runpy.run_path else 'tests', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=bootstrap.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert (
        done.stderr == f"convlab needs Python 3.11 or newer; this is 3.8. Try: python3.11 {' '.join(words)}\n"
    )
