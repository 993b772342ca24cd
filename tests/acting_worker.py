"""A worker with duties that go well or badly, in the way that a test wants. Started as the real one is."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from convlab import pipes
from convlab.errors import Unsupported
from convlab.timing import worker
from convlab.timing.crew import launch
from convlab.timing.measuring.duties import DUTIES


def sleep(s):
    """Sleep without letting any other Python run, as a library does that keeps the interpreter to itself."""
    ctypes.PyDLL(None).usleep(int(s * 1e6)) if s < 1 else ctypes.PyDLL(None).sleep(int(s))
    return {}


def die(of):
    os.kill(os.getpid(), getattr(signal, of))


def leave(code):
    sys.stderr.write("I am tired\n")
    sys.stderr.flush()
    os._exit(code)


def talk():
    print("noise" * 1000)
    os.write(1, b"more noise")
    subprocess.run([sys.executable, "-c", "print('and a compiler')"], check=True)
    return {"read": sys.stdin.read()}


def take(count):
    """Take memory, untouched, and give it back."""
    return {"taken": np.empty(count, np.uint8).nbytes}


def fail(kind, backend=None):
    if kind == "ours":
        raise Unsupported("Asked for that.", "There are 2 groups.", "Use 1.")
    if kind == "torch":
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 8 bytes")
    if kind == "set":
        return {"set": {1}}
    raise ValueError("first line\nsecond line")


def tell():
    """Tell what a worker is told when it starts, and how it has settled in."""
    return {
        "variables": dict(os.environ),
        "path": sys.path,
        "main": getattr(sys.modules["__main__"], "__file__", None),
        "numpy": np.__file__,
        "score": Path("/proc/self/oom_score_adj").read_text().strip() if sys.platform == "linux" else "500",
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "pid": os.getpid(),
        "number": np.float32(0.5),
    }


def begin():
    """Start a worker of this worker, as the backends of the real Theano do."""
    words = tempfile.TemporaryFile()  # noqa: SIM115
    command, options = launch("cpu", words)
    KEPT.append(subprocess.Popen(command, **options))
    return {"pid": KEPT[-1].pid}


def end():
    """End the worker that this one started, and not itself."""
    pipes.end(KEPT[-1].pid)
    return {"code": KEPT[-1].wait()}


KEPT = []
if __name__ == "__main__":
    if sys.argv[1] == "opencv":
        sys.exit("No module named 'cv2'")
    for duty in (sleep, die, leave, talk, take, fail, tell, begin, end):
        DUTIES[duty.__name__] = duty
    worker.main(sys.argv[1])
