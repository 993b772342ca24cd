"""The convolution that somebody asks to be timed, in words or numbers; one sentence for each thing that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from convlab import typed
from convlab.errors import SpecError
from convlab.spec import MODES, ConvSpec, by

MOST = 65_536  # along one axis, of a stride, of the zeros: more is a slip of the hand
DTYPES = ("float32", "float64")  # what every library has
NAMES = ("x", "w", "mode", "padding", "stride", "dilation", "groups", "dtype", "flip")


def spec(words: Mapping[str, object], base: ConvSpec | None = None) -> ConvSpec:
    """Return the convolution that words describe; nothing is allocated, whatever they say.

    Parameters
    ----------
    words : mapping
        Any of `NAMES`, as typed or as numbers; None counts as not said. x and w may be written short: ``50 x 100 x
        100`` with ``11 x 11`` are 50 images of one channel and one filter.
    base : ConvSpec, optional
        What is changed; without one, x and w must be there.

    Returns
    -------
    ConvSpec

    Raises
    ------
    SpecError, Refused
        When a word does not read, is out of its range, or when there is no such convolution.

    Examples
    --------
    >>> str(spec({"x": "50 x 100 x 100", "w": "11 x 11"}))
    'x(50, 1, 100, 100) w(1, 1, 11, 11) valid float32'
    >>> str(spec({"stride": "4"}, ConvSpec((128, 3, 227, 227), (96, 3, 11, 11), padding=2)))
    'x(128, 3, 227, 227) w(96, 3, 11, 11) ((2, 2), (2, 2)) stride=(4, 4) float32'
    """
    told = _known(words)
    shapes = {name: _shape(name, told[name]) for name in ("x", "w") if name in told}
    if base is None and len(shapes) < 2:
        raise SpecError(
            f"Asked for a convolution without {'x' if 'x' not in shapes else 'w'}.",
            "It takes both shapes to say how large it is.",
            "Give x like 50x1x100x100 and w like 1x1x11x11.",
        )
    x, w = shapes.get("x", base and base.x_shape), shapes.get("w", base and base.w_shape)
    x, w = lifted(x, w)
    options = _options(told)
    if base is None:
        return ConvSpec(x, w, **options)
    return _changed(base, x, w, options)


def lifted(x: tuple[int, ...], w: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return two shapes in layer layout, (N, C, *space) and (O, I, *taps), where one of them is written short.

    A filter of one or two numbers is its taps alone; x may then be space alone, or images and space. Beside a filter
    with all its axes, x of one axis less is a stack of images of one channel.

    Raises
    ------
    SpecError
        When several readings fit, or none does.

    Examples
    --------
    >>> lifted((100, 100), (11, 11)), lifted((50, 100, 100), (4, 1, 5, 5))
    (((1, 1, 100, 100), (1, 1, 11, 11)), ((50, 1, 100, 100), (4, 1, 5, 5)))
    """
    rank = len(w) if len(w) < 3 else len(w) - 2
    if len(w) < 3:
        if len(x) == rank + 2 and x[1] > 1:
            raise SpecError(
                f"Asked for x {by(x)} with w {by(w)}.",
                f"x has {x[1]} channels; w says neither how many filters there are nor how many channels each reads.",
                f"Give w with all its axes: {by((1, x[1], *w))}.",
            )
        w = (1, 1, *w)
    missing = rank + 2 - len(x)
    if missing == 1 and w[1] == 1:
        x = (x[0], 1, *x[1:])
    elif missing == 2:
        x = (1, 1, *x)
    elif missing == 1:
        raise SpecError(
            f"Asked for x {by(x)} with w {by(w)}.",
            f"Each filter reads {w[1]} channels; x may leave its images out, or its channels.",
            f"Give x with all its axes: {by((1, *x))}, if {x[0]} are its channels.",
        )
    return x, w


def _known(words: object) -> dict[str, object]:
    if not isinstance(words, Mapping):
        raise SpecError(
            f"Asked for {typed.shown(words)}.",
            "It has no names and values.",
            f"Give any of {', '.join(NAMES)}.",
        )
    told = {str(name).removesuffix("_shape"): value for name, value in words.items() if value is not None}
    if unknown := [name for name in told if name not in NAMES]:
        raise SpecError(
            f"Asked for {typed.shown(unknown[0])}.",
            "A convolution has no option of that name.",
            f"Use {', '.join(NAMES)}.",
        )
    return told


def _shape(name: str, value: object) -> tuple[int, ...]:
    found = typed.wholes(f"{name} size", value, 1, MOST)
    return found if isinstance(found, tuple) else (found,)


def _options(told: Mapping[str, object]) -> dict[str, object]:
    """Return everything but the shapes, as `ConvSpec` takes it."""
    found: dict[str, object] = {
        name: typed.wholes(name, told[name], 1, MOST) for name in ("stride", "dilation") if name in told
    }
    if "groups" in told:
        found["groups"] = typed.whole("groups", told["groups"], 1, MOST)
    if "flip" in told:
        found["flip"] = typed.switch("flip", told["flip"])
    if "dtype" in told:
        found["dtype"] = _one_of("dtype", told["dtype"], DTYPES)
    if "padding" in told:
        found["padding"] = _padding(told["padding"])
    elif (
        told.get("mode", "padded") != "padded"
    ):  # which is not a mode of its own, but what a padding is called
        found["mode"] = _one_of("mode", told["mode"], MODES)
    return found


def _padding(value: object) -> int | tuple:
    zeros = typed.padding(value)
    for side in (zeros,) if isinstance(zeros, int) else (n for pair in zeros for n in pair):
        typed.whole("padding", side, 0, MOST)
    return zeros


def _one_of(name: str, value: object, names: tuple[str, ...]) -> str:
    word = value.strip().lower() if isinstance(value, str) else value
    if not isinstance(word, str) or word not in names:
        raise SpecError(
            f"Asked for {name} {typed.shown(value)}.", f"There are {', '.join(names)}.", f"Use {names[0]}."
        )
    return word


def _changed(base: ConvSpec, x: tuple[int, ...], w: tuple[int, ...], options: dict[str, object]) -> ConvSpec:
    """Return a spec with changes; steps that are the same on all axes follow x to another number of them."""
    if len(x) - 2 != base.rank:
        for name in ("stride", "dilation"):
            steps = set(getattr(base, name))
            options.setdefault(name, steps.pop() if len(steps) == 1 else 1)
        if base.padding is not None and "mode" not in options:
            zeros = {n for pair in base.padding for n in pair}
            options.setdefault("padding", zeros.pop() if len(zeros) == 1 else 0)
    if "padding" in options:
        options["mode"] = "valid"
    elif "mode" in options:
        options["padding"] = None
    return replace(base, x_shape=x, w_shape=w, **options)
