"""Lesson 13: what is asked, and the ways of being wrong about it."""

from convlab.workshop import Case, Exercise, Mistake

GOLDEN = (4, 6, 90, 16, 32, 2, 2, 4)


def counted(rows, vectors, registers, *, seen=None, weights=1, spill=1):
    """Return the registers that a tile wants, and what it has to load again for every tap."""
    held = rows * vectors + (vectors if seen is None else seen) + weights
    return held, spill * max(0, held - registers)


def definition(rows, vectors, columns, lanes, registers, fmas, loads, latency):
    """Return the registers and the fraction: what multiplies usefully, over what the longest counter takes."""
    held, again = counted(rows, vectors, registers)
    cycles = max(rows * vectors / fmas, (vectors + rows + again) / loads, latency)
    return held, columns / (vectors * lanes) * rows * vectors / fmas / cycles


def way(
    *,
    held=lambda right, *tile: right,
    cycles=None,
    useful=None,
    again=None,
    then=lambda fraction, *tile: fraction,
):
    """Return an answer that is right but for what is given: another count, other cycles, another tail."""

    def answer(rows, vectors, columns, lanes, registers, fmas, loads, latency):
        tile = (rows, vectors, columns, lanes, registers, fmas, loads, latency)
        right, spilled = counted(rows, vectors, registers)
        spilled = spilled if again is None else again(right, *tile)
        three = (rows * vectors / fmas, (vectors + rows + spilled) / loads, latency)
        took = max(three) if cycles is None else cycles(three, spilled, *tile)
        full = columns / (vectors * lanes) if useful is None else useful(*tile)
        return held(right, *tile), then(full * three[0] / took, *tile)

    return answer


def fraction_only(**changes):
    """Return an answer that spoils the fraction alone."""
    return lambda *tile: (None, way(**changes)(*tile)[1])


def held_only(change):
    """Return an answer that spoils the registers alone."""
    return lambda *tile: (change(*tile), None)


def cases(rng):
    """Draw tiles of every kind: full and not, that fit and do not, held up by each of the three counters."""
    machines = ((16, 2, 2, 4), (32, 2, 2, 4), (32, 1, 2, 4), (16, 2, 3, 5), (32, 2, 1, 4), (32, 1, 1, 4))
    for _ in range(8):
        for registers, fmas, loads, latency in machines:
            rows, vectors, lanes = (
                int(rng.integers(1, 8)),
                int(rng.integers(1, 7)),
                int(rng.choice([4, 8, 16])),
            )
            columns = int(rng.integers((vectors - 1) * lanes + 1, vectors * lanes + 1))
            yield Case((rows, vectors, columns, lanes, registers, fmas, loads, latency))
    for rows, vectors in ((1, 1), (1, 6), (4, 6), (6, 4), (8, 3), (2, 2), (3, 5), (5, 5)):
        yield Case((rows, vectors, vectors * 16, 16, 32, 2, 2, 4))
    for rows, vectors in ((1, 5), (1, 8), (2, 9), (3, 2), (9, 1), (2, 12)):  # held up by their loads
        yield Case((rows, vectors, vectors * 8, 8, 64, 2, 1, 4))
    for rows, vectors in ((4, 6), (6, 6), (5, 8), (8, 4), (7, 7), (3, 9)):  # too much for the registers
        yield Case((rows, vectors, vectors * 8 - 1, 8, 16, 2, 1, 4))


def fits(rows, vectors, columns, lanes, registers, *rest):
    """Whether all that the tile holds finds a register."""
    return counted(rows, vectors, registers)[1] == 0


def plain(rows, vectors, columns, lanes, registers, *rest):
    """Whether the tile has full vectors only, and fits."""
    return columns == vectors * lanes and fits(rows, vectors, columns, lanes, registers)


