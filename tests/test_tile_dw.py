"""The tiles of dw: every way to cut them, every tail, any view, and nothing read beyond."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

import convlab as cl
from convlab import numerics, reference
from convlab.backends.tiles import machine, wgrad
from convlab.backends.tiles.wgrad import broad, kernels, loops_thin, thin
from convlab.backends.tiles.wgrad.broad import Broad
from convlab.backends.tiles.wgrad.thin import Thin
from convlab.operands import lifted
from convlab.spec import ConvSpec
from tests.backward import judged, operands
from tests.frames import framed
from tests.gradient_tiles import FULL, PLAIN, STRIDED, WAYS, WIDTH, dw_by, tails
from tests.specs import reals


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_dw_exactly_whatever_the_spec(way):
    for spec in PLAIN:
        x, _, dy = operands(spec)
        assert np.array_equal(dw_by(way, x, dy, spec), judged(spec)[1]), spec


@pytest.mark.parametrize("way", WAYS)
def test_every_way_ends_rightly_where_vectors_do_not(way):
    wide = ConvSpec((1, 2, 2 * loops_thin.RUN * WIDTH + 5), (3, 2, 3))  # a line of several runs
    for spec in (wide, *tails(40, seed=21)):
        x, _, dy = operands(spec)
        assert np.array_equal(dw_by(way, x, dy, spec), judged(spec)[1]), spec


@pytest.mark.parametrize("way", WAYS)
def test_every_way_adds_up_blocks_and_parts_however_small_they_are(way, monkeypatch):
    for limit in (1, 700, 5000):
        for module, name in ((broad, "BLOCK_BYTES"), (thin, "FRAME_BYTES")):
            monkeypatch.setattr(module, name, limit)
        for parts in (1, 3, 8):
            monkeypatch.setattr(broad, "PARTS", parts)
            monkeypatch.setattr(thin, "PARTS", parts)
            for spec in (FULL, STRIDED):
                x, _, dy = operands(spec)
                assert np.array_equal(dw_by(way, x, dy, spec), judged(spec)[1]), (spec, limit, parts)


@pytest.mark.parametrize("way", WAYS)
def test_long_sums_of_real_numbers_stay_within_the_bound(way):
    for spec in (ConvSpec((3, 5, 60, 61), (7, 5, 3, 3), "same"), ConvSpec((2, 2, 4001), (3, 2, 5), stride=2)):
        x, w, dy = operands(spec, reals)
        _, bound = numerics.gradient_bounds(x, w, dy, spec)
        error = numerics.measure(dw_by(way, x, dy, spec), judged(spec, reals)[1], bound)
        assert 0 < error.share <= 0.5, spec


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_read_beyond_x_and_dy(way):
    for spec in (FULL, STRIDED, *tails(6, seed=22)):
        x, _, dy = operands(spec)
        assert np.array_equal(dw_by(way, framed(x), framed(dy), spec), judged(spec)[1]), spec


@pytest.mark.parametrize("way", WAYS)
def test_operands_of_dw_may_be_any_view(way):
    for spec in (FULL, STRIDED):
        x, _, dy = operands(spec)
        for view in (
            np.asfortranarray,
            lambda a: np.flip(np.ascontiguousarray(np.flip(a))),
            lambda a: np.repeat(a, 2, -1)[..., ::2],
            lambda a: np.ascontiguousarray(np.moveaxis(a, 0, -1)).transpose(3, 0, 1, 2),
        ):
            assert np.array_equal(dw_by(way, view(x), view(dy), spec), judged(spec)[1]), spec


@pytest.mark.parametrize("way", ["filters", "channels"])
def test_no_zeros_are_added_so_what_is_no_number_spreads_as_defined(way):
    for spec in (FULL, STRIDED):
        x, _, dy = (array.copy() for array in operands(spec))
        x[1, 1, 0, 0], dy[0, 0, -1, -1] = np.nan, np.inf
        with np.errstate(invalid="ignore"):
            truth = reference.wgrad(x, dy, spec)
        assert np.isnan(truth).any() and np.isfinite(truth).any()
        assert np.array_equal(dw_by(way, x, dy, spec), truth, equal_nan=True), spec


@pytest.mark.parametrize("way", WAYS)
def test_an_input_that_no_window_reads_has_no_part_in_dw(way):
    spec = ConvSpec((1, 2, 8, WIDTH + 4), (3, 2, 3, 3), stride=2)
    x, _, dy = (array.copy() for array in operands(spec))
    x[..., -1:, :], x[..., -1:] = np.nan, np.nan
    assert spec.leftover == (1, 1) and np.array_equal(dw_by(way, x, dy, spec), judged(spec)[1])


class Forgetful(dict):
    """What a table is kept in while other threads, with other strides, make room at the worst moment."""

    def __setitem__(self, key, value):
        self.clear()


@pytest.mark.parametrize("way", WAYS)
def test_another_thread_may_make_room_for_its_own_tables_at_any_moment(way):
    for spec in (FULL, STRIDED):
        x, _, dy = operands(spec)
        cut, dw = WAYS[way](wgrad.raised(spec)), np.empty(spec.w_shape, spec.dtype)
        vars(cut)["_known"] = Forgetful()
        cut.run(lifted(x), lifted(dy), lifted(dw))
        assert np.array_equal(dw, judged(spec)[1]), spec


def test_the_way_is_the_one_that_leaves_least_idle():
    chosen = {
        ((8, 64, 56, 56), (64, 64, 3, 3), 1): (Broad, True),
        ((8, 64, 56, 56), (6, 64, 3, 3), 1): (Broad, False),
        ((4, 3, 224, 224), (64, 3, 7, 7), 1): (Broad, True),
        ((50, 1, 100, 100), (1, 1, 11, 11), 1): (Thin, None),
        ((8, 64, 56, 56), (64, 1, 3, 3), 64): (Thin, None),
    }
    for (x_shape, w_shape, groups), wanted in chosen.items():
        way = wgrad.cut(ConvSpec(x_shape, w_shape, groups=groups))
        assert (type(way), getattr(way, "by_filters", None)) == wanted


def test_of_a_huge_dy_only_what_meets_x_is_read():
    dy = np.broadcast_to(1.0, (2 * 10**6 + 3, 2 * 10**6 + 4))
    dx, dw = cl.gradients(np.ones((4, 5)), np.ones((2, 2)), dy, padding=10**6, backend="numba-tiles")
    assert (dx == 4).all() and (dw == 20).all()


def test_dw_of_the_part_that_meets_x_is_the_whole_of_it():
    for spec in [*PLAIN, ConvSpec((1, 1, 4), (1, 1, 1), padding=((5, 7),), stride=3)]:
        x, _, dy = operands(spec)
        if (part := wgrad.met(spec)) is None:
            assert not judged(spec)[1].any()
            continue
        smaller, inputs, outputs = part
        found = reference.wgrad(x[(..., *inputs)], dy[(..., *outputs)], smaller)
        assert np.array_equal(found, judged(spec)[1]), spec


@pytest.mark.parametrize("way", WAYS)
def test_roundings_that_all_lean_to_one_side_stay_within_the_bound(way):
    shapes = [((1, 1, 2100), (1, 1, 1)), ((1, 1, 10**6), (1, 1, 2)), ((1, 1, 50, 40), (2, 2, 1, 1))]
    for space, taps in shapes:
        spec = ConvSpec((1, taps[1], *space[2:]), taps)
        x, dy = np.full(spec.x_shape, 0.1, "float32"), np.ones(spec.y_shape, "float32")
        terms = int(np.prod(spec.y_shape[2:]))
        off = np.abs(dw_by(way, x, dy, spec) - terms * float(np.float32(0.1))).max() / (0.1 * terms)
        assert 0 < off < numerics.CONFIDENCE * terms**0.5 * numerics.unit_roundoff("float32"), spec


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_turning_writes_lines_as_columns_and_adds_blocks_up(dtype):
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 9)(kernels.turn(dtype))
    width, item = machine.width(dtype), np.dtype(dtype).itemsize
    rng = np.random.default_rng(5)
    for lines, length, stored, blocks in [
        (1, 1, 1, 1), (min(3, width), 5, min(3, width), 2), (width, width, width, 1),
        (width - 1, 3 * width + 1, width, 3), (width, 2 * width - 1, width, 2), (2, width + 1, width, 1),
    ]:  # fmt: skip
        source = rng.integers(-9, 10, (blocks, lines, length)).astype(dtype)
        target = np.full((length, width + 2), 7, dtype)
        function(
            target.ctypes.data, (width + 2) * item, source.ctypes.data, length * item,
            lines, length, stored, blocks, lines * length * item,
        )  # fmt: skip
        wanted = np.full((length, width + 2), 7, dtype)
        wanted[:, :stored] = 0
        wanted[:, :lines] = source.sum(0).T
        assert np.array_equal(target, wanted), (lines, length, stored, blocks)


def test_tiles_of_rows_make_up_any_number_of_rows():
    for rows in range(1, 100):
        for vectors in range(1, kernels.most_vectors() + 1):
            sizes = kernels.split(rows, vectors)
            assert sum(sizes) == rows and set(sizes) <= set(kernels.rows_of(vectors))
            assert rows == 1 or 1 not in sizes
