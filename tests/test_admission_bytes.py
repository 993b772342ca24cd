"""The bytes that are predicted hold against the bytes that a call really takes."""

import importlib.util
import subprocess
import sys
from math import prod
from pathlib import Path

import numpy as np
import pytest

from convlab.backends import get
from convlab.operands import noise
from convlab.spec import ConvSpec
from convlab.timing.admission import gate
from convlab.timing.admission.gate import predict, predict_check
from convlab.timing.measuring import check
from convlab.timing.measuring.peak import extra_bytes


@pytest.mark.parametrize(
    "spec",
    [
        ConvSpec((4, 16, 60, 60), (8, 16, 3, 3)),
        ConvSpec((4, 3, 300, 300), (8, 3, 1, 1)),
        ConvSpec((16, 16, 96, 96), (16, 16, 3, 3)),
    ],
    ids=["full", "one tap", "sampled"],
)
def test_the_check_takes_no_more_memory_than_was_predicted(spec, tmp_path):
    def whole():
        x, w = noise(spec, 0)
        check.judge(x, w, spec, tmp_path)
        for kind in ("direct", "fft"):
            check.check(y, spec, tmp_path, kind)

    y = np.zeros(spec.y_shape, spec.dtype)
    extra = extra_bytes(whole)
    if extra is None:
        pytest.skip("this system does not tell how much memory a call takes")
    assert extra <= predict_check(spec).bytes


@pytest.mark.parametrize("name", ["numpy-fft", "scipy-fft", "scipy-oa", "scipy-rfft"])
def test_the_workspace_of_a_transform_holds_what_is_there_at_once(name):
    spec = ConvSpec((1, 8, 300, 300), (1, 8, 11, 11), dtype="float64")
    _, extra, _ = _script("predictions").measured(name, spec, calls=0)
    if extra is None:
        pytest.skip("this system does not tell how much memory a call takes")
    assert (
        0.4 * get(name).workspace_bytes(spec) <= extra <= gate.held_bytes(0, get(name).workspace_bytes(spec))
    )


TIGHT = {  # where one term of the workspace decides
    "images": ("numpy-fft", (8, 8, 200, 200), (1, 8, 11, 11)),
    "filters": ("numpy-fft", (1, 8, 200, 200), (8, 8, 181, 181)),
    "outputs": ("numpy-fft", (8, 1, 200, 200), (8, 1, 11, 11)),
}


@pytest.mark.parametrize("term", TIGHT)
def test_each_term_of_a_transforms_workspace_is_needed_by_some_shape(term):
    name, x, w = TIGHT[term]
    spec = ConvSpec(x, w, dtype="float64")
    _, extra, _ = _script("predictions").measured(name, spec, calls=0)
    if extra is None:
        pytest.skip("this system does not tell how much memory a call takes")
    assert extra <= get(name).workspace_bytes(spec) + gate.ROUNDED_BYTES


def test_the_transform_of_a_filter_is_held_beside_those_of_an_image():
    spec = ConvSpec((1, 8, 300, 300), (8, 8, 11, 11), dtype="float64")
    code = (
        "from convlab.backends import get; from convlab.operands import noise; from convlab.spec import ConvSpec; "
        "from convlab.timing.measuring.peak import extra_bytes; import scipy.signal; "
        f"spec = ConvSpec({spec.x_shape}, {spec.w_shape}, dtype='float64'); x, w = noise(spec, 0); "
        "print(extra_bytes(lambda: get('scipy-fft').run(x, w, spec)))"
    )  # in a process of its own: what others gave back may be used again
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    if done.stdout.strip() == "None":
        pytest.skip("this system does not tell how much memory a call takes")
    said = get("scipy-fft").workspace_bytes(spec) + prod(spec.y_shape) * 8
    assert int(done.stdout) <= said + gate.ROUNDED_BYTES // 2


def test_the_bytes_of_drawn_shapes_hold():
    predictions = _script("predictions")
    lines = [
        (name, spec, *predictions.measured(name, spec, calls=0))
        for name, spec in predictions.drawn(
            len(predictions.QUICK), seed=3, names=predictions.QUICK, most_s=0.05
        )
    ]
    if any(extra is None for *_, extra, _ in lines):
        pytest.skip("this system does not tell how much memory a call takes")
    ratios = [predict(name, spec).bytes / (io + extra) for name, spec, io, extra, _ in lines]
    assert min(ratios) >= 1
    assert sum(ratio <= 2 for ratio in ratios) >= 0.8 * len(ratios)


def _script(name):
    path = Path(__file__).parents[1] / "benchmarks" / f"{name}.py"
    made = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    return module
