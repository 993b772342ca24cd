"""A question that was asked before is answered at once: the same bits, the same refusals, and nothing that is stale."""

import random
import subprocess
import sys
import threading

import numpy as np
import pytest

import convlab as cl
from convlab import reference
from convlab.api import answers
from convlab.backends import get, preference
from convlab.backends.llvm_direct import LOCKED_MACS
from convlab.backends.preference import forget
from convlab.backends.tiles import entry
from convlab.errors import ConvLabError
from convlab.operands import example, noise
from convlab.spec import ConvSpec
from tests.frames import framed

WORDS = {  # what people write, right and wrong
    "mode": ["valid", "same", "full", "half", "ful", 3, ["valid"], np.str_("same")],
    "stride": [1, 2, (1, 2), [2, 1], 1.0, True, 0, "2", np.int64(2), (1, 1, 1), np.array(2), None],
    "dilation": [1, 2, (2, 1), 2.0, False],
    "groups": [1, 2, 3, True, 1.0, np.int8(1)],
    "flip": [True, False, 1, 0, "no", np.True_, 2],
    "padding": [None, 0, 1, (1, 0), ((1, 2), (0, 1)), 1.0, True, ((1, 2),)],
    "backend": ["auto", "llvm-direct", "numpy-im2col", "nobody", None],
}
X_SHAPES = [(5, 6), (2, 2, 5, 6), (1, 4, 7), (9,), (5, 6, 7), (1, 2, 3, 4, 5), (0, 2, 5, 6)]
W_SHAPES = [(3, 2), (2, 2, 3, 2), (2, 4, 3), (2, 2, 3), (3,), (4, 1, 2, 2), (1, 2, 2, 2, 2), (9, 9)]


@pytest.fixture(autouse=True)
def _clean():
    forget()
    yield
    forget()


def drawn(seed):
    """Return operands and words, mostly of a question that exists."""
    dice, rng = random.Random(seed), np.random.default_rng(seed)
    pick = dice.randrange(len(X_SHAPES)) if dice.random() < 0.2 else dice.choice((0, 1))
    x_shape, w_shape = X_SHAPES[pick], dice.choice(W_SHAPES) if dice.random() < 0.1 else W_SHAPES[pick]
    dtypes = [dice.choice(("float32", "float64"))]
    if dice.random() < 0.2:
        dtypes = ["float16", "float32", "int32", ">f4", "bool"]
    x, w = (rng.standard_normal(shape).astype(dice.choice(dtypes)) for shape in (x_shape, w_shape))
    if dice.random() < 0.3:
        x, w = x[..., ::-1], w[::-1]
    names = dice.sample(list(WORDS), dice.choice((0, 1, 1, 2)))
    return x, w, {name: dice.choice(WORDS[name]) for name in names}


def told(x, w, words):
    """Return the bits of an answer with its dtype and shape, or the words of a refusal."""
    try:
        y = cl.conv(x, w, **words)
    except (ConvLabError, TypeError) as no:
        return type(no).__name__, str(no)
    return y.tobytes(), y.dtype.str, y.shape


@pytest.mark.parametrize("part", range(4))
def test_whoever_asks_again_is_told_the_same_bits_or_the_same_refusal(part):
    quick = refused = 0
    for seed in range(part * 150, part * 150 + 150):
        x, w, words = drawn(seed)
        forget()
        first = told(x, w, words)
        quick += len(preference.ANSWERS)
        assert told(x, w, words) == first, (x.shape, w.shape, words)
        refused += isinstance(first[0], str)
    assert quick >= 25 and refused >= 25, (quick, refused)


def test_all_that_was_asked_before_stands_in_the_way_of_nothing():
    asked = [drawn(seed) for seed in range(300)]
    alone = []
    for one in asked:
        forget()
        alone.append(told(*one))
    forget()
    for _ in range(2):
        assert [told(*one) for one in asked] == alone
    assert len(preference.ANSWERS) > 30


@pytest.mark.parametrize("change", [1.0, True, np.int64(1), np.float64(1.0)], ids=repr)
def test_what_is_equal_to_a_word_is_not_taken_for_it(change):
    x, w = np.ones((5, 6)), np.ones((3, 2))
    forget()
    alone = told(x, w, {"stride": change})
    told(x, w, {"stride": 1})
    assert told(x, w, {"stride": change}) == alone


def test_the_same_arrays_with_other_values_are_computed_anew():
    x, w = example(ConvSpec((2, 3, 5, 5), (1, 3, 3, 3)))
    for value in range(3):
        x[0, 0, 0, 0] = w[0, 0, 1, 1] = value
        spec = ConvSpec(x.shape, w.shape)
        assert (cl.conv(x, w) == reference.conv(x, w, spec)).all()


