"""The check has teeth: a wrong answer is found wherever it is wrong, in whichever bound, however large the question."""

import sys
from dataclasses import replace
from itertools import product
from math import prod
from types import ModuleType

import numpy as np
import pytest

from convlab import reference
from convlab.backends import CATALOGUE, _made
from convlab.backends.numpy_im2col import NumpyIm2col
from convlab.errors import Refused
from convlab.numerics import BOUNDS
from convlab.operands import noise
from convlab.spec import ConvSpec
from convlab.timing.measuring import check
from convlab.timing.races.contest import contest, run
from tests.racing import LIMITS, Here
from tests.specs import SPECS

SPEC = ConvSpec((3, 4, 12, 11), (6, 2, 3, 2), "same", stride=(1, 2), groups=2)
BIG = ConvSpec((99, 1, 70, 190), (80, 1, 3, 3), "full")  # each end of an axis is too rare to be met by chance
EMPTY = [
    ConvSpec((0, 2, 5, 5), (3, 2, 3, 3)), ConvSpec((2, 0, 5), (3, 0, 3)), ConvSpec((2, 2, 5, 5, 5), (0, 2, 3, 3, 3)),
]  # fmt: skip
FORMS = [
    *EMPTY, ConvSpec((2, 3, 20), (4, 3, 5)), ConvSpec((2, 2, 5, 6, 7), (4, 2, 2, 3, 2), "full", dilation=(1, 2, 1)),
    replace(SPEC, dtype="float16"), replace(SPEC, dtype="float64"), replace(SPEC, dtype="longdouble"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_learnt(monkeypatch, tmp_path):
    """Predict by the table, whatever other tests' races have taught this machine's rates."""
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "cache"))


def judged(spec, folder, **more):
    check.judge(*noise(spec), spec, folder, **more)
    return NumpyIm2col().run(*noise(spec), spec)


@pytest.mark.parametrize("spec", [s for s in SPECS if s.macs < 3000 and prod(s.y_shape)], ids=str)
def test_single_values_are_those_of_the_definition_to_the_last_bit(spec):
    x, w = noise(spec)
    places = np.array(list(np.ndindex(*spec.y_shape)))
    assert np.array_equal(reference.at(x, w, spec, places), reference.conv(x, w, spec).ravel())


@pytest.mark.parametrize("room", [1, 100, 600])
@pytest.mark.parametrize("spec", [SPEC, replace(SPEC, groups=1, w_shape=(6, 4, 3, 2))], ids=str)
def test_the_judge_sums_the_same_a_few_images_and_filters_at_a_time(monkeypatch, spec, room):
    x, w = noise(spec)
    monkeypatch.setattr(reference, "IN_CACHE", room)
    assert np.array_equal(reference.judge(x, w, spec), reference.conv(x, w, spec))


@pytest.mark.parametrize("kind", BOUNDS)
def test_a_bound_at_single_places_is_the_bound_there(kind):
    x, w = noise(SPEC)
    y = reference.judge(x, w, SPEC)
    places = check.sample(SPEC, 0)
    some = BOUNDS[kind](x, w, SPEC, y[tuple(places.T)], places)
    np.testing.assert_allclose(some, BOUNDS[kind](x, w, SPEC, y)[tuple(places.T)], rtol=1e-12)


def test_a_disk_that_is_full_is_said_in_a_sentence_and_what_to_do(tmp_path, monkeypatch):
    def full(path, values):
        raise OSError("8192 requested and 512 written")  # as NumPy says it, without an errno

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(
        Refused, match=r"The disk takes no more: 8192 requested and 512 written\. Make room"
    ) as no:
        judged(SPEC, tmp_path)
    assert str(tmp_path.parent) in no.value.asked and "TMPDIR" in no.value.hint


def test_an_answer_without_any_error_tells_the_least_bound(tmp_path):
    y = judged(SPEC, tmp_path)
    np.save(tmp_path / "truth.npy", y.astype(float))
    found = check.check(y, SPEC, tmp_path, "direct")
    assert found.error == found.share == 0 and found.bound == np.load(tmp_path / "direct.npy").min() > 0


@pytest.mark.parametrize("kind", BOUNDS)
@pytest.mark.parametrize("spec", FORMS, ids=str)
@pytest.mark.parametrize("full_macs", [check.FULL_MACS, -1], ids=["full", "sampled"])
def test_a_right_answer_lies_within_the_bound_in_every_form(tmp_path, full_macs, spec, kind):
    y = judged(spec, tmp_path, full_macs=full_macs)
    found = check.check(y, spec, tmp_path, kind)
    assert (
        found.says is None and found.share <= 1 and found.checked == ("full" if full_macs > 0 else "sampled")
    )
    assert (found.error > 0) == (y.size > 0 and spec.dtype not in ("longdouble",) and spec.terms > 0)


@pytest.mark.parametrize("at", [(0, 0, 0, 0), (2, 5, 11, 5), (1, 3, 7, 0)])
@pytest.mark.parametrize("value", [1e-2, np.nan, np.inf])
def test_one_wrong_value_among_all_is_found_and_named(tmp_path, at, value):
    y = judged(SPEC, tmp_path)
    y[at] += value
    found = check.check(y, SPEC, tmp_path, "direct")
    assert found.share > 1 and found.says.startswith(f"y{list(at)} is ") and found.error >= 0.009


