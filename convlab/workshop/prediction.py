"""Set a prediction beside the truth. A prediction may be skipped: nothing waits for it."""

from __future__ import annotations

import numpy as np

from convlab.workshop.verdict import number


def reveal(guess: object, truth: object, because: str = "") -> str:
    """Return a sentence that sets a guess beside the truth.

    Parameters
    ----------
    guess : number, sequence or None
        None when the learner skipped it.
    truth : number or sequence of numbers
    because : str
        Why it is so; closes the sentence.

    Examples
    --------
    >>> print(reveal(None, 54))
    It is 54.
    >>> print(reveal(7, (3, 3), "the window has 3 places on each axis"))
    You wrote 7; it is (3, 3): the window has 3 places on each axis.
    """
    right = _said(truth)
    if guess is None:
        opening = f"It is {right}"
    elif _said(guess) == right:
        opening = f"You wrote {right}, and so it is"
    else:
        opening = f"You wrote {_said(guess)}; it is {right}"
    return Sentence(f"{opening}: {because}." if because else f"{opening}.")


class Sentence(str):
    """Text that a notebook shows without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


def _said(value: object) -> str:
    """Return numbers as a person writes them, and anything else as it is."""
    try:
        numbers = np.asarray(value, float)
    except (TypeError, ValueError):
        return str(value)
    if numbers.ndim == 0:
        return number(float(numbers))
    if numbers.ndim == 1:
        return f"({', '.join(map(number, numbers))})"
    return str([list(map(number, row)) for row in numbers]).replace("'", "")
