"""The facts of every implementation, held against code that runs: its words, its counterpart, and the definition."""

import inspect
from dataclasses import replace

import numpy as np
import pytest

from convlab.backends import CATALOGUE, get
from convlab.errors import ConvLabError
from convlab.implementations import ROWS, axes
from convlab.implementations import get as find
from convlab.implementations.calling import arranged, compute, function, further, options, restored
from convlab.implementations.implementation import changed
from convlab.implementations.layers import LAYERS
from convlab.implementations.refusing import by_facts, reasons, refusal
from convlab.implementations.remedies import remedy
from convlab.reference import judge
from tests.implemented import ASKED, COMPUTED, PAIRS, SCIPY, SPEAKING, assert_computed, name_of, operands

SOURCE_002 = (  # the nine headings of its page, as rows here
    "nnet.conv2d", "nnet.conv.conv2d", "signal.conv2d", "conv2d_fft", "cuda-convnet", "GpuCorrMM", "dnn_conv", "conv3D",
    "conv3d_fft", "GpuCorr3dMM", "conv3d2d",
)  # fmt: skip
OPTION_WORDS = {  # what the option may be called, in the signature of a function that has it
    "stride": {"subsample", "stride", "d", "input_dilation"},
    "dilation": {"filter_dilation", "dilation"},
    "groups": {"num_groups", "groups", "num_channels"},
}


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
    assert_computed(row, compute(row, x, w, spec), x, w, spec)


def test_every_row_is_tried_on_all_that_it_takes():
    for row in COMPUTED:
        tried = [spec for one, spec in PAIRS if one is row]
        for option in ("stride", "dilation"):
            has = getattr(row, option).value != "no"
            assert has == any(set(getattr(spec, option)) != {1} for spec in tried), (row.id, option)
        assert (row.groups.value != "no") == any(spec.groups > 1 for spec in tried), row.id
        assert {row.border_of(spec) for spec in tried} >= set(row.borders), row.id


@pytest.mark.parametrize("row", [row for row in SPEAKING if row.otherwise], ids=name_of)
def test_an_argument_reads_the_filter_the_other_way(row):
    assert row.otherwise == "filter_flip=False" and (row.flips == "never") == (row.id == "conv2d_transpose")
    spec = next(spec for one, spec in PAIRS if one is row)
    x, w = operands(spec)
    given = w.swapaxes(0, 1) if row.w_axes.startswith("CO") else w
    y = function(row)(x, given, **further(row, spec), filter_flip=False, **options(row, spec))
    made = row.computes(spec)
    assert np.array_equal(y, judge(x, w, changed(made, flip=not made.flip)))


def test_only_rows_that_leave_it_to_an_argument_name_one():
    named = {row.id for row in ROWS if row.otherwise}
    assert named == {row.id for row in ROWS if row.flips == "either"} | {"conv2d_transpose"}
    for row in SPEAKING:
        assert ("filter_flip" in inspect.signature(function(row)).parameters) == bool(row.otherwise)


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
