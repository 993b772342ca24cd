"""What Theano refuses, convlab refuses in its words; what Theano gets silently wrong, convlab refuses in its own."""

from dataclasses import dataclass

import numpy as np
import pytest

from convlab import theano
from convlab.dialects.theano import Options, conv2d_spec, conv2d_words, conv3d_spec, conv3d_words
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from tests.golden import ENGINE, cases, layers, named

TABLE = {}  # name of a call -> its row in compiled code and its row in Python mode
for row in ENGINE["error_table"]:
    TABLE.setdefault(row["name"], {})[row["mode"]] = row


@dataclass(frozen=True)
class Call:
    """A recorded call and what becomes of it here.

    `outcome` is "refused" (with all of Theano's text), "quoted" (with the part of its text that `says` holds),
    "ours" (refused in a sentence that holds `says`, what Theano does) or "computed" (to the recorded shape).
    """

    function: str
    outcome: str
    says: str = ""
    dtypes: tuple[str, str] = ("float32", "float32")
    words: tuple = ()


def call(function, outcome, says="", dtypes=("float32", "float32"), **words):
    return Call(function, outcome, says, dtypes, tuple(words.items()))


BORDERS = ("same", "wrap", -1, (1, 2, 3), (1, -1), (1.5, 1), ((1, 2, 3), 1), [1, 1], None)
NOTHING, OLD = "there is no implementation available supporting the requested options", "legacy_conv2d"
CALLS = {
    "channel mismatch (2,3,5,5)x(1,1,3,3), nnet.conv2d": call("conv2d", "refused"),
    "channel mismatch, nnet.conv.conv2d": call(OLD, "refused"),
    "channel mismatch, nnet.conv.conv2d with shapes": call(
        OLD, "ours", "AssertionError that says nothing", image_shape=(2, 3, 5, 5), filter_shape=(1, 1, 3, 3)
    ),
    "channel mismatch, nnet.conv2d with shapes": call(
        "conv2d", "refused", input_shape=(2, 3, 5, 5), filter_shape=(1, 1, 3, 3)
    ),
    "kernel larger than image, valid": call("conv2d", "refused"),
    "kernel larger in width only, valid": call("conv2d", "refused"),
    "kernel larger than image, valid, nnet.conv.conv2d": call(OLD, "refused"),
    "kernel larger, valid, nnet.conv.conv2d with shapes": call(
        OLD, "refused", image_shape=(1, 1, 3, 3), filter_shape=(1, 1, 5, 5)
    ),
    **{f"border_mode={mode!r}": call("conv2d", "refused", border_mode=mode) for mode in BORDERS},
    "nnet.conv.conv2d border_mode=half": call(OLD, "refused", border_mode="half"),
    "nnet.conv.conv2d border_mode=same": call(OLD, "refused", border_mode="same"),
    "subsample of length 3": call("conv2d", "refused", subsample=(1, 1, 1)),
    "subsample (0,1)": call("conv2d", "ours", "signal 8", subsample=(0, 1)),
    "filter_dilation of length 1": call("conv2d", "refused", filter_dilation=(1,)),
    "filter_dilation (0,1)": call("conv2d", "ours", "Theano accepts it", filter_dilation=(0, 1)),
    "3-D image": call("conv2d", "refused"),
    "3-D filters": call("conv2d", "refused"),
    "num_groups=0": call("conv2d", "refused", num_groups=0),
    "num_groups=2, 3 channels": call("conv2d", "refused", num_groups=2),
    "num_groups=2, 3 filters": call("conv2d", "refused", num_groups=2),
    "num_groups=2, kernel with all channels": call("conv2d", "refused", num_groups=2),
    "unshared with wrong output size": call("conv2d", "refused", unshared=True),
    "declared input_shape differs": call("conv2d", "ours", "does not check this", input_shape=(1, 1, 6, 6)),
    "float32 image, float64 filters": call("conv2d", "quoted", NOTHING, ("float32", "float64")),
    "float64 image, float32 filters": call("conv2d", "computed", "", ("float64", "float32")),
    "float32/float64, nnet.conv.conv2d": call(OLD, "refused", "", ("float32", "float64")),
    "int64 image and filters": call("conv2d", "computed", "float64", ("int64", "int64")),
    "float16": call("conv2d", "quoted", NOTHING, ("float16", "float16")),
    "complex64": call("conv2d", "quoted", "happened while compiling the node", ("complex64", "complex64")),
    "empty batch": call("conv2d", "computed"),
    "no channels": call("conv2d", "computed"),
    "no filters": call("conv2d", "computed"),
    "empty kernel": call("conv2d", "ours", "Theano does not check this and goes on, to 6 × 3 zeros"),
    "conv3d asymmetric padding": call("conv3d", "refused", border_mode=((1, 0), 1, 1)),
    "conv3d channel mismatch": call("conv3d", "refused"),
    "conv3d kernel larger": call("conv3d", "refused"),
    "conv3d2d border_mode=same": call("conv3d2d", "refused", border_mode="same"),
    "conv3d2d rows/cols differ": call("conv3d2d", "refused", border_mode=("valid", "full", "valid")),
    "conv2d_transpose impossible output_shape": call(
        "conv2d_transpose", "refused", output_shape=(1, 1, 9, 9)
    ),
}


