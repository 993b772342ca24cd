"""Which Python the real Theano gets, and what is said of those that do not do: scripts stand in for them."""

import os
import sys

import pytest

from convlab.backends.theano_worker import setup
from convlab.steps import SetupError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for interpreters are shell scripts")


def interpreter(folder, name, version, headers):
    """Write a script that answers as an interpreter would."""
    path = folder / name
    path.write_text(
        f'#!/bin/sh\ncase "$3" in *Python.h*) printf "{version}\\n{headers}\\n";; *) echo "$0";; esac\n'
    )
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def pythons(monkeypatch, tmp_path):
    """Give a function that puts interpreters in the place of all that this machine has."""

    def pythons(running, **others):
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
        found = {name.replace("_", "."): about for name, about in others.items()}
        by_name = {name: interpreter(tmp_path, name, *about) for name, about in found.items()}
        monkeypatch.setattr(setup.shutil, "which", by_name.get)
        monkeypatch.setattr(sys, "executable", interpreter(tmp_path, "running", *running))

    return pythons


def test_the_running_python_is_taken_where_theano_runs_on_it(pythons):
    pythons(("3.11", True), python3_10=("3.10", True))
    assert setup.choose_python().endswith("running")


def test_another_python_is_taken_where_the_running_one_is_too_new_or_has_no_headers(pythons):
    pythons(("3.13", True), python3_11=("3.11", False), python3_9=("3.9", True), python3_8=("3.8", True))
    assert setup.choose_python().endswith("python3.9")


def test_all_that_does_not_do_is_named_with_what_it_lacks(pythons):
    pythons(("3.13", True), python3_11=("3.11", False), python3_10=("", ""))
    with pytest.raises(SetupError) as caught:
        setup.choose_python()
    said = str(caught.value)
    assert said.startswith("Theano needs Python 3.8 to 3.11 with Python.h. Found Python 3.13 (")
    assert "which is too new for it; Python 3.11 (" in said and "without its headers" in said
    assert "python3.11-dev" in said or sys.platform != "linux"
