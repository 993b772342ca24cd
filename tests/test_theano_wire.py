"""What travels to the real Theano and what is refused before it does; the files that run on the other side."""

import ast
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from convlab.backends.theano_worker import process, talk
from convlab.errors import Refused, SpecError
from convlab.pipes import wire

X = np.arange(6.0).reshape(1, 1, 2, 3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"function": "conv4d"}, "There is no such function"),
        ({"arrays": {"x": X, "w": np.array(["a"])}}, "w is <U1"),
        ({"words": {"border_mode": {1}}}, "cannot travel"),
        ({"gradient": True}, 'Give the cotangent of y as "g"'),
        ({"gradient": ("v",), "arrays": {"x": X, "g": X}}, 'Give the cotangent of y as "g"'),
        ({"arrays": {"x": X, "g": X}}, "Gradients by nothing"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(change, sentence):
    call = {"function": "conv2d", "arrays": {"x": X}, "words": {}, "gradient": False, "repeats": 0, **change}
    with pytest.raises(SpecError, match=sentence):
        talk.question(**call)


def test_more_than_a_frame_may_hold_is_refused_before_it_is_copied():
    with pytest.raises(Refused, match=r"The operands are 8\.0 GiB, and 4\.0 GiB may travel"):
        talk.question("conv2d", {"x": X, "w": np.broadcast_to(0.0, (2**30,))}, {}, False, 0)


def test_numbers_of_numpy_travel_as_numbers():
    question = talk.question("conv2d", {"x": X}, {"a": (np.int64(2), np.bool_(True))}, False, 0)
    assert question.header["words"] == {"a": {"tuple": [2, True]}}
    assert talk.question("conv2d", {"x": X.astype(">f8")}, {}, False, 0).arrays["x"].dtype.isnative


@pytest.mark.parametrize("path", [process.WORKER, Path(wire.__file__)], ids=lambda path: path.name)
def test_what_runs_in_the_old_interpreter_is_written_in_its_language(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    names = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {node.module.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) <= {"numpy", "theano"}


def loaded_worker():
    spec = importlib.util.spec_from_file_location("worker", process.WORKER)
    worker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(worker)
    return worker


def test_want_of_memory_is_told_in_theanos_words_for_it_is_not_always_that(monkeypatch):
    def impossible(*_):
        raise MemoryError("alloc failed\nApply node that caused the error: Alloc(...)")

    worker = loaded_worker()
    monkeypatch.setattr(worker, "_computed", impossible)
    said, arrays = worker.answer({}, {})
    question = talk.question("conv2d", {"x": X, "w": X}, {}, False, 0)
    with pytest.raises(
        Refused, match=r"MemoryError: alloc failed\. .* or an array would have a negative size"
    ):
        talk.answer(question, said, arrays, {})


def test_the_worker_keeps_the_compiled_functions_that_were_asked_for_last(monkeypatch):
    worker = loaded_worker()
    monkeypatch.setattr(worker, "MOST_KEPT", 3)
    monkeypatch.setattr(worker, "_compiled", lambda *_: (lambda *given: [given[0]], ["Op"]))

    def fresh(word):
        header = {"function": "conv2d", "words": {"a": word}, "gradients": [], "forward": True, "repeats": 2}
        said, arrays = worker.answer(header, {"x": np.ones(3)})
        assert said["steady_s"] <= said["first_s"] + 1 and arrays["y"].sum() == 3
        return said["fresh"]

    assert [fresh(word) for word in (1, 2, 3, 1, 4, 1, 2)] == [True, True, True, False, True, False, True]
    assert len(worker.KEPT) == 3
