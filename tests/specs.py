"""Specs and operands that every backend must agree on: corners chosen by hand, and seeded drawn ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from convlab import numerics, reference
from convlab.errors import SpecError
from convlab.spec import DTYPES, MODES, ConvSpec

Run = Callable[[np.ndarray, np.ndarray, ConvSpec], np.ndarray]

CORNERS = [
    ConvSpec((1, 1, 1), (1, 1, 1)),  # the smallest there is
    ConvSpec((1, 1, 5, 5), (1, 1, 5, 5)),  # one output value
    ConvSpec((1, 1, 3, 4), (1, 1, 5, 7), "full"),  # filter larger than x
    ConvSpec((1, 1, 3, 4), (1, 1, 5, 7), "same"),
    ConvSpec((1, 1, 2, 3), (1, 1, 4, 6), "half"),
    *(ConvSpec((2, 3, 7, 6), (4, 3, 4, 2), mode) for mode in MODES),  # even filter, x not square
    *(ConvSpec((2, 3, 7, 6), (4, 3, 3, 5), mode, flip=False) for mode in MODES),
    *(ConvSpec((1, 2, 9, 8), (2, 2, 2, 3), mode, stride=(3, 2), dilation=(2, 3)) for mode in MODES),
    ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), stride=(20, 1)),  # stride beyond x
    ConvSpec((1, 2, 5, 5), (2, 2, 2, 2), stride=(2, 3)),  # the shape does not betray swapped strides,
    ConvSpec((1, 1, 5, 5, 5), (2, 1, 2, 2, 2), stride=(2, 2, 3), flip=False),
    ConvSpec((1, 1, 8, 8), (1, 1, 4, 2), "half", stride=3),  # nor half taken as (k - 1) // 2
    ConvSpec((1, 2, 8), (3, 2, 4), "half", stride=3, flip=False),
    ConvSpec((1, 1, 4, 4), (1, 1, 2, 2), padding=((5, 0), (0, 6))),  # windows that see nothing but padding
    ConvSpec((1, 1, 1), (1, 1, 1), padding=5, stride=2),  # no window ever meets x
    ConvSpec((1, 1, 6), (1, 1, 2), padding=((4, 9),), stride=3, dilation=2),
    ConvSpec((2, 2, 5), (2, 2, 3), padding=((0, 4),), dilation=3),  # a tap that never meets x
    ConvSpec(
        (1, 3, 6, 3, 2), (3, 1, 2, 3, 3), "same", stride=(1, 2, 1), dilation=(1, 2, 3), groups=3, flip=False
    ),
    ConvSpec((2, 4, 6, 5), (4, 1, 3, 2), groups=4),  # depthwise
    ConvSpec((2, 4, 6, 5), (8, 1, 3, 2), "same", groups=4),
    ConvSpec((2, 6, 5, 5), (4, 3, 3, 3), "full", groups=2, flip=False),
    ConvSpec((3, 5, 4, 6), (2, 5, 1, 1)),  # 1 x 1
    ConvSpec((2, 2, 3, 4, 5), (3, 2, 2, 3, 2), "half"),
    ConvSpec((1, 2, 5, 4, 3), (2, 1, 3, 2, 1), "full", stride=(2, 1, 3), dilation=(1, 2, 1), groups=2),
    ConvSpec((2, 3, 11), (4, 3, 4), "same", stride=2),
    ConvSpec((0, 2, 4, 4), (3, 2, 2, 2)),  # no image
    ConvSpec((2, 2, 4, 4), (0, 2, 2, 2)),  # no filter
    ConvSpec((2, 0, 4, 4), (3, 0, 2, 2)),  # no channel: sums of nothing
    ConvSpec((2, 0, 4), (4, 0, 2), "full", groups=2),
    ConvSpec((0, 0, 4, 4, 4), (0, 0, 2, 2, 2), "half"),
    *(ConvSpec((2, 2, 5, 6), (2, 1, 2, 3), "same", stride=(1, 2), groups=2, dtype=dtype) for dtype in DTYPES),
    *(ConvSpec((1, 2, 8), (1, 2, 3), "half", dtype=dtype) for dtype in DTYPES),
]


def drawn(count: int, seed: int = 0) -> list[ConvSpec]:
    """Return seeded specs of 1, 2 and 3 axes in turn, with everything that a spec can say."""
    rng = np.random.default_rng(seed)
    found: list[ConvSpec] = []
    while len(found) < count:
        try:
            found.append(_draw(rng, 1 + len(found) % 3))
        except SpecError:  # a filter larger than x: draw again
            continue
    return found


def _draw(rng: np.random.Generator, rank: int) -> ConvSpec:
    def per_axis(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(n) for n in rng.integers(low, high + 1, rank))

    groups, channels, filters, images = (
        int(rng.choice(sizes)) for sizes in ([1, 1, 2, 3], *[[1, 2, 3, 0]] * 3)
    )
    mode = str(rng.choice([*MODES, "padded"]))
    zeros = {"padding": tuple(zip(per_axis(0, 4), per_axis(0, 4)))} if mode == "padded" else {"mode": mode}
    return ConvSpec(
        (images, groups * channels, *per_axis(1, 9 - rank)),
        (groups * filters, channels, *per_axis(1, 4)),
        stride=per_axis(1, 3),
        dilation=per_axis(1, 3),
        groups=groups,
        flip=bool(rng.integers(2)),
        dtype=str(rng.choice(["float32", "float64"])),
        **zeros,
    )


SPECS = CORNERS + drawn(90)


def integers(spec: ConvSpec, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return read-only operands of whole numbers, so small that every sum fits every dtype."""
    largest = 3 if spec.dtype == "float16" else 9
    rng = np.random.default_rng(seed)
    return _frozen(
        rng.integers(-largest, largest + 1, s).astype(spec.dtype) for s in (spec.x_shape, spec.w_shape)
    )


def reals(spec: ConvSpec, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return read-only operands of normal numbers, of a different size in every channel."""
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=spec.x_shape), rng.normal(size=spec.w_shape)
    x *= rng.choice([0.01, 1.0, 30.0], (1, spec.x_shape[1], *[1] * spec.rank))
    return _frozen(array.astype(spec.dtype) for array in (x, w))


@cache
def judged(spec: ConvSpec, make: Callable, seed: int = 0) -> np.ndarray:
    """Return the definition's answer for operands that `make` makes; kept, for every backend asks."""
    return reference.judge(*make(spec, seed), spec)


def complaint(
    run: Run, spec: ConvSpec, *, exact: bool, bound: str = "direct", make: Callable = integers
) -> str | None:
    """Say how a backend's answer differs from the definition's; None when it is right.

    This is the judge of the conformance suite; tests/test_suite_bites.py proves that it has teeth.
    """
    x, w = make(spec)
    truth = judged(spec, make)
    y = run(x, w, spec)
    if y.shape != spec.y_shape or y.dtype != np.dtype(spec.dtype):
        return f"{spec}: {y.dtype} {y.shape}, should be {spec.dtype} {spec.y_shape}"
    if exact:
        return None if np.array_equal(y, truth) else f"{spec}: got\n{y}\nshould be\n{truth}"
    error = numerics.measure(y, truth, numerics.BOUNDS[bound](x, w, spec, truth))
    return None if error.share <= 1 else f"{spec}: {error.share:.2g} times the bound at {error.at}"


def _frozen(arrays) -> tuple[np.ndarray, ...]:
    arrays = tuple(arrays)
    for array in arrays:
        array.flags.writeable = False
    return arrays
