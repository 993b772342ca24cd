"""The words that say how a layer moves over its input, read and checked in the order in which Theano checks them."""

from __future__ import annotations

from dataclasses import dataclass

from convlab.arguments import integer, switch
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import mode_padding

BORDER_MODES = ("valid", "full", "half")
BORDERS_HINT = {
    2: 'Use "valid", "full", "half", an integer, or a tuple such as (1, 2) or ((0, 1), (2, 1)).',
    3: 'Use "valid", "full", "half", an integer, or a tuple such as (0, 1, 2).',
}
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Options:
    """How a window moves, whatever the arrays are.

    Attributes
    ----------
    border : str or tuple of pairs of int
        "valid", "full", "half", or the zeros before and after each axis.
    stride, dilation : tuple of int
        One per spatial axis.
    groups : int
    flip : bool

    Examples
    --------
    >>> options = read_options(2, border_mode="full", subsample=(2, 2))
    >>> options.how, options.sizes((5, 5), (3, 3))
    ({'mode': 'full', 'stride': (2, 2), 'dilation': (1, 1), 'groups': 1, 'flip': True}, (4, 4))
    """

    border: str | tuple[Pair, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1
    flip: bool = True

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.stride)

    @property
    def how(self) -> dict:
        """The same in convlab's words, as `ConvSpec` takes them."""
        border = {"mode": self.border} if isinstance(self.border, str) else {"padding": self.border}
        named = {"stride": self.stride, "dilation": self.dilation, "groups": self.groups, "flip": self.flip}
        return {**border, **named}

    def room(self, space: tuple[int, ...], taps: tuple[int, ...]) -> tuple[int, ...]:
        """Return how far the window can move along each axis; negative where it does not fit."""
        extents = [(k - 1) * d + 1 for k, d in zip(taps, self.dilation, strict=True)]
        pads = (
            [mode_padding(self.border, e) for e in extents] if isinstance(self.border, str) else self.border
        )
        return tuple(n + lo + hi - e for n, (lo, hi), e in zip(space, pads, extents, strict=True))

    def sizes(self, space: tuple[int, ...], taps: tuple[int, ...]) -> tuple[int, ...]:
        """Return the size of the output along each axis by Theano's formula; 0 or less where there is none."""
        return tuple(n // s + 1 for n, s in zip(self.room(space, taps), self.stride, strict=True))

    def truncated(self, space: tuple[int, ...], taps: tuple[int, ...]) -> tuple[int, ...]:
        """Return the sizes as compiled code first works them out: its division rounds towards 0, not down."""
        return tuple(
            (n // s if n >= 0 else -(-n // s)) + 1
            for n, s in zip(self.room(space, taps), self.stride, strict=True)
        )


def read_options(
    rank: int,
    *,
    border_mode: object = "valid",
    subsample: object = None,
    filter_flip: object = True,
    filter_dilation: object = None,
    num_groups: object = 1,
    step: str = "subsample",
) -> Options:
    """Read the words of a layer of 2 or 3 spatial axes.

    Parameters
    ----------
    rank : {2, 3}
    border_mode, subsample, filter_flip, filter_dilation, num_groups
        As in `convlab.theano.conv2d`; a step that is left out is 1.
    step : str
        What the caller knows `subsample` by: conv2d_transpose calls it input_dilation.

    Raises
    ------
    SpecError
        With Theano's own text, wherever Theano raises; and where it should.
    """
    border = _border(border_mode, rank)
    stride = _steps(step, "subsample", (1,) * rank if subsample is None else subsample, rank)
    dilation = _steps(
        "filter_dilation",
        "filter_dilation",
        (1,) * rank if filter_dilation is None else filter_dilation,
        rank,
    )
    return Options(border, stride, dilation, read_groups(num_groups), switch("filter_flip", filter_flip))


def read_groups(num_groups: object) -> int:
    """Return num_groups, or refuse it in Theano's words.

    Examples
    --------
    >>> read_groups(2)
    2
    """
    if isinstance(num_groups, int) and not isinstance(num_groups, bool) and num_groups < 1:
        raise refusal(
            "num_groups must have value greater than zero",
            f"Asked for num_groups={num_groups}.",
            "A layer has one group or more.",
            "Use 1 for an ordinary layer, the number of channels for a depthwise one.",
        )
    return integer("num_groups", num_groups, 1)


def _steps(name: str, theano: str, value: object, rank: int) -> tuple[int, ...]:
    """Return one step per axis, or refuse them in Theano's words."""
    if not isinstance(value, (tuple, list)) or len(value) != rank:
        count = len(value) if isinstance(value, (tuple, list)) else 1
        raise refusal(
            f"{theano} must have {rank} elements",
            f"Asked for {name}={value!r}.",
            f"That is {count} number{'s' * (count != 1)} for {rank} axes.",
            f"Give one number per axis, for example {name}={(2,) * rank}.",
        )
    if any(one == 0 for one in value):
        what = (
            "Theano accepts it and returns a result of a shape that no filter gives."
            if theano == "filter_dilation"
            else "Theano dies here of a division by zero and takes the interpreter with it (signal 8)."
        )
        raise SpecError(f"Asked for {name}={tuple(value)}.", what, "Use steps of 1 or more.")
    return tuple(integer(name, one, 1) for one in value)


def _border(mode: object, rank: int) -> str | tuple[Pair, ...]:
    """Return a border_mode as a mode or as pairs, or refuse it in Theano's words."""
    if isinstance(mode, str) and mode in BORDER_MODES:
        return mode
    if _is_count(mode):
        return ((mode, mode),) * rank
    asked, hint = f"Asked for border_mode={mode!r}.", BORDERS_HINT[rank]
    if isinstance(mode, bool) or (isinstance(mode, tuple) and any(isinstance(one, bool) for one in mode)):
        raise SpecError(asked, "Theano takes True for 1 and False for 0, and goes on.", hint)
    text, found = _unreadable(mode, rank)
    if text:
        raise refusal(text, asked, found, hint)
    pairs = tuple(one if isinstance(one, tuple) else (one, one) for one in mode)
    if rank == 3 and any(isinstance(one, tuple) for one in mode):
        found = "conv3d pads both sides of an axis alike."
        raise refusal(
            "Asymmetric padding not implemented for 3D", asked, found, "Pad with np.pad and use 'valid'."
        )
    return pairs


def _unreadable(mode: object, rank: int) -> tuple[str, str]:
    """Return what Theano says of a border_mode that is none, and what it is; twice nothing when it is one."""
    if isinstance(mode, int):
        return f"invalid border_mode {mode}, which must be a non-negative integer", "It is negative."
    if not isinstance(mode, tuple):
        choices = f'which must be either "valid", "full", "half", an integer or a tuple of length {rank}'
        same = "Theano has no 'same': for odd filters 'half' is the same."
        return f"invalid border_mode {mode}, {choices}", same if mode == "same" else f"It is {mode!r}."
    if len(mode) != rank:
        text = f"invalid border_mode {mode}, which must be a tuple of length {rank}"
        return text, f"It has {len(mode)} entries for {rank} axes."
    if not all(_is_count(one) or _is_count_pair(one) for one in mode):
        text = f"invalid border mode {mode}. The tuple can only contain integers  or pairs of integers"
        return text, "Not every entry is a count, or a pair of counts."
    return "", ""


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_count_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(map(_is_count, value))
