"""What operands can tell: blind filters, ramps, constants, and a filter that sees."""

import numpy as np
import pytest

import convlab as cl
from convlab.compare import Yardstick, sight
from convlab.compare.turns import asked, relative, turns
from convlab.operands import prepare

NOISE = np.random.default_rng(7).integers(-9, 10, (9, 9)).astype(float)
RAMP = np.arange(25.0).reshape(5, 5)
GAUSS = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]).astype(float)
SOBEL = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
EMBOSS = np.array([[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]])
NINE = np.arange(1.0, 10).reshape(3, 3)


def see(x, w, **same):
    return sight(Yardstick.of(prepare(x, w, **same)))


def same(seen):
    return {one.name for one in seen.orientations if one.same}


@pytest.mark.parametrize(
    "w, distinct, alike",
    [
        (np.ones((3, 3)), 1, 8),
        (GAUSS, 1, 8),
        (np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]), 1, 8),
        (np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]), 1, 8),
        (NINE, 8, 1),
        (np.eye(3), 2, 4),
        (EMBOSS, 4, 2),
    ],
)
def test_the_popular_filters_hide_what_the_finding_says(w, distinct, alike):
    seen = see(NOISE, w)
    assert (seen.distinct, len(same(seen))) == (distinct, alike)
    assert seen.is_clear == (distinct == 8) == (seen.warnings == ())


def test_sobel_only_changes_its_sign_and_the_warning_says_so():
    seen = see(NOISE, SOBEL)
    assert same(seen) == {"turned by 180°", "columns turned"}
    assert {one.name for one in seen.orientations if one.negated} == {"as given", "rows turned"}
    assert any("only the sign changes" in said for said in seen.warnings)


@pytest.mark.parametrize(
    "w",
    [np.ones((3, 3)), SOBEL, GAUSS, EMBOSS, np.ones((2, 3)), np.ones((2, 3, 2, 2)), np.ones((1, 1, 2, 2, 2))],
)
def test_the_telling_filter_tells_on_the_same_x(w):
    shape = (1, w.shape[1], *(6,) * (w.ndim - 2)) if w.ndim > 2 else (6, 6)
    x = np.random.default_rng(1).integers(-9, 10, shape).astype(float)
    blind = see(x, w)
    assert not blind.is_clear and blind.warnings and blind.telling.shape[-w.ndim :] == w.shape
    assert any("which can" in said for said in blind.warnings)
    clear = see(x, blind.telling if w.ndim > 2 else blind.telling[0, 0])
    assert clear.is_clear and clear.telling is None


def test_a_constant_image_hides_everything_and_no_filter_is_offered():
    seen = see(np.full((6, 6), 3.0), NINE)
    assert seen.distinct == 1 and seen.telling is None
    assert seen.warnings[0].startswith("Every value of x is 3")


def test_a_ramp_has_windows_of_rank_two_and_a_wrong_turn_adds_one_number():
    seen = see(np.arange(16).reshape(4, 4), NINE)
    assert (seen.rank, seen.most, seen.ramp) == (2, 4, 156.0)
    assert any("x is a ramp" in said and "adds 156 to every value" in said for said in seen.warnings)
    assert see(RAMP, np.ones((3, 3))).rank == 2 and see(NOISE, NINE).rank == 9
    x = np.arange(16).reshape(4, 4)
    assert np.unique(cl.corr(x, NINE) - cl.conv(x, NINE)).tolist() == [156]


def test_channels_that_read_the_same_backwards_are_seen():
    x = np.random.default_rng(2).integers(-9, 10, (1, 3, 5, 5))
    told, alike = np.arange(27).reshape(1, 3, 3, 3), np.tile(NINE, (1, 3, 1, 1))
    assert see(x, told).channels is True and see(x, told).is_clear
    blind = see(x, alike)
    assert (
        blind.channels is False and not blind.is_clear and any("channels" in said for said in blind.warnings)
    )
    assert see(NOISE, NINE).channels is None


@pytest.mark.parametrize(
    "taps, count",
    [
        ((3,), 2),
        ((1,), 1),
        ((3, 3), 8),
        ((2, 3), 4),
        ((1, 3), 2),
        ((1, 1), 1),
        ((2, 2, 2), 8),
        ((2, 1, 3), 4),
    ],
)
def test_only_turns_that_differ_are_counted(taps, count):
    every = turns(taps)
    numbers = np.arange(np.prod(taps)).reshape(taps)
    assert len({turn.of(numbers).tobytes() for turn in every}) == len(every) == count
    assert every[0].index == 0 and every[0] == asked(taps, False)


def test_the_eight_turns_stand_in_the_order_of_rot90():
    w = np.arange(9).reshape(3, 3)
    order = [np.rot90(base, r) for base in (w, w[:, ::-1]) for r in range(4)]
    assert all(np.array_equal(turn.of(w), wanted) for turn, wanted in zip(turns((3, 3)), order))


@pytest.mark.parametrize("taps", [(3,), (3, 3), (2, 3), (2, 3, 2)])
def test_a_relative_turn_undoes_a_reading(taps):
    w = np.arange(np.prod(taps)).reshape(taps)
    for reads in turns(taps):
        for wanted in turns(taps):
            edit = relative(taps, reads, wanted)
            assert np.array_equal(reads.of(edit.of(w)), wanted.of(w))
            assert np.array_equal(eval(edit.code(bare=True), {"w": w}), edit.of(w))


def test_a_filter_of_one_tap_has_nothing_to_hide():
    seen = see(np.arange(18.0).reshape(2, 1, 3, 3), np.ones((3, 1, 1, 1)))
    assert (
        seen.is_clear and len(seen.orientations) == 1 and not any("orientation" in s for s in seen.warnings)
    )


def test_large_operands_are_looked_at_in_a_block_and_in_full_where_that_ties():
    x = np.random.default_rng(0).standard_normal((1, 2, 90, 90))
    told = np.random.default_rng(1).standard_normal((3, 2, 5, 5))
    told[0] = 1.0  # the first filter, which the block looks at, is blind; the others are not
    seen = see(x, told)
    assert seen.distinct == 8
    assert see(x, np.ones((3, 2, 5, 5))).distinct == 1
