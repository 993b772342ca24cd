"""The tiles of the gradients: every way to cut them, every tail, any number of threads, and nothing read beyond."""

from __future__ import annotations

import ctypes
import inspect
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import convlab as cl
from convlab import numerics, reference
from convlab.backends import get
from convlab.backends.compiled import lifted
from convlab.backends.tiles import (
    loops_wgrad_thin,
    machine,
    plain,
    pool,
    subpixel,
    wgrad,
    wgrad_broad,
    wgrad_kernels,
    wgrad_thin,
)
from convlab.backends.tiles.wgrad_broad import Broad
from convlab.backends.tiles.wgrad_thin import Thin
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from tests.backward import judged, operands
from tests.roomy import ROOMY, takes
from tests.specs import SPECS, reals

WAYS = {
    "filters": partial(Broad, by_filters=True),
    "channels": partial(Broad, by_filters=False),
    "positions": Thin,
}
WIDTH = machine.width("float32")
PLAIN = [
    spec for spec in SPECS if spec.dtype in ("float32", "float64") and min(*spec.y_shape, *spec.w_shape) > 0
]
COUNTS = (1, 2, 3, 5, 9, WIDTH - 1, WIDTH, WIDTH + 1, 2 * WIDTH + 3)
FULL = ConvSpec((3, 6, 9, 2 * WIDTH + 5), (WIDTH + 4, 3, 3, 2), "full", groups=2)
STRIDED = ConvSpec(
    (2, 3, 13, 2 * WIDTH + 7), (10, 3, 4, 5), padding=((2, 1), (0, 3)), stride=(2, 3), flip=False
)


