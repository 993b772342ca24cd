"""The command line answers with 0 for yes, 1 for no, 2 for bad use, and never with a traceback."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convlab import doctor, needs
from convlab.backends import CATALOGUE, get
from convlab.backends.peers import PEERS
from convlab.cli import main


@pytest.fixture
def files(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(25.0).reshape(5, 5))
    np.savetxt(tmp_path / "w.csv", np.arange(1, 10).reshape(3, 3), delimiter=",")
    return [str(tmp_path / name) for name in ("x.npy", "w.csv")]


def test_conv_prints_the_result(files, capsys):
    assert main(["conv", *files, "--mode", "full", "--stride", "2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["shape"] == [4, 4] and answer["y"][1][2] == 264


def test_conv_correlates_pads_and_saves(files, tmp_path, capsys):
    out = tmp_path / "y.npy"
    assert main(["conv", *files, "--no-flip", "--padding", "0,1", "--out", str(out)]) == 0
    assert np.load(out).shape == (3, 5) and np.load(out)[0, 3] == 456
    assert "(3, 5)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, status, says",
    [
        (["nowhere.npy", "nowhere.npy"], 2, "nowhere.npy"),
        (["{w}", "{x}"], 2, "reaches over 5 rows"),
        (["{x}", "{w}", "--stride", "two"], 2, "--stride two"),
        (["{x}", "{w}", "--backend", "numpy-magic"], 2, "numpy-im2col"),
    ],
)
def test_a_bad_request_gets_a_sentence_and_a_status(files, capsys, words, status, says):
    named = [word.format(x=files[0], w=files[1]) for word in words]
    assert main(["conv", *named]) == status
    captured = capsys.readouterr()
    assert says in captured.err and "Traceback" not in captured.err and captured.out == ""


@pytest.mark.parametrize(
    "name, text, says",
    [
        ("a.txt", "1 2 3\n4 5\n", "Line 2 has 2 numbers, the lines before it have 3."),
        ("a.csv", "1,2\n3,x\n", "Line 2 holds 'x', which is no number."),
        ("a.txt", "# nothing\n", "It holds no rows of numbers."),
        ("a.npy", "hello", "is no .npy file"),
        ("a.npz", "PK", "several arrays"),
        ("nothing.npy", None, "There is no such file."),
        ("", None, "That is a folder."),
    ],
)
def test_a_file_that_does_not_read_is_told_by_line(files, tmp_path, capsys, name, text, says):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    assert main(["conv", str(path), files[1]]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("bad use: Asked to read") and says in captured.err and not captured.out


@pytest.mark.parametrize("out, says", [("no/folder/y.npy", "There is no folder"), ("y.csv", "ends in .npy")])
def test_a_result_that_cannot_be_saved_is_told_before_the_work(files, tmp_path, capsys, out, says):
    assert main(["conv", files[0], "nowhere.npy", "--out", str(tmp_path / out)]) == 2
    assert says in capsys.readouterr().err


def test_padding_may_differ_before_and_after(files, capsys):
    assert main(["conv", *files, "--padding", "0:1,2:2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shape"] == [4, 7]
    assert main(["conv", *files, "--stride", "0:1"]) == 2
    assert "--stride 0:1" in capsys.readouterr().err


def test_an_unknown_command_is_answered_with_those_there_are(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["cnov", "x.npy", "w.npy"])
    assert stop.value.code == 2 and "doctor" in capsys.readouterr().err


def test_an_unknown_option_is_bad_use(files):
    with pytest.raises(SystemExit) as stop:
        main(["conv", *files, "--flop"])
    assert stop.value.code == 2


def test_doctor_prints_one_line_per_backend(capsys):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in (*CATALOGUE, *PEERS, "psutil", "filelock", "anywidget", "distributed"):
        assert sum(name in line.split() for line in lines) == 1


class Blocked:
    """A finder that hides a package from every import."""

    def __init__(self, package):
        self.package = package

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize("package", ["numba", "scipy"])
def test_doctor_goes_on_when_a_package_cannot_be_imported(package):
    code = f"""
import sys
from tests.test_cli import Blocked
for name in [name for name in sys.modules if name.partition(".")[0] == {package!r}]:
    del sys.modules[name]
sys.meta_path.insert(0, Blocked({package!r}))
from convlab.cli import main
sys.exit(main(["doctor"]))
"""
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, timeout=120)
    needing = [name for name in CATALOGUE if get(name).family == package and not get(name).imports]
    lines = [line for line in done.stdout.splitlines() if line.split()[1:2] and line.split()[1] in needing]
    assert done.stderr == "" and len(lines) == len(needing) > 0
    assert all(line.startswith("  – ") and f"no package {package}" in line for line in lines)
    tried = [line for line in done.stdout.splitlines() if "numpy-" in line]
    assert len(tried) == 7 and all(line.startswith("  ✓ ") for line in tried)


def test_doctor_without_numpy_names_what_is_missing(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "convlab.doctor", None)  # as when its imports fail
    lack = needs.Lack(needs.Need("numpy", ">=2"), None)
    monkeypatch.setattr(needs, "lacking", lambda: [lack])
    assert main(["doctor"]) == 1
    assert "✗ numpy>=2 (absent)" in capsys.readouterr().out


def test_doctor_speaks_json(capsys):
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["is_healthy"] and [row["name"] for row in report["backends"]] == list(CATALOGUE)


def test_doctor_says_when_the_base_is_broken_and_ends_with_1(monkeypatch, capsys):
    report = doctor.examine()
    broken = replace(
        report, base=(replace(report.base[0], works=False, says="nothing there"), *report.base[1:])
    )
    monkeypatch.setattr(doctor, "examine", lambda: broken)
    assert main(["doctor"]) == 1
    assert "✗ numpy" in capsys.readouterr().out


class Fake:
    """A backend that answers as a test wants it to."""

    name, bound, is_exact = "fake", "direct", True

    def __init__(self, missing=None, run=None):
        self.unavailable, self.supports, self.run = lambda: missing, lambda spec: None, run


@pytest.mark.parametrize(
    "backend, says",
    [
        (Fake(missing="It needs a second sun."), "second sun"),
        (Fake(run=lambda x, w, spec: np.zeros(spec.y_shape)), "It is wrong"),
        (Fake(run=lambda x, w, spec: 1 / 0), "ZeroDivisionError"),
    ],
)
def test_doctor_finds_a_backend_that_is_missing_wrong_or_broken(monkeypatch, backend, says):
    monkeypatch.setattr(doctor, "get", lambda name: backend)
    finding = doctor.try_backend("fake")
    assert not finding.works and says in finding.says


def test_doctor_reports_a_variable_that_slows_blas_down(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert any("OPENBLAS_CORETYPE" in note for note in doctor.examine().notes)


def test_doctor_says_what_is_missing_without_an_extra(monkeypatch):
    def version(name):
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", version)
    found = [doctor._extra(name) for name in doctor.OPTIONAL]
    assert not any(finding.works for finding in found)
    assert "--scheduler" in found[1].says and "convlab[cluster]" in found[1].says


def test_doctor_says_when_nothing_can_be_kept(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "new"))
    assert not any("cannot be written" in note for note in doctor._notes())
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "file" / "cache"))
    assert any(f"{tmp_path / 'file' / 'cache'} cannot be written" in note for note in doctor._notes())


def test_the_module_runs_as_a_command():
    done = subprocess.run(
        [sys.executable, "-m", "convlab", "--help"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0 and "doctor" in done.stdout
