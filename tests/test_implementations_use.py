"""What an implementation costs and how it is called: gradients, memory, examples, commands, what is here, the axes."""

import json
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from convlab import cli, theano
from convlab.backends import CATALOGUE, get, numpy_fft
from convlab.implementations import ROWS, axes, here, memory
from convlab.implementations import get as find
from convlab.implementations.calling import command, restored, written
from convlab.implementations.layers import LAYERS
from convlab.implementations.refusing import refusal
from convlab.implementations.running import run
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.golden import INDEX
from tests.implemented import ASKED, COMPUTED, PAIRS, SCIPY, assert_computed, definition, name_of, operands

# ---- gradients


@pytest.mark.parametrize(
    "row", [row for row in COMPUTED if row not in SCIPY and row.cpu != "numpy-im2col"], ids=name_of
)
def test_the_counterpart_has_the_gradient_exactly_where_the_dot_says_so(row):
    asked = [spec for one, spec in PAIRS if one is row] + [layer.spec for layer in LAYERS]
    specs = [row.computes(spec) for spec in asked if spec.rank in row.ranks and refusal(row, spec) is None]
    has = {get(row.cpu).supports_gradients(spec) is None for spec in specs}
    value = {(True,): "yes", (False,): "no", (False, True): "part"}[tuple(sorted(has))]
    assert value == row.gradient.value


def test_cuda_convnet_has_the_gradient_by_w_only_for_channels_in_fours():
    six, four = (ConvSpec((2, n, 5, 5), (16, n, 3, 3)) for n in (6, 4))
    backend = get("numba-c01b")
    assert backend.supports(six) is None and "4" in backend.supports_gradients(six)
    assert backend.supports_gradients(four) is None


# ---- memory


LARGE = [layer.spec for layer in LAYERS]


@pytest.mark.parametrize("name", ["GpuCorrMM", "GpuCorr3dMM"])
def test_columns_are_what_the_counterpart_takes(name):
    row = find(name)
    taken = [spec for spec in LARGE if refusal(row, spec) is None]
    assert taken
    for spec in taken:
        assert row.bytes_of(spec) == get(row.cpu).workspace_bytes(row.computes(spec))


def test_corrmm_has_one_column_matrix_however_many_images_there_are():
    for images in (1, 8):
        spec = ConvSpec((images, 3, 9, 9), (5, 3, 3, 3))
        assert find("nnet.conv2d").bytes_of(spec) == find("GpuCorrMM").bytes_of(spec) == 4 * 3 * 9 * 49
    assert "openmp: one per thread" in find("nnet.conv2d").arrays(spec)[0].name


def test_spectra_are_those_of_theanos_fftconv():
    for spec in (ConvSpec((8, 3, 32, 34), (4, 3, 5, 5)), ConvSpec((128, 64, 64, 64), (128, 64, 9, 9))):
        assert find("conv2d_fft").bytes_of(spec) == numpy_fft.theano_bytes(spec)[1]
        full = replace(spec, mode="full")
        x_padded = (
            4 * np.prod(spec.x_shape[:2]) * np.prod(numpy_fft.buffer_sizes(spec.space, spec.taps, "full"))
        )
        assert find("conv2d_fft").bytes_of(full) == numpy_fft.theano_bytes(full)[1] + x_padded
    volume = ConvSpec((2, 3, 4, 6, 8), (5, 3, 3, 3, 3))
    assert find("conv3d_fft").bytes_of(volume) == numpy_fft.theano_bytes(volume)[1]


def test_the_way_back_takes_the_columns_of_the_way_there():
    asked = ConvSpec((2, 4, 5, 6), (3, 4, 3, 3), stride=2)
    there = ConvSpec(find("conv2d_transpose").computes(asked).y_shape, (4, 3, 3, 3), stride=2)
    assert there.y_shape == asked.x_shape
    assert find("conv2d_transpose").bytes_of(asked) == get("numpy-corrmm").workspace_bytes(there)


def test_conv3d2d_keeps_every_frame_against_every_slice():
    spec = ConvSpec((2, 3, 4, 6, 6), (5, 3, 2, 3, 3))
    planes, inner = find("conv3d2d").arrays(spec)
    assert planes.shape == (2, 4, 5, 2, 4, 4) and inner.shape == (27, 16)
    _, padded, _ = find("conv3d2d").arrays(replace(spec, mode="full"))
    assert padded.shape == (2, 6, 5, 2, 8, 8)


def test_quick_lengths_are_scipys():
    from scipy.fft import next_fast_len

    assert [memory.fast_length(n) for n in range(1, 700)] == [next_fast_len(n, True) for n in range(1, 700)]


# ---- examples, calls, commands


