"""Winograd's filtering: the algebra in fractions, every tail, any cut, any number of threads, and where errors end."""

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest

import convlab as cl
from convlab.backends import get
from convlab.backends.numba_winograd import kernels, loops
from convlab.backends.numba_winograd.forms import F2, F4, Form
from convlab.errors import SpecError
from convlab.numerics import AMPLIFIED, BOUNDS, CHAIN, measure, unit_roundoff
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.specs import complaint, integers, reals

NAMES = {"numba-winograd": F4, "numba-winograd-f2": F2}
both = pytest.mark.parametrize("name", NAMES)
forms = pytest.mark.parametrize("form", [F2, F4], ids=["F2", "F4"])


class Fractions:
    """Arithmetic that does not round, with the words of `Lanes`; counts what it is asked for."""

    def __init__(self):
        self.count = 0

    def constant(self, number):
        return Fraction(number)

    def add(self, a, b):
        self.count += 1
        return a + b

    def sub(self, a, b):
        return self.add(a, -b)

    def mul(self, a, b):
        self.count += 1
        return a * b

    def fma(self, a, b, c):
        self.count += 1
        return a * b + c


def fractions(rng, *shape):
    return np.array([Fraction(int(n), int(d)) for n, d in rng.integers(1, 99, (prod(shape), 2))]).reshape(
        shape
    )


def along(step, numbers, square):
    """Apply a transform to the columns of a square, then to the rows."""
    columns = np.array(step(numbers, list(square)))
    return np.array(step(numbers, list(columns.T))).T


@forms
def test_transforms_filter_exactly_in_fractions(form):
    rng, numbers = np.random.default_rng(form.outputs), Fractions()
    x, w = fractions(rng, form.size, form.size), fractions(rng, 3, 3)
    products = along(form.taps, numbers, w) * along(form.inputs, numbers, x)
    found = along(form.sums, numbers, products)
    assert found.shape == (form.outputs, form.outputs)
    for i, j in np.ndindex(found.shape):
        assert found[i, j] == (x[i : i + 3, j : j + 3] * w).sum()


@forms
def test_few_operations_do_what_the_matrices_say(form):
    rng, numbers = np.random.default_rng(1), Fractions()
    for step, matrix in (
        (form.inputs, form.of_inputs),
        (form.taps, form.of_taps),
        (form.sums, form.of_outputs),
    ):
        x = fractions(rng, len(matrix[0]))
        assert step(numbers, list(x)) == list(np.array(matrix) @ x)
    counts = []
    for step, matrix in ((form.inputs, form.of_inputs), (form.sums, form.of_outputs)):
        numbers = Fractions()
        step(numbers, [Fraction(1)] * form.size)
        counts.append((numbers.count, sum(number != 0 for row in matrix for number in row)))
    assert all(found < plain for found, plain in counts)
    assert [found for found, _ in counts] == ([4, 4] if form is F2 else [12, 12])


@forms
def test_inputs_and_outputs_are_transformed_by_numbers_without_rounding(form):
    for row in (*form.of_inputs, *form.of_outputs):
        assert all(Fraction(float(np.float32(float(number)))) == number for number in row)


@forms
def test_the_bound_knows_the_norms_of_the_matrices(form):
    inputs, taps, outputs = (
        np.array(matrix, float) for matrix in (form.of_inputs, form.of_taps, form.of_outputs)
    )
    norms = np.linalg.norm(inputs, axis=1) * np.linalg.norm(taps, axis=1)
    assert (
        (np.abs(outputs) @ norms).max() <= AMPLIFIED[form.outputs] < 1.001 * (np.abs(outputs) @ norms).max()
    )
    assert CHAIN == loops.RUN
    assert form is F2 or amplified(F4) < amplified(Form(4, (Fraction(1), Fraction(2)))) / 1.8


def amplified(form):
    sides = zip(np.array(form.of_inputs, float), np.array(form.of_taps, float), strict=True)
    norms = np.array([np.linalg.norm(row) * np.linalg.norm(taps) for row, taps in sides])
    return (np.abs(np.array(form.of_outputs, float)) @ norms).max()


