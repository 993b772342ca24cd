"""An array as a short word for an address: its shape, its dtype, its values, with ramps and repeats shortened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod

import numpy as np

from convlab import typed
from convlab.dashboard.state import arrays
from convlab.errors import SpecError

DTYPES = ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32",
          "float64")  # fmt: skip
PLAIN = "int64"  # not written
MAX_PACKED = 4000
SHORTEST = 3  # a run of so many values is worth a shorthand
RANGE = re.compile(r"(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})\Z")
WHOLE = re.compile(r"-?[0-9]{1,9}\Z")
REPEAT = re.compile(r"(.+)\*([0-9]{1,5})\Z")


def pack(array: np.ndarray, room: int = MAX_PACKED) -> str | None:
    """Return an array as text: ``5x5:0..24``, ``2x2.float32:1*4``; None when it has none of `room` characters.

    The first two axes are left out when both are 1 and there are at most 2 more.

    Examples
    --------
    >>> pack(np.arange(25).reshape(5, 5)), pack(np.ones((2, 2), "float32"))
    ('5x5:0..24', '2x2.float32:1*4')
    """
    if array.dtype.name not in DTYPES:
        return None
    shape = array.shape[2:] if array.shape[:2] == (1, 1) and array.ndim in (3, 4) else array.shape
    tag = "" if array.dtype.name == PLAIN else f".{array.dtype.name}"
    text = f"{'x'.join(map(str, shape))}{tag}:"
    for word in _runs(array.ravel().tolist()):
        text += word if text.endswith(":") else f",{word}"
        if len(text) > room:
            return None
    return text


def unpack(name: str, text: str) -> np.ndarray:
    """Return the array of a text that `pack` made, or that a person wrote like it.

    Raises
    ------
    SpecError, Refused
        When it does not read.

    Examples
    --------
    >>> unpack("x", "2x3:0..5").tolist()
    [[0, 1, 2], [3, 4, 5]]
    """
    head, colon, body = text.partition(":")
    sizes, _, tag = head.partition(".")
    if len(text) > MAX_PACKED or not colon or (tag or PLAIN) not in DTYPES:
        raise SpecError(
            f"Asked to read {name} from the address.",
            "An array is written as shape:values, for example 5x5:0..24.",
            "Copy the link from the page again.",
        )
    shape = typed.shape(name, sizes)
    words: list[object] = []
    for word in body.split(","):
        words += _spelled(name, word)
        if len(words) > arrays.MAX_VALUES:
            break
    if len(words) != prod(shape):
        raise SpecError(
            f"Asked to read {name} from the address.",
            f"Its shape {sizes} needs {prod(shape)} values, {len(words)} are given.",
            "Copy the link from the page again.",
        )
    array = arrays.array(name, words)
    return _cast(name, array, tag or PLAIN).reshape(shape)


def _cast(name: str, array: np.ndarray, dtype: str) -> np.ndarray:
    """Return the array in the dtype that the text names, or refuse a value that this dtype does not hold."""
    if dtype == PLAIN and array.dtype.kind == "f":
        return array  # written by a person: 1.5 needs no tag
    with np.errstate(all="ignore"):
        cast = array.astype(dtype)
        back = cast.astype(array.dtype)
    if not (dtype.startswith("float") or np.array_equal(back, array)):
        raise SpecError(
            f"Asked to read {name} from the address.",
            f"{dtype} does not hold all its values.",
            "Use float64.",
        )
    return cast


def _runs(values: list[float | int | bool]) -> Iterator[str]:
    """Give words for values in order; a run of equal ones, or of whole numbers that count up, is one word."""
    i = 0
    while i < len(values):
        same, ramp = _run(values, i, 0), _run(values, i, 1)
        length, first = max(same, ramp), _text(values[i])
        if length < SHORTEST:
            yield first
            i += 1
        else:
            yield f"{first}*{same}" if same >= ramp else f"{first}..{_text(values[i + ramp - 1])}"
            i += length


def _run(values: list[float | int | bool], start: int, rise: int) -> int:
    """Return how many values from `start` on are equal (rise 0), or are whole and count up by one (rise 1)."""
    first, end = values[start], start + 1
    if rise and not _counts(first):
        return 1
    while end < len(values) and _text(values[end]) == _text(first + rise * (end - start) if rise else first):
        end += 1
    return end - start if not rise or _counts(values[end - 1]) else 1


def _counts(value: float | int | bool) -> bool:
    """Return whether a value may be the end of a range: whole, of at most 9 digits, not minus zero."""
    return not isinstance(value, bool) and WHOLE.match(_text(value)) is not None


def _spelled(name: str, word: str) -> list[object]:
    """Return the values that one word stands for."""
    ramp, repeat = RANGE.match(word), REPEAT.match(word)
    if ramp:
        first, last = int(ramp[1]), int(ramp[2])
        return list(range(first, min(last, first + arrays.MAX_VALUES) + 1))
    if repeat:
        return [repeat[1]] * min(int(repeat[2]), arrays.MAX_VALUES + 1)
    return [word]


def _text(value: float | int | bool) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9 and str(value) != "-0.0":
        return str(int(value))
    return repr(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
