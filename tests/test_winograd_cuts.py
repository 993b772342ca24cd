"""Winograd's filtering cut into pieces, blocks and threads: the same bits, and nothing else is read or written."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import prod

import numpy as np
import pytest

from convlab.backends import get, numba_winograd
from convlab.backends.numba_winograd import cuts, engine
from convlab.backends.numba_winograd.cuts import Cut
from convlab.backends.numba_winograd.views import parts
from convlab.backends.tiles import machine, pool
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.specs import reals
from tests.test_winograd import FAR, NAMES, TAILS, both, drawn, forms

LAYER = ConvSpec((3, 35, 13, 18), (70, 35, 3, 3), padding=((1, 2), (0, 1)))


def convolved(made, x, w, spec, **forced):
    """Return y of one layer that is cut in another way."""
    cut = Cut(parts(spec, made)[0].layer, pool.threads())
    for key, value in forced.items():
        cut.__dict__[key] = value
    y = np.empty(spec.y_shape, spec.dtype)
    engine.convolve(engine.transformed(w, cut), cut, x, y)
    return y


@forms
def test_bits_depend_on_no_block_piece_or_thread(form, monkeypatch):
    spec = replace(LAYER, flip=False)
    x, w = reals(spec)
    whole = convolved(form.outputs, x, w, spec)
    for forced in (
        {"piece": (1, 1)},
        {"piece": (2, 3), "fit": 7},
        {"blocks": 1},
        {"blocks": 5, "filter_blocks": 2},
    ):
        assert np.array_equal(convolved(form.outputs, x, w, spec, **forced), whole), forced
    for threads in (1, 3, 8):
        monkeypatch.setattr(pool, "state", lambda: 0)  # one after the other
        y = convolved(form.outputs, x, w, spec, threads=threads)
        assert np.array_equal(y, whole), threads


@both
def test_an_image_comes_out_the_same_alone_and_among_others(name):
    x, w = reals(LAYER)
    whole, run = get(name).run(x, w, LAYER), get(name).run
    alone = replace(LAYER, x_shape=(1, *LAYER.x_shape[1:]))
    assert all(np.array_equal(run(x[n : n + 1], w, alone), whole[n : n + 1]) for n in range(3))
    few = replace(LAYER, w_shape=(5, *LAYER.w_shape[1:]))
    assert np.array_equal(run(x, w[60:65], few), whole[:, 60:65])


@both
def test_a_call_gives_the_bits_of_a_plan_where_filters_are_transformed_block_by_block(name, monkeypatch):
    x, w = reals(LAYER)
    whole = get(name).plan(w, LAYER)(x)
    monkeypatch.setattr(numba_winograd, "FILTER_BYTES", get(name).filter_bytes(LAYER) // 2)
    monkeypatch.setattr(numba_winograd, "LINE", 8)
    assert len(get(name)._blocks(LAYER)) > 2
    assert np.array_equal(get(name).run(x, w, LAYER), whole)


@pytest.mark.parametrize("width", [4, 8])
@forms
def test_narrower_vectors_give_the_same_bits_wherever_they_are(form, width, monkeypatch):
    """A processor without AVX-512 has other tiles: 8 lanes, 16 registers, 2 vectors of filters."""
    spec = ConvSpec((1, 9, 7, 10), (21, 9, 3, 3), padding=1, flip=False)
    x, w = reals(spec)
    whole = convolved(form.outputs, x, w, spec)
    if width > machine.width("float32"):
        pytest.skip(f"this processor has vectors of {machine.width('float32')} numbers")
    monkeypatch.setattr(machine, "width", lambda dtype: width if dtype == "float32" else width // 2)
    monkeypatch.setattr(machine, "registers", lambda: 16)
    engine.functions.cache_clear()
    try:
        assert np.array_equal(convolved(form.outputs, x, w, spec), whole)
    finally:
        engine.functions.cache_clear()


# ---- plans


@both
def test_a_plan_copies_the_filter_and_may_be_called_by_several_threads(name):
    x, w = (array.copy() for array in reals(LAYER))
    backend = get(name)
    whole, plan = backend.run(x, w, LAYER), backend.plan(w, LAYER)
    w[...] = np.nan
    out = np.full(LAYER.y_shape, np.nan, LAYER.dtype)
    assert plan(x, out) is out and np.array_equal(out, whole)
    with ThreadPoolExecutor(4) as threads:
        assert all(np.array_equal(y, whole) for y in threads.map(lambda _: plan(x), range(12)))


@both
def test_a_plan_keeps_as_many_bytes_as_is_said(name):
    form, lanes = NAMES[name], machine.width("float32")
    filled = -(-70 // lanes) * lanes
    assert get(name).filter_bytes(LAYER) == form.size**2 * 35 * filled * 4
    assert get(name).filter_bytes(replace(LAYER, x_shape=(0, *LAYER.x_shape[1:]))) == 0


@both
def test_filters_may_lie_in_any_order(name):
    spec = ConvSpec((1, 5, 8, 9), (20, 5, 3, 3), dtype="float64")
    x, w = reals(spec)
    whole = get(name).run(x, w, spec)
    swapped = np.ascontiguousarray(w.swapaxes(0, 1)).swapaxes(0, 1)
    turned = np.ascontiguousarray(w[..., ::-1, ::-1])[..., ::-1, ::-1]
    columns = np.ascontiguousarray(w.swapaxes(2, 3)).swapaxes(2, 3)
    mirrored = np.ascontiguousarray(w[..., ::-1])[..., ::-1]
    for other in (swapped, turned, columns, mirrored, np.asfortranarray(w)):
        assert np.array_equal(other, w) and np.array_equal(get(name).run(x, other, spec), whole)


# ---- what is touched


def framed(array, frame=np.nan):
    """Return a view with the values of an array in the middle of a larger one that is NaN around it."""
    large = np.full([n + 6 for n in array.shape], frame, array.dtype)
    view = large[(slice(3, -3),) * array.ndim]
    view[...] = array
    return view, large


@pytest.mark.parametrize("spec", [LAYER, TAILS[5], FAR[0], FAR[2], *drawn(4, seed=9)], ids=str)
@both
def test_nothing_around_x_and_w_is_read_and_nothing_around_y_is_written(name, spec):
    x, w = reals(spec)
    whole = get(name).run(x, w, spec)
    out, around = framed(np.zeros(spec.y_shape, spec.dtype), frame=2.0**40)
    get(name).run(framed(x)[0], framed(w)[0], spec, out)
    assert np.array_equal(out, whole) and (around == 2.0**40).sum() == around.size - out.size


FENCED = """
import ctypes, mmap, sys
import numpy as np
from convlab.backends import get
from convlab.spec import ConvSpec
from tests.specs import reals

