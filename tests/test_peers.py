"""Library functions called raw and at their best: right where they say so, refusals elsewhere, a fair clock."""

import sys

import numpy as np
import pytest

from convlab.backends import CATALOGUE, admit, choose, get, peers
from convlab.backends.peers import EVERY, PEERS, TUNED
from convlab.errors import SpecError, Unavailable, Unsupported
from convlab.gradients import dgrad, wgrad
from convlab.numerics import BOUNDS, gradient_bounds, measure
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.others import ORDERS, STAND_INS
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
POSTED = ConvSpec((4, 1, 9, 8), (1, 1, 3, 3), dtype="float64")
OTHERS = [
    ConvSpec((2, 4, 12), (6, 4, 3), padding=1),
    ConvSpec((1, 2, 4, 5, 5), (2, 2, 3, 2, 2), padding=1, stride=2),
]
TAKEN = {  # how many of those they take
    "scipy.ndimage.convolve": 5,
    "scipy.signal.fftconvolve": 7,
    "scipy.signal.oaconvolve": 7,
    "scipy.signal.convolve": 7,
    "torch.nn.functional.conv2d": 7,
    "cv2.filter2D": 6,
    "scipy.fft.rfftn (filter held)": 7,
    "pyfftw.FFTW (planned)": 7,
    "torch.nn.functional.conv1d": 2,
    "torch.nn.functional.conv2d (channels last)": 7,
    "torch.nn.functional.conv3d": 2,
    "torch.nn.functional.conv3d (channels last)": 2,
    "torch.ops.mkldnn._convolution_pointwise (packed filter)": 6,
    "cv2.filter2D (images as channels)": 6,
    "jax.lax.conv_general_dilated": 13,
    "skimage.filters.correlate_sparse": 1,
}
LAST = {
    "torch.nn.functional.conv2d (channels last)",
    "torch.nn.functional.conv3d (channels last)",
    "torch.ops.mkldnn._convolution_pointwise (packed filter)",
}


@pytest.fixture
def peer(name, monkeypatch):
    """Return a library function; a small stand-in answers for a library that the tests do not install."""
    for module, stand_in in STAND_INS.get(peers.get(name).package, {}).items():
        monkeypatch.setitem(sys.modules, module, stand_in)
    ORDERS.clear()
    return peers.get(name)


@pytest.mark.parametrize("name", EVERY)
def test_a_library_function_gives_what_the_spec_says_or_refuses(name, peer):
    taken = 0
    for spec in STACKS + LAYERS + OTHERS:
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


@pytest.mark.parametrize("name", EVERY)
def test_a_library_function_at_its_best_gives_the_same_again_and_again(name, peer):
    for spec in STACKS + LAYERS + OTHERS:
        if peer.supports(spec):
            continue
        x, w = reals(spec)
        kept, truth = (x.copy(), w.copy()), judge(x, w, spec)
        ready = peer.ready(x, w, spec)
        found = [ready.read(ready.call()).copy() for _ in range(2)]
        assert found[0].shape == spec.y_shape and found[0].dtype == spec.dtype
        assert measure(found[0], truth, BOUNDS[peer.bound](x, w, spec, truth)).share <= 1, str(spec)
        assert np.array_equal(*found) and np.array_equal(x, kept[0]) and np.array_equal(w, kept[1])
    if name.startswith("torch"):
        assert {order[0] for order in ORDERS} == {"last" if name in LAST and peer.rank > 1 else "first"}


@pytest.mark.parametrize("name", [name for name in EVERY if not peers.get(name).supports(POSTED)])
def test_images_whose_index_stands_last_in_memory_are_taken_as_they_lie(name, peer):
    spec = POSTED
    x, w = reals(spec)
    posted = np.ascontiguousarray(np.moveaxis(x[:, 0], 0, -1))
    ready = peer.ready(np.moveaxis(posted, -1, 0)[:, None], w, spec)
    truth = judge(x, w, spec)
    assert measure(ready.read(ready.call()), truth, BOUNDS[peer.bound](x, w, spec, truth)).share <= 1


@pytest.mark.parametrize("name", [name for name in EVERY if "dx" in peers.get(name).computes])
@pytest.mark.parametrize("flip", [True, False], ids=["flip", "no-flip"])
def test_a_library_function_has_the_gradients_that_the_spec_has(name, flip, peer):
    taken = 0
    for spec in (
        ConvSpec((2, 4, 5, 6), (4, 2, 3, 2), stride=(1, 2), groups=2, padding=1, flip=flip),
        ConvSpec((2, 2, 9), (3, 2, 3), padding=1, flip=flip, dtype="float64"),
        ConvSpec((1, 2, 4, 4, 5), (2, 2, 2, 2, 3), stride=2, flip=flip),
    ):
        if peer.supports(spec):
            continue
        taken += 1
        x, w = reals(spec)
        dy = np.random.default_rng(2).standard_normal(spec.y_shape).astype(spec.dtype)
        truths = dgrad(dy, w, spec), wgrad(x, dy, spec)
        for of, truth, bound in zip(("dx", "dw"), truths, gradient_bounds(x, w, dy, spec), strict=True):
            ready = peer.ready_gradient(of, x, w, dy, spec)
            found = ready.read(ready.call())
            assert found.shape == truth.shape and found.dtype == spec.dtype
            assert measure(found, truth, bound).share <= 1, (of, str(spec))
    assert taken == (3 if name.startswith("jax") else 1)


def test_a_function_without_gradients_says_so():
    peer = peers.get("scipy.signal.fftconvolve")
    with pytest.raises(NotImplementedError, match="computes y; asked for dx"):
        peer.ready_gradient("dx", *[np.ones((1, 1, 3))] * 3, ConvSpec((1, 1, 3), (1, 1, 1)))


@pytest.mark.parametrize("name", PEERS)
def test_the_clock_of_a_library_function_leaves_its_last_answer_where_it_is_wanted(name, peer):
    spec = STACKS[0]
    x, w = reals(spec)
    watch = peer.stopwatch(x, w, spec)
    y = watch.first().y
    watch.out = np.zeros(spec.y_shape, spec.dtype)
    assert watch.block(2) > 0 and np.array_equal(watch.out, y)


def test_library_functions_are_called_by_their_own_names_and_are_nobodys_choice():
    assert not set(EVERY) & set(CATALOGUE) and choose(STACKS[0]) in CATALOGUE
    assert not set(PEERS) & set(TUNED)
    for name in EVERY:
        assert peers.get(name).name == peers.get(name).counterpart == name
        assert peers.get(name).workspace_formula(STACKS[0]).count("=") >= 1
    for name in PEERS:
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
