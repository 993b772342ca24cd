"""Lesson 04: what is asked, and the ways of being wrong about it."""

import numpy as np
from scipy import signal

from convlab.workshop import Case, Exercise, Mistake
from convlab.workshop.stacks import (
    bound,
    cut,
    cuts,
    given,
    images_first,
    in_its_dtype,
    only,
    reshaped,
    right,
    source,
    stack_valid,
    then,
    usual,
    where,
)
from convlab.workshop.windows import distinct, slide

SHAPES = {  # what is added to the usual check: stack, filter, dtype of the stack
    "all": [((7, 9, 4), (4, 1), "uint8"), ((8, 6, 3), (2, 5), "int64")],
    "nothing": [((6, 6, 5), (3, 3), "int64"), ((8, 8, 6), (5, 5), "float64"), ((5, 5, 4), (3, 3), "float32")],
    "few images": [((3, 3, 2), (3, 3), "int64"), ((6, 6, 1), (5, 5), "float64")],
    "one tap": [((4, 4, 2), (1, 1), "int64"), ((5, 5, 3), (1, 1), "float64"), ((3, 3, 1), (1, 1), "int64")],
    "two taps": [((5, 5, 2), (2, 2), "int64"), ((4, 4, 3), (2, 2), "float64"), ((6, 6, 2), (2, 2), "int64")],
    "even": [((6, 6, 2), (4, 4), "int64"), ((7, 7, 3), (4, 4), "float64"), ((8, 8, 2), (6, 6), "int64")],
    "filter": [((7, 7, 2), (3, 5), "int64"), ((6, 6, 3), (5, 3), "float64"), ((8, 8, 2), (3, 7), "int64")],
    "dtype": [((5, 5, 2), (3, 3), "uint8"), ((6, 6, 2), (3, 3), "uint8"), ((7, 7, 2), (5, 5), "uint8")],
    "wide image": [
        ((5, 7, 2), (3, 3), "int64"),
        ((8, 6, 3), (3, 3), "float64"),
        ((6, 9, 2), (5, 5), "int64"),
    ],
}


def drawn(rng, shape, dtype):
    """Draw a stack: bright pixels for uint8, else numbers of both signs."""
    if dtype == "uint8":
        return rng.integers(100, 256, shape, np.uint8)
    return rng.integers(-9, 10, shape).astype(dtype)


def numbers(rng, taps):
    """Draw a filter of different numbers; a large one has more taps than there are small whole numbers."""
    return distinct(rng, taps) if taps[0] * taps[1] <= 24 else rng.integers(-9, 10, taps)


def cases(rng):
    """Draw the cases after the golden one: all difficulties at once, then none, then one at a time."""
    for name, shapes in SHAPES.items():
        for shape, taps, dtype in shapes:
            w = numbers(rng, taps)
            # a broken number is lost in a stack of whole ones, and a large one wraps in 8 bits
            yield Case((drawn(rng, shape, dtype), abs(w) + 0.5 if name in ("all", "dtype") else w))


def along(axis):
    """Return the answers whose filter has its axis of length 1 in a wrong place: SciPy's valid, and ndimage cut."""

    def by_signal(stack, filter):
        return signal.convolve(stack, np.expand_dims(filter, axis), "valid", method="direct")

    return by_signal, *(cut(right, axis, border) for border in ("reflect", "constant"))


def each(mode="valid", **same):
    """Return the answer that goes image by image, by the definition in one mode."""
    return lambda stack, w: np.stack(
        [slide(stack[..., n], w, mode, **same) for n in range(stack.shape[2])], -1
    )


def height(filter):
    """Take the height of the filter for both."""
    return filter.shape[0], filter.shape[0]


def width(filter):
    """Take the width of the filter for both."""
    return filter.shape[1], filter.shape[1]


