"""Four kinds of no, each a sentence of three parts."""

import pytest

from convlab.errors import ConvLabError, Refused, SpecError, Unavailable, Unsupported


@pytest.mark.parametrize("kind", [SpecError, Unsupported, Unavailable, Refused])
def test_a_no_keeps_its_three_parts_and_joins_them_in_order(kind):
    error = kind("Asked for this.", "Found that.", "Try the other.")
    assert (error.asked, error.found, error.hint) == ("Asked for this.", "Found that.", "Try the other.")
    assert str(error) == "Asked for this. Found that. Try the other."
    assert isinstance(error, ConvLabError)


def test_a_missing_part_leaves_no_gap():
    assert str(SpecError("Asked for this.", hint="Try the other.")) == "Asked for this. Try the other."


def test_every_kind_has_a_name_of_its_own():
    names = {kind.kind for kind in (ConvLabError, SpecError, Unsupported, Unavailable, Refused)}
    assert len(names) == 5


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (SpecError, ValueError),
        (Unsupported, NotImplementedError),
        (Unavailable, RuntimeError),
        (Refused, RuntimeError),
    ],
)
def test_a_no_is_caught_by_the_builtin_that_fits(kind, builtin):
    with pytest.raises(builtin):
        raise kind("Asked for this.")
