"""backend="auto": what was tuned on this machine is used, what was not is chosen by the kind of work."""

import json
import logging
import sys
from dataclasses import replace

import numpy as np
import pytest

import convlab as cl
from convlab.backends import choose, choose_gradients, get, library, tuned, usual
from convlab.backends.preference import CHOSEN, forget
from convlab.backends.rules import LARGE_GAIN, SMALL_MACS, likely, likely_gradients, transform_gain
from convlab.spec import ConvSpec
from convlab.timing.tuning import cache
from tests.raced import SPEC, choice, row
from tests.specs import SPECS

catalogue = sys.modules["convlab.backends"]  # cl.backends is the verb
USUAL = "llvm-direct"  # of a small question
FAST = (row("scipy-fft", 1e-5, is_exact=False), row("numpy-corrmm", 2e-5), row("numpy-im2col", 4e-5))


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path))
    forget()
    yield
    forget()


def spoil(change, **given):
    """Keep a choice, then change the words of its file."""
    cache.keep(choice(*FAST))
    path = tuned.place(SPEC)
    words = json.loads(path.read_text())
    path.write_text(change(words) or json.dumps(words))
    forget()


def test_the_name_that_was_tuned_is_used():
    assert choose(SPEC) == USUAL
    cache.keep(choice(*FAST))
    assert choose(SPEC) == "scipy-fft"
    assert choose(ConvSpec((2, 3, 20, 21), (4, 3, 3, 3))) == USUAL, "another question"


def test_another_way_to_write_the_padding_asks_the_same():
    cache.keep(choice(*FAST))
    assert choose(ConvSpec(SPEC.x_shape, SPEC.w_shape, padding=0)) == "scipy-fft"


def test_conv_computes_with_what_was_tuned(monkeypatch):
    ran = []
    run = type(get("scipy-fft")).run
    monkeypatch.setattr(
        type(get("scipy-fft")), "run", lambda self, *given: ran.append(1) or run(self, *given)
    )
    cache.keep(choice(*FAST))
    x, w = np.ones(SPEC.x_shape, "float32"), np.ones(SPEC.w_shape, "float32")
    assert np.allclose(cl.conv(x, w), 27) and ran == [1]


def test_whole_numbers_come_out_exactly_though_a_transform_was_tuned(monkeypatch):
    spec = ConvSpec(SPEC.x_shape, SPEC.w_shape, dtype="float64")
    cache.keep(choice(*FAST, spec=spec))
    assert (choose(spec), choose(spec, exact=True)) == ("scipy-fft", "numpy-corrmm")
    rng = np.random.default_rng(4)
    x, w = rng.integers(-9, 10, SPEC.x_shape), rng.integers(-9, 10, SPEC.w_shape)
    assert (cl.conv(x, w) == cl.conv(x, w, backend="reference")).all()
    used = []
    monkeypatch.setattr(
        "convlab.api.forward.choose", lambda spec, *, exact: used.append(exact) or "numpy-im2col"
    )
    cl.conv(x, w), cl.conv(x > 0, w), cl.conv(x.astype(float), w), cl.conv(x, w.astype("float32"))
    assert used == [True, True, False, False]


def test_what_was_tuned_among_exact_ones_is_for_whole_numbers_first_and_for_others_where_nothing_else_was():
    cache.keep(choice(row("numpy-loops", 1e-5), exact=True))
    assert (choose(SPEC), choose(SPEC, exact=True)) == ("numpy-loops", "numpy-loops")
    cache.keep(choice(*FAST))
    assert (choose(SPEC), choose(SPEC, exact=True)) == ("scipy-fft", "numpy-loops")


def test_the_next_one_is_used_where_the_tuned_one_is_gone(monkeypatch):
    cache.keep(choice(*FAST))
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    assert choose(SPEC) == "numpy-corrmm"


def test_a_name_that_the_catalogue_no_longer_has_is_passed_over():
    cache.keep(choice(row("numpy-gone", 1e-5), row("numpy-corrmm", 2e-5)))
    assert choose(SPEC) == "numpy-corrmm"


def test_the_tuned_one_yields_to_an_order_and_to_an_exclusion():
    cache.keep(choice(*FAST))
    with cl.prefer(order="numpy-loops"):
        assert choose(SPEC) == "numpy-loops"
    with cl.prefer(exclude="scipy-fft"):
        assert choose(SPEC) == "numpy-corrmm"
    with cl.prefer(include="numpy-fft"):
        assert choose(SPEC) == "scipy-fft", "what was measured comes before what is included"
    assert choose(SPEC) == "scipy-fft"


def test_what_was_tuned_under_a_wish_is_used_under_it_only():
    with cl.prefer(exclude="scipy-fft") as wish:
        cache.keep(choice(row("numpy-loops", 1e-5), wishes=wish.wishes.candidates()))
        assert choose(SPEC) == "numpy-loops"
    assert choose(SPEC) == USUAL


def test_gradients_and_theanos_words_do_not_ask_what_was_tuned(monkeypatch):
    cache.keep(choice(*FAST))
    assert choose_gradients(SPEC) == usual(SPEC) == USUAL
    monkeypatch.setattr(catalogue, "ranked", lambda *given: pytest.fail("it asked"))
    cl.theano.conv2d(np.ones((1, 2, 9, 9)), np.ones((3, 2, 3, 3)))
    cl.gradients(np.ones(9), np.ones(3), np.ones(7))


