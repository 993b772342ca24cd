"""What doctor says of the processor: threads that help, and vectors that can be compiled."""

import json

import pytest

from convlab import doctor
from convlab.backends.tiles import machine, pool
from convlab.cli import main


def no_llvm(*_):
    raise ImportError("No module named 'llvmlite'")


def told(name):
    """Return what doctor finds out about one thing of the processor."""
    find = {"threads": doctor._threads, "vectors": doctor._vectors}[name]
    finding = find()
    assert finding.name == name
    return finding.works, finding.says


@pytest.mark.parametrize(
    "processors, helpers, works, says",
    [
        (2, 1, True, "2 processors for this process; native pool ready (1 helper)"),
        (8, 7, True, "8 processors for this process; native pool ready (7 helpers)"),
        (1, 0, False, "1 processor for this process; no native pool here (one processor): each call uses one thread"),
        (4, 0, False, "4 processors for this process; no native pool here (no pthread, or no thread could be started):"
                      " each call uses one thread"),
    ],
)  # fmt: skip
def test_threads_are_counted_and_their_lack_has_a_reason(monkeypatch, processors, helpers, works, says):
    monkeypatch.setattr(doctor, "count", lambda: processors)
    monkeypatch.setattr(pool, "helpers", lambda: helpers)
    assert told("threads") == (works, says)


def test_the_helpers_are_the_threads_of_the_pool():
    assert pool.helpers() == (pool.threads() - 1 if pool.state() else 0)
    assert told("threads")[0] is bool(pool.state())


@pytest.mark.parametrize("lanes, registers", [(16, 32), (8, 16), (4, 32)])
def test_vectors_are_those_of_the_processor(monkeypatch, lanes, registers):
    here = f"{machine.width('float32')} numbers of float32, {machine.registers()} registers"
    assert told("vectors") == (True, here)
    monkeypatch.setattr(machine, "assembly", str)  # other widths are written, and not compiled
    monkeypatch.setattr(machine, "width", lambda dtype: lanes)
    monkeypatch.setattr(machine, "registers", lambda: registers)
    assert told("vectors") == (True, f"{lanes} numbers of float32, {registers} registers")


def test_without_llvm_there_are_neither_vectors_nor_a_pool_and_the_report_goes_on(monkeypatch):
    monkeypatch.setattr(pool, "helpers", no_llvm)
    monkeypatch.setattr(machine, "text", no_llvm)
    works, says = told("vectors")
    assert (
        not works and says == "no vector code can be compiled here: ImportError: No module named 'llvmlite'"
    )
    works, says = told("threads")
    assert not works and "no native pool: ImportError" in says


def test_vectors_are_compiled_anew_each_time_and_not_taken_from_disk(monkeypatch):
    def broken(*_):
        raise RuntimeError("no such target")

    monkeypatch.setattr(machine, "_optimised", broken)
    assert told("vectors") == (False, "no vector code can be compiled here: RuntimeError: no such target")


def test_the_command_prints_both_above_the_backends_and_says_them_in_json(monkeypatch, capsys):
    processor = (doctor._threads(), doctor._vectors())
    report = doctor.Report("A machine", (), processor, (), (), (), doctor.Finding("theano", False, "no"), ())
    monkeypatch.setattr(doctor, "examine", lambda: report)
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("The processor")
    assert [line.split()[1] for line in lines[at + 1 : at + 3]] == ["threads", "vectors"]
    assert at < lines.index("Backends")
    assert main(["doctor", "--json"]) == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)["processor"]]
    assert names == ["threads", "vectors"]
