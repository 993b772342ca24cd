"""The loops of numba-rows, as Python that numba compiles: sums of shifted lines, for one filter or for two at once.

Eight or four products are added up, then added to the sum of a run, and every `RUN` taps to the whole: the order
depends on nothing but the number of taps and filters. Products are not fused into the sums, so the bits do not depend
on the machine.
"""

from __future__ import annotations

import numpy as np

BLOCK = 2048  # sums that are worked on at a time: with the lines of x that they read they stay in the nearest cache
RUN = 128  # taps that are added up before the sum of sums: keeps the rounding of long sums small


def one_by_one(
    buffer: np.ndarray, offsets: np.ndarray, weights: np.ndarray, sums: np.ndarray, images: int, length: int
) -> None:
    """Write ``sums[o, n, k] = sum over t of buffer[n, offsets[t] + k] * weights[o, t]``.

    Parameters
    ----------
    buffer : ndarray, shape (images, values)
        Lines of x one after the other, so that tap t of output k stands at ``offsets[t] + k``.
    offsets : ndarray of intp, shape (taps,)
    weights : ndarray, shape (filters, taps)
    sums : ndarray, shape (filters, images or more, length or more)
    images, length : int
        How many images, and outputs k, are made; the rest of the sums is left as it is.
    """
    part = np.empty(BLOCK, sums.dtype)
    taps = offsets.size
    eights = taps - taps % 8
    for n in range(images):
        for start in range(0, length, BLOCK):
            seen = buffer[n, start:]
            for o in range(sums.shape[0]):
                w, total = weights[o], sums[o, n, start : min(length, start + BLOCK)]
                for run in range(0, taps, RUN):
                    line = part[: total.size] if run else total
                    line[:] = 0
                    for t in range(run, min(eights, run + RUN), 8):
                        a, b, c, d = w[t], w[t + 1], w[t + 2], w[t + 3]
                        e, f, g, h = w[t + 4], w[t + 5], w[t + 6], w[t + 7]
                        s, u = seen[offsets[t] :], seen[offsets[t + 1] :]
                        v, x = seen[offsets[t + 2] :], seen[offsets[t + 3] :]
                        y, z = seen[offsets[t + 4] :], seen[offsets[t + 5] :]
                        p, q = seen[offsets[t + 6] :], seen[offsets[t + 7] :]
                        for k in range(line.size):
                            fore = s[k] * a + u[k] * b + v[k] * c + x[k] * d
                            line[k] += fore + y[k] * e + z[k] * f + p[k] * g + q[k] * h
                    for t in range(max(run, eights), min(taps, run + RUN)):
                        weight, one = w[t], seen[offsets[t] :]
                        for k in range(line.size):
                            line[k] += one[k] * weight
                    if run:
                        for k in range(line.size):
                            total[k] += line[k]


def in_pairs(
    buffer: np.ndarray, offsets: np.ndarray, weights: np.ndarray, sums: np.ndarray, images: int, length: int
) -> None:
    """Write what `one_by_one` writes for an even number of filters: what is read of x serves two of them."""
    part = np.empty((2, BLOCK), sums.dtype)
    for n in range(images):
        for start in range(0, length, BLOCK):
            seen, stop = buffer[n, start:], min(length, start + BLOCK)
            for o in range(0, sums.shape[0], 2):
                w, v = weights[o], weights[o + 1]
                first, second = sums[o, n, start:stop], sums[o + 1, n, start:stop]
                for run in range(0, offsets.size, RUN):
                    one, two = first, second
                    if run:
                        one, two = part[0, : first.size], part[1, : first.size]
                    one[:] = 0
                    two[:] = 0
                    end = min(offsets.size, run + RUN)
                    fours = end - (end - run) % 4
                    for t in range(run, fours, 4):
                        a, b, c, d = w[t], w[t + 1], w[t + 2], w[t + 3]
                        e, f, g, h = v[t], v[t + 1], v[t + 2], v[t + 3]
                        p, q = seen[offsets[t] :], seen[offsets[t + 1] :]
                        r, s = seen[offsets[t + 2] :], seen[offsets[t + 3] :]
                        for k in range(one.size):  # all is read before anything is written
                            x, y = p[k], q[k]
                            z, u = r[k], s[k]
                            left = one[k] + (x * a + y * b + z * c + u * d)
                            two[k] = two[k] + (x * e + y * f + z * g + u * h)
                            one[k] = left
                    for t in range(fours, end):
                        a, e, p = w[t], v[t], seen[offsets[t] :]
                        for k in range(one.size):
                            x, left = p[k], one[k] + p[k] * a
                            two[k] = two[k] + x * e
                            one[k] = left
                    if run:
                        for k in range(one.size):
                            first[k] += one[k]
                            second[k] += two[k]
