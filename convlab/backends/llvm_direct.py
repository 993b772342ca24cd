"""llvm-direct: the loops of the definition as one native function, there at once and entered at once."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from convlab.backends import limits
from convlab.backends.backend import Backend, Entry
from convlab.backends.formula import formula
from convlab.backends.tiles import entry, small
from convlab.backends.work import Work, direct
from convlab.spec import ConvSpec

# A call with fewer multiply-adds, some 10 µs, keeps Python's lock: to give it back and take it again costs 100 ns, and
# to call through ctypes, which does so, a microsecond (recorded on an AMD EPYC, Zen 4).
LOCKED_MACS = 200_000


class LlvmDirect(Backend):
    """The loops of the definition, written as LLVM code: `convlab.backends.tiles.small`.

    It is for convolutions that are over before others have begun: numba takes half a second until its first result, a
    NumPy function a microsecond or several, and this one 20 ns (recorded on an AMD EPYC, Zen 4).

    Notes
    -----
    Every output is added up by fused multiply-adds, in y's dtype, over the channels, then the taps of the window in C
    order, in runs of at most 256 terms (`convlab.backends.tiles.small`); taps on the padding are left out. There are no
    threads and no copies, and any strides are read.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> LlvmDirect().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "llvm-direct"
    how = "the loops, native at once"
    device = "cpu"
    family = "llvm"
    flips = "either"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "as defined"
    counterpart = ""
    imports = "llvmlite.binding"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse the dtypes that a processor does not multiply and add in one step."""
        return limits.floats(spec, self.name)

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return 0: all sums are in registers."""
        return 0

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        return formula("0", spec)

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, in one call."""
        return direct(spec, "1")

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Enter the native function."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        function = _function(spec)
        if function(x, w, y) is None:  # values that do not lie at multiples of their size
            x, w, straight = (np.require(array, None, "A") for array in (x, w, y))
            y[...] = function(x, w, straight)
        return y

    def entry(self, spec: ConvSpec) -> Entry | None:
        """Return the native function itself, as a built-in function of Python, for a small convolution."""
        is_small = spec.macs <= LOCKED_MACS and entry.is_readable()
        return _function(spec) if is_small and not self.supports(spec) else None


@lru_cache(1024)
def _function(spec: ConvSpec) -> Entry:
    """Return what computes a question: built in while it is small, else one that gives Python's lock back."""
    core, words = small.native(spec.dtype, spec.rank, spec.terms), small.words(spec)
    if spec.macs <= LOCKED_MACS and entry.is_readable():
        return entry.builtin(core, words)
    return _unlocked(core, words, spec.rank + 2)


def _unlocked(core: int, words: list[int], axes: int) -> Callable:
    """Return a function of (x, w, y) as `entry.builtin` does, which lets other threads run meanwhile."""
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 7)(core)
    held, strides = (ctypes.c_int64 * len(words))(*words), ctypes.c_int64 * axes

    def function(x: np.ndarray, w: np.ndarray, y: np.ndarray) -> np.ndarray | None:
        arrays = (x, w, y)
        if not all(array.flags.aligned for array in arrays):
            return None
        call(held, *(part for array in arrays for part in (array.ctypes.data, strides(*array.strides))))
        return y

    return function