def drawn(count, seed):
    """Return specs of odd sizes: channels and filters around the widths of vectors and panels, far paddings."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        groups, channels, filters = (
            int(rng.choice(some)) for some in ([1, 1, 2], [1, 3, 16, 17], [1, 5, 64, 65])
        )
        padding = tuple((int(lo), int(hi)) for lo, hi in rng.integers(0, 5, (2, 2)))
        space, dilation = rng.integers(1, 14, 2).tolist(), rng.choice([1, 1, 1, 2, 3], 2).tolist()
        try:
            found.append(
                ConvSpec(
                    (int(rng.integers(1, 3)), groups * channels, *space), (groups * filters, channels, 3, 3),
                    padding=padding, dilation=tuple(dilation), groups=groups, flip=bool(rng.integers(2)),
                    dtype=str(rng.choice(["float32", "float32", "float64"])),
                )
            )  # fmt: skip
        except SpecError:
            continue
    return found


TAILS = [
    ConvSpec((1, c, 5, 6), (f, c, 3, 3), padding=1, flip=False)
    for c, f in product((1, 3, 16, 17), (1, 5, 64, 65))
]
SIZES = [
    ConvSpec((2, 2, n, 14 - n), (3, 2, 3, 3), padding=((n % 3, (n + 1) % 3), (2, n % 2)), dtype=dtype)
    for n in range(1, 14)
    for dtype in ("float32", "float64")
    if n + n % 3 + (n + 1) % 3 >= 3
]
FAR = [
    ConvSpec((1, 1, 4, 70), (1, 1, 3, 3), padding=((7, 5), (3, 90))),
    ConvSpec((1, 2, 3, 200), (17, 2, 3, 3), "full"),  # a row of several pieces
    ConvSpec((3, 1, 1, 1), (2, 1, 3, 3), padding=4, dilation=3),
    ConvSpec((1, 33, 9, 9), (130, 33, 3, 3), "same"),
    ConvSpec((1, 129, 4, 5), (35, 129, 3, 3)),  # channels beyond one and two runs of a sum
    ConvSpec((1, 300, 5, 3), (2, 300, 3, 3), padding=1),
]
ALL = [*TAILS, *SIZES, *FAR, *drawn(25, seed=5)]


@both
def test_all_tails_sizes_and_paddings_stay_within_the_bound(name):
    backend = get(name)
    said = [complaint(backend.run, spec, exact=False, bound=backend.bound, make=reals) for spec in ALL]
    assert [complaint for complaint in said if complaint] == []


def test_whole_numbers_stay_whole_in_tiles_of_two():
    run = get("numba-winograd-f2").run
    assert [said for spec in ALL if (said := complaint(run, spec, exact=True, make=integers))] == []


@both
def test_errors_are_those_that_are_promised(name):
    spec = ConvSpec((2, 64, 20, 20), (16, 64, 3, 3), padding=1)
    x, w = (
        np.random.default_rng(0).normal(size=shape).astype("float32")
        for shape in (spec.x_shape, spec.w_shape)
    )
    truth = judge(x, w, spec)
    largest = np.abs(get(name).run(x, w, spec) - truth).max() / np.abs(truth).max()
    assert largest < (2.5e-6 if NAMES[name] is F4 else 8e-7)


@both
def test_a_bound_is_passed_by_sums_in_half_precision_and_by_a_lost_tap(name):
    spec = ConvSpec((1, 16, 9, 9), (4, 16, 3, 3), padding=1)
    x, w = (
        np.random.default_rng(2).normal(size=shape).astype("float32")
        for shape in (spec.x_shape, spec.w_shape)
    )
    truth, lost = judge(x, w, spec), w.copy()
    bound = BOUNDS[get(name).bound](x, w, spec, truth)
    lost[:, 5, 1, 0] = 0
    rough = judge(x.astype("float16"), w.astype("float16"), spec)
    assert measure(get(name).run(x, w, spec), truth, bound).share < 0.2
    assert measure(rough, truth, bound).share > 1.2 and measure(judge(x, lost, spec), truth, bound).share > 20


@pytest.mark.parametrize("channels", [1, 60, 700])
@both
def test_channels_that_are_all_the_same_stay_within_the_bound(name, channels):
    spec = ConvSpec((1, channels, 9, 9), (3, channels, 3, 3))
    one = np.random.default_rng(3)
    x = np.repeat(one.normal(size=(1, 1, 9, 9)), channels, 1).astype("float32")
    w = np.repeat(one.normal(size=(3, 1, 3, 3)), channels, 1).astype("float32")
    truth = judge(x, w, spec)
    assert measure(get(name).run(x, w, spec), truth, BOUNDS[get(name).bound](x, w, spec, truth)).share < 0.9


@both
def test_a_bound_at_some_places_is_the_bound_there(name):
    spec = ConvSpec((2, 4, 7, 6), (6, 2, 3, 3), padding=2, groups=2, dilation=(1, 2))
    x, w = reals(spec)
    truth, bound = judge(x, w, spec), BOUNDS[get(name).bound]
    places = np.argwhere(np.random.default_rng(0).random(spec.y_shape) < 0.1)
    at = tuple(places.T)
    assert np.allclose(bound(x, w, spec, truth[at], places), bound(x, w, spec, truth)[at], rtol=1e-12)


# ---- what is refused, and what is said


@pytest.mark.parametrize(
    "spec, word",
    [
        (ConvSpec((1, 1, 9, 9), (1, 1, 5, 3)), "5 × 3 taps"),
        (ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), stride=(1, 2)), "stride is 1 × 2"),
        (ConvSpec((1, 1, 9), (1, 1, 3)), "1 spatial axis"),
        (ConvSpec((1, 1, 9, 9, 9), (1, 1, 3, 3, 3)), "3 spatial axes"),
        (ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), dtype="float16"), "float16"),
        (ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), dtype="longdouble"), "longdouble"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@both
def test_what_is_no_window_of_three_by_three_is_refused_in_a_sentence(name, spec, word):
    said = get(name).supports(spec)
    assert word in said and said.endswith(".")


@both
def test_outputs_that_are_dropped_are_counted(name):
    made = NAMES[name].outputs
    assert get(name).wastes(ConvSpec((1, 1, 10, 10), (1, 1, 3, 3))) is None
    size = made * -(-7 // made)
    assert get(name).wastes(ConvSpec((1, 1, 9, 9), (1, 1, 3, 3))) == f"Computes {size**2} values to keep 49."


def test_a_comparison_tells_of_tiles_where_a_nan_has_spread():
    x, w = reals(ConvSpec((1, 1, 12, 12), (2, 1, 3, 3)))
    x = np.where(np.arange(144).reshape(x.shape) == 65, np.float32(np.nan), x)
    (row,) = cl.compare(x, w, against=["numba-winograd"]).rows
    assert (
        row.verdict == "convention"
        and "mixes the 6 × 6 inputs of a tile. The definition keeps it" in row.sentence
    )


@both
def test_gradients_stay_within_the_bound(name):
    spec, backend = ConvSpec((2, 5, 9, 11), (18, 5, 3, 3), padding=1), get(name)
    x, w = reals(spec)
    dy = np.random.default_rng(1).normal(size=spec.y_shape).astype("float32")
    truth = get("numpy-loops")
    pairs = (
        (backend.dgrad(dy, w, spec), truth.dgrad(dy, w, spec)),
        (backend.wgrad(x, dy, spec), truth.wgrad(x, dy, spec)),
    )
    for found, wanted in pairs:
        assert np.abs(found - wanted).max() < 64 * unit_roundoff("float32") * np.abs(wanted).max()


def test_the_native_functions_read_what_their_words_say():
    """A transposed square comes back when it is transposed again: the shuffles, in any width."""

    class Tuples:
        def __init__(self, count):
            self.count = count

        def shuffle(self, a, b, places):
            return [(a + b)[place] for place in places]

    for count in (2, 4, 8, 16):
        square = [[(i, j) for j in range(count)] for i in range(count)]
        turned = kernels.transposed(Tuples(count), square)
        assert turned == [list(column) for column in zip(*square, strict=True)]
