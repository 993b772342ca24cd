"""Exercises that take numbers and return several things, and mistakes that have cases of their own."""

import numpy as np
import pytest

from convlab.workshop import Case, Exercise, Mistake, checker
from convlab.workshop.outcomes import as_numbers


def pair(x, n):
    """Return the definition of a small exercise that takes an array and a number, and returns two things."""
    return x + n, np.array(x.sum())


def two_things(*mistakes):
    grids = [np.arange(k * 24.0).reshape(k, 2, 3, 4) for k in (1, 2, 3)]
    return Exercise(
        "pair", "Add n, and sum.", pair, Case((grids[0], 1)), lambda rng: [Case((grid, 2)) for grid in grids],
        lambda truth, *args: (0.0, 0.0), mistakes, ("a", "b", "c"), "Both have a shape.", "Good.", lambda x, n: n == 1,
        returns=("more", "total"),
    )  # fmt: skip


def test_an_exercise_may_take_numbers_and_return_several_things():
    assert checker.judge("x", two_things(), pair).status == "right"
    assert checker.judge("x", two_things(), lambda x, n: [pair(x, n)[0].tolist(), x.sum()]).status == "right"
    verdict = checker.judge("x", two_things(), lambda x, n: (x + n, 7))
    assert verdict.shown.called == "pair(x 1 × 2 × 3 × 4 float64, n=1)"
    assert "expected total (one number)" in repr(verdict) and "276 expected, 7 found" in repr(verdict)
    assert "returned total of the right shape" in verdict.sentence and verdict.as_dict()["name"] == "total"


def test_of_several_things_the_first_wrong_one_is_named_and_its_plane_is_shown():
    late = Mistake("late", "The sum is late.", (lambda x, n: (None, pair(x, n)[1] + 1),))
    less = Mistake("less", "Subtracted.", (lambda x, n: (x - n, None),))
    exercise = two_things(late, less)
    verdict = checker.judge("x", exercise, lambda x, n: (x - n, x.sum() + 1))
    assert verdict.mistake == "less" and "expected more[0, 0] (3 × 4)" in repr(verdict)
    assert "First difference at row 0, column 0 of more[0, 0]: 1 expected, -1 found." in repr(verdict)
    assert checker.judge("x", exercise, lambda x, n: (x + n, x.sum() + 1)).mistake == "late"
    assert checker.judge("x", exercise, lambda x, n: (x * n, x.sum() + 1)).mistake is None


def test_the_case_that_is_shown_is_one_where_the_first_wrong_thing_is_wrong():
    def answer(x, n):
        return x - n if len(x) == 2 else x + n, x.sum() + 1

    verdict = checker.judge("x", two_things(), answer)
    assert verdict.shown.name == "more" and verdict.shown.called.startswith("pair(x 2 ×")


@pytest.mark.parametrize(
    ("returned", "word", "part"),
    [
        (None, "returned nothing", "None: did you forget return? It should return more and total"),
        (np.ones(3), "wrong type", "an array, length 3. It should return more and total, in this order"),
        (([1], [2], [3]), "wrong type", "It should return more and total"),
        (([1], None), "returned nothing", "pair returned for total None"),
        ((["a"], 1), "wrong type", "pair returned for more an object of type list"),
        (([1], 276), "shape", "pair should return more of 1 × 2 × 3 × 4 here and returned length 1."),
    ],
    ids=["None", "array", "three", "half", "text", "shape"],
)
def test_several_things_are_asked_for_by_name(returned, word, part):
    verdict = checker.judge("x", two_things(), lambda x, n: returned)
    assert verdict.mistake == word and part in verdict.sentence


def test_a_mistake_known_by_cases_of_its_own_is_named_whatever_else_is_wrong():
    def lost(x, n):
        raise IndexError

    doubled = Mistake("two", "n twice.", (lambda x, n: (x + 2 * n, None),), alone_when=lambda x, n: n == 2)
    raising = Mistake("lost", "Lost.", (lost,), alone_when=lambda x, n: n == 2)
    twice = checker.judge("x", two_things(raising, doubled), lambda x, n: (x + 2 * n if n == 2 else x * 9, 0))
    assert (twice.mistake, twice.shown.case.args[1]) == ("two", 2)
    named = checker.judge(
        "x", two_things(raising, doubled), lambda x, n: pair(x, n) if n == 1 else lost(x, n)
    )
    assert (named.mistake, named.shown.case.args[1]) == ("lost", 2)
    other = checker.judge("x", two_things(raising), lambda x, n: pair(x, n) if n == 1 else 1 / 0)
    assert other.mistake == "raised"  # another exception
    assert checker.judge("x", two_things(raising), lost).mistake == "raised"  # it may have any cause


def test_a_set_is_its_numbers_in_order():
    assert as_numbers({3, 1, 2})[0].tolist() == [1, 2, 3]
    assert as_numbers({1, "a"})[1] == "wrong type"


def test_the_advice_on_changed_arrays_names_the_first_argument():
    def changes(x, n):
        x += n
        return x, np.array((x - n).sum())

    assert "begin with x = x.copy()" in checker.judge("x", two_things(), changes).sentence