def test_every_row_of_the_table_has_its_outcome_here():
    assert len(TABLE) == 47 and list(TABLE) == list(CALLS)


@pytest.mark.parametrize("name", TABLE)
def test_a_call_that_is_wrong_or_odd_ends_as_it_does_in_theano_or_says_why_not(name):
    asked, row = CALLS[name], TABLE[name]["C"]
    operands = [np.zeros(shape, dtype) for shape, dtype in zip(row["shapes"], asked.dtypes, strict=True)]
    if asked.outcome == "computed":
        y = getattr(theano, asked.function)(*operands, **dict(asked.words))
        recorded = row if row["stage"] == "ok" else TABLE[name]["py"]  # compiled Theano takes no integers
        assert list(y.shape) == recorded["result_shape"] and not y.any()
        assert y.dtype == (asked.says or recorded["result_dtype"])
        return
    with pytest.raises(SpecError) as caught:
        getattr(theano, asked.function)(*operands, **dict(asked.words))
    error = caught.value
    text, _, question = error.asked.partition("Asked for ")
    assert question and error.found and error.hint
    if asked.outcome == "ours":
        assert asked.says in str(error)
        assert row["stage"] == "ok" or row["type"] in ("process killed", "AssertionError")
    elif asked.outcome == "quoted":
        assert asked.says in text and text.rstrip(". ") in row["message"]
    else:
        assert text.rstrip().removesuffix(".") == row["message"].rstrip().removesuffix(".")


def test_every_recorded_output_size_is_computed_or_refused():
    columns = ENGINE["shape_table"]["columns"]
    made = refused = 0
    for row in ENGINE["shape_table"]["rows"]:
        image, taps, border, stride, dilation, size = (
            row[columns.index(name)]
            for name in ("image", "kernel", "border_mode", "subsample", "dilation", "output")
        )
        pads = (
            border
            if isinstance(border, str)
            else (tuple(border) if isinstance(border, list) else (border, border),)
        )
        options = Options(pads, (stride,), (dilation,))
        assert options.sizes((image,), (taps,)) == (size,)
        try:
            spec = ConvSpec((1, 1, image), (1, 1, taps), **options.how)
        except SpecError:
            assert size <= 0
            refused += 1
        else:
            assert spec.y_shape == (1, 1, size)
            made += 1
    assert made > 300 and refused > 10


@pytest.mark.parametrize("case", cases("conv2d", "conv3d", "seeds", "convop"), ids=named)
def test_a_spec_translates_back_into_theanos_words(case):
    for layer in layers(case):
        spec = layer.spec
        read, say = (conv2d_spec, conv2d_words) if spec.rank == 2 else (conv3d_spec, conv3d_words)
        again = read(spec.x_shape, spec.w_shape, dtype=spec.dtype, **say(spec))
        assert (again.pads, again.stride, again.dilation, again.flip, again.groups) == (
            spec.pads, spec.stride, spec.dilation, spec.flip, spec.groups,
        )  # fmt: skip
