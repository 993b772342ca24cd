"""`python -m tests.lock [--upgrade]` makes requirements.lock from pyproject.toml; fitting pins are kept.

One file serves Linux, macOS and Windows, x86-64 and ARM, Python 3.11 and newer. It covers the base packages
and the extra `test`, which holds the build backend and uv. It names no index, so any mirror will do.
"""

import subprocess
import sys

from convlab.bootstrap import LOCK, ROOT

COMMAND = (
    *("uv", "pip", "compile", "pyproject.toml", "--extra", "test", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
    *("--custom-compile-command", "python -m tests.lock", "--output-file", LOCK.name),
)


def main(arguments):
    return subprocess.run([sys.executable, "-m", *COMMAND, *arguments], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
