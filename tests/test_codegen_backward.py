"""The loops of the gradients that a reader sees are loops that run."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from convlab import reference
from convlab.codegen import LANGUAGES
from convlab.codegen.backward import gradient_loops
from convlab.errors import SpecError
from tests.test_codegen import literal, run
from tests.test_gradients_scene import SPECS, WHICH, drawn


def drop(array, *keep):
    """Return an array as the loops take it: without those of its first two axes that hold one thing only."""
    return array.reshape([n for k, n in enumerate(array.shape) if k > 1 or keep[k]])


def operands(spec, which):
    """Return the arrays of a spec as the loops take them, the true gradient, and the sizes that `inside` tests."""
    x, w, dy = drawn(spec)
    images, channels, filters = spec.x_shape[0] > 1, spec.x_shape[1] > 1, spec.w_shape[0] > 1
    arrays = {
        "x": drop(x, images, channels),
        "w": drop(w, filters, channels),
        "dy": drop(dy, images, filters),
    }
    right = reference.dgrad(dy, w, spec) if which == "dx" else reference.wgrad(x, dy, spec)
    like = arrays[which[1]]
    return arrays, right.reshape(like.shape), spec.y_shape[2:] if which == "dx" else spec.space


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_lines_on_the_screen_compute_the_gradient(spec, which):
    arrays, right, sizes = operands(spec, which)
    made = np.zeros(right.shape)
    inside = lambda *at: all(0 <= p < n for p, n in zip(at, sizes, strict=True))  # noqa: E731
    text = "\n".join("  " * line["indent"] + line["text"] for line in gradient_loops(spec, which))
    exec(text, arrays | {which: made, "inside": inside})
    assert np.array_equal(made, right)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler on this machine")
def test_the_lines_in_c_compute_the_gradients(tmp_path):
    parts, wanted = ["#include <stdio.h>\n"], []
    for k, (spec, which) in enumerate((spec, which) for spec in SPECS for which in WHICH):
        arrays, right, sizes = operands(spec, which)
        size = lambda array: "".join(f"[{n}]" for n in array.shape)  # noqa: E731
        given = ", ".join(f"{name}{size(array)} = {literal(array)}" for name, array in arrays.items())
        lines = "\n".join(line["text"] for line in gradient_loops(spec, which, "c"))
        test = " && ".join(f"a{axis} >= 0 && a{axis} < {n}" for axis, n in enumerate(sizes))
        names = ", ".join(f"a{axis}" for axis in range(spec.rank))
        parts.append(
            f"#undef inside\n#define inside({names}) in{k}({names})\n"
            f"static int in{k}({', '.join(f'int a{axis}' for axis in range(spec.rank))}) {{ return {test}; }}\n"
            f"static void t{k}(void) {{ double {given};\nstatic double {which}{size(right)};\n{lines}\n"
            f"double *all = (double *){which};"
            f' for (int m = 0; m < {right.size}; m++) printf("%.17g\\n", all[m]); }}\n'
        )
        wanted.append(right.ravel())
    source = (
        "".join(parts) + f"int main(void) {{ {' '.join(f't{k}();' for k in range(len(wanted)))} return 0; }}"
    )
    got = run(tmp_path, source, "main.c", ["gcc", "-std=c99", "-w", "-o", "main", "main.c"], ["./main"])
    assert np.array_equal(got, np.concatenate(wanted))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", WHICH)
def test_a_flip_changes_only_the_marked_part_of_one_line(which, language):
    for spec in SPECS:
        ours, others = (gradient_loops(replace(spec, flip=flip), which, language) for flip in (True, False))
        changed = [(a, b) for a, b in zip(ours, others, strict=True) if a["text"] != b["text"]]
        assert [a["role"] for a, _ in changed] == (["add"] if which == "dx" else ["index"])
        marked = changed[0][0]
        assert marked["text"][: marked["mark"][0]] == changed[0][1]["text"][: marked["mark"][0]]


def test_an_unknown_gradient_or_language_is_refused():
    with pytest.raises(SpecError, match="python, java, c"):
        gradient_loops(SPECS[0], "dx", "cobol")
    with pytest.raises(SpecError, match="dx and dw"):
        gradient_loops(SPECS[0], "db")
