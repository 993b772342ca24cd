"""A text, or what a browser sent, as an array of numbers; one clear sentence when it is none.

Nothing is evaluated. The size of a text is looked at first, then every word of it is held against the few words
that are numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isinf, prod

import numpy as np

from convlab.errors import Refused, SpecError
from convlab.typed import MAX_DEPTH, MAX_WORD, WHOLE, refuse_empty, shape, shown

MAX_TEXT = 65_536  # characters of an array
MAX_VALUES = 16_384  # more than any picture has

DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
COMPLEX = re.compile(r"[-+0-9.eE]*[0-9.][-+0-9.eE]*[jJi]\Z")
WORDS = {"nan": float("nan"), "inf": float("inf"), "infinity": float("inf"), "true": True, "false": False}
ARRAY_CALL = re.compile(
    r"(?:np\.|numpy\.)?(?:array|asarray)\s*\((.*?)(?:,\s*dtype\s*=\s*[\w.']+\s*)?,?\s*\)\Z", re.S
)
OPEN, CLOSE = "[(", "])"
TOKEN = re.compile(r"[\[\]()]|[^\[\]()\s,;]+")
SEPARATORS = ", \t\r\n"


def array(name: str, value: object) -> np.ndarray:
    r"""Return an array from nested lists, from Python, JSON or NumPy text, or from rows of numbers.

    Parameters
    ----------
    name : str
        What the array is called in the sentence of a refusal.
    value : str, list or dict
        A text: ``[[1, 2], [3, 4]]``, ``[[1 2]\n [3 4]]``, ``1 2; 3 4``, or lines of numbers apart by blanks,
        commas, tabs or semicolons. Or nested lists of numbers. Or ``{"shape": ..., "values": [flat]}``.

    Returns
    -------
    ndarray of bool, int64 or float64
        1 to 5 axes, as the brackets say; lines of numbers make 2.

    Raises
    ------
    SpecError
        When it is empty, ragged, or holds anything but real numbers.
    Refused
        When the text or the number of values is over the limit.

    Examples
    --------
    >>> array("x", "[[0. 1.]\n [2. 3.]]").tolist(), array("x", "1 2; 3 4").tolist()
    ([[0.0, 1.0], [2.0, 3.0]], [[1, 2], [3, 4]])
    """
    if isinstance(value, str):
        nested = _read(name, value)
    elif isinstance(value, dict):
        nested = value.get("values")
    else:
        nested = value
    leaves, shape = _flatten(name, nested)
    if isinstance(value, dict):
        shape = _stated_shape(name, value.get("shape"), len(leaves))
    return _typed(leaves).reshape(shape)


def _read(name: str, text: str) -> list:
    """Return the nested list that a text spells out."""
    if len(text) > MAX_TEXT:
        raise Refused(
            f"Asked to read {name} from {len(text)} characters.",
            f"A text may have {MAX_TEXT}.",
            "Crop the array; a picture here has 16 positions along an axis at most.",
        )
    if "..." in text or "…" in text:
        raise SpecError(
            f"Asked to read {name} from a text with “...” in it.",
            "NumPy left values out when it printed this array.",
            f"Paste {name}.tolist() instead.",
        )
    text = text.strip().replace("\N{MINUS SIGN}", "-").lstrip("\ufeff")
    called = ARRAY_CALL.match(text)
    text = called[1].strip() if called else text
    if not text:
        refuse_empty(name)
    if text[0] not in OPEN:
        return _rows(name, text)
    if ";" in text and text.count("[") == 1 and text.endswith("]"):
        return [_words(name, row) for row in text[1:-1].strip().rstrip(";").split(";")]
    return _brackets(name, text)


def _rows(name: str, text: str) -> list:
    """Return lines of numbers as a list of rows; on one line a semicolon ends a row of several numbers."""
    lines = [line for line in text.splitlines() if line.strip(SEPARATORS + ";")]
    if len(lines) == 1 and ";" in lines[0]:
        pieces = [_words(name, piece) for piece in lines[0].strip().rstrip(";").split(";")]
        return (
            pieces
            if any(len(piece) > 1 for piece in pieces)
            else [[one for piece in pieces for one in piece]]
        )
    return [_words(name, line.replace(";", " ")) for line in lines]


def _brackets(name: str, text: str) -> list:
    """Return the nested list in brackets; commas and blanks both part the numbers."""
    found: list = []
    stack, count = [found], 0
    for token in TOKEN.finditer(text):
        word = token[0]
        if word in OPEN:
            stack[-1].append([])
            stack.append(stack[-1][-1])
            _check_depth(name, len(stack) - 1)
        elif word in CLOSE:
            stack.pop()
            if not stack:
                break
        else:
            stack[-1].append(_number(name, word))
            count += 1
            _check_count(name, count)
    if len(stack) != 1 or len(found) != 1:
        raise SpecError(
            f"Asked to read {name} from {shown(text)}.",
            "Its brackets do not pair up.",
            "Give one closing bracket for every opening one, and nothing around them.",
        )
    return found[0]


def _words(name: str, line: str) -> list:
    words = re.split(r"[,\s]+", line.strip(SEPARATORS))
    _check_count(name, len(words))
    return [_number(name, word) for word in words if word]


def _number(name: str, word: str) -> float | int | bool:
    """Return the number that one word is, or say why it is none."""
    if word.isascii() and word.isdigit() and len(word) < 19:
        return int(word)
    bare, sign = word.lstrip("+-"), -1 if word.startswith("-") else 1
    if bare.lower() in WORDS and len(word) - len(bare) <= 1:
        found = WORDS[bare.lower()]
        return found if isinstance(found, bool) else sign * found
    if len(word) <= MAX_WORD and WHOLE.match(word):
        return int(word)
    if len(word) <= MAX_WORD and DECIMAL.match(word):
        number = float(word)
        if isinf(number):
            raise SpecError(
                f"Asked to read {shown(word)} in {name}.",
                "That is more than float64 holds, about 1.8e308.",
                "Use a smaller number, or write Infinity if you mean it.",
            )
        return number
    raise SpecError(f"Asked to read {shown(word)} in {name}.", *_why_no_number(name, word))


def _why_no_number(name: str, word: str) -> tuple[str, str]:
    if COMPLEX.match(word):
        return "That is a complex number; convlab computes with real ones.", (
            f"Convolve the real and the imaginary part of {name} apart and add the results."
        )
    if any(letter.isdigit() and not letter.isascii() for letter in word):
        return "Its digits are not 0 to 9.", "Type the plain digits 0 to 9."
    if len(word) > MAX_WORD:
        return f"That is one word of {len(word)} characters.", "Put blanks or commas between the numbers."
    if word.strip("+-").lower() in ("none", "null", "undefined") or set(word) & set("{}"):
        return "That is no number but an object.", "Give numbers only, for example 1 2 3."
    return "That is text, not a number.", "Give numbers only, for example 1, -2.5, 1e3 or NaN."


def _flatten(name: str, nested: object) -> tuple[list, tuple[int, ...]]:
    """Return the numbers of nested lists in reading order, and the shape; every row must be as long as the first."""
    if not isinstance(nested, (list, tuple)):
        nested = [nested]
    shape, level = [], [nested]
    while any(isinstance(one, (list, tuple)) for one in level):
        _check_level(name, level, len(shape))
        shape.append(len(level[0]))
        level = [one for row in level for one in row]
        _check_count(name, len(level))
    return [_leaf(name, one) for one in level], tuple(shape)


def _check_level(name: str, level: Sequence, depth: int) -> None:
    _check_depth(name, depth + 1)
    lengths = [len(row) if isinstance(row, (list, tuple)) else None for row in level]
    if None in lengths:
        raise SpecError(
            f"Asked to read {name}.",
            "Some of its rows are lists and some are single numbers.",
            "Give every row as many values.",
        )
    odd = next((i for i, length in enumerate(lengths) if length != lengths[0]), None)
    if odd is not None:
        raise SpecError(
            f"Asked to read {name}.",
            f"Row 1 holds {lengths[0]} and row {odd + 1} holds {lengths[odd]}.",
            "Give every row as many values.",
        )
    if lengths[0] == 0:
        refuse_empty(name)


def _check_depth(name: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise SpecError(f"Asked to read {name}.", "It has more than 5 axes.", "Give 1 to 5 nested brackets.")


def _check_count(name: str, count: int) -> None:
    if count > MAX_VALUES:
        raise Refused(
            f"Asked for {name} with more than {MAX_VALUES} values.",
            "A screen shows no more.",
            "Crop the array; a picture here has 16 positions along an axis at most.",
        )


def _leaf(name: str, one: object) -> float | int | bool:
    if isinstance(one, (bool, int, float)):
        return one
    if isinstance(one, str):
        return (
            _number(name, one.strip().replace("\N{MINUS SIGN}", "-")) if one.strip() else refuse_empty(name)
        )
    raise SpecError(
        f"Asked to read {name}.", f"It holds an object ({type(one).__name__}).", "Give numbers only."
    )


def _typed(leaves: list) -> np.ndarray:
    if all(isinstance(one, bool) for one in leaves):
        return np.array(leaves, bool)
    if all(isinstance(one, int) and -(2**63) <= one < 2**63 for one in leaves):
        return np.array(leaves, np.int64)
    return np.array([float(one) for one in leaves], np.float64)


def _stated_shape(name: str, stated: object, count: int) -> tuple[int, ...]:
    found = shape(name, stated)
    if prod(found) != count:
        raise SpecError(
            f"Asked for {name} of shape {found}.", f"There are {count} values.", f"Give {prod(found)} values."
        )
    return found
