"""Workers for races: every way in which an ask can end, for threads and for an event loop, and what is left."""

import asyncio
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from convlab import pipes
from convlab.errors import SpecError
from convlab.timing import crew
from convlab.timing.crew import AsyncCrew, Crew, DutyFailed, WorkerLost
from tests.acting_crew import LONG_S, acting, asking
from tests.processes import gone

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="the worker that acts dies of signals that Windows lacks"
)


class Waiting:
    """The crew of threads, and the one of an event loop driven to the end of each ask: one set of tests."""

    def __init__(self, kind):
        self.runner = asyncio.Runner() if kind == "loop" else None
        self.crew = AsyncCrew(acting) if self.runner else Crew(acting)

    def ask(self, *words, **more):
        asked = self.crew.ask(asking(*words, **more))
        return self.runner.run(asked) if self.runner else asked

    def close(self):
        if self.runner:
            self.runner.run(self.crew.aclose())
            self.runner.close()
        else:
            self.crew.close()


@pytest.fixture(scope="module", params=["threads", "loop"])
def waiting(request):
    waiting = Waiting(request.param)
    yield waiting
    waiting.close()
    assert waiting.crew.pids() == {}


@pytest.fixture(scope="module")
def threads():
    threads = Crew(acting)
    yield threads
    threads.close()


def test_a_reply_comes_back_and_the_process_stays(waiting):
    assert waiting.ask(a=[1, 2], b="ü") == {"a": [1, 2], "b": "ü"}
    pid = waiting.crew.pids()["cpu"]
    assert waiting.ask("tell")["pid"] == pid and waiting.ask("tell")["number"] == 0.5


@pytest.mark.parametrize(
    ("do", "words", "signal", "part"),
    [
        ("die", {"of": "SIGSEGV"}, "SIGSEGV", "Its process touched memory that is not its own (SIGSEGV)."),
        ("die", {"of": "SIGKILL"}, "SIGKILL", "perhaps by the system for want of memory"),
        ("leave", {"code": 3}, "exit 3", "Its process broke off (exit 3): I am tired."),
    ],
    ids=["segfault", "kill", "exit"],
)
def test_a_worker_that_breaks_off_costs_one_ask(waiting, do, words, signal, part):
    waiting.ask()
    pid = waiting.crew.pids()["cpu"]
    with pytest.raises(WorkerLost) as caught:
        waiting.ask(do, **words)
    assert (caught.value.how, caught.value.signal) == ("died", signal) and part in caught.value.found
    assert str(caught.value).startswith(f"Asked the cpu worker to {do}.")
    assert gone(pid) and waiting.ask(a=1) == {"a": 1}


def test_a_worker_that_is_late_is_ended_even_where_no_python_can_run_in_it(waiting):
    waiting.ask()
    pid = waiting.crew.pids()["cpu"]
    with pytest.raises(WorkerLost, match=r"It took longer than 0\.2 s and was ended\. Use smaller") as caught:
        waiting.ask("sleep", s=LONG_S, deadline_s=0.2)
    assert caught.value.how == "late" and gone(pid) and waiting.ask(a=1) == {"a": 1}


def test_a_start_does_not_count_toward_the_deadline(waiting):
    with pytest.raises(WorkerLost):
        waiting.ask("leave", code=3)
    assert waiting.ask(a=1, deadline_s=0.05) == {"a": 1}  # Python alone takes longer to start


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit of addresses")
def test_more_memory_than_allowed_costs_one_ask_and_what_is_allowed_is_given(waiting):
    pid = waiting.ask("tell")["pid"]
    assert waiting.ask("take", count=64 << 20, memory_bytes=64 << 20) == {"taken": 64 << 20}
    with pytest.raises(WorkerLost) as caught:
        waiting.ask("take", count=64 << 30, memory_bytes=64 << 20)
    assert caught.value.how == "memory"
    assert "than the 64.0 MiB that it may take: Unable to allocate 64.0 GiB" in caught.value.found
    assert gone(pid)
    with pytest.raises(WorkerLost, match=r"more memory than there is: Unable to allocate 4\.00 EiB"):
        waiting.ask("take", count=1 << 62)


def test_want_of_memory_is_known_by_the_words_of_a_library_too(waiting):
    with pytest.raises(WorkerLost, match="DefaultCPUAllocator") as caught:
        waiting.ask("fail", kind="torch")
    assert caught.value.how == "memory"


