"""The two fast backends of this version where ordinary tests are too small: many pieces, many blocks, many threads."""

import multiprocessing
import os
import threading
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from convlab.backends import get, scipy_rfft, threads
from convlab.backends.numba_rows import loops, tiles
from convlab.backends.numba_rows.tiles import lifted, tiling
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.specs import complaint, drawn, reals
from tests.takers import CUBE, PLAIN

MIXED = [
    PLAIN,
    CUBE,
    ConvSpec((5, 3, 17, 19), (5, 3, 4, 3), "full", stride=(2, 3), flip=False),
    ConvSpec((3, 1, 20, 23), (1, 1, 5, 4), "same", dilation=(2, 3), dtype="float64"),
    ConvSpec((7, 4, 40), (6, 2, 9), padding=((11, 3),), groups=2),
    *(spec for spec in drawn(12, seed=4) if spec.dtype != "longdouble"),
]


@pytest.fixture
def small_pieces(monkeypatch):
    """Cut everything into pieces of a few outputs, so that one call has many and their edges are met."""
    for name, value in {"PIECE_MACS": (150, 300), "PIECE_BYTES": 400, "NARROW": 3}.items():
        monkeypatch.setattr(tiles, name, value)
    tiling.cache_clear()
    yield
    tiling.cache_clear()


def test_pieces_cover_every_output_once(small_pieces):
    counts = []
    for spec in MIXED:
        cut, whole = tiling(spec, 2), lifted(spec)
        seen = np.zeros(whole.y_shape, int)
        each = whole.w_shape[0] // whole.groups
        for piece in cut.pieces():
            block = slice(piece.group * each, (piece.group + 1) * each)
            seen[piece.images, block, piece.depth, piece.rows, piece.columns] += 1
        assert (seen == 1).all(), str(spec)
        counts.append(cut.count)
        assert cut.count == sum(1 for _ in cut.pieces())
    assert max(counts) > 50


@pytest.mark.parametrize("many", [1, 3])
def test_rows_are_exact_however_they_are_cut_and_shared(small_pieces, monkeypatch, many):
    monkeypatch.setattr(threads, "count", lambda: many)
    said = (complaint(get("numba-rows").run, spec, exact=True) for spec in MIXED)
    assert next(filter(None, said), None) is None


def test_taps_in_every_number_are_added_up_by_both_loops(monkeypatch):
    monkeypatch.setattr(loops, "BLOCK", 7)  # for Python alone: what is compiled has its own
    rng = np.random.default_rng(0)
    for taps in (*range(1, 18), loops.RUN - 1, loops.RUN, loops.RUN + 5, 3 * loops.RUN + 2):
        buffer = rng.integers(-9, 10, (2, taps + 40)).astype(float)
        weights = rng.integers(-9, 10, (2, taps)).astype(float)
        offsets = rng.permutation(taps).astype(np.intp)
        lines = np.stack([np.stack([row[offsets + k] for k in range(30)], 1) for row in buffer])
        for loop in (loops.one_by_one, loops.in_pairs):
            sums = np.full((2, 3, 35), 2.0**40)
            loop(buffer, offsets, weights, sums, 2, 30)
            assert np.array_equal(sums[:, :2, :30], np.einsum("ot,ntk->onk", weights, lines))
            assert (sums[:, 2] == 2.0**40).all() and (sums[:, :, 30:] == 2.0**40).all()


def test_long_sums_of_rows_do_not_drift():
    spec = ConvSpec((1, 1, 100_003), (2, 1, 100_000))
    x, w = np.full(spec.x_shape, 0.1, "float32"), np.ones(spec.w_shape, "float32")
    truth = np.full(spec.y_shape, 100_000 * float(np.float32(0.1)))
    assert np.abs(get("numba-rows").run(x, w, spec) / truth - 1).max() < 200 * 2.0**-24


def test_rows_compile_once_per_dtype_and_number_of_filters():
    rows = import_module("convlab.backends.numba_rows")
    for dtype, filters in (("float16", 1), ("float32", 1), ("float64", 3), ("float64", 2)):
        spec = ConvSpec((2, 1, 6, 7), (filters, 1, 2, 3), dtype=dtype)
        x, w = reals(spec)
        get("numba-rows").run(x[..., ::-1], np.asfortranarray(w), spec)
        get("numba-rows").run(x, w, spec)
    for loop, dtype in ((loops.one_by_one, "float32"), (loops.in_pairs, "float64")):
        assert len(rows.compiled(loop, rows.signature, dtype, "numba-rows").signatures) == 1


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(scipy_rfft, "BLOCK_BYTES", 3000)
    monkeypatch.setattr(scipy_rfft, "FILTER_BYTES", 3000)


@pytest.mark.parametrize("many", [1, 2])
def test_transforms_stay_within_the_bound_however_they_are_blocked(small_blocks, monkeypatch, many):
    monkeypatch.setattr(threads, "count", lambda: many)
    for spec in [
        *MIXED,
        ConvSpec((9, 2, 8, 8), (7, 2, 3, 3), padding=5),
        ConvSpec((1, 1, 4), (1, 1, 9), padding=4),
    ]:
        x, w = reals(spec)
        truth = judge(x, w, spec)
        y = get("scipy-rfft").run(x, w, spec)
        assert measure(y, truth, BOUNDS["fft"](x, w, spec, truth)).share <= 1, str(spec)


def test_a_transform_has_no_more_points_than_keep_values_apart():
    valid = ConvSpec((1, 1, 97, 100), (1, 1, 11, 31))
    assert scipy_rfft.points(valid) == (100, 100), "what wraps around falls on what valid leaves out"
    assert scipy_rfft.points(replace(valid, mode="full")) == (108, 135)
    assert scipy_rfft.points(ConvSpec((1, 1, 3), (1, 1, 9), padding=3)) == (9,), "the filter has to fit"


def test_threads_take_every_item_once_and_hand_on_what_goes_wrong():
    taken, who = [], set()
    both = threading.Barrier(2, timeout=5)

    def work(items):
        both.wait()
        for item in items:
            taken.append(item)
            who.add(threading.get_ident())

    threads.share(work, list(range(1000)), 2)
    assert sorted(taken) == list(range(1000))

    def fail(items):
        both.wait()
        if threading.current_thread() is not threading.main_thread():
            raise ValueError("seven")

    with pytest.raises(ValueError, match="seven"):
        threads.share(fail, list(range(10)), 2)


def test_threads_that_share_work_while_they_are_shared_do_not_wait_for_one_another():
    found = []

    def outer(items):
        for item in items:
            threads.share(lambda inner: found.extend(inner), [item, item], 4)

    threads.share(outer, list(range(20)), 4)
    assert sorted(found) == sorted([*range(20), *range(20)])


def _two_at_once() -> bool:
    """Share work that only two threads together can do."""
    both, done = threading.Barrier(2), []

    def work(items):
        both.wait(timeout=5)
        done.extend(items)

    threads.share(work, [1, 2], 2)
    return sorted(done) == [1, 2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_threads_of_its_own():
    assert _two_at_once()
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=lambda: theirs.send(_two_at_once()))
    child.start()
    assert ours.poll(20) and ours.recv()
    child.join(20)
    assert child.exitcode == 0
