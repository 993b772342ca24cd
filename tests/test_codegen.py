"""The loops that a reader sees are the loops that run, in every language."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from convlab.codegen import LANGUAGES, function, loops
from convlab.errors import SpecError
from convlab.operands import example
from convlab.reference import judge
from convlab.spec import ConvSpec

SPECS = [
    ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), "full", stride=2),
    ConvSpec((1, 1, 5, 6), (1, 1, 2, 3), "valid", flip=False),
    ConvSpec((1, 1, 7), (1, 1, 4), "half", dilation=2),
    ConvSpec((1, 1, 4, 5, 6), (1, 1, 2, 3, 2), "same", stride=(1, 2, 1)),
    ConvSpec((2, 4, 5, 6), (4, 2, 3, 2), padding=((0, 1), (2, 0)), groups=2),
    ConvSpec((2, 3, 6, 5), (2, 3, 3, 3), "same", stride=(2, 1), flip=False),
    ConvSpec((1, 3, 4, 4), (3, 1, 2, 2), groups=3),
]


def bare(spec, array):
    return array if spec.x_shape[:2] != (1, 1) or spec.w_shape[0] > 1 else array[0, 0]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_python_function_computes_the_definition(spec):
    x, w = example(spec)
    space = {}
    exec(function(spec, "python"), space)
    np.testing.assert_array_equal(
        space["convolution"](bare(spec, x), bare(spec, w)), bare(spec, judge(x, w, spec))
    )


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_lines_on_the_screen_compute_the_definition(spec):
    x, w = example(spec)
    text = "\n".join("  " * line["indent"] + line["text"] for line in loops(spec))
    axes = (spec.x_shape[0] > 1, spec.w_shape[0] > 1, spec.x_shape[1] > 1)
    drop = lambda array, keep: array.reshape([n for k, n in enumerate(array.shape) if k > 1 or keep[k]])  # noqa: E731
    y = drop(np.zeros(spec.y_shape), axes[:2])
    inside = lambda *at: all(0 <= p < n for p, n in zip(at, spec.space, strict=True))  # noqa: E731
    exec(text, {"x": drop(x, (axes[0], axes[2])), "w": drop(w, axes[1:]), "y": y, "inside": inside})
    np.testing.assert_array_equal(y.reshape(spec.y_shape), judge(x, w, spec))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_flip_changes_only_the_marked_part_of_one_line(spec, language):
    ours, others = loops(spec, language), loops(replace(spec, flip=not spec.flip), language)
    changed = [(a, b) for a, b in zip(ours, others, strict=True) if a != b]
    assert [a["role"] for a, _ in changed] == ["add"]
    outside = [line["text"][: line["mark"][0]] + line["text"][line["mark"][1] :] for line in changed[0]]
    assert outside[0] == outside[1]


def literal(array):
    return "{" + ",".join(map(literal, array)) + "}" if array.ndim else repr(float(array))


def run(tmp_path, source, name, *commands):
    (tmp_path / name).write_text(source)
    for command in commands:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    return np.array([float(v) for v in done.stdout.split()])


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler on this machine")
def test_the_java_functions_compute_the_definition(tmp_path):
    parts, wanted = [], []
    for k, spec in enumerate(SPECS):
        x, w = example(spec)
        rank = bare(spec, x).ndim
        array = "double" + "[]" * rank
        walk = "for (" + "double" + "[]" * (rank - 1) + " a1 : y) "
        walk += "".join(f"for (double{'[]' * (rank - k)} a{k} : a{k - 1}) " for k in range(2, rank + 1))
        parts.append(
            function(spec, "java", f"f{k}")
            + f"static void t{k}() {{ {array} x = {literal(bare(spec, x))}; {array} w = {literal(bare(spec, w))};"
            f" {array} y = f{k}(x, w); {walk}System.out.println(a{rank}); }}\n"
        )
        wanted.append(judge(x, w, spec).ravel())
    calls = " ".join(f"t{k}();" for k in range(len(SPECS)))
    source = "class Main {\n" + "".join(parts) + f"public static void main(String[] a) {{ {calls} }} }}"
    got = run(tmp_path, source, "Main.java", ["javac", "Main.java"], ["java", "Main"])
    np.testing.assert_array_equal(got, np.concatenate(wanted))


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler on this machine")
def test_the_c_functions_compute_the_definition(tmp_path):
    parts, wanted = ["#include <stdio.h>\n"], []
    for k, spec in enumerate(SPECS):
        x, w = example(spec)
        truth = judge(x, w, spec)
        xb, wb, yb = (bare(spec, a) for a in (x, w, truth))
        size = lambda a: "".join(f"[{n}]" for n in a.shape)  # noqa: E731
        names = ([] if xb.ndim == spec.rank else ["images", "channels"]) + [
            f"x{axis}" for axis in range(spec.rank)
        ]
        values = dict(zip(names, xb.shape, strict=True))
        w_names = ([] if xb.ndim == spec.rank else ["filters", "reads"]) + [
            f"k{axis}" for axis in range(spec.rank)
        ]
        values |= dict(zip(w_names, wb.shape, strict=True))
        values |= {f"y{axis}": n for axis, n in enumerate(yb.shape[-spec.rank :])}
        counts = ", ".join(map(str, values.values()))
        parts.append(
            function(spec, "c", f"f{k}")
            + f"static const double x{k}{size(xb)} = {literal(xb)}, w{k}{size(wb)} = {literal(wb)};\n"
            f"static double y{k}{size(yb)};\n"
            f"static void t{k}(void) {{ f{k}({counts}, x{k}, w{k}, y{k}); const double *p = (double *)y{k};"
            f' for (int m = 0; m < {yb.size}; m++) printf("%.17g\\n", p[m]); }}\n'
        )
        wanted.append(truth.ravel())
    source = (
        "".join(parts)
        + "int main(void) { "
        + " ".join(f"t{k}();" for k in range(len(SPECS)))
        + " return 0; }"
    )
    got = run(tmp_path, source, "main.c", ["gcc", "-std=c99", "-w", "-o", "main", "main.c"], ["./main"])
    np.testing.assert_array_equal(got, np.concatenate(wanted))


def test_an_unknown_language_is_refused_with_the_known_ones():
    with pytest.raises(SpecError, match="python, java, c"):
        function(SPECS[0], "cobol")
