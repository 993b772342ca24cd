"""Compiled Python around the tiles: loops over images, rows and blocks that call native functions by their address.

Imported only where something is computed, because it imports numba.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

from llvmlite import ir
from numba import cfunc, config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from convlab import paths

_LOCK = threading.Lock()
JOB = types.void(types.int64, types.int64, types.int64)


def jit(function: Callable) -> Callable:
    """Compile a function when it is first called, without Python's lock, and keep it on disk.

    Examples
    --------
    >>> @jit
    ... def third(n):
    ...     return n // 3
    >>> third(10)
    3
    """
    return _kept(function, lambda keep: njit(nogil=True, cache=keep)(function))


def job(function: Callable) -> Callable:
    """Compile a function of (words, item, thread), whole numbers, now; its attribute `address` is the native one.

    `words` is an address too: `word` reads what stands there. The threads of `convlab.backends.tiles.pool` call jobs.
    """
    return _kept(function, lambda keep: cfunc(JOB, nopython=True, cache=keep)(function))


@intrinsic
def call(typing, address, *arguments):
    """Call the native function at an address with whole numbers; from jitted code only."""
    signature = types.void(types.int64, types.BaseTuple.from_types((types.int64,) * len(arguments)))

    def generate(context, builder, signature, values):
        address, given = values
        numbers = cgutils.unpack_tuple(builder, given)
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * len(numbers))
        builder.call(builder.inttoptr(address, kind.as_pointer()), numbers)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def word(typing, words, i):
    """Return the i-th whole number of 64 bits behind an address; from jitted code only."""

    def generate(context, builder, signature, values):
        place = builder.add(values[0], builder.mul(values[1], ir.Constant(ir.IntType(64), 8)))
        return builder.load(builder.inttoptr(place, ir.IntType(64).as_pointer()))

    return types.int64(types.int64, types.int64), generate


def _kept(function: Callable, compile: Callable[[bool], Callable]) -> Callable:
    """Compile with a folder for what is compiled, which numba reads from its settings, or without one."""
    with _LOCK:
        former = config.CACHE_DIR
        try:
            config.CACHE_DIR = str(paths.compiled() / _sources(Path(function.__code__.co_filename).parent))
            return compile(True)
        except (RuntimeError, OSError):  # no folder that can be written: compile for this process only
            return compile(False)
        finally:
            config.CACHE_DIR = former


@cache
def _sources(folder: Path) -> str:
    """Return a digest of the files of a folder and of this one.

    numba compiles a function again when its own file has changed, but not when a file has from which it took another
    function. Those that take from each other stand in one folder, or take from this one.
    """
    files = sorted({*folder.glob("*.py"), *Path(__file__).parent.glob("*.py")})
    return sha256(b"\n".join(sha256(file.read_bytes()).digest() for file in files)).hexdigest()[:16]
