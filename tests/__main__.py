"""`python -m tests [pytest arguments]` sets the environments up if it must, then runs the suite."""

import os
import sys

if sys.version_info < (3, 11):  # said here, in words that every Python can parse
    sys.exit(
        "convlab needs Python 3.11 or newer; this is %d.%d. Try: python3.11 -m tests" % sys.version_info[:2]
    )


def spread(words):
    """Return what spreads the whole suite over the processors, file by file; a part of it runs in one process.

    The files go out in the order of tests/conftest.py, the longest first: xdist would begin with those of most tests.
    There are more of them at a time than processors, half as many again: nearly half of its time the suite waits for
    pages, servers and workers.
    """
    whole = all(
        word.startswith("-") and word[:2] not in ("-k", "-m", "-n", "-p", "-x", "-h") for word in words
    )
    return (
        ["-n", str(3 * (os.cpu_count() or 1) // 2), "--dist", "loadfile", "--no-loadscope-reorder"]
        if whole
        else []
    )


def set_theano_up():
    """Set the real Theano up where that has not failed before; the tests that need it skip where it cannot be."""
    from convlab.backends import theano_worker
    from convlab.errors import ConvLabError

    if theano_worker.state()[0] not in ("ready", "impossible"):
        try:
            theano_worker.set_up(lambda line: print(line, flush=True))
        except ConvLabError as error:
            print(f"The tests of the real Theano are skipped: {error}", flush=True)


if __name__ == "__main__":
    from convlab import bootstrap

    bootstrap.ensure(("test",))
    set_theano_up()

    import pytest

    arguments = ["--rootdir", str(bootstrap.ROOT), *spread(sys.argv[1:]), *sys.argv[1:]]
    sys.exit(pytest.main(arguments))
