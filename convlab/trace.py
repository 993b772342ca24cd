"""One output value at a time: which inputs it meets, with which taps, and how the sum is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, prod

import numpy as np

from convlab import reference
from convlab.spec import AXES, ConvSpec


@dataclass(frozen=True, slots=True)
class Tap:
    """One multiply-add.

    Attributes
    ----------
    x_index : tuple of int or None
        ``(n, c, *space)`` of the input value; None where the window stands on padding.
    w_index : tuple of int
        ``(o, c, *taps)`` of the weight, in the filter as given.
    x, w, product, running : float
        The two factors, their product, and the sum up to and with this tap.
    """

    x_index: tuple[int, ...] | None
    w_index: tuple[int, ...]
    x: float
    w: float
    product: float
    running: float


@dataclass(frozen=True, slots=True)
class Step:
    """One output value: where it is, the window it sees and its multiply-adds in the order of the window.

    Attributes
    ----------
    at : tuple of int
        ``(n, o, *space)`` of the output value.
    corner : tuple of int
        First input position of the window along the spatial axes; negative stands on padding.
    taps : tuple of Tap
    """

    at: tuple[int, ...]
    corner: tuple[int, ...]
    taps: tuple[Tap, ...]

    @property
    def total(self) -> float:
        """The output value."""
        return self.taps[-1].running if self.taps else 0.0


class Trace(Sequence):
    """All steps of one convolution, in C order of y; ``trace[i]`` computes one window when it is asked for.

    Parameters
    ----------
    x, w : ndarray, shapes spec.x_shape and spec.w_shape
    spec : ConvSpec

    Examples
    --------
    >>> x, w = np.arange(25.0).reshape(1, 1, 5, 5), np.arange(1.0, 10).reshape(1, 1, 3, 3)
    >>> trace = Trace(x, w, ConvSpec(x.shape, w.shape, "full", stride=2))
    >>> len(trace), trace[6].at, trace[6].corner, trace[6].total
    (16, (0, 0, 1, 2), (0, 2), 264.0)
    >>> trace[6].taps[0]
    Tap(x_index=(0, 0, 0, 2), w_index=(0, 0, 2, 2), x=2.0, w=9.0, product=18.0, running=18.0)
    """

    def __init__(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> None:
        self.x, self.w, self.spec = x, w, spec

    def __len__(self) -> int:
        return prod(self.spec.y_shape)

    def __getitem__(self, i: int) -> Step:
        if not -len(self) <= i < len(self):
            raise IndexError(f"step {i} of {len(self)}")
        at = tuple(int(v) for v in np.unravel_index(i % len(self), self.spec.y_shape))
        corner = self._corner(at[2:])
        return Step(at, corner, tuple(self._taps(at, corner)))

    def scatter(self, x_index: tuple[int, ...]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Return where one input value goes: ``(y_index, w_index)`` for every product that it enters.

        The twin of a step: a step gathers inputs into one output, this scatters one input over the outputs.
        """
        n, channel, *source = x_index
        spec = self.spec
        group, c = divmod(channel, spec.w_shape[1])
        filters = spec.w_shape[0] // spec.groups
        found = []
        for window in np.ndindex(*spec.taps):
            ats = [self._output(axis, source[axis], reach) for axis, reach in enumerate(window)]
            if None not in ats:
                tap = self._given(window)
                found += [((n, o, *ats), (o, c, *tap)) for o in range(group * filters, (group + 1) * filters)]
        return sorted(found)

    def meets(self, w_index: tuple[int, ...]) -> list[tuple[tuple[int, ...], tuple[int, ...] | None]]:
        """Return where one weight is used: ``(y_index, x_index or None on padding)`` for each of its products."""
        o, c, *tap = w_index
        spec = self.spec
        window = self._given(tuple(tap))
        first = o // (spec.w_shape[0] // spec.groups) * spec.w_shape[1]
        found = []
        for n, *at in np.ndindex(spec.y_shape[0], *spec.y_shape[2:]):
            source = self._source(self._corner(at), window)
            found.append(((n, o, *at), (n, first + c, *source) if self._inside(source) else None))
        return found

    def scene(self) -> dict:
        """Return the arithmetic of the whole convolution as plain data, for a picture to step through.

        The picture derives every window, product and running sum from it; y is the definition's answer, so that
        a test can hold the two together.
        """
        spec = self.spec
        return {
            "version": 1,
            "operation": spec.operation.capitalize(),
            "x": plain(self.x),
            "w": plain(self.w),
            "y": plain(self.y),
            "mode": spec.mode,
            "pads": [list(pair) for pair in spec.pads],
            "stride": list(spec.stride),
            "dilation": list(spec.dilation),
            "groups": spec.groups,
            "flip": spec.flip,
            "extent": list(spec.extent),
            "leftover": list(spec.leftover),
            "remainder": list(spec.remainder),
            "macs": spec.macs,
            "size": sizes(spec),
        }

    @property
    def y(self) -> np.ndarray:
        """The whole result, by the definition."""
        return reference.judge(self.x, self.w, self.spec)

    def _taps(self, at: tuple[int, ...], corner: tuple[int, ...]) -> Iterator[Tap]:
        n, o = at[:2]
        first = o // (self.spec.w_shape[0] // self.spec.groups) * self.spec.w_shape[1]
        running = 0.0
        for c, *window in np.ndindex(*self.spec.w_shape[1:]):
            source, w_index = self._source(corner, window), (o, c, *self._given(window))
            weight = float(self.w[w_index])
            if not self._inside(source):
                yield Tap(None, w_index, 0.0, weight, 0.0, running)
                continue
            x_index = (n, first + c, *source)
            value = float(self.x[x_index])
            running += value * weight
            yield Tap(x_index, w_index, value, weight, value * weight, running)

    def _corner(self, at: Sequence[int]) -> tuple[int, ...]:
        return tuple(a * s - lo for a, s, (lo, _) in zip(at, self.spec.stride, self.spec.pads, strict=True))

    def _given(self, window: Sequence[int]) -> tuple[int, ...]:
        """Return the index, in the filter as given, of what stands at a place of the window; its own inverse."""
        return tuple(k - 1 - u if self.spec.flip else u for k, u in zip(self.spec.taps, window, strict=True))

    def _source(self, corner: Sequence[int], window: Sequence[int]) -> tuple[int, ...]:
        return tuple(a + u * d for a, u, d in zip(corner, window, self.spec.dilation, strict=True))

    def _inside(self, source: Sequence[int]) -> bool:
        return all(0 <= p < n for p, n in zip(source, self.spec.space, strict=True))

    def _output(self, axis: int, source: int, reach: int) -> int | None:
        """Return the output at which the window's `reach`-th place stands on `source`, if there is one."""
        spec = self.spec
        at, off = divmod(source - reach * spec.dilation[axis] + spec.pads[axis][0], spec.stride[axis])
        return at if off == 0 and 0 <= at < spec.y_shape[2 + axis] else None


