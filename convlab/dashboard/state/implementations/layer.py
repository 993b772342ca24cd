"""The layer that the Implementations screen holds every implementation against: shapes and options, no numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from convlab import presets, typed
from convlab.errors import ConvLabError, SpecError
from convlab.implementations.implementation import changed as respec
from convlab.implementations.layers import LAYERS
from convlab.operands import prepare
from convlab.spec import ConvSpec

MOST = 1_000_000  # along one axis: more is a slip of the hand
DTYPES = ("float32", "float64")
SOURCES = ("Source 000", "Source 002")  # whose examples are layers
KEYS = ("x_shape", "w_shape", "mode", "padding", "stride", "dilation", "groups", "dtype")


def changed(spec: ConvSpec, change: Mapping[str, object]) -> ConvSpec:
    """Return the layer that one ask of the browser leads to.

    Parameters
    ----------
    change : mapping
        Any of `KEYS`; the values may be what a person typed.

    Raises
    ------
    SpecError, Refused
        When a value does not read, or no such convolution exists.

    Examples
    --------
    >>> str(changed(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)), {"x_shape": "8x1x9x9", "stride": "2"}))
    'x(8, 1, 9, 9) w(1, 1, 3, 3) valid stride=(2, 2) float32'
    """
    asked = {
        key: value
        for key, value in change.items()
        if value is not None and (key, value) != ("mode", "padded")
    }
    new: dict[str, object] = {}
    for key in ("x_shape", "w_shape"):
        if key in asked:
            new[key] = typed.wholes(f"an axis of {key[0]}", asked[key], 1, MOST)
    for key in ("stride", "dilation"):
        if key in asked:
            new[key] = typed.wholes(key, asked[key], 1, MOST)
    if "groups" in asked:
        new["groups"] = typed.whole("groups", asked["groups"], 1, MOST)
    if "padding" in asked:
        new |= {"padding": typed.padding(asked["padding"]), "mode": "valid"}
    elif "mode" in asked:
        new |= {"mode": str(asked["mode"])[:20], "padding": None}
    if "dtype" in asked:
        new["dtype"] = _dtype(asked["dtype"])
    return _made(spec, new)


def of_preset(id_: object) -> ConvSpec:
    """Return the layer of a preset: its shapes and options, in the dtype that it is computed in.

    Raises
    ------
    SpecError
        When there is no such preset, or no such convolution.

    Examples
    --------
    >>> str(of_preset("S002b"))
    'x(2, 3, 6, 6, 4) w(4, 3, 3, 3, 2) valid stride=(2, 2, 1) float32'
    """
    if not isinstance(id_, str):
        raise SpecError("Asked for a preset.", "A preset has a name.", "Choose one by name.")
    found = presets.get(id_[:40])
    spec = prepare(found.x, found.w, **found.options).spec
    return respec(spec, flip=True, dtype="float32")


def of_layer(id_: object) -> ConvSpec:
    """Return one of the layers that have a name.

    Raises
    ------
    SpecError
        When none has this name.
    """
    for layer in LAYERS:
        if layer.id == id_:
            return layer.spec
    raise SpecError(
        f"Asked for the layer {str(id_)[:40]!r}.",
        f"There are {', '.join(one.id for one in LAYERS)}.",
        "Use one.",
    )


def packed(spec: ConvSpec) -> str:
    """Return the shapes of a layer as they stand in an address.

    Examples
    --------
    >>> packed(ConvSpec((8, 3, 5, 5), (4, 3, 3, 3)))
    '8x3x5x5*4x3x3x3'
    """
    return "*".join("x".join(map(str, shape)) for shape in (spec.x_shape, spec.w_shape))


def unpacked(text: str) -> dict[str, str]:
    """Return the shapes that an address holds, as `changed` takes them.

    Raises
    ------
    SpecError
        When there are not two.
    """
    shapes = text[:200].split("*")
    if len(shapes) != 2:
        raise SpecError(
            f"Asked for layer {typed.shown(text)}.", "That is not two shapes.", "Write 1x1x5x5*1x1x3x3."
        )
    return dict(zip(("x_shape", "w_shape"), shapes, strict=True))


@cache
def menu() -> tuple[dict[str, str], ...]:
    """Return the layers with a name, and the examples of the sources that are layers, for the menu."""
    named = [{"id": one.id, "title": one.title, "group": one.group} for one in LAYERS]
    seen: set[ConvSpec] = set()
    for preset in presets.all():
        spec = _spec_of(preset.id) if preset.group in SOURCES else None
        if spec and spec not in seen:
            seen.add(spec)
            named.append({"id": preset.id, "title": preset.title, "group": preset.group})
    return tuple(named)


def name_of(spec: ConvSpec) -> str | None:
    """Return the id of a layer of the menu that has these shapes and options; None for one of the reader's own.

    Examples
    --------
    >>> name_of(ConvSpec((2, 3, 4, 6, 6), (4, 3, 2, 3, 3)))
    'S002c'
    """
    for one in LAYERS:
        if one.spec == spec:
            return one.id
    return next(
        (one["id"] for one in menu() if one["group"] in SOURCES and _spec_of(one["id"]) == spec), None
    )


@cache
def _spec_of(id_: str) -> ConvSpec | None:
    try:
        return of_preset(id_)
    except ConvLabError:
        return None


def _made(spec: ConvSpec, new: dict[str, object]) -> ConvSpec:
    """Return a spec with changes; steps of one number follow x to another number of axes, padding does not."""
    rank = (
        len(new.get("x_shape", spec.x_shape)) - 2 if isinstance(new.get("x_shape", ()), tuple) else spec.rank
    )
    if rank != spec.rank:
        for key in ("stride", "dilation"):
            value = getattr(spec, key)
            new.setdefault(key, value[0] if len(set(value)) == 1 else 1)
        new.setdefault("mode", spec.mode if spec.padding is None else "valid")
        new.setdefault("padding", None)
    for key in ("x_shape", "w_shape"):
        if isinstance(new.get(key), int):
            raise SpecError(
                f"Asked for {key[0]} of shape {new[key]}.",
                "That is one number.",
                "Give one per axis: 1 x 1 x 5 x 5.",
            )
    return replace(spec, **new) if "padding" in new else respec(spec, **new)


def _dtype(value: object) -> str:
    if value not in DTYPES:
        raise SpecError(
            f"Asked for {typed.shown(value)}.", f"The dtypes are {' and '.join(DTYPES)}.", "Use one."
        )
    return str(value)
