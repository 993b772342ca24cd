"""Vector instructions, written one by one: what a processor's wide registers do, as LLVM text.

A vector register holds several numbers, its *lanes*; one instruction multiplies and adds all of them at once. A
compiler finds such instructions in a loop only when it can prove much about it, and it rarely keeps a block of sums in
registers for the length of a convolution. Here they are written down instead, so that what is in a register, what is
loaded and in which order it is added is the same on every machine, whatever the number of lanes.

No instruction carries a "fast math" flag: NaN, infinities and the order of a sum are those that are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llvmlite import ir

BITS = {"float32": 32, "float64": 64}


class Lanes:
    """Writes vector code of one dtype at the place where an LLVM builder stands.

    Vectors have `count` lanes. Integers and addresses are 64 bit values of the text that is being written; addresses
    count bytes, and no load or store needs more alignment than a number has.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
    dtype : {"float32", "float64"}
    count : int
        Lanes of a vector; a power of two.

    Attributes
    ----------
    size : int
        Bytes of one number.
    bytes : int
        Bytes of a vector.
    zero : ir.Constant
        A vector of zeros.
    """

    def __init__(self, builder: ir.IRBuilder, dtype: str, count: int) -> None:
        from llvmlite import ir

        self._ir, self.builder, self.dtype, self.count = ir, builder, dtype, count
        self.size, self.bytes = BITS[dtype] // 8, BITS[dtype] // 8 * count
        self._integer, self._short = ir.IntType(64), ir.IntType(32)
        self._real = ir.FloatType() if dtype == "float32" else ir.DoubleType()
        self._vector = ir.VectorType(self._real, count)
        self._mask = ir.VectorType(ir.IntType(1), count)
        self._suffix = f"v{count}f{BITS[dtype]}"
        self.zero = self.constant(0.0)

    # Whole numbers and addresses

    def number(self, value: int) -> ir.Value:
        """Return a whole number as a value of the text."""
        return self._ir.Constant(self._integer, value)

    def plus(self, a: ir.Value, b: ir.Value | int) -> ir.Value:
        """Return a + b, whole numbers."""
        if isinstance(b, int):
            return self.builder.add(a, self.number(b)) if b else a
        return self.builder.add(a, b)

    def times(self, a: ir.Value, b: ir.Value | int) -> ir.Value:
        """Return a * b, whole numbers."""
        return self.builder.mul(a, self.number(b) if isinstance(b, int) else b)

    def word(self, address: ir.Value) -> ir.Value:
        """Return the whole number of 64 bits at an address."""
        return self.builder.load(self._pointer(address), align=8, typ=self._integer)

    def prefetch(self, address: ir.Value, write: bool = False) -> None:
        """Ask for the line of an address, which is going to be read soon, or written."""
        kind = self._ir.FunctionType(
            self._ir.VoidType(), [self._ir.PointerType(), self._short, self._short, self._short]
        )
        hints = [
            self._ir.Constant(self._short, value) for value in (int(write), 3, 1)
        ]  # read or write, keep in all caches, data
        self.builder.call(self._intrinsic("llvm.prefetch.p0", kind), [self._pointer(address), *hints])

    # Memory

    def load(self, address: ir.Value, mask: ir.Value | None = None) -> ir.Value:
        """Return the vector at an address; under a mask only those lanes are read, the others are 0."""
        if mask is None:
            return self.builder.load(self._pointer(address), align=self.size, typ=self._vector)
        kind = self._ir.FunctionType(
            self._vector, [self._ir.PointerType(), self._short, self._mask, self._vector]
        )
        read = self._intrinsic(f"llvm.masked.load.{self._suffix}.p0", kind)
        return self.builder.call(read, [self._pointer(address), self._align(), mask, self.zero])

    def store(self, vector: ir.Value, address: ir.Value, mask: ir.Value | None = None) -> None:
        """Write a vector; under a mask only those lanes, and the memory of the others is not touched."""
        if mask is None:
            self.builder.store(vector, self._pointer(address), align=self.size)
            return
        kind = self._ir.FunctionType(
            self._ir.VoidType(), [self._vector, self._ir.PointerType(), self._short, self._mask]
        )
        write = self._intrinsic(f"llvm.masked.store.{self._suffix}.p0", kind)
        self.builder.call(write, [vector, self._pointer(address), self._align(), mask])

    def stream(self, vector: ir.Value, address: ir.Value) -> None:
        """Write a vector past the caches; the address is a multiple of the vector's bytes."""
        written = self.builder.store(vector, self._pointer(address), align=self.bytes)
        written.set_metadata(
            "nontemporal", self.builder.module.add_metadata([self._ir.Constant(self._short, 1)])
        )

    def broadcast(self, address: ir.Value) -> ir.Value:
        """Return a vector that has the number at an address in every lane."""
        return self.spread(self.builder.load(self._pointer(address), align=self.size, typ=self._real))

    def spread(self, value: ir.Value) -> ir.Value:
        """Return a vector that has one number in every lane."""
        return self._spread(value, self._vector)

    # Arithmetic

    def constant(self, number: float) -> ir.Constant:
        """Return a vector that has a number known now in every lane."""
        return self._ir.Constant(self._vector, [float(number)] * self.count)

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """Return a * b + c, rounded once."""
        kind = self._ir.FunctionType(self._vector, [self._vector] * 3)
        return self.builder.call(self._intrinsic(f"llvm.fma.{self._suffix}", kind), [a, b, c])

    def add(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Return a + b."""
        return self.builder.fadd(a, b)

    def sub(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Return a - b."""
        return self.builder.fsub(a, b)

    def mul(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Return a * b."""
        return self.builder.fmul(a, b)

    def neg(self, a: ir.Value) -> ir.Value:
        """Return -a."""
        return self.builder.fneg(a)

    def shuffle(self, a: ir.Value, b: ir.Value, places: Sequence[int]) -> ir.Value:
        """Return lanes of a (places below `count`) and of b (from `count` on), in the order of `places`."""
        order = self._ir.Constant(self._ir.VectorType(self._short, len(places)), list(places))
        return self.builder.shuffle_vector(a, b, order)

    def first(self, n: ir.Value) -> ir.Value:
        """Return the mask of the first n lanes: none for n <= 0, all for n >= count."""
        whole = self._ir.VectorType(self._integer, self.count)
        places = self._ir.Constant(whole, list(range(self.count)))
        return self.builder.icmp_signed("<", places, self._spread(n, whole))

    # Control

    def loop(self, count: ir.Value, carried: list, body: Callable[[ir.Value, list], list]) -> list:
        """Write a loop that carries values from one turn to the next.

        Parameters
        ----------
        count : ir.Value
            How many turns, 0 or more.
        carried : list of ir.Value
            What goes into the first turn.
        body : function of (i, carried)
            Writes one turn and returns what goes into the next.

        Returns
        -------
        list of ir.Value
            What the last turn returned; `carried` itself where there is none.
        """
        builder = self.builder
        before = builder.block
        head, turn, after = (builder.append_basic_block(name) for name in ("head", "turn", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        i = builder.phi(self._integer)
        values = [builder.phi(value.type) for value in carried]
        builder.cbranch(builder.icmp_signed("<", i, count), turn, after)
        builder.position_at_end(turn)
        ends = body(i, list(values))
        one_more = self.plus(i, 1)
        last = builder.block
        builder.branch(head)
        for value, start, end in zip(
            [i, *values], [self.number(0), *carried], [one_more, *ends], strict=True
        ):
            value.add_incoming(start, before)
            value.add_incoming(end, last)
        builder.position_at_end(after)
        return values

    def choose(self, value: ir.Value, writes: dict[int, Callable[[], None]]) -> None:
        """Write a branch for each of several whole numbers; any other number does nothing."""
        builder = self.builder
        after = builder.append_basic_block("chosen")
        switch = builder.switch(value, after)
        for number, write in writes.items():
            block = builder.append_basic_block(f"case_{number}")
            switch.add_case(self.number(number), block)
            builder.position_at_end(block)
            write()
            builder.branch(after)
        builder.position_at_end(after)

    def _pointer(self, address: ir.Value) -> ir.Value:
        return self.builder.inttoptr(address, self._ir.PointerType())

    def _align(self) -> ir.Constant:
        return self._ir.Constant(self._short, self.size)

    def _intrinsic(self, name: str, kind: ir.FunctionType) -> ir.Function:
        known = self.builder.module.globals.get(name)
        return known or self._ir.Function(self.builder.module, kind, name)

    def _spread(self, value: ir.Value, kind: ir.VectorType) -> ir.Value:
        nothing = self._ir.Constant(kind, self._ir.Undefined)
        one = self.builder.insert_element(nothing, value, self._ir.Constant(self._short, 0))
        zeros = self._ir.Constant(self._ir.VectorType(self._short, self.count), [0] * self.count)
        return self.builder.shuffle_vector(one, nothing, zeros)
