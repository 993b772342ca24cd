"""Why an implementation does not compute a layer: the backend's own sentence, or the fact that stands against it."""

from __future__ import annotations

from collections.abc import Iterator

from convlab.backends import CATALOGUE, get
from convlab.implementations.implementation import Implementation
from convlab.spec import ConvSpec, by


def refusal(one: Implementation, spec: ConvSpec) -> str | None:
    """Return why an implementation does not compute what a spec asks for; None when it does.

    Parameters
    ----------
    one : Implementation
    spec : ConvSpec
        The layer, whether or not it flips: this implementation reads the filter in its own way.

    Examples
    --------
    >>> from convlab.implementations import get
    >>> refusal(get("conv3d2d"), ConvSpec((2, 3, 4, 6, 6), (4, 3, 2, 3, 3), stride=2))
    'The stride is 2 × 2 × 2; conv3d2d moves the window by 1.'
    """
    return next(iter(reasons(one, spec)), None)


def reasons(one: Implementation, spec: ConvSpec) -> list[str]:
    """Return every reason against a layer, a sentence each, the likeliest to help first.

    Examples
    --------
    >>> from convlab.implementations import get
    >>> len(reasons(get("conv2d_fft"), ConvSpec((8, 3, 32, 33), (4, 3, 5, 5), stride=2)))
    2
    """
    if spec.rank not in one.ranks:
        axes = "axis" if spec.rank == 1 else "axes"
        return [
            f"x has {spec.rank} spatial {axes}; {one.name} slides over {' or '.join(map(str, one.ranks))}."
        ]
    found = by_facts(one, spec)
    # The counterpart reproduces the limits, and has the better sentence; one that takes more has none.
    if found and one.reads:
        return found  # what it would compute need not exist
    if one.cpu in CATALOGUE and (sentence := get(one.cpu).supports(one.computes(spec))):
        return [sentence, *found[1:]]
    return found


def by_facts(one: Implementation, spec: ConvSpec) -> list[str]:
    """Return every fact that stands against a layer with the right number of axes, a sentence each."""
    return [*_options(one, spec), *(sentence for rule in one.rules if (sentence := rule.broken(spec)))]


def _options(one: Implementation, spec: ConvSpec) -> Iterator[str]:
    if set(spec.stride) != {1} and one.stride.value == "no":
        yield f"The stride is {by(spec.stride)}; {one.name} moves the window by 1."
    if set(spec.dilation) != {1} and one.dilation.value == "no":
        yield f"The dilation is {by(spec.dilation)}; {one.name} reads taps that stand side by side."
    if spec.groups > 1 and one.groups.value == "no":
        yield f"There are {spec.groups} groups; every filter of {one.name} reads all channels."
    if one.border_of(spec) is None:
        asked = spec.mode if spec.padding is None else ", ".join(f"{lo}:{hi}" for lo, hi in spec.pads)
        yield f"Asked for {asked}; {one.name} has {' and '.join(one.borders)}."
