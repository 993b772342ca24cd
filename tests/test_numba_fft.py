"""numba-fft: its tiles at every offset, what it reads, writes and keeps, and how far it rounds."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from convlab.backends import admit, get, numba_fft
from convlab.backends.numba_fft import engine, loops, tiling
from convlab.backends.numba_fft.tiling import Axis
from convlab.backends.tiles import machine
from convlab.errors import Unsupported
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.specs import drawn, reals

IMAGE = ConvSpec((1, 1, 90, 75), (1, 1, 9, 6))
BACKEND = get("numba-fft")


def share_of_bound(spec, y, x, w):
    truth = judge(x, w, spec)
    return measure(y, truth, BOUNDS["fft"](x, w, spec, truth)).share


def tiled(monkeypatch, **parts):
    """Let every engine that is made next have tiles of these sizes."""

    def planned(spec):
        return replace(tiling.tiling(spec, machine.width(spec.dtype)), **parts)

    monkeypatch.setattr(engine, "planned", planned)
    numba_fft._cuts.cache_clear()


def an_axis(spec, axis, points):
    """Return an axis in tiles of so many points, as many as it takes."""
    kept = min((points - spec.extent[axis]) // spec.stride[axis] + 1, spec.y_shape[2 + axis])
    return Axis(points, kept, -(-spec.y_shape[2 + axis] // kept))


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("mode", ["valid", "full"])
def test_tiles_meet_without_a_seam_wherever_they_begin(monkeypatch, mode, stride):
    for points, stack in ((10, 1), (12, 2), (16, 3), (18, 1), (20, 5), (24, 2), (30, 4), (32, 1), (36, 3)):
        spec = replace(IMAGE, mode=mode, stride=stride, x_shape=(2, 1, 41, 38 + points % 7))
        across = an_axis(spec, 1, {10: 9, 12: 15}.get(points, points))
        tiled(monkeypatch, rows=an_axis(spec, 0, points), columns=across, stack=stack)
        x, w = reals(spec, points)
        assert share_of_bound(spec, BACKEND.run(x, w, spec), x, w) <= 1, (points, stack)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_tiles_of_a_signal_meet_without_a_seam_wherever_they_begin(monkeypatch, stride):
    for points in (6, 8, 10, 18, 32, 40, 54, 64, 90):
        spec = ConvSpec((2, 2, 301), (3, 2, 5), "same", stride=stride, dtype="float64")
        tiled(monkeypatch, rows=an_axis(spec, 0, points))
        x, w = reals(spec, points)
        assert share_of_bound(spec, BACKEND.run(x, w, spec), x, w) <= 1, points


@pytest.mark.parametrize("few", [0, 8])
def test_few_channels_and_many_give_the_same_sums(monkeypatch, few):
    monkeypatch.setattr(tiling, "FEW", few)
    tiling.tiling.cache_clear(), numba_fft._cuts.cache_clear()
    for spec in (
        ConvSpec((9, 6, 11, 20), (10, 3, 4, 3), "same", groups=2),
        ConvSpec((40, 2, 30, 9), (3, 2, 2, 5), "full", stride=2, dtype="float64"),
        ConvSpec((70, 6, 90), (9, 2, 6), dilation=2, groups=3),
    ):
        x, w = reals(spec)
        assert engine.planned(spec).is_few == bool(few)
        assert share_of_bound(spec, BACKEND.run(x, w, spec), x, w) <= 1
    tiling.tiling.cache_clear(), numba_fft._cuts.cache_clear()


@pytest.mark.parametrize(
    "spec", [ConvSpec((7, 3, 24, 40), (5, 3, 3, 4)), ConvSpec((90, 2, 50), (3, 2, 6))], ids=str
)
def test_blocks_are_transformed_some_at_a_time(monkeypatch, spec):
    monkeypatch.setattr(tiling, "FEW", 0)
    x, w = reals(spec)
    for held in (1, 1 << 16, 1 << 20):
        monkeypatch.setattr(tiling, "SPECTRA_BYTES", held)
        tiling.tiling.cache_clear(), numba_fft._cuts.cache_clear()
        how = engine.planned(spec)
        assert (how.at_once < how.blocks) == (held < 1 << 20)
        assert share_of_bound(spec, BACKEND.run(x, w, spec), x, w) <= 1
    tiling.tiling.cache_clear(), numba_fft._cuts.cache_clear()


@pytest.mark.parametrize("spec", [s for s in drawn(40, seed=26) if s.rank < 3], ids=str)
def test_nothing_outside_x_and_w_is_read_and_nothing_outside_y_is_written(spec):
    x, w = reals(spec)
    framed = [np.pad(a, 3, constant_values=np.nan)[(slice(3, -3),) * a.ndim] for a in (x, w)]
    whole = np.full([n + 6 for n in spec.y_shape], np.nan, spec.dtype)
    y = whole[(slice(3, -3),) * whole.ndim]
    BACKEND.run(*framed, spec, y)
    assert not y.size or share_of_bound(spec, y, x, w) <= 1
    assert np.isnan(whole).sum() == whole.size - y.size


def test_an_image_whose_index_is_last_and_a_reversed_one_are_read_in_place():
    spec = ConvSpec((5, 1, 30, 40), (1, 1, 7, 4), "same", dtype="float64")
    x, w = reals(spec)
    first = BACKEND.run(x, w, spec)
    last = np.ascontiguousarray(x[:, 0].transpose(1, 2, 0)).transpose(2, 0, 1)[:, None]
    assert np.array_equal(BACKEND.run(last, w, spec), first)
    reverse = np.ascontiguousarray(x[:, :, ::-1, ::-1])[:, :, ::-1, ::-1]
    out = np.empty((30, 40, 5)).transpose(2, 0, 1)[:, None, :, ::-1]
    assert np.array_equal(BACKEND.run(reverse, np.asfortranarray(w), spec, out), first)


def test_bits_do_not_depend_on_the_threads(monkeypatch):
    spec = replace(IMAGE, x_shape=(3, 1, 300, 200))
    several = ConvSpec((2, 4, 90, 75), (6, 2, 9, 6), groups=2)
    specs = [spec, several, ConvSpec((2, 3, 5000), (4, 3, 40))]
    first = [BACKEND.run(*reals(one), one).tobytes() for one in specs]
    assert engine.planned(spec).blocks > 1, "there is something to share"
    for count in (1, 3, 8):
        monkeypatch.setattr(engine.pool, "threads", lambda count=count: count)
        monkeypatch.setattr(engine.pool, "state", lambda: 0)
        tiling.tiling.cache_clear()  # what is remembered would not show that it depends on them
        assert [BACKEND.run(*reals(one), one).tobytes() for one in specs] == first


def test_a_plan_holds_its_filter_serves_two_threads_and_gives_the_bits_of_run():
    spec = ConvSpec((2, 2, 64, 70), (3, 2, 8, 5), "full", flip=False)
    x, w = reals(spec)
    images = [np.roll(x, k, 2) for k in range(8)]
    expected = [BACKEND.run(image, w, spec).tobytes() for image in images]
    mine = w.copy()
    plan = BACKEND.plan(mine, spec)
    mine[...] = np.nan
    with ThreadPoolExecutor(2) as threads:
        assert [y.tobytes() for y in threads.map(plan, images * 3)] == expected * 3
    out = np.empty(spec.y_shape, spec.dtype)
    assert plan(x, out) is out and out.tobytes() == expected[0]
    held = plan.args[0][0][2]
    with held._at_work() as one, held._at_work() as other:
        lent = {int(words[loops.SCRATCH]) for words in (one, other)}
    with held._at_work() as again:
        assert len(lent) == 2 and int(again[loops.SCRATCH]) in lent, "memory of one's own, used again"
    assert BACKEND.filter_bytes(spec) == held.how.filter_bytes == held._memory.size


@pytest.mark.parametrize("groups, cuts", [(1, 3), (4, 4), (2, 2), (1, 12)])
def test_filters_are_transformed_some_at_a_time_when_all_would_take_much_memory(monkeypatch, groups, cuts):
    spec = ConvSpec((2, 4, 20, 20), (12, 4 // groups, 5, 5), "same", groups=groups)
    x, w = reals(spec)
    kept = tiling.tiling, numba_fft._cuts
    monkeypatch.setattr(tiling, "FILTER_BYTES", 1)
    tiling.tiling.cache_clear()
    monkeypatch.setattr(
        tiling, "FILTER_BYTES", engine.planned(spec).filter_bytes // cuts
    )  # of the least there is
    numba_fft._cuts.cache_clear()
    try:
        covered = np.zeros((spec.x_shape[1], spec.w_shape[0]), int)
        for channels, filters in numba_fft._cuts(spec):
            covered[channels, filters] += 1
        assert len(numba_fft._cuts(spec)) == cuts
        assert (covered.sum(axis=0) >= spec.w_shape[1]).all()
        y = BACKEND.run(x, w, spec)
        assert share_of_bound(spec, y, x, w) <= 1
        assert BACKEND.plan(w, spec)(x).tobytes() == y.tobytes()
        assert BACKEND.workspace_bytes(spec) > 0 and BACKEND.filter_bytes(spec) > tiling.FILTER_BYTES / 2
    finally:
        for remembered in kept:
            remembered.cache_clear()


def test_a_nan_stays_in_the_tiles_that_read_it(monkeypatch):
    spec = replace(IMAGE, dtype="float64")
    tiled(monkeypatch, rows=an_axis(spec, 0, 30), columns=an_axis(spec, 1, 30), stack=1)
    x, w = reals(spec)
    clean, spoilt = BACKEND.run(x, w, spec), x.copy()
    spoilt[0, 0, 50, 10] = np.nan
    y = BACKEND.run(spoilt, w, spec)
    kept = 30 - 9 + 1, 30 - 6 + 1
    tile = np.isnan(y[0, 0, kept[0] : 3 * kept[0], : kept[1]])
    assert tile.all() and np.isnan(y).sum() == tile.size, (
        "rows 22 to 65 read row 50, columns 0 to 24 column 10"
    )
    assert np.array_equal(y[~np.isnan(y)], clean[~np.isnan(y)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_rounds_about_as_much_as_scipy(dtype):
    spec = ConvSpec((1, 1, 200, 180), (1, 1, 32, 31), "full", dtype=dtype)
    x, w = (
        np.random.default_rng(5).normal(size=shape).astype(dtype) for shape in (spec.x_shape, spec.w_shape)
    )
    truth = get("scipy-fft").run(
        x.astype("longdouble"), w.astype("longdouble"), replace(spec, dtype="longdouble")
    )
    errors = [np.abs(get(name).run(x, w, spec) - truth).max() for name in ("numba-fft", "scipy-rfft")]
    assert errors[0] < 3 * errors[1]


def test_rings_are_large_enough_and_memory_is_small_where_there_is_a_choice():
    for spec in (
        ConvSpec((1, 1, 2000, 2000), (1, 1, 32, 32), stride=(1, 3), dtype="float64"),
        ConvSpec((8, 64, 112, 112), (64, 64, 7, 7), "full", dilation=2),
        ConvSpec((1, 1, 10**7), (1, 1, 1000)),
    ):
        for k, (count, step, extent) in enumerate(zip(spec.y_shape[2:], spec.stride, spec.extent)):
            for one in tiling.axes(spec, k, is_paired=k == 0):
                assert one.tiles == 1 or one.points >= (one.kept - 1) * step + extent
                assert one.tiles * one.kept >= count > (one.tiles - 1) * one.kept
        how = engine.planned(spec)
        assert how.scratch_bytes + how.shared_bytes <= tiling.SCRATCH_BYTES
        assert how.filter_bytes <= tiling.FILTER_BYTES


REFUSED = {
    "these transforms have 1 or 2": ConvSpec((1, 1, 4, 4, 4), (1, 1, 2, 2, 2)),
    "longdouble; vector registers": ConvSpec((1, 1, 4), (1, 1, 2), dtype="longdouble"),
    "reaches over 20000 values; a ring": ConvSpec((1, 1, 30000), (1, 1, 20000)),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_has_no_ring_is_refused_with_a_sentence(said):
    with pytest.raises(Unsupported, match=said):
        admit("numba-fft", REFUSED[said])
