"""The picture on the door of Race: two algorithms, counted, and where they change places."""

import re

from convlab.dashboard.art_race import crossing, crossings
from convlab.dashboard.views import home
from convlab.timing.shapes import suites
from convlab.timing.sweeps.axis import USUAL, at


def test_the_lines_are_the_operations_of_two_algorithms_on_source_004s_images():
    (taps, counted), (fft, transformed) = home.works()
    assert (taps, fft) == ("taps", "FFT")
    spec = suites.get("source-004-1").spec
    assert [k for k, _ in counted] == [k for k, _ in transformed] == list(USUAL["K"])
    steps = [
        (k, 2 * 50 * k * k * 100 * 100) for k in USUAL["K"]
    ]  # scipy.ndimage computes every position of x
    assert counted == steps and counted[3][1] > 2 * at(spec, "K", 7).macs


def test_the_ring_stands_where_the_lines_cross_and_says_the_size():
    lines = home.works()
    ((size, _),) = crossings(lines[0][1], lines[1][1])
    assert 5 < size < 7
    drawn = crossing(lines)
    assert drawn.count("<polyline") == 2 and drawn.count("<circle") == 1 and f">{size:.1f}<" in drawn
    x, y = map(float, re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn).groups())
    marks = re.search(r'points="([^"]+)"', drawn)[1].split()
    (left, low), (right, high) = (map(float, mark.split(",")) for mark in marks[2:4])
    assert left < x < right and high < y < low, "between the points of 5 and 7 taps, on the line"


def test_lines_that_never_meet_have_no_ring():
    assert "<circle" not in crossing([("a", [(1, 1), (9, 9)]), ("b", [(1, 2), (9, 18)])])