MISTAKES = (
    Mistake(
        "weights left out",
        "Your registers have no room for a weight. It is spread over all lanes of a register before it multiplies.",
        (held_only(lambda rows, vectors, *rest: rows * vectors + vectors),),
    ),
    Mistake(
        "x left out",
        "Your registers have no room for what was loaded of x, which has to stay while every row uses it.",
        (held_only(lambda rows, vectors, *rest: rows * vectors + 1),),
    ),
    Mistake(
        "sums only",
        "You counted the sums alone. What is multiplied stands in registers too.",
        (held_only(lambda rows, vectors, *rest: rows * vectors),),
    ),
    Mistake(
        "a weight for every row",
        "You keep the weights of all rows at once. One is spread, used for its row, and forgotten.",
        (held_only(lambda rows, vectors, *rest: rows * vectors + vectors + rows),),
    ),
    Mistake(
        "numbers, not registers",
        "You counted numbers. A register holds as many of them as it has lanes.",
        (held_only(lambda rows, vectors, columns, lanes, *rest: (rows * vectors + vectors + 1) * lanes),),
    ),
    Mistake(
        "cut to what there is",
        "You never want more registers than there are. Asked for is what the tile wants, whether it finds it or not.",
        (
            held_only(
                lambda rows, vectors, columns, lanes, registers, *rest: min(
                    registers, rows * vectors + vectors + 1
                )
            ),
        ),
    ),
    Mistake(
        "no tail",
        "You counted lanes that are not part of any output. The last vector works as long as a full one, and what "
        "its empty lanes compute is thrown away.",
        (fraction_only(useful=lambda *tile: 1.0),),
    ),
    Mistake(
        "tail thrown away",
        "You counted full vectors only. The last one is not full, and what it has counts.",
        (fraction_only(useful=lambda rows, vectors, columns, lanes, *rest: columns // lanes / vectors),),
    ),
    Mistake(
        "no spill",
        "Your tile never runs out of registers. What finds none is loaded again for every tap.",
        (fraction_only(again=lambda *tile: 0),),
    ),
    Mistake(
        "everything spilled",
        "Where not everything finds a register, you load all of it again. Only what is too much has to be.",
        (
            fraction_only(
                again=lambda held, rows, vectors, columns, lanes, registers, *rest: (
                    held if held > registers else 0
                )
            ),
        ),
    ),
    Mistake(
        "no latency",
        "You let a sum be added to at once. It can be only when the former addition is done: a tile of few sums waits.",
        (fraction_only(cycles=lambda three, *rest: max(three[:2])),),
    ),
    Mistake(
        "no loads",
        "You counted no loads. The processor begins only so many of them in a cycle, too.",
        (fraction_only(cycles=lambda three, *rest: max(three[0], three[2])),),
    ),
    Mistake(
        "one after the other",
        "You added the three up. They happen at the same time: the longest decides.",
        (
            fraction_only(cycles=lambda three, *rest: sum(three)),
            fraction_only(cycles=lambda three, *rest: sum(three[:2])),
        ),
    ),
    Mistake(
        "the shortest",
        "You took the shortest of the three. All have to be done before the next tap is: the longest decides.",
        (fraction_only(cycles=lambda three, *rest: min(three)),),
    ),
    Mistake(
        "x loaded for every row",
        "You load x again for every row. It is loaded once and serves them all: that is why there are tiles.",
        (
            fraction_only(
                cycles=lambda three, spilled, rows, vectors, c, n, r, fmas, loads, latency: max(
                    three[0], (rows * vectors + rows + spilled) / loads, latency
                )
            ),
        ),
    ),
    Mistake(
        "weights spread for every vector",
        "You spread a weight again for every vector of its row. Once is enough: it multiplies them all.",
        (
            fraction_only(
                cycles=lambda three, spilled, rows, vectors, c, n, r, fmas, loads, latency: max(
                    three[0], (vectors + rows * vectors + spilled) / loads, latency
                )
            ),
        ),
    ),
    Mistake(
        "weights are no loads",
        "You loaded x, and no weights. To spread a weight is a load too.",
        (
            fraction_only(
                cycles=lambda three, spilled, rows, vectors, c, n, r, fmas, loads, latency: max(
                    three[0], (vectors + spilled) / loads, latency
                )
            ),
        ),
    ),
    Mistake(
        "latency for every sum",
        "You wait for every sum by itself. They do not depend on each other: while one is under way, the next begins.",
        (
            fraction_only(
                cycles=lambda three, spilled, rows, vectors, *rest: max(*three[:2], rest[-1] * rows * vectors)
            ),
        ),
    ),
    Mistake(
        "one at a time",
        "You begin one multiply-add in a cycle, whatever the processor can.",
        (
            fraction_only(
                cycles=lambda three, spilled, rows, vectors, *rest: max(rows * vectors, *three[1:]),
                then=lambda fraction, rows, vectors, c, n, r, fmas, *rest: fraction * fmas,
            ),
        ),
    ),
    Mistake(
        "turned over",
        "Your fraction is upside down: it is what the multiply-adds take over what everything takes.",
        (lambda *tile: (None, 1 / definition(*tile)[1]),),
    ),
    Mistake(
        "per cent",
        "You returned per cent. Asked for is a fraction, 1 at most.",
        (fraction_only(then=lambda fraction, *tile: 100 * fraction),),
    ),
    Mistake(
        "cycles",
        "You returned the cycles of a tap. Asked for is which fraction of the peak that is.",
        (
            lambda rows, vectors, columns, lanes, registers, fmas, loads, latency: (
                None,
                max(
                    rows * vectors / fmas,
                    (vectors + rows + counted(rows, vectors, registers)[1]) / loads,
                    latency,
                ),
            ),
        ),
    ),
)

EXERCISE = Exercise(
    function="tile",
    question="Return the registers that a tile wants, and which fraction of the peak it can reach.",
    definition=definition,
    golden=Case(GOLDEN, expected=[31, 0.9375]),
    cases=cases,
    bound=lambda truth, *tile: (0.0, 1e-12 * abs(truth[1])),
    mistakes=MISTAKES,
    hints=(
        "Three things run at the same time: the multiply-adds, the loads, and the wait of each sum for itself. Count "
        "the cycles of each for one tap. Which of the three does the next tap wait for?",
        "In registers: every vector of sums, the vectors of x that serve all rows, and one weight. What is too much is "
        "loaded again for every tap, and joins the other loads. A last vector takes as long as a full one.",
        "One row of one vector: 1 sum, begun in half a cycle where two begin at once; 1 load of x, 1 of a weight; and "
        "4 cycles until the sum can be added to again. So a tap takes 4 cycles, of which half a one multiplies: an "
        "eighth of the peak. A textbook's loop does the same, in one lane only.",
    ),
    shape_rule="Registers are one whole number, and the fraction is one number from 0 to 1.",
    praise="It counts what stands in registers, what is loaded and what waits, and lets the longest decide: with it a "
    "tile can be chosen before it is written.",
    plain=plain,
    blind=(
        lambda rows, vectors, columns, lanes, registers, fmas, loads, latency: (
            plain(rows, vectors, columns, lanes, registers)
            and rows * vectors / fmas >= max((vectors + rows) / loads, latency)
        ),
        "On a full tile that fits and has sums enough, the peak is reached whatever the other counters say.",
    ),
    returns=("registers", "fraction"),
)