def tails(count, seed):
    """Return seeded specs whose channels, filters and columns end before, at and after whole vectors."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        groups, rank = int(rng.choice([1, 1, 2])), 1 + len(found) % 3
        channels, filters = map(int, rng.choice(COUNTS, 2))
        columns = int(rng.choice([3, WIDTH - 1, WIDTH, WIDTH + 2, 2 * WIDTH + 1]))
        per_axis = rng.integers(1, 4, (3, rank)).tolist()
        try:
            found.append(ConvSpec(
                (int(rng.integers(1, 4)), groups * channels, *rng.integers(1, 6, rank - 1).tolist(), columns),
                (groups * filters, channels, *per_axis[0]), stride=per_axis[1], dilation=per_axis[2], groups=groups,
                padding=tuple(map(tuple, rng.integers(0, 4, (rank, 2)).tolist())), flip=bool(rng.integers(2)),
                dtype=str(rng.choice(["float32", "float64"])),
            ))  # fmt: skip
        except SpecError:  # a filter larger than x: draw again
            continue
    return found


def dw_by(way, x, dy, spec):
    """Return dw as one way computes it, between values that nobody may write."""
    size, guard = int(np.prod(spec.w_shape)), 2 * WIDTH
    around = np.full(size + 2 * guard, 7, spec.dtype)
    dw = around[guard:-guard].reshape(spec.w_shape)
    WAYS[way](wgrad.raised(spec)).run(lifted(x), lifted(dy), lifted(dw))
    assert (around[:guard] == 7).all() and (around[-guard:] == 7).all(), f"{spec}: written beyond dw"
    return dw.copy()


def framed(array):
    """Return a view of the same values inside an array of NaN."""
    around = np.full([n + 4 for n in array.shape], np.nan, array.dtype)
    view = around[(slice(2, -2),) * array.ndim]
    view[...] = array
    return view


# dw


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_dw_exactly_whatever_the_spec(way):
    for spec in PLAIN:
        x, _, dy = operands(spec)
        assert np.array_equal(dw_by(way, x, dy, spec), judged(spec)[1]), spec


@pytest.mark.parametrize("way", WAYS)
def test_every_way_ends_rightly_where_vectors_do_not(way):
    wide = ConvSpec((1, 2, 2 * loops_wgrad_thin.RUN * WIDTH + 5), (3, 2, 3))  # a line of several runs
    for spec in (wide, *tails(40, seed=21)):
        x, _, dy = operands(spec)
        assert np.array_equal(dw_by(way, x, dy, spec), judged(spec)[1]), spec


@pytest.mark.parametrize("way", WAYS)
def test_every_way_adds_up_blocks_and_parts_however_small_they_are(way, monkeypatch):
    for limit in (1, 700, 5000):
        for module, name in ((wgrad_broad, "BLOCK_BYTES"), (wgrad_thin, "FRAME_BYTES")):
            monkeypatch.setattr(module, name, limit)
        for parts in (1, 3, 8):
            monkeypatch.setattr(wgrad_broad, "PARTS", parts)
            monkeypatch.setattr(wgrad_thin, "PARTS", parts)
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


def test_roundings_of_dx_that_all_lean_to_one_side_stay_within_the_bound():
    spec = ConvSpec((1, 3, 20), (5000, 3, 1), stride=2)
    w, dy = np.full(spec.w_shape, 0.1, "float32"), np.ones(spec.y_shape, "float32")
    off = np.abs(subpixel.dgrad(dy, w, spec)[..., ::2] / (5000 * float(np.float32(0.1))) - 1).max()
    assert 0 < off < numerics.CONFIDENCE * 5000**0.5 * numerics.unit_roundoff("float32")


# dx


def few_channels():
    found = [spec for spec in (*PLAIN, *tails(60, seed=23), STRIDED, FULL) if subpixel.takes(spec)]
    assert len(found) > 50 and {spec.w_shape[1] for spec in found} >= {1, 2, 3}
    return [
        *found,
        ConvSpec((2, 8, 9, 40), (6, 4, 3, 3), stride=(3, 2), dilation=(1, 2), padding=3, groups=2),
    ]


def test_dx_of_few_channels_is_exact_whatever_the_spec_and_the_size_of_a_frame(monkeypatch):
    for limit in (1, 1 << 12, subpixel.FRAME_BYTES):
        monkeypatch.setattr(subpixel, "FRAME_BYTES", limit)
        subpixel.framed.cache_clear()
        for spec in few_channels():
            _, w, dy = operands(spec)
            assert np.array_equal(subpixel.dgrad(dy, w, spec), judged(spec)[0]), (spec, limit)
    subpixel.framed.cache_clear()


def test_dx_of_few_channels_reads_nothing_beyond_dy_and_w_and_writes_nothing_beyond_dx():
    for spec in few_channels()[::3]:
        _, w, dy = operands(spec)
        dx = np.full([n + 4 for n in spec.x_shape], 7, spec.dtype)
        inside = dx[(slice(2, -2),) * dx.ndim]
        inside[...] = 0
        subpixel.write(framed(dy), framed(w), spec, inside)
        assert np.array_equal(inside, judged(spec)[0]), spec
        inside[...] = 7
        assert (dx == 7).all(), f"{spec}: written beyond dx"


def test_operands_of_dx_may_be_any_view():
    _, w, dy = operands(STRIDED)
    for view in (
        np.asfortranarray,
        lambda a: np.repeat(a, 2, -1)[..., ::2],
        lambda a: np.flip(np.flip(a).copy()),
    ):
        assert np.array_equal(subpixel.dgrad(view(dy), view(w), STRIDED), judged(STRIDED)[0])


# Both


@pytest.mark.parametrize(
    "spec", [FULL, STRIDED, ConvSpec((9, 20, 9, 9), (20, 20, 3, 3), "same", dtype="float64")], ids=str
)
def test_the_bits_do_not_depend_on_the_threads(spec, monkeypatch):
    x, w, dy = operands(spec, reals)
    found = set()
    for module, name in ((wgrad_broad, "BLOCK_BYTES"), (wgrad_thin, "FRAME_BYTES")):
        monkeypatch.setattr(module, name, 2000)  # several blocks, and so several parts
    assert all(WAYS[way](wgrad.raised(spec)).parts > 2 for way in WAYS)
    for threads, alone in ((pool.threads(), False), (1, True), (2, True), (7, True)):
        monkeypatch.setattr(pool, "threads", lambda threads=threads: max(threads, pool.processors.count()))
        if alone:
            monkeypatch.setattr(pool, "state", lambda: 0)
        dx = subpixel.dgrad(dy, w, spec).tobytes() if subpixel.takes(spec) else b""
        found.add((dx, *(dw_by(way, x, dy, spec).tobytes() for way in WAYS)))
    for busy in (1, 50):
        monkeypatch.setattr(wgrad_broad, "BUSY", busy)
        found.add((dx, *(dw_by(way, x, dy, spec).tobytes() for way in WAYS)))
    assert len(found) == 1


def test_every_thread_has_its_own_scratch_memory(monkeypatch):
    """Run everything as thread 1: what belongs to thread 0 stays as it was."""
    places = {"BLOCKS": "BLOCK_BYTES", "SCRATCH": "SCRATCH_BYTES"}
    looked = []

    def as_the_second_thread(job, words, items):
        names = inspect.getmodule(job).NAMES
        for place, size in places.items():
            if size in names:
                begin, count = (int(words[names.index(name)]) for name in (place, size))
                kept = ctypes.string_at(begin, count)
        function = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(plain.native(job))
        for item in range(items):
            function(words.ctypes.data, item, 1)
        assert ctypes.string_at(begin, count) == kept
        looked.append(job)

    monkeypatch.setattr(pool, "threads", lambda: 2)
    for module in (subpixel, wgrad_broad, wgrad_thin):
        monkeypatch.setattr(module, "share", as_the_second_thread)
    x, w, dy = operands(STRIDED)
    for way in WAYS:
        assert np.array_equal(dw_by(way, x, dy, STRIDED), judged(STRIDED)[1])
    assert np.array_equal(subpixel.dgrad(dy, w, STRIDED), judged(STRIDED)[0])
    assert len(looked) == 6


@pytest.mark.parametrize("spec", ROOMY, ids=str)
def test_the_workspace_is_what_the_gradients_take_at_most(spec):
    backend, (x, w, dy) = get("numba-tiles" if spec.rank < 3 else "numba-3d"), operands(spec, reals)
    calls = (lambda: backend.dgrad(dy, w, spec), lambda: backend.wgrad(x, dy, spec))
    assert takes(backend.gradient_workspace_bytes(spec), *calls)


@pytest.mark.parametrize("name, rank", [("numba-tiles", 1), ("numba-tiles", 2), ("numba-3d", 3)])
def test_float16_is_added_up_in_float32_and_rounded_once(name, rank):
    spec = ConvSpec((2, 3, *[1] * (rank - 1), 300), (2, 3, *[1] * (rank - 1), 2), stride=2, dtype="float16")
    x, w, dy = operands(spec, reals)
    wide = [array.astype("float32") for array in (x, w, dy)]
    backend, exact = get(name), replace(spec, dtype="float32")
    for found, wider in (
        (backend.dgrad(dy, w, spec), backend.dgrad(wide[2], wide[1], exact)),
        (backend.wgrad(x, dy, spec), backend.wgrad(wide[0], wide[2], exact)),
    ):
        assert found.dtype == np.float16 and np.array_equal(found, wider.astype(np.float16))


class Flat(type(get("numba-tiles"))):
    """A backend that takes no filter of an even number of columns."""

    def supports(self, spec):
        return None if spec.taps[-1] % 2 else "These columns are even; we have odd ones."

    def wastes(self, spec):
        return "Half of it." if spec.taps[-1] == 3 else None


def test_a_refusal_names_the_phase_that_is_refused_and_waste_the_phase_that_wastes():
    spec = ConvSpec((1, 8, 20), (8, 8, 7), stride=2, flip=False)
    said = Flat().supports_gradients(spec)
    assert said.startswith("The gradient of x is the convolution x(1, 8, 7) w(8, 8, 4)")
    assert said.endswith("for one in 2 inputs, from 0 on. These columns are even; we have odd ones.")
    assert (
        Flat().supports_gradients(replace(spec, w_shape=(8, 8, 6)))
        == "These columns are even; we have odd ones."
    )
    assert (
        Flat().gradient_wastes(replace(spec, w_shape=(8, 8, 5)))
        == "For dx for one in 2 inputs, from 0 on: Half of it."
    )
    assert get("numba-tiles").gradient_wastes(spec) is None


# The native functions


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_turning_writes_lines_as_columns_and_adds_blocks_up(dtype):
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 9)(wgrad_kernels.turn(dtype))
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
        for vectors in range(1, wgrad_kernels.most_vectors() + 1):
            sizes = wgrad_kernels.split(rows, vectors)
            assert sum(sizes) == rows and set(sizes) <= set(wgrad_kernels.rows_of(vectors))
            assert rows == 1 or 1 not in sizes