def views(array):
    """Yield arrays of the same values that lie in memory in other ways."""
    wide = np.full((*array.shape[:-1], 3 * array.shape[-1]), np.nan, array.dtype)
    wide[..., 1::3] = array
    askew = np.frombuffer(bytearray(array.nbytes + 1), np.uint8)[1:].view(array.dtype).reshape(array.shape)
    askew[...] = array
    locked = array.copy()
    locked.flags.writeable = False
    yield from (wide[..., 1::3], array[..., ::-1].copy()[..., ::-1], array.T.copy().T, askew, locked)
    yield np.broadcast_to(array, array.shape)
    yield array.astype(array.dtype.newbyteorder())


@pytest.mark.parametrize("name", ["llvm-direct", "numpy-im2col"])
def test_arrays_are_read_where_they_lie(name):
    spec = ConvSpec((2, 4, 6, 7), (4, 2, 3, 2), "same", stride=(1, 2), groups=2)
    x, w = example(spec)
    same = {"mode": "same", "stride": (1, 2), "groups": 2, "backend": name}
    wanted = cl.conv(x, w, **same)
    assert len(preference.ANSWERS) == 1
    for a in views(x):
        for b in views(w):
            y = cl.conv(a, b, **same)
            assert y.dtype == np.float32 and (y == wanted).all(), (a.strides, b.strides)


class Mine(np.ndarray):
    """An array of somebody else's kind."""


def test_lists_subclasses_masks_and_whole_numbers_go_the_long_way():
    x, w = np.arange(30.0).reshape(5, 6), np.ones((3, 2))
    wanted = cl.conv(x, w)
    known = dict(preference.ANSWERS)
    for a in (x.tolist(), x.view(Mine), np.ma.array(x), x.astype(int), x.astype("float32")):
        y = cl.conv(a, w)
        assert type(y) is np.ndarray and (y == wanted).all()
    assert set(preference.ANSWERS) == set(known)
    with pytest.raises(cl.api.forward.SpecError, match="masked"):
        cl.conv(np.ma.array(x, mask=x > 20), w)


def test_out_and_a_change_of_shape_or_dtype_are_looked_at_each_time():
    x, w = np.arange(30.0).reshape(5, 6), np.ones((3, 2))
    wanted = cl.conv(x, w)
    out = np.full((3, 5), np.nan)
    assert cl.conv(x, w, out=out) is out and (out == wanted).all()
    with pytest.raises(ConvLabError, match="out is"):
        cl.conv(x, w, out=np.empty(3))
    assert cl.conv(x.astype("f"), w.astype("f")).dtype == np.float32
    assert cl.conv(x[:4], w).shape == (2, 5)


def test_what_is_preferred_or_tuned_is_asked_again(monkeypatch):
    x, w = np.ones((5, 6)), np.ones((3, 2))
    cl.conv(x, w)
    used = []
    backend = get("numpy-loops")
    monkeypatch.setattr(backend, "run", lambda *given: used.append(1) or np.zeros((1, 1, 3, 5)))
    with cl.prefer(require="numpy-loops"):
        assert not cl.conv(x, w).any() and not cl.conv(x, w).any() and len(used) == 2
    assert cl.conv(x, w).all() and len(used) == 2


def test_a_choice_that_was_made_before_a_change_is_not_remembered_after_it(monkeypatch):
    x, w = np.ones((5, 6)), np.ones((3, 2))
    run = type(get("llvm-direct")).run

    def changed_meanwhile(self, *given):
        forget()
        return run(self, *given)

    monkeypatch.setattr(type(get("llvm-direct")), "run", changed_meanwhile)
    cl.conv(x, w, backend="llvm-direct")
    assert not preference.ANSWERS


