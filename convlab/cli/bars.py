"""Bars and strips of text: a time on a log scale, an error against its bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from rich.text import Text

from convlab.timing.words import duration

EIGHTHS = " ▏▎▍▌▋▊▉"
_LEAST_SHARE = 1e-4  # of the bound: further left a strip does not go


@dataclass(frozen=True)
class Scale:
    """A log scale of seconds, whole powers of ten at both ends.

    Attributes
    ----------
    low, high : int
        Powers of ten.
    """

    low: int
    high: int

    @classmethod
    def over(cls, values_s: Sequence[float]) -> Scale:
        """Return the scale that holds all values, each a little to the right of its beginning.

        Examples
        --------
        >>> Scale.over([0.00192, 0.0591]), Scale.over([])
        (Scale(low=-3, high=-1), Scale(low=-4, high=-1))
        """
        found = [value for value in values_s if value > 0]
        if not found:
            return cls(-4, -1)
        low = floor(log10(min(found) / 1.2))
        return cls(low, max(low + 1, ceil(log10(max(found)))))

    def at(self, value_s: float) -> float:
        """Return where a time stands between the two ends, as a share.

        Examples
        --------
        >>> Scale(-3, -1).at(0.01)
        0.5
        """
        return min(1.0, max(0.0, (log10(value_s) - self.low) / (self.high - self.low)))

    def decades(self) -> dict[float, str]:
        """Return the place of each power of ten, and its name.

        Examples
        --------
        >>> Scale(-3, -1).decades()
        {0.0: '1 ms', 0.5: '10 ms', 1.0: '100 ms'}
        """
        span = self.high - self.low
        return {
            n / span: duration(10.0 ** (self.low + n)).replace(".00", "").replace(".0", "")
            for n in range(span + 1)
        }


def axis(scale: Scale, width: int) -> Text:
    """Return the head of the column of bars: the powers of ten that fit, each above its line.

    Examples
    --------
    >>> axis(Scale(-3, -1), 24).plain
    '1 ms        10 ms 100 ms'
    """
    line, free = [" "] * width, 0
    for share, name in scale.decades().items():
        begin = min(round(share * width), width - len(name))
        if begin >= free:
            line[begin : begin + len(name)] = name
            free = begin + len(name) + 1
    return Text("".join(line).rstrip(), style="dim")


def bar(scale: Scale, least_s: float, q3_s: float, width: int, style: str) -> Text:
    """Return a bar up to the least time, a whisker on to the third quartile, and faint lines at powers of ten.

    Examples
    --------
    >>> bar(Scale(-3, -1), 0.01, 0.012, 8, "blue").plain
    '████┊   '
    """
    eighths = round(scale.at(least_s) * width * 8)
    full, rest = divmod(max(1, eighths), 8)
    text = Text.assemble(("█" * full + (EIGHTHS[rest] if rest else ""), style))
    lines = {round(share * width) for share in scale.decades() if 0 < share < 1}
    end = round(scale.at(q3_s) * width)
    for cell in range(len(text.plain), width):
        text.append("─" if cell < end else "┊" if cell in lines else " ", "dim" if cell >= end else style)
    return text


def strip(share: float | None, cells: int) -> Text:
    """Return where an error stands below its bound, which is the line at the right end; log scale.

    Examples
    --------
    >>> strip(0.01, 5).plain, strip(0.0, 5).plain, strip(7.0, 5).plain
    ('──●──┃', 'exact┃', '─────┃●')
    """
    if share is None:
        return Text(" " * (cells + 1))
    if share > 1:
        return Text.assemble(("─" * cells, "dim"), ("┃●", "bold red"))
    if share == 0:
        return Text.assemble(("exact"[:cells].rjust(cells), "green"), ("┃", "red"))
    place = 1 - log10(max(share, _LEAST_SHARE)) / log10(_LEAST_SHARE)
    at = min(cells - 1, floor(place * cells))
    return Text.assemble(("─" * at, "dim"), "●", ("─" * (cells - 1 - at), "dim"), ("┃", "red"))
