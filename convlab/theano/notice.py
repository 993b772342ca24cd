"""What convlab says about words that it takes and does not need."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from convlab.dialects.theano.speed import SPEED


class SpeedOnly(UserWarning):
    """A keyword that changes how fast Theano computes, and nothing else: the numbers are the same without it.

    ``warnings.simplefilter("ignore", convlab.theano.SpeedOnly)`` silences it.
    """


def say_speed_only(function: str, keywords: Sequence[str]) -> None:
    """Warn that some keywords of a call make no difference here, and what they do in Theano.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as said:
    ...     say_speed_only("legacy_conv2d", ["openmp"])
    >>> str(said[0].message)
    "legacy_conv2d: openmp shares the images among threads. That is Theano's speed; the numbers are the same."
    """
    if keywords:
        what = ", ".join(f"{name} {SPEED[name]}" for name in keywords)
        text = f"{function}: {what}. That is Theano's speed; the numbers are the same."
        warnings.warn(text, SpeedOnly, stacklevel=3)
