"""The words of conv2d_fft and conv3d_fft, and the rule of the even last dimension."""

from __future__ import annotations

from convlab.arguments import switch
from convlab.dialects.theano.checks import axes_problem
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import ConvSpec, by


def fft_spec(
    rank: int,
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    border_mode: object = "valid",
    pad_last_dim: object = False,
    dtype: str = "float32",
) -> ConvSpec:
    """Read a call of ``conv2d_fft`` or ``conv3d_fft`` as a ConvSpec.

    Parameters
    ----------
    rank : {2, 3}
        Spatial axes: which of the two it is.
    x_shape, w_shape : tuple of int
        ``(batch, channels, *space)`` and ``(filters, channels, *taps)``.
    border_mode : {"valid", "full"}
    pad_last_dim : bool
        Add one column to the images and strip it afterwards. conv2d_fft adds it always, conv3d_fft only to an odd
        number of them.
    dtype : str

    Raises
    ------
    SpecError
        With Theano 0.8.2's own text first, wherever it raises.

    Notes
    -----
    A transform of real numbers stores half of its columns and comes back with an even number of them. The width
    that counts is that of the work buffer: the image's in valid, ``width + 2 * (columns of the filter - 1)`` in
    full, both even or odd together.

    Examples
    --------
    >>> fft_spec(2, (8, 3, 32, 33), (4, 3, 5, 5), pad_last_dim=True).y_shape
    (8, 4, 28, 29)
    """
    pad = switch("pad_last_dim", pad_last_dim)
    if border_mode not in ("valid", "full"):
        raise refusal(
            "invalid mode", f"Asked for border_mode={border_mode!r}.", "A transform has valid and full.",
            "Use one of them.",
        )  # fmt: skip
    for name, shape in (("input", x_shape), ("filters", w_shape)):
        if problem := axes_problem(name, shape, rank):
            raise SpecError(*problem)
    spec = ConvSpec(x_shape, w_shape, border_mode, dtype=dtype)
    _require_even(x_shape, w_shape, rank, pad)
    return spec


def _require_even(x_shape: tuple[int, ...], w_shape: tuple[int, ...], rank: int, pad: bool) -> None:
    width = x_shape[-1]
    odd = width % 2 == 1
    asked = f"Asked for images of {by(x_shape[2:])} by filters of {by(w_shape[2:])}, pad_last_dim={pad}."
    if rank == 2 and pad != odd:
        found = (
            f"The width {width} is odd, and the transform works on an even number of columns."
            if odd
            else f"pad_last_dim adds a column to the even width {width} too, which makes it odd."
        )
        hint = "Set pad_last_dim=True." if odd else "Leave pad_last_dim out for an even width."
        raise refusal("in conv2d_fft: width is not even", asked, found, hint)
    if rank == 3 and odd and not pad:
        raise refusal(
            "total size of new array must be unchanged",
            asked,
            f"The last axis has {width} values, an odd number; the transform comes back with {width - 1}, "
            "and Theano, which does not check this before, fails in a reshape.",
            "Set pad_last_dim=True.",
        )
