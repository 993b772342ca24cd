"""The loops of numba-direct, as Python that numba compiles: of three spatial axes, summed in float64.

One line of the last axis is copied into a buffer with every step-th value side by side, so that the innermost loop runs
over neighbours whatever the stride: padded position P stands at ``row[P % step, P // step]``. Nothing is reordered or
fused, so the bits do not depend on the machine.
"""

from __future__ import annotations

import numpy as np

Three = tuple[int, int, int]
LANES = 256


def forward(
    x: np.ndarray, w: np.ndarray, y: np.ndarray, stride: Three, dilation: Three, before: Three, groups: int
) -> None:
    """Write the cross-correlation of x (N, C, D, H, W) with w (O, I, kd, kh, kw) into y, all of three axes."""
    inputs, kd, kh, kw = w.shape[1:]
    depth, height, width = x.shape[2:]
    step, zeros = stride[2], before[2]
    filters = w.shape[0] // groups
    sums = np.empty((filters, y.shape[4]))
    row = np.empty((step, (width + zeros) // step + 1))  # every step-th value in one line, for the inner loop
    for n, g, i, j in np.ndindex(y.shape[0], groups, y.shape[2], y.shape[3]):
        sums[:] = 0.0
        for c, p, q in np.ndindex(inputs, kd, kh):
            d = i * stride[0] + p * dilation[0] - before[0]
            h = j * stride[1] + q * dilation[1] - before[1]
            if d < 0 or d >= depth or h < 0 or h >= height:
                continue
            for phase in range(step):
                start = (phase - zeros) % step
                line, given = row[phase, (start + zeros) // step :], x[n, g * inputs + c, d, h, start::step]
                for k in range(given.size):
                    line[k] = given[k]
            for r in range(kw):
                shift = r * dilation[2]
                first = max(0, -((shift - zeros) // step))  # the outputs whose tap r stands inside x
                last = max(first, min(y.shape[4], (width - 1 - shift + zeros) // step + 1))
                seen = row[shift % step, first + shift // step : last + shift // step]
                for o in range(filters):
                    weight, total = np.float64(w[g * filters + o, c, p, q, r]), sums[o, first:last]
                    for k in range(total.size):
                        total[k] += seen[k] * weight
        for o in range(filters):
            for k in range(y.shape[4]):
                y[n, g * filters + o, i, j, k] = sums[o, k]


def dgrad(
    dy: np.ndarray, w: np.ndarray, dx: np.ndarray, stride: Three, dilation: Three, before: Three, groups: int
) -> None:
    """Write into dx (N, C, D, H, W) what every window of a cross-correlation with w hands back of dy.

    One line of dx of all channels of a group waits in float64 until every filter and tap has met it.
    """
    filters, inputs, (kd, kh, kw) = w.shape[0] // groups, w.shape[1], w.shape[2:]
    height, width, size = dy.shape[2], dy.shape[3], dy.shape[4]
    step, zeros = stride[2], before[2]
    rows = np.empty((inputs, step, (dx.shape[4] + zeros) // step + 1))
    line = np.empty(size)
    for n, g, d, h in np.ndindex(dx.shape[0], groups, dx.shape[2], dx.shape[3]):
        rows[:] = 0.0
        for o, p, q in np.ndindex(filters, kd, kh):
            i, rest = divmod(d + before[0] - p * dilation[0], stride[0])
            j, left = divmod(h + before[1] - q * dilation[1], stride[1])
            if rest or left or i < 0 or i >= height or j < 0 or j >= width:
                continue
            given = dy[n, g * filters + o, i, j]
            for k in range(size):
                line[k] = given[k]
            for r in range(kw):
                shift = r * dilation[2]
                first = max(0, -((shift - zeros) // step))  # the outputs whose tap r stands inside x
                last = max(first, min(size, (dx.shape[4] - 1 - shift + zeros) // step + 1))
                seen = line[first:last]
                for c in range(inputs):
                    weight = np.float64(w[g * filters + o, c, p, q, r])
                    total = rows[c, shift % step, first + shift // step : last + shift // step]
                    for k in range(seen.size):
                        total[k] += seen[k] * weight
        for c, phase in np.ndindex(inputs, step):
            start = (phase - zeros) % step
            found, made = dx[n, g * inputs + c, d, h, start::step], rows[c, phase, (start + zeros) // step :]
            for k in range(found.size):
                found[k] = made[k]


def wgrad(
    x: np.ndarray, dy: np.ndarray, dw: np.ndarray, stride: Three, dilation: Three, before: Three, groups: int
) -> None:
    """Write into dw (O, I, kd, kh, kw) the sums of x times dy over all images and positions.

    A line of products is folded into `LANES` sums, so that neighbours are added up at once; only at the end are these
    added together.
    """
    inputs, kd, kh, kw = dw.shape[1:]
    depth, height, width = x.shape[2:]
    step, zeros, filters, size = stride[2], before[2], dw.shape[0] // groups, dy.shape[4]
    lines = np.empty(dy.shape)
    lines[...] = dy
    sums = np.empty((filters, kw, min(size, LANES)))
    row = np.empty((step, (width + zeros) // step + 1))
    for g, c, p, q in np.ndindex(groups, inputs, kd, kh):
        sums[:] = 0.0
        for n, i, j in np.ndindex(dy.shape[0], dy.shape[2], dy.shape[3]):
            d = i * stride[0] + p * dilation[0] - before[0]
            h = j * stride[1] + q * dilation[1] - before[1]
            if d < 0 or d >= depth or h < 0 or h >= height:
                continue
            for phase in range(step):
                start = (phase - zeros) % step
                line, given = row[phase, (start + zeros) // step :], x[n, g * inputs + c, d, h, start::step]
                for k in range(given.size):
                    line[k] = given[k]
            for r in range(kw):
                shift = r * dilation[2]
                first = max(0, -((shift - zeros) // step))
                last = max(first, min(size, (width - 1 - shift + zeros) // step + 1))
                seen = row[shift % step, first + shift // step : last + shift // step]
                for o in range(filters):
                    back, total = lines[n, g * filters + o, i, j, first:last], sums[o, r]
                    for fold in range(0, seen.size, LANES):
                        one, other = seen[fold : fold + LANES], back[fold : fold + LANES]
                        for k in range(one.size):
                            total[k] += one[k] * other[k]
        for o, r in np.ndindex(filters, kw):
            whole = 0.0
            for total in sums[o, r]:
                whole += total
            dw[g * filters + o, c, p, q, r] = whole
