"""Errors that tell the reader what was asked, what was found and what to try.

There are four kinds of "no", and a reader is owed to know which one it is: the convolution does not exist
(`SpecError`), this backend cannot do it (`Unsupported`), this machine lacks something (`Unavailable`), or it would
pass a limit (`Refused`).
"""

from __future__ import annotations


class ConvLabError(Exception):
    """Base of every error that convlab raises on purpose.

    Parameters
    ----------
    asked : str
        What the caller asked for, as a sentence that restates the call.
    found : str, optional
        What is in the way, with the numbers.
    hint : str, optional
        What to try instead.

    Examples
    --------
    >>> str(SpecError("Asked for stride 0.", "The window would never move.", "Use a stride of 1 or more."))
    'Asked for stride 0. The window would never move. Use a stride of 1 or more.'
    """

    kind = "error"

    def __init__(self, asked: str, found: str = "", hint: str = "") -> None:
        super().__init__(" ".join(part for part in (asked, found, hint) if part))
        self.asked, self.found, self.hint = asked, found, hint


class SpecError(ConvLabError, ValueError):
    """No such convolution: the shapes, the options or the values contradict each other."""

    kind = "no such convolution"


class Unsupported(ConvLabError, NotImplementedError):
    """The convolution exists, but this backend does not compute it."""

    kind = "not by this backend"


class Unavailable(ConvLabError, RuntimeError):
    """The backend exists, but this machine lacks what it needs."""

    kind = "not on this machine"


class Refused(ConvLabError, RuntimeError):
    """Everything is in order, but it would take more memory, time or room than allowed."""

    kind = "over a limit"
