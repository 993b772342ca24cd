"""The axes that a sweep goes along: what each one is, a spec at a place on it, and what source 004 printed there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from convlab import typed
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from convlab.timing.shapes import suites

AXES = {
    "S": "size of the space along each axis",
    "N": "number of images",
    "K": "number of taps along each axis",
    "C": "number of channels",
    "stride": "step of the window along each axis",
}
USUAL = {
    "S": (32, 64, 100, 200, 400), "N": (1, 5, 20, 50, 200), "K": (2, 3, 5, 7, 11, 15, 21, 31),
    "C": (1, 2, 4, 8, 16, 32), "stride": (1, 2, 3, 4),
}  # fmt: skip
MOST_VALUES = 60
LARGEST = 1_000_000
_RANGE = re.compile(r"\s*(\d{1,7})\s*(?:\.\.|:)\s*(\d{1,7})\s*(?:(?:\.\.|:)\s*(\d{1,7})\s*)?\Z")


def named(axis: object) -> str:
    """Return the name of an axis, or refuse what is none; small letters will do.

    Examples
    --------
    >>> named("k"), named("Stride")
    ('K', 'stride')
    """
    word = str(axis)[:20].strip()
    for name in AXES:
        if word.lower() == name.lower():
            return name
    raise SpecError(
        f"Asked for a sweep along {typed.shown(axis)}.", f"The axes are {', '.join(AXES)}.", "Choose one."
    )


def values_of(axis: str, text: object) -> tuple[int, ...]:
    """Return the values of a sweep, in order and each once.

    Parameters
    ----------
    axis : str
        For the sentence of an error.
    text : str or sequence of int
        ``"3, 5, 7"``, ``"3..31"`` (every value), ``"3..31..4"`` (every fourth), or the numbers themselves.

    Raises
    ------
    SpecError, Refused
        When they do not read, or are more than 60.

    Examples
    --------
    >>> values_of("K", "11, 3,5"), values_of("K", "3..9..2")
    ((3, 5, 11), (3, 5, 7, 9))
    """
    if isinstance(text, str):
        if found := _RANGE.match(text[: typed.MAX_SHORT]):
            begin, end, step = int(found[1]), int(found[2]), int(found[3] or 1)
            words: object = range(begin, end + 1, max(1, step))
        else:
            words = [word for word in re.split(r"[\s,;]+", text.strip(" ()[]")) if word]
        if len(text) > typed.MAX_SHORT:
            words = range(MOST_VALUES + 1)  # too long to be read, and too many in any case
    else:
        words = list(islice(text, MOST_VALUES + 1)) if isinstance(text, Iterable) else [text]
    if not words or len(words) > MOST_VALUES:
        raise SpecError(
            f"Asked for {len(words)} values of {axis}." if len(words) else f"Asked for no value of {axis}.",
            f"A sweep has 1 to {MOST_VALUES} of them.",
            f"Give for example {', '.join(map(str, USUAL.get(axis, (1, 2, 3))))}.",
        )
    return tuple(sorted({typed.whole(axis, word, 1, LARGEST) for word in words}))


def at(spec: ConvSpec, axis: str, value: int) -> ConvSpec:
    """Return a spec with one axis set to a value; a depthwise one stays depthwise along C.

    Raises
    ------
    SpecError
        When there is no such convolution.

    Examples
    --------
    >>> spec = ConvSpec((50, 1, 100, 100), (1, 1, 11, 11))
    >>> at(spec, "K", 3).w_shape, at(spec, "S", 64).x_shape, at(spec, "C", 8).w_shape
    ((1, 1, 3, 3), (50, 1, 64, 64), (1, 8, 11, 11))
    """
    images, channels, *_ = spec.x_shape
    filters, reads, *_ = spec.w_shape
    changes: dict[str, object] = {"mode": "valid"} if spec.padding is not None else {}
    if axis == "S":
        changes["x_shape"] = (images, channels, *[value] * spec.rank)
    elif axis == "N":
        changes["x_shape"] = (value, *spec.x_shape[1:])
    elif axis == "K":
        changes["w_shape"] = (filters, reads, *[value] * spec.rank)
    elif axis == "stride":
        changes["stride"] = value
    elif spec.groups == channels > 1:
        each = filters // channels
        changes |= {
            "x_shape": (images, value, *spec.space),
            "w_shape": (value * each, 1, *spec.taps),
            "groups": value,
        }
    else:
        if value % spec.groups:
            raise SpecError(
                f"Asked for {value} channels.", f"{spec.groups} groups do not divide them equally.",
                f"Use a multiple of {spec.groups}.",
            )  # fmt: skip
        changes |= {
            "x_shape": (images, value, *spec.space),
            "w_shape": (filters, value // spec.groups, *spec.taps),
        }
    return replace(spec, **changes)


def place(spec: ConvSpec, axis: str) -> int | None:
    """Return where a spec stands on an axis; None when its axes of space differ.

    Examples
    --------
    >>> place(ConvSpec((50, 1, 100, 100), (1, 1, 11, 11)), "K")
    11
    """
    sizes = {
        "S": spec.space, "N": spec.x_shape[:1], "K": spec.taps, "C": spec.x_shape[1:2], "stride": spec.stride,
    }[axis]  # fmt: skip
    return sizes[0] if len(set(sizes)) == 1 else None


def overlay(axis: str, spec: ConvSpec | None = None) -> list[dict]:
    """Return what source 004 printed along an axis: float64, on another machine, so for the shape of a curve only.

    Parameters
    ----------
    axis : str
    spec : ConvSpec, optional
        Of the sweep that it is laid over; nothing is returned when that is not about source 004's stack.

    Returns
    -------
    list of dict
        ``label`` and ``points``, pairs of value and seconds; empty along C and stride, where it printed nothing.

    Examples
    --------
    >>> overlay("K")[2]
    {'label': 'source 004: scipy.ndimage.convolve', 'points': [(5, 0.0114), (11, 0.0549), (31, 0.56)]}
    """
    base, lines = suites.get("source-004-1").spec, {}
    if spec is not None:
        try:
            if (
                place(spec, axis) is None
                or replace(at(spec, axis, place(base, axis)), dtype=base.dtype) != base
            ):
                return []
        except SpecError:  # where source 004 stood, this one does not exist
            return []
    for workload in suites.suite("seed004").workloads:
        value = place(workload.spec, axis)
        if axis in ("S", "N", "K") and at(base, axis, value) == workload.spec:
            for name, seconds in workload.recorded:
                lines.setdefault(name, set()).add((value, seconds))
    return [{"label": f"source 004: {name}", "points": sorted(points)} for name, points in lines.items()]
