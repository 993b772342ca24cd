"""How each language writes a loop, an index and a function."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent

from convlab.codegen.nest import SUFFIXES, Language, Line
from convlab.spec import ConvSpec


class Python(Language):
    """Python with NumPy arrays."""

    end, open, divide, zero = "", "", "//", "s = 0"

    def loop(self, letter: str, count: str) -> str:
        return f"for {letter} in range({count}):"

    def index(self, at: Sequence[str]) -> str:
        return f"[{','.join(at)}]"

    def set(self, names: Sequence[str], values: Sequence[str]) -> str:
        return f"{', '.join(names)} = {', '.join(values)}"

    def when(self, test: str) -> str:
        return f"if {test}:"

    def between(self, at: Sequence[str], sizes: Sequence[str]) -> str:
        return " and ".join(f"0 <= {p} < {n}" for p, n in zip(at, sizes, strict=True))

    def function(self, spec: ConvSpec, name: str, layer: bool, lines: Sequence[Line]) -> str:
        ends = SUFFIXES[-spec.rank :]
        outer_x, outer_w, outer_y = (
            ("images, _, ", "filters, reads, ", "images, filters, ") if layer else ("",) * 3
        )
        comma = "," if spec.rank == 1 and not layer else ""
        head = [
            f"{outer_x}{', '.join(f'x{e}' for e in ends)}{comma} = x.shape",
            f"{outer_w}{', '.join(f'k{e}' for e in ends)}{comma} = w.shape",
            *[f"{a} = {b}" for a, b in _sizes(spec, layer, "//")],
            f"y = np.zeros(({outer_y}{', '.join(f'y{e}' for e in ends)}{comma}))",
        ]
        text = indent("\n".join(head), self.step) + "\n" + self.body(lines)
        return f"import numpy as np\n\n\ndef {name}(x, w):\n{text}\n    return y\n"


class Java(Language):
    """Java with arrays of arrays."""

    def function(self, spec: ConvSpec, name: str, layer: bool, lines: Sequence[Line]) -> str:
        ends = SUFFIXES[-spec.rank :]
        axes = spec.rank + 2 * layer
        array = "double" + "[]" * axes
        x_axes, w_axes = (["images", None] if layer else []), (["filters", "reads"] if layer else [])
        head = [
            f"int {name_} = {of}{'[0]' * k}.length;"
            for of, names in (
                ("x", [*x_axes, *(f"x{e}" for e in ends)]),
                ("w", [*w_axes, *(f"k{e}" for e in ends)]),
            )
            for k, name_ in enumerate(names)
            if name_
        ]
        head += [f"int {a} = {b};" for a, b in _sizes(spec, layer, "/")]
        sizes = (["images", "filters"] if layer else []) + [f"y{e}" for e in ends]
        head.append(f"{array} y = new double{''.join(f'[{n}]' for n in sizes)};")
        text = indent("\n".join(head), self.step) + "\n" + self.body(lines)
        return f"static {array} {name}({array} x, {array} w) {{\n{text}\n    return y;\n}}\n"


class C(Language):
    """C99: the caller makes y, of the size that the first lines check."""

    def function(self, spec: ConvSpec, name: str, layer: bool, lines: Sequence[Line]) -> str:
        ends = SUFFIXES[-spec.rank :]
        sizes = {
            "x": (["images", "channels"] if layer else []) + [f"x{e}" for e in ends],
            "w": (["filters", "reads"] if layer else []) + [f"k{e}" for e in ends],
            "y": (["images", "filters"] if layer else []) + [f"y{e}" for e in ends],
        }
        counts = dict.fromkeys(n for names in sizes.values() for n in names)
        arrays = [
            f"{'' if a == 'y' else 'const '}double {a}{self.index(names)}" for a, names in sizes.items()
        ]
        parameters = ", ".join([f"int {n}" for n in counts] + arrays)
        asked = [(a, b) for a, b in _sizes(spec, layer, "/") if not a.startswith("y")]
        outs = [(a, b) for a, b in _sizes(spec, layer, "/") if a.startswith("y")]
        head = [f"int {a} = {b};" for a, b in asked]
        head.append(f"assert({' && '.join(f'{a} == {b}' for a, b in outs)});")
        text = indent("\n".join(head), self.step) + "\n" + self.body(lines)
        return f"#include <assert.h>\n\nvoid {name}({parameters})\n{{\n{text}\n}}\n"


LANGUAGES = {"python": Python(), "java": Java(), "c": C()}


def _sizes(spec: ConvSpec, layer: bool, divide: str) -> list[tuple[str, str]]:
    """Return the zeros before each axis, the filters of a group and the sizes of y, as name and formula."""
    found = [("per_group", f"filters{divide}{spec.groups}")] if layer and spec.groups > 1 else []
    for axis, e in enumerate(SUFFIXES[-spec.rank :]):
        (lo, hi), d, s = spec.pads[axis], spec.dilation[axis], spec.stride[axis]
        extent = f"k{e}" if d == 1 else f"((k{e}-1)*{d}+1)"
        before, after = {
            "padded": (str(lo), str(hi)),
            "valid": ("", ""),
            "same": (f"{extent}{divide}2", f"({extent}-1){divide}2"),
            "half": (f"{extent}{divide}2", f"{extent}{divide}2"),
            "full": (f"{extent}-1", f"{extent}-1"),
        }[spec.mode]
        if lo:
            found.append((f"p{e}", before))
        zeros = (f" + p{e}" if lo else "") + (f" + {after}" if hi else "")
        whole = f"x{e}{zeros} - {extent}"
        found.append((f"y{e}", f"{whole} + 1" if s == 1 else f"({whole}){divide}{s} + 1"))
    return found
