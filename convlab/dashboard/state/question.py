"""Question: what a screen asks. Two arrays and the options of one convolution, within what a picture can show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from types import SimpleNamespace

import numpy as np

from convlab import presets
from convlab.dashboard.state import limits
from convlab.dashboard.state.change import lifted, new_arrays, new_options
from convlab.errors import SpecError
from convlab.operands import Operands, numbers, prepare
from convlab.spec import ConvSpec

DEFAULT = "S000at"
USUAL = {"mode": "valid", "padding": None, "stride": 1, "dilation": 1, "groups": 1, "flip": True}
OPTIONS = tuple(USUAL)
ARRAYS = ("x", "w", "x_shape", "w_shape")


@dataclass(frozen=True, eq=False)
class Question:
    """One convolution that a screen can show, whole.

    A question that exists can be shown: the arrays hold real numbers, the convolution exists and its picture is
    within the limits. It never changes; `changed` answers with another one.

    Parameters
    ----------
    x, w : array_like
        As `convlab.conv` takes them; kept as read-only copies in layer layout, in the dtype they came in.
    mode, stride, dilation, groups, flip, padding
        As in `convlab.ConvSpec`.
    preset : str, optional
        Id of the preset that it started from.

    Attributes
    ----------
    operands : Operands
        x and w, cast and ready to compute; `spec` is its spec.

    Raises
    ------
    SpecError
        When no such convolution exists, or an axis is empty.
    Refused
        When the picture would be over a limit.

    Examples
    --------
    >>> import numpy as np
    >>> question = Question(np.arange(25).reshape(5, 5), np.ones((3, 3)))
    >>> question.changed({"mode": "full", "stride": "2"}).spec.y_shape
    (1, 1, 4, 4)
    """

    x: np.ndarray
    w: np.ndarray
    mode: str = "valid"
    stride: int | tuple[int, ...] = 1
    dilation: int | tuple[int, ...] = 1
    groups: int = 1
    flip: bool = True
    padding: int | tuple | None = None
    preset: str | None = None
    operands: Operands = field(init=False, repr=False)

    def __post_init__(self) -> None:
        x, w = numbers("x", self.x), numbers("w", self.w)
        ready = prepare(x, w, **self.options)
        for name, array in (("x", ready.x), ("w", ready.w)):
            limits.check_shape(name, array.shape, ready.bare)
        limits.check_spec(ready.spec)
        put = object.__setattr__
        put(self, "x", _kept(x, ready.x.shape))
        put(self, "w", _kept(w, ready.w.shape))
        for name in OPTIONS:
            put(self, name, getattr(ready.spec, name))
        put(self, "operands", ready)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Question) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def spec(self) -> ConvSpec:
        """The spec of this convolution."""
        return self.operands.spec

    @property
    def bare(self) -> bool:
        """Whether x and w are one image and one filter, which `given` hands on without the first two axes."""
        return self.spec.rank < 3 and self.x.shape[:2] == self.w.shape[:2] == (1, 1)

    @property
    def given(self) -> tuple[np.ndarray, np.ndarray]:
        """X and w as a person would hand them to a library: bare when they are one image and one filter."""
        return (self.x[0, 0], self.w[0, 0]) if self.bare else (self.x, self.w)

    @property
    def options(self) -> dict[str, object]:
        """The keyword arguments of `convlab.conv` that go with x and w."""
        same = {name: getattr(self, name) for name in OPTIONS}
        return same | {"mode": "valid"} if self.padding is not None else same

    @property
    def edited(self) -> tuple[str, ...]:
        """Which of "x" and "w" are no longer, or never were, those of the preset."""
        if self.preset is None:
            return ("x", "w")
        origin = _draft_of(self.preset)
        return tuple(n for n in ("x", "w") if _array_key(getattr(self, n)) != _array_key(getattr(origin, n)))

    def changed(self, change: dict[str, object]) -> Question:
        """Return the question that one ask of the browser leads to; this one stays as it is.

        Parameters
        ----------
        change : dict
            Any of preset, mode, padding, stride, dilation, groups, flip, x, w, x_shape, w_shape; the values may
            be what a person typed. A preset comes first, then the arrays, then the options.

        Raises
        ------
        SpecError, Refused
            When a key is unknown, a value does not read, or the whole leads to no convolution that can be shown.

        Notes
        -----
        A shape of as many numbers as there are spatial axes leaves images and channels alone. Where x and w
        differ in spatial axes, the one with fewer is taken as one row of the other. `fill.reshaped` says which
        values a new shape holds.
        """
        if not isinstance(change, dict):
            raise SpecError("Asked for a change.", "It has no names and values.", "Send names with values.")
        unknown = [str(name) for name in change if name not in (*OPTIONS, *ARRAYS, "preset")]
        if unknown:
            raise SpecError(
                f"Asked to change {unknown[0][:40]!r}.",
                f"A question has {', '.join(('preset', *ARRAYS, *OPTIONS))}.",
                "Use one of these names.",
            )
        if change.get("mode") == "padded" and change.get("padding") is None:
            same = self.changed({**change, "mode": None})
            return same.changed({"padding": same.spec.pads})
        base = self if change.get("preset") is None else _draft_of(_known(change["preset"]))
        x, w = new_arrays(base, change)
        rank = max(x.ndim, w.ndim) - 2
        new = new_options(base, change, rank)
        return replace(self, x=lifted(x, rank), w=lifted(w, rank), preset=base.preset, **new)

    def asked_shapes(self, change: dict[str, object]) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """Return the shapes of x and w and the groups that a change asks for, whether they go together or not."""
        base = self if change.get("preset") is None else _draft_of(_known(change["preset"]))
        x, w = new_arrays(base, change)
        rank = max(x.ndim, w.ndim) - 2
        return lifted(x, rank).shape, lifted(w, rank).shape, new_options(base, change, rank)["groups"]

    @property
    def _key(self) -> tuple:
        options = tuple(getattr(self, name) for name in OPTIONS)
        return (self.preset, *options, _array_key(self.x), _array_key(self.w))


def question_of(preset: object = DEFAULT) -> Question:
    """Return the question that a preset asks.

    Raises
    ------
    SpecError, Refused
        When there is no such preset, when it shows a convolution that does not exist, or when it is larger than a
        screen shows.

    Examples
    --------
    >>> question_of("S000a").spec.operation
    'convolution'
    """
    return _question_of(_known(preset))


@cache
def _question_of(preset: str) -> Question:
    found = presets.get(preset)
    return Question(found.x, found.w, preset=preset, **found.options)


def _known(preset: object) -> str:
    """Return the id of a preset that exists."""
    if not isinstance(preset, str):
        raise SpecError(f"Asked for preset {str(preset)[:40]!r}.", "A preset has a name.", f"Use {DEFAULT}.")
    return presets.get(preset[:40]).id


@cache
def _draft_of(preset: str) -> SimpleNamespace:
    """Return arrays in layer layout and all options of a preset, whether or not they make a question."""
    found = presets.get(preset)
    x, w = found.x, found.w
    if x.ndim == w.ndim and x.ndim < 3:
        x, w = x[None, None], w[None, None]
    told = SimpleNamespace(x=x, w=w, preset=preset, **(USUAL | found.options))
    for name in ("stride", "dilation", "padding"):
        value = getattr(told, name)
        if isinstance(value, int):
            setattr(told, name, ((value, value) if name == "padding" else value,) * (x.ndim - 2))
    return told


def _kept(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a read-only copy in layer layout."""
    copy = np.array(array).reshape(shape)
    copy.setflags(write=False)
    return copy


def _array_key(array: np.ndarray) -> tuple:
    return (array.shape, array.dtype.str, array.tobytes())
