"""What Compare asks the real Theano for: functions, words, dtypes, turned filters, what it has no words for."""

import numpy as np

import convlab as cl
from convlab import presets
from convlab.compare import columns as names
from convlab.compare import real
from convlab.dashboard.state.compare.comparing import comparing_of, follow, scene
from convlab.dashboard.state.compare.question import loose_of
from tests.acting_theano import fake
from tests.test_compare_theano import BOTH, column, shown, with_columns


def test_both_implementations_of_the_real_theano_stand_beside_each_other(monkeypatch):
    with fake(monkeypatch) as theano:
        made = shown(with_columns("S000at", *BOTH))[-1]
    assert [one["title"] for one in made["columns"]] == ["nnet.conv2d", "nnet.conv.conv2d"]
    assert [one["word"] for one in made["columns"]] == ["yardstick", "identical"]
    assert sorted(function for function, _ in theano.calls) == ["conv2d", "legacy_conv2d"]


def test_the_menu_holds_the_real_theano_first_then_its_semantics_then_what_is_computed_here():
    rows = scene(comparing_of("S000at"))["catalogue"]
    groups = list(dict.fromkeys(row["group"] for row in rows))
    assert groups[0].startswith("Theano 1.0.5") and groups[1].startswith("Theano semantics")
    assert {row["name"] for row in rows if row["group"] == groups[0]} == {*BOTH, "theano-stride-0"}
    assert {row["name"] for row in rows} == {row["name"] for row in names()}


def test_integers_go_in_as_float64_and_the_column_says_so(monkeypatch):
    x, w = presets.get("S001a").x, presets.get("S001a").w
    call = real.call_of("theano", x, w, {})
    assert call.x.dtype == call.w.dtype == np.float64 and "as float64" in call.note
    assert real.call_of("theano", x.astype("f4"), w.astype("f4"), {}).note == ""
    with fake(monkeypatch):
        assert "as float64" in column(shown(comparing_of("S001a"))[-1])["about"]


def test_a_cross_correlation_is_asked_with_filter_flip_and_of_convop_with_a_turned_filter():
    x, w = np.arange(16.0).reshape(4, 4), np.arange(9.0).reshape(3, 3)
    plain, corr, legacy = (real.call_of(name, x, w, {"flip": False}) for name in ("theano", *BOTH))
    assert plain.words == {} and corr.words == {"filter_flip": False} and legacy.words == {}
    assert np.array_equal(legacy.w[0, 0], w[::-1, ::-1]) and "turns the filter" in legacy.note
    for name in BOTH:
        assert np.array_equal(real.semantics(name, {"flip": False})(x, w), cl.corr(x, w))
    assert np.array_equal(real.semantics("theano", {"flip": False})(x, w), cl.conv(x, w))


def test_three_axes_are_asked_of_conv3d_and_a_huge_matrix_of_windows_is_not_asked_for():
    movie = presets.get("S002c")
    assert real.call_of("theano", movie.x, movie.w, movie.options).function == "conv3d"
    assert real.call_of("theano", *loose_of("S001b").given, {}).function == "legacy_conv2d"
    assert real.call_of("theano-corrmm", *loose_of("S001b").given, {}).function == "conv2d"


def test_what_theano_has_no_words_for_is_refused_without_asking_it(monkeypatch):
    with fake(monkeypatch) as theano:
        made = shown(with_columns("even-same", "theano-convop", "naive"))[-1]
    no = column(made, "theano-convop")["problem"]
    assert "nnet.conv.conv2d" in no["found"] and "valid and full" in no["hint"]
    assert theano.calls == []


def test_a_column_that_is_mended_shows_semantics_and_not_the_live_numbers(monkeypatch):
    state = comparing_of("S001d").changed({"mend": "theano"})
    with fake(monkeypatch):
        last = shown(state)[-1]
    assert column(last)["sub"] == "(reference), mended" and column(last)["theano"] is None
    assert column(last)["word"] in ("identical", "yardstick")


def test_a_stride_of_0_is_refused_with_a_button_that_shows_what_theano_does():
    _, same, problem = follow(comparing_of("S000at"), {"n": 1, "change": {"stride": 0}})
    assert same.question.stride == (1, 1) and problem["try"]["label"] == "See what Theano does"
    assert same.changed(problem["try"]["change"]).columns[-1] == "theano-stride-0"
    four = with_columns("S000at", "theano", "naive", "naive-no-flip", "scipy-fft")
    assert len(follow(four, {"n": 1, "change": {"stride": [0, 1]}})[2]["try"]["change"]["columns"]) == 4
