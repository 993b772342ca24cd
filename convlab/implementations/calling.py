"""How an implementation is called: its axes in its order, its options by its names; and the same from a shell."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from convlab.backends import CATALOGUE
from convlab.implementations.implementation import Implementation
from convlab.spec import ConvSpec


def arranged(array: np.ndarray, axes: str, first: str) -> np.ndarray:
    """Return an array of convlab's order with its axes in another; axes that are left out have length 1.

    Parameters
    ----------
    array : ndarray, shape (N, C, *space) or (O, C, *taps)
    axes : str
        The wanted order, such as "NHWC"; the letters of space keep their order. Empty for bare space.
    first : str
        The letters of the first two axes: "NC" for x, "OC" for w, "NO" for y.

    Examples
    --------
    >>> arranged(np.zeros((8, 3, 5, 6)), "CHWN", "NC").shape, arranged(np.zeros((1, 1, 5, 6)), "HW", "NC").shape
    ((3, 5, 6, 8), (5, 6))
    """
    space = [letter for letter in axes if letter not in first] or [str(n) for n in range(array.ndim - 2)]
    have = [*first, *space]
    gone = tuple(n for n, letter in enumerate(have) if letter in first and letter not in axes)
    kept = [letter for n, letter in enumerate(have) if n not in gone]
    return array.squeeze(gone).transpose([kept.index(letter) for letter in (axes or kept)])


def restored(array: np.ndarray, axes: str, first: str) -> np.ndarray:
    """Return what `arranged` made in convlab's order again.

    Examples
    --------
    >>> restored(np.zeros((3, 5, 6, 8)), "CHWN", "NC").shape
    (8, 3, 5, 6)
    """
    space = [letter for letter in axes if letter not in first] or [str(n) for n in range(array.ndim)]
    have = list(axes) or space
    order = [have.index(letter) for letter in (*first, *space) if letter in have]
    gone = tuple(n for n, letter in enumerate(first) if letter not in have)
    return np.expand_dims(array.transpose(order), gone)


def options(one: Implementation, spec: ConvSpec) -> dict[str, object]:
    """Return the keyword arguments, by its own names, with which an implementation computes a spec.

    Examples
    --------
    >>> from convlab.implementations import get
    >>> options(get("nnet.conv2d"), ConvSpec((1, 4, 5, 5), (2, 2, 3, 3), "full", stride=2, groups=2))
    {'border_mode': 'full', 'subsample': (2, 2), 'num_groups': 2}
    """
    lone = one.ranks == (1,)
    values = {
        "border": _border(one, spec),
        "stride": (spec.stride[0] if lone else spec.stride) if set(spec.stride) != {1} else None,
        "dilation": (spec.dilation[0] if lone else spec.dilation) if set(spec.dilation) != {1} else None,
        "groups": spec.groups if spec.groups > 1 else None,
    }
    named = {
        one.options[key]: value for key, value in values.items() if value is not None and key in one.options
    }
    return named | (one.extra(spec) if one.extra else {})


def written(one: Implementation, spec: ConvSpec) -> str:
    """Return the call, in its own words, that computes a spec.

    Examples
    --------
    >>> from convlab.implementations import get
    >>> written(get("conv2d_fft"), ConvSpec((1, 1, 5, 6), (1, 1, 3, 3), "full"))
    "conv2d_fft(x, w, border_mode='full')"
    """
    said = "".join(f", {name}={_shown(name, value)}" for name, value in options(one, spec).items())
    if one.id == "conv3D":
        return f"conv3D(x, w, b, d={spec.stride})"
    *_, module, last = one.call.split(".")
    name = one.name if one.name.endswith(last) else f"{module}.{last}"
    if last.endswith(("Acts", "MM")):
        return f"{name}({said[2:]})(x, w)"
    pointwise = ", v" if one.id == "separable_conv2d" else ""
    return f"{name}(x, w{pointwise}{said})"


def compute(one: Implementation, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Compute a spec by an implementation's counterpart here, through its own axes and its own words.

    Parameters
    ----------
    x, w : ndarray
        In convlab's order: (N, C, *space) and (O, C / groups, *taps).

    Returns
    -------
    ndarray, shape (N, O, *space)

    Examples
    --------
    >>> from convlab.implementations import get
    >>> x, w = np.arange(9.0).reshape(1, 1, 3, 3), np.array([[[[1.0, 10.0]]]])
    >>> compute(get("signal.convolve2d"), x, w, ConvSpec(x.shape, w.shape))[0, 0, 0]
    array([ 1., 12.])
    """
    if one.words is None:
        from convlab.api import conv

        spec = one.computes(spec)
        return conv(x, w, stride=spec.stride, dilation=spec.dilation, groups=spec.groups, flip=spec.flip,
                    padding=spec.pads, backend=one.cpu or "auto")  # fmt: skip
    w = _given_back(w, spec.groups) if one.w_axes.startswith("CO") else arranged(w, one.w_axes, "OC")
    given = arranged(x, one.x_axes, "NC"), w
    y = function(one)(*given, **further(one, spec), **options(one, spec))
    axes = one.y_axes or one.x_axes.replace("C", "O")
    return restored(np.asarray(y), axes, "NO")


