"""Lesson 13, one good answer: count what a tap needs, and see which of the three counters runs longest."""


def tile(rows, vectors, columns, lanes, registers, fmas, loads, latency):
    sums = rows * vectors
    held = sums + vectors + 1
    again = max(0, held - registers)
    cycles = max(sums / fmas, (vectors + rows + again) / loads, latency)
    useful = columns / (vectors * lanes)
    return held, useful * (sums / fmas) / cycles
