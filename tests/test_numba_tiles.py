"""numba-tiles: the documented chain bit for bit, however x and y lie, however it is cut and whoever computes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from convlab.backends import get
from convlab.backends.numba_tiles import cut, engines, sliding
from convlab.backends.tiles import launch, machine, pool, runs
from convlab.errors import SpecError
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.chains import chain, guarded_pages
from tests.specs import integers, reals

SENTINEL = 2.0**40
SPECS = [
    ConvSpec((2, 1, 9, 21), (1, 1, 3, 4)),
    ConvSpec((1, 2, 8, 35), (2, 2, 5, 3), "same", flip=False, dtype="float64"),
    ConvSpec((2, 4, 7, 18), (4, 1, 3, 3), "same", groups=4),
    ConvSpec((1, 1, 12, 19), (1, 1, 5, 3), "full", stride=2),
    ConvSpec(
        (1, 2, 13, 20), (2, 1, 3, 5), padding=((2, 1), (0, 4)), stride=(3, 2), dilation=(2, 3), groups=2
    ),
    ConvSpec((1, 1, 14, 40), (1, 1, 3, 3), dilation=(4, 2), dtype="float64"),
    ConvSpec((3, 1, 5, 6), (1, 1, 1, 2), stride=(4, 1)),
    ConvSpec((1, 1, 4, 90), (1, 1, 2, 3), stride=(1, 3), dtype="float64"),
    ConvSpec((1, 1, 3, 4), (1, 1, 5, 7), "full"),
    ConvSpec((1, 1, 9, 9), (1, 1, 2, 2), stride=(20, 1)),
    ConvSpec((1, 3, 19, 33), (2, 3, 13, 2), padding=((1, 1), (0, 0))),
    ConvSpec((2, 1, 1, 60), (1, 1, 1, 13), "same"),
    ConvSpec((3, 1, 5, 68), (1, 1, 2, 3), padding=1, dtype="float64"),  # with pieces side by side
    ConvSpec((1, 1, 5, 150), (1, 1, 2, 3), padding=1, dtype="float64"),
    ConvSpec((2, 1, 60, 1), (1, 1, 13, 1), "same", dtype="float64"),
]


def last(array):
    """Return the same numbers with the image index last in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 0, -1)), -1, 0)


LAYOUTS = {
    "image first": (np.ascontiguousarray, np.ascontiguousarray),
    "image last": (last, last),
    "last to first": (last, np.ascontiguousarray),
    "first to last": (np.ascontiguousarray, last),
    "columns apart": (lambda a: np.repeat(a, 2, -1)[..., ::2], np.asfortranarray),
    "backwards": (
        lambda a: a[:, :, ::-1, ::-1].copy()[:, :, ::-1, ::-1],
        lambda a: a[..., ::-1].copy()[..., ::-1],
    ),
}
SMALL = {"PIECE_MACS": (1, 400), "WINDOW_BYTES": 400, "PACKED_BYTES": 300}
SIZES = {  # of pieces: as they are, and small enough that even these specs have many
    "whole": {},
    "small": SMALL,
    "small, images in blocks": SMALL | {"MANY_IMAGES": 0},
    "short runs": SMALL | {"MOST_TERMS": 18},
    "runs of rows": SMALL | {"MOST_TERMS": 9},
    "runs of taps": SMALL | {"MOST_TERMS": 2, "MANY_IMAGES": 0},
}


@pytest.fixture
def cut_anew(monkeypatch):
    """Forget how specs were cut, and return a function that says how they are cut from here on."""

    def set_(**sizes):
        monkeypatch.undo()
        for name, value in sizes.items():
            monkeypatch.setattr(runs if name == "MOST_TERMS" else cut, name, value)
        _forget()

    yield set_
    monkeypatch.undo()
    _forget()


def _forget():
    for known in (cut.cut, cut.image_last, sliding._layout):
        known.cache_clear()


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_every_layout_gives_the_bits_of_the_documented_chain(spec, cut_anew):
    x, w = reals(spec)
    for size, sizes in SIZES.items():
        cut_anew(**sizes)
        engine, expected = engines.prepare(w, spec), chain(x, w, spec, runs.MOST_TERMS)
        for name, (lay_x, lay_y) in LAYOUTS.items():
            y = lay_y(np.full(spec.y_shape, SENTINEL, spec.dtype))
            engine(lay_x(x), y)
            np.testing.assert_array_equal(y, expected, f"{name}, {size}")
            np.testing.assert_array_equal(np.signbit(y), np.signbit(expected), name)


