"""The example of an implementation, run: ``python -m convlab.implementations.running ID`` prints what it shows.

A process of its own, since the first call of a compiled backend takes a second.
"""

from __future__ import annotations

import ast
import json
import sys
import time

import numpy as np

from convlab.implementations.implementation import Implementation

ARRAYS = ("x", "w", "b", "v", "y")


def run(one: Implementation) -> dict[str, object]:
    """Run the example of an implementation.

    Returns
    -------
    dict
        ``shown``: the value of its last line, as Python writes it. ``arrays``: what it named x, w, b, v and y.
        ``seconds``: how long it took, imports included.

    Examples
    --------
    >>> from convlab.implementations import get
    >>> run(get("signal.convolve2d"))["arrays"]["y"].shape
    (3, 3)
    """
    import convlab

    names = {"cl": convlab, "np": np}
    *lines, last = ast.parse(one.example).body
    began = time.perf_counter()
    exec(compile(ast.Module(lines, []), one.id, "exec"), names)
    value = eval(compile(ast.Expression(last.value), one.id, "eval"), names)
    seconds = time.perf_counter() - began
    with np.printoptions(suppress=True, linewidth=88):
        shown = repr(value)
    return {
        "shown": shown,
        "arrays": {n: np.asarray(names[n]) for n in ARRAYS if n in names},
        "seconds": seconds,
    }


def main(words: list[str]) -> None:
    """Print what the example of an implementation shows, as JSON."""
    from convlab.implementations import get

    ran = run(get(words[0]))
    arrays = {
        name: {"shape": list(array.shape), "values": array.ravel().tolist(), "dtype": array.dtype.name}
        for name, array in ran["arrays"].items()
    }
    print(json.dumps({**ran, "arrays": arrays}))


if __name__ == "__main__":
    main(sys.argv[1:])
