"""Words that several threads share, written one instruction at a time: what no other thread can come between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convlab.backends.tiles.lanes import Lanes

if TYPE_CHECKING:
    from llvmlite import ir

ORDER = "seq_cst"
YIELD = ("llvm.aarch64.hint", 1)
PAUSES = {"x86_64": ("llvm.x86.sse2.pause",), "aarch64": YIELD, "arm64": YIELD}


class Words:
    """Writes code that reads and changes words of 64 bits in a block of memory, at the place where a builder stands.

    All accesses are *sequentially consistent*: every thread sees them happen in one and the same order. That is what
    "I count myself in, then I look whether there is still work" rests on, with another thread that does the reverse.

    Parameters
    ----------
    lanes : Lanes
        Of the text that is being written; its vectors are not used.
    base : ir.Value
        The address of word 0. A multiple of 8.
    """

    def __init__(self, lanes: Lanes, base: ir.Value) -> None:
        from llvmlite import ir

        self._ir, self.lanes, self.builder, self.base = ir, lanes, lanes.builder, base
        self._integer = ir.IntType(64)

    def at(self, index: ir.Value | int) -> ir.Value:
        """Return the address of a word."""
        return self.lanes.plus(self.base, index * 8 if isinstance(index, int) else self.lanes.times(index, 8))

    def load(self, index: ir.Value | int) -> ir.Value:
        """Return a word, read anew each time."""
        return self.builder.load_atomic(self._place(index), ORDER, 8, typ=self._integer)

    def put(self, index: ir.Value | int, value: ir.Value | int) -> None:
        """Write a word."""
        self.builder.store_atomic(self._value(value), self._place(index), ORDER, 8)

    def add(self, index: ir.Value | int, value: int) -> ir.Value:
        """Add to a word and return what it was: of several threads that add 1, each is told another number."""
        return self.builder.atomic_rmw("add", self._place(index), self._value(value), ORDER)

    def take(self, index: ir.Value | int) -> ir.Value:
        """Turn a word from 0 into 1, and return whether that is what happened: of all who try, one succeeds."""
        nobody, taken = self._value(0), self._value(1)
        tried = self.builder.cmpxchg(self._place(index), nobody, taken, ORDER, ORDER)
        return self.builder.extract_value(tried, 1)

    def pause(self) -> None:
        """Tell the processor that this thread only waits: it saves power and leaves its units to a sibling."""
        from llvmlite import binding

        name, *numbers = PAUSES.get(binding.get_process_triple().split("-")[0], (None,))
        if name:
            given = [self._ir.IntType(32)(number) for number in numbers]
            kind = self._ir.FunctionType(self._ir.VoidType(), [value.type for value in given])
            known = self.builder.module.globals.get(name)
            self.builder.call(known or self._ir.Function(self.builder.module, kind, name), given)

    def call(self, function: ir.Value, *arguments: ir.Value | int) -> None:
        """Call the native function at an address with whole numbers, whatever it returns."""
        kind = self._ir.FunctionType(self._ir.VoidType(), [self._integer] * len(arguments))
        place = self.builder.inttoptr(function, kind.as_pointer())
        self.builder.call(place, [self._value(argument) for argument in arguments])

    def equal(self, a: ir.Value, b: ir.Value | int) -> ir.Value:
        """Return whether two whole numbers are the same."""
        return self.builder.icmp_signed("==", a, self._value(b))

    def less(self, a: ir.Value, b: ir.Value | int) -> ir.Value:
        """Return whether a < b."""
        return self.builder.icmp_signed("<", a, self._value(b))

    @contextmanager
    def as_long_as(self, condition: Callable[[], tuple[ir.Value, ...]]) -> Iterator[tuple[ir.Value, ...]]:
        """Write a loop around what stands in the `with` block.

        Parameters
        ----------
        condition : function
            Writes what is found out before every turn, and returns it: first of all, whether there is one.

        Yields
        ------
        tuple of ir.Value
            What `condition` returned.
        """
        head, turn, after = (self.builder.append_basic_block(name) for name in ("head", "turn", "after"))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        found = condition()
        self.builder.cbranch(found[0], turn, after)
        self.builder.position_at_end(turn)
        yield found
        self.builder.branch(head)
        self.builder.position_at_end(after)

    def _place(self, index: ir.Value | int) -> ir.Value:
        return self.builder.inttoptr(self.at(index), self._integer.as_pointer())

    def _value(self, value: ir.Value | int) -> ir.Value:
        return self.lanes.number(value) if isinstance(value, int) else value