def test_small_pieces_are_many_and_images_come_in_blocks(cut_anew):
    """Else the test above would not try what it says."""
    cut_anew(**SIZES["short runs"])
    assert any(cut.cut(spec).at_once < spec.w_shape[1] for spec in SPECS), "channels are copied by parts"
    assert any(one.ends for spec in SPECS for one in cut.cut(spec).entries[1:]), "runs end between remainders"
    cut_anew(**SIZES["runs of rows"])
    assert any(one.cuts for spec in SPECS for one in cut.cut(spec).entries), "runs end within a plane"
    cut_anew(**SIZES["runs of taps"])
    assert any(one.tap for spec in SPECS for one in cut.cut(spec).entries), "runs end within a row of taps"
    cut_anew(**SIZES["small, images in blocks"])
    assert max(np.prod(cut.cut(spec).counts) for spec in SPECS) > 20
    for many in (ConvSpec((70, 1, 6, 7), (1, 1, 3, 3), "same"), ConvSpec((30, 1, 7, 12), (1, 1, 3, 3))):
        assert cut.image_last(many)[1] > 1
        x, w = reals(many)
        for lay_y in (last, np.ascontiguousarray):
            y = lay_y(np.zeros(many.y_shape, many.dtype))
            engines.prepare(w, many)(last(x), y)
            np.testing.assert_array_equal(y, chain(x, w, many))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lines_of_every_length_and_every_number_of_rows(dtype):
    run, lanes = get("numba-tiles").run, machine.width(dtype)
    lengths = {*range(1, 2 * lanes + 2), *(lanes * v + r for v in range(2, 9) for r in (-1, 0, 1))}
    for i, length in enumerate(sorted(lengths)):
        spec = ConvSpec((1, 1, 4 + i % 11, length + 1), (1, 1, 1 + i % 4, 2), dtype=dtype)
        x, w = integers(spec)
        np.testing.assert_array_equal(run(x, w, spec), judge(x, w, spec), str(spec))


@pytest.mark.parametrize("spec", SPECS[:6], ids=str)
def test_nothing_outside_x_and_w_is_read_and_nothing_outside_y_written(spec):
    x, w = reals(spec)
    expected = chain(x, w, spec)

    def inside(array, fill):
        whole = np.full([n + 4 for n in array.shape], fill, array.dtype)
        whole[2:-2, 2:-2, 2:-2, 2:-2] = array
        return whole

    for lay in (np.ascontiguousarray, last):
        x_in, w_in = (lay(inside(a, np.nan))[2:-2, 2:-2, 2:-2, 2:-2] for a in (x, w))
        whole = lay(inside(np.zeros_like(expected), SENTINEL))
        y = whole[2:-2, 2:-2, 2:-2, 2:-2]
        assert get("numba-tiles").run(x_in, w_in, spec, y) is y
        np.testing.assert_array_equal(y, expected)
        assert (whole == SENTINEL).sum() == whole.size - y.size


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_x_may_lie_between_forbidden_pages(spec):
    x, w = reals(spec)
    expected = get("numba-tiles").run(x, w, spec)
    page = guarded_pages()
    for lay in (np.ascontiguousarray, last):
        laid = lay(x)
        flat = np.moveaxis(laid, 0, -1) if lay is last else laid
        for place in (page[: x.nbytes], page[page.size - x.nbytes :]):
            place.view(x.dtype)[:] = flat.ravel()
            guarded = place.view(x.dtype).reshape(flat.shape)
            guarded = np.moveaxis(guarded, -1, 0) if lay is last else guarded
            np.testing.assert_array_equal(get("numba-tiles").run(guarded, w, spec), expected)