@pytest.mark.parametrize("axis", range(4))
@pytest.mark.parametrize("end", [0, -1])
def test_a_sample_holds_the_first_and_last_of_every_axis(axis, end):
    places = check.sample(BIG, 0)
    shape = np.array(BIG.y_shape)
    assert 1000 <= len(places) < prod(BIG.y_shape) and (places >= 0).all() and (places < shape).all()
    assert (places[:, axis] == range(shape[axis])[end]).sum() >= check.EDGES


@pytest.mark.parametrize("axis", range(4))
def test_an_edge_that_is_wrong_is_found_in_a_sample(tmp_path, axis):
    spec = replace(BIG, x_shape=(9, 1, 30, 40), w_shape=(7, 1, 3, 3))
    y = judged(spec, tmp_path, full_macs=0)
    y[tuple(-1 if n == axis else slice(None) for n in range(4))] = 7
    found = check.check(y, spec, tmp_path, "direct")
    assert found.checked == "sampled" and found.share > 1 and found.says


def test_a_sample_holds_every_corner():
    corners = product(*((0, count - 1) for count in BIG.y_shape))
    assert set(corners) <= set(map(tuple, check.sample(BIG, 0).tolist()))


def test_many_values_of_a_tap_or_two_are_sampled_and_not_written_to_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "FULL_BYTES", 24 * 20_000)
    few, many = ConvSpec((1, 1, 100, 200), (1, 1, 1, 1)), ConvSpec((1, 1, 100, 201), (1, 1, 1, 1))
    assert [
        check.check(judged(few, tmp_path), few, tmp_path, "direct").checked,
        len(list(tmp_path.iterdir())),
    ] == ["full", 3]
    found = check.check(judged(many, tmp_path), many, tmp_path, "direct")
    assert found.checked == "sampled" and found.says is None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 24 * 20_000
    assert check.is_full(replace(few, dtype="float64")) and not check.is_full(
        replace(few, dtype="longdouble")
    )


@pytest.mark.parametrize(
    "spec", [BIG, ConvSpec((9, 4, 9000), (8, 4, 3)), ConvSpec((9, 2, 30, 30, 30), (9, 2, 3, 3, 3))]
)
def test_a_sample_is_no_larger_than_is_said_before(spec):
    assert 1000 <= len(check.sample(spec, 0)) <= check.sample_size(spec)


def test_a_sample_is_that_of_its_seed_and_all_of_a_small_answer():
    assert np.array_equal(check.sample(BIG, 3), check.sample(BIG, 3))
    assert not np.array_equal(check.sample(BIG, 3), check.sample(BIG, 4))
    assert len(check.sample(SPEC, 0)) == prod(SPEC.y_shape)


def test_another_shape_or_dtype_is_wrong_whatever_the_numbers_are(tmp_path):
    y = judged(SPEC, tmp_path)
    assert (
        "of shape (3, 6, 12, 5) instead of float32" in check.check(y[..., :-1], SPEC, tmp_path, "direct").says
    )
    assert "float64 of shape" in check.check(y.astype(float), SPEC, tmp_path, "direct").says


def test_many_images_are_compared_part_by_part(tmp_path, monkeypatch):
    y = judged(SPEC, tmp_path)
    whole = check.check(y, SPEC, tmp_path, "direct")
    monkeypatch.setattr(check, "MANY", 1)
    assert check.check(y, SPEC, tmp_path, "direct") == whole
    y[2, 0, 3, 1] = 50
    assert check.check(y, SPEC, tmp_path, "direct").says.startswith("y[2, 0, 3, 1] is 50")


def keeps(x, w, spec, out):
    y = NumpyIm2col().run(x, w, spec)
    return y if out is None else np.add(out, y, out=out)


def turns_wrongly(x, w, spec, out):
    return NumpyIm2col().run(x, w[..., ::-1, ::-1], spec, out)


def halves(x, w, spec, out):
    return NumpyIm2col().run(x.astype(np.float16).astype(x.dtype), w, spec, out)


def crops(x, w, spec, out):
    return NumpyIm2col().run(x, w, spec)[..., 1:]


@pytest.mark.parametrize("run_", [keeps, turns_wrongly, halves, crops], ids=lambda made: made.__name__)
def test_a_planted_backend_is_wrong_in_a_race_and_never_wins(monkeypatch, run_):
    class Planted(NumpyIm2col):
        name = "numpy-planted"

        def run(self, x, w, spec, out=None):
            return run_(x, w, spec, out)

    module = ModuleType("convlab.backends.planted")
    module.Planted = Planted
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(CATALOGUE, "numpy-planted", "planted:Planted")
    _made.cache_clear()
    steps = contest(
        ConvSpec((2, 3, 30, 30), (4, 3, 3, 3)),
        ["numpy-planted", "numpy-im2col"],
        limits=LIMITS,
        budget_s=0.02,
    )
    race = run(steps, Here())
    _made.cache_clear()
    planted, right = race.rows
    assert (planted.state, planted.min_s, right.state) == ("wrong", None, "timed")
    assert planted.says and planted.share > 1 and race.winner is right and race.ties == ()


def test_each_backend_is_held_to_the_bound_of_its_own_algorithm():
    spec = ConvSpec((1, 2, 24, 24), (1, 2, 5, 5))
    race = run(contest(spec, ["numpy-im2col", "numpy-fft"], limits=LIMITS, budget_s=0.02), Here())
    x, w = noise(spec)
    least = BOUNDS["fft"](x, w, spec, reference.judge(x, w, spec)).min()
    direct, transform = (row.bound for row in race.rows)
    assert 0 < direct < least <= transform
