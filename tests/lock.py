"""`python -m tests.lock [--upgrade]` makes the two lock files; pins that fit are kept.

requirements.lock is made from pyproject.toml: one file serves Linux, macOS and Windows, x86-64 and ARM, Python
3.11 and newer. It covers the base packages and the extra `test`, which holds the build backend and uv.
theano.lock, inside the package, is made from theano.in beside it, for the old Pythons that the real Theano runs
on. Neither names an index, so any mirror will do.
"""

import subprocess
import sys

from convlab.backends.theano_worker import environment
from convlab.bootstrap import LOCK, ROOT

THEANO = environment.LOCK.relative_to(ROOT)
WHAT = (  # what each lock is made from, and the oldest Python that it serves
    (LOCK.name, ("pyproject.toml", "--extra", "test"), "3.11"),
    (THEANO.as_posix(), (THEANO.with_suffix(".in").as_posix(),), environment.PYTHONS[-1]),
)


def command(lock, source, oldest):
    return (
        *("uv", "pip", "compile", *source, "--universal", "--python-version", oldest),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
        *("--custom-compile-command", "python -m tests.lock", "--output-file", lock),
    )


def main(arguments):
    for what in WHAT:
        done = subprocess.run([sys.executable, "-m", *command(*what), *arguments], cwd=ROOT)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
