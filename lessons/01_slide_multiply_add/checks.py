"""Lesson 01: what is asked, and the ways of being wrong about it."""

import numpy as np

from convlab.workshop import Case, Exercise, Mistake
from convlab.workshop.mistakes import bordered, given, inside, matrix_product, shared
from convlab.workshop.windows import flat_filter, full, mirrored, picture, plain, rounding, slide

SHAPES = {  # image, filter, dtype of the image
    "square": ((5, 5), (3, 3), "int64"),
    "even": ((4, 4), (2, 2), "int64"),
    "wide": ((4, 7), (3, 3), "int64"),
    "tall": ((6, 4), (2, 3), "int64"),
    "tall filter": ((5, 6), (4, 2), "int64"),
    "noise": ((5, 7), (3, 2), "float64"),
    "single precision": ((6, 6), (3, 3), "float32"),
    "as large as the image": ((3, 4), (3, 4), "float64"),
    "pixels": ((5, 4), (3, 3), "uint8"),
    "more pixels": ((4, 4), (2, 3), "uint8"),
}


def cases(rng):
    """Draw the cases after the golden one: a wide filter of ones, then filters that weigh every place differently."""
    yield Case((np.arange(24).reshape(4, 6), np.ones((2, 3))))
    for space, taps, dtype in SHAPES.values():
        filter = mirrored(rng, taps)
        # whole numbers in floats: pixels with a float filter, as a picture file and a program would hand them over
        yield Case((picture(rng, space, dtype), abs(filter).astype(float) if dtype == "uint8" else filter))


def framed(image, filter):
    """Fill in the windows that lie on the image and leave the rest of the table 0."""
    return np.pad(slide(image, filter), [(k - 1, k - 1) for k in filter.shape])


def covered_mean(image, filter):
    """Divide every sum by the number of places that lay on the image."""
    return full(image, filter) / full(np.ones_like(image), np.ones_like(filter))


def entered_late(image, filter):
    """Loop over image[i - u, j - v] and let Python read index -1 as the last row."""
    before = np.pad(image, [(k - 1, 0) for k in filter.shape], "wrap")
    return slide(np.pad(before, [(0, k - 1) for k in filter.shape]), filter)


MISTAKES = (
    Mistake(
        "valid",
        "You kept to the windows that lie wholly on the image: that table is called valid. "
        "Full also counts every window that touches the image at all.",
        (slide,),
    ),
    Mistake(
        "same",
        "You stopped halfway: your windows may hang over the edge by half a filter only. "
        "In full they hang over until one last row or column still touches the image.",
        (inside("same"), inside("half"), bordered(lambda k: (k - 1) // 2, lambda k: k // 2)),
    ),
    Mistake(
        "no partial windows",
        "The table has the right size, but the windows that hang over the edge were left at 0. "
        "Only the places outside add nothing; the places that still lie on the image count.",
        (framed,),
    ),
    Mistake(
        "off by one",
        "Your windows go one place too far: m zeros on a side let the filter leave the image altogether. "
        "At the last position of full, one row or column still touches.",
        (
            bordered(lambda k: k, lambda k: k),
            bordered(lambda k: k, lambda k: k - 1),
            bordered(lambda k: k - 1, lambda k: k),
            bordered(lambda k: k, lambda k: k - 2),
            bordered(lambda k: k - 2, lambda k: k),
        ),
    ),
    Mistake(
        "one side only",
        "All the zeros stand on one side of the image. "
        "The window enters at one edge and leaves at the other: it needs room at both.",
        (
            bordered(lambda k: 2 * (k - 1), lambda k: 0),
            bordered(lambda k: 0, lambda k: 2 * (k - 1)),
            bordered(lambda k: k - 1, lambda k: 0),
            bordered(lambda k: 0, lambda k: k - 1),
        ),
    ),
    Mistake(
        "wrapped",
        "Your windows read the far side of the image where they should find nothing: "
        "to Python, index -1 is the last row, not a place outside. Check the index, or put zeros around the image.",
        (entered_late, bordered(lambda k: k - 1, lambda k: k - 1, "wrap")),
    ),
    Mistake(
        "edge continued",
        "Outside the image you used its own pixels again, repeated or mirrored. "
        "In the full table a place outside adds nothing: zeros.",
        tuple(
            bordered(lambda k: k - 1, lambda k: k - 1, border) for border in ("edge", "symmetric", "reflect")
        ),
    ),
    Mistake(
        "mean of what is covered",
        "You divided each sum by the number of places that lie on the image. "
        "A window that hangs over the edge simply has fewer products to add.",
        (covered_mean,),
    ),
    Mistake(
        "filter transposed",
        "Rows and columns of the filter have changed places. "
        "The first index is the row, in the filter as in the image.",
        (given(np.transpose, full),),
    ),
    Mistake(
        "matrix product",
        "You multiplied the window and the filter as matrices, with @ or dot. "
        "Multiply place by place, with *, and add up the products.",
        (
            lambda image, filter: matrix_product(
                np.pad(image, [(k - 1, k - 1) for k in filter.shape]), filter
            ),
        ),
    ),
    *shared(full),
)

EXERCISE = Exercise(
    function="full",
    question="Return the full table of image and filter: one sum for every position in which they touch.",
    definition=full,
    golden=Case(
        (np.arange(25).reshape(5, 5), np.ones((3, 3))),
        expected=[
            [0, 1, 3, 6, 9, 7, 4],
            [5, 12, 21, 27, 33, 24, 13],
            [15, 33, 54, 63, 72, 51, 27],
            [30, 63, 99, 108, 117, 81, 42],
            [45, 93, 144, 153, 162, 111, 57],
            [35, 72, 111, 117, 123, 84, 43],
            [20, 41, 63, 66, 69, 47, 24],
        ],
    ),
    cases=cases,
    bound=rounding("full"),
    mistakes=MISTAKES,
    hints=(
        "The valid table lacks the windows that hang over the edge. How many rows of the filter may hang over "
        "before it no longer touches the image? That many on each side.",
        "Nothing is skipped at the edge and nothing is divided: a window that hangs over has fewer products to add. "
        "And an index below 0 is no place outside the image: Python counts it from the end.",
        "Top left, with a 3 × 3 filter of ones: only the window's bottom right place touches the image, and the sum is "
        "0·1 = 0. One step to the right it touches two pixels: 0·1 + 1·1 = 1. Put m − 1 rows and n − 1 columns "
        "of zeros around the image, and every window becomes a plain slice.",
    ),
    shape_rule="Full gives M + m − 1 along each axis: from the first touch to the last.",
    praise="Every window that touches the image is counted once, for square and other shapes, in whole and in "
    "broken numbers: that is the full table.",
    plain=plain,
    blind=(flat_filter, "It passes with a filter of ones: a test that tries only ones cannot tell."),
)
