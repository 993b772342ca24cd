"""A checkout in miniature, with one small dependency: what the set-up does, without network and in seconds."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from convlab import bootstrap

PACKAGE = Path(bootstrap.__file__).parent
NEEDED = (
    *("__init__", "bootstrap", "door", "errors", "installer", "needs", "paths", "steps"),
    *("dashboard/__init__", "dashboard/addresses"),
)
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "convlab"
dependencies = ["littlething>=1.5,<2"]
[project.optional-dependencies]
test = []
"""
BACKEND = """
import sys; sys.path.insert(0, {tests!r})
from tests.little_house import write_wheel
def build_editable(folder, config_settings=None, metadata_directory=None):
    return write_wheel(folder, "convlab", "0.1.0", {{"convlab.pth": {root!r}}}).name
"""


def write_wheel(folder, name, version, files):
    """Write a wheel by hand: the files, their metadata and the record."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {path: hashlib.sha256(text.encode()).digest() for path, text in files.items()}
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(digests[path]).rstrip(b'=').decode()},{len(text.encode())}"
        for path, text in files.items()
    ]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
    wheel = Path(folder) / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return wheel


class House:
    """A checkout with one small dependency, the folder of wheels that serves it, and how to start it."""

    def __init__(self, folder):
        self.root, self.wheels = folder / "my convlab", folder / "wheels"
        (self.root / "convlab").mkdir(parents=True)
        self.wheels.mkdir()
        for name in NEEDED:
            (self.root / "convlab" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PACKAGE / f"{name}.py", (self.root / "convlab" / name).parent)
        shutil.copy(bootstrap.ROOT / "app.py", self.root)
        self.project = self.root / "pyproject.toml"
        self.project.write_text(PYPROJECT)
        backend = BACKEND.format(tests=str(bootstrap.ROOT), root=str(self.root))
        (self.root / "backend.py").write_text(backend)
        self.lock("1.5")

    def lock(self, version, hashes="--hash=sha256:{digest}"):
        """Lock one version, with its hash or with whatever stands in the place of the hash."""
        wheel = write_wheel(
            self.wheels, "littlething", version, {"littlething.py": f"version = {version!r}\n"}
        )
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        pin = f"littlething=={version} {hashes.format(digest=digest)}\n"
        (self.root / "requirements.lock").write_text(pin)

    def command(self):
        return [sys.executable, str(self.root / "app.py"), "--setup"]

    def environment(self):
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHONPATH"))
        }
        return {
            **kept,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": self.wheels.as_uri(),
            "PIP_CONFIG_FILE": os.devnull,
        }

    def start(self, expected=0):
        """Run app.py --setup from elsewhere and return what it said."""
        options = {"env": self.environment(), "cwd": self.wheels, "stderr": subprocess.STDOUT}
        done = subprocess.run(self.command(), stdout=subprocess.PIPE, text=True, timeout=120, **options)
        assert done.returncode == expected, done.stdout
        return done.stdout

    def installed(self):
        python = self.root / bootstrap.PYTHON.relative_to(bootstrap.ROOT)
        code = "import littlething, convlab; print(littlething.version, convlab.__file__)"
        return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True).stdout.split(
            maxsplit=1
        )
