"""The implementations of convolution that Theano's documentation names, and their neighbours: one row of facts each.

The tests hold every fact that code can show against the code: the turn, the order of the axes, the borders, what is
refused, the gradients, the memory, and the example of each row.
"""

from __future__ import annotations

from convlab.errors import SpecError
from convlab.implementations import others, theano_cards, theano_layers, theano_volumes
from convlab.implementations.implementation import BORDERS, Answer, Implementation, Rule

__all__ = ["BORDERS", "ROWS", "Answer", "Implementation", "Rule", "get"]

_theanos = (*theano_layers.ROWS, *theano_cards.ROWS, *theano_volumes.ROWS)
# By what they do unless told otherwise: first those that turn the filter, then those that leave it as given.
ROWS: tuple[Implementation, ...] = tuple(
    row for given in (False, True) for row in (*_theanos, *others.ROWS) if (row.flips == "never") == given
)
_BY_ID = {row.id: row for row in ROWS}


def get(id_: str) -> Implementation:
    """Return an implementation by its id.

    Raises
    ------
    SpecError
        When there is none; the sentence lists those that there are.

    Examples
    --------
    >>> get("conv3D").x_axes
    'NHWTC'
    """
    if id_ not in _BY_ID:
        raise SpecError(
            f"Asked for the implementation {str(id_)[:40]!r}.",
            f"There are {', '.join(_BY_ID)}.",
            "Choose one of them.",
        )
    return _BY_ID[id_]