def test_threads_change_no_bit(monkeypatch, cut_anew):
    for spec in SPECS:
        x, w = reals(spec)
        found = []
        for many in (1, 2, 7):
            cut_anew(PIECE_MACS=(1, 400))
            monkeypatch.setattr(cut.threads, "count", lambda many=many: many)
            found.append(get("numba-tiles").run(x, w, spec).tobytes())
        monkeypatch.setattr(launch.pool, "state", lambda: 0)
        found.append(get("numba-tiles").run(x, w, spec).tobytes())
        monkeypatch.undo()
        assert len(set(found)) == 1, str(spec)


def test_every_thread_copies_lines_to_a_place_of_its_own(cut_anew):
    cut_anew(PIECE_MACS=(1, 4000))
    spec = ConvSpec((8, 1, 200, 200), (1, 1, 3, 3), "same", stride=2)
    x, w = reals(spec)
    expected = judge(x, w, spec)
    plan = get("numba-tiles").plan(w, spec)
    for _ in range(20):
        np.testing.assert_allclose(plan(x), expected, atol=1e-4)


def test_callers_at_once_do_not_share_their_copied_lines(cut_anew):
    cut_anew(PIECE_MACS=(1, 2000))
    spec = ConvSpec((2, 2, 30, 31), (1, 2, 3, 3), "same", stride=2)
    operands = [reals(spec, seed=seed) for seed in range(4)]
    expected = [chain(x, w, spec) for x, w in operands]
    plans = [get("numba-tiles").plan(w, spec) for _, w in operands]
    with ThreadPoolExecutor(4) as callers:
        for _ in range(20):
            for y, truth in zip(callers.map(lambda i: plans[i](operands[i][0]), range(4)), expected):
                np.testing.assert_array_equal(y, truth)


def test_an_image_last_stack_is_answered_in_its_own_order():
    spec = ConvSpec((6, 1, 8, 9), (1, 1, 3, 3))
    x, w = reals(spec)
    y = get("numba-tiles").run(last(x), w, spec)
    assert y.strides == last(y).strides and get("numba-tiles").run(x, w, spec).flags.c_contiguous
    np.testing.assert_array_equal(y, chain(x, w, spec))


def test_a_plan_keeps_its_own_filter_in_as_many_bytes_as_it_says():
    for spec in (
        SPECS[1],
        replace(SPECS[1], w_shape=(9, 2, 5, 3)),
        ConvSpec((1, 1, 9), (1, 1, 3), dtype="float16"),
    ):
        backend, (x, w) = get("numba-tiles"), reals(spec)
        w = w.copy()
        expected, plan = backend.run(x, w, spec), backend.plan(w, spec)
        w[...] = 0
        np.testing.assert_array_equal(plan(x), expected)
        assert plan.args[0].nbytes == backend.filter_bytes(spec)


def test_few_filters_slide_and_many_are_a_bank():
    few, many = (engines.prepare(reals(s)[1], s) for s in (SPECS[2], replace(SPECS[0], w_shape=(8, 1, 3, 4))))
    assert isinstance(few, sliding.Sliding) and not isinstance(many, sliding.Sliding)
    spec = ConvSpec((1, 2, 7, 20), (9, 2, 3, 3), "same")
    x, w = reals(spec)
    (
        np.testing.assert_array_equal(get("numba-tiles").run(x, w, spec), chain(x, w, spec)),
        "the same chain, stride 1",
    )


def test_copied_lines_take_no_more_than_16_mebibytes_for_a_thread():
    for spec in (
        ConvSpec((8, 64, 112, 112), (3, 64, 3, 3), "same"),
        ConvSpec((1, 512, 500, 500), (1, 512, 11, 11), "full", stride=2),
        ConvSpec((5, 1, 1000, 1000), (1, 1, 101, 101), "full", dtype="float64"),
        ConvSpec((1, 1, 44_100), (1, 1, 1024), "full"),
    ):
        assert get("numba-tiles").workspace_bytes(spec) <= (16 << 20) * pool.threads(), str(spec)


def test_three_axes_and_longdouble_are_refused_in_a_sentence():
    supports = get("numba-tiles").supports
    assert "numba-3d does this one" in supports(ConvSpec((1, 1, 3, 3, 3), (1, 1, 2, 2, 2)))
    try:
        assert "Convert x and w to float64" in supports(ConvSpec((1, 1, 3), (1, 1, 2), dtype="longdouble"))
    except SpecError:
        pytest.fail("longdouble is a dtype of specs on every machine")
