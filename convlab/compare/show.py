"""A comparison as a person reads it: lines of text for a terminal, a table for a notebook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

from convlab.spec import by

if TYPE_CHECKING:
    from convlab.compare.result import Comparison, Row

_WIDTH = 100  # characters of a line
_LANGUAGES = {"python": "Python", "java": "Java", "c": "C"}
_CELL = "text-align: left; vertical-align: top; padding: .35em .7em; white-space: normal"


def verdict(row: Row) -> str:
    """Return the verdict of a row with its cause: "convention: not turned"."""
    return f"{row.verdict}: {row.cause}" if row.cause else row.verdict


def question(found: Comparison) -> str:
    """Return what was asked, in one line; why there is no such convolution, where there is none."""
    spec = found.spec
    if spec is None:
        return found.problem
    pads = spec.mode if spec.padding is None else f"padding {_short(spec.padding)}"
    parts = [pads] + [
        f"{name} {by(value)}" for name in ("stride", "dilation") if set(value := getattr(spec, name)) != {1}
    ]
    parts += [f"{spec.groups} groups"] * (spec.groups != 1)
    what = spec.operation[:1].upper() + spec.operation[1:]
    lead = 2 if found.truth.ndim == spec.rank else 0  # the axes that the caller left out
    x, w, y = spec.x_shape[lead:], spec.w_shape[lead:], found.truth.shape
    return f"{what} of x {x} with w {w}, {', '.join(parts)}: the answer is {y}."


def _short(pads: tuple) -> str:
    sides = {side for pair in pads for side in pair}
    return str(sides.pop()) if len(sides) == 1 else str(pads)


def text(found: Comparison) -> str:
    """Return a comparison as lines: the question, each column with its reasons, what these operands cannot tell."""
    width = max((len(row.label) for row in found.rows), default=0)
    lines = [*_lines(question(found)), ""]
    for n, row in enumerate(found.rows):
        lines.append(f"{row.label:{width}}  {verdict(row)}")
        lines += [f"    {line}" for part in _reasons(row, n) for line in _lines(part, 4)]
    if found.warnings:
        lines += ["", *(line for warning in found.warnings for line in _lines(warning))]
    return "\n".join(lines)


def _lines(said: str, indent: int = 0) -> list[str]:
    """Return a text in lines; no shape and no index is broken in two."""
    whole = re.sub(r"[(\[][^()\[\]]*[)\]]", lambda part: part[0].replace(" ", "\N{NO-BREAK SPACE}"), said)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrap(whole, _WIDTH - indent)]


def _reasons(row: Row, n: int) -> Iterator[str]:
    yield row.sentence
    if row.verdict in ("equal", "rounding"):
        return
    if row.proof:
        yield f"Proof: {row.proof}"
    if row.edit:
        yield f"Edit: {row.edit}"
    if row.mended:
        yield f"A loop that agrees: .rows[{n}].mended[{' | '.join(map(repr, row.mended))}]"


def html(found: Comparison) -> str:
    """Return a comparison as a table; every text in it that a person wrote is escaped."""
    head = "".join(f'<th style="{_CELL}">{name}</th>' for name in ("column", "verdict", "why"))
    rows = "".join(
        f'<tr><td style="{_CELL}"><b>{escape(row.label)}</b></td><td style="{_CELL}">{escape(verdict(row))}</td>'
        f'<td style="{_CELL}">{_why(row)}</td></tr>'
        for row in found.rows
    )
    notes = "".join(f"<p>{escape(warning)}</p>" for warning in found.warnings)
    return f"<p>{escape(question(found))}</p><table><tr>{head}</tr>{rows}</table>{notes}"


def _why(row: Row) -> str:
    parts = [escape(row.sentence)]
    if row.verdict not in ("equal", "rounding"):
        parts += [f"<code>{escape(line)}</code>" for line in (row.proof, row.edit) if line]
    loops = "".join(
        f"<details><summary>The loop that agrees, in {_LANGUAGES.get(name, name)}</summary>"
        f'<pre style="text-align: left">{escape(code)}</pre></details>'
        for name, code in row.mended.items()
    )
    return "<br>".join(parts) + loops
