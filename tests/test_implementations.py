"""The facts of every implementation, held against code that runs: its words, its counterpart, and the definition."""

import inspect
import json
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from convlab import cli, theano
from convlab.backends import CATALOGUE, get, numpy_fft
from convlab.errors import ConvLabError
from convlab.implementations import ROWS, axes, here, memory
from convlab.implementations import get as find
from convlab.implementations.calling import (
    arranged,
    command,
    compute,
    function,
    further,
    options,
    restored,
    written,
)
from convlab.implementations.implementation import changed
from convlab.implementations.layers import LAYERS
from convlab.implementations.refusing import by_facts, reasons, refusal
from convlab.implementations.remedies import remedy
from convlab.implementations.running import run
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.golden import INDEX

SOURCE_002 = (  # the nine headings of its page, as rows here
    "nnet.conv2d", "nnet.conv.conv2d", "signal.conv2d", "conv2d_fft", "cuda-convnet", "GpuCorrMM", "dnn_conv", "conv3D",
    "conv3d_fft", "GpuCorr3dMM", "conv3d2d",
)  # fmt: skip
COMPUTED = [row for row in ROWS if row.words or row.cpu]
SCIPY = [row for row in ROWS if row.library == "SciPy"]
SPEAKING = [row for row in ROWS if row.words and row.library == "Theano"]
OPTION_WORDS = {  # what the option may be called, in the signature of a function that has it
    "stride": {"subsample", "stride", "d", "input_dilation"},
    "dilation": {"filter_dilation", "dilation"},
    "groups": {"num_groups", "groups", "num_channels"},
}
ASKED = {  # layers of 1, 2 and 3 axes, no two sizes alike, and every option at least once
    1: [ConvSpec((2, 3, 9), (4, 3, 3), padding=((2, 0),), dtype="float64"),
        ConvSpec((2, 4, 9), (4, 2, 3), stride=2, dilation=2, groups=2, padding=((4, 0),), dtype="float64")],
    2: [ConvSpec((2, 4, 5, 6), (16, 4, 3, 3)),
        ConvSpec((2, 1, 5, 6), (3, 1, 2, 3), "full", dtype="float64"),
        ConvSpec((1, 1, 6, 7), (1, 1, 3, 5), "same", dtype="float64"),
        ConvSpec((2, 4, 5, 6), (3, 4, 2, 4), "half", dtype="float64"),
        ConvSpec((2, 4, 7, 9), (16, 4, 3, 3), stride=2),
        ConvSpec((2, 4, 6, 9), (3, 4, 2, 3), stride=(2, 1), dtype="float64"),
        ConvSpec((2, 4, 7, 8), (2, 4, 2, 3), dilation=(1, 2), dtype="float64"),
        ConvSpec((2, 4, 5, 6), (4, 1, 2, 3), groups=4, dtype="float64"),
        ConvSpec((2, 4, 5, 6), (6, 2, 3, 2), "full", groups=2, dtype="float64"),
        ConvSpec((2, 4, 5, 6), (16, 4, 3, 3), padding=1),
        ConvSpec((2, 4, 5, 6), (3, 4, 3, 3), padding=((0, 1), (2, 1)), dtype="float64"),
        ConvSpec((2, 4, 5, 7), (3, 4, 3, 3)),
        ConvSpec((2, 5, 5, 6), (16, 5, 3, 3)),
        ConvSpec((2, 6, 5, 6), (16, 6, 3, 3)),
        ConvSpec((2, 4, 5, 6), (3, 4, 3, 3), "full"),
        ConvSpec((2, 1, 7, 9), (3, 1, 3, 3), stride=2),
        ConvSpec((1, 1, 6, 7), (1, 1, 3, 4), "full", dtype="float64"),
        ConvSpec((1, 1, 6, 7), (1, 1, 2, 4), dtype="float64"),
        ConvSpec((2, 4, 6, 7), (4, 1, 2, 3), "half", stride=2, groups=4, dtype="float64"),
        ConvSpec((2, 4, 6, 7), (4, 1, 2, 3), "full", dilation=2, groups=4, dtype="float64"),
        ConvSpec((2, 4, 6, 7), (4, 1, 3, 3), padding=((0, 1), (2, 1)), groups=4, dtype="float64")],
    3: [ConvSpec((2, 3, 4, 5, 6), (4, 3, 2, 3, 2)),
        ConvSpec((2, 3, 4, 5, 6), (4, 3, 2, 3, 2), "full"),
        ConvSpec((1, 1, 4, 5, 6), (1, 1, 3, 3, 3), "same", dtype="float64"),
        ConvSpec((2, 3, 4, 5, 6), (4, 3, 2, 3, 2), "half", dtype="float64"),
        ConvSpec((2, 3, 4, 5, 6), (4, 3, 2, 3, 2), stride=(2, 2, 1), dtype="float64"),
        ConvSpec((2, 3, 4, 5, 7), (4, 3, 2, 2, 2), dilation=2, dtype="float64"),
        ConvSpec((2, 4, 4, 5, 6), (4, 2, 2, 3, 2), groups=2, dtype="float64"),
        ConvSpec((2, 3, 4, 5, 6), (4, 3, 4, 3, 3), padding=1, dtype="float64")],
}  # fmt: skip
PAIRS = [
    (row, spec)
    for row in COMPUTED
    for rank in row.ranks
    for spec in ASKED[rank]
    if refusal(row, spec) is None
]


