"""From LLVM text to native functions, compiled once for a processor and kept on disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from convlab import atomic, paths
from convlab.backends.tiles.lanes import BITS, Lanes

if TYPE_CHECKING:
    from llvmlite import binding

Write = Callable[..., object]
_LOCK = threading.RLock()  # LLVM compiles for one thread at a time
_ENGINES: list[binding.ExecutionEngine] = []  # what they compiled lives as long as they do


def width(dtype: str) -> int:
    """Return how many numbers of a dtype the widest vector register of this processor holds.

    Examples
    --------
    >>> width("float32") in (4, 8, 16), width("float32") == 2 * width("float64")
    (True, True)
    """
    bits = 512 if _has("avx512f") else 256 if _has("avx2") else 128
    return bits // BITS[dtype]


def registers() -> int:
    """Return how many vector registers this processor has: 32 with AVX-512 and on ARM, else 16.

    Examples
    --------
    >>> registers() in (16, 32)
    True
    """
    return 32 if _has("avx512f") or _has("neon") else 16


def assembled(name: str, arguments: int, dtype: str, write: Write, returns: bool = False) -> int:
    """Return the address of a native function, compiled from what `write` writes unless it is kept on disk.

    Parameters
    ----------
    name : str
        What the function is called in its text; for those who read it.
    arguments : int
        How many whole numbers of 64 bits it takes.
    dtype : {"float32", "float64"}
        Of the vectors.
    write : function of (Lanes, *arguments)
        Writes the body.
    returns : bool
        Whether what `write` returns, a whole number, is what the function returns; else it returns nothing.

    Returns
    -------
    int
        The address of ``void name(int64, ...)``, good for as long as the process lives.

    Notes
    -----
    What is kept is named after the text itself, the processor and the version of LLVM, so it cannot be stale.

    Examples
    --------
    Double the numbers at an address, all lanes at once:

    >>> import ctypes, numpy as np
    >>> def double(lanes, address):
    ...     numbers = lanes.load(address)
    ...     lanes.store(lanes.add(numbers, numbers), address)
    >>> line = np.arange(width("float64"), dtype=float)
    >>> function = ctypes.CFUNCTYPE(None, ctypes.c_int64)(assembled("double", 1, "float64", double))
    >>> function(line.ctypes.data)
    >>> bool((line == 2 * np.arange(line.size)).all())
    True
    """
    return _function(name, text(name, arguments, dtype, write, returns))


def text(name: str, arguments: int, dtype: str, write: Write, returns: bool = False) -> str:
    """Return the LLVM text of a native function; the parameters are those of `assembled`."""
    from llvmlite import ir

    module = ir.Module(name)
    integer = ir.IntType(64)
    kind = ir.FunctionType(integer if returns else ir.VoidType(), [integer] * arguments)
    function = ir.Function(module, kind, name)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    found = write(Lanes(builder, dtype, width(dtype)), *function.args)
    builder.ret(found) if returns else builder.ret_void()
    return str(module)


def assembly(llvm_text: str) -> str:
    """Return the instructions of this processor that LLVM makes of a text: what is worth reading to believe it."""
    with _LOCK:
        machine = _machine()
        return machine.emit_assembly(_optimised(llvm_text, machine))


def _function(name: str, llvm_text: str) -> int:
    from llvmlite import binding

    with _LOCK:
        machine = _machine()
        engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        engine.add_object_file(binding.ObjectFileRef.from_data(_object(llvm_text, machine)))
        engine.finalize_object()
        _ENGINES.append(engine)
        return engine.get_function_address(name)


def _object(llvm_text: str, machine: binding.TargetMachine) -> bytes:
    """Return the object code of a text: from disk, or compiled and kept where that can be written."""
    path = paths.compiled() / f"{_digest(llvm_text)}.o"
    try:
        return _checked(path.read_bytes())
    except (OSError, ValueError):
        found = machine.emit_object(_optimised(llvm_text, machine))
        with suppress(OSError):  # nowhere to keep it: the next process compiles again
            atomic.write(path, sha256(found).digest() + found)
        return found


def _checked(kept: bytes) -> bytes:
    found = kept[32:]
    if sha256(found).digest() != kept[:32]:
        raise ValueError("not what was written")
    return found


def _optimised(llvm_text: str, machine: binding.TargetMachine) -> binding.ModuleRef:
    from llvmlite import binding

    module = binding.parse_assembly(llvm_text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    options = binding.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = options.loop_vectorization = options.slp_vectorization = False
    binding.create_pass_builder(machine, options).getModulePassManager().run(
        module, binding.create_pass_builder(machine, options)
    )
    return module


@cache
def _machine() -> binding.TargetMachine:
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_default_triple()
    features = binding.get_host_cpu_features().flatten()
    if _has("avx512f"):
        features += ",-prefer-256-bit"
    return target.create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=features,
        opt=3,
        reloc="default",
        codemodel="jitdefault",
        jit=True,
    )


def _digest(llvm_text: str) -> str:
    from llvmlite import binding

    facts = (
        llvm_text, binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten(),
        str(binding.llvm_version_info),
    )  # fmt: skip
    return sha256("\n".join(facts).encode()).hexdigest()[:32]


@cache
def _has(feature: str) -> bool:
    from llvmlite import binding

    return bool(binding.get_host_cpu_features().get(feature))


if hasattr(os, "register_at_fork"):
    # A process that is forked while a thread compiles would wait for that thread, which it does not have, for ever: so
    # the fork waits until LLVM is at rest, and takes the lock along to open it on both sides.
    os.register_at_fork(before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release)
