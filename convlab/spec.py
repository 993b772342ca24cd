"""ConvSpec: what is asked. Shapes, padding, output size and multiply-adds, in pure integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from convlab.arguments import integer, per_axis, shape, sides, switch
from convlab.errors import SpecError

MODES = ("valid", "same", "half", "full")
DTYPES = ("float16", "float32", "float64", "longdouble")
AXES = {1: ("columns",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}


def mode_padding(mode: str, extent: int) -> tuple[int, int]:
    """Return the zeros that `mode` puts before and after an axis, for a filter that reaches over `extent`.

    Parameters
    ----------
    mode : {"valid", "same", "half", "full"}
        ``same`` is the centred crop of scipy.signal; ``half`` is Theano's ``extent // 2`` on both sides,
        which lengthens the axis by one when the extent is even.
    extent : int
        Taps along the axis, dilated: ``(k - 1) * dilation + 1``.

    Raises
    ------
    SpecError
        When the mode has no such name.

    Examples
    --------
    >>> [mode_padding(mode, 4) for mode in ("valid", "same", "half", "full")]
    [(0, 0), (2, 1), (2, 2), (3, 3)]
    """
    sides = {
        "valid": (0, 0),
        "same": (extent // 2, (extent - 1) // 2),
        "half": (extent // 2, extent // 2),
        "full": (extent - 1, extent - 1),
    }
    try:
        return sides[mode]
    except (KeyError, TypeError):
        raise SpecError(
            f"Asked for mode {mode!r}.",
            f"The modes are {', '.join(MODES)}.",
            "Choose one of them, or give padding= in numbers.",
        ) from None


@dataclass(frozen=True, slots=True)
class ConvSpec:
    """One convolution, described by integers only: the key that every part of convlab speaks.

    A spec that exists is a convolution that exists: impossible combinations raise when it is made. It is
    frozen and hashable; `dataclasses.replace` makes a neighbour.

    Parameters
    ----------
    x_shape : tuple of int
        ``(N, C, *space)``: images, channels and 1 to 3 spatial axes. N and C may be 0, space is at least 1.
    w_shape : tuple of int
        ``(O, C / groups, *taps)``: filters, channels that each filter reads, taps per spatial axis.
    mode : {"valid", "same", "half", "full"}
        Where the window may stand. Ignored in favour of `padding` when that is given (mode reads "padded" then).
    stride, dilation : int or one int per spatial axis
        Step of the window over the padded input; distance between neighbouring taps.
    groups : int
        Output block g reads input block g only; ``groups == C`` is depthwise.
    flip : bool
        True turns the filter by 180 degrees first: convolution. False is cross-correlation.
    padding : int, one int per axis, or one (before, after) pair per axis, optional
        Zeros around the spatial axes, instead of a mode.
    dtype : {"float16", "float32", "float64", "longdouble"}
        What the operands are computed in.

    Raises
    ------
    SpecError
        When no such convolution exists; the sentence says what was asked, found and what to try.

    Notes
    -----
    Along one axis, with ``extent = (k - 1) * dilation + 1`` and the zeros ``lo`` and ``hi``,
    ``y = (x + lo + hi - extent) // stride + 1``: V. Dumoulin and F. Visin, "A guide to convolution arithmetic
    for deep learning", 2016; Theano's ``get_conv_shape_1axis``.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), mode="full", stride=2)
    >>> spec.y_shape, spec.macs, spec.leftover
    ((1, 1, 4, 4), 144, (0, 0))
    """

    x_shape: tuple[int, ...]
    w_shape: tuple[int, ...]
    mode: str = "valid"
    stride: int | tuple[int, ...] = 1
    dilation: int | tuple[int, ...] = 1
    groups: int = 1
    flip: bool = True
    padding: int | tuple | None = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "x_shape", shape("x", self.x_shape, "(N, C, *space)"))
        put(self, "w_shape", shape("w", self.w_shape, "(O, C/groups, *taps)"))
        _check_ranks(self.x_shape, self.w_shape)
        put(self, "stride", per_axis("stride", self.stride, self.rank))
        put(self, "dilation", per_axis("dilation", self.dilation, self.rank))
        put(self, "groups", integer("groups", self.groups, 1))
        put(self, "flip", switch("flip", self.flip))
        put(self, "dtype", getattr(self.dtype, "name", getattr(self.dtype, "__name__", self.dtype)))
        if self.padding is not None:
            if self.mode not in ("valid", "padded"):
                raise SpecError(
                    f"Asked for mode {self.mode!r} and padding {self.padding!r} at once.",
                    "Each of them alone decides the zeros around x.",
                    "Give one of the two.",
                )
            put(self, "mode", "padded")
            put(self, "padding", sides(self.padding, self.rank))
        else:
            mode_padding(self.mode, 1)  # refuses an unknown name
        if self.dtype not in DTYPES:
            raise SpecError(
                f"Asked to compute in {self.dtype!r}.",
                f"convlab computes in {', '.join(DTYPES)}.",
                "Convert the operands first, for example x.astype('float64').",
            )
        _check_channels(self)
        _check_output(self)

    @property
    def rank(self) -> int:
        """Number of spatial axes: 1, 2 or 3."""
        return len(self.x_shape) - 2

    @property
    def space(self) -> tuple[int, ...]:
        """Size of x along the spatial axes."""
        return self.x_shape[2:]

    @property
    def taps(self) -> tuple[int, ...]:
        """Taps of a filter along the spatial axes."""
        return self.w_shape[2:]

    @property
    def extent(self) -> tuple[int, ...]:
        """Input positions that a dilated filter reaches over, per axis: ``(k - 1) * dilation + 1``."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.taps, self.dilation, strict=True))

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        """Zeros before and after each spatial axis."""
        if self.padding is not None:
            return self.padding
        return tuple(mode_padding(self.mode, extent) for extent in self.extent)

    @property
    def padded(self) -> tuple[int, ...]:
        """Size of the padded input along the spatial axes."""
        return tuple(n + lo + hi for n, (lo, hi) in zip(self.space, self.pads, strict=True))

    @property
    def y_shape(self) -> tuple[int, ...]:
        """``(N, O, *space)`` of the output."""
        axes = zip(self.padded, self.extent, self.stride, strict=True)
        return (self.x_shape[0], self.w_shape[0], *((n - e) // s + 1 for n, e, s in axes))

    @property
    def macs(self) -> int:
        """Multiply-adds of the definition, zeros of the padding included."""
        return prod(self.y_shape) * prod(self.w_shape[1:])

    @property
    def terms(self) -> int:
        """Products that are added up in one output value."""
        return prod(self.w_shape[1:])

    @property
    def remainder(self) -> tuple[int, ...]:
        """Trailing positions of the padded input that the stride never reaches, per axis."""
        return tuple((n - e) % s for n, e, s in zip(self.padded, self.extent, self.stride, strict=True))

    @property
    def leftover(self) -> tuple[int, ...]:
        """Trailing input that is never read, per axis: the remainder, less the zeros that it eats first."""
        return tuple(
            min(n, max(0, left - hi))
            for n, left, (_, hi) in zip(self.space, self.remainder, self.pads, strict=True)
        )

    @property
    def operation(self) -> str:
        """What is computed, by its name: "convolution" or "cross-correlation"."""
        return "convolution" if self.flip else "cross-correlation"

    def __str__(self) -> str:
        """The call, short enough for a test id: ``x(1, 1, 5, 5) w(1, 1, 3, 3) full stride=(2, 2)``."""
        parts = [f"x{self.x_shape}", f"w{self.w_shape}", str(self.padding or self.mode)]
        parts += [
            f"{name}={value}" for name in ("stride", "dilation") if set(value := getattr(self, name)) != {1}
        ]
        parts += [f"groups={self.groups}"] * (self.groups != 1) + ["no flip"] * (not self.flip) + [self.dtype]
        return " ".join(parts)


def _check_ranks(x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> None:
    if len(x_shape) == len(w_shape) and 3 <= len(x_shape) <= 5:
        return
    raise SpecError(
        f"Asked for x {x_shape} with w {w_shape}.",
        f"x has {len(x_shape)} axes and w has {len(w_shape)}; both need (N, C, ...) and (O, C/groups, ...) "
        "and the same 1, 2 or 3 spatial axes.",
        "Add the missing axes of length 1, for example x[None, None] and w[None, None].",
    )


def _check_channels(spec: ConvSpec) -> None:
    channels, reads, filters = spec.x_shape[1], spec.w_shape[1], spec.w_shape[0]
    if channels != reads * spec.groups:
        order = (0, spec.rank + 1, *range(1, spec.rank + 1))
        last = (
            f" If channels stand last: x.transpose{order}." if spec.x_shape[-1] == reads * spec.groups else ""
        )
        per = f"{reads} in each of {spec.groups} groups" if spec.groups > 1 else f"{reads}"
        raise SpecError(
            f"Asked for x {spec.x_shape} with w {spec.w_shape}.",
            f"x has {channels} channel{'s' * (channels != 1)} and each filter reads {per}.",
            "Make x axis 1 equal to w axis 1 times groups; x is (N, C, ...), w is (O, C/groups, ...)." + last,
        )
    if filters % spec.groups:
        raise SpecError(
            f"Asked for {spec.groups} groups with w {spec.w_shape}.",
            f"{filters} filters do not divide into {spec.groups} equal groups.",
            "Use a number of filters that is a multiple of groups.",
        )


def _check_output(spec: ConvSpec) -> None:
    sizes = zip(AXES[spec.rank], spec.padded, spec.extent, strict=True)
    for axis, (name, n, extent) in enumerate(sizes):
        if n < extent:
            dilated = f" (dilated by {spec.dilation[axis]})" if spec.dilation[axis] > 1 else ""
            asked = "that padding" if spec.padding is not None else spec.mode
            size = (n - extent) // spec.stride[axis] + 1
            raise SpecError(
                f"Asked for {asked} with a {by(spec.taps)} filter{dilated} on {by(spec.space)} input.",
                f"The filter reaches over {extent} {name}, the input with its zeros has {n}: "
                f"the output would have {size} {name}.".replace("-", "−"),
                f"Use full, or pad the {name} by {-(-(extent - n) // 2)} or more on both sides.",
            )


def by(sizes: Sequence[int]) -> str:
    """Return sizes as a person writes them: ``5 × 5``."""
    return " × ".join(map(str, sizes))
