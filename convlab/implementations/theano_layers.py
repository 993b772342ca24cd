"""Theano's convolutions of images: two spatial axes, and causal_conv1d with one."""

from __future__ import annotations

from convlab.implementations import memory, rules
from convlab.implementations.implementation import YES, Answer, Implementation, changed
from convlab.spec import ConvSpec

THEANO = {
    "border": "border_mode",
    "stride": "subsample",
    "dilation": "filter_dilation",
    "groups": "num_groups",
}
OLD = {"border": "border_mode", "stride": "subsample"}
EVERY_BORDER = ("valid", "half", "full", "pads")
NOT_YET = Answer("no", "It is older than this and has no argument for it.")
COLUMNS = "C·kh·kw × oh·ow"
CONVOP_GRADIENT = Answer(
    "part", "Theano refuses the gradient for a stride other than 1 in valid mode, and above 2 in full mode."
)


def transposed(spec: ConvSpec) -> ConvSpec:
    """Return what conv2d_transpose computes: zeros between the values of x, then the filter slid as it is given.

    Examples
    --------
    >>> str(transposed(ConvSpec((1, 1, 3, 3), (1, 1, 3, 3), stride=2)))
    'x(1, 1, 5, 5) w(1, 1, 3, 3) ((2, 2), (2, 2)) no flip float32'
    """
    space = tuple((n - 1) * s + 1 for n, s in zip(spec.space, spec.stride, strict=True))
    pads = tuple((e - 1 - lo, e - 1 - hi) for e, (lo, hi) in zip(spec.extent, spec.pads, strict=True))
    return changed(
        spec, x_shape=(*spec.x_shape[:2], *space), mode="valid", padding=pads, stride=1, flip=False
    )


def _made_by(spec: ConvSpec) -> dict[str, object]:
    """Return the output shape, which the stride leaves open: here the smallest that there is."""
    return {"output_shape": transposed(spec).y_shape}


