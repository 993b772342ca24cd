"""Reads the recordings of the real Theano that lie in tests/data/golden (see its README)."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from convlab.dialects.theano import conv2d_spec, conv3d_spec, inputs_spec, read_options
from convlab.dialects.theano.legacy import legacy_spec
from convlab.dialects.theano.movies import conv3d2d_spec
from convlab.dialects.theano.volumes import conv3D_spec
from convlab.reference import dgrad, judge
from convlab.spec import ConvSpec

FOLDER = Path(__file__).parent / "data" / "golden"
INDEX = json.loads((FOLDER / "index.json").read_text())
ENGINE = INDEX["engines"]["theano-1.0.5"]
FAMILIES = sorted({case["family"] for case in INDEX["cases"]})
TOLERANCE = {"float64": 1e-12, "float32": 2e-6}  # of the largest value
MOVIE, LAST, BACK = (0, 2, 1, 3, 4), (0, 4, 1, 2, 3), (0, 2, 3, 4, 1)


def cases(*families):
    """Return the recorded cases of some families; of all, if none is named."""
    return [case for case in INDEX["cases"] if case["family"] in (families or FAMILIES)]


def named(case):
    """Return what a test is called by."""
    return case["id"]


@cache
def _file(name):
    with np.load(FOLDER / name, allow_pickle=False) as arrays:
        return dict(arrays)


def arrays(case):
    """Return the arrays of a case by their role: x, w, y, ..."""
    return {role: _file(case["file"])[f"{case['id']}__{role}"] for role in case["shapes"]}


def words(case):
    """Return the keyword arguments of the recorded call, with tuples where Theano had tuples."""
    return {name: _tuples(value) for name, value in case["params"].items()}


def without(given, *names):
    """Return keyword arguments without some of them."""
    return {name: value for name, value in given.items() if name not in names}


@dataclass(frozen=True)
class Layer:
    """A recorded call, or a part of one, as the convolution that it is, in the layout of every backend.

    What Theano recorded is y, dx and dw; None where it did not. `bias` is what Theano added to y.
    """

    case: dict
    spec: ConvSpec
    x: np.ndarray
    w: np.ndarray
    dy: np.ndarray | None
    y: np.ndarray | None
    dx: np.ndarray | None
    dw: np.ndarray | None
    bias: np.ndarray | float = 0.0


def layers(case):
    """Return the convolutions that a recorded call is made of: one, or two for separable, or none for unshared."""
    a, given, dtype = arrays(case), words(case), case["dtype"]
    family = "convop" if case["op"].endswith("nnet.conv.conv2d") else case["family"]
    if given.pop("unshared", False):
        return []
    if family in ("conv2d", "seeds", "conv3d"):
        read = conv3d_spec if family == "conv3d" else conv2d_spec
        return [_plain(case, read(a["x"].shape, a["w"].shape, dtype=dtype, **given), a)]
    if family == "convop":
        return [_plain(case, legacy_spec(a["x"].shape, a["w"].shape, dtype=dtype, **given), a)]
    if family == "causal1d":
        k, d = a["w"].shape[2], given["filter_dilation"]
        how = {"dilation": d, "padding": ((d * (k - 1), 0),)}
        return [_plain(case, ConvSpec(a["x"].shape, a["w"].shape, dtype=dtype, **how), a)]
    return OTHERS[family](case, a, given, dtype)


def _plain(case, spec, a, **change):
    names = {"case": case, "spec": spec, "x": a["x"], "w": a["w"], "dy": a.get("g"), "y": a["y"]}
    return Layer(**{**names, "dx": a.get("dx"), "dw": a.get("dw"), **change})


def _signal(case, a, given, dtype):
    planes = {"x": a["x"].shape[-2:], "w": a["w"].shape[-2:], "y": a["y"].shape[-2:]}
    planes |= {"dx": planes["x"], "dw": planes["w"]}
    a4 = {role: a[role].reshape(-1, 1, *space) for role, space in planes.items()}
    images, filters = len(a4["x"]), len(a4["w"])
    a4 |= {role: a[role].reshape(images, filters, *planes["y"]) for role in ("y", "g")}
    return [_plain(case, legacy_spec(a4["x"].shape, a4["w"].shape, dtype=dtype, **given), a4)]


def _conv3d2d(case, a, given, dtype):
    spec = conv3d2d_spec(a["x"].shape, a["w"].shape, given.get("border_mode", "valid"), dtype)
    return [_plain(case, spec, {role: array.transpose(MOVIE) for role, array in a.items()})]


def _conv3d_legacy(case, a, given, dtype):
    spec = conv3D_spec(a["x"].shape, a["w"].shape, a["b"].shape, given["d"], dtype)
    turned = {role: array.transpose(LAST) for role, array in a.items() if array.ndim == 5}
    return [_plain(case, spec, turned, bias=a["b"][:, None, None, None])]


def _transpose(case, a, given, dtype):
    """What goes in is the gradient of the layer's output, what comes out is that of its input."""
    given["subsample"] = given.pop("input_dilation", (1, 1))
    options = read_options(2, **without(given, "output_shape"))
    spec = inputs_spec(options, a["x"].shape, a["w"].shape, given["output_shape"], dtype)
    return [Layer(case, spec, a["g"], a["w"], a["x"], a["dx"], a["y"], a["dw"])]


def _separable(case, a, given, dtype):
    given["num_groups"] = given.pop("num_channels")
    first = conv2d_spec(a["x"].shape, a["w"].shape, dtype=dtype, **given)
    middle = judge(a["x"], a["w"], first)
    second = conv2d_spec(middle.shape, a["v"].shape, dtype=dtype)
    return [
        Layer(case, first, a["x"], a["w"], dgrad(a["g"], a["v"], second), None, a["dx"], a["dw"]),
        Layer(case, second, middle, a["v"], a["g"], a["y"], None, a["dv"]),
    ]


OTHERS = {
    "signal": _signal, "conv3d2d": _conv3d2d, "conv3D_legacy": _conv3d_legacy, "conv2d_transpose": _transpose,
    "separable": _separable,
}  # fmt: skip


def assert_matches(found, case, recorded, bound=np.inf, exact=True):
    """Hold a result to a recording: its shape and type, and every value, bit for bit where that was exact."""
    assert found.shape == recorded.shape and found.dtype == recorded.dtype
    if exact and case["data"] == "int":
        np.testing.assert_array_equal(found, recorded)
    elif recorded.size:
        gap = np.abs(found - recorded)
        tolerance = TOLERANCE[case["dtype"]] * np.abs(recorded).max() if exact else np.inf
        assert (gap <= np.minimum(bound, tolerance)).all(), f"off by {gap.max()}"


def whole(*shape, seed=0):
    """Return small whole numbers in float64: sums of their products are exact."""
    return np.random.default_rng(seed + sum(shape)).integers(-4, 5, shape).astype(float)


def _tuples(value):
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
