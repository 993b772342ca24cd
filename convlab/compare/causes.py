"""Known causes of other numbers in the right shape, each of them checked on every value before it is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from convlab.compare import fits, storage
from convlab.compare.cause import Cause
from convlab.compare.readings import BORDERS, Found, Reading, search
from convlab.compare.reword import describe
from convlab.compare.turns import turns
from convlab.compare.words import zero
from convlab.compare.yardstick import Fit, Yardstick
from convlab.operands import padded
from convlab.reference import judge

_SURE = 4  # values that a far-fetched reading must explain before it is believed
MIXES = {
    "winograd": "Winograd’s filtering mixes the 6 × 6 inputs of a tile.",
    "winograd-f2": "Winograd’s filtering mixes the 4 × 4 inputs of a tile.",
}


def causes(yard: Yardstick, y: np.ndarray, fit: Fit, algorithm: str, bare: bool) -> list[Cause]:
    """Return what explains y, the likeliest kind only; several when these operands cannot tell them apart."""
    if found := list(_spread(yard, y, algorithm)):
        return found
    readings = _readings(yard, y, fit, algorithm)
    if not readings or readings[0].cost > 1:
        output = list(_turned_output(yard, y, algorithm, bare))
        if output:
            return output
    named = [_named(one, yard, y, bare) for one in readings]
    if readings and readings[0].cost <= 1:
        named += _turned_output(yard, y, algorithm, bare)
    if named:
        return named
    more = (
        fits.orders(yard, y, fit, algorithm),
        fits.axes(yard, y, algorithm),
        fits.fitted(yard, y, fit),
        fits.regrouped(yard, y, algorithm),
    )
    return next((found for kind in more if (found := list(kind))), [])


def _spread(yard: Yardstick, y: np.ndarray, algorithm: str) -> Iterator[Cause]:
    """A NaN or an infinity that reached values which never meet it."""
    truth = yard.truth
    lost = ~np.isfinite(y) & np.isfinite(truth)
    poor = [name for name, values in (("x", yard.x), ("w", yard.w)) if not np.isfinite(values).all()]
    if not lost.any() or not poor or not yard.fit(np.where(np.isfinite(y), y, truth), algorithm).agrees:
        return
    why = MIXES.get(algorithm, "a Fourier transform mixes all values of a block with all.")
    if algorithm != "fft" and np.array_equal(np.isfinite(y), np.isfinite(_zeros_multiplied(yard))):
        why = "this side also multiplies the zeros of the padding, and zero times an infinity is NaN."
    yield Cause(
        "NaN spread",
        f"A NaN or an infinity in {' and in '.join(poor)} has spread to {int(lost.sum())} of {y.size} values that "
        f"never meet it: {why} The definition keeps it to {int((~np.isfinite(truth)).sum())}.",
        f"{int((~lost).sum())} of {y.size} values agree, the other {int(lost.sum())} are not finite",
    )


def _zeros_multiplied(yard: Yardstick) -> np.ndarray:
    """Return the answer of a side that stores the padding and multiplies its zeros like any other value."""
    spec = yard.spec
    x = padded(yard.x, spec)
    with np.errstate(invalid="ignore"):
        return judge(x, yard.w, replace(spec, x_shape=x.shape, mode="valid", padding=None))


def _readings(yard: Yardstick, y: np.ndarray, fit: Fit, algorithm: str) -> list[Found]:
    """Return the likeliest readings; far-fetched ones only where there are values enough to tell."""
    most = 1 if y.size < _SURE else 2 if y.size < 3 * _SURE else 3
    stores = storage.stores(y, yard.truth)
    return search(yard, y, fit.error.at, list(_places(yard.spec)), algorithm, most, stores)


def _named(found: Found, yard: Yardstick, y: np.ndarray, bare: bool) -> Cause:
    told = describe(found.reading, yard, bare, y.size)
    words, said = list(told.words), list(told.said)
    if found.storage:
        said = [one for one in said if not one.startswith("Hand it")]  # that alone would not make them agree
        words.append(storage.WORDS[found.storage])
        said.append(storage.sentence(found.storage, y, yard.truth))
    proof = zero(f"y − {told.call}", found.fit)
    if found.storage:
        proof = zero(f"y − {found.storage}({told.call})", found.fit)
    edit = told.edit if not found.storage else ""
    border = found.reading.border if found.reading.border != "zeros" else ""
    return Cause(
        " + ".join(words), " ".join(said), proof, edit, found.reading.turn.index, told.wrong_turn, border
    )


def _places(spec) -> Iterator[tuple[int, Reading]]:
    """Yield places of the window that give y's shape, with the number of slips that each takes."""
    asked = Reading.of(spec)
    yield 0, asked
    moves = [m for m in product((-1, 0, 1), repeat=spec.rank) if any(m)]
    reach = max(spec.extent)
    moves += [(far,) * spec.rank for far in range(-reach + 1, reach) if abs(far) > 1]
    placed = [(0, asked)]
    for move in moves:
        pads = tuple((lo - m, hi + m) for (lo, hi), m in zip(spec.pads, move))
        plain = len({m for m in move if m}) == 1 and max(map(abs, move)) == 1
        placed.append((1 if plain else 2, replace(asked, pads=pads)))
    yield from placed[1:]
    for cost, place in placed:
        if any(side > 0 for pair in place.pads for side in pair) and cost < 2:
            yield from ((cost + 1, replace(place, border=border)) for border in BORDERS[1:])
    if set(spec.dilation) != {1}:
        plain = replace(spec, dilation=1)
        if plain.y_shape == spec.y_shape:
            yield 1, replace(asked, dilation=plain.dilation, pads=plain.pads)


def _turned_output(yard: Yardstick, y: np.ndarray, algorithm: str, bare: bool) -> Iterator[Cause]:
    """The output read backwards or transposed: of the right answer, or of the one without the turn."""
    spec = yard.spec
    every = [t for t in turns(y.shape[2:]) if (any(t.flips) or t.swap) and not (t.swap and any(t.flips))]
    flipped = replace(spec, mode="valid" if spec.padding is not None else spec.mode, flip=not spec.flip)
    for source, kind in ((yard, "answer"), (Yardstick(yard.x, yard.w, flipped), "other")):
        for turn in every:
            if not yard.could_be(turn.of(y), source.truth):
                continue
            fit = source.fit(turn.of(y), algorithm)
            if not fit.agrees:
                continue
            code = turn.code(bare).replace("w", "y", 1)
            name = "transposed" if turn.swap else turn.name.replace("turned by 180°", "turned")
            if kind == "answer":
                said = f"This side's output is {name}: {code} is the answer."
                yield Cause(f"output {name}", said, zero(f"{code} − truth", fit), f"y = {code}")
            elif all(turn.flips):
                wrong = "without turning the filter" if spec.flip else "with the filter turned"
                said = (
                    f"This side's output is {name}, and computed {wrong}: turning the output is not the same as "
                    "turning the filter."
                )
                call = "cl.corr" if spec.flip else "cl.conv"
                yield Cause(f"output {name} + {'not turned' if spec.flip else 'turned'}", said,
                            zero(f"{code} − {call}(x, w)", fit))  # fmt: skip
