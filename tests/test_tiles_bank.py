"""The filter bank: the documented chain bit for bit, however it is cut, however x and y lie and whoever computes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import prod

import numpy as np
import pytest

from convlab.backends.tiles import bank, machine, pool, runs
from convlab.backends.tiles.bank import cut as bank_cut
from convlab.backends.tiles.bank import kernels
from convlab.operands import turned
from convlab.spec import ConvSpec
from tests.chains import Runs, guarded_pages, run_of
from tests.frames import SENTINEL, frame_of, framed
from tests.specs import reals

DTYPES = ("float32", "float64")
SPECS = [
    ConvSpec((2, 3, 5, 60), (9, 3, 3, 3)),
    ConvSpec((3, 2, 7, 7), (11, 2, 3, 3), "same"),
    ConvSpec((1, 2, 9, 40), (5, 2, 3, 4), "full", stride=(1, 2), flip=False, dtype="float64"),
    ConvSpec((2, 4, 8, 11), (6, 2, 3, 2), "half", stride=3, dilation=(1, 2), groups=2),
    ConvSpec((2, 2, 130), (3, 2, 5), "same", dilation=3),
    ConvSpec((1, 6, 100), (12, 2, 4), padding=((7, 2),), stride=2, groups=3, dtype="float64"),
    ConvSpec((2, 2, 4, 5, 20), (7, 2, 2, 3, 3), "same"),
    ConvSpec((1, 1, 5, 6, 55), (2, 1, 3, 2, 4), stride=(2, 1, 1), dilation=(1, 2, 1), dtype="float64"),
    ConvSpec((2, 1, 4, 4, 9), (3, 1, 2, 3, 3), "full", stride=(1, 2, 2)),
    ConvSpec((1, 2, 5, 9, 12), (3, 2, 2, 3, 2), "same", dilation=(2, 3, 2)),
    ConvSpec((2, 5, 6, 10), (17, 5, 1, 1)),
    ConvSpec((2, 3, 5, 7), (4, 3, 1, 1), padding=1, stride=(1, 2)),
    ConvSpec((1, 1, 3, 4), (1, 1, 5, 7), "full"),
    ConvSpec((1, 1, 9, 9), (2, 1, 2, 2), stride=(20, 1)),
    ConvSpec((2, 2, 9, 45), (9, 2, 5, 5), "same", stride=4),
    ConvSpec((1, 2, 2, 3), (3, 2, 1, 2), padding=((5, 0), (0, 6))),
]
CUTS = {
    "as it is": {},
    "few terms": {"TERMS_AT_ONCE": 5, "PIECE_MACS": 1, "MOST_TERMS": 5},
    "one tap": {"TERMS_AT_ONCE": 1, "MOST_TERMS": 1},
    "short runs": {"MOST_TERMS": 10},
    "runs of rows": {"MOST_TERMS": 7, "TERMS_AT_ONCE": 14},
    "few filters": {"CACHE_BYTES": 0, "READ_BYTES": 1},
    "panels": {"rows_pay": lambda *_: False},
    "rows": {"rows_pay": lambda *_: True},
}


def chain(x, w, spec, most=512):
    """Return y as the bank documents it: channel by channel, in each tap by tap in C order, in runs."""
    x = np.pad(x, ((0, 0), (0, 0), *spec.pads))
    w, y, run = turned(w, spec), np.zeros(spec.y_shape, spec.dtype), run_of(spec.w_shape[1], spec.taps, most)
    reads, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
    for o in range(spec.w_shape[0]):
        sums = Runs(run, y[:, o].shape, y.dtype)
        for c in range(reads):
            for tap in np.ndindex(*spec.taps):
                steps = zip(tap, spec.dilation, spec.stride, spec.y_shape[2:])
                met = tuple(slice(k * d, k * d + (n - 1) * s + 1, s) for k, d, s, n in steps)
                sums.add(x[(slice(None), o // filters * reads + c, *met)], w[(o, c, *tap)])
            if run < prod(spec.taps):
                sums.end()
        y[:, o] = sums.end()
    return y


@pytest.fixture
def cut_anew(monkeypatch):
    """Return a function that says how specs are cut from here on."""

    def set_(**how):
        monkeypatch.undo()
        for name, value in how.items():
            place = {"rows_pay": bank, "MOST_TERMS": runs}.get(name, bank_cut)
            monkeypatch.setattr(place, name, value)
        bank._layout.cache_clear()

    yield set_
    monkeypatch.undo()
    bank._layout.cache_clear()


def made(engine, x, spec):
    y = np.full(spec.y_shape, SENTINEL, spec.dtype)
    engine(x, y)
    return y


def last(array):
    """Return the same numbers with channels last in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)