ROWS = (
    Implementation(
        id="nnet.conv2d",
        name="nnet.conv2d",
        about="Theano",
        call="theano.tensor.nnet.conv2d",
        otherwise="filter_flip=False",
        says="The layer of a network: each filter reads all channels of each image, and the products are added up.",
        flips="either",
        borders=EVERY_BORDER,
        rules=(rules.no_float16,),
        memory=COLUMNS,
        parts=memory.columns_of_corrmm,
        cpu="numpy-corrmm",
        gpu="cudnn",
        words="conv2d",
        options=THEANO,
        live="conv2d",
        recorded=("conv2d", "1.0.5"),
        example="x = np.arange(25.0).reshape(1, 1, 5, 5)\n"
        "w = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)\n"
        'y = cl.theano.conv2d(x, w, border_mode="valid")\n'
        "y[0, 0]",
    ),
    Implementation(
        id="nnet.conv.conv2d",
        name="nnet.conv.conv2d",
        about="Theano, ConvOp",
        call="theano.tensor.nnet.conv.conv2d",
        says="The same layer by direct loops, unrolled by the shapes that are declared: no copy of x is made.",
        flips="always",
        dilation=NOT_YET,
        groups=NOT_YET,
        gradient=CONVOP_GRADIENT,
        rules=(rules.no_float16,),
        parts=memory.nothing,
        cpu="numba-legacy",
        gpu="cupy-direct",
        words="legacy_conv2d",
        options=OLD,
        live="legacy_conv2d",
        recorded=("convop", "1.0.5"),
        example="x = np.arange(25.0).reshape(1, 1, 5, 5)\n"
        "w = np.ones((1, 1, 3, 3))\n"
        'y = cl.theano.legacy_conv2d(x, w, border_mode="full", subsample=(2, 2))\n'
        "y[0, 0]",
    ),
    Implementation(
        id="signal.conv2d",
        name="signal.conv2d",
        about="Theano, ConvOp",
        call="theano.tensor.signal.conv.conv2d",
        says="The traditional convolution of images: every image with every filter, no sum over channels.",
        flips="always",
        x_axes="NHW",
        w_axes="Ohw",
        y_axes="NOHW",
        dilation=NOT_YET,
        groups=NOT_YET,
        gradient=CONVOP_GRADIENT,
        rules=(rules.one_channel, rules.no_float16),
        parts=memory.nothing,
        cpu="numba-legacy",
        words="signal_conv2d",
        options=OLD,
        live="signal_conv2d",
        recorded=("signal", "1.0.5"),
        example="x = np.arange(18.0).reshape(2, 3, 3)\n"
        "w = np.array([[[1.0, 10.0]], [[1.0, -1.0]], [[0.0, 1.0]]])\n"
        "y = cl.theano.signal_conv2d(x, w)\n"
        "y.shape, y[0, 0]",
    ),
    Implementation(
        id="separable_conv2d",
        name="separable_conv2d",
        about="Theano",
        call="theano.tensor.nnet.separable_conv2d",
        otherwise="filter_flip=False",
        says="A filter per channel, then a layer of 1 × 1 taps that mixes the channels.",
        flips="either",
        borders=EVERY_BORDER,
        groups=Answer("part", "Always one group per channel: that is what separable means."),
        rules=(rules.a_group_per_channel, rules.no_float16),
        memory=COLUMNS,
        parts=memory.columns_of_corrmm,
        cpu="numpy-corrmm",
        words="separable_conv2d",
        options={name: THEANO[name] for name in ("border", "stride", "dilation")},
        extra=lambda spec: {"num_channels": spec.x_shape[1]},
        live="separable_conv2d",
        recorded=("separable", "1.0.5"),
        source="Theano 1.0.5",
        example="x = np.arange(32.0).reshape(1, 2, 4, 4)\n"
        "w = np.ones((2, 1, 3, 3))\n"
        "v = np.array([1.0, -1.0]).reshape(1, 2, 1, 1)\n"
        "y = cl.theano.separable_conv2d(x, w, v, num_channels=2)\n"
        "y[0, 0]",
    ),
    Implementation(
        id="causal_conv1d",
        name="causal_conv1d",
        about="Theano, 1-D",
        call="theano.tensor.nnet.abstract_conv.causal_conv1d",
        otherwise="filter_flip=False",
        says="Along time, with zeros only before the beginning: no output sees what comes later.",
        flips="either",
        ranks=(1,),
        x_axes="NCW",
        w_axes="OCw",
        borders=("pads",),
        rules=(rules.causal_zeros, rules.no_float16),
        memory="C·k × o",
        parts=memory.columns_of_corrmm,
        cpu="numpy-im2col",
        words="causal_conv1d",
        options={name: THEANO[name] for name in ("stride", "dilation", "groups")},
        extra=lambda spec: {"filter_shape": spec.w_shape},
        live="causal_conv1d",
        recorded=("causal1d", "1.0.5"),
        source="Theano 1.0.5",
        example="x = np.arange(1.0, 7.0).reshape(1, 1, 6)\n"
        "w = np.array([[[1.0, 10.0]]])\n"
        "y = cl.theano.causal_conv1d(x, w, filter_shape=(1, 1, 2), filter_dilation=2)\n"
        "y[0, 0]",
    ),
    Implementation(
        id="conv2d_transpose",
        name="conv2d_transpose",
        about="Theano",
        call="theano.tensor.nnet.conv2d_transpose",
        otherwise="filter_flip=False",
        says="The way back of nnet.conv2d, its gradient by x, as a layer: as that one turns the filter, this does not.",
        flips="never",
        w_axes="COhw",
        borders=EVERY_BORDER,
        groups=YES,
        rules=(rules.zeros_within_the_filter, rules.no_float16),
        memory="O·kh·kw × h·w",
        parts=memory.columns_of_the_gradient,
        cpu="numpy-corrmm",
        words="conv2d_transpose",
        options=THEANO | {"stride": "input_dilation"},
        extra=_made_by,
        reads=transposed,
        live="conv2d_transpose",
        recorded=("conv2d_transpose", "1.0.5"),
        source="Theano 1.0.5",
        example="x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])\n"
        "w = np.arange(1.0, 5.0).reshape(1, 1, 2, 2)\n"
        "y = cl.theano.conv2d_transpose(x, w, output_shape=(1, 1, 4, 4), input_dilation=(2, 2))\n"
        "y[0, 0]",
    ),
)
