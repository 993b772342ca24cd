"""Wrong answers that people give to "convolve this image with this filter", and their sentences.

The first half makes ways of being wrong, each a function of ``(image, filter)``; the second half holds the mistakes
that every such exercise shares. A lesson adds its own in its checks.py.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convlab.workshop.exercise import Mistake
from convlab.workshop.windows import flat_filter, slide, square_filter, square_image

Answer = Callable[[np.ndarray, np.ndarray], np.ndarray]
Change = Callable[[np.ndarray], np.ndarray]


def given(change: Change, answer: Answer = slide) -> Answer:
    """Return the answer that changes the filter first.

    Examples
    --------
    >>> given(np.transpose)(np.eye(2), np.array([[1, 2], [3, 4]]))
    array([[5.]])
    """
    return lambda image, filter: answer(image, change(filter))


def seeing(change: Change, answer: Answer = slide) -> Answer:
    """Return the answer that changes the image first."""
    return lambda image, filter: answer(change(image), filter)


def then(change: Change, answer: Answer = slide) -> Answer:
    """Return the answer that changes the result afterwards."""
    return lambda image, filter: change(answer(image, filter))


def inside(mode: str, **same: object) -> Answer:
    """Return the definition in one mode."""
    return lambda image, filter: slide(image, filter, mode, **same)


def cropped(top: int, left: int, of: str = "full") -> Answer:
    """Return the answer that cuts the valid size out of a larger table, from a fixed place on."""

    def answer(image: np.ndarray, filter: np.ndarray) -> np.ndarray:
        rows, columns = slide(image, filter).shape
        return slide(image, filter, of)[top : top + rows, left : left + columns]

    return answer


def shifted(rows: int, columns: int) -> Answer:
    """Return the answer of the valid size whose windows stand so many rows and columns too far on."""

    def answer(image: np.ndarray, filter: np.ndarray) -> np.ndarray:
        top, left = (k - 1 + step for k, step in zip(filter.shape, (rows, columns), strict=True))
        return cropped(top, left)(image, filter)

    return answer


def bordered(before: Callable[[int], int], after: Callable[[int], int], border: str = "constant") -> Answer:
    """Return the answer with so much border before and after each axis, from the taps along it."""

    def answer(image: np.ndarray, filter: np.ndarray) -> np.ndarray:
        return slide(np.pad(image, [(before(k), after(k)) for k in filter.shape], border), filter)

    return answer


def stored(dtype: str | None, answer: Answer = slide) -> Answer:
    """Return the answer written into an array of `dtype`; None takes the image's own."""

    def cast(image: np.ndarray, filter: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return answer(image, filter).astype(dtype or image.dtype)

    return cast


def matrix_product(image: np.ndarray, filter: np.ndarray) -> np.ndarray:
    """Multiply windows and filter as matrices, where elementwise products were meant."""
    return (np.lib.stride_tricks.sliding_window_view(image, filter.shape) @ filter).sum((-2, -1))


def around(image: np.ndarray, filter: np.ndarray) -> np.ndarray:
    """Convolve by transforms of the image's own size: what leaves on one side enters on the other."""
    return np.fft.irfft2(np.fft.rfft2(image) * np.fft.rfft2(filter, image.shape), image.shape)


# ---- what every exercise on (image, filter) shares ------------------------------------------------------------------


def shared(answer: Answer) -> tuple[Mistake, ...]:
    """Return the mistakes that can befall any convolution of one image with one filter.

    Parameters
    ----------
    answer : callable of (image, filter)
        The right answer of the exercise; the wrong ones are made from it.
    """
    return (*_of_numbers(answer), *_of_shapes(answer))


def _of_numbers(answer: Answer) -> tuple[Mistake, ...]:
    """Return the mistakes in how the products are added and kept."""
    return (
        Mistake(
            "mean",
            "You took a mean where a sum was asked for: a convolution adds its products and divides by nothing.",
            (lambda x, w: answer(x, w) / w.size, lambda x, w: answer(x, w) / (w.sum() or 1)),
        ),
        Mistake(
            "integer wrap",
            "Your numbers wrapped around: 8 bits hold 0 to 255, so 260 became 4. "
            "Give the output room: np.zeros(shape), which is float64, holds every sum here.",
            (stored("uint8", answer), stored(None, answer)),
            right_only_when=lambda image, filter: image.dtype != np.uint8,
        ),
        Mistake(
            "truncated",
            "Your numbers are all whole: what stood after the decimal point is lost. "
            "Make the output with np.zeros(shape), which is float64, and do not round.",
            (stored("int64", answer), then(np.rint, answer)),
        ),
        Mistake(
            "blind",
            "It passes with ones: your test cannot tell. With any other filter the answer is wrong, "
            "so look at what it does with the filter's own numbers.",
            (lambda x, w: answer(x, np.ones_like(w)),),
            right_only_when=flat_filter,
        ),
    )


def _of_shapes(answer: Answer) -> tuple[Mistake, ...]:
    """Return the mistakes in sizes, and in which axis is which."""
    drop = [lambda y: y[:-1, :-1], lambda y: y[:-1], lambda y: y[:, :-1], _last_left_zero]
    return (
        Mistake(
            "last missing",
            "The last row or column of the output is missing: the window has one more place to stand. "
            "Count the places, the first and the last included: range leaves out its end.",
            tuple(then(change, answer) for change in drop),
        ),
        Mistake(
            "output transposed",
            "Your output is transposed: rows and columns have changed places. "
            "The first index of an array is the row.",
            (then(np.transpose, answer),),
        ),
        Mistake(
            "one size for the image",
            "You used the height of the image for its width too: right for square images only. "
            "Take both from image.shape.",
            (lambda x, w: answer(x[:, : len(x)], w), lambda x, w: answer(x[: x.shape[1]], w)),
            right_only_when=square_image,
        ),
        Mistake(
            "one size for the filter",
            "You used one size for both axes of the filter: right for square filters only. "
            "Take its height and its width from filter.shape.",
            (lambda x, w: answer(x, w[:, : len(w)]), lambda x, w: answer(x, w[: w.shape[1]])),
            right_only_when=square_filter,
        ),
    )


def _last_left_zero(y: np.ndarray) -> np.ndarray:
    """Return an output that was made in the right size and filled by loops that end one too early."""
    y = y.copy()
    y[-1], y[:, -1] = 0, 0
    return y
