"""What a picture can show: its limits, and the sentence that names the nearest thing that fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

from convlab.errors import Refused, SpecError
from convlab.spec import ConvSpec, by

LIMITS = {
    "axis": 16,  # positions along a spatial axis of x
    "taps": 7,  # along an axis of the filter
    "channels": 4,
    "images": 4,
    "filters": 4,
    "stride": 8,
    "dilation": 8,
    "padding": 16,
    "terms": 256,  # products in one output value
    "picture": 4096,  # cells of one padded channel, and of one output picture
    "cells": 20_480,  # of the padded input and the output, all images and channels
}
NAMES = {"x": ("images", "channels", "axis"), "w": ("filters", "channels", "taps")}
UNITS = {"axis": "positions along an axis", "taps": "taps along an axis"}


class OverLimit(Refused):
    """More than a picture shows, with the change that brings it within the limits.

    Parameters
    ----------
    asked, found, hint : str
        As in every error of convlab.
    fix : dict
        What to change as well, as `Question.changed` takes it.
    """

    def __init__(self, asked: str, found: str, hint: str, fix: dict[str, object]) -> None:
        super().__init__(asked, found, hint)
        self.fix = fix


def check_shape(name: str, shape: tuple[int, ...], bare: bool = False) -> None:
    """Refuse a shape that is empty or larger than a picture; name the nearest that fits.

    Parameters
    ----------
    name : {"x", "w"}
    shape : tuple of int
        In layer layout.
    bare : bool
        Speak of it without its first two axes.

    Examples
    --------
    >>> try:
    ...     check_shape("x", (1, 1, 40, 5))
    ... except OverLimit as error:
    ...     error.hint
    'Use 1 × 1 × 16 × 5, the nearest that fits, for example x[:, :, :16].'
    """
    said = shape[2:] if bare else shape
    if 0 in shape:
        raise SpecError(
            f"Asked for {name} of {by(said)}.", "It holds no value at all.", "Make every axis 1 or more."
        )
    kinds = (*NAMES[name][:2], *[NAMES[name][2]] * (len(shape) - 2))
    fits = tuple(min(n, LIMITS[kind]) for n, kind in zip(shape, kinds))
    if fits == tuple(shape):
        return
    kind = next(kind for n, ok, kind in zip(shape, fits, kinds) if n != ok)
    near = fits[2:] if bare else fits
    crop = ", ".join(f":{ok}" if n != ok else ":" for n, ok in zip(said, near))
    while crop.endswith(", :"):
        crop = crop[:-3]
    raise OverLimit(
        f"Asked for {name} of {_size(said)}.",
        f"A screen shows {LIMITS[kind]} {UNITS.get(kind, kind)}.",
        f"Use {by(near)}, the nearest that fits, for example {name}[{crop}].",
        {f"{name}_shape": list(fits)},
    )


def check_padding(padding: int | tuple) -> None:
    """Refuse more zeros on a side than a picture shows."""
    most = LIMITS["padding"]
    pairs = [(padding, padding)] if isinstance(padding, int) else padding
    asked = max((n for pair in pairs for n in pair), default=0)
    if asked > most:
        held = [[min(n, most) for n in pair] for pair in pairs]
        raise OverLimit(
            f"Asked for padding {asked if asked < 10**9 else 'of a billion or more'}.",
            f"A screen shows {most} zeros on a side.",
            f"Use {most}, the most.",
            {"padding": most if isinstance(padding, int) else held},
        )


def check_spec(spec: ConvSpec) -> None:
    """Refuse a convolution whose picture has too many cells; name the nearest that fits."""
    for name in ("stride", "dilation"):
        asked, most = getattr(spec, name), LIMITS[name]
        if max(asked) > most:
            raise OverLimit(
                f"Asked for {name} {max(asked)}.",
                f"A screen shows {name} from 1 to {most}.",
                f"Use {most}, the largest.",
                {name: [min(n, most) for n in asked]},
            )
    if spec.padding is not None:
        check_padding(spec.padding)
    excess = _excess(spec)
    if excess:
        fix = nearest(spec)
        words = {"x_shape": "x of", "w_shape": "a filter of"}
        wanted = " and ".join(f"{words.get(name, name)} {written(name, size)}" for name, size in fix.items())
        raise OverLimit(
            f"Asked for {spec.operation} of x {by(spec.x_shape)} with w {by(spec.w_shape)}, {_how(spec)}.",
            excess,
            f"Use {wanted}, the nearest that fits.",
            fix,
        )


def nearest(spec: ConvSpec) -> dict[str, list]:
    """Return what to change, by the names of options, so that a picture is small enough: one of them if one will do.

    Examples
    --------
    >>> nearest(ConvSpec((1, 1, 16, 16, 16), (1, 1, 3, 3, 3), "full"))
    {'x_shape': [1, 1, 12, 12, 12]}
    """
    for smaller in SMALLER.values():
        small = _shrunk(spec, smaller, _excess)
        if not _excess(small):
            return _differences(spec, small)
    small = _shrunk(spec, SMALLER["w_shape"], lambda one: one.terms > LIMITS["terms"])
    for smaller in SMALLER.values():
        small = _shrunk(small, smaller, _excess)
    return _differences(spec, small)


def _shrunk(
    spec: ConvSpec, smaller: Callable[[ConvSpec], ConvSpec | None], over: Callable[[ConvSpec], object]
) -> ConvSpec:
    """Make a spec smaller, step by step, until it is over no more or cannot be made any smaller."""
    while over(spec) and (less := smaller(spec)) is not None:
        spec = less
    return spec


def _differences(spec: ConvSpec, small: ConvSpec) -> dict[str, list]:
    changed = {name: getattr(small, name) for name in SMALLER if getattr(small, name) != getattr(spec, name)}
    return {name: [list(n) if isinstance(n, tuple) else n for n in value] for name, value in changed.items()}


def _replaced(spec: ConvSpec, **changes: object) -> ConvSpec | None:
    try:
        return replace(spec, **({"mode": "valid"} if spec.padding is not None else {}), **changes)
    except SpecError:
        return None


def _smaller_space(name: str) -> Callable[[ConvSpec], ConvSpec | None]:
    def smaller(spec: ConvSpec) -> ConvSpec | None:
        shape = getattr(spec, name)
        largest = max(shape[2:])
        less = (*shape[:2], *(min(n, largest - 1) for n in shape[2:]))
        return _replaced(spec, **{name: less}) if largest > 1 else None

    return smaller


def _smaller_dilation(spec: ConvSpec) -> ConvSpec | None:
    largest = max(spec.dilation)
    return (
        _replaced(spec, dilation=tuple(min(d, largest - 1) for d in spec.dilation)) if largest > 1 else None
    )


def _smaller_padding(spec: ConvSpec) -> ConvSpec | None:
    largest = max(max(pair) for pair in spec.pads)
    if spec.padding is None or largest == 0:
        return None
    return _replaced(spec, padding=tuple(tuple(min(n, largest - 1) for n in pair) for pair in spec.pads))


SMALLER: dict[str, Callable[[ConvSpec], ConvSpec | None]] = {
    "dilation": _smaller_dilation,
    "padding": _smaller_padding,
    "x_shape": _smaller_space("x_shape"),
    "w_shape": _smaller_space("w_shape"),
}


def _excess(spec: ConvSpec) -> str:
    """Return what is over a limit, as a sentence with the numbers; empty when nothing is."""
    if spec.terms > LIMITS["terms"]:
        return f"One output value would add up {spec.terms} products; a screen shows {LIMITS['terms']}."
    one = max(prod(spec.padded), prod(spec.y_shape[2:]))
    if one > LIMITS["picture"]:
        return f"One picture would have {one} cells; a screen shows {LIMITS['picture']}."
    cells = prod(spec.x_shape[:2]) * prod(spec.padded) + prod(spec.y_shape)
    if cells > LIMITS["cells"]:
        return f"Input and output would have {cells} cells; a screen shows {LIMITS['cells']}."
    return ""


def _size(shape: tuple[int, ...]) -> str:
    text = by(shape)
    return text if len(text) <= 60 else text[:60] + "…"


def written(name: str, value: object) -> str:
    """Return the value of an option as a person writes it: shapes with ×, a pair of paddings as before:after.

    Examples
    --------
    >>> written("x_shape", [5, 5]), written("stride", [2, 2]), written("padding", [[1, 0], [2, 2]])
    ('5 × 5', '2', '1:0, 2')
    """
    if not isinstance(value, (list, tuple)):
        return str(value)
    pairs = [one if isinstance(one, (list, tuple)) else (one,) for one in value]
    words = [":".join(map(str, pair if len(set(pair)) > 1 else pair[:1])) for pair in pairs]
    if name in ("x_shape", "w_shape"):
        return " × ".join(words)
    return words[0] if len(set(words)) == 1 else ", ".join(words)


def _how(spec: ConvSpec) -> str:
    """Return the options that make a picture large."""
    dilated = f", dilation {written('dilation', spec.dilation)}" if max(spec.dilation) > 1 else ""
    return (spec.mode if spec.padding is None else f"padding {written('padding', spec.pads)}") + dilated
