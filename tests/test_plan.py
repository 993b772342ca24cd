"""A filter that is held: a plan computes what a run computes, of the filter as it was, and is timed apart from it."""

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

import convlab as cl
from convlab.backends import choose, get
from convlab.backends.stopwatch import HeldStopwatch
from convlab.errors import SpecError, Unsupported
from convlab.operands import example, noise
from convlab.spec import ConvSpec
from convlab.timing.races.result import Race
from tests.racing import FakeCrew, Here, raced
from tests.takers import GENERAL, LIMITED, taken

SPECS = [
    ConvSpec((2, 3, 9, 8), (4, 3, 3, 2), "same", dtype="float64"),
    ConvSpec((1, 4, 7), (2, 2, 3), "full", stride=2, groups=2, flip=False),
]


ASKED = [*taken(SPECS, GENERAL), *((name, spec) for name, spec in LIMITED.items())]


@pytest.mark.parametrize(("name", "spec"), ASKED, ids=str)
def test_a_plan_computes_what_a_run_does_of_the_filter_as_it_was(name, spec):
    backend = get(name)
    x, w = noise(spec, 1)
    given, w = w.copy(), np.asarray(w[::-1])[::-1]  # a view
    plan, wanted = backend.plan(w, spec), backend.run(x, given, spec)
    w[...] = np.nan
    out = np.full(spec.y_shape, np.nan, spec.dtype)
    assert plan(x).tobytes() == wanted.tobytes()
    assert plan(x, out) is out and plan(x, out=out).tobytes() == wanted.tobytes()
    assert backend.filter_bytes(spec) >= given.nbytes or not backend.is_exact


class Clock:
    """Time that passes only when something takes it."""

    now = 0.0

    def __call__(self):
        return self.now

    def takes(self, seconds):
        self.now += seconds


def test_a_held_filter_is_made_ready_before_the_blocks_and_told_apart():
    clock, compiles = Clock(), iter([9.0])

    def prepare():
        clock.takes(next(compiles, 0.0) + 0.25)
        return plan

    def plan(x, out):
        clock.takes(0.125)
        return x + 1 if out is None else np.add(x, 1, out)

    watch = HeldStopwatch(prepare, np.zeros(2), clock)
    first = watch.first()
    assert (first.seconds, first.parts, first.y.tolist()) == (9.375, {"filter": 0.25}, [1.0, 1.0])
    assert watch.block(4) == 0.5 and watch.out is first.y


@pytest.mark.parametrize("name", ["numpy-im2col", "scipy-rfft"])
def test_a_backend_is_timed_with_its_filter_held_where_that_is_asked(name):
    spec = SPECS[0]
    x, w = noise(spec)
    held, plain = get(name).stopwatch(x, w, spec, held=True), get(name).stopwatch(x, w, spec)
    assert held.first().parts["filter"] > 0 and "filter" not in plain.first().parts
    w[...] = 0
    assert held.block(1) > 0 and plain.block(1) > 0
    assert held.out.any() and not plain.out.any()


def test_a_race_of_plans_times_what_is_done_with_x_and_tells_the_filter_apart():
    race = raced(Here(), ("numpy-im2col", "scipy-rfft"), SPECS[0], budget_s=0.02, held=True)
    assert race.held and all(row.parts["filter"] > 0 and row.state == "timed" for row in race.rows)
    assert "Plans held the filters." in race.sentence
    assert (
        Race.from_json(race.to_json()).held and not Race.from_json(race.to_json().replace("true", "0")).held
    )


def test_every_backend_of_a_race_is_told_to_hold_and_nothing_is_learnt_of_its_times():
    crew, plain = FakeCrew({"numpy-im2col": 2e-3}), FakeCrew({"numpy-im2col": 2e-3})
    raced(crew, ["numpy-im2col"], held=True), raced(plain, ["numpy-im2col"])
    asked = [ask.words.get("held") for ask in crew.asked if ask.do in ("first", "slice")]
    assert asked and all(asked) and not any("held" in ask.words for ask in plain.asked)
    rows = [next(ask.words["rows"] for ask in one.asked if ask.do == "learn") for one in (crew, plain)]
    assert rows[0] == [] and len(rows[1]) == 1


