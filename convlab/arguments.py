"""What a caller wrote for shapes, steps and padding, read as integers or refused in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from convlab.errors import SpecError

MOST = 2**53 - 1  # what compiled loops count, and what a browser reads without rounding


def integer(name: str, value: object, least: int) -> int:
    """Return `value` as an int from `least` to `MOST`, or refuse it; bool is not a number here."""
    try:
        number = value.__index__() if not isinstance(value, bool) else None
    except (AttributeError, TypeError):  # NumPy's arrays and booleans have the method and refuse to use it
        number = None
    if number is None or number < least:
        raise SpecError(
            f"Asked for {name} {value!r}.",
            f"{name} counts whole things, {least} or more.",
            f"Give {name} as an integer of at least {least}.",
        )
    if number > MOST:
        raise SpecError(
            f"Asked for {name} {number}.", f"convlab counts up to {MOST}.", f"Give a smaller {name}."
        )
    return number


def switch(name: str, value: object) -> bool:
    """Return `value` as a bool; text such as "no", which Python takes for true, is refused.

    Examples
    --------
    >>> switch("flip", 0)
    False
    """
    is_bool = isinstance(value, (bool, int)) or type(value).__name__ in (
        "bool",
        "bool_",
    )  # NumPy's, without it
    if is_bool and value in (0, 1):
        return bool(value)
    raise SpecError(
        f"Asked for {name} {value!r}.", f"{name} is either on or off.", f"Give {name}=True or {name}=False."
    )


def per_axis(name: str, value: object, rank: int, least: int = 1) -> tuple[int, ...]:
    """Return one integer per spatial axis from one number or a sequence of them."""
    if not isinstance(value, (tuple, list)):
        return (integer(name, value, least),) * rank
    if len(value) != rank:
        raise SpecError(
            f"Asked for {name} {tuple(value)!r}.",
            f"That is {len(value)} numbers for {rank} spatial {'axis' if rank == 1 else 'axes'}.",
            f"Give one number, or {rank}.",
        )
    return tuple(integer(name, one, least) for one in value)


def sides(padding: object, rank: int) -> tuple[tuple[int, int], ...]:
    """Return (before, after) per axis from an int, an int per axis, or a pair per axis."""
    if not isinstance(padding, (tuple, list)):
        return ((integer("padding", padding, 0),) * 2,) * rank
    pairs = [one if isinstance(one, (tuple, list)) else (one, one) for one in padding]
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs):
        raise SpecError(
            f"Asked for padding {padding!r}.",
            f"x has {rank} spatial {'axis' if rank == 1 else 'axes'}.",
            "Give one number, one number per axis, or one (before, after) pair per axis.",
        )
    return tuple((integer("padding", lo, 0), integer("padding", hi, 0)) for lo, hi in pairs)


def shape(name: str, sizes: object, layout: str) -> tuple[int, ...]:
    """Return a shape as a tuple of ints; space and taps are at least 1, the first two axes at least 0."""
    if not isinstance(sizes, Sequence) or isinstance(sizes, str):
        raise SpecError(
            f"Asked for {name} of shape {sizes!r}.", "A shape is a tuple of integers.", f"Give {layout}."
        )
    for axis, n in enumerate(sizes):
        if axis > 1 and isinstance(n, int) and n == 0:
            what = "space" if name == "x" else "taps"
            raise SpecError(
                f"Asked for {name} of shape {tuple(sizes)}.",
                f"Axis {axis} of {layout} is empty: there is nothing to slide over.",
                f"Give every axis of its {what} at least one value.",
            )
    return tuple(integer(f"{name} axis {axis}", n, 0 if axis < 2 else 1) for axis, n in enumerate(sizes))


FOREIGN = {  # words of other libraries that people bring along
    "border_mode": "mode", "subsample": "stride", "strides": "stride", "filter_dilation": "dilation",
    "num_groups": "groups", "filter_flip": "flip", "pad": "padding", "rate": "dilation",
}  # fmt: skip


def known(function: str, given: dict, names: str = "mode stride dilation groups flip padding") -> None:
    """Refuse arguments that a function does not take, in the function's own name.

    Raises
    ------
    TypeError
        As Python does, with the names that there are.

    Examples
    --------
    >>> known("trace", {"stride": 2})
    """
    for name in given:
        if name not in names.split():
            meant = f" Here it is called {FOREIGN[name]}." if FOREIGN.get(name) in names.split() else ""
            raise TypeError(
                f"{function}() got an unexpected keyword argument {name!r}.{meant} It takes {', '.join(names.split())}."
            )
