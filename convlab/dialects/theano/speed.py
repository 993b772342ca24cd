"""The keywords of ConvOp that choose how it computes, never what."""

from __future__ import annotations

from convlab.dialects.theano.texts import refusal

SPEED = {  # keywords of ConvOp that choose how it computes, never what
    "unroll_batch": "computes several images per turn of its loop",
    "unroll_kern": "computes several filters per turn of its loop",
    "unroll_patch": "unrolls the loop over a filter's columns",
    "openmp": "shares the images among threads",
    "version": "chooses a loop; 'no_fft' keeps conv2d_fft away from this one call",
    "verbose": "prints what it does",
    "direction_hint": "tells the optimizer which gradient it may be",
}
LOGICAL = ("imshp_logical", "kshp_logical", "kshp_logical_top_aligned")
OURS = {  # what people bring along, and what it is called here
    "stride": "subsample", "strides": "subsample", "mode": "border_mode", "padding": "border_mode",
    "input_shape": "image_shape", "dilation": "filter_dilation", "groups": "num_groups", "flip": "filter_flip",
}  # fmt: skip


def check_keywords(function: str, given: dict, names: str) -> list[str]:
    """Return the keywords of speed that were given, or refuse those that mean something else or nothing.

    Parameters
    ----------
    function : str
        Who was called.
    given : dict
        Its further keyword arguments.
    names : str
        The names of its own, for the list of what it takes.

    Raises
    ------
    SpecError
        For imshp_logical and its kin: they change the numbers.
    TypeError
        For a keyword that there is not.

    Examples
    --------
    >>> check_keywords("legacy_conv2d", {"version": "no_fft"}, "input filters")
    ['version']
    """
    for name in given:
        if name in LOGICAL:
            raise refusal(
                "Keyword arguments 'imshp_logical' and 'kshp_logical' for conv2d are not supported anymore",
                f"Asked {function} for {name}={given[name]!r}.",
                "It spreads images or filters by zeros, which changes the numbers.",
                "Use filter_dilation to spread filters, conv2d_transpose to spread images.",
            )
        if name not in SPEED:
            takes = f"{names} {' '.join(SPEED)}".split()
            meant = f" Theano calls it {OURS[name]}." if OURS.get(name) in takes else ""
            raise TypeError(
                f"{function}() got an unexpected keyword argument {name!r}.{meant} It takes {', '.join(takes)}."
            )
    return list(given)


def check_unrolling(given: dict, image_shape: object, filter_shape: object) -> None:
    """Refuse to unroll loops over sizes that were not declared, as Theano does; the result would be the same.

    Examples
    --------
    >>> check_unrolling({"unroll_batch": 2}, (2, 1, 5, 5), (1, 1, 3, 3))
    """
    wanted = [name for name in ("unroll_batch", "unroll_kern") if given.get(name)]
    known = [
        shape is not None and None not in (shape[0], *shape[2:]) for shape in (image_shape, filter_shape)
    ]
    if wanted and not (all(known) and image_shape[1] is not None):
        raise refusal(
            "In ConvOp, when using unroll_batch and unroll_nkern, all shape are needed",
            f"Asked for {' and '.join(f'{name}={given[name]}' for name in wanted)}.",
            f"image_shape is {image_shape}, filter_shape is {filter_shape}.",
            "Declare both in full, or leave the keyword out: it changes the speed only.",
        )
