"""The words that run a layer backwards, and those of filters place by place: shapes that lead there, identities."""

from itertools import product

import numpy as np
import pytest

from convlab import theano
from convlab.dialects.theano import read_options
from convlab.errors import SpecError
from tests.golden import whole

LAYERS = [  # input, filters, and how the window moves: valid, padded, strided, dilated
    ((1, 2, 7, 8), (3, 2, 3, 2), {}),
    ((2, 1, 6, 9), (2, 1, 2, 4), {"border_mode": "full", "subsample": (2, 1)}),
    ((1, 1, 9, 7), (1, 1, 3, 3), {"border_mode": "half", "subsample": (2, 3)}),
    ((1, 2, 8, 8), (2, 1, 2, 3), {"num_groups": 2, "filter_dilation": (2, 1), "filter_flip": False}),
    ((2, 2, 9, 9), (2, 2, 3, 3), {"border_mode": ((0, 1), (2, 1)), "subsample": (3, 2)}),
]


@pytest.mark.parametrize("x_shape, w_shape, words", LAYERS, ids=str)
def test_a_gradient_is_taken_for_every_input_that_leads_to_it_and_for_no_other(x_shape, w_shape, words):
    options = read_options(2, **words)
    top = (x_shape[0], w_shape[0], *options.sizes(x_shape[2:], w_shape[2:]))
    dy, w = whole(*top), whole(*w_shape)
    reached = []
    for rows, columns in product(range(1, 14), repeat=2):
        try:
            dx = theano.conv2d_grad_wrt_inputs(dy, w, (None, None, rows, columns), **words)
        except SpecError as error:
            assert "CorrMM shape inconsistency" in str(error)
        else:
            assert dx.shape == (*x_shape[:2], rows, columns)
            reached.append((rows, columns))
    assert len(reached) == np.prod(options.stride) and x_shape[2:] in reached
    with pytest.raises(SpecError) as caught:
        theano.conv2d_grad_wrt_inputs(dy, w, (None, None, 1, 99), **words)
    spans = [
        f"{min(axis)}" + f" to {max(axis)}" * (len(set(axis)) > 1) for axis in zip(*reached, strict=True)
    ]
    assert caught.value.hint.startswith(f"Give an input of {' × '.join(spans)},")


@pytest.mark.parametrize("x_shape, w_shape, words", LAYERS, ids=str)
def test_a_gradient_of_the_weights_is_taken_for_taps_that_lead_to_it_and_for_no_other(
    x_shape, w_shape, words
):
    options = read_options(2, **words)
    top = (x_shape[0], w_shape[0], *options.sizes(x_shape[2:], w_shape[2:]))
    taken = 0
    for rows, columns in product(range(1, 6), repeat=2):
        leads = options.sizes(x_shape[2:], (rows, columns)) == top[2:]
        try:
            theano.conv2d_grad_wrt_weights(whole(*x_shape), whole(*top), (None, None, rows, columns), **words)
        except SpecError as error:
            assert not leads and "CorrMM shape inconsistency" in str(error)
        else:
            assert leads
            taken += 1
    assert taken


@pytest.mark.parametrize("x_shape, w_shape, words", LAYERS, ids=str)
def test_unshared_filters_that_are_all_alike_are_one_shared_filter(x_shape, w_shape, words):
    x, w = whole(*x_shape), whole(*w_shape)
    y = theano.conv2d(x, w, **words)
    everywhere = np.broadcast_to(w[:, None, None], (w.shape[0], *y.shape[2:], *w.shape[1:]))
    assert np.array_equal(theano.conv2d(x, everywhere, unshared=True, **words), y)
    dy = whole(*y.shape, seed=1)
    dx = theano.conv2d_grad_wrt_inputs(dy, everywhere, x.shape, unshared=True, **words)
    assert np.array_equal(dx, theano.conv2d_grad_wrt_inputs(dy, w, x.shape, **words))
    dw = theano.conv2d_grad_wrt_weights(x, dy, everywhere.shape, unshared=True, **words)
    assert np.array_equal(dw.sum((1, 2)), theano.conv2d_grad_wrt_weights(x, dy, w.shape, **words))


@pytest.mark.parametrize("x_shape, w_shape, words", LAYERS, ids=str)
def test_unshared_gradients_are_adjoint_to_the_layer(x_shape, w_shape, words):
    sizes = read_options(2, **words).sizes(x_shape[2:], w_shape[2:])
    x, w = whole(*x_shape), whole(w_shape[0], *sizes, *w_shape[1:])
    y = theano.conv2d(x, w, unshared=True, **words)
    dy = whole(*y.shape, seed=1)
    dx = theano.conv2d_grad_wrt_inputs(dy, w, x.shape, w.shape, unshared=True, **words)
    dw = theano.conv2d_grad_wrt_weights(x, dy, w.shape, x.shape, unshared=True, **words)
    assert (dy * y).sum() == (dx * x).sum() == (dw * w).sum()


@pytest.mark.parametrize(
    "word, shape, text",
    [
        ("input_shape", (1, 1, None, 5), "input_shape[2] must be a symbolic variable, a constant or None."),
        ("input_shape", (1, 1.5, 5, 5), "input_shape[1] must be a constant or None."),
        ("input_shape", (1, 1, 0, 5), "CorrMM backprop wrt. inputs: impossible output shape"),
        ("input_shape", (1, 1, -2, 5), "There is a negative shape in the graph!"),
        ("input_shape", (1, 1, 5), "it takes 4 sizes"),
        ("input_shape", None, "it takes 4 sizes"),
        ("filter_shape", (1, 1, None, 3), "Theano stops with an AssertionError that says nothing more"),
        ("filter_shape", (1, 1, 0, 3), "CorrMM backprop wrt. weights: impossible output shape"),
    ],
)
def test_a_shape_that_must_be_told_is_told_in_full(word, shape, text):
    dy, x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
    with pytest.raises(SpecError) as caught:
        if word == "input_shape":
            theano.conv2d_grad_wrt_inputs(dy, w, shape)
        else:
            theano.conv2d_grad_wrt_weights(x, dy, shape)
    assert text in str(caught.value) and caught.value.hint


def test_a_declared_filter_shape_of_the_wrong_length_is_refused_in_theanos_spelling():
    dy, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3))
    with pytest.raises(SpecError, match=r"^The lenght of filter_shape was 3, but we expected 4"):
        theano.conv2d_grad_wrt_inputs(dy, w, (1, 1, 5, 5), (1, 1, 3))
