"""The axes of conv3D and conv3d2d, as the reader has put them: which stands where, and along which w is turned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from convlab.errors import SpecError
from convlab.implementations import axes

LETTERS = {"row": "r", "column": "c", "time": "t"}


@dataclass(frozen=True)
class Axes:
    """An order of conv3D's axes, and the axes along which the filter is turned.

    Attributes
    ----------
    order : tuple of int
        Which axis of conv3D stands at each place.
    turned : tuple of str
    """

    order: tuple[int, ...] = axes.ORDER
    turned: tuple[str, ...] = axes.TURNED

    def changed(self, change: Mapping[str, object]) -> Axes:
        """Return what an ask leads to.

        Parameters
        ----------
        change : mapping
            ``order``: five digits, or numbers; ``turned``: letters of r, c, t, or names.

        Raises
        ------
        SpecError
            When the order is no permutation, or an axis is none that can be turned.

        Examples
        --------
        >>> Axes().changed({"order": "01234", "turned": "rc"})
        Axes(order=(0, 1, 2, 3, 4), turned=('row', 'column'))
        """
        told = self
        if "order" in change:
            text = (
                "".join(map(str, change["order"]))
                if isinstance(change["order"], list)
                else str(change["order"])
            )
            if sorted(text) != list("01234"):
                raise SpecError(f"Asked for order {text[:20]!r}.", "It does not name each of the axes 0 to 4 once.",
                                "Use 03412, the order of conv3d2d.")  # fmt: skip
            told = replace(told, order=tuple(map(int, text)))
        if "turned" in change:
            value = change["turned"]
            names = {letter: name for name, letter in LETTERS.items()} | {name: name for name in LETTERS}
            wanted = [names.get(one) for one in (value if isinstance(value, (str, list)) else str(value))]
            if None in wanted:
                raise SpecError(f"Asked to turn {str(value)[:20]!r}.", "The filter turns along r, c and t only.",
                                "Use rct, rows, columns and time.")  # fmt: skip
            told = replace(told, turned=tuple(name for name in axes.TURNED if name in wanted))
        return told

    @property
    def query(self) -> dict[str, str]:
        """The keys of the address that say what differs from the right order."""
        parts = {}
        if self.order != axes.ORDER:
            parts["order"] = "".join(map(str, self.order))
        if self.turned != axes.TURNED:
            parts["turned"] = "".join(LETTERS[name] for name in self.turned)
        return parts


RIGHT = Axes()


@lru_cache(maxsize=64)
def scene_of(told: Axes) -> dict[str, object]:
    """Return the part of the scene on the swap: both orders, what came of a live run of both, and the code.

    Examples
    --------
    >>> scene_of(Axes())["difference"], scene_of(Axes(turned=()))["right"]
    (0.0, False)
    """
    ran = axes.swap(told.order, told.turned)
    return {
        "from": list(axes.FROM),
        "to": list(axes.TO),
        "order": list(told.order),
        "turned": list(told.turned),
        "turnable": list(axes.TURNED),
        "shapes": [list(shape) for shape in axes.SHAPES],
        "fits": ran.fits,
        "difference": ran.difference,
        "sums": list(ran.sums),
        "right": ran.is_right,
        "code": axes.code(told.order, told.turned),
    }
