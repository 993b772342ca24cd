"""How plain functions are written as LLVM text, one instruction for an operation (`convlab.backends.tiles.plain`)."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llvmlite import ir

    Translated = Callable[[Callable], ir.Function]

SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


class Writer:
    """Writes one plain function. Every name has a place in memory; LLVM turns these into registers.

    A statement or an expression of some kind, say `ast.While`, is written by the method of its name, `_do_while`; what
    has no method is not plain.

    Parameters
    ----------
    function : function
        Whose source is written; for its global names, and to say where something is not plain.
    builder : llvmlite.ir.IRBuilder
        At the beginning of the function that is written.
    translated : function
        Returns another plain function as one of the same text.
    """

    def __init__(self, function: Callable, builder: ir.IRBuilder, translated: Translated) -> None:
        self.function, self.builder, self.translated = function, builder, translated
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
        return self.builder.call(self.translated(function), given)

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
