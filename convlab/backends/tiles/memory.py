"""What plain functions do beside arithmetic: read and write memory at an address, and call native functions.

Each of them works in Python, by way of ctypes, so that loops can be run and watched step by step with the memory that
they are meant for; and each has an attribute `write`, which `convlab.backends.tiles.plain` translates it with.

Examples
--------
>>> import numpy as np
>>> numbers = np.array([7, 8, 9])
>>> put(numbers.ctypes.data, 1, word(numbers.ctypes.data, 2) + 1)
>>> numbers
array([ 7, 10,  9])
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llvmlite import ir

WORD_BYTES = 8


def _by(write: Callable) -> Callable[[Callable], Callable]:
    """Return a decorator that adds how a function is written as LLVM text, given a builder and its arguments."""

    def add(function: Callable) -> Callable:
        function.write = write
        return function

    return add


def _read_word(builder: ir.IRBuilder, address: ir.Value, i: ir.Value) -> ir.Value:
    return builder.load(_pointer(builder, _place(builder, address, i)), align=WORD_BYTES, typ=address.type)


def _write_word(builder: ir.IRBuilder, address: ir.Value, i: ir.Value, value: ir.Value) -> None:
    builder.store(value, _pointer(builder, _place(builder, address, i)), align=WORD_BYTES)


def _call(builder: ir.IRBuilder, address: ir.Value, *numbers: ir.Value) -> None:
    from llvmlite import ir

    kind = ir.FunctionType(ir.VoidType(), [address.type] * len(numbers))
    builder.call(builder.inttoptr(address, kind.as_pointer()), numbers)


def _move(builder: ir.IRBuilder, target: ir.Value, source: ir.Value, size: ir.Constant) -> None:
    from llvmlite import ir

    value = builder.load(_pointer(builder, source), align=1, typ=ir.IntType(8 * size.constant))
    builder.store(value, _pointer(builder, target), align=1)


def _copy(builder: ir.IRBuilder, target: ir.Value, source: ir.Value, count: ir.Value) -> None:
    _in_bulk(builder, "llvm.memcpy.p0.p0.i64", _pointer(builder, target), _pointer(builder, source), count)


def _clear(builder: ir.IRBuilder, target: ir.Value, count: ir.Value) -> None:
    from llvmlite import ir

    _in_bulk(builder, "llvm.memset.p0.i64", _pointer(builder, target), ir.IntType(8)(0), count)


@_by(_read_word)
def word(address: int, i: int) -> int:
    """Return the i-th whole number of 64 bits behind an address."""
    return ctypes.c_int64.from_address(address + WORD_BYTES * i).value


@_by(_write_word)
def put(address: int, i: int, value: int) -> None:
    """Write the i-th whole number of 64 bits behind an address."""
    ctypes.c_int64.from_address(address + WORD_BYTES * i).value = value


@_by(_call)
def call(address: int, *numbers: int) -> None:
    """Call the native function at an address with whole numbers; it returns nothing."""
    ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * len(numbers))(address)(*numbers)


@_by(_move)
def move(target: int, source: int, size: int) -> None:
    """Copy one value of 4 or 8 bytes, which the source states as a number."""
    ctypes.memmove(target, source, size)


@_by(_copy)
def copy(target: int, source: int, count: int) -> None:
    """Copy so many bytes, none for a count of 0 or less; the two places do not overlap."""
    ctypes.memmove(target, source, max(0, count))


@_by(_clear)
def clear(target: int, count: int) -> None:
    """Write so many zero bytes, none for a count of 0 or less."""
    ctypes.memset(target, 0, max(0, count))


def _in_bulk(builder: ir.IRBuilder, name: str, target: ir.Value, what: ir.Value, count: ir.Value) -> None:
    """Write a call of the system's own function for many bytes, unless there are none."""
    from llvmlite import ir

    flag, module = ir.IntType(1), builder.module
    kind = ir.FunctionType(ir.VoidType(), [target.type, what.type, count.type, flag])
    function = module.globals.get(name) or ir.Function(module, kind, name)
    with builder.if_then(builder.icmp_signed(">", count, count.type(0))):
        builder.call(function, [target, what, count, flag(0)])


def _place(builder: ir.IRBuilder, address: ir.Value, i: ir.Value) -> ir.Value:
    return builder.add(address, builder.mul(i, address.type(WORD_BYTES)))


def _pointer(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    from llvmlite import ir

    return builder.inttoptr(address, ir.PointerType())
