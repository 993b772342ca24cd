"""Loops over whole numbers, written as Python and translated into LLVM text: what stands around the tiles.

Which tile comes next, where it begins and what is copied for it is decided by loops over whole numbers and addresses.
They are short, they run in nanoseconds, and they are best read as Python. numba would compile them, in a quarter of a
second for each function and after half a second to start; but whole numbers of 64 bits need no types to be found and no
arrays to be unpacked. So the source of a function is read here and written down again as LLVM text, one instruction for
an operation: some milliseconds.

What is understood is small: assignments (also of several names), ``for ... in range``, ``while``, ``if``, ``return`` of
one value, ``+ - * // %``, comparisons, ``and or not`` (all sides are computed), ``a if b else c`` (both are), `min`,
`max`, global whole numbers, other functions of the same kind, and the functions below. Whole numbers wrap around at 64
bits; ``//`` and ``%`` round down as Python's do.

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
from functools import cache, reduce
from itertools import pairwise
from textwrap import dedent
from typing import TYPE_CHECKING

from convlab.backends.tiles import machine

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}
COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


def word(address: int, i: int) -> int:
    """Return the i-th whole number of 64 bits behind an address; in translated functions only."""
    raise NotImplementedError("translated, not called")


def put(address: int, i: int, value: int) -> None:
    """Write the i-th whole number behind an address; in translated functions only."""
    raise NotImplementedError("translated, not called")


def call(address: int, *numbers: int) -> None:
    """Call the native function at an address; in translated functions only."""
    raise NotImplementedError("translated, not called")


def copy(target: int, source: int, count: int) -> None:
    """Copy so many bytes, none for 0 or less; in translated functions only."""
    raise NotImplementedError("translated, not called")


def clear(target: int, count: int) -> None:
    """Write so many zero bytes, none for 0 or less; in translated functions only."""
    raise NotImplementedError("translated, not called")


def move(target: int, source: int, size: int) -> None:
    """Copy one value of 4 or 8 bytes, a number that the source states; in translated functions only."""
    raise NotImplementedError("translated, not called")


PRIMITIVES = (word, put, call, copy, clear, move)


@cache
def native(function: Callable) -> int:
    """Return the address of a native function that does what a function of whole numbers says and returns nothing.

    Parameters
    ----------
    function : function
        Written in the few words that this file understands, in a file that can be read.

    Returns
    -------
    int
        The address of ``void function(int64, ...)``; compiled once and kept on disk as all native functions are.

    Raises
    ------
    SyntaxError
        For words that are not understood, with the function and the line.
    """
    count = len(inspect.signature(function).parameters)

    def write(lanes: Lanes, *numbers: ir.Value) -> None:
        lanes.builder.call(_Module(lanes).translated(function), numbers)

    return machine.assembled(function.__name__.lstrip("_") + "_loops", count, "float32", write)


class _Module:
    """The functions of one text, translated once each."""

    def __init__(self, lanes: Lanes) -> None:
        from llvmlite import ir

        self.ir, self.module, self.integer = ir, lanes.builder.module, ir.IntType(64)
        self._known: dict[Callable, ir.Function] = {}

    def translated(self, function: Callable) -> ir.Function:
        if function not in self._known:
            tree = ast.parse(dedent(inspect.getsource(function))).body[0]
            names = [argument.arg for argument in tree.args.args]
            kind = self.ir.FunctionType(self.integer, [self.integer] * len(names))
            made = self.ir.Function(self.module, kind, f"{function.__name__}_{len(self._known)}")
            made.linkage = "internal"
            self._known[function] = made
            _Body(self, function, made, names).write(tree.body)
        return self._known[function]

    def outside(self, name: str, given: list[ir.Type], returned: ir.Type | None = None) -> ir.Function:
        kind = self.ir.FunctionType(returned or self.ir.VoidType(), given)
        return self.module.globals.get(name) or self.ir.Function(self.module, kind, name)


class _Body:
    """Writes one function. Every name has a place in memory; LLVM turns these into registers."""

    def __init__(self, module: _Module, function: Callable, made: ir.Function, names: list[str]) -> None:
        self.module, self.function, self.ir, self.integer = module, function, module.ir, module.integer
        self.builder = module.ir.IRBuilder(made.append_basic_block("entry"))
        self.places: dict[str, ir.Value] = {}
        for name, value in zip(names, made.args, strict=True):
            self.store(name, value)

    def write(self, statements: list[ast.stmt]) -> None:
        self.run(statements)
        if not self.builder.block.is_terminated:
            self.builder.ret(self.number(0))

    def run(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            known = getattr(self, f"do_{type(statement).__name__.lower()}", None)
            if known is None or self.builder.block.is_terminated:
                raise self.unknown(statement)
            known(statement)

    # Statements

    def do_expr(self, statement: ast.Expr) -> None:
        if not isinstance(statement.value, ast.Constant):  # a docstring
            self.value(statement.value)

    def do_return(self, statement: ast.Return) -> None:
        self.builder.ret(self.value(statement.value) if statement.value else self.number(0))

    def do_assign(self, statement: ast.Assign) -> None:
        (target,) = statement.targets
        several = isinstance(target, ast.Tuple)
        names, values = (target.elts, statement.value.elts) if several else ([target], [statement.value])
        found = [self.value(value) for value in values]  # all of them before any name changes
        for name, value in zip(names, found, strict=True):
            self.store(name.id, value)

    def do_augassign(self, statement: ast.AugAssign) -> None:
        name = statement.target.id
        self.store(
            name,
            self.operation(statement.op, self.load(name, statement), self.value(statement.value), statement),
        )

    def do_if(self, statement: ast.If) -> None:
        with self.builder.if_else(self.truth(statement.test)) as (then, otherwise):
            with then:
                self.run(statement.body)
            with otherwise:
                self.run(statement.orelse)

    def do_while(self, statement: ast.While) -> None:
        self._loop(lambda: self.truth(statement.test), statement.body)

    def do_for(self, statement: ast.For) -> None:
        bounds = [self.value(bound) for bound in statement.iter.args]
        first, last, step = {1: (self.number(0), *bounds, self.number(1)), 2: (*bounds, self.number(1)), 3: bounds}[
            len(bounds)
        ]  # fmt: skip
        counter = f"{statement.target.id} at {statement.lineno}"
        self.store(counter, first)

        def more() -> ir.Value:
            return self.builder.icmp_signed("<", self.load(counter, statement), last)

        def turn() -> None:
            self.store(statement.target.id, self.load(counter, statement))
            self.run(statement.body)
            self.store(counter, self.builder.add(self.load(counter, statement), step))

        self._loop(more, turn)

    def _loop(self, more: Callable[[], ir.Value], body: Callable[[], None] | list[ast.stmt]) -> None:
        head, turn, after = (self.builder.append_basic_block(name) for name in ("head", "turn", "after"))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(more(), turn, after)
        self.builder.position_at_end(turn)
        body() if callable(body) else self.run(body)
        self.builder.branch(head)
        self.builder.position_at_end(after)

    # Expressions

    def value(self, node: ast.expr) -> ir.Value:
        known = getattr(self, f"of_{type(node).__name__.lower()}", None)
        if known is None:
            raise self.unknown(node)
        return known(node)

    def truth(self, node: ast.expr) -> ir.Value:
        return self.builder.icmp_signed("!=", self.value(node), self.number(0))

    def of_constant(self, node: ast.Constant) -> ir.Value:
        return self.number(int(node.value))

    def of_name(self, node: ast.Name) -> ir.Value:
        return self.load(node.id, node)

    def of_binop(self, node: ast.BinOp) -> ir.Value:
        return self.operation(node.op, self.value(node.left), self.value(node.right), node)

    def of_unaryop(self, node: ast.UnaryOp) -> ir.Value:
        if isinstance(node.op, ast.Not):
            return self.whole(self.builder.icmp_signed("==", self.value(node.operand), self.number(0)))
        return self.builder.neg(self.value(node.operand))

    def of_compare(self, node: ast.Compare) -> ir.Value:
        sides = [self.value(side) for side in (node.left, *node.comparators)]
        signs = [COMPARED[type(sign)] for sign in node.ops]
        found = [self.builder.icmp_signed(sign, *pair) for sign, pair in zip(signs, pairwise(sides))]
        return self.whole(self._all(found))

    def of_boolop(self, node: ast.BoolOp) -> ir.Value:
        sides = [self.truth(side) for side in node.values]
        if isinstance(node.op, ast.And):
            return self.whole(self._all(sides))
        return self.whole(self.builder.not_(self._all([self.builder.not_(side) for side in sides])))

    def of_ifexp(self, node: ast.IfExp) -> ir.Value:
        return self.builder.select(self.truth(node.test), self.value(node.body), self.value(node.orelse))

    def of_call(self, node: ast.Call) -> ir.Value:
        name = node.func.id
        given = [self.value(argument) for argument in node.args]
        if name in ("min", "max"):
            return self._least(given, "<" if name == "min" else ">")
        function = self.function.__globals__.get(name)
        if function in PRIMITIVES:
            return getattr(self, f"_{function.__name__}")(*given) or self.number(0)
        if not inspect.isfunction(function):
            raise self.unknown(node)
        return self.builder.call(self.module.translated(function), given)

    def operation(self, sign: ast.operator, a: ir.Value, b: ir.Value, node: ast.AST) -> ir.Value:
        if type(sign) in BINARY:
            return getattr(self.builder, BINARY[type(sign)])(a, b)
        if not isinstance(sign, (ast.FloorDiv, ast.Mod)):
            raise self.unknown(node)
        quotient, rest = (
            self.builder.sdiv(a, b),
            self.builder.srem(a, b),
        )  # towards zero: below it one too many
        differ = self.builder.icmp_signed("<", self.builder.xor(rest, b), self.number(0))
        below = self.whole(self._all([differ, self.builder.icmp_signed("!=", rest, self.number(0))]))
        if isinstance(sign, ast.FloorDiv):
            return self.builder.sub(quotient, below)
        return self.builder.add(rest, self.builder.mul(below, b))

    def _all(self, found: list[ir.Value]) -> ir.Value:
        return reduce(self.builder.and_, found)

    def _least(self, values: list[ir.Value], sign: str) -> ir.Value:
        return reduce(lambda a, b: self.builder.select(self.builder.icmp_signed(sign, a, b), a, b), values)

    # Memory

    def _word(self, address: ir.Value, i: ir.Value) -> ir.Value:
        return self.builder.load(self._at(address, i), align=8, typ=self.integer)

    def _put(self, address: ir.Value, i: ir.Value, value: ir.Value) -> None:
        self.builder.store(value, self._at(address, i), align=8)

    def _call(self, address: ir.Value, *numbers: ir.Value) -> None:
        kind = self.ir.FunctionType(self.ir.VoidType(), [self.integer] * len(numbers))
        self.builder.call(self.builder.inttoptr(address, kind.as_pointer()), numbers)

    def _move(self, target: ir.Value, source: ir.Value, size: ir.Value) -> None:
        kind = self.ir.IntType(8 * size.constant)
        value = self.builder.load(self._pointer(source), align=1, typ=kind)
        self.builder.store(value, self._pointer(target), align=1)

    def _copy(self, target: ir.Value, source: ir.Value, count: ir.Value) -> None:
        pointer, flag = self.ir.PointerType(), self.ir.IntType(1)
        copy = self.module.outside("llvm.memcpy.p0.p0.i64", [pointer, pointer, self.integer, flag])
        with self.builder.if_then(self.builder.icmp_signed(">", count, self.number(0))):
            self.builder.call(copy, [self._pointer(target), self._pointer(source), count, flag(0)])

    def _clear(self, target: ir.Value, count: ir.Value) -> None:
        pointer, byte, flag = self.ir.PointerType(), self.ir.IntType(8), self.ir.IntType(1)
        fill = self.module.outside("llvm.memset.p0.i64", [pointer, byte, self.integer, flag])
        with self.builder.if_then(self.builder.icmp_signed(">", count, self.number(0))):
            self.builder.call(fill, [self._pointer(target), byte(0), count, flag(0)])

    def _at(self, address: ir.Value, i: ir.Value) -> ir.Value:
        return self._pointer(self.builder.add(address, self.builder.mul(i, self.number(8))))

    def _pointer(self, address: ir.Value) -> ir.Value:
        return self.builder.inttoptr(address, self.ir.PointerType())

    # Names and numbers

    def load(self, name: str, node: ast.AST) -> ir.Value:
        if name in self.places:
            return self.builder.load(self.places[name], typ=self.integer)
        value = self.function.__globals__.get(name)
        if not isinstance(value, int):
            raise self.unknown(node)
        return self.number(value)

    def store(self, name: str, value: ir.Value) -> None:
        if name not in self.places:
            with self.builder.goto_entry_block():
                self.places[name] = self.builder.alloca(self.integer)
        self.builder.store(value, self.places[name])

    def number(self, value: int) -> ir.Constant:
        return self.integer(value)

    def whole(self, truth: ir.Value) -> ir.Value:
        return self.builder.zext(truth, self.integer)

    def unknown(self, node: ast.AST) -> SyntaxError:
        place = f"{self.function.__module__}.{self.function.__name__}, line {node.lineno}"
        return SyntaxError(f"{place}: {ast.unparse(node)!r} is beyond what tiles/plain.py translates")


def _common_divisor(numbers: int) -> None:
    """Write the greatest common divisor of two numbers behind them: the example above."""
    a, b = word(numbers, 0), word(numbers, 1)
    while b:
        a, b = b, a % b
    put(numbers, 2, a)
