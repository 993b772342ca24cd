"""What a check says: a status, the mistake if it has a name, a sentence, and the smallest case that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import zip_longest

import numpy as np

from convlab.workshop.exercise import Case, sized

MARKS = {"right": "✓", "wrong": "✗", "not yet": "…"}
MOST = 12  # rows and columns of a table that are shown
CARD = "border-left:4px solid currentColor;padding:4px 12px;margin:6px 0;max-width:60em"
TEXT = 'style="margin:4px 0"'
CELL = "padding:2px 8px;text-align:right;font-variant-numeric:tabular-nums"


@dataclass(frozen=True, eq=False, repr=False)
class Shown:
    """A case on which the answer is wrong, as it is shown to the learner.

    Attributes
    ----------
    case : Case
    called : str
        The call in words.
    expected : ndarray
    yours : ndarray or None
        None when the answer gave no numbers there.
    first : tuple of int or None
        The first value that differs, in reading order; None when the shapes differ already.
    name : str
        Which of the returned things is shown; empty when there is one only.
    """

    case: Case
    called: str
    expected: np.ndarray
    yours: np.ndarray | None
    first: tuple[int, ...] | None
    name: str = ""

    @property
    def grids(self) -> list[tuple[str, np.ndarray]]:
        """Both grids with their headings; of more than two axes the plane of the first difference."""
        plane = () if self.first is None else self.first[:-2]
        both = [
            (f"expected {self.name}", self.expected),
            (f"your {self.name}" if self.name else "yours", self.yours),
        ]
        return [_plane(heading.rstrip(), grid, plane) for heading, grid in both if grid is not None]

    @property
    def difference(self) -> str:
        """Where the first difference is, and how large both values are; empty when there is none to point at."""
        if self.first is None:
            return ""
        expected, yours = number(self.expected[self.first]), number(self.yours[self.first])
        found = f"{expected} expected, {yours} found."
        if self.first == ():
            return found
        axes = ("row", "column") if len(self.first) > 1 else ("position",)
        place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, self.first[-2:], strict=True))
        within = f" of {self.name or 'plane'}{list(plane)}" if (plane := self.first[:-2]) else ""
        return f"First difference at {place}{within}: {found}"


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """The answer of `convlab.check`.

    Attributes
    ----------
    lesson : str
        The lesson's folder name.
    status : {"right", "wrong", "not yet"}
    mistake : str or None
        The machine word of the mistake, None when there is none or when it has no name.
    sentence : str
        What the learner should read first.
    notes : tuple of str
        What else is worth knowing.
    shown : Shown or None
        The smallest case that shows the mistake.
    """

    lesson: str
    status: str
    mistake: str | None
    sentence: str
    notes: tuple[str, ...] = ()
    shown: Shown | None = None

    def as_dict(self) -> dict:
        """Return the verdict as plain data, for JSON."""
        plain = {name: getattr(self, name) for name in ("lesson", "status", "mistake", "sentence")}
        plain["notes"] = list(self.notes)
        if self.shown:
            plain["case"] = [_plain(arg) for arg in self.shown.case.args]
            plain["expected"] = self.shown.expected.tolist()
            plain["yours"] = None if self.shown.yours is None else self.shown.yours.tolist()
            plain |= {"name": self.shown.name} if self.shown.name else {}
        return plain

    def __repr__(self) -> str:
        lines = [f"{MARKS[self.status]} {self.lesson}: {self.status}", self.sentence]
        if self.shown:
            lines += ["", self.shown.called, *_beside(self.shown), ""]
        return "\n".join([*lines, *self.notes]).rstrip()

    def _repr_html_(self) -> str:
        """Return the verdict for a notebook; every string that a person may have typed is escaped."""
        parts = [f"<p {TEXT}><b>{MARKS[self.status]} {escape(self.lesson)}: {self.status}</b></p>"]
        parts.append(f"<p {TEXT}>{escape(self.sentence)}</p>")
        if self.shown:
            parts.append(_picture(self.shown))
        if self.notes:
            notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
            parts.append(f'<ul style="margin:8px 0 4px;padding-left:1.2em">{notes}</ul>')
        return f'<div style="{CARD}">{"".join(parts)}</div>'


def number(value: float) -> str:
    """Return a number as a person writes it: whole, or with five digits.

    Examples
    --------
    >>> number(147.0), number(0.123456789)
    ('147', '0.12346')
    """
    whole = np.isfinite(value) and value == round(value) and abs(value) < 1e15
    return f"{value + 0.0:.0f}" if whole else f"{value:.5g}"


def _plain(arg: object) -> object:
    """Return an argument for JSON: an array as lists, a number as it is, anything else in its own words."""
    return np.asarray(arg).tolist() if isinstance(arg, np.ndarray | int | float) else str(arg)


def _plane(heading: str, grid: np.ndarray, at: tuple[int, ...]) -> tuple[str, np.ndarray]:
    """Return the plane of a grid of more than two axes that can be shown: that one, or the only one there is."""
    leading = grid.shape[:-2]
    if leading and not at and set(leading) == {1}:
        at = (0,) * len(leading)
    return (f"{heading}{list(at)}", grid[at]) if at else (heading, grid)


def _beside(shown: Shown) -> list[str]:
    """Return the two grids side by side as text, with their headings and the first difference."""
    left, *rest = [_lines(*pair) for pair in shown.grids]
    right = rest[0] if rest else []
    width = max(map(len, left))
    rows = [f"{a:<{width}}    {b}".rstrip() for a, b in zip_longest(left, right, fillvalue="")]
    return rows + [shown.difference] * bool(shown.difference)


def _lines(heading: str, grid: np.ndarray) -> list[str]:
    if grid.ndim > 2 or max(grid.shape, default=1) > MOST:
        return [heading, f"too large to show: {sized(grid.shape)}"]
    cells = [[number(value) for value in row] for row in np.atleast_2d(grid)]
    width = max((len(cell) for row in cells for cell in row), default=0)
    return [f"{heading} ({sized(grid.shape)})"] + [" ".join(f"{c:>{width}}" for c in row) for row in cells]


def _picture(shown: Shown) -> str:
    """Return the call, both tables side by side and the first difference, as HTML."""
    tables = "".join(_table(heading, grid, shown.first) for heading, grid in shown.grids)
    difference = f"<p {TEXT}>{escape(shown.difference)}</p>" if shown.difference else ""
    row = f'<div style="display:flex;gap:32px;flex-wrap:wrap;align-items:flex-start">{tables}</div>'
    return f"<p {TEXT}><code>{escape(shown.called)}</code></p>{row}{difference}"


def _table(heading: str, grid: np.ndarray, first: tuple[int, ...] | None) -> str:
    caption = f'<caption style="text-align:left;white-space:nowrap">{escape(heading)} ({sized(grid.shape)})</caption>'
    if grid.ndim > 2 or max(grid.shape, default=1) > MOST:
        return f"<table>{caption}</table>"
    at = np.full(np.atleast_2d(grid).shape, False)
    if first:
        at.reshape(grid.shape)[first[-2:]] = True
    rows = ""
    for values, marks in zip(np.atleast_2d(grid), at, strict=True):
        cells = ""
        for value, mark in zip(values, marks, strict=True):
            outline = ";outline:2px solid currentColor;font-weight:bold" if mark else ""
            cells += f'<td style="{CELL}{outline}">{number(value)}</td>'
        rows += f"<tr>{cells}</tr>"
    return f"<table>{caption}{rows}</table>"
