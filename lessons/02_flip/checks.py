"""Lesson 02: what is asked, and the ways of being wrong about it."""

import numpy as np

from convlab.workshop import Case, Exercise, Mistake
from convlab.workshop.mistakes import (
    around,
    cropped,
    given,
    inside,
    matrix_product,
    seeing,
    shared,
    shifted,
    then,
)
from convlab.workshop.windows import distinct, flat_filter, picture, plain, rounding, slide

SHAPES = {  # image, filter, dtype of the image
    "square": ((6, 6), (3, 3), "int64"),
    "even": ((5, 5), (2, 2), "int64"),
    "wide": ((5, 8), (3, 3), "int64"),
    "tall filter": ((6, 6), (3, 2), "int64"),
    "wide filter": ((7, 5), (2, 4), "int64"),
    "noise": ((5, 7), (4, 3), "float64"),
    "single precision": ((7, 7), (3, 3), "float32"),
    "as large as the image": ((4, 3), (4, 3), "float64"),
    "pixels": ((6, 5), (3, 3), "uint8"),
    "more pixels": ((5, 5), (2, 3), "uint8"),
}


def cases(rng):
    """Draw the cases after the golden one: ones, which cannot tell, then filters that no turn leaves as they are."""
    yield Case((np.arange(25).reshape(5, 5), np.ones((3, 3))))
    yield Case((np.arange(24).reshape(4, 6), np.ones((2, 3))))
    for space, taps, dtype in SHAPES.values():
        filter = distinct(rng, taps)
        # whole numbers in floats: pixels with a float filter, as a picture file and a program would hand them over
        yield Case((picture(rng, space, dtype), abs(filter).astype(float) if dtype == "uint8" else filter))


def turn(array):
    """Turn by half a turn: both axes backwards."""
    return array[::-1, ::-1]


def rows(array):
    """Turn the rows only."""
    return array[::-1]


def columns(array):
    """Turn the columns only."""
    return array[:, ::-1]


correlate = inside("valid", flip=False)

MISTAKES = (
    Mistake(
        "unflipped",
        "You correlated: the filter was not turned. "
        "A convolution reads the filter from its other end, along both axes.",
        (correlate,),
    ),
    Mistake(
        "rows only",
        "Only one axis is turned: the rows run backwards, the columns still run forwards. "
        "A convolution turns both.",
        (given(rows, correlate),),
    ),
    Mistake(
        "columns only",
        "Only one axis is turned: the columns run backwards, the rows still run forwards. "
        "A convolution turns both.",
        (given(columns, correlate),),
    ),
    Mistake(
        "filter transposed",
        "You transposed the filter: rows became columns. That mirrors it in its diagonal; "
        "half a turn leaves rows as rows and reads them backwards.",
        (given(np.transpose, correlate), given(np.transpose)),
    ),
    Mistake(
        "quarter turn",
        "You turned the filter by a quarter: rot90 turns once for 90 degrees. Half a turn is two of them.",
        (given(np.rot90, correlate), given(lambda w: np.rot90(w, -1), correlate)),
    ),
    Mistake(
        "output turned",
        "You rotated the output instead of the filter: that works only for symmetric images. "
        "The two look alike on paper and differ in their numbers.",
        (then(turn, correlate),),
    ),
    Mistake(
        "image turned",
        "You turned the image instead of the filter: every number appears, but in the opposite corner. "
        "Leave the image and the output as they are.",
        (seeing(turn, correlate),),
    ),
    Mistake(
        "turned about the first tap",
        "Your filter is turned about its first tap: to Python, index -0 is 0. "
        "The last tap of k has index k − 1, or -1.",
        (given(lambda w: np.roll(turn(w), 1, (0, 1)), correlate),),
    ),
    Mistake(
        "sign",
        "You changed the sign: to flip a filter is to turn it, not to negate it. "
        "Its numbers stay; their places change.",
        (then(np.negative), then(np.negative, correlate)),
    ),
    Mistake(
        "full",
        "You returned the full table, which also counts windows that hang over the edge. "
        "Valid keeps those that lie wholly on the image: M − m + 1 along each axis.",
        (inside("full"), inside("full", flip=False)),
    ),
    Mistake(
        "same",
        "You returned a table as large as the image, or nearly: zeros were put around it. "
        "Valid puts none: M − m + 1 along each axis.",
        (*(inside(mode, flip=flip) for mode in ("same", "half") for flip in (True, False)), around),
    ),
    Mistake(
        "cropped at the corner",
        "The size is right and the place is wrong: you cut the valid size out of the corner of a larger table. "
        "In full, valid begins at row kh − 1 and column kw − 1.",
        (cropped(0, 0), cropped(0, 0, "same"), cropped(1, 1)),
    ),
    Mistake(
        "off by one",
        "Your windows stand one place off. The first one begins at the image's first row and column.",
        (shifted(1, 1), shifted(-1, -1), shifted(1, 0), shifted(0, 1), shifted(-1, 0), shifted(0, -1)),
    ),
    Mistake(
        "matrix product",
        "You multiplied the window and the filter as matrices, with @ or dot. "
        "Multiply place by place, with *, and add up the products.",
        (matrix_product, given(turn, matrix_product)),
    ),
    *shared(slide),
)

EXERCISE = Exercise(
    function="convolution",
    question="Repair the loop of source 001 so that it gives what Theano gives: "
    'scipy.signal.convolve2d(image, filter, "valid").',
    definition=slide,
    golden=Case(
        (np.arange(16).reshape(4, 4), np.arange(1, 10).reshape(3, 3)), expected=[[147, 192], [327, 372]]
    ),
    cases=cases,
    bound=rounding("valid"),
    mistakes=MISTAKES,
    hints=(
        "Your loop meets the window's first pixel with the filter's first tap. Which tap does a convolution take "
        "first?",
        "Nothing is wrong with the sums, and nothing has to be done to the image or to the output. "
        "It is the filter that is read from the other end: its rows and its columns.",
        "For one axis: filter[::-1] reads (1, 2, 3) as (3, 2, 1). A filter has two axes, so its first row becomes "
        "(9, 8, 7). And when filter.shape is (3, 2), one number k cannot be both.",
    ),
    shape_rule="Valid gives M − m + 1 along each axis: the places where the filter lies wholly on the image.",
    praise="You turned the filter on both axes, and gave each axis its own size: these are Theano's numbers, "
    "and SciPy's.",
    plain=plain,
    blind=(flat_filter, "It passes with a filter of ones: a test that tries only ones cannot tell."),
)
