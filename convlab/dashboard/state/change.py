"""What one ask changes: the arrays and the options that it leads to, whether or not they make a question."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from convlab import typed
from convlab.dashboard.state import arrays, limits
from convlab.dashboard.state.fill import reshaped
from convlab.errors import SpecError
from convlab.spec import MODES


class Base(Protocol):
    """What a change starts from: arrays in layer layout, and options per axis."""

    x: np.ndarray
    w: np.ndarray
    mode: str
    padding: tuple | None
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    flip: bool


def new_arrays(base: Base, change: dict[str, object]) -> tuple[np.ndarray, np.ndarray]:
    """Return x and w in layer layout, changed as asked."""
    new = {"x": base.x, "w": base.w}
    for name in new:
        old = lifted(new[name], new["x"].ndim - 2)  # a text for w is read with the axes that x has by now
        sent, shape = change.get(name), change.get(f"{name}_shape")
        if sent is not None:
            new[name] = _read(name, sent, old)
            if shape is None:
                limits.check_shape(name, new[name].shape, new[name].shape[:2] == (1, 1))
        if shape is not None:
            wanted = _full_shape(name, typed.shape(name, shape), new[name] if sent is not None else old)
            limits.check_shape(name, wanted, wanted[:2] == (1, 1))
            new[name] = reshaped(new[name], wanted, keep=sent is not None)
    return new["x"], new["w"]


def new_options(base: Base, change: dict[str, object], rank: int) -> dict[str, object]:
    """Return the options, changed as asked, for `rank` spatial axes."""
    told = {
        "stride": _for_rank(base.stride, rank, 1),
        "dilation": _for_rank(base.dilation, rank, 1),
        "groups": base.groups,
        "flip": base.flip,
        "mode": "valid" if base.padding is not None else base.mode,
        "padding": base.padding if base.padding is None else _for_rank(base.padding, rank, (0, 0)),
    }
    for name in ("stride", "dilation"):
        if change.get(name) is not None:
            told[name] = typed.wholes(name, change[name], 1, limits.LIMITS[name])
    if change.get("groups") is not None:
        told["groups"] = typed.whole("groups", change["groups"], 1, limits.LIMITS["channels"])
    if change.get("flip") is not None:
        told["flip"] = typed.switch("flip", change["flip"])
    if change.get("padding") is not None:
        told |= {"mode": "valid", "padding": typed.padding(change["padding"])}
        limits.check_padding(told["padding"])
    elif change.get("mode") is not None:
        told |= {"mode": _mode(change["mode"]), "padding": None}
    return told


def lifted(array: np.ndarray, rank: int) -> np.ndarray:
    """Return an operand with `rank` spatial axes: one row, or one plane, of what has more."""
    missing = max(0, rank - (array.ndim - 2))
    return array.reshape(*array.shape[:2], *[1] * missing, *array.shape[2:])


def _for_rank(values: tuple, rank: int, fill: object) -> tuple:
    """Return per-axis options for another number of axes: the last axes keep theirs."""
    return (fill,) * (rank - len(values)) + tuple(values)[max(0, len(values) - rank) :]


def _read(name: str, sent: object, old: np.ndarray) -> np.ndarray:
    """Return an array that somebody sent, in layer layout; one image or filter gets its first two axes.

    An array of floats keeps its dtype where that holds what was typed to the last digit; apart from that, text and
    lists are read as NumPy would read them. An array is what it is.
    """
    if isinstance(sent, np.ndarray):
        return sent.reshape(1, 1, *sent.shape) if sent.ndim <= 2 else sent
    array, rank = arrays.array(name, sent), old.ndim - 2
    if old.dtype.kind == "f" and array.dtype.kind != "b":
        with np.errstate(over="ignore"):
            kept = array.astype(old.dtype)
        array = kept if np.array_equal(kept, array, equal_nan=True) else array
    if array.ndim == 3 and rank == 2:
        raise SpecError(
            f"Asked for {name} of shape {array.shape}.",
            f"{name} has 4 axes here: {'images' if name == 'x' else 'filters'}, channels, rows, columns.",
            "Put one more pair of brackets around it.",
        )
    bare = array.ndim <= 2 or (array.ndim == 3 and rank == 3)
    return array.reshape(1, 1, *array.shape) if bare else array


def _full_shape(name: str, asked: tuple[int, ...], array: np.ndarray) -> tuple[int, ...]:
    """Return a shape in layer layout; one that names the spatial axes only keeps the first two."""
    rank = array.ndim - 2
    if len(asked) == rank or len(asked) < 3:
        return (*array.shape[:2], *asked)
    if len(asked) == 3 and rank == 2:
        raise SpecError(
            f"Asked for {name} of shape {asked}.",
            f"{name} has 4 axes here: {'images' if name == 'x' else 'filters'}, channels, rows, columns.",
            f"Give {' × '.join(map(str, asked[1:]))}, or all four: {' × '.join(map(str, (1, *asked)))}.",
        )
    return asked


def _mode(value: object) -> str:
    name = value.strip().lower() if isinstance(value, str) else value
    if name not in MODES:
        shown = value[:40] if isinstance(value, str) else type(value).__name__
        raise SpecError(
            f"Asked for mode {shown!r}.", f"The modes are {', '.join(MODES)}.", "Choose one of them."
        )
    return name
