"""The example of a row, run for the Implementations screen: in a process of its own, and by the real Theano, if here.

An example answers the same to everybody, so it is run once and kept.
"""

from __future__ import annotations

import ast
import asyncio
import json
import subprocess
import sys
import tempfile
import time

import numpy as np

from convlab.backends import theano_worker
from convlab.errors import ConvLabError, Refused
from convlab.implementations import Implementation, get
from convlab.implementations.here import theano_lacks

SECONDS = 60.0
LOOK_S = 0.02
_kept: dict[str, dict[str, object]] = {}
_running: list[str] = []


def kept() -> dict[str, dict[str, object]]:
    """Return what the examples have shown so far, by row."""
    return _kept


def is_kept(id_: str) -> bool:
    """Return whether the answer of an example is at hand, the real Theano's too if that has come meanwhile."""
    one = get(id_)
    return id_ in _kept and (_kept[id_]["live"] is not None or not one.live or theano_lacks() is not None)


async def ran(id_: str) -> dict[str, object]:
    """Run the example of a row, or return what it showed before.

    Returns
    -------
    dict
        ``shown``: the value of its last line; ``seconds``; ``live``: what the real Theano says to the same arrays,
        None where it is not asked.

    Raises
    ------
    SpecError
        When there is no such row.
    Refused
        When it takes longer than a minute, or its process fails.
    """
    one = get(id_)
    while _running:  # one process at a time; a class that presses Run at once waits for the first of them
        await asyncio.sleep(LOOK_S)
    if not is_kept(id_):
        _running.append(id_)
        try:
            told = await _in_a_process(one)
            arrays = told.pop("arrays")
            live = await _by_theano(one, arrays) if one.live and theano_lacks() is None else None
            _kept[id_] = told | {"live": live}
        finally:
            _running.remove(id_)
    return _kept[id_]


async def _in_a_process(one: Implementation) -> dict[str, object]:
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as words:
        command = [sys.executable, "-m", "convlab.implementations.running", one.id]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=answer, stderr=words)
        until = time.monotonic() + SECONDS
        try:
            while process.poll() is None and time.monotonic() < until:
                await asyncio.sleep(LOOK_S)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        if process.returncode:
            words.seek(0)
            last = words.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise Refused(
                f"Asked to run the example of {one.name}.", last[:300], "Run it in a terminal to see more."
            )
        answer.seek(0)
        return json.loads(answer.read())


async def _by_theano(one: Implementation, arrays: dict[str, dict]) -> dict[str, object]:
    """Return what the real Theano answers to the arrays of an example, and how far that is from the counterpart."""
    given = {name: _array(told) for name, told in arrays.items() if name != "y"}
    try:
        answer = await theano_worker.acall(one.live, given, live_words(one))
    except ConvLabError as error:
        return {"says": str(error)}
    y, ours = answer.arrays["y"], _array(arrays["y"])
    same = y.shape == ours.shape
    return {
        "version": answer.version,
        "ops": list(answer.ops),
        "difference": float(np.abs(y - ours).max()) if same else None,
        "compile_s": answer.compile_s,
        "first_s": answer.first_s,
    }


def live_words(one: Implementation) -> dict[str, object]:
    """Return the keyword arguments that the example of a row gives to its function.

    Examples
    --------
    >>> live_words(get("nnet.conv.conv2d"))
    {'border_mode': 'full', 'subsample': (2, 2)}
    """
    for node in ast.parse(one.example).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "y":
            return {word.arg: ast.literal_eval(word.value) for word in node.value.keywords}
    return {}


def _array(told: dict) -> np.ndarray:
    return np.array(told["values"], told["dtype"]).reshape(told["shape"])
