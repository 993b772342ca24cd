"""The faults of source 003, each planted alone in code of our own, beside what is wrong and the line that mends it.

Source 003 is a convolution layer with its gradients, in NumPy: cross-correlation, one padding and one stride for both
axes. The usual check (square image and filter, one image, stride 1, no padding) finds none of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from convlab.errors import SpecError
from convlab.faults import columns, loops

Pair = tuple[np.ndarray | None, np.ndarray | None]


@dataclass(frozen=True)
class Fault:
    """One way to get a gradient wrong.

    Attributes
    ----------
    id : str
        Stable: presets and links hold it.
    title : str
        Fits one line of a menu.
    sentence : str
        What is wrong, and what it does.
    fix : str
        The line that mends it.
    run : callable
        ``run(x, w, dy, *, padding=0, stride=1) -> (dx, dw)`` for arrays of four axes, never flipped. May raise
        IndexError, as the original does, or return arrays of a wrong shape; that is the fault.
    forward : callable or None
        ``forward(x, w, *, padding=0, stride=1) -> y``, where the fault is in the forward pass already.
    """

    id: str
    title: str
    sentence: str
    fix: str
    run: Callable[..., Pair] = field(repr=False)
    forward: Callable[..., np.ndarray] | None = field(default=None, repr=False)


FAULTS = (
    Fault(
        "undilated", "no zeros for the stride",
        "dy is read at the position of the input instead of the output, and no zeros stand between its values: with "
        "two or more positions along a strided axis this is an IndexError.",
        "spread[:, :, ::stride, ::stride] = dy",
        loops.undilated,
    ),
    Fault(
        "no-remainder", "the input that no window reads",
        "The zeros for trailing input that the stride never reaches are left out: dx comes back shorter than x.",
        "spread = np.zeros((N, O, H + 2 * padding - kh + 1, W + 2 * padding - kw + 1))",
        loops.no_remainder,
    ),
    Fault(
        "cropped", "the last rows cropped",
        "The padded dx ends at row H instead of row padding + H: its last rows and columns are lost without a word.",
        "dx = dx_padded[:, :, padding:padding + H, padding:padding + W]",
        loops.cropped,
    ),
    Fault(
        "swapped-pads", "rows padded by the filter's width",
        "dy is padded by kw − 1 along the rows and kh − 1 along the columns: right for a square filter, an IndexError "
        "for any other.",
        "np.pad(spread, ((0, 0), (0, 0), (kh - 1,) * 2, (kw - 1,) * 2))",
        loops.swapped_pads,
    ),
    Fault(
        "integer-zeros", "sums kept in the image's integers",
        "dx is made like x: for an image of integers every sum is cut to an integer as it grows, and small gradients "
        "become 0.",
        "dx = np.zeros(x.shape, np.result_type(x, w, dy))",
        loops.integer_zeros,
    ),
    Fault(
        "broadcast-channels", "one channel for all",
        "Nothing compares the channels of x with those of w: NumPy repeats a single one for all of them.",
        "assert x.shape[1] == w.shape[1], (x.shape, w.shape)",
        loops.broadcast_channels, loops.broadcast_channels_forward,
    ),
    Fault(
        "column-order", "two orders of columns",
        "The columns of im2col have the image index last, the gradient is laid out image after image: right for one "
        "image, and for two they are mixed.",
        "dy_columns = dy.transpose(1, 2, 3, 0).reshape(O, -1)",
        columns.column_order, columns.column_order_forward,
    ),
    Fault(
        "tiled-columns", "height and width of the output swapped",
        "The columns of the windows are repeated as if the output were as wide as it is high: right for a square "
        "output, wrong for a wider one, an IndexError for a higher one.",
        "columns = stride * np.tile(np.arange(ow), oh)",
        columns.tiled_columns, columns.tiled_columns_forward,
    ),
    Fault(
        "truncated-size", "an output size cut towards zero",
        "int() cuts −0.5 to 0, so a filter larger than the padded image has one output: an IndexError instead of a "
        "refusal.",
        "oh = (H + 2 * padding - kh) // stride + 1; assert oh > 0, (kh, H + 2 * padding)",
        columns.truncated_size, columns.truncated_size_forward,
    ),
)  # fmt: skip


def get(id: str) -> Fault:
    """Return the fault of an id.

    Raises
    ------
    SpecError
        When there is no such fault; the sentence names those there are.

    Examples
    --------
    >>> fault, ones = get("cropped"), np.ones((1, 1, 2, 2))
    >>> dx, _ = fault.run(np.zeros((1, 1, 4, 4)), ones, np.arange(25.0).reshape(1, 1, 5, 5), padding=1)
    >>> dx[0, 0]
    array([[12., 16., 20.],
           [32., 36., 40.],
           [52., 56., 60.]])
    """
    for fault in FAULTS:
        if fault.id == id:
            return fault
    raise SpecError(
        f"Asked for the fault {id!r}.",
        f"There are {', '.join(fault.id for fault in FAULTS)}.",
        "Choose one of them.",
    )
