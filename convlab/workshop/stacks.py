"""One filter over a stack [h, w, image]: the definition that lesson 04 judges by, what makes it hard, wrong answers.

Axes are (rows, columns, images), as in source 004; the filter has rows and columns only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convlab.workshop.windows import rounding, slide

Answer = Callable[[np.ndarray, np.ndarray], np.ndarray]
Rule = Callable[[int, int], slice]  # taps and length of an axis -> what is kept of it
BORDERS = {  # what ndimage may lay around, and what NumPy calls it; valid sees none of it
    "reflect": "symmetric",
    "constant": "constant",
    "nearest": "edge",
    "mirror": "reflect",
    "wrap": "wrap",
}


def stack_valid(stack: np.ndarray, filter: np.ndarray) -> np.ndarray:
    """Convolve every image of a stack by the definition, in float64, and keep what is valid.

    Parameters
    ----------
    stack : ndarray, shape (h, w, images)
    filter : ndarray, shape (kh, kw)

    Returns
    -------
    ndarray, shape (h - kh + 1, w - kw + 1, images)

    Examples
    --------
    >>> stack_valid(np.arange(18).reshape(3, 3, 2), np.array([[1, 0], [0, 0]]))[..., 1]
    array([[ 9., 11.],
           [15., 17.]])
    """
    return np.stack([slide(stack[..., n], filter) for n in range(stack.shape[2])], -1)


def bound(truth: np.ndarray, stack: np.ndarray, filter: np.ndarray) -> np.ndarray:
    """Return what sums, or a transform, in float32 may leave."""
    one = rounding("valid")
    return np.stack([one(truth[..., n], stack[..., n], filter) for n in range(stack.shape[2])], -1)


def images_first(y: np.ndarray) -> np.ndarray:
    """Return a result as one table per image, for a reader; anything that is no stack stays as it is."""
    return np.moveaxis(y, -1, 0) if y.ndim == 3 else y


# ---- where a mistake shows alone ------------------------------------------------------------------------------------


def difficulties(stack: np.ndarray, filter: np.ndarray) -> set[str]:
    """Return what a case adds to the usual check: square images and an odd, square filter whose sums fit the stack.

    Examples
    --------
    >>> sorted(difficulties(np.zeros((5, 6, 2)), np.ones((4, 3))))
    ['even', 'filter', 'wide image']
    """
    taps = filter.shape
    fits = stack.dtype.kind == "f" or (stack.dtype != np.uint8 and filter.dtype.kind != "f")
    there = {
        "one tap": 1 in taps,
        "two taps": 2 in taps,
        "even": any(k % 2 == 0 and k > 2 for k in taps),
        "filter": taps[0] != taps[1],
        "dtype": not fits,
        "wide image": stack.shape[0] != stack.shape[1],
    }
    return {name for name, is_there in there.items() if is_there}


def usual(stack: np.ndarray, filter: np.ndarray) -> bool:
    """Return whether a case is the usual check."""
    return not difficulties(stack, filter)


def only(*names: str) -> Callable[[np.ndarray, np.ndarray], bool]:
    """Return what tells whether a case adds exactly one difficulty, and it is one of these."""
    return lambda stack, filter: len(found := difficulties(stack, filter)) == 1 and found <= set(names)


# ---- answers, right and wrong ---------------------------------------------------------------------------------------


def then(change: Callable[[np.ndarray], np.ndarray]) -> Answer:
    """Return the answer that changes the right result afterwards."""
    return lambda stack, filter: change(stack_valid(stack, filter))


def given(change: Callable[[np.ndarray], np.ndarray]) -> Answer:
    """Return the answer that changes the filter first."""
    return lambda stack, filter: stack_valid(stack, change(filter))


def right(k: int, n: int) -> slice:
    """Keep what is valid of ndimage's n: (k - 1)//2 hang over in front, and k//2 behind."""
    return slice((k - 1) // 2, n - k // 2)


def source(k: int, n: int) -> slice:
    """Keep what source 004 keeps.

    Examples
    --------
    >>> source(5, 9), source(1, 9)
    (slice(2, -2, None), slice(0, 0, None))
    """
    return slice(k // 2, -k // 2 + 1)


def as_ndimage(stack: np.ndarray, filter: np.ndarray, axis: int = 2, border: str = "reflect") -> np.ndarray:
    """Return what `scipy.ndimage.convolve` gives for float64, when the filter gets its axis of length 1 at `axis`.

    Examples
    --------
    >>> as_ndimage(np.array([[[1.0], [2.0], [3.0]]]), np.array([[1, 10]]))[0, :, 0]
    array([12., 23., 33.])
    """
    last = np.moveaxis(np.asarray(stack, np.float64), axis, 2)
    around = [((k - 1) // 2, k // 2) for k in filter.shape]
    framed = np.pad(last, (*around, (0, 0)), BORDERS[border])
    windows = np.lib.stride_tricks.sliding_window_view(framed, filter.shape, (0, 1))
    return np.moveaxis(np.einsum("hwnij,ij->hwn", windows, filter[::-1, ::-1]), 2, axis)


def cut(rule: Rule, axis: int = 2, border: str = "reflect", taps: Callable = np.shape) -> Answer:
    """Return the answer that takes ndimage's output and cuts it by a rule.

    Parameters
    ----------
    rule : callable
        See `right`.
    axis, border
        As `as_ndimage` takes them.
    taps : callable
        From the filter to the two lengths that the rule is asked with.
    """

    def answer(stack: np.ndarray, filter: np.ndarray) -> np.ndarray:
        whole = as_ndimage(stack, filter, axis, border)
        (kh, kw), (h, w) = taps(filter), stack.shape[:2]
        return whole[rule(kh, h), rule(kw, w)]

    return answer


def cuts(*rules: Rule, **same: object) -> tuple[Answer, ...]:
    """Return the answers by these rules, for every border: what is cut wrongly may show it."""
    return tuple(cut(rule, border=border, **same) for rule in rules for border in BORDERS)


def where(when: Callable[[int], bool], rule: Rule) -> Rule:
    """Return the rule that is wrong for some numbers of taps, and right for the others."""
    return lambda k, n: rule(k, n) if when(k) else right(k, n)


def in_its_dtype(stack: np.ndarray, filter: np.ndarray) -> np.ndarray:
    """Convolve as ndimage does when nobody asks for more: the sums are cut to whole numbers, and wrap in 8 bits.

    Examples
    --------
    >>> in_its_dtype(np.full((1, 1, 1), 200, np.uint8), np.array([[1.5]])).item()
    44
    """
    y = stack_valid(stack, filter)
    return (
        y.astype(stack.dtype) if stack.dtype.kind == "f" else np.trunc(y).astype(np.int64).astype(stack.dtype)
    )


def reshaped(stack: np.ndarray, filter: np.ndarray) -> np.ndarray:
    """Take the images from where they do not lie: the numbers in the order of memory, cut into images."""
    h, w, images = stack.shape
    return np.moveaxis(np.stack([slide(one, filter) for one in stack.reshape(images, h, w)]), 0, -1)
