"""The naive loops of the two gradients, line by line: the same words as the forward loops, other places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from convlab.codegen.languages import LANGUAGES
from convlab.codegen.nest import ROLES, TAP_LETTERS, X_LETTERS, Y_LETTERS, Language, Line
from convlab.errors import SpecError
from convlab.spec import ConvSpec

Row = tuple[str, int, str]


def gradient_loops(spec: ConvSpec, which: str, language: str = "python") -> list[dict]:
    """Return the loop nest of a gradient, its numbers filled in, one dict per line.

    One value of the gradient after the other is gathered, as the forward loops gather y. Loops that would turn only
    once are left out.

    Parameters
    ----------
    spec : ConvSpec
        The forward convolution.
    which : {"dx", "dw"}
    language : {"python", "java", "c"}

    Returns
    -------
    list of dict
        As `convlab.codegen.loops` has them, with one more role: ``hole``, the line that skips the zeros which the
        stride puts between the values of dy. ``image`` and ``filter`` are the first two axes of the gradient,
        ``channel`` is the loop over what is summed before the taps.

    Raises
    ------
    SpecError
        When convlab does not write that language, or there is no such gradient.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 6), (1, 1, 3), stride=2, flip=False)
    >>> for line in gradient_loops(spec, "dx"):
    ...     print("  " * line["indent"] + line["text"])
    for j in range(6):
      s = 0
      for v in range(3):
        q = j+v-2
        if q%2: continue
        if inside(q//2):
          s += dy[q//2] * w[2-v]
      dx[j] = s
    """
    if language not in LANGUAGES or which not in ("dx", "dw"):
        known = f"convlab writes dx and dw in {', '.join(LANGUAGES)}."
        raise SpecError(f"Asked for the loops of {which!r} in {language!r}.", known, "Choose one of them.")
    nest = {"dx": _input_nest, "dw": _filter_nest}[which]
    return [asdict(line) for line in nest(spec, LANGUAGES[language])]


def _input_nest(spec: ConvSpec, language: Language) -> list[Line]:
    """Write dx: for each input, the taps that met it, and the dy which each of them was on."""
    at, taps, places = (letters[-spec.rank :] for letters in (Y_LETTERS, TAP_LETTERS, X_LETTERS))
    (images, channels), filters, reads = spec.x_shape[:2], spec.w_shape[0], spec.w_shape[1]
    per_group = filters // spec.groups
    outer = _several([("n", images, "image"), ("c", channels, "filter")]) + _rows(at, spec.space, ROLES)
    inner = [("o", per_group, "channel")] * (filters > 1) + _rows(taps, spec.taps, _tap_roles(spec))
    group = _of(language, "c", reads)
    filter_ = "o" if spec.groups == 1 else _within(group, per_group, "o")
    before = [extent - 1 - lo for extent, (lo, _) in zip(spec.extent, spec.pads, strict=True)]
    where = [
        f"{i}+{_times(d, u)}{_shift(-b)}" for i, u, d, b in zip(at, taps, spec.dilation, before, strict=True)
    ]
    source = [_of(language, p, s) for p, s in zip(places, spec.stride, strict=True)]
    turned = [u if spec.flip else f"{k - 1}-{u}" for u, k in zip(taps, spec.taps, strict=True)]
    channel = "c" if spec.groups == 1 else f"c%{reads}"
    dy = language.index(["n"] * (images > 1) + [filter_] * (filters > 1) + source)
    w = language.index([filter_] * (filters > 1) + [channel] * (channels > 1) + turned)
    deep = len(outer) + len(inner)
    tests = [Line(_skip(language, places, spec.stride), deep, "hole")] if max(spec.stride) > 1 else []
    if _meets_nothing(spec, before):
        tests.append(Line(language.when(f"inside({', '.join(source)})"), deep, "inside"))
    text, tail = f"s += dy{dy} * w{w}", language.index(turned)[1:-1]
    mark = (len(text) - 1 - len(tail), len(text) - 1)
    add = Line(text + language.end, deep + any(test.role == "inside" for test in tests), "add", mark)
    target = language.index(["n"] * (images > 1) + ["c"] * (channels > 1) + [*at])
    return _nest(
        language,
        outer,
        inner,
        Line(language.set(places, where), deep, "index"),
        [*tests, add],
        f"dx{target}",
    )


def _filter_nest(spec: ConvSpec, language: Language) -> list[Line]:
    """Write dw: for each tap, every output, and the x that the tap met there."""
    taps, at, places = (letters[-spec.rank :] for letters in (TAP_LETTERS, Y_LETTERS, X_LETTERS))
    (images, channels), filters, reads = spec.x_shape[:2], spec.w_shape[0], spec.w_shape[1]
    outer = _several([("o", filters, "image")]) + [("c", reads, "filter")] * (channels > 1)
    outer += _rows(taps, spec.taps, ROLES)
    inner = _several([("n", images, "channel")]) + _rows(at, spec.y_shape[2:], _tap_roles(spec))
    group = _of(language, "o", filters // spec.groups)
    channel = "c" if spec.groups == 1 else _within(group, reads, "c")
    met = [f"({k - 1}-{u})" if spec.flip else u for u, k in zip(taps, spec.taps, strict=True)]
    where = [
        f"{_times(s, i)}+{_times(d, u)}{_shift(-lo)}"
        for i, u, s, d, (lo, _) in zip(at, met, spec.stride, spec.dilation, spec.pads, strict=True)
    ]
    deep = len(outer) + len(inner)
    index = language.set(places, where)
    mark = (index.index(met[0]), index.index(met[-1]) + len(met[-1])) if spec.flip else None
    tests = []
    if any(lo or hi for lo, hi in spec.pads):
        tests.append(Line(language.when(f"inside({', '.join(places)})"), deep, "inside"))
    x = language.index(["n"] * (images > 1) + [channel] * (channels > 1) + [*places])
    dy = language.index(["n"] * (images > 1) + ["o"] * (filters > 1) + [*at])
    add = Line(f"s += x{x} * dy{dy}{language.end}", deep + len(tests), "add")
    target = language.index(["o"] * (filters > 1) + ["c"] * (channels > 1) + [*taps])
    return _nest(language, outer, inner, Line(index, deep, "index", mark), [*tests, add], f"dw{target}")


def _nest(
    language: Language, outer: list[Row], inner: list[Row], index: Line, body: Sequence[Line], target: str
) -> list[Line]:
    """Put loops around the lines that do the work; the innermost loop of each part opens a block."""

    def loops(rows: list[Row], depth: int) -> list[Line]:
        opens = [""] * (len(rows) - 1) + [language.open]
        return [
            Line(language.loop(letter, str(count)) + brace, depth + k, role)
            for k, ((letter, count, role), brace) in enumerate(zip(rows, opens, strict=True))
        ]

    def close(depth: int) -> list[Line]:
        return [Line("}", depth)] if language.open else []

    here = len(outer)
    return [
        *loops(outer, 0), Line(language.zero, here, "zero"), *loops(inner, here), index, *body,
        *close(here + len(inner) - 1), Line(f"{target} = s{language.end}", here, "store"), *close(here - 1),
    ]  # fmt: skip


def _rows(letters: Sequence[str], sizes: Sequence[int], roles: Sequence[str]) -> list[Row]:
    return list(zip(letters, sizes, roles[-len(letters) :], strict=True))


def _several(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row[1] > 1]


def _tap_roles(spec: ConvSpec) -> list[str]:
    return [f"tap{axis}" for axis in range(spec.rank)]


def _meets_nothing(spec: ConvSpec, before: Sequence[int]) -> bool:
    """Return whether some place of the window stands outside the spread dy."""
    reach = zip(spec.space, spec.extent, before, spec.y_shape[2:], spec.stride, strict=True)
    return any(b > 0 or n - 1 - b + e - 1 > (m - 1) * s for n, e, b, m, s in reach)


def _skip(language: Language, places: Sequence[str], stride: Sequence[int]) -> str:
    """Write the line that passes over the zeros between the values of dy."""
    rests = [f"{p}%{s}" for p, s in zip(places, stride, strict=True) if s > 1]
    if language.open:
        return f"if ({' || '.join(f'{rest} != 0' for rest in rests)}) continue;"
    return f"if {' or '.join(rests)}: continue"


def _of(language: Language, letter: str, size: int) -> str:
    return letter if size == 1 else f"{letter}{language.divide}{size}"


def _times(factor: int, letter: str) -> str:
    return letter if factor == 1 else f"{factor}*{letter}"


def _within(group: str, size: int, letter: str) -> str:
    """Write the index of a channel, or filter, from its group and its place in it."""
    return f"{group}{f'*{size}' if size > 1 else ''}+{letter}"


def _shift(by: int) -> str:
    return f"{by:+d}" if by else ""
