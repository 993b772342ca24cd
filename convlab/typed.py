"""What a person typed for a number, a shape, a padding or a switch; one clear sentence when it is none."""

from __future__ import annotations

import re
from numbers import Integral
from typing import NoReturn

from convlab.errors import Refused, SpecError

MAX_SHORT = 200  # characters
MAX_WORD = 60
MAX_DEPTH = 5  # axes
WHOLE = re.compile(r"[+-]?[0-9]+\Z")


def whole(name: str, value: object, least: int = 1, most: int | None = None) -> int:
    """Return one whole number between `least` and `most`.

    Examples
    --------
    >>> whole("groups", " 2 ")
    2
    """
    numbers = wholes(name, value, least, most)
    if isinstance(numbers, tuple):
        if len(numbers) != 1:
            raise SpecError(
                f"Asked for {name} {shown(value)}.", f"That is {len(numbers)} numbers.", "Give one."
            )
        return numbers[0]
    return numbers


def wholes(name: str, value: object, least: int = 1, most: int | None = None) -> int | tuple[int, ...]:
    """Return one whole number, or several, each between `least` and `most`.

    Parameters
    ----------
    value : int, list of int or str
        ``2``, ``[2, 1]``, ``"2, 1"``, ``"(2, 1)"``, ``"2x1"`` or ``"2 × 1"``.

    Examples
    --------
    >>> wholes("stride", "2, 1"), wholes("stride", 3)
    ((2, 1), 3)
    """
    if isinstance(value, str):
        words = _short_words(name, value, "xX×*")
        return (
            _whole(name, words[0], least, most)
            if len(words) == 1
            else tuple(_whole(name, word, least, most) for word in words)
        )
    if isinstance(value, (list, tuple)):
        if not value:
            refuse_empty(name)
        if len(value) > MAX_DEPTH:
            raise SpecError(
                f"Asked for {name} with {len(value)} numbers.",
                "There are 5 axes at most.",
                "Give one per axis.",
            )
        return tuple(_whole(name, one, least, most) for one in value)
    return _whole(name, value, least, most)


def shape(name: str, value: object) -> tuple[int, ...]:
    """Return a shape: 1 to 5 whole numbers, none of them zero.

    Examples
    --------
    >>> shape("x", "1 x 1 × 5,5")
    (1, 1, 5, 5)
    """
    found = wholes(f"{name} of shape", value, 1)
    found = found if isinstance(found, tuple) else (found,)
    if len(found) > MAX_DEPTH:
        raise SpecError(
            f"Asked for {name} of shape {shown(value)}.",
            f"That is {len(found)} axes; there are 5 at most.",
            "Give images, channels and 1 to 3 more.",
        )
    return found


def padding(value: object) -> int | tuple:
    """Return padding as `convlab.ConvSpec` takes it; a pair may be typed as ``before:after``.

    Examples
    --------
    >>> padding("1:0, 2"), padding("3"), padding([[1, 0], [2, 2]])
    (((1, 0), (2, 2)), 3, ((1, 0), (2, 2)))
    """
    if isinstance(value, str):
        value = [word.split(":") if ":" in word else word for word in _short_words("padding", value, "xX×")]
        if len(value) == 1 and not isinstance(value[0], list):
            return _whole("padding", value[0], 0)
    if not isinstance(value, (list, tuple)):
        return _whole("padding", value, 0)
    sides = []
    for axis in value[: MAX_DEPTH + 1]:
        pair = axis if isinstance(axis, (list, tuple)) else (axis, axis)
        sides.append(tuple(_whole("padding", one, 0) for one in pair[:3]))
    if len(value) > MAX_DEPTH or any(len(pair) != 2 for pair in sides):
        raise SpecError(
            f"Asked for padding {shown(value)}.",
            "Padding is one number, one per axis, or one before:after pair per axis.",
            "Give for example 1, or 1:0, 2:2.",
        )
    return tuple(sides)


def switch(name: str, value: object) -> bool:
    """Return a yes or no: true, false, 1, 0, on, off, yes, no.

    Examples
    --------
    >>> switch("flip", "off"), switch("flip", 1)
    (False, True)
    """
    word = str(value).strip().lower() if isinstance(value, (bool, int, str)) else ""
    if word in ("true", "1", "on", "yes"):
        return True
    if word in ("false", "0", "off", "no"):
        return False
    raise SpecError(f"Asked for {name} {shown(value)}.", f"{name} is either on or off.", "Use 1 or 0.")


def _short_words(name: str, text: str, crosses: str) -> list[str]:
    if len(text) > MAX_SHORT:
        raise SpecError(
            f"Asked for {name} in {len(text)} characters.",
            f"A few numbers fit into {MAX_SHORT}.",
            "Give one number, or one per axis.",
        )
    words = re.split(rf"[\s,;{re.escape(crosses)}]+", text.strip().strip("[]()").strip(" ,"))
    if words == [""]:
        refuse_empty(name)
    return words


def _whole(name: str, value: object, least: int, most: int | None = None) -> int:
    """Return one whole number in its range, or say what it is instead."""
    found = f"{name} counts whole things, {least} or more."
    if most is not None:
        found = f"{name} here goes from {least} to {most}."
    hint = f"Use {least}." if most is None or most == least else f"Use a whole number from {least} to {most}."
    if isinstance(value, str):
        word = value.strip().replace("\N{MINUS SIGN}", "-")
        if any(letter.isdigit() and not letter.isascii() for letter in word):
            raise SpecError(f"Asked for {name} {shown(value)}.", "Its digits are not 0 to 9.", hint)
        if len(word) > MAX_WORD or not WHOLE.match(word):
            raise SpecError(f"Asked for {name} {shown(value)}.", "That is not a whole number.", hint)
        value = int(word)
    is_whole = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
    if is_whole and not isinstance(value, bool):  # NumPy's whole numbers are none of Python's
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(f"Asked for {name} {shown(value)}.", "That is not a whole number.", hint)
    if most is not None and value > most:
        raise Refused(f"Asked for {name} {shown(value)}.", found, f"Use {most}, the largest.")
    if value < least:
        raise SpecError(f"Asked for {name} {shown(value)}.", found, hint)
    return value


def refuse_empty(name: str) -> NoReturn:
    """Say that there is nothing to read."""
    raise SpecError(f"Asked for {name} without any value.", "A picture needs one at least.", "Type a number.")


def shown(value: object) -> str:
    """Return what was typed, short enough for a sentence."""
    try:
        text = " ".join((value if isinstance(value, str) else repr(value)).split())
    except (ValueError, RecursionError):  # thousands of digits; thousands of brackets
        text = f"a very long {type(value).__name__}"
    return f"“{text[:40]}…”" if len(text) > 41 else f"“{text}”"
