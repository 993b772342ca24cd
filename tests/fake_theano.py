"""A worker without Theano: it does what the word `do` says, well or badly. Started as the real one is."""

import importlib.util
import os
import signal
import subprocess
import sys
import time

spec = importlib.util.spec_from_file_location("worker", sys.argv[1])
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
wire, write = worker.wire, worker.wire.write
SAID = {"ops": ["Fake"], "fresh": True, "compile_s": 0.5, "first_s": 0.25, "steady_s": None}
BAD = {
    "garbage": b"Segmentation fault" * 20,
    "lie": wire.PREFIX.pack(wire.MARK, 39, 8) + b'{"arrays": [["y", "float64", [1000]]]}\n',
}


def answer(header, arrays):
    do = header["words"].get("do", "echo")
    if do == "die":
        os.kill(os.getpid(), getattr(signal, header["words"]["of"]))
    if do == "exit":
        print("I am tired", file=sys.stderr)
        sys.stderr.flush()
        os._exit(3)
    if do == "sleep":
        time.sleep(header["words"]["s"])
    if do == "print":
        print("noise" * 1000)
        os.write(1, b"more noise")
        subprocess.run([sys.executable, "-c", "print('and a compiler')"], check=True)
    if do == "refuse":
        return {"error": "ValueError", "text": "first line\nsecond line", "stage": "run"}, {}
    if do == "full":
        return {"full": "alloc failed"}, {}
    return dict(SAID, do=do, pid=os.getpid()), {"y": arrays["x"] * 2}


def bad_write(stream, header, arrays):
    if header.get("do") in BAD:
        stream.write(BAD[header["do"]])
        stream.flush()
        time.sleep(60)
    if header.get("do") == "truncated":
        head, views = wire.pack(header, arrays)
        stream.write(head + bytes(views[0])[:-1])
        stream.flush()
        os._exit(4)
    write(stream, header, arrays)


def hello():
    if "--mute" in sys.argv:
        sys.exit("No module named 'theano'")
    if "--slow" in sys.argv:
        time.sleep(60)
    return {"version": "fake", "python": "3.8.0", "numpy": "1.23.5", "compiler": "none"}


worker.answer, wire.write, worker._hello = answer, bad_write, hello
worker.main()