def function(one: Implementation) -> object:
    """Return the function that takes an implementation's own words: of `convlab.theano`, or SciPy's own."""
    module, _, name = one.words.rpartition(".")
    return getattr(import_module(module or "convlab.theano"), name)


def command(one: Implementation, spec: ConvSpec) -> str:
    """Return the line for a shell that computes a spec by an implementation's counterpart, or by any without one.

    Examples
    --------
    >>> from convlab.implementations import get
    >>> command(get("ndimage.convolve"), ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), "same"))
    'python -m convlab conv x.npy w.npy --mode same --backend scipy-ndimage'
    """
    made = one.computes(spec)
    x = "x.npy" if made.x_shape == spec.x_shape else "x_spread.npy"  # with zeros between its values
    words = [f"python -m convlab conv {x} w.npy"]
    if made.padding is not None:
        words.append("--padding " + ",".join(str(lo) if lo == hi else f"{lo}:{hi}" for lo, hi in made.pads))
    elif made.mode != "valid":
        words.append(f"--mode {made.mode}")
    for name in ("stride", "dilation"):
        if set(value := getattr(made, name)) != {1}:
            words.append(f"--{name} " + ",".join(map(str, value)))
    words += [f"--groups {made.groups}"] * (made.groups > 1) + ["--no-flip"] * (not made.flip)
    return " ".join([*words, *([f"--backend {one.cpu}"] if one.cpu in CATALOGUE else [])])


def _border(one: Implementation, spec: ConvSpec) -> object:
    """Return its word or its numbers for the zeros around x; None for valid, where that is its default."""
    border = one.border_of(spec)
    if one.about.startswith("Theano") and one.options.get("border") == "border_mode":
        if border != "pads":
            return None if border == "valid" else border
        return tuple(lo if lo == hi else (lo, hi) for lo, hi in spec.pads)
    if one.about == "SciPy":
        return border
    if one.about == "TensorFlow":
        return "VALID" if border == "valid" else [[0, 0], *map(list, spec.pads), [0, 0]]
    if border == "valid":
        return None
    return spec.pads[0][0] if one.id == "cuda-convnet" else tuple(lo for lo, _ in spec.pads)


def _given_back(w: np.ndarray, groups: int) -> np.ndarray:
    """Return (O, C / groups, *taps) as the filter of the way back, (C, O / groups, *taps)."""
    blocks = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)
    return blocks.reshape(-1, *blocks.shape[2:])


def further(one: Implementation, spec: ConvSpec) -> dict[str, object]:
    """Return what a call needs beside x, w and its options, so that it computes the spec alone."""
    if one.id == "separable_conv2d":
        filters = spec.w_shape[0]
        return {"pointwise_filters": np.eye(filters, dtype=spec.dtype).reshape(filters, filters, 1, 1)}
    return {"mode": "constant"} if one.id == "ndimage.convolve" else {}


def _shown(name: str, value: object) -> str:
    return repr(value) if name != "b" else "b"
