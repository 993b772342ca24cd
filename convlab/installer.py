"""The steps that turn an empty folder into an environment: venv, uv, the locked packages, convlab itself.

Only the standard library is used. Every package, uv included, is checked against the hashes in
requirements.lock, and no step names an index: where packages come from is what the person configured. uv is
several times faster. pip is the way out where uv cannot be fetched or reaches nothing, for pip alone reads
pip's own settings (a folder of wheels, a mirror, a certificate).
"""

from __future__ import annotations

import collections
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from convlab.errors import ConvLabError

LOCK_FILE = ".convlab-lock"  # stands in the environment and is held while it changes
_STEPS = (
    "making the environment",
    "fetching uv",
    "installing the locked packages",
    "installing convlab itself",
)
_LINE = 160  # longer lines of other programs are cut
_PROGRESS_S = 1.0  # at most one line of progress in this time

_HINTS = (  # words in the output of a failed step, and what to try then; the first match counts
    ("no space left|disk quota|not enough space", "Free some disk space: 2 GB are enough."),
    (
        "do not match the hashes|hash mismatch",
        "A file is not the one that requirements.lock names: it is damaged, or another build of it from a "
        "mirror or a folder of wheels. Remove it, or fetch it with `pip download -r requirements.lock`.",
    ),
    (
        "name resolution|resolve host|dns error|connection|network|timed out|failed to fetch|certificate",
        "No server of packages was reached: check the network, or the proxy. For a machine without network, "
        "run `pip download -r requirements.lock -d wheels` on one of the same kind that has it, copy the "
        "folder over, set PIP_NO_INDEX=1 and PIP_FIND_LINKS to the folder, and run this command again.",
    ),
    (
        "no matching distribution|no solution found|unsatisfiable|no wheels",
        "A locked package is not to be had for this Python or this machine from where it was looked for. "
        "Try Python 3.11, 3.12 or 3.13.",
    ),
    (
        "permission denied|access is denied|being used by another",
        "Close every convlab that still runs from this folder, and try again.",
    ),
)
_ANY_HINT = "Run the command again. If the same step fails, delete the folder .venv and run it once more."


class SetupError(ConvLabError, RuntimeError):
    """The environment could not be set up; the sentence names the step, its last lines and what to try."""

    kind = "set-up failed"


class Outcome(NamedTuple):
    """How a command ended: its exit code, and the last lines that it printed."""

    code: int
    lines: list[str]


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
    began = time.monotonic()
    _say(1, f"making the environment with Python {'.'.join(map(str, sys.version_info[:3]))}")
    _make(environment, python)
    pip = _find_pip(python)
    _say(2, "fetching uv, a fast installer")
    uv = _fetch_uv(root, python, pip, lock)
    from_lock = ["--require-hashes", "-r", str(lock)]
    installer = uv or pip
    _say(3, f"installing {_count(lock)} locked packages with {'uv' if uv else 'pip (a minute or more)'}")
    outcome = _run(root, [*installer, *from_lock])
    if uv and outcome.code:
        _say(3, "uv did not manage, and it reads no settings of pip; now with pip (a minute or more)")
        installer = pip
        outcome = _run(root, [*installer, *from_lock])
    _demand(3, outcome)
    _say(4, "installing convlab itself")
    _demand(4, _run(root, [*installer, "--no-deps", "--no-build-isolation", "-e", str(root)]))
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)


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


def _make(environment: Path, python: Path) -> None:
    """Make the environment, without pip where this Python cannot give it one (as Debian's may not)."""
    if _starts(python):
        return
    for item in environment.iterdir():  # left by a Python that is gone
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        elif item.name != LOCK_FILE:
            item.unlink()
    venv = [sys.executable, "-I", "-m", "venv", str(environment)]
    if _run(environment.parent, venv).code:
        _demand(1, _run(environment.parent, [*venv, "--without-pip"]))


def _starts(python: Path) -> bool:
    """Tell whether an interpreter is there, starts, and is new enough."""
    test = [str(python), "-I", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    return python.exists() and subprocess.run(test, capture_output=True).returncode == 0


def _find_pip(python: Path) -> list[str]:
    """Return the install command of the pip inside the environment, or of the outer one aimed at it."""
    inner, outer = [str(python), "-I", "-m", "pip"], [sys.executable, "-m", "pip", "--python", str(python)]
    for command in (inner, outer):
        if subprocess.run([*command, "--version"], capture_output=True).returncode == 0:
            return [*command, "--disable-pip-version-check", "--no-input", "install"]
    found = f"Neither {python} nor {sys.executable} has pip."
    raise SetupError(f"Step 1 of 4 ({_STEPS[0]}) failed.", found, "Install python3-venv or python3-pip.")


def _fetch_uv(root: Path, python: Path, pip: list[str], lock: Path) -> list[str] | None:
    """Return the install command of uv, or None: it only saves time, so its absence stops nothing."""
    asking = subprocess.run([*pip[:-1], "config", "list"], capture_output=True, text=True, errors="replace")
    if "no-index=" in asking.stdout or ".index-url=" in asking.stdout:
        _note("left out: pip is told where packages come from, and uv does not read that")
        return None
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(locked_lines(lock, "uv"), encoding="utf-8")
        if _run(root, [*pip, "--require-hashes", "-r", str(only_uv)]).code:
            _note("left out: it cannot be had here")
            return None
    return [str(python), "-I", "-m", "uv", "pip", "install", "--python", str(python)]


def _count(lock: Path) -> int:
    """Count the packages in a lock; one that differs by Python or system counts once."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return len({line.partition("==")[0] for line in lines if "==" in line and line[0].isalnum()})


def _say(number: int, doing: str) -> None:
    print(f"  {number} of {len(_STEPS)}  {doing} ...", flush=True)


def _note(text: str) -> None:
    print(f"          {text}", flush=True)


def _demand(number: int, outcome: Outcome) -> None:
    """Raise a SetupError, with the last lines of the output and a hint that fits them, when a step failed."""
    if not outcome.code:
        return
    printed = "\n".join(outcome.lines).lower()
    fitting = (hint for words, hint in _HINTS if any(word in printed for word in words.split("|")))
    last = "".join(f"\n    | {line}" for line in outcome.lines[-8:])
    raise SetupError(
        f"Step {number} of {len(_STEPS)} ({_STEPS[number - 1]}) failed.",
        f"It ended with code {outcome.code}, and its last lines were:{last}",
        f"\n    What to try: {next(fitting, _ANY_HINT)}",
    )


def _run(folder: Path, command: list[str]) -> Outcome:
    """Run a command and show its newest line from time to time."""
    lines: collections.deque[str] = collections.deque(maxlen=40)
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    plain = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "PIP_PROGRESS_BAR": "off"}
    began = shown = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=plain, text=True, encoding="utf-8", errors="replace", **options
    ) as process:
        for line in (text.strip()[:_LINE] for text in process.stdout):
            if not line or line.startswith("Requirement already satisfied"):
                continue
            lines.append(line)
            if time.monotonic() - shown > _PROGRESS_S:
                shown = time.monotonic()
                _note(f"{shown - began:.0f} s: {line[:80]}")
    return Outcome(process.returncode, list(lines))