def test_a_race_written_before_filters_were_held_still_reads():
    words = json.loads(Race(SPECS[0], ()).to_json())
    del words["held"]
    assert Race.from_words(words).held is False


X, W = example(ConvSpec((2, 3, 5, 5), (1, 3, 3, 3)))
TINY = ConvSpec(X.shape, W.shape)
WORKING = ["auto", "reference", "llvm-direct", "numpy-im2col", "numba-tiles", "scipy-rfft"]


def get_bytes(plan):
    return (
        plan.spec.terms * plan.spec.w_shape[0] * np.dtype(plan.spec.dtype).itemsize
        if plan.backend == "reference"
        else get(plan.backend).filter_bytes(plan.spec)
    )


@pytest.mark.parametrize("name", WORKING)
@pytest.mark.parametrize("spec", [TINY, ConvSpec((1, 2, 12), (3, 2, 4), "same", dtype="float64")], ids=str)
def test_a_plan_gives_what_conv_gives_and_tells_what_it_is(name, spec):
    x, w = noise(spec, 2)
    plan, wanted = cl.plan(spec, w, backend=name), cl.conv(x, w, mode=spec.mode, backend=name)
    out = np.full(spec.y_shape, np.nan, spec.dtype)
    w[...] = 7
    assert plan(x).tobytes() == wanted.tobytes() == plan(x, out).tobytes() and plan(x, out=out) is out
    assert plan.spec == spec and plan.prepared_s >= 0 and plan.filter_bytes == get_bytes(plan)
    assert plan.backend == (name if name != "auto" else choose(spec))
    assert all(word in repr(plan) for word in (str(spec), plan.backend, "ms", "filter"))


@pytest.mark.parametrize("name", WORKING)
def test_bare_filters_make_bare_plans(name):
    image, taps = X[0, 0], W[0, 0]
    spec = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3))
    bare, full = cl.plan(spec, taps, backend=name), cl.plan(spec, taps[None, None], backend=name)
    wanted = cl.conv(image, taps, backend=name)
    assert bare.bare and bare(image).shape == (3, 3) and bare(image).tobytes() == wanted.tobytes()
    assert bare(image, np.empty((3, 3), "float32")).tobytes() == wanted.tobytes()
    assert not full.bare and full(image[None, None]).tobytes() == wanted.tobytes()
    for plan, x in ((bare, image[None, None]), (full, image)):
        with pytest.raises(
            SpecError, match=r"Asked a plan for x .* It holds its filter for .* Make another plan"
        ):
            plan(x)


@pytest.mark.parametrize("name", ["llvm-direct", "numpy-im2col"])
def test_out_may_be_a_view_or_overlap_x_and_is_refused_where_y_does_not_fit(name):
    spec = ConvSpec((1, 1, 6, 7), (1, 1, 3, 3), "same")
    x, w = example(spec)
    plan, wanted = cl.plan(spec, w, backend=name), cl.conv(x, w, mode="same", backend=name)
    frame = np.zeros((1, 1, 8, 20), "float32")
    view = frame[:, :, 1:-1, 2:16:2]
    assert plan(x, view) is view and (view == wanted).all() and frame.sum() == wanted.sum()
    both = x.copy()
    assert plan(both, both) is both and (both == wanted).all()
    mixed = np.concatenate([x, x], axis=2)
    plan(mixed[:, :, 2:8], mixed[:, :, 3:9])
    assert (mixed[:, :, 3:9] == cl.conv(np.concatenate([x, x], axis=2)[:, :, 2:8], w, mode="same")).all()
    locked = np.empty_like(wanted)
    locked.flags.writeable = False
    for wrong in (np.empty((1, 1, 6, 6), "float32"), np.empty(wanted.shape), [[0.0]], locked):
        with pytest.raises(SpecError, match="write y into out"):
            plan(x, wrong)


