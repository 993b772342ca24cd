"""The facts about SciPy's and NumPy's functions, held against the libraries themselves."""

from importlib import import_module

import numpy as np
import pytest

from convlab.compare.readings import positions
from convlab.dialects import scipy as dialect
from convlab.errors import SpecError

NAMES = list(dialect.FUNCTIONS)
SEVEN = np.random.default_rng(0).integers(1, 9, 7).astype(float)


def filter_of(function, row):
    """Return a row of taps, and of x, with as many axes as the function wants."""
    return np.asarray(row, float)[None] if function.axes == 2 else np.asarray(row, float)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_turns_the_filter_if_the_table_says_so(name):
    function = dialect.find(name)
    spike, row = filter_of(function, [0, 0, 0, 1, 0, 0, 0]), filter_of(function, [1, 2, 3])
    answer = np.ravel(dialect.call(name, spike, row, "same"))
    assert np.round(answer[2:5]).tolist() == ([1, 2, 3] if function.turns else [3, 2, 1])


@pytest.mark.parametrize("taps", [2, 3, 4])
@pytest.mark.parametrize("name", NAMES)
def test_the_centred_answer_begins_where_the_table_says(name, taps):
    function = dialect.find(name)
    row = 10.0 ** np.arange(taps)
    full = np.convolve(SEVEN, row if function.turns else row[::-1])
    start = dialect.same_start(function, taps)
    answer = np.ravel(dialect.call(name, filter_of(function, SEVEN), filter_of(function, row), "same"))
    inside = slice(taps, 7 - taps) if function.border != "zeros" else slice(None)
    assert np.array_equal(np.round(answer[inside]), full[start : start + 7][inside])


@pytest.mark.parametrize("name", [n for n in NAMES if dialect.find(n).border == "reflect"])
def test_the_border_is_what_the_table_says(name):
    ones = dialect.call(name, np.array([1.0, 2, 3]), np.ones(3))
    assert ones.tolist() == [4, 6, 8]
    reads = positions(np.arange(-1, 4), 3, dialect.find(name).border)
    assert np.array([1.0, 2, 3])[reads].tolist() == [1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    "border, numpys", [("reflect", "symmetric"), ("mirror", "reflect"), ("nearest", "edge"), ("wrap", "wrap")]
)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_borders_are_those_of_numpys_pad(border, numpys, n):
    reads = positions(np.arange(-6, n + 6), n, border)
    assert reads.tolist() == np.pad(np.arange(n), 6, mode=numpys).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_axes_is_what_the_table_says(name):
    function = dialect.find(name)
    for axes in (1, 2, 3):
        x, w = np.ones((5,) * axes), np.ones((3,) * axes)
        if function.axes in (None, axes):
            assert dialect.call(name, x, w, "valid").ndim == axes
        else:
            with pytest.raises(ValueError) as refused:
                dialect.call(name, x, w, "valid")
            assert dialect.meaning(str(refused.value))


def test_the_even_row_of_the_sources_reads_as_recorded():
    x, w = np.arange(1.0, 6), np.array([1.0, 10])
    wanted = {
        "scipy.signal.convolve": [1, 12, 23, 34, 45],
        "numpy.convolve": [1, 12, 23, 34, 45],
        "scipy.signal.correlate": [10, 21, 32, 43, 54],
        "numpy.correlate": [10, 21, 32, 43, 54],
    }
    for name, row in wanted.items():
        assert dialect.call(name, x, w, "same").tolist() == row
    assert dialect.call("scipy.signal.correlate2d", x[None], w[None], "same").tolist() == [
        [21, 32, 43, 54, 5]
    ]


@pytest.mark.parametrize(
    "name, x, w, mode",
    [
        ("scipy.signal.convolve", np.ones((5, 5, 5)), np.ones((3, 3)), "valid"),
        ("scipy.signal.fftconvolve", np.ones((5, 5, 5)), np.ones((3, 3)), "valid"),
        ("scipy.ndimage.convolve", np.ones((5, 5, 5)), np.ones((3, 3)), "valid"),
        ("scipy.signal.convolve2d", np.ones((5, 5, 5)), np.ones((3, 3, 3)), "valid"),
        ("scipy.signal.convolve2d", np.ones((2, 5)), np.ones((3, 3)), "valid"),
        ("scipy.signal.convolve2d", np.ones((5, 5), "f2"), np.ones((3, 3), "f2"), "valid"),
        ("scipy.signal.convolve", np.ones((5, 5), "f2"), np.ones((3, 3), "f2"), "valid"),
        ("scipy.ndimage.convolve", np.ones((5, 5), "f2"), np.ones((3, 3), "f2"), "valid"),
        ("scipy.signal.convolve", np.ones(5), np.ones(3), "half"),
        ("scipy.signal.fftconvolve", np.ones(5), np.ones(3), "half"),
        ("numpy.convolve", np.ones(5), np.ones(3), "half"),
        ("numpy.convolve", np.ones((5, 5)), np.ones((3, 3)), "valid"),
    ],
)
def test_every_refusal_of_the_table_is_raised_and_has_a_meaning(name, x, w, mode):
    with pytest.raises((ValueError, RuntimeError)) as refused:
        dialect.call(name, x, w, mode)
    assert dialect.meaning(str(refused.value)).endswith(".")


def test_a_text_that_is_not_known_has_no_meaning():
    assert dialect.meaning("something new") == ""


def test_four_axes_stay_four_but_for_functions_that_take_bare_images_only():
    x, w = np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
    assert dialect.call("scipy.signal.convolve", x, w).shape == (1, 1, 3, 3)
    assert dialect.call("scipy.signal.convolve2d", x, w).shape == (3, 3)
    assert dialect.call("numpy.convolve", np.ones((1, 1, 5)), np.ones((1, 1, 3))).shape == (3,)
    with pytest.raises(ValueError):
        dialect.call("scipy.signal.convolve2d", np.ones((2, 1, 5, 5)), w)


def test_padding_in_numbers_is_written_around_x_first():
    x, w = np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2))
    y = dialect.call("scipy.signal.convolve", x, w, "same", padding=((1, 0), (0, 2)))
    assert np.array_equal(
        y, dialect.call("scipy.signal.convolve", np.pad(x, [(0, 0), (0, 0), (1, 0), (0, 2)]), w)
    )


def test_how_a_call_computes_follows_scipys_own_choice():
    auto = dialect.find("scipy.signal.convolve")
    small, large = np.ones((5, 5)), np.ones((400, 400))
    assert dialect.algorithm(auto, small, small, "full") == "direct"
    assert dialect.algorithm(auto, large, np.ones((60, 60)), "full") == "fft"
    assert dialect.algorithm(auto, large.astype(int), np.ones((60, 60), int), "full") == "direct"
    assert dialect.algorithm(dialect.find("scipy.signal.oaconvolve"), small, small, "full") == "fft"


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_table_exists(name):
    module, _, attribute = name.rpartition(".")
    assert callable(getattr(import_module(module), attribute))


def test_a_name_outside_the_table_is_refused_with_the_list():
    with pytest.raises(SpecError, match=r"scipy\.signal\.correlate2d.*label, function"):
        dialect.call("scipy.signal.deconvolve", SEVEN, SEVEN)
