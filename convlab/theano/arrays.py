"""Arrays in, a result out: the types that Theano takes, and the call of a backend."""

from __future__ import annotations

import numpy as np

from convlab.backends import admit, usual
from convlab.backends.backend import Backend
from convlab.backends.room import require_room, require_room_for_gradients
from convlab.dialects.theano.texts import NOT_COMPILED, no_implementation, refusal
from convlab.operands import dtype_name, numbers
from convlab.spec import ConvSpec


def operands(operator: str, **given: object) -> tuple[list[np.ndarray], str]:
    """Return the arrays of a call in one type, and its name; or refuse the types that Theano refuses.

    Parameters
    ----------
    operator : str
        Theano's name of the graph's node, for its text.
    **given : array_like
        The arrays by the caller's names, first the one whose type the result has in Theano.

    Returns
    -------
    list of ndarray, str
        float32 when all are, and float64 otherwise: for integers too, which compiled Theano does not take.

    Raises
    ------
    SpecError
        For float16, complex numbers, and float32 together with a wider type where the result has to be float32.

    Examples
    --------
    >>> operands("AbstractConv2d", input=np.ones(2, "float32"), filters=np.ones(1, "float32"))[1]
    'float32'
    """
    for name, values in given.items():
        _refuse_complex(name, values)
    arrays = {name: numbers(name, values) for name, values in given.items()}
    for name, array in arrays.items():
        _refuse_odd_widths(operator, name, array)
    dtype = np.result_type(*arrays.values())
    dtype = dtype if dtype.kind == "f" else np.dtype(np.float64)
    first = next(iter(arrays))
    if arrays[first].dtype == np.float32 != dtype:
        wider = next(
            name for name, array in arrays.items() if np.result_type(array, np.float32) != np.float32
        )
        raise refusal(
            no_implementation(operator),
            f"Asked for float32 {first} with {arrays[wider].dtype} {wider}.",
            f"The result would have to be float32, and Theano does not lower {wider} to it.",
            f"Convert {wider} with .astype('float32'), or {first} with .astype('float64').",
        )
    return [array.astype(dtype, copy=False) for array in arrays.values()], dtype_name(dtype)


def forward(x: np.ndarray, w: np.ndarray, spec: ConvSpec, name: str | None = None) -> np.ndarray:
    """Compute y by a backend of the catalogue, the usual choice unless one is named, if there is room for it.

    The usual one whatever was tuned or preferred: Theano's words give the same numbers to every user.
    """
    return _chosen(spec, name).run(x, w, spec)


def gradient_of_inputs(dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Compute dx by the usual choice of backend, if there is room for it."""
    return _chosen(spec, gradients=True).dgrad(dy, w, spec)


def gradient_of_weights(x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Compute dw by the usual choice of backend, if there is room for it."""
    return _chosen(spec, gradients=True).wgrad(x, dy, spec)


def _chosen(spec: ConvSpec, name: str | None = None, gradients: bool = False) -> Backend:
    backend = admit(name or usual(spec, gradients=gradients), spec)
    (require_room_for_gradients if gradients else require_room)(spec, backend)
    return backend


def _refuse_complex(name: str, values: object) -> None:
    """Refuse complex numbers in the words of Theano's compiled code; its Python mode computes them."""
    dtype = getattr(values, "dtype", None)
    if getattr(dtype, "kind", "") == "c":
        raise refusal(
            NOT_COMPILED,
            f"Asked for {name} of {dtype}.",
            "Theano's compiled code stops with an AssertionError; only its Python mode computes complex numbers.",
            f"Convolve {name}.real and {name}.imag apart and add the results.",
        )


def _refuse_odd_widths(operator: str, name: str, array: np.ndarray) -> None:
    """Refuse float16, and floats that are wider than Theano has them."""
    if array.dtype == np.float16:
        raise refusal(
            NOT_COMPILED if operator == "ConvOp" else no_implementation(operator),
            f"Asked for {name} of float16.",
            "On the CPU Theano does not support float16.",
            "Convert both with .astype('float32').",
        )
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        raise refusal(
            f"Unsupported dtype for TensorType: {array.dtype}",
            f"Asked for {name} of {array.dtype}.",
            "Theano's floats end with float64.",
            f"Convert it with {name}.astype('float64').",
        )
