"""What the Race screen is asked: by the browser, by an address; hostile texts come back as one sentence."""

import time
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from convlab.dashboard.state.implementations import listing
from convlab.dashboard.state.query import from_query, to_query
from convlab.dashboard.state.race.address import from_address, query_of
from convlab.dashboard.state.race.asks import follow
from convlab.dashboard.state.race.course import Course
from convlab.spec import ConvSpec
from convlab.timing.shapes import suites


def asked(query):
    return from_address(dict(parse_qsl(query.lstrip("?"), keep_blank_values=True)))


def ask(change, course=None):
    return follow(course or Course(), {"n": 7, "change": change})


# ---- asks


def test_a_workload_of_the_menu_is_raced_with_its_shapes_and_options():
    for one in suites.workloads():
        meant = ask({"workload": one.id})
        assert meant.problem is None and meant.course.spec == one.spec and meant.number == 7


@pytest.mark.parametrize(
    "change, spec",
    [
        ({"x": "8x3x9x9", "w": "4 x 3 x 3 x 3", "stride": "2"},
         "x(8, 3, 9, 9) w(4, 3, 3, 3) valid stride=(2, 2) float32"),
        ({"x": "7 x 30 x 30", "w": "5 x 5"}, "x(7, 1, 30, 30) w(1, 1, 5, 5) valid float32"),
        ({"padding": ""}, "x(50, 1, 100, 100) w(1, 1, 11, 11) valid float32"),
        ({"padding": "1:0, 2"}, "x(50, 1, 100, 100) w(1, 1, 11, 11) ((1, 0), (2, 2)) float32"),
        ({"mode": "full", "flip": "off"}, "x(50, 1, 100, 100) w(1, 1, 11, 11) full no flip float32"),
        ({"x": "4,2,50", "w": "2,1,5", "groups": 2, "dtype": "float64", "dilation": 3},
         "x(4, 2, 50) w(2, 1, 5) valid dilation=(3,) groups=2 float64"),
    ],
)  # fmt: skip
def test_typed_shapes_and_options_make_the_layer(change, spec):
    meant = ask(change)
    assert meant.problem is None and str(meant.course.spec) == spec


def test_backends_come_in_the_order_of_the_catalogue_and_all_of_them_is_none():
    course = ask({"backends": ["scipy-fft", "numpy-im2col", "scipy-fft"]}).course
    assert course.names == ("numpy-im2col", "scipy-fft") == course.chosen
    everything = Course().chosen
    assert ask({"backends": list(everything)}, course).course.names is None
    assert ask({"backends": None}, course).course.names is None
    raw = ask({"backends": ["scipy.signal.fftconvolve", "numpy-fft"]}).course
    assert raw.names == ("numpy-fft", "scipy.signal.fftconvolve") and asked(query_of(raw))[0] == raw


def test_the_axis_of_a_sweep_brings_its_usual_values_and_typed_ones_are_sorted():
    course = ask({"axis": "S"}).course
    assert course.axis == "S" and list(course.values) == sorted(course.values)
    assert ask({"values": "11, 3 5;5"}).course.values == (3, 5, 11)
    assert ask({"axis": "N", "values": [4, 1]}).course.values == (1, 4)


def test_an_ask_may_change_the_course_and_run_it_at_once():
    meant = ask({"workload": "alexnet1", "run": "race"})
    assert meant.run == "race" and meant.course.workload == "alexnet1" and not meant.stop
    assert ask({"stop": True}).stop and ask({"clear": "sweep"}).clear and ask({"export": "sweep.json"}).export


HOSTILE = [
    {"workload": "no-such"}, {"workload": 3}, {"workload": "x" * 10_000}, {"x": "0x1x5x5"}, {"x": "-3"},
    {"x": "1e9x1e9"}, {"x": "9" * 5000}, {"x": "3.5"}, {"x": True}, {"x": "３x1x5x5"}, {"x": ""},
    {"x": "1x1x" * 100}, {"x": [[1], 2]}, {"x": {"a": 1}}, {"w": "1x1x999x999"}, {"w": "1x2x3x3"}, {"x": "7"},
    {"x": "1x1x5x5x5x5x5"}, {"mode": "sideways"}, {"mode": "x" * 9999}, {"stride": 0},
    {"stride": "1,2,3,4,5,6"}, {"stride": "two"}, {"padding": "-1"}, {"padding": [[[1]]]}, {"dilation": 10**7},
    {"groups": 7}, {"groups": None, "x": "x"}, {"dtype": "int8"}, {"dtype": "float16; rm"}, {"flip": "perhaps"},
    {"backends": []}, {"backends": ["nothing"]}, {"backends": 5}, {"backends": ["numpy-fft"] * 999},
    {"backends": [{}]}, {"backends": "<script>"}, {"budget_s": 0}, {"budget_s": -1}, {"budget_s": "nan"},
    {"budget_s": "1e999"}, {"budget_s": 1e9}, {"budget_s": "9" * 5000}, {"budget_s": True}, {"budget_s": []},
    {"axis": "Q"}, {"axis": 3}, {"values": ""}, {"values": "a, b"}, {"values": "0"}, {"values": [1.5]},
    {"values": list(range(1, 100))}, {"values": "3" * 999}, {"values": "1..9999999"}, {"values": {}},
    {"run": "away"}, {"run": ["race"]}, {"export": "exe"}, {"clear": "all"}, {"stop": "perhaps"}, {"odd": 1},
    {"__class__": "x"}, {"": ""}, None, [], "race", 5, [("x", 1)],
]  # fmt: skip


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: repr(change)[:40])
def test_a_hostile_ask_is_refused_with_a_sentence_at_once(change):
    began = time.thread_time()
    meant = follow(Course(), {"n": 1, "change": change})
    assert time.thread_time() - began < 0.1
    assert meant.problem is not None and meant.course == Course() and meant.run is None and not meant.stop
    assert meant.problem["kind"] in ("no such convolution", "over a limit")
    assert all(0 < len(meant.problem[part]) < 400 for part in ("asked", "found", "hint"))