def test_an_error_of_a_duty_comes_back_whole_and_the_process_stays(waiting):
    pid = waiting.ask("tell")["pid"]
    with pytest.raises(DutyFailed) as caught:
        waiting.ask("fail", kind="theirs", backend="numpy-fft")
    said = caught.value
    assert (said.kind, said.kind_of_error, said.text) == ("failed", "ValueError", "first line\nsecond line")
    assert (
        str(said) == "Asked the cpu worker to fail numpy-fft. This backend failed: first line (ValueError)."
    )
    with pytest.raises(DutyFailed) as caught:
        waiting.ask("fail", kind="ours")
    said = caught.value
    assert (said.kind, said.kind_of_error) == ("not by this backend", "Unsupported")
    assert (said.asked, said.found, said.hint) == ("Asked for that.", "There are 2 groups.", "Use 1.")
    with pytest.raises(DutyFailed, match="set"):
        waiting.ask("fail", kind="set")
    with pytest.raises(DutyFailed, match="KeyError"):
        waiting.ask("no such duty")
    assert waiting.ask("tell")["pid"] == pid


def test_what_a_library_prints_or_reads_cannot_come_between_the_frames(waiting):
    assert waiting.ask("talk") == {"read": ""}


def test_a_worker_that_does_not_start_says_why(waiting):
    with pytest.raises(
        WorkerLost, match=r"does not start: No module named 'cv2'\. Run: python -m convlab doctor"
    ):
        waiting.ask(worker="opencv")


def test_a_worker_that_is_slow_to_start_is_told_as_such(waiting, monkeypatch):
    for client in (crew._Client, crew._AsyncClient):
        monkeypatch.setattr(client, "start_s", 0.01)
    with pytest.raises(WorkerLost, match="does not start: not a word comes from it") as caught:
        waiting.ask(worker="gpu")
    assert caught.value.how == "died" and "gpu" not in waiting.crew.pids()


def test_an_ask_of_no_worker_is_refused_in_a_sentence(waiting):
    with pytest.raises(
        SpecError,
        match=r"no such worker\. Choose among cpu, theano, torch, opencv, jax, fftw, skimage, scipy, gpu\.",
    ):
        waiting.ask(worker="numpy")


def test_ten_kills_under_load_harm_nobody_else():
    """One worker is killed at work again and again; two others, of a thread and of a loop, must not notice."""
    killed, beside = Crew(acting), Crew(acting)
    stop, seen = threading.Event(), []

    async def on_a_loop():
        loop_crew, said = AsyncCrew(acting), []
        while not stop.is_set():
            said.append(await loop_crew.ask(asking("echo", i=len(said))) == {"i": len(said)})
            await asyncio.sleep(0.03)
        await loop_crew.aclose()
        return said

    def in_a_thread():
        while not stop.is_set():
            seen.append(beside.ask(asking("echo", i=len(seen))) == {"i": len(seen)})
            time.sleep(0.03)

    def at_work():
        with pytest.raises(WorkerLost) as caught:
            killed.ask(asking("sleep", s=LONG_S))
        return caught.value.how, caught.value.signal

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(in_a_thread), pool.submit(asyncio.run, on_a_loop())]
        try:
            for _ in range(10):
                pid = killed.ask(asking("tell"))["pid"]
                asked = pool.submit(at_work)
                time.sleep(0.03)  # until it sleeps
                pipes.end(pid)
                assert asked.result(20) == ("died", "SIGKILL") and gone(pid)
            assert killed.ask(asking(a=1)) == {"a": 1}
        finally:
            stop.set()
            killed.leave()
        on_loop = [other.result(20) for other in others][1]
    assert len(seen) > 10 and all(seen) and len(on_loop) > 10 and all(on_loop)
    beside.close()


def test_threads_take_turns_and_each_gets_its_own_reply(threads):
    with ThreadPoolExecutor(4) as pool:
        replies = list(
            pool.map(lambda i: threads.ask(asking(i=i, worker=("cpu", "torch")[i % 2])), range(60))
        )
    assert replies == [{"i": i} for i in range(60)] and set(threads.pids()) == {"cpu", "torch"}


def test_another_thread_can_stop_what_runs_and_nothing_else(threads):
    threads.ask(asking())
    pid = threads.ask(asking("tell"))["pid"]
    threads.stop()  # nothing is at work
    assert threads.ask(asking("tell"))["pid"] == pid
    threading.Timer(0.2, threads.stop).start()
    with pytest.raises(WorkerLost, match="It was stopped") as caught:
        threads.ask(asking("sleep", s=LONG_S))
    assert caught.value.how == "stopped" and gone(pid)
    assert threads.ask(asking(a=1)) == {"a": 1}


def test_a_stop_in_the_very_last_moment_leaves_no_dying_worker_to_the_next(threads, monkeypatch):
    client = threads._client("cpu")
    read = client._read
    threads.ask(asking())
    with monkeypatch.context() as patch:
        patch.setattr(client, "_read", lambda: (read(), client.stop())[0])
        with pytest.raises(WorkerLost, match="It was stopped"):
            threads.ask(asking())
    assert threads.ask(asking(a=1)) == {"a": 1}