LAYOUTS = {
    "plain": (np.ascontiguousarray, np.ascontiguousarray),
    "channels last": (last, last),
    "columns apart": (lambda a: np.repeat(a, 2, -1)[..., ::2], lambda a: np.repeat(a, 3, 1)[:, ::3]),
    "backwards": (lambda a: a[..., ::-1].copy()[..., ::-1], lambda a: a[::-1, ::-1].copy()[::-1, ::-1]),
    "Fortran order": (np.asfortranarray, np.asfortranarray),
    "unaligned": (lambda a: np.frombuffer(b"." + a.tobytes(), a.dtype, offset=1).reshape(a.shape), np.copy),
}


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_every_cut_and_every_layout_gives_the_bits_of_the_documented_chain(spec, cut_anew):
    x, w = reals(spec)
    for name, how in CUTS.items():
        cut_anew(**how)
        engine, expected = bank.prepare(w, spec), chain(x, w, spec, runs.MOST_TERMS)
        found = made(engine, x, spec)
        np.testing.assert_array_equal(found, expected, name)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected), name)
    cut_anew()
    engine, expected = bank.prepare(w, spec), chain(x, w, spec)
    for name, (lay_x, lay_y) in LAYOUTS.items():
        y = lay_y(np.full(spec.y_shape, SENTINEL, spec.dtype))
        engine(lay_x(x), y)
        np.testing.assert_array_equal(y, expected, name)


def test_the_cuts_are_what_they_say(cut_anew):
    """Else the test above would not try them."""
    wide, small = (bank_cut.lifted(spec) for spec in SPECS[:2])
    assert bank_cut.rows_pay(SPECS[0], wide) and not bank_cut.rows_pay(SPECS[1], small)
    assert (
        bank_cut.Cut(SPECS[1], small, by_rows=False).scratch_bytes > bank_cut.Cut(SPECS[1], small, True).sums
    )
    cut_anew(**CUTS["few terms"])
    cut = bank_cut.Cut(SPECS[0], wide, by_rows=True)
    assert (cut.channels_at_once, cut.taps_at_once, cut.run) == (1, 3, 3) and cut.pieces > 4
    cut_anew(**CUTS["few filters"])
    cut = bank_cut.Cut(SPECS[0], wide, by_rows=True)
    assert (cut.part_filters, cut.blocks_at_once) == (kernels.rows()[0], 1) and cut.parts > 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_number_of_filters_and_of_outputs_in_a_row(dtype, cut_anew):
    lanes = machine.width(dtype)
    lengths = [n for v in range(1, 5) for n in (v * lanes - 1, v * lanes, v * lanes + 1)]
    rng = np.random.default_rng(0)
    for name in ("rows", "panels"):
        cut_anew(**CUTS[name])
        for filters in range(1, 19):
            length = int(rng.choice(lengths))
            spec = ConvSpec((2, 1, 2, length + 1), (filters, 1, 1, 2), dtype=dtype)
            x, w = reals(spec)
            found = made(bank.prepare(w, spec), x, spec)
            np.testing.assert_array_equal(
                found, chain(x, w, spec), f"{filters} filters, {length} outputs, {name}"
            )


@pytest.mark.parametrize("spec", SPECS[:9], ids=str)
def test_nothing_outside_x_and_w_is_read_and_nothing_outside_y_written(spec, cut_anew):
    x, w = reals(spec)
    expected = chain(x, w, spec)
    for name in ("rows", "panels"):
        cut_anew(**CUTS[name])
        engine = bank.prepare(framed(w), spec)
        y = framed(np.zeros(spec.y_shape, spec.dtype), around=SENTINEL)
        engine(framed(x), y)
        np.testing.assert_array_equal(y, expected)
        assert frame_of(y) == y.base.size - y.size
        planes = np.full((spec.y_shape[0] + 2, spec.y_shape[1] + 2, *spec.y_shape[2:]), SENTINEL, spec.dtype)
        engine(x, planes[1:-1, 1:-1])  # these are written without a copy
        np.testing.assert_array_equal(planes[1:-1, 1:-1], expected)
        assert (planes == SENTINEL).sum() == planes.size - y.size


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_x_may_fill_a_page_to_its_end(stride, cut_anew):
    page = guarded_pages().view(np.float32)
    for name in ("rows", "panels"):
        cut_anew(**CUTS[name])
        for height, width in ((4, 61), (3, 50), (9, 9)):
            spec = ConvSpec((1, 1, height, width), (8, 1, 2, 3), "same", stride=stride)
            x, w = reals(spec)
            for place in (slice(page.size - x.size, None), slice(0, x.size)):
                page[place] = x.ravel()
                found = made(bank.prepare(w, spec), page[place].reshape(x.shape), spec)
                np.testing.assert_array_equal(found, chain(x, w, spec))