@pytest.mark.parametrize("whole", [None, 3, [], {"n": "1"}, {"n": True, "change": {}}, {"change": {"x": 1}}])
def test_an_ask_that_is_no_ask_changes_nothing(whole):
    assert follow(Course(), whole).course == Course() and follow(Course(), whole).number == 0


def test_a_refused_layer_offers_a_button_that_works():
    button = ask({"x": "8x6x20x20"}).problem["try"]
    assert button["label"] == "Use w 1 × 6 × 11 × 11"
    assert ask(button["change"]).course.spec.w_shape == (1, 6, 11, 11)
    assert ask({"workload": "no-such"}).problem["try"] is None


# ---- the address


COURSES = [
    Course(), Course(names=("numpy-fft",)), Course(budget_s=5.0), Course(axis="N", values=(1, 7)),
    Course(ConvSpec((8, 3, 9, 9), (4, 3, 3, 3), "half", stride=(2, 1), flip=False, dtype="float64")),
    Course(ConvSpec((8, 4, 99), (4, 1, 2), padding=((4, 0),), dilation=4, groups=4)),
    Course(ConvSpec((1, 2, 6, 6, 6), (3, 2, 2, 3, 3), "full")),
    *(Course(one.spec) for one in suites.workloads()[::9]),
]  # fmt: skip


@pytest.mark.parametrize("course", COURSES, ids=query_of)
def test_a_course_survives_its_address(course):
    again, notices = asked(query_of(course))
    assert again == course and notices == () and query_of(again) == query_of(course)
    assert len(query_of(course)) < 200


def test_the_usual_race_is_source_004s_first_row_over_all_backends():
    course, notices = asked("")
    assert course.workload == "source-004-1" and course.names is None and notices == ()
    assert query_of(course) == "v=1&race=source-004-1"


@pytest.mark.parametrize(
    "query, said",
    [
        ("race=nothing", "It stays the usual one."), ("race=8x3", "It stays the usual one."),
        ("race=1x1x5x5*1x1x9x9", "It stays the usual one."), ("race=1x1x5x5*1x1x3x3.q9", "none of its options"),
        ("on=nothing", "All are raced."), ("budget=9999", "It stays 2."), ("sweep=Q:1", "It stays as it was."),
        ("sweep=K:none", "It stays as it was."), ("nonsense=1", "this is not a key of the state"), ("v=9", "version 1"),
        ("race=" + "9x" * 500 + "*", "It stays the usual one."),
    ],
)  # fmt: skip
def test_what_an_address_cannot_have_falls_back_with_one_notice(query, said):
    course, notices = asked(query)
    assert len(notices) == 1 and said in notices[0]
    assert replace(course, carried={}) == Course() and len(notices[0]) < 300


def test_this_screen_and_the_others_carry_each_others_keys():
    before = "v=1&preset=S000at&mode=full&step=3&columns=naive,theano&which=dw&layer=8x3x9x9*4x3x3x3&stride=2"
    course, notices = asked(f"{before}&race=resnet&on=numpy-fft&budget=4&sweep=S:32,64")
    assert notices == () and course.workload == "resnet"
    query = query_of(course)
    assert all(part in query for part in before.split("&"))
    step = from_query(dict(parse_qsl(query)))
    assert step.notices == () and step.question.preset == "S000at"
    assert asked(to_query(step.question, step.extras | step.backward))[0] == course
    told, _, notices = listing.from_address(dict(parse_qsl(query)))
    assert notices == () and told.spec.x_shape == (8, 3, 9, 9)
    assert asked(told.query)[0] == course


def test_one_who_comes_from_implementations_races_the_layer_shown_there():
    course, _ = asked("v=1&layer=8x3x9x9*4x3x3x3&stride=2&dtype=float64")
    assert course.spec == ConvSpec((8, 3, 9, 9), (4, 3, 3, 3), stride=2, dtype="float64")
    assert asked("v=1&preset=S000at&mode=full")[0].workload == "source-004-1"
