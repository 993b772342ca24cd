"""The way to the real Theano and back, with a worker that is none: every way in which it can go wrong."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from convlab import pipes
from convlab.backends.theano_worker import environment, loop, process, talk
from convlab.errors import Refused, Unavailable
from convlab.pipes import wire
from tests.processes import gone, run

FAKE = Path(__file__).with_name("fake_theano.py")
X = np.arange(6.0).reshape(1, 1, 2, 3)
ENDS = {  # what the worker does: what the error calls it, and a part of its sentence
    "exit": ({}, "exit 3", "I am tired"),
    "die": ({"of": "SIGFPE"}, "SIGFPE", "divided by zero"),
    "garbage": ({}, "no answer", "begins with b'Segm'"),
    "lie": ({}, "no answer", "8 bytes of arrays describes 8000"),
    "truncated": ({}, "exit 4", "ends within its arrays"),
}


def fake(last_words, *more):
    _, options = process.launch(last_words)
    return [sys.executable, "-I", "-B", str(FAKE), str(process.WORKER), *more], options


def asking(do="echo", x=X, **words):
    return talk.question("conv2d", {"x": x, "w": x}, {"do": do, **words}, False, 0)


class Waiting:
    """The client of threads, and the one of an event loop driven to the end of each question: one set of tests."""

    def __init__(self, kind):
        self.runner = asyncio.Runner() if kind == "loop" else None
        self.client = (loop.AsyncClient if self.runner else process.Client)(fake)

    def ask(self, question, deadline_s=30.0):
        asked = self.client.ask(question, deadline_s)
        return self.runner.run(asked) if self.runner else asked

    def close(self):
        closed = self.client.close()
        if self.runner:
            self.runner.run(closed)
            self.runner.close()


@pytest.fixture(params=["threads", "loop"])
def waiting(request):
    waiting = Waiting(request.param)
    yield waiting
    waiting.close()


@pytest.fixture
def client():
    with contextlib.closing(process.Client(fake)) as client:
        yield client


def test_an_answer_comes_back_and_the_process_stays(waiting):
    answers = [waiting.ask(asking(x=X + i)) for i in range(3)]
    assert [answer.arrays["y"].tolist() for answer in answers] == [(2 * (X + i)).tolist() for i in range(3)]
    first = answers[0]
    assert (first.ops, first.compile_s, first.first_s, first.steady_s) == (("Fake",), 0.5, 0.25, None)
    assert first.is_fresh and first.version == "fake"
    pid = waiting.client.pid
    assert waiting.ask(asking()) and waiting.client.pid == pid


@pytest.mark.parametrize("do", ENDS)
def test_a_worker_that_breaks_off_is_told_and_the_next_question_is_answered(waiting, do):
    words, name, part = ENDS[do]
    waiting.ask(asking())
    pid = waiting.client.pid
    with pytest.raises(talk.TheanoDied) as caught:
        waiting.ask(asking(do, **words))
    assert caught.value.signal == name and part in str(caught.value)
    assert str(caught.value).startswith("Asked Theano for conv2d(x float64(1, 1, 2, 3), w")
    assert str(caught.value).endswith("The next call starts it again.")
    assert gone(pid) and waiting.client.pid is None
    assert np.array_equal(waiting.ask(asking()).arrays["y"], 2 * X)


def test_a_worker_that_is_late_is_ended_and_the_next_question_is_answered(waiting):
    waiting.ask(asking())
    pid, began = waiting.client.pid, time.monotonic()
    with pytest.raises(Refused, match=r"did not answer within 0\.3 s"):
        waiting.ask(asking("sleep", s=60), 0.3)
    assert time.monotonic() - began < 20 and gone(pid)
    assert waiting.ask(asking())


def test_what_theano_refuses_comes_back_whole(waiting):
    with pytest.raises(talk.TheanoRefused) as caught:
        waiting.ask(asking("refuse"))
    said = caught.value
    assert (said.kind_of_error, said.text, said.stage) == ("ValueError", "first line\nsecond line", "run")
    assert str(said).endswith("It refused at run with ValueError: first line")
    with pytest.raises(Refused, match=r"MemoryError: alloc failed\. Memory did not suffice"):
        waiting.ask(asking("full"))


def test_what_theano_prints_cannot_come_between_the_frames(waiting):
    assert np.array_equal(waiting.ask(asking("print")).arrays["y"], 2 * X)


def test_a_large_array_travels_in_pieces(waiting):
    x = np.arange(3 * wire.PIECE_BYTES // 8 + 5.0)
    assert np.array_equal(waiting.ask(asking(x=x)).arrays["y"], 2 * x)


def test_kills_in_a_row_disturb_nothing(waiting):
    for _ in range(3):
        assert np.array_equal(waiting.ask(asking()).arrays["y"], 2 * X)
        pid = waiting.client.pid
        pipes.end(pid)
        if waiting.runner:
            waiting.runner.run(waiting.client._process.wait())
        else:
            waiting.client._process.wait()
        assert gone(pid)
    assert waiting.ask(asking())


def test_a_theano_that_does_not_start_says_why_and_what_would_set_it_up_anew(waiting, monkeypatch):
    monkeypatch.delenv(environment.CHOSEN, raising=False)
    waiting.client._launch = lambda last_words: fake(last_words, "--mute")
    with pytest.raises(
        Unavailable, match=r"does not start: No module named 'theano'\. Delete the folder \S.* and run"
    ):
        waiting.ask(asking())
    monkeypatch.setenv(environment.CHOSEN, sys.executable)
    with pytest.raises(
        Unavailable, match=r"Name an interpreter that has Theano in CONVLAB_THEANO_PYTHON, or unset it"
    ):
        waiting.ask(asking())
    waiting.client._launch = lambda last_words: (["/no/such/python"], process.launch(last_words)[1])
    with pytest.raises(Unavailable, match=r"does not start: .*No such file"):
        waiting.ask(asking())


def test_a_theano_that_is_late_to_start_is_told_as_such(waiting):
    waiting.client._launch = lambda last_words: fake(last_words, "--slow")
    with pytest.raises(Refused, match=r"did not answer within 0\.3 s"):
        waiting.ask(asking(), 0.3)
    assert waiting.client.pid is None


def test_threads_take_turns_and_each_gets_its_own_answer(client):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda i: client.ask(asking(x=X + i), 30), range(60)))
    assert all(np.array_equal(answer.arrays["y"], 2 * (X + i)) for i, answer in enumerate(answers))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_an_interrupted_question_does_not_leave_its_answer_to_the_next(client, request):
    former = signal.signal(signal.SIGINT, signal.default_int_handler)  # a server of another test left its own
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, former))
    client.ask(asking(), 30)
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        client.ask(asking("sleep", s=1), 30)
    assert np.array_equal(client.ask(asking(x=X + 1), 30).arrays["y"], 2 * (X + 1))


SCRIPT = """
import os, sys, time
from tests.test_theano_worker import asking, fake
from convlab.backends.theano_worker import process
process.CLIENT._launch = fake
print(process.CLIENT.ask(asking(), 30).arrays["y"].sum(), process.CLIENT.pid, flush=True)
"""


def test_a_script_from_standard_input_needs_no_main_guard_and_leaves_nothing():
    with run(SCRIPT) as script:
        total, pid = script.stdout.read().split()
        assert (script.wait(), float(total)) == (0, 30.0)
    assert gone(int(pid))


def test_a_worker_ends_with_the_process_that_started_it_however_that_ends():
    with run(SCRIPT + "time.sleep(60)") as script:
        _, pid = script.stdout.readline().split()
        assert psutil.pid_exists(int(pid))
        script.kill()
    assert gone(int(pid))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_asks_a_worker_of_its_own():
    fork = """
if os.fork() == 0:
    print(process.CLIENT.ask(asking(), 30).arrays["y"].sum(), process.CLIENT.pid, flush=True)
    process.CLIENT.close()
    os._exit(0)
os.wait()
print(process.CLIENT.ask(asking(), 30).arrays["y"].sum(), process.CLIENT.pid, flush=True)
"""
    with run(SCRIPT + fork) as script:
        sums, pids = zip(*(line.split() for line in script.stdout.read().splitlines()))
    assert sums == ("30.0",) * 3 and pids[0] == pids[2] != pids[1]


def test_only_flags_that_are_meant_for_it_reach_theano(monkeypatch):
    monkeypatch.setenv("THEANO_FLAGS", "device=cuda")
    monkeypatch.setenv(process.MORE_FLAGS, "gcc.cxxflags=-O0")
    flags = process._variables()["THEANO_FLAGS"]
    assert flags.startswith("base_compiledir=") and flags.endswith(",blas.ldflags=,gcc.cxxflags=-O0")
    monkeypatch.delenv(process.MORE_FLAGS)
    assert process._variables()["THEANO_FLAGS"].endswith(",blas.ldflags=")
