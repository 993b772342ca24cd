"""Workers wherever convlab runs: standard input, a script, a notebook, a fork; what they are told, and their end."""

import os
import subprocess
import sys

import psutil
import pytest

from convlab import bootstrap
from convlab.timing import crew, worker
from convlab.timing.crew import Crew
from tests.acting_crew import acting, asking
from tests.processes import gone, run
from tests.test_crew import pytestmark  # noqa: F401 - the same reason to be skipped

ASKS = """
import os, sys, threading, time
from convlab.timing.crew import CREW, Ask
from tests.acting_crew import acting, asking
print(CREW.ask(Ask("cpu", "echo", {"sum": 30}, 30.0))["sum"], CREW.pids()["cpu"], flush=True)
"""

RACE = """
import convlab as cl
def raced():
    spec = cl.ConvSpec((1, 1, 8, 8), (1, 1, 3, 3))
    return cl.race(spec, backends=["numpy-im2col"], budget_s=0.02).winner.name
"""


@pytest.fixture(scope="module")
def threads():
    threads = Crew(acting)
    yield threads
    threads.close()


def test_from_standard_input_and_nothing_is_left():
    with run(ASKS) as script:
        total, pid = script.stdout.read().split()
        assert (script.wait(), total) == (0, "30")
    assert gone(int(pid))


def test_races_of_two_threads_from_standard_input():
    script = (
        RACE
        + """
import threading
for thread in [threading.Thread(target=lambda: print(raced(), flush=True)) for _ in range(2)]:
    thread.start()
"""
    )
    with run(script) as started:
        assert started.stdout.read().split() == ["numpy-im2col"] * 2 and started.wait() == 0


def test_in_a_script_without_a_main_guard_that_is_not_run_again(tmp_path):
    file = tmp_path / "script.py"
    file.write_text("print('once')\n" + ASKS)
    (tmp_path / "numpy.py").write_text(
        "1 / 0"
    )  # beside the script: not the library, and not the worker's business
    variables = {**os.environ, "PYTHONPATH": str(bootstrap.ROOT)}
    command = [sys.executable, "-P", str(file)]
    said = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=variables, check=True
    ).stdout
    assert said.split()[:2] == ["once", "30"] and said.count("once") == 1


def test_in_a_notebook_whose_event_loop_runs():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(bootstrap.ROOT))
    on_the_loop = """
from convlab.timing.crew import here
print(await here().ask(Ask("cpu", "echo", {}, 30.0)), raced())
"""
    said = []
    try:
        code = ASKS + RACE + on_the_loop
        client.execute_interactive(code, timeout=60, output_hook=lambda heard: said.append(heard["content"]))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    words = "".join(one.get("text", "") for one in said).split()
    assert words[0] == "30" and words[2:] == ["{}", "numpy-im2col"] and gone(int(words[1])), said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_asks_a_worker_of_its_own():
    fork = """
def ask():
    print(CREW.ask(asking("echo", sum=30))["sum"], CREW.pids()["cpu"], flush=True)
if os.fork() == 0:
    ask()
    CREW.close()
    os._exit(0)
os.wait()
ask()
"""
    with run(ASKS + fork) as script:
        sums, pids = zip(*(line.split() for line in script.stdout.read().splitlines()), strict=True)
    assert sums == ("30",) * 3 and pids[0] == pids[2] != pids[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_that_ends_leaves_the_workers_of_a_loop_to_the_loop():
    fork = """
import asyncio, sys
from convlab.timing.crew import _leave_all, here
async def main():
    for _ in range(2):
        print(await here().ask(Ask("cpu", "echo", {}, 30.0)), here().pids()["cpu"], flush=True)
        if os.fork() == 0:
            _leave_all()  # as at the end of a process
            os._exit(0)
        os.wait()
    await here().aclose()
asyncio.run(main())
"""
    with run(ASKS + fork) as script:
        _, first, second = script.stdout.read().splitlines()
    assert first == second and first.startswith("{} ")


def test_workers_end_with_the_process_that_asked_even_at_work_where_no_python_can_run_in_them():
    hogs = """
CREW._launch = acting
CREW.close()
CREW._clients.clear()
print(*(CREW.ask(asking("tell", worker=name))["pid"] for name in ("torch", "cpu")), flush=True)
threading.Thread(target=CREW.ask, args=(asking("sleep", s=60, deadline_s=0.5),), daemon=True).start()
time.sleep(0.2)
os.kill(os.getpid(), 9)
"""
    with run(ASKS + hogs) as script:
        idle, at_work = map(int, script.stdout.read().split()[-2:])
    assert gone(idle)
    assert gone(at_work, within_s=15)  # at 1.5 s by itself; its pipe is closed, which it cannot notice


def test_what_a_worker_starts_ends_together_with_it(threads):
    first = threads.ask(asking("begin"))["pid"]
    assert (
        os.getpgid(first) == threads.pids()["cpu"]
    )  # so a signal to the one reaches the other, whatever it does
    assert threads.ask(asking("end"))["code"] == -9
    second = threads.ask(asking("begin"))["pid"]
    threads.close()
    assert gone(second)


def test_a_worker_is_told_its_threads_and_this_copy_and_nothing_that_would_change_or_slow_it(
    threads, monkeypatch
):
    threads.close()
    monkeypatch.setenv("PYTHONSTARTUP", "/no/such/file")
    monkeypatch.setenv("PYTHONPATH", "/one/of/mine")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    monkeypatch.setenv("OMP_NUM_THREADS", "77")
    assert crew.left_out() == {"OPENBLAS_CORETYPE": "Nehalem"}
    told = threads.ask(asking("tell"))
    variables = told["variables"]
    processors = getattr(psutil.Process(), "cpu_affinity", lambda: range(os.cpu_count()))()
    assert {variables[name] for name in crew.THREADS} == {str(len(processors))}
    assert {name for name in variables if name.startswith("PYTHON")} == {"PYTHONPATH"}
    assert not set(variables) & set(crew.SLOWS)
    assert told["path"][:2] == [str(bootstrap.ROOT), "/one/of/mine"] and "" not in told["path"]
    assert told["main"].endswith("acting_worker.py")
    assert (told["score"], told["core"]) == ("500", 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit of addresses")
def test_a_ceiling_is_above_what_is_taken_already_and_goes_with_its_block():
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    with worker.ceiling(1 << 20):
        low = resource.getrlimit(resource.RLIMIT_AS)[0]
        assert low > psutil.Process().memory_info().vms
    with worker.ceiling(3 << 20, 1 << 30):
        assert resource.getrlimit(resource.RLIMIT_AS)[0] >= low + (1 << 30)
    with worker.ceiling(None):
        assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@pytest.mark.parametrize(("name", "limit"), [("cpu", 5), ("torch", 5), ("theano", None), ("gpu", None)])
def test_memory_is_limited_where_the_worker_itself_takes_it(name, limit):
    assert asking(worker=name, memory_bytes=5).header()["memory_bytes"] == limit
