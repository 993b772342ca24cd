"""One command from nothing: find the packages, or make `.venv` beside app.py and run the same command in it.

Only the standard library is used. Where the running Python meets every range in pyproject.toml (conda, an
active environment) nothing is installed and nothing is printed. Otherwise `.venv` is made, or brought up to
date when pyproject.toml or requirements.lock has changed since: a stamp in it remembers both.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from convlab import needs
from convlab.installer import install as install_all
from convlab.paths import PACKAGE
from convlab.steps import SetupError, alone

ROOT = PACKAGE.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = ROOT / "requirements.lock"
_STAMP = ENVIRONMENT / ".convlab-stamp"
_RAN_AGAIN = "CONVLAB_RAN_AGAIN"


def ensure(extras: tuple[str, ...] = (), *, install: bool = True) -> None:
    """Return when the running Python has every package; else set `.venv` up and run this command again in it.

    Parameters
    ----------
    extras : tuple of str
        Extras of pyproject.toml that must be there too, such as "test".
    install : bool
        Whether to install what is missing (in a checkout); otherwise say what is missing and end.

    Raises
    ------
    SystemExit
        With one message when a step fails; on Windows also with the exit code of the command run again.

    Examples
    --------
    >>> ensure()
    """
    ran_again = os.environ.pop(_RAN_AGAIN, None)
    lacks = needs.lacking(extras)
    if not lacks:
        return
    with contextlib.suppress(AttributeError):
        sys.stdout.reconfigure(errors="replace")  # a console of a few letters must not stop the set-up
    try:
        if ran_again or not install:
            raise _hopeless(lacks, install)
        if _inside() or not _is_current():
            _set_up(lacks)
    except SetupError as error:
        sys.exit(f"\nconvlab: {error}")
    except OSError as error:
        sys.exit(f"\nconvlab: {_no_room(error)}")
    except KeyboardInterrupt:
        sys.exit("\nconvlab: set-up was interrupted. The same command goes on where it stopped.")
    _run_again()


def _hopeless(lacks: list[needs.Lack], install: bool) -> SetupError:
    found = f"This Python ({sys.executable}) still lacks {', '.join(map(str, lacks))}."
    if install:
        hint = f"Delete the folder {ENVIRONMENT} and run the command again."
        return SetupError("The environment was set up.", found, hint)
    here = needs.PYPROJECT.is_file()
    hint = f"Run: python {ROOT / 'app.py'} --setup" if here else "Install convlab again, with its packages."
    return SetupError("Asked for the dashboard.", found, hint)


def _no_room(error: OSError) -> SetupError:
    hint = "Copy the project to a folder that you may write to, or use an environment of your own."
    return SetupError(f"Asked to set up {ENVIRONMENT}.", f"The system said: {error}.", hint)


def _set_up(lacks: list[needs.Lack]) -> None:
    """Bring `.venv` up to date; of two starts at the same time the second waits and finds the work done."""
    with alone(ENVIRONMENT, _wait):
        if _inside() or not _is_current():
            shown = ", ".join(map(str, lacks[:3])) + (f" and {len(lacks) - 3} more" if len(lacks) > 3 else "")
            print(f"convlab needs packages that this Python lacks: {shown}.", flush=True)
            print(f"Setting up {ENVIRONMENT}; nothing outside that folder is changed.", flush=True)
            _STAMP.unlink(missing_ok=True)
            install_all(ROOT, ENVIRONMENT, PYTHON, LOCK)
            _STAMP.write_text(_fingerprint(), encoding="utf-8")


def _wait() -> None:
    print("Another start is setting up .venv; waiting for it ...", flush=True)


def _inside() -> bool:
    return Path(sys.prefix).resolve() == ENVIRONMENT.resolve()


def _is_current() -> bool:
    """Tell whether `.venv` was set up from the files as they are now, and its Python is there."""
    return PYTHON.exists() and _STAMP.exists() and _STAMP.read_text(encoding="utf-8") == _fingerprint()


def _fingerprint() -> str:
    """Name the wanted state: both files, and the folder, since an environment cannot be moved."""
    parts = (needs.PYPROJECT.read_bytes(), LOCK.read_bytes(), os.fsencode(ENVIRONMENT))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _run_again() -> None:
    """Run the same command in `.venv`: in the place of this process, or below it on Windows."""
    os.environ[_RAN_AGAIN] = "1"
    os.environ.pop("__PYVENV_LAUNCHER__", None)  # on macOS it would name the outer Python
    command = [str(PYTHON), *sys.orig_argv[1:]]
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(PYTHON, command)
    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:  # both were interrupted: let the inner one end in its own way
            continue