def test_no_more_is_remembered_than_a_sweep_leaves(monkeypatch):
    monkeypatch.setattr(answers, "MOST", 5)
    for n in range(5, 17):
        cl.conv(np.ones((n, 5)), np.ones((3, 3)))
        assert len(preference.ANSWERS) <= 5


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_around_the_operands_is_read_and_nothing_around_y_is_written(rank, dtype):
    dice = random.Random(rank)
    for _ in range(12):
        space, taps = (
            [dice.randint(low, high) for _ in range(rank)]
            for low, high in ((3, 21 if rank < 3 else 9), (1, 3))
        )
        groups = dice.choice((1, 2))
        spec = ConvSpec(
            (dice.randint(1, 2), 2, *space), (2, 2 // groups, *taps), dice.choice(("valid", "same", "full")),
            stride=dice.choice((1, 1, 2)), groups=groups, flip=dice.random() < 0.5, dtype=dtype,
        )  # fmt: skip
        x, w = example(spec, dice.randrange(99))
        x_in, w_in, y_in = (framed(array) for array in (x, w, np.zeros(spec.y_shape, dtype)))
        get("llvm-direct").entry(spec)(x_in, w_in, y_in)
        assert (y_in == reference.conv(x, w, spec)).all(), spec
        y_in[...] = np.nan
        assert np.isnan(y_in.base).all()


@pytest.mark.parametrize("flip", [True, False])
def test_an_output_has_the_same_bits_wherever_it_stands_in_a_line(flip):
    spec = ConvSpec((1, 3, 4, 50), (2, 3, 3, 5), "same", flip=flip)
    x, w = noise(spec)
    whole = get("llvm-direct").run(x, w, spec)
    for start in range(0, 40, 7):
        part = np.ascontiguousarray(x[..., start : start + 9])
        cut = ConvSpec(part.shape, w.shape, "same", flip=flip)
        assert (get("llvm-direct").run(part, w, cut)[..., 2:-2] == whole[..., start + 2 : start + 7]).all()
    apart = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, -1, 0)), 0, -1)  # no two neighbours side by side
    assert (get("llvm-direct").run(apart, w, spec) == whole).all()


def test_large_questions_give_pythons_lock_back_and_have_the_same_bits():
    spec = ConvSpec((1, 1, 40, 500), (2, 1, 3, 5))
    assert spec.macs > LOCKED_MACS and get("llvm-direct").entry(spec) is None
    x, w = noise(spec)
    one, small = get("llvm-direct").run(x, w, spec), ConvSpec((1, 1, 5, 500), (2, 1, 3, 5))
    assert small.macs < LOCKED_MACS
    assert (get("llvm-direct").run(x[:, :, 7:12], w, small) == one[:, :, 7:10]).all()


def test_values_that_lie_askew_are_left_to_who_can_read_them():
    spec = ConvSpec((1, 1, 5), (1, 1, 3))
    x, w = example(spec)
    *_, askew, _, _, _ = views(x)
    assert not askew.flags.aligned
    y = np.zeros(spec.y_shape, "float32")
    assert get("llvm-direct").entry(spec)(askew, w, y) is None and not y.any()
    assert (get("llvm-direct").run(askew, w, spec) == get("llvm-direct").run(x, w, spec)).all()


def test_references_to_what_is_handed_out_are_counted():
    spec = ConvSpec((1, 1, 5), (1, 1, 3))
    (x, w), y = example(spec), np.empty(spec.y_shape, "float32")
    function = get("llvm-direct").entry(spec)
    counts = [sys.getrefcount(one) for one in (x, w, y)]
    kept = [function(x, w, y) for _ in range(5)]
    assert [sys.getrefcount(one) for one in (x, w, y)] == [*counts[:2], counts[2] + 5]
    del kept
    assert [sys.getrefcount(one) for one in (x, w, y)] == counts


def test_another_layout_of_arrays_in_memory_is_recognised_before_it_is_read(monkeypatch):
    assert entry.is_readable()
    for name in ("DATA", "AXES", "LENGTHS", "STRIDES", "FLAGS"):
        with monkeypatch.context() as patch:
            patch.setattr(entry, name, entry.DATA + (8 if name == "DATA" else 0))
            entry.is_readable.cache_clear()
            assert not entry.is_readable(), name
    entry.is_readable.cache_clear()


def test_several_threads_ask_at_once_while_somebody_changes_his_mind():
    x, w = example(ConvSpec((2, 3, 5, 5), (1, 3, 3, 3)))
    wanted, wrong = cl.conv(x, w), []

    def ask():
        for _ in range(300):
            if not (cl.conv(x, w) == wanted).all():
                wrong.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for _ in range(50):
        forget()
    for one in threads:
        one.join()
    assert not wrong


QUIET = """
import sys, numpy as np, convlab as cl
x, w = np.ones((2, 3, 5, 5), "f"), np.ones((1, 3, 3, 3), "f")
assert (cl.conv(x, w) == 27).all() and (cl.plan(cl.ConvSpec(x.shape, w.shape), w)(x) == 27).all()
print(sorted({"numba", "scipy"} & sys.modules.keys()))
"""


def test_a_small_question_waits_for_no_library():
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
