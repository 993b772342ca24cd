"""Plain functions: loops over whole numbers, written as Python and translated into LLVM text.

Which tile comes next, where it begins and what is copied for it is decided by loops over whole numbers and addresses.
They take nanoseconds, and are best read as Python. numba could compile them, in a quarter of a second for each function
and after half a second to start: it has to find out the type of every value, and how arrays are taken apart. A plain
function has nothing but whole numbers of 64 bits, so its source is read here and written down again, one instruction
for an operation, which takes a millisecond (all recorded on an AMD EPYC, Zen 4). It means the same as in Python, where
it can be run and watched, too.

A plain function consists of

- ``name = value``, ``a, b = value, value``, ``name += value`` and the like, ``return value`` or ``return``;
- ``if`` ``elif`` ``else``, ``while``, ``for name in range(...)`` with a step above 0;
- whole numbers, its own names, global names of whole numbers, ``+ - * // %``, ``-a``, comparisons, ``and or not``,
  ``a if b else c``, `min` and `max`;
- calls of other plain functions and of those in `convlab.backends.tiles.memory`.

Anything else is refused with its line. Numbers wrap around at 64 bits, and a name has a value before it is read.

Examples
--------
>>> import ctypes, numpy as np
>>> numbers = np.array([30, 12, 0])
>>> ctypes.CFUNCTYPE(None, ctypes.c_int64)(native(_common_divisor))(numbers.ctypes.data)
>>> int(numbers[2])
6
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import cache
from textwrap import dedent
from tokenize import TokenError
from types import CodeType
from typing import TYPE_CHECKING

from convlab.backends.tiles import machine
from convlab.backends.tiles.memory import call, clear, copy, move, put, word
from convlab.backends.tiles.writer import Writer
from convlab.errors import Unavailable

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

__all__ = ["call", "clear", "copy", "move", "native", "put", "word"]


@cache
def native(function: Callable) -> int:
    """Return the address of a native function that does what a plain function says, and returns nothing.

    Parameters
    ----------
    function : function
        Plain, and in a file that can be read.

    Returns
    -------
    int
        The address of ``void function(int64, ...)``; compiled once and kept on disk as all native functions are.

    Raises
    ------
    SyntaxError
        When it is not plain: says what, in which function and line.
    Unavailable
        When the file of a function is not the one any more that Python imported.
    """
    count = len(inspect.signature(function).parameters)

    def write(lanes: Lanes, *numbers: ir.Value) -> None:
        known: dict[Callable, ir.Function] = {}
        lanes.builder.call(_translated(function, lanes.builder.module, known), numbers)

    return machine.assembled(f"plain_{function.__name__}", count, "float32", write)


def _translated(function: Callable, module: ir.Module, known: dict[Callable, ir.Function]) -> ir.Function:
    """Return a function of the text, written when it is first asked for."""
    from llvmlite import ir

    if function not in known:
        tree = _source(function)
        names, integer = [argument.arg for argument in tree.args.args], ir.IntType(64)
        kind = ir.FunctionType(integer, [integer] * len(names))
        known[function] = made = ir.Function(module, kind, f"{function.__name__}_{len(known)}")
        made.linkage = "internal"
        builder = ir.IRBuilder(made.append_basic_block("entry"))
        writer = Writer(function, builder, lambda other: _translated(other, module, known))
        for name, value in zip(names, made.args, strict=True):
            writer.keep(name, value)
        writer.do(tree.body)
        if not builder.block.is_terminated:
            builder.ret(integer(0))
    return known[function]


def _source(function: Callable) -> ast.FunctionDef:
    """Return the source of a function as a tree; it is the one that Python runs, or none."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.increment_lineno(ast.parse(dedent("".join(lines))), first - 1)
        read = [one for one in compile(tree, "", "exec").co_consts if isinstance(one, CodeType)]
        if any(_told(one) == _told(function.__code__) for one in read):
            return tree.body[0]
    except (OSError, IndexError, ValueError, SyntaxError, TokenError):  # the file is gone, or of another time
        pass
    raise Unavailable(
        f"Asked for {function.__module__}.{function.__name__} as native code.",
        "Its file is not what it was when Python imported it.",
        "Start Python again.",
    )


def _told(code: CodeType) -> tuple:
    """Return what a function does, wherever its file and its lines are."""
    constants = [one for one in code.co_consts if not isinstance(one, CodeType)]
    return code.co_name, code.co_code, constants, code.co_names, code.co_varnames


def _common_divisor(numbers: int) -> None:
    """Write the greatest common divisor of two numbers behind them: the example above."""
    a, b = word(numbers, 0), word(numbers, 1)
    while b:
        a, b = b, a % b
    put(numbers, 2, a)