def test_x_is_read_as_it_is_given_or_refused_in_a_sentence():
    plan, wanted = cl.plan(TINY, W), cl.conv(X, W)
    askew = np.frombuffer(bytearray(X.nbytes + 1), np.uint8)[1:].view("f4").reshape(X.shape)
    askew[...] = X
    for x in (X.astype("float16"), X.astype(">f4"), X[..., ::-1].copy()[..., ::-1], askew, X.astype("int8")):
        assert (plan(x) == wanted).all() and plan(x).dtype == np.float32
    assert (cl.plan(replace(TINY, dtype="float64"), W.tolist())(X.tolist()) == wanted).all()
    with pytest.raises(SpecError, match=r"x of float64 in a plan of float32\. Digits would be lost"):
        plan(X.tolist())
    for x, words in (
        (X.astype(complex), "real numbers"),
        (X[:1], "Make another plan"),
        (X.astype("float64"), "Digits"),
    ):
        with pytest.raises(SpecError, match=words):
            plan(x)


@pytest.mark.parametrize(
    ("spec", "w", "words"),
    [
        ("TINY", W, "of type str, not a question"),
        (TINY, W[0], r"Its filter is w \(1, 3, 3, 3\)"),
        (TINY, W[0, 0], r"Its filter is w \(1, 3, 3, 3\)"),
        (TINY, W.astype("float64"), "w of float64 in a plan of float32"),
        (TINY, W * 1j, "real numbers"),
    ],
    ids=["no spec", "an axis less", "two axes less", "digits lost", "complex"],
)
def test_what_makes_no_plan_is_refused_in_a_sentence(spec, w, words):
    with pytest.raises(SpecError, match=words):
        cl.plan(spec, w)


def test_a_plan_by_an_unknown_or_unable_backend_is_refused_as_conv_refuses():
    with pytest.raises(SpecError, match="numpy-loops, numpy-im2col"):
        cl.plan(TINY, W, backend="fast")
    with pytest.raises(Unsupported, match="llvm-direct"):
        cl.plan(
            ConvSpec(TINY.x_shape, TINY.w_shape, dtype="float16"), W.astype("float16"), backend="llvm-direct"
        )


def test_a_filter_of_whole_numbers_is_planned_exactly():
    spec = ConvSpec((1, 1, 300, 300), (1, 1, 99, 99), dtype="float64")
    assert not get(cl.plan(spec, np.random.default_rng(0).random((99, 99))).backend).is_exact
    assert get(cl.plan(spec, np.ones((99, 99), int)).backend).is_exact


def test_a_plan_looks_at_the_filter_and_tuning_and_noise_do_not_hide_what_it_is(monkeypatch):
    spec = ConvSpec((1, 1, 300, 300), (1, 1, 21, 21))
    line = np.exp(-(np.linspace(-2, 2, 21) ** 2))
    gaussian, drawn = np.outer(line, line).astype("float32"), noise(spec)[1][0, 0]
    assert cl.plan(spec, gaussian).backend == "numba-separable"
    assert cl.plan(spec, drawn).backend == choose(spec) != "numba-separable"
    with cl.prefer(order="numpy-im2col"):
        assert cl.plan(spec, gaussian).backend == "numpy-im2col"
    x = noise(spec)[0][0, 0]
    direct = cl.plan(spec, gaussian, backend="numba-tiles")(x)
    assert np.allclose(cl.plan(spec, gaussian)(x), direct, atol=1e-5 * abs(direct).max())
    monkeypatch.setattr(type(get("numba-separable")), "gain", lambda *_: pytest.fail("it looked"))
    assert cl.plan(ConvSpec((1, 1, 21, 21), (1, 1, 21, 21)), gaussian).backend == "llvm-direct", (
        "too small to look"
    )


@pytest.mark.parametrize("name", ["llvm-direct", "numba-tiles"])
def test_one_plan_serves_several_threads(name):
    plan, wrong = cl.plan(TINY, W, backend=name), []
    xs = [noise(TINY, seed)[0] for seed in range(4)]
    wanted = [cl.conv(x, W, backend=name) for x in xs]

    def ask(n):
        for _ in range(200):
            if not (plan(xs[n]) == wanted[n]).all():
                wrong.append(n)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not wrong
