"""Question: what a screen asks. Two arrays and the options of one convolution, within what a picture can show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from types import SimpleNamespace

import numpy as np

from convlab import presets
from convlab.dashboard.state import arrays, limits, typed
from convlab.dashboard.state.fill import reshaped
from convlab.errors import SpecError
from convlab.operands import Operands, numbers, prepare
from convlab.spec import MODES, ConvSpec

DEFAULT = "S000at"
OPTIONS = ("mode", "padding", "stride", "dilation", "groups", "flip")
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
        x, w = _new_arrays(base, change)
        rank = max(x.ndim, w.ndim) - 2
        new = _new_options(base, change, rank)
        return replace(self, x=_lifted(x, rank), w=_lifted(w, rank), preset=base.preset, **new)

    def asked_shapes(self, change: dict[str, object]) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """Return the shapes of x and w and the groups that a change asks for, whether they go together or not."""
        base = self if change.get("preset") is None else _draft_of(_known(change["preset"]))
        x, w = _new_arrays(base, change)
        rank = max(x.ndim, w.ndim) - 2
        return _lifted(x, rank).shape, _lifted(w, rank).shape, _new_options(base, change, rank)["groups"]

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
    usual = {"mode": "valid", "padding": None, "stride": 1, "dilation": 1, "groups": 1, "flip": True}
    told = SimpleNamespace(x=x, w=w, preset=preset, **(usual | found.options))
    for name in ("stride", "dilation", "padding"):
        value = getattr(told, name)
        if isinstance(value, int):
            setattr(told, name, ((value, value) if name == "padding" else value,) * (x.ndim - 2))
    return told


def _new_arrays(base: Question | SimpleNamespace, change: dict[str, object]) -> tuple[np.ndarray, np.ndarray]:
    """Return x and w in layer layout, changed as asked."""
    new = {"x": base.x, "w": base.w}
    for name in new:
        old = _lifted(new[name], new["x"].ndim - 2)  # a text for w is read with the axes that x has by now
        sent, shape = change.get(name), change.get(f"{name}_shape")
        if sent is not None:
            new[name] = _read(name, sent, old)
            if shape is None:
                limits.check_shape(name, new[name].shape, new[name].shape[:2] == (1, 1))
        if shape is not None:
            wanted = _full_shape(name, typed.shape(name, shape), new[name] if sent is not None else old)
            limits.check_shape(name, wanted, wanted[:2] == (1, 1))
            new[name] = reshaped(new[name], wanted, keep=sent is not None)
    return new["x"], new["w"]


def _new_options(base: Question | SimpleNamespace, change: dict[str, object], rank: int) -> dict[str, object]:
    """Return the options, changed as asked, for `rank` spatial axes."""
    told = {
        "stride": _for_rank(base.stride, rank, 1),
        "dilation": _for_rank(base.dilation, rank, 1),
        "groups": base.groups,
        "flip": base.flip,
        "mode": "valid" if base.padding is not None else base.mode,
        "padding": base.padding if base.padding is None else _for_rank(base.padding, rank, (0, 0)),
    }
    for name in ("stride", "dilation"):
        if change.get(name) is not None:
            told[name] = typed.wholes(name, change[name], 1, limits.LIMITS[name])
    if change.get("groups") is not None:
        told["groups"] = typed.whole("groups", change["groups"], 1, limits.LIMITS["channels"])
    if change.get("flip") is not None:
        told["flip"] = typed.switch("flip", change["flip"])
    if change.get("padding") is not None:
        told |= {"mode": "valid", "padding": typed.padding(change["padding"])}
        limits.check_padding(told["padding"])
    elif change.get("mode") is not None:
        told |= {"mode": _mode(change["mode"]), "padding": None}
    return told


def _kept(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a read-only copy in layer layout."""
    copy = np.array(array).reshape(shape)
    copy.setflags(write=False)
    return copy


def _array_key(array: np.ndarray) -> tuple:
    return (array.shape, array.dtype.str, array.tobytes())


def _lifted(array: np.ndarray, rank: int) -> np.ndarray:
    """Return an operand with `rank` spatial axes: one row, or one plane, of what has more."""
    missing = max(0, rank - (array.ndim - 2))
    return array.reshape(*array.shape[:2], *[1] * missing, *array.shape[2:])


def _for_rank(values: tuple, rank: int, fill: object) -> tuple:
    """Return per-axis options for another number of axes: the last axes keep theirs."""
    return (fill,) * (rank - len(values)) + tuple(values)[max(0, len(values) - rank) :]


def _read(name: str, sent: object, old: np.ndarray) -> np.ndarray:
    """Return an array that somebody sent, in layer layout; one image or filter gets its first two axes.

    An array of floats keeps its dtype where that holds what was typed to the last digit; apart from that, text and
    lists are read as NumPy would read them. An array is what it is.
    """
    if isinstance(sent, np.ndarray):
        return sent.reshape(1, 1, *sent.shape) if sent.ndim <= 2 else sent
    array, rank = arrays.array(name, sent), old.ndim - 2
    if old.dtype.kind == "f" and array.dtype.kind != "b":
        with np.errstate(over="ignore"):
            kept = array.astype(old.dtype)
        array = kept if np.array_equal(kept, array, equal_nan=True) else array
    if array.ndim == 3 and rank == 2:
        raise SpecError(
            f"Asked for {name} of shape {array.shape}.",
            f"{name} has 4 axes here: {'images' if name == 'x' else 'filters'}, channels, rows, columns.",
            "Put one more pair of brackets around it.",
        )
    bare = array.ndim <= 2 or (array.ndim == 3 and rank == 3)
    return array.reshape(1, 1, *array.shape) if bare else array


def _full_shape(name: str, asked: tuple[int, ...], array: np.ndarray) -> tuple[int, ...]:
    """Return a shape in layer layout; one that names the spatial axes only keeps the first two."""
    rank = array.ndim - 2
    if len(asked) == rank or len(asked) < 3:
        return (*array.shape[:2], *asked)
    if len(asked) == 3 and rank == 2:
        raise SpecError(
            f"Asked for {name} of shape {asked}.",
            f"{name} has 4 axes here: {'images' if name == 'x' else 'filters'}, channels, rows, columns.",
            f"Give {' × '.join(map(str, asked[1:]))}, or all four: {' × '.join(map(str, (1, *asked)))}.",
        )
    return asked


def _mode(value: object) -> str:
    name = value.strip().lower() if isinstance(value, str) else value
    if name not in MODES:
        shown = value[:40] if isinstance(value, str) else type(value).__name__
        raise SpecError(
            f"Asked for mode {shown!r}.", f"The modes are {', '.join(MODES)}.", "Choose one of them."
        )
    return name
