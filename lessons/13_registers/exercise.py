"""Lesson 13: what a tile of sums asks of a processor."""

from convlab.workshop import NotAttempted


def tile(rows, vectors, columns, lanes, registers, fmas, loads, latency):
    """Return (held, fraction): the registers that a tile wants, and which fraction of the peak it can reach.

    The tile makes `rows` rows of `columns` outputs. A row is `vectors` vectors wide, of `lanes` numbers each, and its
    last vector need not be full. For every tap of a filter's row it loads `vectors` vectors of x, spreads `rows`
    weights, one after the other, and does one fused multiply-add for every vector of sums.

    The processor has `registers` vector registers. In one cycle it begins `fmas` multiply-adds and `loads` loads (to
    spread a weight is a load too), and a sum can be added to again `latency` cycles after it was begun. What finds no
    register is loaded again for every tap.
    """
    raise NotAttempted


if __name__ == "__main__":
    print(tile(rows=4, vectors=6, columns=96, lanes=16, registers=32, fmas=2, loads=2, latency=4))
