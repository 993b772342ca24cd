"""The one-line edits that a comparison proposes, carried out: slices and transposes of w or y, nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

EDIT = re.compile(r"(?P<to>[wy]) = (?P<call>f\(x, (?P<handed>w[^()]*)\)|[wy])(?P<cuts>.*)\Z")
STEPS = re.compile(r"(\.T|\.swapaxes\(-1, -2\)|\[[-0-9:., ]+\])")


def apply(
    edit: str,
    x: np.ndarray,
    w: np.ndarray,
    y: np.ndarray,
    run: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray | None:
    """Return what a column answers once an edit of `compare.Row.edit` is made; None when it is of another kind.

    Parameters
    ----------
    edit : str
        Such as ``w = w[::-1, ::-1]``, ``y = y[::2, ::2]`` or ``y = f(x, w[:, ::-1])[:, 2:3]``.
    x, w : ndarray
        As the column was given them.
    y : ndarray
        What it answered.
    run : function of (x, w)
        Asks it again.

    Examples
    --------
    >>> apply("w = w[::-1]", np.array([1, 2]), np.array([3, 4]), np.array([0]), np.convolve).tolist()
    [4, 11, 6]
    """
    found = EDIT.match(edit)
    if not found:
        return None
    if found["to"] == "w":
        handed = cut(w, found["cuts"]) if found["call"] == "w" else None
        return None if handed is None else run(x, handed)
    if found["handed"]:
        handed = cut(w, found["handed"][1:])
        return None if handed is None else cut(run(x, handed), found["cuts"])
    return cut(y, found["cuts"]) if found["call"] == "y" else None


def cut(array: np.ndarray, code: str) -> np.ndarray | None:
    """Return an array after the slices and transposes that `code` spells; None when it spells anything else.

    Examples
    --------
    >>> cut(np.arange(6).reshape(2, 3), ".T[::-1]").tolist()
    [[2, 5], [1, 4], [0, 3]]
    """
    if "".join(STEPS.findall(code)) != code:
        return None
    for step in STEPS.findall(code):
        if step == ".T":
            array = array.T
        elif step.startswith("."):
            array = array.swapaxes(-1, -2)
        else:
            try:
                array = array[places(step)]
            except (IndexError, ValueError):
                return None
    return array


def places(code: str) -> tuple:
    """Return the index that a text such as ``[..., 1:3, ::-1]`` spells.

    Examples
    --------
    >>> places("[:, 2:3]")
    (slice(None, None, None), slice(2, 3, None))
    """
    index: list = []
    for part in code.strip("[]").split(","):
        part = part.strip()
        if part == "...":
            index.append(Ellipsis)
        elif ":" in part:
            index.append(slice(*[int(n) if n.strip() else None for n in part.split(":")]))
        else:
            index.append(int(part))
    return tuple(index)
