"""How backends line up before they are timed: those that will run first, the likely fastest of them on top."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from convlab.backends import get
from convlab.errors import Unavailable, Unsupported
from convlab.spec import ConvSpec
from convlab.timing.admission import rates


def lineup(spec: ConvSpec, names: Iterable[str]) -> tuple[str, ...]:
    """Return backends in the order of their predicted seconds; those that refuse a spec come last, as they came.

    It is the order in which a table shows them until their times are known, so that who leads does not stand below
    twenty others, and a refusal does not stand between those that run.

    Examples
    --------
    >>> layer = ConvSpec((8, 64, 56, 56), (64, 64, 3, 3))
    >>> lineup(layer, ["numpy-loops", "numpy-conv3d", "numpy-im2col"])
    ('numpy-im2col', 'numpy-loops', 'numpy-conv3d')
    """
    here = rates.known()

    def expected_s(name: str) -> float:
        return inf if no(name, spec) else here.seconds(name, spec.dtype, get(name).work(spec))

    return tuple(sorted(names, key=expected_s))


def no(name: str, spec: ConvSpec) -> tuple[str, str] | None:
    """Return which kind of no a backend has for a spec, and its sentence; None when it takes it.

    Examples
    --------
    >>> no("numpy-conv3d", ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))[0]
    'not by this backend'
    """
    backend = get(name)
    if says := backend.unavailable():
        return Unavailable.kind, says
    if says := backend.supports(spec):
        return Unsupported.kind, says
    return None
