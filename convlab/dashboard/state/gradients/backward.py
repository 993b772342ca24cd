"""The state of the Gradients screen: a question, the gradient of its output, and which gradient is built from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np

from convlab import presets, typed
from convlab.dashboard.state import arrays, packed
from convlab.dashboard.state.fill import reshaped
from convlab.dashboard.state.gradients.fault import shows_in
from convlab.dashboard.state.limits import LIMITS, OverLimit
from convlab.dashboard.state.query import from_query, to_query
from convlab.dashboard.state.question import DEFAULT, Question, question_of
from convlab.errors import ConvLabError, SpecError
from convlab.operands import numbers
from convlab.spec import ConvSpec, by

# Stride 2 puts zeros between the values of dy, and a filter that the forward pass leaves as it is gets turned here.
START = {"preset": "S000et", "mode": "valid", "flip": "0"}
WHICH = ("dx", "dw")
OWN = ("which", "dy", "theirs")
COUNT = 23  # dy counts up to here and begins again: few digits, and no two rows alike
ROOM = 800  # characters of dy in an address


@dataclass(frozen=True, eq=False)
class Backward:
    """What the Gradients screen shows. It never changes; `changed` answers with another one.

    Parameters
    ----------
    question : Question
        The forward convolution.
    dy : ndarray, shape question.spec.y_shape, optional
        The gradient of y; that of the preset, or a count, when it is not given.
    which : {"dx", "dw"}
        Whose gradient is built.
    theirs : bool
        Whether the picture shows what source 003 makes of it, where it makes something else.
    extras : mapping of str
        Keys of other screens, carried along in the address.

    Raises
    ------
    Refused
        When one value of that gradient adds up more products than a screen shows.

    Examples
    --------
    >>> start = backward_of("S000et")
    >>> start.dy[0, 0, :, 0].tolist(), start.changed({"which": "dw"}).terms
    ([1, 5, 9, 13], 16)
    """

    question: Question
    dy: np.ndarray | None = None
    which: str = "dx"
    theirs: bool = True
    extras: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.dy is None:
            object.__setattr__(self, "dy", usual_dy(self.question))
        check(self.spec, self.which)

    @property
    def spec(self) -> ConvSpec:
        """The spec of the forward convolution."""
        return self.question.spec

    @property
    def terms(self) -> int:
        """How many products one value of the gradient adds up."""
        return terms(self.spec, self.which)

    @property
    def edited(self) -> bool:
        """Whether dy is another than the one that the question comes with."""
        usual = usual_dy(self.question)
        return not np.array_equal(self.dy, usual, equal_nan=True)

    @property
    def query(self) -> str:
        """The canonical query of this state."""
        extras = dict(self.extras)
        extras |= {"which": self.which} if self.which != usual_which(self.question.preset) else {}
        text = packed.pack(self.dy, ROOM) if self.edited else None
        extras |= {"dy": text} if text else {}
        extras |= {} if self.theirs else {"theirs": "0"}
        return to_query(self.question, extras)

    def changed(self, change: dict[str, object]) -> Backward:
        """Return what one ask of the browser leads to.

        Parameters
        ----------
        change : dict
            What `Question.changed` takes; and which, dy (text or nested lists), theirs. Where the size of y
            changes, a dy that somebody typed keeps its values at their places.

        Raises
        ------
        SpecError, Refused
            When a value does not read, or leads to nothing that can be shown.
        """
        if not isinstance(change, dict):
            raise SpecError("Asked for a change.", "It has no names and values.", "Send names with values.")
        rest = {key: value for key, value in change.items() if key not in OWN}
        question = self.question.changed(rest) if rest else self.question
        told = {"question": question, "dy": self._kept_dy(question, "preset" in rest)}
        if rest.get("preset") is not None:
            told |= {"which": usual_which(question.preset), "theirs": True}
        if change.get("which") is not None:
            told["which"] = _which(change["which"])
        if change.get("dy") is not None:
            told["dy"] = read_dy(change["dy"], question.spec)
        if change.get("theirs") is not None:
            told["theirs"] = typed.switch("theirs", change["theirs"])
        return replace(self, **told)

    def _kept_dy(self, question: Question, is_new: bool) -> np.ndarray | None:
        """Return dy as another question leaves it; None for the one that this question comes with."""
        if is_new or not self.edited:
            return None
        if self.dy.shape == question.spec.y_shape:
            return self.dy
        return reshaped(self.dy, question.spec.y_shape, keep=True)


def terms(spec: ConvSpec, which: str) -> int:
    """Return how many products one value of a gradient adds up.

    Examples
    --------
    >>> spec = ConvSpec((2, 3, 8, 8), (4, 3, 3, 3))
    >>> terms(spec, "dx"), terms(spec, "dw")
    (36, 72)
    """
    if which == "dx":
        return spec.w_shape[0] // spec.groups * prod(spec.taps)
    return spec.x_shape[0] * prod(spec.y_shape[2:])


def check(spec: ConvSpec, which: str) -> None:
    """Refuse a gradient whose values add up more products than a screen shows; name what would fit."""
    most, found = LIMITS["terms"], terms(spec, which)
    if found <= most:
        return
    told = f"One value of {which} would add up {found} products; a screen shows {most}."
    asked = f"Asked for {which} of x {by(spec.x_shape)} with w {by(spec.w_shape)}."
    if which == "dx":
        filters = spec.groups * (most // prod(spec.taps))
        raise OverLimit(
            asked, told, f"Use {filters} filters, or look at dw.", {"w_shape": [filters, *spec.w_shape[1:]]}
        )
    stride = next(s for s in range(1, LIMITS["stride"] + 1) if _strided_terms(spec, s) <= most or s == 8)
    raise OverLimit(asked, told, f"Use stride {stride}, or look at dx.", {"stride": [stride] * spec.rank})


def usual_which(preset: str | None) -> str:
    """Return the gradient that a preset is opened with: that of w where source 003 goes wrong there only."""
    return shows_in(preset) if preset else "dx"


def usual_dy(question: Question) -> np.ndarray:
    """Return the gradient of y that a question comes with: that of its preset where it fits, else 1, 2, 3, ..."""
    shape = question.spec.y_shape
    given = presets.get(question.preset).dy if question.preset else None
    if given is not None and given.size == prod(shape) and given.shape in (shape, shape[2:]):
        return given.reshape(shape)
    return (1 + np.arange(prod(shape)) % COUNT).reshape(shape)


def read_dy(sent: object, spec: ConvSpec) -> np.ndarray:
    """Return a dy that somebody typed; it has one value for each value of y.

    Raises
    ------
    SpecError
        When it does not read, or has another shape than y.

    Examples
    --------
    >>> read_dy("1 2; 3 4", ConvSpec((1, 1, 3, 3), (1, 1, 2, 2))).shape
    (1, 1, 2, 2)
    """
    array = numbers("dy", sent if isinstance(sent, np.ndarray) else arrays.array("dy", sent))
    shape = spec.y_shape
    bare = shape[:2] == (1, 1) and (
        array.shape == shape[2:] or array.shape == (1,) * (2 - spec.rank) + shape[2:]
    )
    if not bare and array.shape != shape:
        short = shape[2:] if shape[:2] == (1, 1) else shape
        raise SpecError(
            f"Asked for dy of {by(array.shape)}.",
            f"y has {by(short)} values here, and dy has one for each of them.",
            f"Give {by(short)} numbers.",
        )
    return array.reshape(shape)


def backward_of(preset: str = DEFAULT) -> Backward:
    """Return what the screen opens a preset with."""
    return Backward(question_of(preset), which=usual_which(preset))


def from_address(query: Mapping[str, str]) -> tuple[Backward, tuple[str, ...]]:
    """Return the state that an address asks for, and a notice for each key that cannot be followed.

    Examples
    --------
    >>> made, notices = from_address({"preset": "S000e", "which": "dz", "dy": "2x2:1..4"})
    >>> made.which, notices
    ('dx', ('The address says which=dz: there are two gradients, dx and dw. It stays as it was.',))
    """
    asked = from_query(query if "preset" in query or "x" in query else {**START, **query})
    notices = list(asked.notices)
    question = asked.question
    made = next((one for one in (_tried(question, which) for which in _order(question)) if one), None)
    if made is None:
        made = backward_of()
        notices.append("The gradients of that convolution are too large for a screen: here is an example.")
    for key, value in asked.backward.items():
        if key not in OWN:
            continue
        try:
            made = made.changed({key: packed.unpack("dy", value) if key == "dy" else value})
        except ConvLabError as error:
            found = (error.found[:1].lower() + error.found[1:]).rstrip(".")
            notices.append(f"The address says {key}={value[:30]}: {found}. It stays as it was.")
    return replace(made, extras=asked.extras), tuple(notices)


def _order(question: Question) -> tuple[str, ...]:
    first = usual_which(question.preset)
    return (first, *(which for which in WHICH if which != first))


def _tried(question: Question, which: str) -> Backward | None:
    try:
        return Backward(question, which=which)
    except ConvLabError:
        return None


def _which(value: object) -> str:
    if value not in WHICH:
        shown = value[:40] if isinstance(value, str) else type(value).__name__
        raise SpecError(
            f"Asked for the gradient {shown!r}.", "There are two gradients, dx and dw.", "Choose one of them."
        )
    return value


def _strided_terms(spec: ConvSpec, stride: int) -> int:
    """Return the products of one value of dw, were every stride this one."""
    sizes = ((n - e) // stride + 1 for n, e in zip(spec.padded, spec.extent, strict=True))
    return spec.x_shape[0] * prod(sizes)
