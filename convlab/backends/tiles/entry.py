"""Entering native code from Python as a built-in function is entered: in some 20 ns, with the arrays themselves.

Python calls its own built-in functions through a C function of (self, arguments, count). A native function of that form
can be made one: `builtin`. It is given the arrays, and reads where each lies, and how, from the array's own head. That
head has had one layout for as long as NumPy exists, since modules that were compiled long ago read it; whether this
Python and this NumPy have it is looked at once, before anything is read: `is_readable`. (The 20 ns were recorded on an
AMD EPYC, Zen 4.)
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from convlab.backends.tiles.machine import assembled

if TYPE_CHECKING:
    from convlab.backends.tiles.lanes import Lanes

WORD = 8  # bytes
# After Python's own head of every object: the address of the values, how many axes there are, the addresses of their
# lengths and of their strides, the owner, the dtype, the flags.
DATA, AXES, LENGTHS, STRIDES, FLAGS = (object.__basicsize__ + offset for offset in (0, 8, 16, 24, 48))
ALIGNED = 0x100  # the flag
_FAST = 0x80  # METH_FASTCALL: the arguments come as a C array


class _Method(ctypes.Structure):
    """What Python wants to know of a built-in function: PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


@cache
def is_readable() -> bool:
    """Return whether arrays have the head that native code reads here.

    Examples
    --------
    >>> isinstance(is_readable(), bool)
    True
    """
    if sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_void_p) != WORD:
        return False
    if np.ndarray.__basicsize__ < FLAGS + 4:
        return False
    arrays = [np.arange(6.0), np.ones((2, 3, 4), "float32")[::-1, :, 1:3], np.zeros((1, 1, 1, 1, 5))]
    return all(map(_is_as_expected, arrays))


def _is_as_expected(array: np.ndarray) -> bool:
    def read(kind: type, offset: int) -> int:
        return kind.from_address(id(array) + offset).value

    lengths, strides = (read(ctypes.c_int64, offset) for offset in (LENGTHS, STRIDES))
    rank = array.ndim
    head = (read(ctypes.c_int64, DATA), read(ctypes.c_int, AXES), read(ctypes.c_int, FLAGS))
    wanted = (array.__array_interface__["data"][0], rank, array.flags.num)
    if head != wanted or strides - lengths != rank * WORD:
        return False  # and no address is followed
    found = (tuple((ctypes.c_int64 * rank).from_address(place)) for place in (lengths, strides))
    return tuple(found) == (array.shape, array.strides)


def builtin(
    core: int, words: Sequence[int]
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray | None]:
    """Return a built-in function of (x, w, y) that lets native code write y, and returns y.

    Nothing is looked at before native code reads and writes: the caller has made sure that the arguments are three
    arrays, and that shapes and dtypes are those of the words. Python's lock is held meanwhile.

    Parameters
    ----------
    core : int
        The address of ``void core(words, x, x strides, w, w strides, y, y strides)``, as `small.native` returns it.
    words : sequence of int
        The first argument: their address is handed on.

    Returns
    -------
    function
        Returns None, and does nothing, where values do not lie at multiples of their size.

    Examples
    --------
    >>> from convlab.backends.tiles import small
    >>> from convlab.spec import ConvSpec
    >>> spec = ConvSpec((1, 1, 4), (1, 1, 2), flip=False)
    >>> function = builtin(small.native("float32", 1), small.words(spec))
    >>> x, w = np.array([[[1, 2, 3, 4]]], "float32"), np.array([[[1, 10]]], "float32")
    >>> function(x, w, np.empty(spec.y_shape, "float32")).tolist()
    [[[21.0, 32.0, 43.0]]]
    """
    held = np.array([core, _address("Py_IncRef"), id(None), *words], np.int64)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
    return make(ctypes.addressof(_method()), held, None)


@cache
def _method() -> _Method:
    """Return what Python keeps a pointer to; made once, and never given back."""
    return _Method(b"convolve", assembled("entry", 3, "float64", _entry, returns=True), _FAST, None)


def _entry(lanes: Lanes, held, arguments, _count) -> object:
    """Write the C function: read three arrays' heads, call the core unless values lie askew, return y or None."""
    from llvmlite import ir

    builder, integer = lanes.builder, ir.IntType(64)
    words = lanes.word(lanes.plus(held, DATA))
    core, add_reference, none = (lanes.word(lanes.plus(words, WORD * i)) for i in range(3))
    arrays = [lanes.word(lanes.plus(arguments, WORD * i)) for i in range(3)]
    places = [lanes.word(lanes.plus(array, offset)) for array in arrays for offset in (DATA, STRIDES)]
    flags = lanes.number(ALIGNED)
    for array in arrays:
        flags = builder.and_(flags, lanes.word(lanes.plus(array, FLAGS)))
    aligned = builder.icmp_signed("!=", flags, lanes.number(0))

    def call(address: ir.Value, given: list[ir.Value]) -> None:
        kind = ir.FunctionType(ir.VoidType(), [integer] * len(given))
        builder.call(builder.inttoptr(address, kind.as_pointer()), given)

    lanes.choose(
        builder.zext(aligned, integer), {1: lambda: call(core, [lanes.plus(words, 3 * WORD), *places])}
    )
    found = builder.select(aligned, arrays[2], none)
    call(add_reference, [found])
    return found


def _address(name: str) -> int:
    """Return where a function of Python's own C interface is."""
    return ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