IN_SOURCE_004 = (  # in the order of how well they hide
    Mistake(
        "even filter",
        "For an even filter your result has the right size and stands one place off. K − 1 is odd then, so one side "
        "loses more than the other, and ndimage's output loses the smaller half in front.",
        cuts(
            where(lambda k: k % 2 == 0 and k > 2, source),
            where(lambda k: k % 2 == 0, lambda k, n: slice(k // 2, n - (k - 1) // 2)),
        ),
        alone_when=only("even"),
    ),
    Mistake(
        "own dtype",
        "The sums are right and do not survive: ndimage answers in the dtype of the stack. 8 bits wrap at 256, and "
        "whole numbers lose what stands after the point. Ask it for output=float, or hand it floats.",
        (
            in_its_dtype,
            lambda stack, w: (
                np.clip(stack_valid(stack, w), 0, 255) if stack.dtype == np.uint8 else in_its_dtype(stack, w)
            ),
        ),
        alone_when=only("dtype"),
    ),
    Mistake(
        "one or two taps",
        "With one tap or two nothing is left: the slice ends where it begins, or before. "
        "An end that is counted from behind needs a minus in front of something that may be 0.",
        cuts(where(lambda k: k <= 2, source)),
        alone_when=only("one tap", "two taps"),
    ),
    Mistake(
        "one size for the filter",
        "You cut rows and columns by the same number: right for square filters only. "
        "Take the height of the filter for the rows, and its width for the columns.",
        (*cuts(right, taps=height), *cuts(right, taps=width)),
        alone_when=only("filter"),
    ),
)

OF_THE_CROP = (
    Mistake(
        "minus zero",
        "With one tap nothing is left. Nothing hangs over, so nothing has to go; but to Python -0 is 0, and a slice "
        "that ends at 0 is empty. Count the end from the front: n minus what has to go.",
        cuts(lambda k, n: slice((k - 1) // 2, -(k // 2))),
        alone_when=only("one tap"),
    ),
    Mistake(
        "alike on both sides",
        "You cut the same from both sides. In all K − 1 have to go, and for an even filter that is an odd number: "
        "one side loses one more.",
        cuts(
            lambda k, n: slice(k // 2, n - k // 2),
            lambda k, n: slice((k - 1) // 2, n - (k - 1) // 2),
        ),
        alone_when=only("even"),
    ),
    Mistake(
        "from a corner",
        "The size is right and the place is wrong: you cut all K − 1 off one side. "
        "ndimage lets the window hang over on both.",
        cuts(lambda k, n: slice(0, n - k + 1), lambda k, n: slice(k - 1, n)),
    ),
    Mistake(
        "not cut",
        "Your images are as large as before: at the edge ndimage makes pixels up. "
        "Valid keeps the places where the filter lies wholly on the image.",
        (*cuts(lambda k, n: slice(None)), each("same"), each("half")),
    ),
    Mistake(
        "full",
        "You returned the full tables, larger than the images. Valid keeps h − kh + 1 rows and w − kw + 1 columns.",
        (each("full"),),
    ),
    Mistake(
        "last missing",
        "The last row or column is missing. The filter has n − k + 1 places along an axis, the first and the last "
        "included.",
        (then(lambda y: y[:-1, :-1]), then(lambda y: y[:-1]), then(lambda y: y[:, :-1])),
    ),
    Mistake(
        "one size for the image",
        "You used the height of the images for their width too: right for square images only.",
        (
            lambda stack, w: stack_valid(stack[:, : len(stack)], w),
            lambda stack, w: stack_valid(stack[: stack.shape[1]], w),
        ),
        alone_when=only("wide image"),
    ),
)

OF_THE_STACK = (
    Mistake(
        "axis in front",
        "The filter's axis of length 1 stands in front, where this stack has its rows. So the filter slid over columns "
        "and images, and mixed neighbours in the stack.",
        along(0),
    ),
    Mistake(
        "axis in the middle",
        "The filter's axis of length 1 stands in the middle, where this stack has its columns. So the filter slid over "
        "rows and images, and mixed neighbours in the stack.",
        along(1),
    ),
    Mistake(
        "images added up",
        "You added the images up, as a layer does with its channels. Here each image keeps a result of its own.",
        (then(lambda y: y.sum(2)), then(lambda y: y.sum(2, keepdims=True))),
    ),
    Mistake(
        "one image",
        "You returned one image. The whole stack was asked for.",
        (
            then(lambda y: y[..., 0]),
            then(lambda y: y[..., :1]),
            then(lambda y: y[..., -1]),
            then(lambda y: y[..., -1:]),
        ),
    ),
    Mistake(
        "images first",
        "Your images stand first. They came last, [h, w, image], and should go back like that: "
        "np.moveaxis, or np.stack(..., -1).",
        (then(images_first),),
    ),
    Mistake(
        "reshaped",
        "You reshaped the stack where it had to be transposed. reshape keeps the numbers in their order and cuts them "
        "anew; the pixels of one image do not lie together here.",
        (reshaped, lambda stack, w: images_first(reshaped(stack, w))),
    ),
    Mistake(
        "images backwards",
        "Your images stand in the opposite order. To turn the filter is to turn its rows and columns; the stack is "
        "not part of it.",
        (then(lambda y: y[..., ::-1]),),
    ),
    Mistake(
        "rows for columns",
        "Every image is transposed: rows and columns have changed places. The first index is the row.",
        (then(lambda y: y.swapaxes(0, 1)),),
    ),
)

OF_THE_FILTER = (
    Mistake(
        "unflipped",
        "You correlated: the filter was not turned. ndimage.correlate, and a sum over the window as it lies, "
        "leave that out.",
        (each(flip=False),),
    ),
    Mistake(
        "half flipped",
        "One axis of the filter is turned, the other is not. A convolution turns rows and columns.",
        (given(lambda w: w[::-1]), given(lambda w: w[:, ::-1])),
    ),
    Mistake(
        "filter transposed",
        "You transposed the filter: its rows became columns.",
        (given(np.transpose), given(lambda w: w.T[::-1, ::-1])),
    ),
    Mistake(
        "mean",
        "You took a mean: a convolution adds its products and divides by nothing.",
        (lambda stack, w: stack_valid(stack, w) / w.size, lambda stack, w: stack_valid(stack, w) / w.sum()),
    ),
)

EXERCISE = Exercise(
    function="stack_valid",
    question="Mend source 004's line so that it convolves every image of a stack [h, w, image] with a filter of any "
    "size, and keeps what is valid.",
    definition=stack_valid,
    golden=Case(
        (np.arange(32).reshape(4, 4, 2), np.array([[1, 10, 0], [0, 0, 0], [0, 0, 100]])),
        expected=[[[200, 311], [422, 533]], [[1088, 1199], [1310, 1421]]],
    ),
    cases=cases,
    bound=bound,
    mistakes=(*IN_SOURCE_004, *OF_THE_CROP, *OF_THE_STACK, *OF_THE_FILTER),
    hints=(
        "Try filters of 1, 2, 3 and 4 taps on 9 pixels. How many places has each? Which of ndimage's 9 outputs saw "
        "nothing but pixels? And what does 200 + 100 give, when the stack holds 8 bits?",
        "ndimage always answers with as many outputs as pixels, so K − 1 of them saw something made up. For odd K half "
        "of those stand on either side; for even K that does not divide. Rows go with the filter's height, columns "
        "with its width. And two slices in a list are no longer an index: NumPy wants a tuple.",
        "4 taps on 9 pixels: ndimage's output i reads pixels i − 1 to i + 2. Output 0 begins at pixel −1, and output 7 "
        "ends at pixel 9: both saw what is not there, and so did output 8. Six are left, 1 to 6: one was cut in front, "
        "two behind.",
    ),
    shape_rule="Valid gives h − kh + 1 rows, w − kw + 1 columns, and as many images as came in, in the last place.",
    praise="One call for the whole stack, right for filters of one tap and of six, of any shape, and for pixels of "
    "8 bits.",
    plain=usual,
    blind=(
        usual,
        "With square images and filters of 3 × 3 or 11 × 11 it is right: a test of those cannot tell.",
    ),
    shown_as=images_first,
)
