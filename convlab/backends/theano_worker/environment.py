"""Where the real Theano lives and what is known of it, read from a few small files: nothing is started here."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from functools import cache
from pathlib import Path

from convlab import needs, steps

LOCK = Path(__file__).with_name("theano.lock")
PYTHONS = ("3.11", "3.10", "3.9", "3.8")  # that Theano 1.0.5 runs on, the best first
COMPILERS = ("clang++", "g++") if sys.platform == "darwin" else ("g++",)
CHOSEN = "CONVLAB_THEANO_PYTHON"  # names an interpreter that has Theano already
NOT_BY_ITSELF = "CONVLAB_NO_THEANO_SETUP"  # set to 1, no start of the dashboard sets Theano up
COMMAND = "python app.py --setup-theano" if needs.PYPROJECT.is_file() else "convlab --setup-theano"


@cache
def folder() -> Path:
    """Return the folder of the environment: beside app.py in a checkout, else among the user's data."""
    if needs.PYPROJECT.is_file():
        return needs.PYPROJECT.with_name(".theano")
    from platformdirs import user_data_path

    return user_data_path("convlab", appauthor=False) / "theano"


def own_interpreter() -> Path:
    """Return the interpreter of our own environment, whether or not it is there."""
    return folder() / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def interpreter() -> Path:
    """Return the interpreter to run Theano in: the one that the person chose, or our own."""
    return Path(os.environ.get(CHOSEN) or own_interpreter())


def state() -> tuple[str, str]:
    """Return one of "ready", "absent", "setting up", "impossible", and a sentence to it.

    "impossible" means that a set-up failed and that nothing which it depends on has changed since.
    """
    chosen = os.environ.get(CHOSEN)
    if chosen and not Path(chosen).is_file():
        return "impossible", f"{CHOSEN} names {chosen}, which is no interpreter. Name one that has Theano."
    if chosen or is_current():
        if compiler() is None:
            return (
                "impossible",
                f"Theano compiles what it runs, and there is no {COMPILERS[0]}. {HOW_TO_COMPILE}",
            )
        return "ready", f"The real Theano is set up: {interpreter()}."
    if steps.is_held(folder()):
        return "setting up", "The real Theano is being set up; it will be here in a minute."
    if sentence := failure():
        return "impossible", sentence
    return "absent", f"The real Theano is not set up here. Run: {COMMAND}"


def is_current() -> bool:
    """Tell whether our environment was set up from the lock as it is now."""
    try:
        return _stamp().read_text(encoding="utf-8") == _fingerprint() and own_interpreter().exists()
    except OSError:
        return False


def mark(current: bool) -> None:
    """Write or remove the stamp of a whole environment, and forget an earlier failure."""
    _failed().unlink(missing_ok=True)
    if current:
        _stamp().write_text(_fingerprint(), encoding="utf-8")
    else:
        _stamp().unlink(missing_ok=True)


def remember(sentence: str) -> None:
    """Write down why a set-up failed, with what it depended on."""
    text = json.dumps({"causes": _causes(), "sentence": sentence})
    _failed().write_text(text, encoding="utf-8")


def failure() -> str | None:
    """Return why the last set-up failed; None when it did not, or when its causes have changed since."""
    try:
        found = json.loads(_failed().read_text(encoding="utf-8"))
        return str(found["sentence"]) if found["causes"] == _causes() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def compiler() -> str | None:
    """Return the C++ compiler that Theano will find, or None."""
    return next((found for name in COMPILERS if (found := shutil.which(name))), None)


def _stamp() -> Path:
    return folder() / ".convlab-stamp"


def _failed() -> Path:
    return folder() / "failed.json"


def _fingerprint() -> str:
    """Name the wanted state: the lock, and the folder, since an environment cannot be moved."""
    return hashlib.sha256(LOCK.read_bytes() + b"\0" + os.fsencode(folder())).hexdigest()


def _causes() -> str:
    """Name what a set-up depends on and what is cheap to look up."""
    named = [
        version for version in PYTHONS if shutil.which(f"python{version}")
    ]  # a shim's path is not always one
    pythons = [sys.executable, *named]
    settings = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
    return hashlib.sha256(repr((_fingerprint(), compiler(), pythons, settings)).encode()).hexdigest()


HOW_TO_COMPILE = {
    "linux": "Install it: apt-get install g++, dnf install gcc-c++, or your system's like.",
    "darwin": "Install it: xcode-select --install.",
    "win32": "Install it: conda install m2w64-toolchain, or MinGW-w64 with its bin folder on PATH.",
}.get(sys.platform, "Install it.")
