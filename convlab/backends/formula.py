"""A number of bytes or operations as a person derives it: in letters, in numbers, and what comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod

import numpy as np

from convlab.memory import size
from convlab.spec import ConvSpec

AXES = {1: "w", 2: "hw", 3: "dhw"}
NAMES = {  # how one axis of each is written, with the values that it has
    "in": ("{axis}", lambda spec: spec.space),
    "padded": ("{axis}p", lambda spec: spec.padded),
    "taps": ("k{axis}", lambda spec: spec.taps),
    "extent": ("e{axis}", lambda spec: spec.extent),
    "out": ("{axis}o", lambda spec: spec.y_shape[2:]),
}
LETTER = re.compile(r"[A-Za-z]\w*")


def formula(template: str, spec: ConvSpec, **more: int) -> str:
    """Write a number of bytes in letters, in numbers, and in the unit that a person would choose.

    Parameters
    ----------
    template : str
        Products and sums of letters: N, C, O (images, channels, filters), I (channels that one filter reads),
        ``{in}``, ``{padded}``, ``{taps}``, ``{extent}`` and ``{out}`` (the product over the spatial axes of x, of x
        with its zeros, of the taps, of what they reach over, and of y), ``{b}`` (bytes of one value).
    spec : ConvSpec
    **more : int
        Further letters of the template.

    Returns
    -------
    str

    Examples
    --------
    >>> formula("C·{taps}·{out}·{b}", ConvSpec((8, 64, 56, 56), (64, 64, 3, 3)))
    'C·kh·kw·Ho·Wo·4 B = 64·3·3·54·54·4 B = 6.4 MiB'
    """
    letters = lettered(template, spec)
    numbers = numbered(letters, spec, more)
    found = evaluated(numbers)
    if letters == numbers:
        return f"{numbers} B = {size(found)}"
    return f"{letters} B = {numbers} B = {size(found)}"


def lettered(template: str, spec: ConvSpec) -> str:
    """Return a template in letters.

    Examples
    --------
    >>> lettered("N·O·{out} products", ConvSpec((2, 6, 9), (4, 3, 5), groups=2))
    'N·O·Wo products'
    """
    spellings = {"b": str(np.dtype(spec.dtype).itemsize)}
    for name, (spelled, _) in NAMES.items():
        spellings[name] = "·".join(_spelled(spelled, axis) for axis in AXES[spec.rank])
    reads = "C" if spec.groups == 1 else f"C/{spec.groups}"
    return re.sub(r"\bI\b", reads, template.format(**spellings))


def numbered(letters: str, spec: ConvSpec, more: Mapping[str, int] | None = None) -> str:
    """Return a formula in letters as one in numbers.

    Examples
    --------
    >>> numbered("N·O·Wo", ConvSpec((2, 6, 9), (4, 3, 5), groups=2))
    '2·4·5'
    """
    values = {"N": spec.x_shape[0], "C": spec.x_shape[1], "O": spec.w_shape[0], **(more or {})}
    for spelled, sizes in NAMES.values():
        written = (_spelled(spelled, axis) for axis in AXES[spec.rank])
        values |= dict(zip(written, sizes(spec), strict=True))
    return LETTER.sub(lambda found: str(values[found[0]]), letters)


def counted(template: str, spec: ConvSpec) -> int:
    """Return what a template of sums of products, without brackets, comes to: quicker than to write it out.

    Examples
    --------
    >>> counted("N·O·{out} + 2·I", ConvSpec((2, 6, 9), (4, 3, 5), groups=2))
    46
    """
    values = {"N": spec.x_shape[0], "C": spec.x_shape[1], "O": spec.w_shape[0], "I": spec.w_shape[1]}
    values |= {f"{{{name}}}": prod(sizes(spec)) for name, (_, sizes) in NAMES.items() if name in template}
    terms = (term.split("·") for term in template.split(" + "))
    return sum(prod(int(values.get(factor, factor)) for factor in term) for term in terms)


def evaluated(numbers: str) -> int:
    """Return what products (·), quotients (/) and sums of whole numbers, with brackets, come to.

    Examples
    --------
    >>> evaluated("(2·3 + 4·6/2)·4")
    72
    """
    sum_, rest = _sum(re.findall(r"\d+|[·/+()]", numbers))
    assert not rest, numbers
    return sum_


def _sum(words: list[str]) -> tuple[int, list[str]]:
    total, words = _product(words)
    while words and words[0] == "+":
        more, words = _product(words[1:])
        total += more
    return total, words


def _product(words: list[str]) -> tuple[int, list[str]]:
    found, words = _factor(words)
    while words and words[0] in "·/":
        sign, (more, words) = words[0], _factor(words[1:])
        found = found * more if sign == "·" else found // more
    return found, words


def _factor(words: list[str]) -> tuple[int, list[str]]:
    if words[0] != "(":
        return int(words[0]), words[1:]
    found, rest = _sum(words[1:])
    return found, rest[1:]


def _spelled(name: str, axis: str) -> str:
    """Return the letter of an axis: small behind k and e, a capital where it stands first."""
    return name.format(axis=axis) if name[0] in "ke" else name.format(axis=axis.upper())
