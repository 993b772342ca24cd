"""cl.prefer: what "auto" chooses when the user says what to choose, in the words of Theano's optimizer flags."""

import numpy as np
import pytest

import convlab as cl
from convlab.backends import choose, choose_gradients, get, library, usual
from convlab.backends.preference import NONE, wishes
from convlab.errors import SpecError, Unavailable, Unsupported
from convlab.spec import ConvSpec

SPEC = ConvSpec((1, 2, 9, 10), (3, 2, 3, 3))
LINE = ConvSpec((1, 2, 9), (3, 2, 3))


@pytest.fixture(autouse=True)
def nothing_preferred():
    cl.prefer()
    yield
    cl.prefer()


def test_without_wishes_the_usual_one_is_chosen():
    assert wishes() is NONE and choose(SPEC) == usual(SPEC) == "llvm-direct"


def test_the_first_of_the_order_that_takes_the_spec_is_chosen():
    cl.prefer(order=["numpy-corr3dmm", "numpy-corrmm", "numpy-loops"])
    assert (choose(SPEC), choose(LINE)) == ("numpy-corrmm", "numpy-loops")


def test_an_order_that_takes_nothing_leaves_the_choice_as_it_was():
    cl.prefer(["numpy-corr3dmm"])
    assert choose(SPEC) == "llvm-direct"


def test_what_comes_first_is_chosen_as_soon_as_it_is_there(monkeypatch):
    cl.prefer(["numba-direct"])
    with monkeypatch.context() as lacking:
        lacking.setattr(library, "find_spec", lambda name: None)
        assert choose(SPEC) == "numpy-im2col"
    assert choose(SPEC) == "numba-direct"


def test_what_is_preferred_computes(monkeypatch):
    ran, backend = [], get("numpy-loops")
    run = type(backend).run
    monkeypatch.setattr(type(backend), "run", lambda self, *given: ran.append("y") or run(self, *given))
    cl.prefer("numpy-loops")
    assert cl.conv([1.0, 2.0], [3.0]).tolist() == [3.0, 6.0]
    cl.gradients([1.0, 2.0], [3.0], [1.0, 1.0])
    assert ran == ["y", "y", "y"]


def test_what_is_included_is_chosen_where_it_takes_the_spec():
    cl.prefer(include="numpy-fft")
    assert (choose(SPEC), choose(LINE)) == ("numpy-fft", "llvm-direct")


def test_what_rounds_is_not_chosen_for_whole_numbers_by_including_it_but_by_its_place_in_the_order():
    cl.prefer(include="numpy-fft")
    assert choose(SPEC, exact=True) == "llvm-direct"
    cl.prefer(order="numpy-fft")
    assert choose(SPEC, exact=True) == "numpy-fft"


def test_what_is_excluded_is_never_chosen():
    cl.prefer(exclude="llvm-direct")
    assert choose(SPEC) != "llvm-direct" != choose_gradients(SPEC)
    assert get(choose(SPEC)).is_exact


def test_one_of_the_required_is_chosen_or_none():
    cl.prefer(require=["numpy-corrmm", "numpy-corr3dmm"])
    assert choose(SPEC) == "numpy-corrmm"
    with pytest.raises(
        Unsupported, match=r"numpy-corrmm: x has 1 spatial axis.* numpy-corr3dmm: .*require=\(\)"
    ):
        cl.conv(np.ones(9), np.ones(3))
    with pytest.raises(Unsupported, match=r"the gradients of .* numpy-corrmm"):
        cl.gradients(np.ones(9), np.ones(3), np.ones(7))


def test_requiring_what_this_machine_lacks_is_refused_at_once_and_changes_nothing(monkeypatch):
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    with pytest.raises(Unavailable, match=r"Asked to require numba-direct.*pip install numba"):
        cl.prefer(require="numba-direct")
    assert wishes() is NONE


def test_excluding_everything_is_a_sentence():
    cl.prefer(exclude=[row.name for row in cl.backends()])
    with pytest.raises(Unsupported, match=r"What takes it is excluded: numpy-loops.*exclude=\(\)"):
        cl.conv(np.ones(9), np.ones(3))


@pytest.mark.parametrize("wrong", ["torch", 3, [None], [["numpy-fft"]], "scipy.ndimage.convolve"], ids=repr)
@pytest.mark.parametrize("flag", ["order", "include", "exclude", "require"])
def test_a_name_that_is_none_is_refused_with_those_that_are(flag, wrong):
    with pytest.raises(SpecError, match=r"Asked to prefer the backend .*numba-direct"):
        cl.prefer(**{flag: wrong})
    assert wishes() is NONE


@pytest.mark.parametrize("flag", ["order", "include", "require"])
def test_excluding_what_is_chosen_is_refused(flag):
    with pytest.raises(SpecError, match="exclude numpy-fft and to choose it"):
        cl.prefer(exclude="numpy-fft", **{flag: ["numpy-im2col", "numpy-fft"]})


def test_a_block_puts_the_former_wishes_back_also_after_an_error():
    cl.prefer(order="numpy-loops")
    with pytest.raises(ZeroDivisionError), cl.prefer(order="numpy-corrmm") as inside:
        assert inside.wishes.order == ("numpy-corrmm",) and choose(SPEC) == "numpy-corrmm"
        with cl.prefer(exclude="numpy-im2col"):
            assert choose(SPEC) not in ("numpy-corrmm", "numpy-im2col")
        assert choose(SPEC) == "numpy-corrmm"
        raise ZeroDivisionError
    assert choose(SPEC) == "numpy-loops"


def test_each_call_replaces_the_former_one_whole():
    cl.prefer(order="numpy-loops", exclude="numpy-fft")
    cl.prefer(include="numpy-corrmm")
    assert (wishes().order, wishes().include, wishes().exclude) == ((), ("numpy-corrmm",), ())


def test_theanos_words_compute_as_ever_whatever_is_preferred():
    x, w = np.ones((1, 2, 9, 9)), np.ones((3, 2, 3, 3))
    before = cl.theano.conv2d(x, w)
    cl.prefer(require="numpy-conv3d")  # which takes no such spec
    assert (cl.theano.conv2d(x, w) == before).all()
    assert cl.theano.conv2d_grad_wrt_inputs(before, w, x.shape).shape == x.shape
