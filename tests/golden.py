"""Reads the recordings of the real Theano that lie in tests/data/golden (see its README)."""

import json
from functools import cache
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "data" / "golden"
INDEX = json.loads((FOLDER / "index.json").read_text())
ENGINE = INDEX["engines"]["theano-1.0.5"]


def cases(*families):
    """Return the recorded cases of some families."""
    return [case for case in INDEX["cases"] if case["family"] in families]


@cache
def _file(name):
    with np.load(FOLDER / name, allow_pickle=False) as arrays:
        return dict(arrays)


def arrays(case):
    """Return the arrays of a case by their role: x, w, y, ..."""
    return {role: _file(case["file"])[f"{case['id']}__{role}"] for role in case["shapes"]}


def words(case):
    """Return the keyword arguments of the recorded call, with tuples where Theano had tuples."""
    return {name: _tuples(value) for name, value in case["params"].items()}


def _tuples(value):
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
