"""What to change about a layer so that an implementation computes it: tried on the very code that refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from convlab.errors import SpecError
from convlab.implementations.implementation import Implementation, changed
from convlab.implementations.layers import LAYERS
from convlab.implementations.refusing import reasons
from convlab.spec import ConvSpec

OPTIONS = ("x_shape", "w_shape", "mode", "padding", "stride", "dilation", "groups", "dtype")


def remedy(one: Implementation, spec: ConvSpec) -> dict[str, object] | None:
    """Return the options to change so that an implementation takes a spec; None when none of ours helps.

    Returns
    -------
    dict or None
        Options by name, or ``layer``: the id of a layer of `LAYERS` that it takes, when the axes do not fit.

    Examples
    --------
    >>> from convlab.implementations import get
    >>> remedy(get("conv2d_fft"), ConvSpec((8, 3, 32, 33), (4, 3, 5, 5), stride=2))
    {'x_shape': (8, 3, 32, 34), 'stride': (1, 1)}
    """
    if spec.rank not in one.ranks:
        return _other_layer(one.id)
    return _difference(spec, _nearest(one, spec))


@cache
def _other_layer(id_: str) -> dict[str, object] | None:
    """Return a named layer, and what to change about it, for an implementation with other axes than asked for."""
    from convlab.implementations import get

    one = get(id_)
    for layer in LAYERS:
        if layer.spec.rank in one.ranks and (found := _nearest(one, layer.spec)):
            return {"layer": layer.id} | _difference(layer.spec, found)
    return None


def _difference(old: ConvSpec, new: ConvSpec | None) -> dict[str, object] | None:
    return new and {name: getattr(new, name) for name in OPTIONS if getattr(new, name) != getattr(old, name)}


def _nearest(one: Implementation, spec: ConvSpec) -> ConvSpec | None:
    """Return a spec that an implementation takes: each step takes the fix that leaves the fewest reasons against it."""
    against = reasons(one, spec)
    while against:
        tried = [(len(reasons(one, new)), n, new) for n, new in enumerate(_all(one, spec))]
        left, _, spec = min(tried)
        if left >= len(against):
            return None
        against = reasons(one, spec)
    return spec


def _all(one: Implementation, spec: ConvSpec) -> Iterator[ConvSpec]:
    return (new for fix in FIXES for new in _tried(fix, one, spec))


def _tried(
    fix: Callable[[Implementation, ConvSpec], Iterator[dict]], one: Implementation, spec: ConvSpec
) -> Iterator[ConvSpec]:
    """Give the specs that a fix leads to, where they exist."""
    for changes in fix(one, spec):
        try:
            yield replace(spec, **changes) if "mode" in changes else changed(spec, **changes)
        except SpecError:
            continue


def _steps(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    yield {"stride": 1}
    yield {"stride": min(*spec.stride, *spec.taps)}
    yield {"dilation": 1}


def _dilation(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    yield {"dilation": 1}


def _groups(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    channels, filters = spec.x_shape[1], spec.w_shape[0]
    yield {"groups": 1, "w_shape": (filters, channels, *spec.taps)}
    yield {"groups": channels, "w_shape": (channels, 1, *spec.taps)}


def _counts(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    images, channels, filters = *spec.x_shape[:2], spec.w_shape[0]
    yield {"x_shape": (images, channels + 1, *spec.space), "w_shape": (filters, channels + 1, *spec.taps)}
    yield {"x_shape": (images, 1, *spec.space), "w_shape": (filters, 1, *spec.taps)}
    yield {"x_shape": (1, 1, *spec.space), "w_shape": (1, 1, *spec.taps)}


def _filters(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    yield {"w_shape": (-(-spec.w_shape[0] // 16) * 16, *spec.w_shape[1:])}


def _taps(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    square = (max(spec.taps),) * spec.rank
    yield {"w_shape": (*spec.w_shape[:2], *square)}
    yield {"w_shape": (*spec.w_shape[:2], *(k + (k % 2 == 0) for k in spec.taps))}


def _zeros(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    if "pads" in one.borders:
        yield {"padding": tuple((e - 1, 0) for e in spec.extent), "mode": "valid"}
        most = max(side for pair in spec.pads for side in pair)
        yield {"padding": most, "mode": "valid"}
    for mode in one.borders:
        if mode != "pads":
            yield {"mode": mode, "padding": None}


def _space(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    yield {"x_shape": (*spec.x_shape[:-1], spec.space[-1] + 1)}


def _dtype(one: Implementation, spec: ConvSpec) -> Iterator[dict]:
    yield {"dtype": "float32"}


FIXES = (_dilation, _groups, _counts, _zeros, _filters, _taps, _steps, _space, _dtype)