def name_of(thing):
    return getattr(thing, "id", None) or str(thing)


def operands(spec, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(-5, 6, shape).astype(spec.dtype) for shape in (spec.x_shape, spec.w_shape))


def definition(row, x, w, spec):
    """Return what a row says that it computes; a transposed one writes zeros between the values of x first."""
    asked, made = spec, row.computes(spec)
    if made.x_shape != asked.x_shape:
        wide = np.zeros(made.x_shape, x.dtype)
        wide[(..., *(slice(None, None, s) for s in asked.stride))] = x
        x = wide
    return judge(x, w, made)


# ---- the list


def test_everything_that_source_002_lists_is_here_and_more():
    ids = [row.id for row in ROWS]
    assert len(set(ids)) == len(ids) and set(SOURCE_002) <= set(ids)
    more = {
        "nnet.conv3d",
        "conv2d_transpose",
        "separable_conv2d",
        "causal_conv1d",
        "torch.conv2d",
        "tf.conv2d",
    }
    assert more <= set(ids)
    with pytest.raises(ConvLabError, match="conv3d2d"):
        find("conv4d")


@pytest.mark.parametrize("row", [find(name) for name in SOURCE_002 if name != "dnn_conv"], ids=name_of)
def test_everything_of_source_002_that_needs_no_cudnn_has_a_counterpart_in_the_catalogue(row):
    assert row.cpu in CATALOGUE and get(row.cpu).unavailable() is None


def test_rows_that_turn_the_filter_come_first():
    turns = [row.flips != "never" for row in ROWS]
    assert turns == sorted(turns, reverse=True)


# ---- turn, axes, borders, stride, dilation, groups: through its own words


@pytest.mark.parametrize("row, spec", PAIRS, ids=name_of)
def test_a_row_computes_what_its_facts_say(row, spec):
    x, w = operands(spec)
    found, wanted = compute(row, x, w, spec), definition(row, x, w, spec)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=1e-3 if spec.dtype == "float32" else 1e-9)


def test_every_row_is_tried_on_all_that_it_takes():
    for row in COMPUTED:
        tried = [spec for one, spec in PAIRS if one is row]
        for option in ("stride", "dilation"):
            has = getattr(row, option).value != "no"
            assert has == any(set(getattr(spec, option)) != {1} for spec in tried), (row.id, option)
        assert (row.groups.value != "no") == any(spec.groups > 1 for spec in tried), row.id
        assert {row.border_of(spec) for spec in tried} >= set(row.borders), row.id


@pytest.mark.parametrize("row", [row for row in SPEAKING if row.flips == "either"], ids=name_of)
def test_an_argument_of_either_leaves_the_filter_as_it_is(row):
    spec = next(spec for one, spec in PAIRS if one is row)
    x, w = operands(spec)
    y = function(row)(x, w, **further(row, spec), filter_flip=False, **options(row, spec))
    assert np.array_equal(y, judge(x, w, changed(spec, flip=False)))


@pytest.mark.parametrize("option", OPTION_WORDS)
@pytest.mark.parametrize("row", [*SPEAKING, *SCIPY], ids=name_of)
def test_a_function_has_an_argument_for_an_option_exactly_where_the_dot_says_so(row, option):
    has = bool(set(inspect.signature(function(row)).parameters) & OPTION_WORDS[option])
    assert has == (getattr(row, option).value != "no")


@pytest.mark.parametrize("mode", ["valid", "same", "half", "full"])
@pytest.mark.parametrize("row", [*SPEAKING, *SCIPY], ids=name_of)
def test_a_function_knows_a_border_exactly_where_the_table_says_so(row, mode):
    takes = row.options.get("border")
    if takes is None:
        assert set(row.borders) <= {"valid", "pads", "same"}
        return
    spec = next(spec for one, spec in PAIRS if one is row and row.border_of(spec) in ("valid", "full"))
    x, w = operands(spec)
    extra = further(row, spec) | ({"num_channels": spec.x_shape[1]} if row.id == "separable_conv2d" else {})
    if row.id == "conv2d_transpose":
        extra["output_shape"] = row.computes(replace(spec, mode="valid" if mode == "same" else mode)).y_shape
    given = arranged(x, row.x_axes, "NC"), arranged(w, row.w_axes, "OC")
    try:
        function(row)(*given, **extra, **{takes: mode})
        knows = True
    except (ConvLabError, ValueError):
        knows = False
    assert knows == (mode in row.borders)


@pytest.mark.parametrize("order", ["NHWTC", "NTCHW", "CHWTN"])
def test_axes_are_put_in_order_and_back(order):
    array = np.arange(720).reshape(2, 3, 4, 5, 6)
    sizes = dict(zip("NC", (2, 3))) | dict(zip((a for a in order if a not in "NC"), (4, 5, 6)))
    there = arranged(array, order, "NC")
    assert there.shape == tuple(sizes[axis] for axis in order)
    assert np.array_equal(restored(there, order, "NC"), array)


