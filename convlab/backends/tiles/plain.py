"""Plain functions: loops over whole numbers, written as Python and translated into LLVM text.

Which tile comes next, where it begins and what is copied for it is decided by loops over whole numbers and addresses.
They take nanoseconds, and are best read as Python. numba could compile them, in a quarter of a second for each function
and after half a second to start: it has to find out the type of every value, and how arrays are taken apart. A plain
function has nothing but whole numbers of 64 bits, so its source is read here and written down again, one instruction
for an operation, which takes a millisecond. It means the same as in Python, where it can be run and watched, too.

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
from functools import cache, reduce
from itertools import pairwise
from textwrap import dedent
from typing import TYPE_CHECKING

from convlab.backends.tiles import machine
from convlab.backends.tiles.memory import call, clear, copy, move, put, word

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

__all__ = ["call", "clear", "copy", "move", "native", "put", "word"]

SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


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
        lines, first = inspect.getsourcelines(function)
        tree = ast.increment_lineno(ast.parse(dedent("".join(lines))), first - 1).body[0]
        names, integer = [argument.arg for argument in tree.args.args], ir.IntType(64)
        kind = ir.FunctionType(integer, [integer] * len(names))
        known[function] = made = ir.Function(module, kind, f"{function.__name__}_{len(known)}")
        made.linkage = "internal"
        writer = _Writer(function, ir.IRBuilder(made.append_basic_block("entry")), known)
        for name, value in zip(names, made.args, strict=True):
            writer.keep(name, value)
        writer.do(tree.body)
        if not writer.builder.block.is_terminated:
            writer.builder.ret(integer(0))
    return known[function]


class _Writer:
    """Writes one function. Every name has a place in memory; LLVM turns these into registers."""

    def __init__(self, function: Callable, builder: ir.IRBuilder, known: dict[Callable, ir.Function]) -> None:
        self.function, self.builder, self.known = function, builder, known
        self.integer = builder.function.ftype.return_type
        self.places: dict[str, ir.Value] = {}

    def do(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            self._method("do", statement)(statement)

    def value(self, node: ast.expr) -> ir.Value:
        return self._method("of", node)(node)

    def _method(self, kind: str, node: ast.AST) -> Callable:
        return getattr(self, f"_{kind}_{type(node).__name__.lower()}", None) or self._refuse(node)

    def _refuse(self, node: ast.AST) -> None:
        name = f"{self.function.__module__}.{self.function.__name__}"
        raise SyntaxError(f"Line {node.lineno} of {name} is not plain: {ast.unparse(node)}")

    # Statements

    def _do_expr(self, statement: ast.Expr) -> None:
        if not isinstance(statement.value, ast.Constant):  # a docstring
            self.value(statement.value)

    def _do_return(self, statement: ast.Return) -> None:
        self.builder.ret(self.value(statement.value) if statement.value else self.integer(0))
        self.builder.position_at_end(self.builder.append_basic_block("unreached"))

    def _do_assign(self, statement: ast.Assign) -> None:
        target, value = statement.targets[-1], statement.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=True))
        else:
            pairs = [(target, value)]
        if len(statement.targets) > 1 or not all(isinstance(name, ast.Name) for name, _ in pairs):
            self._refuse(statement)
        for name, found in [
            (name.id, self.value(value)) for name, value in pairs
        ]:  # all before any name changes
            self.keep(name, found)

    def _do_augassign(self, statement: ast.AugAssign) -> None:
        name = ast.copy_location(ast.Name(statement.target.id), statement)
        self.keep(
            name.id, self.value(ast.copy_location(ast.BinOp(name, statement.op, statement.value), statement))
        )

    def _do_if(self, statement: ast.If) -> None:
        with self.builder.if_else(self.truth(statement.test)) as (then, otherwise):
            with then:
                self.do(statement.body)
            with otherwise:
                self.do(statement.orelse)

    def _do_while(self, statement: ast.While) -> None:
        if statement.orelse:
            self._refuse(statement)
        self._loop(lambda: self.truth(statement.test), lambda: self.do(statement.body))

    def _do_for(self, statement: ast.For) -> None:
        called = statement.iter.func if isinstance(statement.iter, ast.Call) else None
        if (
            getattr(called, "id", None) != "range"
            or statement.orelse
            or not isinstance(statement.target, ast.Name)
        ):
            self._refuse(statement)
        bounds = [self.value(bound) for bound in statement.iter.args]
        first, last = bounds[:2] if len(bounds) > 1 else (self.integer(0), bounds[0])
        step, name = bounds[2] if len(bounds) > 2 else self.integer(1), statement.target.id
        count = f"{name} of line {statement.lineno}"  # what the body does with the name changes nothing
        self.keep(count, first)

        def turn() -> None:
            self.keep(name, self._kept(count))
            self.do(statement.body)
            self.keep(count, self.builder.add(self._kept(count), step))

        self._loop(lambda: self.builder.icmp_signed("<", self._kept(count), last), turn)

    def _loop(self, more: Callable[[], ir.Value], turn: Callable[[], None]) -> None:
        head, body, after = (self.builder.append_basic_block(name) for name in ("head", "turn", "after"))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(more(), body, after)
        self.builder.position_at_end(body)
        turn()
        self.builder.branch(head)
        self.builder.position_at_end(after)

    # Values

    def truth(self, node: ast.expr) -> ir.Value:
        return self.builder.icmp_signed("!=", self.value(node), self.integer(0))

    def _of_constant(self, node: ast.Constant) -> ir.Value:
        return self.integer(int(node.value)) if isinstance(node.value, int) else self._refuse(node)

    def _of_name(self, node: ast.Name) -> ir.Value:
        if node.id in self.places:
            return self._kept(node.id)
        value = self.function.__globals__.get(node.id)
        return self.integer(value) if isinstance(value, int) else self._refuse(node)

    def _of_binop(self, node: ast.BinOp) -> ir.Value:
        a, b, sign = self.value(node.left), self.value(node.right), type(node.op)
        simple = {ast.Add: self.builder.add, ast.Sub: self.builder.sub, ast.Mult: self.builder.mul}
        if sign in simple:
            return simple[sign](a, b)
        if sign not in (ast.FloorDiv, ast.Mod):
            self._refuse(node)
        rest = self.builder.srem(a, b)  # the processor divides towards 0, Python downwards
        signs_differ = self.builder.icmp_signed("<", self.builder.xor(rest, b), self.integer(0))
        is_uneven = self.builder.icmp_signed("!=", rest, self.integer(0))
        one_less = self._whole(self.builder.and_(signs_differ, is_uneven))
        if sign is ast.Mod:
            return self.builder.add(rest, self.builder.mul(one_less, b))
        return self.builder.sub(self.builder.sdiv(a, b), one_less)

    def _of_unaryop(self, node: ast.UnaryOp) -> ir.Value:
        if isinstance(node.op, ast.Not):
            return self._whole(self.builder.not_(self.truth(node.operand)))
        return (
            self.builder.neg(self.value(node.operand))
            if isinstance(node.op, ast.USub)
            else self._refuse(node)
        )

    def _of_compare(self, node: ast.Compare) -> ir.Value:
        if not all(type(sign) in SIGNS for sign in node.ops):
            self._refuse(node)
        sides = [self.value(side) for side in (node.left, *node.comparators)]
        pairs = zip(node.ops, pairwise(sides), strict=True)
        found = [self.builder.icmp_signed(SIGNS[type(sign)], *pair) for sign, pair in pairs]
        return self._whole(reduce(self.builder.and_, found))

    def _of_boolop(self, node: ast.BoolOp) -> ir.Value:
        found = self.value(node.values[0])
        for side in node.values[1:]:
            truth = self.builder.icmp_signed("!=", found, self.integer(0))
            ends = (lambda found=found: found), (lambda side=side: self.value(side))
            found = self._either(truth, *(ends if isinstance(node.op, ast.Or) else ends[::-1]))
        return found

    def _of_ifexp(self, node: ast.IfExp) -> ir.Value:
        return self._either(
            self.truth(node.test), lambda: self.value(node.body), lambda: self.value(node.orelse)
        )

    def _of_call(self, node: ast.Call) -> ir.Value:
        name = getattr(node.func, "id", None)
        function = self.function.__globals__.get(name)
        if node.keywords or not (name in ("min", "max") or inspect.isfunction(function)):
            self._refuse(node)
        given = [self.value(argument) for argument in node.args]
        if function is None:
            return reduce(lambda a, b: self._extreme("<" if name == "min" else ">", a, b), given)
        if hasattr(function, "write"):
            return function.write(self.builder, *given) or self.integer(0)
        return self.builder.call(_translated(function, self.builder.module, self.known), given)

    def _extreme(self, sign: str, a: ir.Value, b: ir.Value) -> ir.Value:
        return self.builder.select(self.builder.icmp_signed(sign, b, a), b, a)

    def _either(self, truth: ir.Value, yes: Callable[[], ir.Value], no: Callable[[], ir.Value]) -> ir.Value:
        """Compute one of two values, not both."""
        found = []
        with self.builder.if_else(truth) as branches:
            for branch, value in zip(branches, (yes, no), strict=True):
                with branch:
                    found.append((value(), self.builder.block))
        joined = self.builder.phi(self.integer)
        for value, block in found:
            joined.add_incoming(value, block)
        return joined

    def _whole(self, truth: ir.Value) -> ir.Value:
        return self.builder.zext(truth, self.integer)

    # Names

    def keep(self, name: str, value: ir.Value) -> None:
        if name not in self.places:
            with self.builder.goto_entry_block():
                self.places[name] = self.builder.alloca(self.integer)
        self.builder.store(value, self.places[name])

    def _kept(self, name: str) -> ir.Value:
        return self.builder.load(self.places[name], typ=self.integer)


def _common_divisor(numbers: int) -> None:
    """Write the greatest common divisor of two numbers behind them: the example above."""
    a, b = word(numbers, 0), word(numbers, 1)
    while b:
        a, b = b, a % b
    put(numbers, 2, a)