def sizes(spec: ConvSpec) -> list[dict]:
    """Return, per spatial axis, the output size and the formula it comes from with its numbers filled in.

    Examples
    --------
    >>> sizes(ConvSpec((1, 1, 5), (1, 1, 3), "full", stride=2))
    [{'axis': 'columns', 'y': 4, 'formula': '⌊(5 + 2·2 − 3) / 2⌋ + 1'}]
    """
    rows = []
    for axis, name in enumerate(AXES[spec.rank]):
        n, extent, stride, (lo, hi) = spec.space[axis], spec.extent[axis], spec.stride[axis], spec.pads[axis]
        zeros = "" if lo == hi == 0 else f" + 2·{lo}" if lo == hi else f" + {lo} + {hi}"
        inner = f"{n}{zeros} − {extent}"
        formula = f"{inner} + 1" if stride == 1 else f"⌊({inner}) / {stride}⌋ + 1"
        rows.append({"axis": name, "y": spec.y_shape[2 + axis], "formula": formula})
    return rows


def plain(array: np.ndarray) -> dict:
    """Return an array as plain data: its shape and its values in C order; what JSON cannot hold, as text."""
    values = array.astype(np.float64).ravel().tolist()
    texts = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
    return {
        "shape": list(array.shape),
        "values": [v if isfinite(v) else texts.get(v, "NaN") for v in values],
    }