EXPECTED = {  # the options that an example gives, as ours
    "nnet.conv.conv2d": {"mode": "full", "stride": 2}, "causal_conv1d": {"dilation": 2, "padding": ((2, 0),)},
    "GpuCorrMM": {"stride": 2}, "conv2d_transpose": {"stride": 2}, "ndimage.convolve": {"mode": "same"},
    "separable_conv2d": {"groups": 2},
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_an_example_runs_and_shows_what_the_facts_say(row):
    ran = run(row)
    arrays = ran["arrays"]
    own = row.words or row.id == "tf.conv2d"  # the others are called in convlab's order
    x, w, y = (
        restored(arrays[name], order, first) if own else arrays[name]
        for name, order, first in (
            ("x", row.x_axes, "NC"),
            ("w", row.w_axes, "OC"),
            ("y", row.y_axes or row.x_axes.replace("C", "O"), "NO"),
        )
    )
    dtype = np.result_type(x, w).name
    wanted = definition(row, x, w, ConvSpec(x.shape, w.shape, **EXPECTED.get(row.id, {}), dtype=dtype))
    if "v" in arrays:
        wanted = judge(wanted, arrays["v"], ConvSpec(wanted.shape, arrays["v"].shape, dtype=dtype))
    np.testing.assert_allclose(y, wanted + arrays.get("b", 0.0), atol=1e-4)
    assert ran["shown"].strip() and len(row.example.splitlines()) <= 6


@pytest.mark.parametrize("row", [row for row in ROWS if row.live], ids=name_of)
def test_the_real_theano_gives_the_same_to_the_example(row, theano):
    from convlab.dashboard.state.implementations.run import live_words

    arrays = run(row)["arrays"]
    answer = theano.call(row.live, {n: a for n, a in arrays.items() if n != "y"}, live_words(row))
    assert np.array_equal(answer.arrays["y"], arrays["y"])


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_its_command_computes_it(row, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = [spec for rank in row.ranks for spec in ASKED[rank] if refusal(row, spec) is None]
    taken = [spec for spec in asked if row.computes(spec).x_shape == spec.x_shape]
    assert taken and (f"--backend {row.cpu}" in command(row, taken[0])) == (row.cpu is not None)
    assert all(" x_spread.npy " in command(row, spec) for spec in asked if spec not in taken)
    for spec in taken[:3]:
        x, w = operands(spec)
        np.save("x.npy", x)
        np.save("w.npy", w)
        words = command(row, spec).removeprefix("python -m convlab ").split()
        assert cli.main([*words, "--json"]) == 0
        y = np.reshape(json.loads(capsys.readouterr().out)["y"], row.computes(spec).y_shape)
        assert_computed(row, y, x, w, spec)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_call_in_its_own_words_is_python(row):
    for spec in ASKED[row.ranks[0]]:
        if refusal(row, spec) is None:
            compile(written(row, spec), row.id, "eval")


# ---- what is here


def test_a_row_is_live_only_while_the_real_thing_answers(monkeypatch):
    monkeypatch.setattr(here, "theano_lacks", lambda: None)
    kinds = {row.id: here.here(row).kind for row in ROWS}
    assert {kinds[row.id] for row in ROWS if row.live} == {"live"}
    assert kinds["dnn_conv"] == "no GPU" and kinds["torch.conv2d"] == kinds["tf.conv2d"] == "documented"
    assert {kinds[name] for name in ("conv2d_fft", "cuda-convnet", "GpuCorrMM", "conv3D", "conv3d_fft")} == {
        "twin"
    }
    monkeypatch.setattr(here, "theano_lacks", lambda: "There is no compiler here.")
    without = {row.id: here.here(row) for row in ROWS}
    assert {without[row.id].kind for row in ROWS if row.live} == {"twin"}
    assert "There is no compiler here." in without["conv3d2d"].sentence


def test_recordings_are_counted_where_they_are_named(monkeypatch):
    recorded = {(case["family"], case["engine"].removeprefix("theano-")) for case in INDEX["cases"]}
    assert {row.recorded for row in ROWS if row.recorded} <= recorded
    monkeypatch.setattr(here, "CATALOGUE", {})
    assert here.here(find("conv3D")).kind == "recorded"


def test_no_row_promises_a_graphics_card():
    for row in ROWS:
        assert here.on_gpu(row) == here.NO_GPU_BACKEND or row.gpu in CATALOGUE


# ---- from conv3D to conv3d2d


def test_an_order_is_right_exactly_if_the_channels_stand_where_conv3d2d_reads_them():
    orders = [(0, *rest) for rest in permutations(range(1, 5))]
    right = [order for order in orders if axes.swap(order).is_right]
    assert axes.ORDER in right and right == [order for order in orders if order.index(4) == 2]
    turns = [tuple(a for a, on in zip(axes.TURNED, np.binary_repr(n, 3)) if on == "1") for n in range(8)]
    assert [turned for turned in turns if axes.swap(turned=turned).is_right] == [axes.TURNED]
    assert axes.swap((1, 0, 2, 3, 4)).fits


def test_the_swap_as_code_is_the_swap():
    v, w, b = axes.operands()
    names = {"V": v, "W": w, "b": b + 7, "conv3d2d": theano.conv3d2d}
    exec("\n".join(axes.code()), names)
    assert np.array_equal(names["H"], theano.conv3D(v, w, b + 7, (1, 1, 1)))
    assert [axes.FROM[axis] for axis in axes.ORDER] == list(axes.TO)
