"""Library functions called raw: right where they say so, refusals elsewhere, and a clock for the call alone."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from convlab.backends import CATALOGUE, admit, choose, get
from convlab.backends.peers import PEERS
from convlab.errors import SpecError, Unavailable, Unsupported
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.specs import reals

STACKS = [
    ConvSpec((3, 1, 9, 11), (1, 1, 4, 3)),
    ConvSpec((3, 1, 9, 11), (1, 1, 3, 5), "same"),
    ConvSpec((2, 1, 9, 8), (1, 1, 2, 6), "same", dtype="float64"),
    ConvSpec((2, 1, 6, 7), (1, 1, 3, 2), "full"),
    ConvSpec((2, 1, 20), (1, 1, 5), dtype="float64"),
    ConvSpec((2, 1, 5, 6, 7), (1, 1, 2, 3, 3)),
    ConvSpec((2, 1, 30, 31), (1, 1, 15, 14)),
    ConvSpec((2, 1, 9, 8), (1, 1, 4, 3), "same", flip=False),
    ConvSpec((2, 1, 9, 8), (1, 1, 4, 3), flip=False),
]
LAYERS = [
    ConvSpec((2, 4, 8, 9), (6, 2, 3, 2), stride=(1, 2), groups=2, padding=1),
    ConvSpec((2, 3, 9, 9), (4, 3, 3, 3), "half", dilation=2, flip=False, dtype="float64"),
]
TAKEN = {  # how many of those they take
    "scipy.ndimage.convolve": 5,
    "scipy.signal.fftconvolve": 7,
    "scipy.signal.oaconvolve": 7,
    "scipy.signal.convolve": 7,
    "torch.nn.functional.conv2d": 7,
    "cv2.filter2D": 6,
}


def filter2d(image, depth, kernel, borderType):
    """Do what OpenCV's documentation says of filter2D: correlate about the centre k // 2, here with zeros around."""
    assert depth == -1 and borderType == "zeros" and image.flags.c_contiguous and kernel.flags.c_contiguous
    before = [k // 2 for k in kernel.shape]
    sides = [(lo, k - 1 - lo) for lo, k in zip(before, kernel.shape, strict=True)]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, sides), kernel.shape)
    return np.einsum("ijpq,pq->ij", windows, kernel)


class Inference:
    """Stands for torch.inference_mode."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def conv2d(x, w, bias, stride, padding, dilation, groups):
    """Do what PyTorch's documentation says of conv2d: correlate, with as many zeros on both sides."""
    spec = ConvSpec(
        x.array.shape, w.array.shape, padding=tuple((p, p) for p in padding), stride=stride, dilation=dilation,
        groups=groups, flip=False, dtype=x.array.dtype.name,
    )  # fmt: skip
    y = judge(x.array, w.array, spec).astype(spec.dtype)
    return SimpleNamespace(numpy=lambda: y)


def tensor(array):
    assert array.flags.writeable and min(array.strides) >= 0, "torch refuses such arrays"
    return SimpleNamespace(array=array)


TORCH = SimpleNamespace(
    inference_mode=Inference,
    from_numpy=tensor,
    nn=SimpleNamespace(functional=SimpleNamespace(conv2d=conv2d)),
)
STAND_INS = {"torch": TORCH, "cv2": SimpleNamespace(filter2D=filter2d, BORDER_CONSTANT="zeros")}


@pytest.fixture
def peer(name, monkeypatch):
    """Return a library function; a small stand-in answers for a library that the tests do not install."""
    package = get(name).package
    if package in STAND_INS:
        monkeypatch.setitem(sys.modules, package, STAND_INS[package])
    return get(name)


@pytest.mark.parametrize("name", PEERS)
def test_a_library_function_gives_what_the_spec_says_or_refuses(name, peer):
    taken = 0
    for spec in STACKS + LAYERS:
        if reason := peer.supports(spec):
            assert len(reason) > 20 and reason.endswith(".")
            continue
        taken += 1
        x, w = reals(spec)
        x.flags.writeable = w.flags.writeable = False
        truth = judge(x, w, spec)
        y, out = peer.run(x, w, spec), np.full(spec.y_shape, np.nan, spec.dtype)
        assert y.shape == spec.y_shape and y.dtype == spec.dtype
        assert measure(y, truth, BOUNDS[peer.bound](x, w, spec, truth)).share <= 1, str(spec)
        assert peer.run(x, w, spec, out) is out and np.array_equal(out, y)
        assert peer.workspace_bytes(spec) > 0 and peer.work(spec).flops > 0
    assert taken == TAKEN[name]


@pytest.mark.parametrize("name", PEERS)
def test_the_clock_of_a_library_function_leaves_its_last_answer_where_it_is_wanted(name, peer):
    spec = STACKS[0]
    x, w = reals(spec)
    watch = peer.stopwatch(x, w, spec)
    y = watch.first().y
    watch.out = np.zeros(spec.y_shape, spec.dtype)
    assert watch.block(2) > 0 and np.array_equal(watch.out, y)


def test_library_functions_are_called_by_their_own_names_and_are_nobodys_choice():
    assert not set(PEERS) & set(CATALOGUE) and choose(STACKS[0]) in CATALOGUE
    for name in PEERS:
        assert get(name).name == get(name).counterpart == name
        assert get(name).workspace_formula(STACKS[0]).count("=") == 2
    with pytest.raises(SpecError, match="numba-direct"):
        get("scipy.signal.no_such_function")
    with pytest.raises(Unsupported, match="4 channels and 6 filters; one call of scipy"):
        admit("scipy.ndimage.convolve", LAYERS[0])


def test_a_library_that_is_not_here_is_a_sentence_with_the_name_that_pip_knows(monkeypatch):
    from convlab.backends import library

    monkeypatch.setattr(library, "find_spec", lambda name: None)
    with pytest.raises(
        Unavailable, match=r"no package cv2\. Install it with pip install opencv-python-headless"
    ):
        admit("cv2.filter2D", STACKS[0])