def test_the_two_volumes_have_the_axes_that_the_swap_draws():
    names = {"N": "batch", "H": "row", "W": "column", "T": "time", "C": "channel"}
    assert tuple(names[axis] for axis in find("conv3D").x_axes) == axes.FROM
    assert tuple(names[axis] for axis in find("conv3d2d").x_axes) == axes.TO


def test_a_layout_is_that_of_the_counterpart():
    assert find("cuda-convnet").x_axes == get("numba-c01b").layout
    assert find("conv3d2d").x_axes == get("numpy-conv3d2d").layout
    assert find("GpuCorrMM").x_axes == get("numpy-corrmm").layout
    for name in ("cuda-convnet", "GpuCorrMM", "GpuCorr3dMM", "conv3D"):
        assert find(name).flips == get(find(name).cpu).flips == "never"
    assert find("conv2d_fft").flips == get("numpy-fft").flips == "always"


# ---- what is refused


@pytest.mark.parametrize("row", [row for row in COMPUTED if row not in SCIPY], ids=name_of)
def test_what_the_counterpart_refuses_stands_in_the_facts(row):
    wide = [replace(spec, dtype=dtype) for spec in ASKED[row.ranks[0]] for dtype in ("float16", "float64")]
    if row.id == "GpuCorrMM" or row.id == "GpuCorr3dMM":
        wide = ASKED[row.ranks[0]]  # their halves are a GPU's, which a processor's product has not
    for spec in [*ASKED[row.ranks[0]], *wide]:
        if get(row.cpu).supports(row.computes(spec)):
            assert by_facts(row, spec), f"{row.id} takes {spec} by its facts"


TWINS = ("conv2d_fft", "conv3d_fft", "nnet.conv.conv2d", "conv3D", "conv3d2d", "cuda-convnet", "GpuCorrMM")
WIDER = {
    "conv2d_fft": "float64",
    "conv3d_fft": "float64",
    "cuda-convnet": "float64",
}  # what twins take as well


@pytest.mark.parametrize("row", [find(name) for name in TWINS], ids=name_of)
def test_what_the_facts_refuse_the_counterpart_refuses(row):
    for spec in ASKED[row.ranks[0]]:
        if spec.dtype == WIDER.get(row.id) or (row.id == "cuda-convnet" and spec.groups > 1):
            spec = replace(spec, dtype="float32")
            if spec.groups > 1:
                continue
        if by_facts(row, spec):
            assert get(row.cpu).supports(row.computes(spec)), f"{row.id} refuses {spec} by its facts alone"


@pytest.mark.parametrize("row", COMPUTED, ids=name_of)
def test_a_refusal_says_what_it_found_and_a_remedy_leads_out_of_it(row):
    named = {layer.id: layer.spec for layer in LAYERS}
    asked = [spec for specs in ASKED.values() for spec in specs] + list(named.values())
    for spec in asked:
        why = refusal(row, spec)
        if why is None:
            assert reasons(row, spec) == []
            continue
        assert why.endswith(".") and (any(c.isdigit() for c in why) or "Asked for" in why)
        found = dict(remedy(row, spec))
        start = named[found.pop("layer")] if "layer" in found else spec
        if found.get("mode") == "padded":
            found["mode"] = "valid"
        assert (
            refusal(row, changed(start, **found) if "padding" not in found else replace(start, **found))
            is None
        )


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


def test_threads_have_a_column_matrix_each_but_no_more_than_there_are_images(monkeypatch):
    monkeypatch.setattr(memory.os, "cpu_count", lambda: 4)
    one, many = ConvSpec((1, 3, 9, 9), (5, 3, 3, 3)), ConvSpec((8, 3, 9, 9), (5, 3, 3, 3))
    single = find("GpuCorrMM").bytes_of(one)
    assert find("nnet.conv2d").bytes_of(one) == single == 4 * 3 * 9 * 49
    assert find("nnet.conv2d").bytes_of(many) == 4 * single


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
    from convlab.dashboard.state.implementations_run import live_words

    arrays = run(row)["arrays"]
    answer = theano.call(row.live, {n: a for n, a in arrays.items() if n != "y"}, live_words(row))
    assert np.array_equal(answer.arrays["y"], arrays["y"])


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_its_command_computes_it(row, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = [spec for rank in row.ranks for spec in ASKED[rank] if refusal(row, spec) is None]
    taken = [spec for spec in asked if row.computes(spec).x_shape == spec.x_shape]
    assert taken and (f"--backend {row.cpu}" in command(row, taken[0])) == (row.cpu is not None)
    for spec in taken[:3]:
        x, w = operands(spec)
        np.save("x.npy", x)
        np.save("w.npy", w)
        words = command(row, spec).removeprefix("python -m convlab ").split()
        assert cli.main([*words, "--json"]) == 0
        y = np.reshape(json.loads(capsys.readouterr().out)["y"], row.computes(spec).y_shape)
        np.testing.assert_allclose(y, definition(row, x, w, spec), atol=1e-3)


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
