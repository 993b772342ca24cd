"""The catalogue: one line per backend, in teaching order. A backend is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from convlab.backends import peers
from convlab.backends.backend import Backend, Row
from convlab.backends.library import starts
from convlab.backends.preference import CHOSEN, NONE, Wishes, wishes
from convlab.backends.rules import REST, SMALL_MACS, is_for_lines, likely, likely_gradients
from convlab.backends.tuned import ranked
from convlab.errors import SpecError, Unavailable, Unsupported
from convlab.spec import ConvSpec

if TYPE_CHECKING:
    import numpy as np

CATALOGUE = {
    "numpy-loops": "numpy_loops:NumpyLoops",
    "numpy-im2col": "numpy_im2col:NumpyIm2col",
    "numpy-corrmm": "numpy_corrmm:NumpyCorrMM",
    "numpy-corr3dmm": "numpy_corrmm:NumpyCorr3dMM",
    "numpy-fft": "numpy_fft:NumpyFft",
    "numpy-conv3d": "numpy_conv3d:NumpyConv3d",
    "numpy-conv3d2d": "numpy_conv3d2d:NumpyConv3d2d",
    "llvm-direct": "llvm_direct:LlvmDirect",
    "scipy-direct": "scipy_signal:ScipyDirect",
    "scipy-fft": "scipy_signal:ScipyFft",
    "scipy-oa": "scipy_signal:ScipyOa",
    "scipy-rfft": "scipy_rfft:ScipyRfft",
    "scipy-ndimage": "scipy_ndimage:ScipyNdimage",
    "numba-legacy": "numba_legacy:NumbaLegacy",
    "numba-direct": "numba_direct:NumbaDirect",
    "numba-c01b": "numba_c01b:NumbaC01b",
    "numba-rows": "numba_rows:NumbaRows",
    "numba-tiles": "numba_tiles:NumbaTiles",
    "numba-separable": "numba_separable:NumbaSeparable",
    "numba-fft": "numba_fft:NumbaFft",
    "numba-winograd": "numba_winograd:NumbaWinograd",
    "numba-winograd-f2": "numba_winograd:NumbaWinogradF2",
    "numba-3d": "numba_3d:Numba3d",
    "numba-pointwise": "numba_pointwise:NumbaPointwise",
    "theano-corrmm": "theano_worker.backends:TheanoCorrMM",
    "theano-convop": "theano_worker.backends:TheanoConvOp",
}
LIBRARIES = ("scipy", "numba")  # families whose package may be there and not start
SEPARABLE = "numba-separable"
MOST_REMEMBERED = 4096  # choices; a sweep asks for many


def get(name: str) -> Backend:
    """Return the backend of a name, or a library function as one (`convlab.backends.peers`).

    Raises
    ------
    SpecError
        When the catalogue has no such name; the sentence lists those it has.
    """
    if isinstance(name, str) and name in peers.PEERS:
        return peers.get(name)
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
        raise Unsupported(f"{asked} on {spec}.", reason, f"{usual(spec)} does this one.")
    return backend


def choose(spec: ConvSpec, *, exact: bool = False) -> str:
    """Return the backend that "auto" stands for: what is preferred, else what was tuned here, else the usual one.

    Parameters
    ----------
    spec : ConvSpec
    exact : bool
        Only a backend that is exact on whole numbers, unless one is preferred by name.

    Raises
    ------
    Unsupported
        When what is excluded and required (`convlab.prefer`) leaves no backend that takes the spec.

    Notes
    -----
    Without preferences the answer is remembered: the same question again costs one look into a dictionary.

    Examples
    --------
    >>> choose(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    'llvm-direct'
    """
    if known := CHOSEN[exact].get(spec):
        return known
    wanted = wishes()
    by_itself = (*ranked(spec, exact, wanted), *wanted.include, *likely(spec))
    found = _first(spec, wanted, [name for name in by_itself if not exact or _is_exact(name)])
    if wanted is NONE:
        if len(CHOSEN[exact]) >= MOST_REMEMBERED:
            CHOSEN[exact].clear()
        CHOSEN[exact][spec] = found
    return found


def choose_held(w: np.ndarray, spec: ConvSpec, *, exact: bool = False) -> str:
    """Return the backend that "auto" stands for where one filter is held, which may be looked at.

    As `choose`; but where nothing is preferred, and the filter is a sum of so few products of lines that this saves
    half of the work and more, it is convolved line by line, unless a transform saves far more. Tuning has no say in
    that: it times random filters.

    Examples
    --------
    >>> import numpy as np
    >>> choose_held(np.ones((1, 1, 3, 3), "float32"), ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    'llvm-direct'
    """
    looks = (
        wishes() is NONE and not exact and spec.macs > SMALL_MACS and _refuses(SEPARABLE, spec, False) is None
    )
    return (
        SEPARABLE if looks and is_for_lines(get(SEPARABLE).gain(w, spec), spec) else choose(spec, exact=exact)
    )


def choose_gradients(spec: ConvSpec) -> str:
    """Return the backend that "auto" stands for where gradients are asked: what is preferred, else an exact one.

    Tuning times y only, and the fastest for y may be slow for dw, so what was tuned has no say.

    Examples
    --------
    >>> choose_gradients(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    'llvm-direct'
    """
    wanted = wishes()
    return _first(spec, wanted, (*wanted.include, *likely_gradients(spec)), gradients=True)


def usual(spec: ConvSpec, *, exact: bool = True, gradients: bool = False) -> str:
    """Return the choice without measuring: neither tuning nor preferences change it.

    Examples
    --------
    >>> usual(ConvSpec((8, 64, 56, 56), (64, 64, 3, 3)))
    'numba-tiles'
    """
    names = likely_gradients(spec) if gradients else likely(spec)
    return _first(spec, NONE, [name for name in names if not exact or _is_exact(name)], gradients)


def _first(spec: ConvSpec, wanted: Wishes, by_itself: Iterable[str], gradients: bool = False) -> str:
    """Return the first name that takes a spec: of those required, else in the wanted order, else by itself."""
    names = wanted.require or (*wanted.order, *by_itself, *REST)
    for name in names:
        if name in CATALOGUE and name not in wanted.exclude and _refuses(name, spec, gradients) is None:
            return name
    said = [f"{name}: {_refuses(name, spec, gradients)}" for name in wanted.require]
    raise Unsupported(
        f"Asked for {'the gradients of ' * gradients}{spec}.",
        " ".join(said) or f"What takes it is excluded: {', '.join(wanted.exclude)}.",
        f"Call cl.prefer({'require' if said else 'exclude'}=()) or name a backend.",
    )


def _refuses(name: str, spec: ConvSpec, gradients: bool) -> str | None:
    """Return why a backend does not run a spec here; a library has to be started to know."""
    backend = get(name)
    takes = backend.supports_gradients if gradients else backend.supports
    if reason := backend.unavailable() or takes(spec):
        return reason
    module = backend.imports or (backend.family if backend.family in LIBRARIES else "")
    return None if not module or starts(module) else f"{module} does not start here."


def _is_exact(name: str) -> bool:
    return name in CATALOGUE and get(name).is_exact


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