THREADED = [SPECS[1], SPECS[6], ConvSpec((4, 3, 40, 50), (20, 3, 3, 3), "same")]


@pytest.mark.parametrize("spec", THREADED, ids=str)
def test_any_number_of_threads_gives_the_same_bits(spec, monkeypatch, cut_anew):
    x, w = reals(spec)
    found = set()
    for count in (1, 2, 3, 7):
        threads = pool._Pool(count)
        with monkeypatch.context() as these:
            these.setattr(pool, "state", lambda address=threads.address: address)
            these.setattr(pool, "threads", lambda count=count: count)
            cut_anew()
            assert len(threads.threads) == count - 1
            found.add(made(bank.prepare(w, spec), x, spec).tobytes())
        threads.send_home()
    cut_anew()
    engine = bank.prepare(w, spec)
    with ThreadPoolExecutor(4) as callers:
        found |= {y.tobytes() for y in callers.map(lambda _: made(engine, x, spec), range(40))}
    assert len(found) == 1


def test_an_engine_keeps_a_copy_of_its_filters():
    spec = SPECS[0]
    x, w = reals(spec)
    engine, changed = bank.prepare(w, spec), w.copy()
    other = bank.prepare(changed, spec)
    changed[...] = 0
    np.testing.assert_array_equal(made(engine, x, spec), made(other, x, spec))
    assert engine.nbytes == bank.filter_bytes(spec) >= w.nbytes


@pytest.mark.parametrize(
    "x, w",
    [((8, 512, 7, 7), (512, 512, 3, 3)), ((1, 3, 64, 224, 224), (64, 3, 7, 7, 7)), ((1, 1, 10**6), (4, 1, 10**5)),
     ((8, 2048, 7, 7), (2048, 2048, 1, 1))],
    ids=str,
)  # fmt: skip
def test_a_thread_works_in_less_than_16_megabytes(x, w):
    spec = ConvSpec(x, w, dtype="float64")
    assert bank_cut.Cut(spec, bank_cut.lifted(spec), by_rows=False).scratch_bytes < 4 << 20
    assert bank.scratch_bytes(spec) < pool.threads() * (4 << 20) + 32 * spec.terms


def test_a_sum_of_negative_zeros_is_positive_zero_and_a_missing_weight_meets_the_border():
    spec = ConvSpec((1, 1, 3, 40), (2, 1, 1, 3), "same")
    w = np.ones(spec.w_shape, np.float32)
    assert not np.signbit(made(bank.prepare(w, spec), np.full(spec.x_shape, -0.0, np.float32), spec)).any()
    w[0, 0, 0, 0] = np.nan
    y = made(bank.prepare(w, spec), np.ones(spec.x_shape, np.float32), spec)
    assert np.isnan(y[:, 0]).all() and np.isfinite(y[:, 1]).all()


def test_a_tile_takes_its_filters_as_packed():
    for filters in range(1, 40):
        tiles = bank._tiles(filters)
        assert [first for first, _ in tiles] == np.cumsum([0, *(rows for _, rows in tiles[:-1])]).tolist()
        assert filters <= sum(tiles[-1]) <= filters + 1, "one filter of zeros at most"
        spec = ConvSpec((1, 2, 5), (filters, 2, 2), flip=False)
        assert bank.filter_bytes(spec) == 4 * 4 * sum(tiles[-1])


def test_single_taps_are_one_line_where_the_values_stand_in_one():
    spec = ConvSpec((2, 3, 4, 5, 6), (4, 3, 1, 1, 1))
    shape = bank_cut.lifted(spec)
    assert bank_cut.in_one_line(shape, (120, 24, 4), 4).out == (1, 1, 120)
    for steps in ((120, 24, 8), (121, 24, 4), (120, 28, 4)):
        assert bank_cut.in_one_line(shape, steps, 4) is None
    for other in (replace(spec, padding=1), replace(spec, stride=2), replace(spec, w_shape=(4, 3, 1, 1, 2))):
        assert bank_cut.in_one_line(bank_cut.lifted(other), (120, 24, 4), 4) is None
    assert prod(bank_cut.lifted(spec).out) == 120
