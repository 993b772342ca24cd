"""A reading in words: what a side does otherwise than it was asked, and the edit that mends it."""

from __future__ import annotations

from dataclasses import dataclass

from convlab.compare.readings import Reading
from convlab.compare.turns import Turn, asked, flipped, relative
from convlab.compare.words import how_many
from convlab.compare.yardstick import Yardstick
from convlab.spec import AXES, ConvSpec

BORDER_SAYS = {
    "reflect": "x mirrored at its edge (reflect, d c b a | a b c d)",
    "mirror": "x mirrored at its last value (mirror, d c b | a b c d)",
    "nearest": "the last value of x again and again (nearest, a a a | a b c d)",
    "wrap": "x from its other end (wrap, b c d | a b c d)",
}
NUMPY_BORDER = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap"}


@dataclass(frozen=True)
class Told:
    """The words for a reading: fixed words, sentences, the same as a call, and an edit of one line."""

    words: tuple[str, ...]
    said: tuple[str, ...]
    call: str
    edit: str
    wrong_turn: bool


def describe(reading: Reading, yard: Yardstick, bare: bool, count: int) -> Told:
    """Return what a reading does otherwise than the question, cause first."""
    spec, plain = yard.spec, Reading.of(yard.spec)
    words, said, edit = [], [], ""
    if reading.turn != plain.turn:
        word, why = turn_words(reading.turn, plain.turn)
        words.append(word)
        said.append(why)
        edit = relative(spec.taps, reading.turn, plain.turn).code(bare)
    if reading.channels:
        words.append("channels turned too")
        said.append(
            "This side also reads the filter's channels backwards, as SciPy does when it convolves over all axes "
            "(or the channels stand in reverse, as BGR for RGB)."
        )
        edit = "w[:, ::-1]" if not edit else edit.replace("w[...", "w[:, ::-1][...", 1)
    if reading.dilation != plain.dilation:
        words.append("dilation not applied")
        said.append("This side does not dilate the filter.")
    elif shift := _shift(reading, plain):
        words.append(shift[0])
        said.append(shift[1] + (_even(spec) if reading.stride == (1,) * spec.rank else ""))
    if reading.border != "zeros":
        words.append("other border")
        zeros = any(side for pair in spec.pads for side in pair)
        asked_for = "the question has zeros" if zeros else "the question reads nothing"
        said.append(f"Beyond the border it reads {BORDER_SAYS[reading.border]}, where {asked_for}.")
    mends = edit and len(words) == 1 + (reading.channels and reading.turn != plain.turn)
    if mends:
        said.append(f"Hand it {edit} and {how_many(count)}.")
    return Told(
        tuple(words), tuple(said), call(reading, spec, bare), f"w = {edit}" if mends else "",
        reading.turn != plain.turn,
    )  # fmt: skip


def turn_words(reads: Turn, wants: Turn) -> tuple[str, str]:
    """Return the fixed word and the sentence for a filter that is read by another turn than asked."""
    rank = len(reads.flips)
    wanted = "convolution" if all(wants.flips) else "cross-correlation"
    if reads.swap:
        word = "filter transposed" if reads.flips == wants.flips else f"filter {reads.name}"
        if reads.flips == (False, False) and all(wants.flips):
            word = "filter transposed, not turned"
        elif reads.flips == (True, True) and not any(wants.flips):
            word = "filter transposed and turned"
        return word, f"This side reads the {word}: rows and columns of the filter have changed places."
    if not any(reads.flips):
        return "not turned", (
            "This side does not turn the filter: it computes cross-correlation, and the question is convolution."
        )
    if all(reads.flips):
        return "turned", (
            "This side turns the filter: it computes convolution, and the question is cross-correlation."
        )
    axes = flipped(reads)
    rest = " and ".join(name for name, f in zip(AXES[rank], reads.flips) if not f)
    return f"{axes} turned only", (
        f"This side turns the filter along its {axes} only, not along its {rest}; {wanted} turns "
        f"{'all of them' if wanted == 'convolution' else 'none'}."
    )


def call(reading: Reading, spec: ConvSpec, bare: bool) -> str:
    """Return a reading as a call of convlab."""
    turned = reading.turn == asked(spec.taps, True)
    w = "w" if turned else reading.turn.code(bare)
    if reading.channels:
        w = f"{w}[:, ::-1]"
    plain, options = Reading.of(spec), []
    pads = reading.pads
    x = "x"
    if reading.border != "zeros" or any(side < 0 for pair in pads for side in pair):
        x = _framed(pads, reading.border, bare)
    elif pads == plain.pads and spec.padding is None:
        options += [f'mode="{spec.mode}"'] * (spec.mode != "valid")
    else:
        options += [f"padding={pads}"]
    options += [f"stride={reading.stride}"] * (set(reading.stride) != {1})
    options += [f"dilation={reading.dilation}"] * (set(reading.dilation) != {1})
    options += [f"groups={spec.groups}"] * (spec.groups != 1)
    return f"cl.{'conv' if turned else 'corr'}({', '.join([x, w, *options])})"


def _framed(pads: tuple[tuple[int, int], ...], border: str, bare: bool) -> str:
    """Return NumPy's words for x with its border written out, cut where a pad is negative."""
    grown = tuple((max(0, lo), max(0, hi)) for lo, hi in pads)
    code = "x"
    if any(map(any, grown)):
        widths = grown if bare else ((0, 0), (0, 0), *grown)
        same = {side for pair in widths for side in pair}
        how = f', "{NUMPY_BORDER[border]}"' if border != "zeros" else ""
        code = f"np.pad(x, {same.pop() if len(same) == 1 else widths}{how})"
    if any(side < 0 for pair in pads for side in pair):
        cuts = [f"{-lo if lo < 0 else ''}:{hi if hi < 0 else ''}" for lo, hi in pads]
        code += f"[{', '.join([*([] if bare else ['...']), *cuts])}]"
    return code


def _shift(reading: Reading, plain: Reading) -> tuple[str, str] | None:
    """Return the fixed word and the sentence for a window that stands beside its place."""
    moves = [lo - there for (lo, _), (there, _) in zip(plain.pads, reading.pads)]
    if not any(moves):
        return None
    names = AXES[len(moves)]
    by_move = {m: " and ".join(n for n, other in zip(names, moves) if other == m) for m in moves if m}
    step = "input value" if set(reading.stride) != {1} else "place"
    parts = [
        f"{_count(abs(m))} {step}{'s' * (abs(m) > 1)} too {'early' if m > 0 else 'late'} along {axes}"
        for m, axes in by_move.items()
    ]
    size = max(map(abs, moves))
    said = f"Every value stands {' and '.join(parts)}."
    if not any(map(any, plain.pads)) and min(moves) * max(moves) >= 0:
        where = "earlier" if max(moves) > 0 else "later"
        said += f" If it was cut out of a larger result, let the cut begin {_count(size)} {where}."
    return f"shifted by {_count(size)}", said


def _even(spec: ConvSpec) -> str:
    if any(extent % 2 == 0 for extent in spec.extent):
        return " An even filter has no middle, and this side takes the other of the two taps beside it."
    return ""


def _count(n: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(n, str(n))
