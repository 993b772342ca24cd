"""Which backend takes which spec: some take nearly all, some have the limits of the implementation they stand for."""

from __future__ import annotations

from convlab.backends import CATALOGUE, get
from convlab.spec import ConvSpec

PLAIN = ConvSpec((2, 4, 6, 7), (6, 2, 3, 2), "same", stride=(1, 2), groups=2)
CUBE = ConvSpec((2, 2, 3, 4, 5), (2, 2, 2, 2, 3), "full", dilation=(1, 2, 1), dtype="float64")
WINDOW = ConvSpec((2, 4, 9, 7), (6, 2, 3, 3), "full", dilation=(1, 2), groups=2, dtype="float64")
LIMITED = {  # a question that is near the limits of the backend
    "numpy-corrmm": PLAIN,
    "numpy-corr3dmm": CUBE,
    "numpy-fft": ConvSpec((2, 3, 6, 8), (4, 3, 3, 2), "full", dtype="float64"),
    "numpy-conv3d": ConvSpec((2, 2, 3, 5, 6), (3, 2, 2, 2, 3), stride=(1, 2, 1), dtype="float64"),
    "numpy-conv3d2d": ConvSpec(
        (2, 2, 3, 4, 5), (3, 2, 2, 3, 2), padding=((1, 1), (0, 0), (0, 0)), dtype="float64"
    ),
    "numba-legacy": ConvSpec((2, 3, 6, 7), (4, 3, 3, 2), "full", stride=(1, 2)),
    "llvm-direct": PLAIN,
    "numba-tiles": PLAIN,
    "numba-separable": PLAIN,
    "numba-fft": PLAIN,
    "numba-winograd": WINDOW,
    "numba-winograd-f2": WINDOW,
    "numba-3d": CUBE,
    "numba-pointwise": ConvSpec((2, 6, 5, 7), (9, 2, 1, 1), stride=(1, 2), padding=1, groups=3),
    "numba-c01b": ConvSpec((3, 4, 7, 6), (32, 2, 3, 3), padding=1, groups=2),
}
HERE = [name for name in CATALOGUE if get(name).family != "theano"]  # the real one has tests of its own
GENERAL = [name for name in HERE if name not in LIMITED]


def takers(spec: ConvSpec, among: list[str] = HERE) -> list[str]:
    """Return the backends that take a spec."""
    return [name for name in among if get(name).supports(spec) is None]


def sample(name: str) -> ConvSpec:
    """Return one question that a backend takes."""
    return LIMITED.get(name, PLAIN)


def taken(specs: list[ConvSpec], among: list[str] = HERE) -> list[tuple[str, ConvSpec]]:
    """Return every backend with every spec that it takes; each backend takes one at least."""
    found = [(name, spec) for name in among for spec in specs if get(name).supports(spec) is None]
    assert {name for name, _ in found} == set(among), "a backend is left out"
    return found


def options(spec: ConvSpec) -> dict:
    """Return a spec as the keyword arguments of `cl.conv`."""
    border = {"mode": spec.mode} if spec.padding is None else {"padding": spec.padding}
    return {
        **border,
        "stride": spec.stride,
        "dilation": spec.dilation,
        "groups": spec.groups,
        "flip": spec.flip,
    }
