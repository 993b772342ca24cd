"""What a worker can be asked to do: functions of their words alone, which return what JSON can carry."""

from __future__ import annotations


def echo(**words: object) -> dict:
    """Return the words: whether a worker is there, and how long the way to it is.

    Examples
    --------
    >>> echo(word=1)
    {'word': 1}
    """
    return words


DUTIES = {"echo": echo}
