"""Known causes of an answer in another shape, and where in it the right answer stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod

import numpy as np

from convlab.compare import fits, storage
from convlab.compare.all_axes import all_axes_cause
from convlab.compare.cause import Cause
from convlab.compare.impossible import swapped
from convlab.compare.readings import BORDERS, Found, Reading, search
from convlab.compare.reword import BORDER_SAYS, call, turn_words
from convlab.compare.words import zero
from convlab.compare.yardstick import Yardstick
from convlab.spec import MODES, ConvSpec, by, mode_padding

_LATE = "same, begun one later"
_EMPTY = (
    "An empty slice, perhaps: one that ends at -k//2 + 1 ends at 0 where k is 1 or 2. "
    "Count the end from the front instead: start + M − m + 1."
)


def shape_causes(
    yard: Yardstick, y: np.ndarray, algorithm: str, bare: bool, known_turn: bool | None = None
) -> list[Cause]:
    """Return what explains an answer whose shape is not that of the question; empty when nothing known does.

    Parameters
    ----------
    y : ndarray
        In layer layout, as far as its number of axes allows.
    known_turn : bool, optional
        Whether y's author is known to turn the filter.
    """
    if found := list(_other_window(yard, y, algorithm, bare)):
        return found
    if found := all_axes_cause(yard.x, yard.w, y, yard, known_turn):
        return [found]
    if yard.spec.mode != "padded" and (found := swapped(yard.x, yard.w, y, yard.spec.mode)):
        return [found]
    for more in (
        fits.axes(yard, y, algorithm),
        _missing(yard, y, algorithm, bare),
        _unsummed(yard, y, algorithm),
    ):
        if found := list(more):
            return found
    return []


def _other_window(yard: Yardstick, y: np.ndarray, algorithm: str, bare: bool) -> Iterator[Cause]:
    """Another mode, no stride, no dilation, another border; and where the answer stands inside."""
    spec = yard.spec
    if y.ndim != len(spec.y_shape) or y.shape[:2] != spec.y_shape[:2] or not y.size:
        return
    places = {reading: (cost, name) for cost, reading, name in _windows(spec, y.shape[2:])}
    at = np.unravel_index(int(np.nan_to_num(np.abs(y.astype(float))).argmax()), y.shape)
    ranked = [(cost, place) for place, (cost, _) in places.items()]
    stores = storage.stores(y, None)
    for found in search(yard, y, at, ranked, algorithm, most=5, stores=stores):
        name = places[replace(found.reading, turn=Reading.of(spec).turn, channels=False)][1]
        yield _window_cause(found, name, yard, y, algorithm, bare)


def _windows(spec: ConvSpec, space: tuple[int, ...]) -> Iterator[tuple[int, Reading, str]]:
    """Yield the places of the window that give an output of this size, with their cost and the mode's name."""
    asked, seen = Reading.of(spec), set()
    ones = (1,) * spec.rank
    for stride, dilation in product(dict.fromkeys((spec.stride, ones)), dict.fromkeys((spec.dilation, ones))):
        extent = tuple((k - 1) * d + 1 for k, d in zip(spec.taps, dilation))
        named = [(mode, tuple(mode_padding(mode, e) for e in extent)) for mode in MODES]
        named += [(_LATE, tuple((e - 1 - e // 2, e // 2) for e in extent))]
        named += [(f"padding {p}", ((p, p),) * spec.rank) for p in range(1, max(extent))]
        if spec.padding is not None:
            named.insert(0, ("padded", spec.pads))
        for name, pads in named:
            size = tuple(
                (n + lo + hi - e) // s + 1 for n, (lo, hi), e, s in zip(spec.space, pads, extent, stride)
            )
            reading = replace(asked, pads=pads, stride=stride, dilation=dilation)
            if size != space or reading in seen:
                continue
            seen.add(reading)
            cost = (
                (name != spec.mode)
                + (name not in MODES)
                + (stride != spec.stride)
                + (dilation != spec.dilation)
            )
            yield cost, reading, name
            if any(side for pair in pads for side in pair):
                yield from ((cost + 1, replace(reading, border=border), name) for border in BORDERS[1:])


def _window_cause(
    found: Found, name: str, yard: Yardstick, y: np.ndarray, algorithm: str, bare: bool
) -> Cause:
    spec, reading, asked = yard.spec, found.reading, Reading.of(yard.spec)
    words, said = [], []
    if reading.turn != asked.turn:
        word, why = turn_words(reading.turn, asked.turn)
        words.append(word)
        said.append(why)
    if reading.channels:
        words.append("channels turned too")
        said.append("This side also reads the filter's channels backwards.")
    if name != spec.mode:
        words.append("other mode")
        shown = "the answer of the size of x" if name == _LATE else f"the answer of {name}"
        said.append(
            f"This is {shown}, {by(y.shape[2:])}, where {spec.mode} was asked, {by(spec.y_shape[2:])}."
        )
    if name == _LATE:
        words.append("shifted by one")
        said.append("With an even filter it begins one place later than mode same of scipy.signal.")
    if reading.stride != spec.stride:
        words.append("stride not applied")
        said.append(
            f"This side takes no stride: it moves by one, and stride {_short(spec.stride)} was asked."
        )
    if reading.dilation != spec.dilation:
        words.append("dilation not applied")
        said.append(f"This side does not dilate the filter, and dilation {_short(spec.dilation)} was asked.")
    if reading.border != "zeros":
        words.append("other border")
        said.append(f"Beyond the border it reads {BORDER_SAYS[reading.border]}.")
    same = call(reading, spec, bare)
    if found.storage:
        words.append(storage.WORDS[found.storage])
        true = reading.yardstick(yard.x, yard.w, spec).truth
        said.append(storage.sentence(found.storage, y, true))
        same = f"{found.storage}({same})"
    proof, edit = zero(f"y − {same}", found.fit), ""
    if inside := _inside(reading, yard, y, algorithm, bare):
        said.append(f"The answer stands inside it: {inside[0]}.")
        proof, edit = inside[1], f"y = {inside[0]}"
    border = reading.border if reading.border != "zeros" else ""
    return Cause(
        " + ".join(words), " ".join(said), proof, edit, reading.turn.index, reading.turn != asked.turn, border
    )


def _inside(
    reading: Reading, yard: Yardstick, y: np.ndarray, algorithm: str, bare: bool
) -> tuple[str, str] | None:
    """Return the slices of y that hold the answer, and the proof; None when it is not in there."""
    spec, cuts, texts = yard.spec, [], []
    for axis, size in enumerate(spec.y_shape[2:]):
        (there, _), (lo, _) = reading.pads[axis], spec.pads[axis]
        stride, got = spec.stride[axis], reading.stride[axis]
        first, off = divmod(there - lo, got)
        step, rest = divmod(stride, got)
        if off or rest or first < 0 or first + (size - 1) * step >= y.shape[2 + axis]:
            return None
        stop = first + (size - 1) * step + 1
        cuts.append(slice(first, stop, step))
        whole = first == 0 and (y.shape[2 + axis] - 1) // step + 1 == size
        texts.append(f"{'' if whole else first}:{'' if whole else stop}{f':{step}' if step > 1 else ''}")
    part = y[(..., *cuts)]
    fit = yard.fit(part, algorithm)
    if not fit.agrees:
        return None
    code = f"y[{', '.join(texts if bare else ['...', *texts])}]"
    return code, zero(f"{code} − truth", fit)


def _missing(yard: Yardstick, y: np.ndarray, algorithm: str, bare: bool) -> Iterator[Cause]:
    """The same values with axes of length 1 more or less."""
    truth = yard.truth
    if y.size == truth.size and (fit := yard.fit(y.reshape(truth.shape), algorithm)).agrees:
        wanted = truth.shape[2:] if bare else truth.shape
        said = f"The values are right, in the shape {y.shape} instead of {wanted}."
        code = f"y.reshape{wanted}"
        yield Cause("axes missing", said, zero(f"{code} − truth", fit), f"y = {code}")


def _unsummed(yard: Yardstick, y: np.ndarray, algorithm: str) -> Iterator[Cause]:
    """One output per input channel: each channel convolved by itself and never summed."""
    spec = yard.spec
    channels = spec.x_shape[1]
    if spec.w_shape[0] != 1 or channels < 2 or y.ndim != len(spec.y_shape) or y.shape[1] != channels:
        return
    if y.shape != (spec.y_shape[0], channels, *spec.y_shape[2:]):
        return
    alone = replace(spec, w_shape=(channels, 1, *spec.taps), groups=channels)
    apart = Yardstick(yard.x, yard.w.reshape(alone.w_shape), alone)
    if (fit := apart.fit(y, algorithm)).agrees:
        said = f"This side convolves each of the {channels} channels by itself; a layer adds them up."
        yield Cause(
            "channels not summed", said, zero("y − each channel alone", fit), "y = y.sum(1, keepdims=True)"
        )


def plain_shapes(y: np.ndarray, spec: ConvSpec, bare: bool) -> str:
    """Return what to say when no known cause explains a shape."""
    wanted = spec.y_shape[2:] if bare else spec.y_shape
    return (
        f"This side answers in the shape {y.shape}, {y.size} values; the question has {wanted}, "
        f"{prod(wanted)} values. {_EMPTY if not y.size and prod(wanted) else 'No known cause explains it.'}"
    )


def _short(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else str(numbers)
