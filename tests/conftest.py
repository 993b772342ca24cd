"""What every test may rely on: no switch that a machine may export reaches the arithmetic; the real Theano."""

import os
import signal
import tempfile

import pytest

for switch in (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
):  # read when NumPy is imported, so not later than here
    os.environ.pop(switch, None)
os.environ["CONVLAB_NO_THEANO_SETUP"] = "1"  # a server that a test starts downloads nothing
_CACHE = tempfile.TemporaryDirectory(
    prefix="convlab-tests-"
)  # no test reads or writes what this user measured
os.environ["CONVLAB_CACHE"] = _CACHE.name
os.environ.setdefault(
    "CONVLAB_COMPILED", f"{_CACHE.name}/compiled"
)  # one folder for all processes of one run
LONGEST = ("test_theano_live.py", "test_bootstrap.py", "test_app.py", "test_serving.py")
LATE = ("test_golden.py",)  # after test_theano_live.py, which has Theano compile what both need


def pytest_collection_modifyitems(items):
    """Put the files that take longest first, then the browser's, so that no processor waits for them at the end."""

    def rank(item):
        in_browser = "tests/browser/" in item.path.as_posix()
        if item.path.name in LONGEST:
            return LONGEST.index(item.path.name)
        return 10 if in_browser else 15 if item.path.name in LATE else 20

    items.sort(key=rank)


@pytest.fixture(autouse=True)
def signals():
    """Put back what a server that ran within a test has made of Ctrl+C and of an end that is asked for."""
    former = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    for name, handler in former.items():
        if handler is not None:  # None: it is not Python's
            signal.signal(name, handler)


@pytest.fixture(scope="session")
def theano():
    """The real Theano, `convlab.backends.theano_worker`; without one the test is skipped, or fails in CI."""
    from convlab.backends import theano_worker

    if reason := theano_worker.unavailable():
        (pytest.fail if os.environ.get("CONVLAB_REQUIRE_THEANO") else pytest.skip)(reason)
    return theano_worker
