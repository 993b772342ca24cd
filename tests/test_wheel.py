"""The wheel, in an environment that knows nothing of the checkout: what it carries, and that `convlab` starts."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import zipfile
from urllib.request import urlopen

import pytest

from convlab import bootstrap
from convlab.paths import root_folder

SCRIPTS = "Scripts" if os.name == "nt" else "bin"
BUILD = ("hatchling", "build", "-t", "wheel", "-d")


def travels(path):
    return path.is_file() and "__pycache__" not in path.parts and ".ipynb_checkpoints" not in path.parts


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", *BUILD, str(folder)]
    done = subprocess.run(build, cwd=bootstrap.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("convlab-*.whl")
    return made


class Environment:
    """An environment in a folder of its own; the packages that convlab needs are lent by the running one."""

    def __init__(self, folder, wheel):
        self.folder = folder
        self.python = folder / SCRIPTS / ("python.exe" if os.name == "nt" else "python")
        subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", folder], check=True)
        installer = [sys.executable, "-m", "pip", "--python", str(self.python), "install"]
        if importlib.util.find_spec("pip") is None:  # an environment that uv made
            installer = [shutil.which("uv"), "pip", "install", "--python", str(self.python)]
        subprocess.run([*installer, "-q", "--no-index", "--no-deps", str(wheel)], check=True)

    def lend(self):
        """Add the running environment's packages, without its .pth files: they would bring the checkout in."""
        (site,) = self.folder.rglob("site-packages")
        (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def say(self, code):
        """Run a line of Python outside every checkout and return what it printed."""
        done = subprocess.run([self.python, "-c", code], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def empty(tmp_path_factory, wheel):
    return Environment(tmp_path_factory.mktemp("an empty place"), wheel)


@pytest.fixture(scope="module")
def lent(tmp_path_factory, wheel):
    environment = Environment(tmp_path_factory.mktemp("a furnished place"), wheel)
    environment.lend()
    return environment


@pytest.mark.parametrize("name", ["assets", "lessons"])
def test_the_wheel_carries_every_file_of_the_folder(wheel, name):
    folder = root_folder(name)
    here = {
        f"convlab/_data/{name}/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if travels(path) and path.parent.name != "screens"  # the pictures of README stay at home
    }
    carried = {
        path for path in zipfile.ZipFile(wheel).namelist() if path.startswith(f"convlab/_data/{name}/")
    }
    assert here
    assert carried == here


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel):
    package = bootstrap.PACKAGE
    ours = {path.relative_to(bootstrap.ROOT).as_posix() for path in package.rglob("*") if travels(path)}
    names = {path for path in zipfile.ZipFile(wheel).namelist() if "dist-info" not in path}
    assert {path for path in names if not path.startswith("convlab/_data/")} == ours


def test_the_wheel_asks_for_the_ranges_of_pyproject(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    (path,) = (name for name in names if name.endswith("METADATA"))
    metadata = zipfile.ZipFile(wheel).read(path).decode()
    base = set(re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata, re.MULTILINE))
    assert base == {need.name for need in bootstrap.needs.wanted()}


def test_importing_convlab_needs_the_standard_library_alone(empty):
    said = empty.say(
        "import convlab, sys; print([m for m in sys.modules if m.partition('.')[0] in ('numpy', 'panel')])"
    )
    assert said == "[]\n"


def test_without_its_packages_convlab_names_them_in_one_sentence(empty):
    done = subprocess.run(
        [empty.folder / SCRIPTS / "convlab", "--no-browser"], cwd=empty.folder, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "panel>=1.9.4,<1.10 (absent)" in done.stderr.replace("<1.10,>=1.9.4", ">=1.9.4,<1.10")
    assert "Traceback" not in done.stderr


def test_the_folders_are_found_inside_the_installed_package(lent):
    said = lent.say("from convlab import paths; print([str(paths.assets()), str(paths.lessons())])")
    assert all(str(lent.folder) in path and path.find("_data") > 0 for path in ast.literal_eval(said))


def test_convlab_starts_the_dashboard_outside_every_checkout(lent):
    process = subprocess.Popen(
        [lent.folder / SCRIPTS / "convlab", "--no-browser", "--port", "0"],
        cwd=lent.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"convlab is at (http://\S+)", line):
                break
        assert found, said
        with urlopen(found[1], timeout=10) as answer:
            page = answer.read().decode()
        assert answer.status == 200
        style = re.search(r"/assets/tokens\.css[^\"']*", page)
        with urlopen(found[1].rstrip("/") + style[0], timeout=10) as answer:
            assert answer.read() == (root_folder("assets") / "tokens.css").read_bytes()
    finally:
        watchdog.cancel()
        process.terminate()
        process.wait(timeout=15)
