"""From an empty folder to an environment: venv, uv, the locked packages, convlab itself.

Only the standard library is used. Every package, uv included, is checked against the hashes in
requirements.lock, and no step names an index: where packages come from is what the person configured. uv is
several times faster. pip is the way out where uv cannot be fetched or reaches nothing, for pip alone reads
pip's own settings (a folder of wheels, a mirror, a certificate).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from convlab.steps import LOCK_FILE, Steps

_TITLES = (
    "making the environment",
    "fetching uv",
    "installing the locked packages",
    "installing convlab itself",
)
_PYTHONS = "Python 3.11, 3.12 or 3.13"


def _tell(line: str) -> None:
    print(line, flush=True)


_STEPS = Steps(_TITLES, _tell, lock="requirements.lock", pythons=_PYTHONS, folder=".venv")


def install(root: Path, environment: Path, python: Path, lock: Path) -> None:
    """Make or mend an environment that holds the locked packages and the project itself.

    Parameters
    ----------
    root : pathlib.Path
        The checkout, which is installed as it stands (editable).
    environment, python : pathlib.Path
        The folder of the environment and the interpreter in it. What a working one already holds stays.
    lock : pathlib.Path
        Exact versions with hashes, the build backend and uv among them.

    Raises
    ------
    SetupError
        When a step fails.
    """
    steps, began = _STEPS, time.monotonic()
    steps.say(1, f"making the environment with Python {'.'.join(map(str, sys.version_info[:3]))}")
    _make(environment, python)
    pip = find_pip(python)
    steps.say(2, "fetching uv, a fast installer")
    uv = _fetch_uv(root, python, pip, lock)
    with_what = "uv" if uv else "pip (a minute or more)"
    steps.say(3, f"installing {_count(lock)} locked packages with {with_what}")
    installer = install_locked(steps, 3, root, uv, pip, ["-r", str(lock)])
    steps.say(4, "installing convlab itself")
    steps.demand(4, steps.run(root, [*installer, "--no-deps", "--no-build-isolation", "-e", str(root)]))
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)


def install_locked(
    steps: Steps, number: int, folder: Path, uv: list[str] | None, pip: list[str], what: list[str]
) -> list[str]:
    """Install what a lock names, with uv if it is there, with pip where uv does not manage.

    Returns
    -------
    list of str
        The install command that did it.
    """
    outcome = steps.run(folder, [*(uv or pip), "--require-hashes", *what])
    if uv and outcome.code:
        steps.say(
            number, "uv did not manage, and it reads no settings of pip; now with pip (a minute or more)"
        )
        uv = None
        outcome = steps.run(folder, [*pip, "--require-hashes", *what])
    steps.demand(number, outcome)
    return uv or pip


def locked_lines(lock: Path, name: str) -> str:
    """Return the lines of a lock that pin one package with its hashes, or "" when it is not there.

    Examples
    --------
    >>> from convlab.bootstrap import LOCK
    >>> locked_lines(LOCK, "uv")[:4]
    'uv=='
    """
    kept: list[str] = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}==") or (kept and line.startswith("    --hash=")):
            kept.append(line.removesuffix("\\").rstrip())
        elif kept:
            break
    return " ".join(kept)


def clear(environment: Path, *keep: str) -> None:
    """Empty the folder of an environment, but for the lock that is held and for files to keep."""
    for item in environment.iterdir():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        elif item.name not in (LOCK_FILE, *keep):
            item.unlink()


def find_pip(python: Path) -> list[str]:
    """Return the install command of the pip inside an environment, or of the outer one aimed at it.

    Raises
    ------
    SetupError
        When neither has one.
    """
    inner, outer = [str(python), "-I", "-m", "pip"], [sys.executable, "-m", "pip", "--python", str(python)]
    for command in (inner, outer):
        if subprocess.run([*command, "--version"], capture_output=True).returncode == 0:
            return [*command, "--disable-pip-version-check", "--no-input", "install"]
    found = f"Neither {python} nor {sys.executable} has pip."
    raise _STEPS.error(1, found, "Install python3-venv or python3-pip.")


def reads_pip(pip: list[str]) -> bool:
    """Tell whether pip is told where packages come from: uv does not read that, and would go elsewhere."""
    asking = subprocess.run([*pip[:-1], "config", "list"], capture_output=True, text=True, errors="replace")
    return "no-index=" in asking.stdout or ".index-url=" in asking.stdout


def uv_of(runner: str, python: Path) -> list[str]:
    """Return the install command of the uv that one interpreter has, aimed at another."""
    return [runner, "-I", "-m", "uv", "pip", "install", "--python", str(python)]


def _make(environment: Path, python: Path) -> None:
    """Make the environment, without pip where this Python cannot give it one (as Debian's may not)."""
    if _starts(python):
        return
    clear(environment)  # left by a Python that is gone
    venv = [sys.executable, "-I", "-m", "venv", str(environment)]
    if _STEPS.run(environment.parent, venv).code:
        _STEPS.demand(1, _STEPS.run(environment.parent, [*venv, "--without-pip"]))


def _starts(python: Path) -> bool:
    """Tell whether an interpreter is there, starts, and is new enough."""
    test = [str(python), "-I", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    return python.exists() and subprocess.run(test, capture_output=True).returncode == 0


def _fetch_uv(root: Path, python: Path, pip: list[str], lock: Path) -> list[str] | None:
    """Return the install command of uv, or None: it only saves time, so its absence stops nothing."""
    if reads_pip(pip):
        _STEPS.note("left out: pip is told where packages come from, and uv does not read that")
        return None
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(locked_lines(lock, "uv"), encoding="utf-8")
        if _STEPS.run(root, [*pip, "--require-hashes", "-r", str(only_uv)]).code:
            _STEPS.note("left out: it cannot be had here")
            return None
    return uv_of(str(python), python)


def _count(lock: Path) -> int:
    """Count the packages in a lock; one that differs by Python or system counts once."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return len({line.partition("==")[0] for line in lines if "==" in line and line[0].isalnum()})
