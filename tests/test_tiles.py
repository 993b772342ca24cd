"""Vector code: what each instruction writes, and how native functions are compiled and kept."""

import ctypes
import weakref

import numpy as np
import pytest

from convlab.backends import get
from convlab.backends.numba_separable import boxes
from convlab.backends.numba_tiles import sliding
from convlab.backends.tiles import bank, machine, scratch
from convlab.operands import example
from convlab.spec import ConvSpec

DTYPES = ("float32", "float64")


def native(name, arguments, dtype, write):
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * arguments)(
        machine.assembled(name, arguments, dtype, write)
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder for what is compiled."""
    monkeypatch.setenv("CONVLAB_COMPILED", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("dtype", DTYPES)
def test_arithmetic_is_numpys_and_fused_multiply_add_rounds_once(dtype):
    def write(lanes, a, b, out):
        one, two = lanes.load(a), lanes.load(b)
        found = (lanes.add(one, two), lanes.sub(one, two), lanes.mul(one, two), lanes.neg(one))
        for i, vector in enumerate((*found, lanes.fma(one, two, lanes.constant(-1.0)))):
            lanes.store(vector, lanes.plus(out, i * lanes.bytes))

    n, eps = machine.width(dtype), np.finfo(dtype).eps
    a, b = (1 + eps * np.arange(n)).astype(dtype), np.full(n, 1 - eps, dtype)
    out = np.empty((5, n), dtype)
    native("arithmetic", 3, dtype, write)(a.ctypes.data, b.ctypes.data, out.ctypes.data)
    np.testing.assert_array_equal(out[:4], [a + b, a - b, a * b, -a])
    exact = (
        np.arange(n) * float(eps) - float(eps) - np.arange(n) * float(eps) ** 2
    )  # a * b - 1, before rounding
    np.testing.assert_array_equal(out[4], exact.astype(dtype))
    assert (out[4] != a * b - 1).any(), "two roundings would give the same: the test shows nothing"


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_mask_keeps_reads_and_writes_within_the_first_lanes(dtype):
    def write(lanes, source, target, n):
        first = lanes.first(n)
        lanes.store(lanes.load(source, first), target, first)
        lanes.store(lanes.load(source, first), lanes.plus(target, 2 * lanes.bytes))

    width = machine.width(dtype)
    copy = native("masked", 3, dtype, write)
    for n in (-1, 0, 1, width - 1, width, width + 5):
        kept = min(max(n, 0), width)
        source, target = np.arange(1, width + 1, dtype=dtype), np.full(4 * width, np.nan, dtype)
        copy(source.ctypes.data, target.ctypes.data, n)
        np.testing.assert_array_equal(target[:kept], source[:kept])
        assert np.isnan(target[kept : 2 * width]).all() and np.isnan(target[3 * width :]).all()
        np.testing.assert_array_equal(
            target[2 * width : 3 * width], np.where(np.arange(width) < n, source, 0)
        )


def test_a_masked_load_does_not_touch_the_page_behind(tmp_path):
    """The last number of a mapped page: a whole vector would be read beyond it."""
    import mmap

    def write(lanes, source, target, n):
        lanes.store(lanes.load(source, lanes.first(n)), target)

    pages = mmap.mmap(-1, 2 * mmap.PAGESIZE)
    base = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    forbid = ctypes.CDLL(None).mprotect
    forbid.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    assert forbid(base + mmap.PAGESIZE, mmap.PAGESIZE, 0) == 0
    target = np.full(machine.width("float32"), np.nan, np.float32)
    native("edge", 3, "float32", write)(base + mmap.PAGESIZE - 4, target.ctypes.data, 1)
    assert (target == 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_broadcast_spread_and_shuffle_move_lanes(dtype):
    def write(lanes, source, target):
        one = lanes.broadcast(lanes.plus(source, lanes.size))
        own = lanes.load(source)
        backwards = lanes.shuffle(own, one, range(lanes.count)[::-1])
        halves = lanes.shuffle(
            own, one, [*range(lanes.count // 2), *range(lanes.count, 3 * lanes.count // 2)]
        )
        for i, vector in enumerate((one, backwards, halves)):
            lanes.store(vector, lanes.plus(target, i * lanes.bytes))

    n = machine.width(dtype)
    source, target = np.arange(n, dtype=dtype), np.empty((3, n), dtype)
    native("moves", 2, dtype, write)(source.ctypes.data, target.ctypes.data)
    np.testing.assert_array_equal(target, [np.ones(n), source[::-1], np.where(source < n // 2, source, 1)])


def test_a_loop_carries_values_and_may_have_no_turn():
    def write(lanes, source, target, n):
        def turn(i, carried):
            total, address = carried
            return [lanes.add(total, lanes.load(address)), lanes.plus(address, lanes.bytes)]

        total, end = lanes.loop(n, [lanes.zero, source], turn)
        lanes.store(total, target)
        lanes.store(lanes.load(end), lanes.plus(target, lanes.bytes))

    width = machine.width("float64")
    source, target = np.arange(4.0 * width).reshape(4, width), np.empty((2, width))
    total = native("total", 3, "float64", write)
    for n in (0, 1, 3):
        total(source.ctypes.data, target.ctypes.data, n)
        np.testing.assert_array_equal(target, [source[:n].sum(0), source[n]])


def test_choose_does_what_was_chosen_and_nothing_for_another_number():
    def write(lanes, target, k):
        lanes.choose(k, {i: lambda i=i: lanes.store(lanes.constant(i), target) for i in (1, 4)})

    target = np.empty(machine.width("float32"), np.float32)
    chosen = native("chosen", 2, "float32", write)
    for k, expected in ((1, 1), (4, 4), (2, -7), (-1, -7)):
        target[:] = -7
        chosen(target.ctypes.data, k)
        assert (target == expected).all()


def test_a_streamed_vector_arrives():
    def write(lanes, source, target):
        lanes.stream(lanes.load(source), target)

    width = machine.width("float32")
    memory = np.zeros(3 * width, np.float32)
    start = -memory.ctypes.data % (4 * width) // 4
    source = np.arange(width, dtype=np.float32)
    native("streamed", 2, "float32", write)(source.ctypes.data, memory[start:].ctypes.data)
    np.testing.assert_array_equal(memory[start : start + width], source)


def test_a_whole_number_is_read_and_a_line_asked_for():
    def write(lanes, words, target):
        lanes.prefetch(words)
        address = lanes.plus(target, lanes.times(lanes.word(lanes.plus(words, 8)), lanes.size))
        lanes.store(lanes.constant(1), address)

    width = machine.width("float64")
    target, words = np.zeros(3 * width), np.array([0, 3])
    native("word", 2, "float64", write)(words.ctypes.data, target.ctypes.data)
    np.testing.assert_array_equal(target, (np.arange(3 * width) >= 3) & (np.arange(3 * width) < 3 + width))


def doubling(lanes, address):
    numbers = lanes.load(address)
    lanes.store(lanes.add(numbers, numbers), address)


def doubles(address):
    line = np.ones(machine.width("float64"))
    ctypes.CFUNCTYPE(None, ctypes.c_int64)(address)(line.ctypes.data)
    return bool((line == 2).all())


def test_what_is_compiled_is_kept_and_taken_from_disk(folder, monkeypatch):
    assert doubles(machine.assembled("doubling", 1, "float64", doubling))
    (kept,) = folder.iterdir()
    monkeypatch.setattr(machine, "_optimised", lambda *_: pytest.fail("compiled again"))
    assert doubles(machine.assembled("doubling", 1, "float64", doubling))
    assert list(folder.iterdir()) == [kept]


@pytest.mark.parametrize(
    "harm",
    [lambda b: b"", lambda b: b[:40], lambda b: b[:-1] + bytes([b[-1] ^ 1])],
    ids=("empty", "cut", "flipped"),
)
def test_a_damaged_file_is_compiled_again_and_mended(folder, harm):
    machine.assembled("doubling", 1, "float64", doubling)
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(harm(whole))
    assert doubles(machine.assembled("doubling", 1, "float64", doubling))
    assert kept.read_bytes() == whole


def test_where_nothing_can_be_kept_it_is_compiled_for_this_process(tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("in the way")
    monkeypatch.setenv("CONVLAB_COMPILED", str(tmp_path / "a file"))
    assert doubles(machine.assembled("doubling", 1, "float64", doubling))


def test_another_text_is_another_file(folder):
    def tripling(lanes, address):
        lanes.store(lanes.mul(lanes.load(address), lanes.constant(3)), address)

    assert machine.assembled("f", 1, "float64", doubling) != machine.assembled("f", 1, "float64", tripling)
    assert len(list(folder.iterdir())) == 2


def test_the_assembly_shows_the_wide_instructions():
    def write(lanes, a, b):
        lanes.store(lanes.fma(lanes.load(a), lanes.load(b), lanes.load(a)), b)

    found = machine.assembly(machine.text("fused", 2, "float32", write))
    assert "fma" in found or "fmla" in found


def test_many_small_shapes_have_one_native_function():
    counts = set()
    for n in range(4, 12):
        spec = ConvSpec((1, 1, n, 9), (1, 1, 3, 2))
        get("llvm-direct").run(*example(spec), spec)
        counts.add(len(machine._ENGINES))
    assert len(counts) == 1


@pytest.mark.parametrize(
    ("name", "caller", "w"),
    [
        ("numba-tiles", sliding, np.arange(50.0).reshape(2, 1, 5, 5)),
        ("numba-tiles", bank, np.arange(225.0).reshape(9, 1, 5, 5)),
        ("numba-separable", boxes, np.ones((1, 1, 9, 9))),
    ],
    ids=["sliding", "bank", "boxes"],
)
def test_memory_to_work_in_stays_until_the_native_function_has_returned(name, caller, w, monkeypatch):
    spec, share, kept = ConvSpec((1, 1, 200, 200), w.shape, "same", dtype="float64"), caller.share, []

    def interrupted(*given):  # as by a signal, whose handler convolves more
        memory = weakref.ref(scratch._OWN.memory)
        scratch.own(memory().size + 1)
        kept.append(memory() is not None)
        share(*given)

    monkeypatch.setattr(caller, "share", interrupted)
    get(name).run(np.ones(spec.x_shape), w, spec)
    assert kept and all(kept)
