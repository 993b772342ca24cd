"""Whether the answer and the workspace of a question fit into this machine's memory, asked before it is begun."""

from __future__ import annotations

from math import prod

from numpy import dtype

from convlab.backends.backend import Backend
from convlab.memory import require
from convlab.spec import ConvSpec


def require_room(spec: ConvSpec, chosen: Backend | None) -> None:
    """Refuse a question whose answer and workspace are larger than this machine's memory, before it is begun.

    Parameters
    ----------
    spec : ConvSpec
    chosen : Backend or None
        None for the definition itself, which sums in float64.
    """
    item = max(8, dtype(spec.dtype).itemsize) if chosen is None else dtype(spec.dtype).itemsize
    needs = prod(spec.y_shape) * item + (chosen.workspace_bytes(spec) if chosen else 0)
    require(f"Asked for y of shape {spec.y_shape} in {spec.dtype}.", needs)


def require_room_for_gradients(spec: ConvSpec, chosen: Backend | None) -> None:
    """Refuse gradients that are, with their workspace, larger than this machine's memory, before they are begun.

    Parameters
    ----------
    spec : ConvSpec
    chosen : Backend or None
        None for the definition itself.
    """
    answers = prod(spec.x_shape) + prod(spec.w_shape)
    if chosen:
        needs = answers * dtype(spec.dtype).itemsize + chosen.gradient_workspace_bytes(spec)
    else:  # it sums in float64, and scales one dy for every channel that a filter reads
        scaled = spec.x_shape[0] * spec.w_shape[1] * prod(spec.y_shape[2:])
        copies = prod(spec.y_shape) + max(prod(spec.x_shape), prod(spec.w_shape))
        needs = (answers + scaled) * max(8, dtype(spec.dtype).itemsize)
        needs += copies * 8 * (dtype(spec.dtype).itemsize < 8)
    require(f"Asked for dx of shape {spec.x_shape} and dw of shape {spec.w_shape} in {spec.dtype}.", needs)
