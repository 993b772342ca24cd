"""The loop nest itself, and the words that a language has for it: loops, one multiply-add, one store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import indent

from convlab.spec import ConvSpec

# Letters of the loops over y, over the filter, and of the position in x; the last `rank` of each are used.
Y_LETTERS, TAP_LETTERS, X_LETTERS = ("d", "i", "j"), ("t", "u", "v"), ("r", "p", "q")
ROLES, SUFFIXES = ("depth", "row", "column"), ("d", "h", "w")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a loop nest; see `convlab.codegen.loops` for the fields."""

    text: str
    indent: int
    role: str | None = None
    mark: tuple[int, int] | None = None


class Language(ABC):
    """Words of one language; the defaults are those that Java and C share."""

    step, end, open, divide, zero = "    ", ";", " {", "/", "double s = 0;"

    def loop(self, letter: str, count: str) -> str:
        return f"for (int {letter} = 0; {letter} < {count}; {letter}++)"

    def index(self, at: Sequence[str]) -> str:
        return "".join(f"[{one}]" for one in at)

    def set(self, names: Sequence[str], values: Sequence[str]) -> str:
        return "int " + ", ".join(f"{n} = {v}" for n, v in zip(names, values, strict=True)) + ";"

    def when(self, test: str) -> str:
        return f"if ({test})"

    def between(self, at: Sequence[str], sizes: Sequence[str]) -> str:
        return " && ".join(f"{p} >= 0 && {p} < {n}" for p, n in zip(at, sizes, strict=True))

    def body(self, lines: Sequence[Line]) -> str:
        return indent("\n".join(line.indent * self.step + line.text for line in lines), self.step)

    @abstractmethod
    def function(self, spec: ConvSpec, name: str, layer: bool, lines: Sequence[Line]) -> str:
        """Return a whole function around a loop nest."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the code writes for each size: a number on a screen, a variable in a function.

    `pads` holds an empty text for an axis without zeros before it; `outer` is images, filters, channels that a
    filter reads, filters in a group.
    """

    x: tuple[str, ...]
    y: tuple[str, ...]
    taps: tuple[str, ...]
    last: tuple[str, ...]
    pads: tuple[str, ...]
    outer: tuple[str, str, str, str]

    @classmethod
    def numbers(cls, spec: ConvSpec) -> Names:
        """Return the sizes of a spec as numbers."""
        images, filters, reads = spec.x_shape[0], *spec.w_shape[:2]
        return cls(
            x=_texts(spec.space),
            y=_texts(spec.y_shape[2:]),
            taps=_texts(spec.taps),
            last=_texts(k - 1 for k in spec.taps),
            pads=tuple(str(lo) if lo else "" for lo, _ in spec.pads),
            outer=_texts((images, filters, reads, filters // spec.groups)),
        )

    @classmethod
    def variables(cls, spec: ConvSpec) -> Names:
        """Return the sizes of a spec as the variables that a function reads from its arrays."""
        ends = SUFFIXES[-spec.rank :]
        return cls(
            x=tuple(f"x{e}" for e in ends),
            y=tuple(f"y{e}" for e in ends),
            taps=tuple(f"k{e}" for e in ends),
            last=tuple(f"k{e}-1" for e in ends),
            pads=tuple(f"p{e}" if lo else "" for e, (lo, _) in zip(ends, spec.pads, strict=True)),
            outer=("images", "filters", "reads", "per_group"),
        )


def loop_nest(
    spec: ConvSpec, language: Language, names: Names, axes: tuple[bool, bool, bool], brief: bool
) -> list[Line]:
    """Write the nest of a spec.

    Parameters
    ----------
    axes : (bool, bool, bool)
        Whether the arrays have an axis of images, of filters, of channels.
    brief : bool
        Write ``inside(p, q)`` for the test against the borders of x, instead of the comparisons.
    """
    y_at, taps, x_at = (letters[-spec.rank :] for letters in (Y_LETTERS, TAP_LETTERS, X_LETTERS))
    has_images, has_filters, has_channels = axes
    images, filters, reads, per_group = names.outer
    outer = [("n", images, "image")] * has_images + [("o", filters, "filter")] * has_filters
    outer += zip(y_at, names.y, ROLES[-spec.rank :], strict=True)
    inner = [("c", reads, "channel")] * has_channels
    inner += [(t, k, f"tap{axis}") for axis, (t, k) in enumerate(zip(taps, names.taps, strict=True))]

    group = "o" if per_group == "1" else f"o{language.divide}{per_group}"
    channel = "c" if spec.groups == 1 else f"{group}{'' if reads == '1' else '*' + reads}+c"
    at = Line(language.set([*x_at], _positions(spec, names, y_at, taps)), len(outer) + len(inner), "index")
    may_stand_outside = any(lo or hi for lo, hi in spec.pads)
    test = _test(language, x_at, names.x, brief) if may_stand_outside else []
    add = _multiply_add(
        language,
        ["n"] * has_images + [channel] * has_channels + [*x_at],
        ["o"] * has_filters + ["c"] * has_channels,
        [f"{last}-{t}" if spec.flip else t for last, t in zip(names.last, taps, strict=True)],
    )
    target = language.index(["n"] * has_images + ["o"] * has_filters + [*y_at])
    deep = len(outer) + len(inner)
    return [
        *_loops(language, outer, 0),
        Line(language.zero, len(outer), "zero"),
        *_loops(language, inner, len(outer)),
        at,
        *[Line(text, deep, "inside") for text in test],
        Line(add[0], deep + len(test), "add", add[1]),
        *_close(language, deep - 1),
        Line(f"y{target} = s{language.end}", len(outer), "store"),
        *_close(language, len(outer) - 1),
    ]


def _texts(values: Iterable[int]) -> tuple[str, ...]:
    return tuple(map(str, values))


def _times(factor: int, letter: str) -> str:
    return letter if factor == 1 else f"{factor}*{letter}"


def _loops(language: Language, rows: list[tuple[str, str, str]], depth: int) -> list[Line]:
    """Write one loop per row; only the innermost opens a block, for it alone holds several statements."""
    opens = [""] * (len(rows) - 1) + [language.open]
    return [
        Line(language.loop(letter, count) + brace, depth + k, role)
        for k, ((letter, count, role), brace) in enumerate(zip(rows, opens, strict=True))
    ]


def _close(language: Language, depth: int) -> list[Line]:
    return [Line("}", depth)] if language.open else []


def _positions(spec: ConvSpec, names: Names, y_at: tuple[str, ...], taps: tuple[str, ...]) -> list[str]:
    """Write where a tap stands in x: ``stride*i+dilation*u-pad``, without factors of 1 and zeros."""
    rows = zip(y_at, taps, spec.stride, spec.dilation, names.pads, strict=True)
    return [f"{_times(s, i)}+{_times(d, u)}" + (f"-{pad}" if pad else "") for i, u, s, d, pad in rows]


def _test(language: Language, x_at: tuple[str, ...], sizes: tuple[str, ...], brief: bool) -> list[str]:
    return [language.when(f"inside({', '.join(x_at)})" if brief else language.between(x_at, sizes))]


def _multiply_add(
    language: Language, x_at: list[str], w_at: list[str], turned: list[str]
) -> tuple[str, tuple[int, int]]:
    """Write the multiply-add; its mark is the end of w's index, the only thing that a flip changes."""
    text = f"s += x{language.index(x_at)} * w{language.index([*w_at, *turned])}"
    tail = language.index(turned)[1:-1]
    return text + language.end, (len(text) - 1 - len(tail), len(text) - 1)
