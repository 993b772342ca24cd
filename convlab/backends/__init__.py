"""The catalogue: one line per backend, in teaching order. A backend is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from math import prod

from numpy import dtype

from convlab.backends.backend import Backend, Row
from convlab.backends.library import starts
from convlab.errors import SpecError, Unavailable, Unsupported
from convlab.memory import require
from convlab.spec import ConvSpec

CATALOGUE = {
    "numpy-loops": "numpy_loops:NumpyLoops",
    "numpy-im2col": "numpy_im2col:NumpyIm2col",
    "numpy-corrmm": "numpy_corrmm:NumpyCorrMM",
    "numpy-corr3dmm": "numpy_corrmm:NumpyCorr3dMM",
    "numpy-fft": "numpy_fft:NumpyFft",
    "numpy-conv3d": "numpy_conv3d:NumpyConv3d",
    "numpy-conv3d2d": "numpy_conv3d2d:NumpyConv3d2d",
    "scipy-direct": "scipy_signal:ScipyDirect",
    "scipy-fft": "scipy_signal:ScipyFft",
    "scipy-oa": "scipy_signal:ScipyOa",
    "scipy-ndimage": "scipy_ndimage:ScipyNdimage",
    "numba-legacy": "numba_legacy:NumbaLegacy",
    "numba-direct": "numba_direct:NumbaDirect",
    "numba-c01b": "numba_c01b:NumbaC01b",
    "theano-corrmm": "theano_worker.backends:TheanoCorrMM",
    "theano-convop": "theano_worker.backends:TheanoConvOp",
}
THIN = 4  # with fewer terms, or fewer filters in a group, the matrix product is hardly one
# numba takes half a second to start in each process. From here on a thin im2col takes a tenth of that and more, so
# that a single call loses little and a loop of calls soon gains sevenfold.
WORTH_A_START_MACS = 50_000_000


def get(name: str) -> Backend:
    """Return the backend of a name.

    Raises
    ------
    SpecError
        When the catalogue has no such name; the sentence lists those it has.
    """
    if not isinstance(name, str) or name not in CATALOGUE:
        raise SpecError(
            f"Asked for the backend {name!r}.",
            f"The catalogue has {', '.join(CATALOGUE)}.",
            'Choose one of them, "auto" or "reference".',
        )
    return _made(name)


@cache
def _made(name: str) -> Backend:
    module, attribute = CATALOGUE[name].split(":")
    return getattr(import_module(f"convlab.backends.{module}"), attribute)()


def admit(name: str, spec: ConvSpec) -> Backend:
    """Return the backend of a name, ready to run a spec.

    Raises
    ------
    Unavailable, Unsupported
        With the backend's own sentence.
    """
    backend = get(name)
    return _admitted(backend, f"Asked for {name}", spec, backend.supports)


def admit_gradients(name: str, spec: ConvSpec) -> Backend:
    """Return the backend of a name, ready to compute the gradients of a spec.

    Raises
    ------
    Unavailable, Unsupported
        With the backend's own sentence.
    """
    backend = get(name)
    return _admitted(backend, f"Asked for the gradients of {name}", spec, backend.supports_gradients)


def _admitted(backend: Backend, asked: str, spec: ConvSpec, supports: Callable) -> Backend:
    if reason := backend.unavailable():
        raise Unavailable(f"{asked}.", reason)
    if reason := supports(spec):
        raise Unsupported(f"{asked} on {spec}.", reason, f"{choose(spec)} does this one.")
    return backend


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


def choose(spec: ConvSpec) -> str:
    """Return the backend that is likely to be right and fast for a spec, without measuring.

    A filter of many taps over one channel is cheaper by transform, but a transform is not exact; so the choice
    is between the two exact ones that take every spec: one matrix product where channels and filters give it
    something to multiply, loops compiled by numba where the matrix would be thin and its copies dominate. Where
    numba is absent, or is there and does not start (beside a NumPy that is too new for it), the matrix does it all.

    Examples
    --------
    >>> choose(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    'numpy-im2col'
    """
    thin = min(spec.terms, spec.w_shape[0] // spec.groups) < THIN
    loops = get("numba-direct")
    if thin and spec.macs > WORTH_A_START_MACS and not (loops.unavailable() or loops.supports(spec)):
        return "numba-direct" if starts("numba") else "numpy-im2col"
    return "numpy-im2col"


def rows(spec: ConvSpec | None = None) -> list[Row]:
    """Return one row per backend of the catalogue, for a spec or in general.

    Parameters
    ----------
    spec : ConvSpec, optional
        Without one, `says` tells only what this machine lacks, and `workspace_bytes` is None.
    """
    return [_row(get(name), spec) for name in CATALOGUE]


def _row(backend: Backend, spec: ConvSpec | None) -> Row:
    says = backend.unavailable() or (backend.supports(spec) if spec else None)
    fits = spec is not None and says is None
    lacks = says or (backend.supports_gradients(spec) if spec else None)
    return Row(
        name=backend.name,
        device=backend.device,
        family=backend.family,
        says=says,
        flips=backend.flips,
        layout=backend.layout,
        workspace_bytes=backend.workspace_bytes(spec) if fits else None,
        is_exact=backend.is_exact,
        spreads=backend.spreads,
        counterpart=backend.counterpart,
        wastes=backend.wastes(spec) if fits else None,
        gradients=lacks,
        gradient_wastes=backend.gradient_wastes(spec) if fits and lacks is None else None,
    )
