"""What a backend will take is known before anything is allocated; who is over a limit hears what would fit."""

import re
from dataclasses import replace
from math import prod

import pytest

from convlab.backends import CATALOGUE, get
from convlab.backends.formula import counted, evaluated, lettered, numbered
from convlab.backends.work import Work
from convlab.errors import Unavailable, Unsupported
from convlab.memory import size
from convlab.spec import ConvSpec
from convlab.timing.admission import gate, rates
from convlab.timing.admission.gate import predict, predict_check, refusal, refusal_of_all
from convlab.timing.admission.limits import Limits, about
from convlab.timing.admission.nearest import nearest
from tests.specs import SPECS
from tests.takers import sample, taken

ALEXNET = ConvSpec((128, 3, 227, 227), (96, 3, 11, 11), stride=4)
LAPTOP = Limits((5 << 30) // 4)  # a quarter of what a machine of 8 GiB has left
HERE = [name for name in CATALOGUE if get(name).unavailable() is None]
HUGE = ConvSpec((65536, 64, 4096, 4096), (64, 64, 3, 3))


def small(name):
    """Return one spec that a backend takes; the real Theano takes what its twins take."""
    return sample({"theano-corrmm": "numpy-corrmm", "theano-convop": "numba-legacy"}.get(name, name))


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_formula_of_a_workspace_comes_to_its_bytes(name):
    backend, specs = get(name), [spec for spec in SPECS if get(name).supports(spec) is None]
    for spec in specs:
        *letters, numbers, result = backend.workspace_formula(spec).split(" = ")
        assert result == size(backend.workspace_bytes(spec)), spec
        plain = numbers.removesuffix(" B").replace("·", "*").replace("/", "//")
        assert eval(plain, {}) == evaluated(numbers) == backend.workspace_bytes(spec), spec
        if letters:  # the same formula, letter by number
            kinds = [re.sub(r"[A-Za-z]\w*|\d+", "#", text) for text in (letters[0], numbers)]
            assert kinds[0] == kinds[1], spec
    assert specs


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_formula_has_letters_wherever_a_backend_takes_memory(name):
    backend, spec = get(name), small(name)
    assert re.search("[A-Z]", backend.workspace_formula(spec).split(" B")[0]) or not backend.workspace_bytes(
        spec
    )


def test_letters_stand_for_the_shapes_of_the_spec():
    spec = ConvSpec((2, 6, 8, 9, 10), (4, 3, 3, 2, 5), "full", stride=(1, 2, 3), dilation=2, groups=2)
    values = {
        "N": 2,
        "C": 6,
        "O": 4,
        "D": 8,
        "H": 9,
        "W": 10,
        "kd": 3,
        "kh": 2,
        "kw": 5,
        "ed": 5,
        "eh": 3,
        "ew": 9,
    }
    values |= dict(zip(("Dp", "Hp", "Wp", "Do", "Ho", "Wo"), (*spec.padded, *spec.y_shape[2:])))
    for letter, value in values.items():
        assert numbered(letter, spec) == str(value), letter
    assert lettered("I·{in}·{b}", spec) == "C/2·D·H·W·4"
    template = "2·N·O·I·{taps}·{out} + C·{padded} + {extent}·{in}"
    assert counted(template, spec) == evaluated(numbered(lettered(template, spec), spec))
    assert counted("2·N·O·I·{taps}·{out}", spec) == 2 * spec.macs


@pytest.mark.parametrize("name", CATALOGUE)
def test_work_is_counted_and_grows_with_the_images(name):
    backend, spec = get(name), small(name)
    more = replace(spec, x_shape=(8 * spec.x_shape[0], *spec.x_shape[1:]))
    once, often = backend.work(spec), backend.work(more)
    assert often.flops > 4 * once.flops > 0 and often.calls >= once.calls >= 1
    assert often.moved_bytes >= once.moved_bytes >= 0
    assert predict(name, more).seconds > predict(name, spec).seconds > 0


def test_a_backend_that_says_nothing_of_its_work_does_that_of_the_definition():
    assert get("numba-legacy").work(ALEXNET) == Work(2 * ALEXNET.macs, 1, 0, "2·N·O·I·{taps}·{out}", "1")


def test_a_prediction_has_operands_workspace_and_what_is_rounded_up():
    found = predict("numpy-corrmm", ALEXNET)
    assert found.io_bytes == 4 * (prod(ALEXNET.x_shape) + prod(ALEXNET.w_shape) + prod(ALEXNET.y_shape))
    assert found.bytes == found.io_bytes + found.workspace_bytes * 9 // 8 + gate.ROUNDED_BYTES
    assert found.workspace_bytes == 4 * 3 * 11 * 11 * 55 * 55


def test_alexnets_first_layer_runs_on_a_laptop_by_two_backends_at_least():
    assert refusal_of_all(ALEXNET, LAPTOP, rates.ASSUMED) is None
    runs = [name for name in HERE if refusal(name, ALEXNET, LAPTOP, rates.ASSUMED) is None]
    assert len(runs) >= 2 and "numpy-im2col" in runs and "numba-direct" in runs


def test_what_was_learnt_on_a_busy_machine_refuses_nobody_that_is_admitted_by_far():
    admitted = [name for name in HERE if refusal(name, ALEXNET, LAPTOP, rates.ASSUMED) is None]
    keys = [f"{name} float32" for name in CATALOGUE]
    busy = rates.Rates(2.0, 1.0, 0.2, 2e-5, dict.fromkeys(keys, rates.FURTHEST))
    assert predict("numpy-im2col", ALEXNET, busy).seconds > LAPTOP.seconds
    far = [n for n in admitted if rates.DOUBT * predict(n, ALEXNET, rates.ASSUMED).seconds < LAPTOP.seconds]
    assert "numpy-im2col" in far
    assert [name for name in far if refusal(name, ALEXNET, LAPTOP, busy)] == []
    assert refusal("numpy-loops", ALEXNET, LAPTOP, busy).kind == "over a limit"


def test_python_loops_are_refused_on_it_with_formula_number_limit_and_the_nearest_size():
    found = refusal("numpy-loops", ALEXNET, LAPTOP, rates.ASSUMED)
    took = predict("numpy-loops", ALEXNET, rates.ASSUMED).seconds
    assert found.kind == "over a limit"
    assert "2·N·O·C·kh·kw·Ho·Wo = 27.0 Gflop" in found.found and "N·O·Ho·Wo = 37,171,200 turns" in found.found
    assert f"about {about(took)} and the limit is 30 s" in found.found
    x = found.change["x_shape"]
    assert f"Use x {x[0]} × 3 × 227 × 227, the nearest size that fits; or " in found.hint
    assert found.sentence == f"{found.asked} {found.found} {found.hint}"


@pytest.mark.parametrize("limits", [Limits(64 << 20), Limits(1 << 40, 0.1)], ids=["bytes", "seconds"])
@pytest.mark.parametrize("name", HERE)
def test_the_change_of_a_refusal_fits_and_one_more_image_does_not(name, limits):
    spec = small(name)
    spec = replace(spec, x_shape=(1 << 22, *spec.x_shape[1:]))
    found = refusal(name, spec, limits, rates.ASSUMED)
    ((count, *rest),) = found.change.values()
    assert refusal(name, replace(spec, **found.change), limits, rates.ASSUMED) is None
    assert refusal(name, replace(spec, x_shape=(count + 1, *rest)), limits, rates.ASSUMED) is not None


def searched(spec, fits):
    """Return what `nearest` is to find, one size after the other: images, then space, filters, channels."""
    (images, channels, *space), (filters, reads, *taps), g = spec.x_shape, spec.w_shape, spec.groups
    least = [max(1, e - sum(pads)) for e, pads in zip(spec.extent, spec.pads)]
    ways = [((n, channels, *space), (filters, reads, *taps)) for n in range(images, 0, -1)]
    for n in range(max(space), 0, -1):
        size = [max(1, side * n // max(space)) for side in space]
        if all(side >= enough for side, enough in zip(size, least)):
            ways.append(((1, channels, *size), (filters, reads, *taps)))
    size = ways[-1][0][2:]
    ways += [((1, channels, *size), (n * g, reads, *taps)) for n in range(filters // g, 0, -1)]
    ways += [((1, n * g, *size), (g, n, *taps)) for n in range(reads, 0, -1)]
    for x_shape, w_shape in ways:
        found = replace(spec, x_shape=x_shape, w_shape=w_shape)
        if fits(found):
            names = ("x_shape", "w_shape")
            return {
                name: getattr(found, name) for name in names if getattr(found, name) != getattr(spec, name)
            }
    return {}


@pytest.mark.parametrize("limit", [30_000_000, 4_000_000, 900_000, 100_000, 30_000, 5_000, 700, 100, 90, 3])
@pytest.mark.parametrize(
    "spec",
    [
        ConvSpec((40, 4, 32, 24), (16, 2, 5, 5), groups=2),
        ConvSpec((3, 2, 9, 40), (6, 2, 3, 2), "same", stride=2),
        ConvSpec((7, 1, 300), (1, 1, 9), padding=2),
    ],
    ids=["groups", "same", "padded"],
)
def test_images_go_first_then_space_then_filters_then_channels(spec, limit):
    def fits(one):
        return one.macs <= limit

    if not fits(spec):
        assert nearest(spec, fits) == searched(spec, fits)


def test_a_size_that_the_backend_does_not_take_is_passed_over():
    spec = ConvSpec((1, 1, 101, 101), (1, 1, 3, 3))
    found = nearest(spec, lambda one: one.space[0] < 60, takes=lambda one: one.space[1] % 8 == 0)
    assert found == {"x_shape": (1, 1, 56, 56)}


def test_the_four_kinds_of_no_keep_their_names(monkeypatch):
    found = refusal("numpy-corrmm", ConvSpec((1, 1, 5), (1, 1, 3)), LAPTOP)
    assert found.kind == Unsupported.kind and "1 spatial axis" in found.found and not found.change
    monkeypatch.setattr(type(get("scipy-fft")), "unavailable", lambda self: "No SciPy.")
    found = refusal("scipy-fft", ALEXNET, LAPTOP)
    assert (found.kind, found.found) == (Unavailable.kind, "No SciPy.")
    found = refusal("numpy-im2col", HUGE, LAPTOP)
    assert "x, w and y alone take" in found.found and "(N·C·H·W + O·C·kh·kw + N·O·Ho·Wo)·4 B" in found.found


def test_where_no_size_fits_the_limits_are_named():
    found = refusal("numpy-loops", ConvSpec((1, 1, 5), (1, 1, 3)), Limits(10), rates.ASSUMED)
    assert found.hint == "Raise the limit: CONVLAB_MAX_BYTES, CONVLAB_MAX_SECONDS." and not found.change


def test_the_operands_and_the_check_are_admitted_too():
    found = refusal_of_all(HUGE, LAPTOP)
    assert found.kind == "over a limit" and "The check takes" in found.found
    assert refusal_of_all(replace(HUGE, **found.change), LAPTOP) is None
    slow = ConvSpec((4096, 1, 28, 28), (64, 1, 5, 5))
    assert refusal_of_all(slow, Limits(1 << 40, 0.01), full_macs=1e12).found.startswith(
        "The check takes about"
    )


@pytest.mark.parametrize("spec", [HUGE, ALEXNET, ConvSpec((4, 6, 20), (4, 3, 5), groups=2)], ids=str)
def test_the_formula_of_the_check_comes_to_its_bytes(spec):
    found = predict_check(spec)
    *_, numbers, result = found.formula.split(" = ")
    assert evaluated(numbers) == found.workspace_bytes and result == size(found.workspace_bytes)


@pytest.mark.parametrize(("name", "spec"), taken(SPECS[:40]), ids=str)
def test_a_small_convolution_is_never_refused(name, spec):
    if prod(spec.y_shape) and name in HERE:
        assert refusal(name, spec, Limits(64 << 20), rates.ASSUMED) is None


def test_who_does_it_instead_is_said_once():
    found = refusal("numba-tiles", ConvSpec((1, 1, 9, 9, 9), (1, 1, 3, 3, 3)))
    assert found.sentence.count("does this one") == 1
    assert refusal("numpy-conv3d", ConvSpec((1, 1, 9, 9), (1, 1, 3, 3))).hint.endswith("does this one.")
