"""Specs that end in every way, and dw by each way to cut it."""

from __future__ import annotations

from functools import partial

import numpy as np

from convlab.backends.tiles import (
    machine,
    wgrad,
)
from convlab.backends.tiles.wgrad.broad import Broad
from convlab.backends.tiles.wgrad.thin import Thin
from convlab.errors import SpecError
from convlab.operands import lifted
from convlab.spec import ConvSpec
from tests.specs import SPECS

WAYS = {
    "filters": partial(Broad, by_filters=True),
    "channels": partial(Broad, by_filters=False),
    "positions": Thin,
}
WIDTH = machine.width("float32")
PLAIN = [
    spec for spec in SPECS if spec.dtype in ("float32", "float64") and min(*spec.y_shape, *spec.w_shape) > 0
]
COUNTS = (1, 2, 3, 5, 9, WIDTH - 1, WIDTH, WIDTH + 1, 2 * WIDTH + 3)
FULL = ConvSpec((3, 6, 9, 2 * WIDTH + 5), (WIDTH + 4, 3, 3, 2), "full", groups=2)
STRIDED = ConvSpec(
    (2, 3, 13, 2 * WIDTH + 7), (10, 3, 4, 5), padding=((2, 1), (0, 3)), stride=(2, 3), flip=False
)


def tails(count, seed):
    """Return seeded specs whose channels, filters and columns end before, at and after whole vectors."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        groups, rank = int(rng.choice([1, 1, 2])), 1 + len(found) % 3
        channels, filters = map(int, rng.choice(COUNTS, 2))
        columns = int(rng.choice([3, WIDTH - 1, WIDTH, WIDTH + 2, 2 * WIDTH + 1]))
        per_axis = rng.integers(1, 4, (3, rank)).tolist()
        try:
            found.append(ConvSpec(
                (int(rng.integers(1, 4)), groups * channels, *rng.integers(1, 6, rank - 1).tolist(), columns),
                (groups * filters, channels, *per_axis[0]), stride=per_axis[1], dilation=per_axis[2], groups=groups,
                padding=tuple(map(tuple, rng.integers(0, 4, (rank, 2)).tolist())), flip=bool(rng.integers(2)),
                dtype=str(rng.choice(["float32", "float64"])),
            ))  # fmt: skip
        except SpecError:  # a filter larger than x: draw again
            continue
    return found


def dw_by(way, x, dy, spec):
    """Return dw as one way computes it, between values that nobody may write."""
    size, guard = int(np.prod(spec.w_shape)), 2 * WIDTH
    around = np.full(size + 2 * guard, 7, spec.dtype)
    dw = around[guard:-guard].reshape(spec.w_shape)
    WAYS[way](wgrad.raised(spec)).run(lifted(x), lifted(dy), lifted(dw))
    assert (around[:guard] == 7).all() and (around[-guard:] == 7).all(), f"{spec}: written beyond dw"
    return dw.copy()
