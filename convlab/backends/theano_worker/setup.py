"""Sets the real Theano up: an old Python, a compiler, the locked packages, and one convolution as a proof."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from convlab import installer
from convlab.backends.theano_worker import environment
from convlab.errors import ConvLabError
from convlab.paths import PACKAGE
from convlab.steps import SetupError, Steps, alone

LOG = "setup.log"  # what a set-up in the background says
_TITLES = (
    "looking for a Python and a compiler",
    "making the environment",
    "installing the locked packages",
    "running a first convolution",
)
_ASK = (  # of an interpreter: its version, where its headers should be and whether they are
    "import os, sys, sysconfig; folder = sysconfig.get_path('include'); "
    "print('%d.%d' % sys.version_info[:2], os.path.isfile(os.path.join(folder, 'Python.h')), sep='\\n')"
)
_TOOLS = ("setuptools", "wheel")  # Theano comes as source: they must be there before it


def set_up(report: Callable[[str], object] = print) -> None:
    """Set the real Theano up, or say that it is there. Another set-up that runs is waited for.

    Parameters
    ----------
    report : callable
        Is given one line at a time.

    Raises
    ------
    SetupError
        With the step, its last lines and what to try; `environment.state` then repeats it.
    """
    if os.environ.get(environment.CHOSEN):
        report(f"{environment.CHOSEN} names the interpreter; nothing is installed.")
        report(_prove())
        return
    folder = environment.folder()
    try:
        with alone(folder, lambda: report("Another start is setting Theano up; waiting for it ...")):
            if environment.is_current():
                report(f"The real Theano is set up in {folder}.")
            else:
                _set_up_alone(folder, report)
    except OSError as error:
        found = f"The system said: {error}."
        raise SetupError(
            f"Asked to set up {folder}.", found, "Free some room, or use another folder."
        ) from None


def _set_up_alone(folder: Path, report: Callable[[str], object]) -> None:
    report(f"Setting up the real Theano in {folder}; nothing outside that folder is changed.")
    environment.mark(current=False)
    try:
        _install(folder, _steps(report))
    except ConvLabError as error:
        environment.remember(_in_a_line(error))
        raise


def _in_a_line(error: ConvLabError) -> str:
    """Return what failed, the last thing that it said and what to try, for a column or a line of doctor."""
    last = error.found.splitlines()[-1].strip(" |") if error.found else ""
    said = " ".join(f"The real Theano could not be set up. {error.asked} {last} {error.hint}".split())
    again = f"After that, run: {environment.COMMAND}"
    return f"{said.removesuffix('.')}. {again}"


def start_in_background(report: Callable[[str], object] = print) -> None:
    """Begin the set-up beside the dashboard, where nobody has tried it yet; it goes on when this process ends."""
    if os.environ.get(environment.NOT_BY_ITSELF) or environment.state()[0] != "absent":
        return
    options: dict = {"stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": PACKAGE.parent}
    if os.name == "nt":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        options["creationflags"] = flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    else:
        options["start_new_session"] = True
    try:
        environment.folder().mkdir(parents=True, exist_ok=True)
        with (environment.folder() / LOG).open("wb") as log:
            subprocess.Popen([sys.executable, "-m", __package__], stdout=log, **options)
    except OSError:  # a folder that cannot be written: doctor and --setup-theano say so
        return
    report(f"The real Theano is being set up in the background, in {environment.folder()}.")


def choose_python() -> str:
    """Return a Python that Theano runs on and that has its headers: the running one, or one on the path.

    Raises
    ------
    SetupError
        With all that were found, and what each of them lacks.
    """
    tried = []
    for command in _candidates():
        try:
            said = subprocess.run([*command, "-I", "-c", _ASK], capture_output=True, text=True, timeout=20)
            version, headers = said.stdout.split()
        except (OSError, ValueError, subprocess.SubprocessError):
            continue  # a launcher of an interpreter that is not installed
        if version in environment.PYTHONS and headers == "True":
            return _full_path(command)
        what = "without its headers" if version in environment.PYTHONS else "which is too new for it"
        tried.append(f"Python {version} ({command[0]}), {what}")
    found = f"Found {'; '.join(tried) or 'none'}."
    raise SetupError("Theano needs Python 3.8 to 3.11 with Python.h.", found, _how_to_find(tried))


def _candidates() -> list[list[str]]:
    launcher = shutil.which("py") if os.name == "nt" else None
    by_name = [[path] for version in environment.PYTHONS if (path := shutil.which(f"python{version}"))]
    by_launcher = [[launcher, f"-{version}"] for version in environment.PYTHONS if launcher]
    return [[sys.executable], *by_name, *by_launcher, *([path] for path in [shutil.which("python3")] if path)]


def _full_path(command: list[str]) -> str:
    asked = [*command, "-I", "-c", "import sys; print(sys.executable)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _how_to_find(tried: list[str]) -> str:
    if sys.platform == "linux" and any("headers" in text for text in tried):
        version = next(text.split()[1] for text in tried if "headers" in text)
        return f"Install python{version}-dev (Debian) or python{version}-devel (Fedora)."
    return f"Install Python 3.11, or name an interpreter that has Theano in {environment.CHOSEN}."


def _steps(report: Callable[[str], object]) -> Steps:
    pythons = "Python 3.11, 3.10, 3.9 or 3.8"
    lock, folder = f'"{environment.LOCK}"', str(environment.folder())  # quoted: it stands in commands to copy
    return Steps(_TITLES, report, lock=lock, pythons=pythons, folder=folder)


def _install(folder: Path, steps: Steps) -> None:
    began = time.monotonic()
    steps.say(1, _TITLES[0])
    if environment.compiler() is None:
        name = environment.COMPILERS[0]
        raise SetupError("Theano compiles what it runs.", f"There is no {name}.", environment.HOW_TO_COMPILE)
    chosen = choose_python()
    steps.say(2, f"making the environment with {chosen}")
    installer.clear(folder, LOG)
    python = environment.own_interpreter()
    venv = [chosen, "-I", "-m", "venv", "--without-pip", str(folder)]
    steps.demand(2, steps.run(folder.parent, venv))
    pip = installer.find_pip(python)
    has_uv = importlib.util.find_spec("uv") is not None and not installer.reads_pip(pip)
    uv = installer.uv_of(sys.executable, python) if has_uv else None
    steps.say(3, "installing Theano 1.0.5, NumPy 1.23.5 and SciPy 1.10.1, about 200 MB")
    with tempfile.TemporaryDirectory() as scratch:
        tools = Path(scratch) / "tools.txt"
        lines = [installer.locked_lines(environment.LOCK, name) for name in _TOOLS]
        tools.write_text("\n".join(lines), encoding="utf-8")
        installer.install_locked(steps, 3, folder, uv, pip, ["-r", str(tools)])
    what = ["--no-build-isolation", "-r", str(environment.LOCK)]
    installer.install_locked(steps, 3, folder, uv, pip, what)
    steps.say(4, "running a first convolution, which compiles it")
    steps.note(_prove())
    environment.mark(current=True)
    steps.note(f"Ready after {time.monotonic() - began:.0f} s.")


def _prove() -> str:
    """Run one convolution whose answer is known, and return what ran it."""
    from convlab.backends.theano_worker import process, talk

    x, w = [[[[0.0, 1, 2], [3, 4, 5]]]], [[[[1.0, 10]]]]
    with contextlib.closing(process.Client()) as client:
        answer = client.ask(talk.question("conv2d", {"x": x, "w": w}, {}, False, 0), 600)
        hello = client.hello()
    if answer.arrays["y"].tolist() != [[[[1, 12], [34, 45]]]]:
        found = f"Its first convolution gave {answer.arrays['y'].tolist()}."
        raise SetupError(
            "Asked the real Theano for a convolution.", found, "Delete its folder and set it up anew."
        )
    return f"Theano {hello['version']} on Python {hello['python']} with {hello['compiler']} works."
