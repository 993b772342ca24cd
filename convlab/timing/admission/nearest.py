"""The nearest size that fits: fewer images if that is enough, else smaller ones, else fewer filters and channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from convlab.errors import SpecError
from convlab.spec import ConvSpec

STEPS_BACK = 32  # below the size that bisection finds, for backends that take some sizes only
Made = Callable[[ConvSpec, int], ConvSpec]


def nearest(
    spec: ConvSpec, fits: Callable[[ConvSpec], bool], takes: Callable[[ConvSpec], bool] = lambda one: True
) -> dict[str, tuple[int, ...]]:
    """Return the smallest change of a spec with which it fits, found by bisection.

    Parameters
    ----------
    spec : ConvSpec
        One that does not fit.
    fits : function of ConvSpec
        Whether a spec does; what fits when larger is taken to fit when smaller.
    takes : function of ConvSpec, optional
        Whether it is allowed at all, such as only with an even width.

    Returns
    -------
    dict
        Arguments of `dataclasses.replace`, such as ``{"x_shape": (17, 3, 227, 227)}``; empty when even one image of
        the smallest size with one filter and one channel a group does not fit.

    Examples
    --------
    >>> spec = ConvSpec((128, 3, 64, 64), (8, 3, 5, 5))
    >>> nearest(spec, lambda one: one.macs <= 10_000_000)
    {'x_shape': (4, 3, 64, 64)}
    >>> nearest(spec, lambda one: one.macs <= 1_000_000)
    {'x_shape': (1, 3, 44, 44)}
    """
    small = spec
    ways = ((_images, spec.x_shape[0]), (_space, max(spec.space)), (_filters, _each(spec)))
    for made, most in (*ways, (_channels, spec.w_shape[1])):
        if found := _largest(small, made, most, fits, takes):
            return {
                name: getattr(found, name)
                for name in ("x_shape", "w_shape")
                if getattr(found, name) != getattr(spec, name)
            }
        small = _least(small, made, most) or small
    return {}


def _largest(spec: ConvSpec, made: Made, most: int, fits: Callable, takes: Callable) -> ConvSpec | None:
    """Return the spec with the largest size below `most` that fits; None when none does."""
    low, high = 0, most  # high does not fit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _below(spec, made, middle, fits) else (low, middle)
    for count in range(low, max(0, low - STEPS_BACK), -1):
        try:
            one = made(spec, count)
        except SpecError:  # the filter no longer fits into x
            return None
        if takes(one) and fits(one):
            return one
    return None


def _below(spec: ConvSpec, made: Made, count: int, fits: Callable[[ConvSpec], bool]) -> bool:
    """Return whether bisection goes on above a size: it fits, or is so small that there is no such convolution."""
    try:
        return fits(made(spec, count))
    except SpecError:
        return True


def _least(spec: ConvSpec, made: Made, most: int) -> ConvSpec | None:
    """Return the spec with the smallest size that is a convolution at all."""
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _below(spec, made, middle, lambda one: False) else (low, middle)
    try:
        return made(spec, high)
    except SpecError:
        return None


def _images(spec: ConvSpec, count: int) -> ConvSpec:
    return replace(spec, x_shape=(count, *spec.x_shape[1:]))


def _space(spec: ConvSpec, count: int) -> ConvSpec:
    """Return the spec with its longest axis of `count` values and the others in proportion, one at least."""
    longest = max(spec.space)
    space = (max(1, n * count // longest) for n in spec.space)
    return replace(spec, x_shape=(*spec.x_shape[:2], *space))


def _filters(spec: ConvSpec, count: int) -> ConvSpec:
    return replace(spec, w_shape=(count * spec.groups, *spec.w_shape[1:]))


def _channels(spec: ConvSpec, count: int) -> ConvSpec:
    x_shape = (spec.x_shape[0], count * spec.groups, *spec.space)
    return replace(spec, x_shape=x_shape, w_shape=(spec.w_shape[0], count, *spec.taps))


def _each(spec: ConvSpec) -> int:
    return spec.w_shape[0] // spec.groups