def test_a_question_is_looked_up_on_disk_once(monkeypatch):
    cache.keep(choice(*FAST))
    asked = []
    read = tuned.read
    monkeypatch.setattr(tuned, "read", lambda *given: asked.append(given) or read(*given))
    for _ in range(5):
        assert choose(ConvSpec(SPEC.x_shape, SPEC.w_shape)) == "scipy-fft"
        assert choose(ConvSpec((1, 1, 5), (1, 1, 3))) == USUAL
    assert len(asked) == 3, "the second question was asked of two files, once"


def test_what_is_remembered_stays_bounded(monkeypatch):
    monkeypatch.setattr(catalogue, "MOST_REMEMBERED", 3)
    for n in range(10):
        choose(ConvSpec((1, 1, 9 + n), (1, 1, 3)))
        assert len(CHOSEN[False]) <= 3


def test_who_never_tunes_never_looks_the_versions_up(monkeypatch):
    monkeypatch.setattr(tuned, "machine", lambda: pytest.fail("it did"))
    assert choose(SPEC) == USUAL


@pytest.mark.parametrize(
    "change",
    [
        lambda words: " ",
        lambda words: '{"kind": "tuned", "form',
        lambda words: "[1, 2]",
        lambda words: "[" * 100_000,
        lambda words: "\0\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
        lambda words: words.update(kind="race"),
        lambda words: words.update(format=99),
        lambda words: words["machine"].update(cpu="another"),
        lambda words: words["question"].update(stride=[2, 2]),
        lambda words: words.update(ranked=[]),
        lambda words: words.update(ranked=[1]),
        lambda words: words.pop("question") and None,
    ],
    ids=[
        "empty",
        "torn",
        "list",
        "deep",
        "bytes",
        "kind",
        "format",
        "machine",
        "question",
        "none",
        "number",
        "lacks",
    ],
)
def test_a_file_that_is_not_ours_is_ignored_in_one_line(change, caplog):
    spoil(change)
    with caplog.at_level(logging.WARNING, "convlab"):
        assert choose(SPEC) == USUAL == choose(SPEC)
    (line,) = caplog.messages
    assert str(tuned.place(SPEC)) in line and "is ignored: " in line and "\n" not in line
    cache.keep(choice(*FAST))
    assert choose(SPEC) == "scipy-fft", "tuning again replaces it"


def test_a_folder_in_the_place_of_a_file_is_ignored(caplog):
    tuned.place(SPEC).mkdir(parents=True)
    assert choose(SPEC) == USUAL and "is ignored" in caplog.text


def test_another_processor_or_version_has_files_of_its_own(monkeypatch):
    cache.keep(choice(*FAST))
    monkeypatch.setattr(tuned, "machine", lambda: {"cpu": "another"})
    forget()
    assert choose(SPEC) == USUAL


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_small_convolutions_are_never_transformed(spec):
    assert all(get(name).is_exact for name in likely(spec))


def test_each_kind_of_work_has_its_own_first_choice():
    few_taps, many_taps = ConvSpec((1, 1, 500, 500), (1, 1, 3, 3)), ConvSpec((1, 1, 500, 500), (1, 1, 99, 99))
    layer, tiny = ConvSpec((8, 64, 56, 56), (64, 64, 3, 3)), ConvSpec((2, 3, 5, 5), (1, 3, 3, 3))
    kinds = {
        tiny: "llvm-direct",
        few_taps: "numba-tiles",
        many_taps: "numba-fft",
        layer: "numba-winograd-f2",
        replace(layer, stride=2): "numba-tiles",
        replace(layer, w_shape=(8, 64, 3, 3)): "numba-tiles",
        replace(layer, w_shape=(64, 64, 1, 1)): "numba-pointwise",
        ConvSpec((1, 3, 16, 56, 56), (32, 3, 3, 3, 3)): "numba-3d",
        ConvSpec((1, 1, 64, 64, 64), (1, 1, 31, 31, 31)): "scipy-rfft",
        replace(many_taps, dtype="float16"): "numba-tiles",
        replace(many_taps, dtype="longdouble"): "numpy-im2col",
    }
    assert {spec: usual(spec, exact=False) for spec in kinds} == kinds
    assert transform_gain(many_taps) > LARGE_GAIN and transform_gain(layer) < 1
    assert tiny.macs < SMALL_MACS < few_taps.macs


def test_whole_numbers_are_neither_transformed_nor_given_to_winograd():
    for spec in (ConvSpec((1, 1, 500, 500), (1, 1, 99, 99)), ConvSpec((8, 64, 56, 56), (64, 64, 3, 3))):
        assert choose(spec, exact=True) == "numba-tiles" != choose(spec)


@pytest.mark.parametrize("spec", [SPEC, ConvSpec((50, 1, 100, 100), (1, 1, 31, 31))], ids=str)
def test_the_gradients_are_by_exact_ones(spec):
    assert all(get(name).is_exact for name in likely_gradients(spec))
