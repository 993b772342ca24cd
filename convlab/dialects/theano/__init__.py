"""Theano's words for a convolution, its rules and its refusals, and how they read as a `ConvSpec`.

The rules are those of Theano 1.0.5 on the CPU, held to recordings of it by the tests. Where Theano goes on with a
call that cannot be meant (a declared shape that lies, a step of 0), convlab refuses and says what Theano does.
"""

from convlab.dialects.theano.checks import check_declared
from convlab.dialects.theano.gradients import check_filter_shape, inputs_spec, weights_spec
from convlab.dialects.theano.layers import (
    conv2d_spec,
    conv2d_words,
    conv3d_spec,
    conv3d_words,
    layer_spec,
)
from convlab.dialects.theano.options import BORDER_MODES, Options, read_groups, read_options
from convlab.dialects.theano.texts import refusal

__all__ = [
    "BORDER_MODES", "Options", "check_declared", "check_filter_shape", "conv2d_spec", "conv2d_words", "conv3d_spec",
    "conv3d_words", "inputs_spec", "layer_spec", "read_groups", "read_options", "refusal", "weights_spec",
]  # fmt: skip