def fenced(array, at_the_end):
    size = -(-array.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    pages = mmap.mmap(-1, size + 2 * mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    for fence in (address, address + mmap.PAGESIZE + size):
        assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(fence), mmap.PAGESIZE, 0) == 0
    start = mmap.PAGESIZE + (size - array.nbytes) * at_the_end
    view = np.frombuffer(pages, array.dtype, array.size, start).reshape(array.shape)
    view[...] = array
    return view

for x, w in (((1, 3, 5, 7), (5, 3, 3, 3)), ((2, 17, 6, 21), (33, 17, 3, 3)), ((1, 1, 1, 1), (1, 1, 3, 3))):
    spec = ConvSpec(x, w, padding=1, flip=False)
    x, w = reals(spec)
    for name in ("numba-winograd", "numba-winograd-f2"):
        whole = get(name).run(x, w, spec)
        for at_the_end in (True, False):
            out = fenced(np.zeros(spec.y_shape, "float32"), at_the_end)
            get(name).run(fenced(x, at_the_end), fenced(w, at_the_end), spec, out)
            assert np.array_equal(out, whole)
"""


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no mprotect to put fences around memory with"
)
def test_memory_that_may_not_be_touched_on_either_side_is_not_touched():
    """What is read in vain changes no output, so a frame of NaN does not show it; a fence ends the process."""
    done = subprocess.run([sys.executable, "-c", FENCED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or f"ended by signal {-done.returncode}"


VIEWS = {
    "reversed": lambda a: np.flip(np.ascontiguousarray(np.flip(a))),
    "channels last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1),
    "every other column": lambda a: np.repeat(a, 2, -1)[..., ::2],
    "rows and columns exchanged": lambda a: np.ascontiguousarray(a.swapaxes(2, 3)).swapaxes(2, 3),
}


@pytest.mark.parametrize("view", VIEWS)
@both
def test_any_view_gives_the_same_bits(name, view):
    x, w = reals(LAYER)
    whole = get(name).run(x, w, LAYER)
    out = VIEWS[view](np.zeros(LAYER.y_shape, LAYER.dtype))
    assert np.array_equal(get(name).run(VIEWS[view](x), w, LAYER, out), whole) and np.array_equal(out, whole)


def reached(form, at, count):
    """Return which outputs of an axis an input has a part in: those whose row of A' meets a row of B' that reads it."""
    outputs, inputs = (np.array(matrix, float) != 0 for matrix in (form.of_outputs, form.of_inputs))
    reads = np.pad(outputs @ inputs, ((0, 0), (count, count)))
    starts = range(0, count, form.outputs)
    return np.concatenate([reads[:, count + min(max(at - start, -1), form.size)] for start in starts])[:count]


@both
def test_a_nan_reaches_the_outputs_of_its_tiles_and_no_others(name):
    spec = ConvSpec((2, 1, 16, 16), (1, 1, 3, 3), dtype="float64")
    x, w = np.ones(spec.x_shape), np.ones(spec.w_shape)
    whole = get(name).run(x, w, spec)
    x[0, 0, 6, 7] = np.nan
    y = get(name).run(x, w, spec)
    hit = np.outer(*(reached(NAMES[name], at, 14) for at in (6, 7)))
    assert np.array_equal(np.isnan(y[0, 0]), hit) and np.array_equal(y[:, :, ~hit], whole[:, :, ~hit])
    assert np.array_equal(y[1], whole[1]) and hit[4:7, 5:8].all()


@both
def test_outputs_that_see_nothing_are_exactly_zero_beside_the_largest_numbers(name):
    spec = ConvSpec((1, 1, 3, 3), (1, 1, 3, 3), padding=((5, 4), (3, 6)), dtype="float32")
    y = get(name).run(np.full(spec.x_shape, 1e30, "float32"), np.full(spec.w_shape, 1e-3, "float32"), spec)
    seen = judge(np.ones(spec.x_shape), np.ones(spec.w_shape), spec) > 0
    assert (y[~seen] == 0).all() and seen.sum() == 25 and (y[seen] > 0).all()


def test_rooms_hold_what_a_block_needs_and_no_more_than_sixteen_megabytes():
    for channels, size, images in (
        (64, 56, 8),
        (128, 28, 8),
        (256, 14, 8),
        (512, 7, 8),
        (512, 28, 16),
        (3, 224, 1),
    ):
        for made in (2, 4):
            spec = ConvSpec((images, channels, size, size), (channels, channels, 3, 3), padding=1)
            for threads in (1, 2, 16):
                cut = Cut(parts(spec, made)[0].layer, threads)
                assert cut.room[-1] < 16 << 20 and cut.most * cut.blocks >= images * prod(cut.tiles)
                assert threads == 1 or cut.jobs >= threads or cut.filter_blocks == cut.panels
    assert cuts.FILTER_BYTES < 16 << 20
