"""What the user wants "auto" to choose: four lists of names, in force for the whole process until changed.

And what it chose before, and what `convlab.conv` computed with, since all of that has to change together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from convlab.spec import ConvSpec


@dataclass(frozen=True, slots=True)
class Wishes:
    """Names of the catalogue: first choices, further candidates, never chosen, and no other than these."""

    order: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    require: tuple[str, ...] = ()

    def candidates(self) -> Wishes:
        """Return what decides who is timed: all but the order.

        Examples
        --------
        >>> Wishes(order=("numpy-fft",)).candidates() == NONE
        True
        """
        return Wishes((), *(tuple(sorted(names)) for names in (self.include, self.exclude, self.require)))


NONE = Wishes()
CHOSEN: dict[bool, dict[ConvSpec, str]] = {
    False: {},
    True: {},
}  # by whether it has to be exact; without wishes only
# From what was asked (shapes, dtypes, words) to a function of (x, w) that answers. Another dictionary takes its place
# when something changes, so that who looked the old choice up puts it where nobody looks.
ANSWERS: dict[tuple, Callable] = {}
_in_force = NONE


def wishes() -> Wishes:
    """Return the wishes in force.

    Examples
    --------
    >>> wishes().require
    ()
    """
    return _in_force


def wish(wanted: Wishes) -> Wishes:
    """Put wishes in force and return the former ones; empty ones are `NONE` itself, which is quick to recognise.

    Examples
    --------
    >>> former = wish(Wishes())
    >>> wish(former) is NONE
    True
    """
    global _in_force
    former, _in_force = _in_force, NONE if wanted == NONE else wanted
    forget()
    return former


def forget() -> None:
    """Forget which backend was chosen for what, so that it is looked up again: something was tuned."""
    global ANSWERS
    ANSWERS = {}
    for chosen in CHOSEN.values():
        chosen.clear()
