"""What the reader wants raced: a layer, the backends, a budget, the axis of a sweep. It answers to asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from convlab import typed
from convlab.backends import CATALOGUE
from convlab.backends.peers import PEERS
from convlab.errors import Refused, SpecError
from convlab.spec import AXES, ConvSpec
from convlab.timing.admission import asked
from convlab.timing.shapes import suites
from convlab.timing.sweeps import axis as axes

BUDGET_S, LEAST_S, MOST_S = 2.0, 0.1, 60.0
POINT = 0.5  # of the budget of a race for a point of a sweep: a curve is read as a whole
LAYER = asked.NAMES


@dataclass(frozen=True)
class Course:
    """What is raced. It never changes; `changed` answers with another one.

    Attributes
    ----------
    spec : ConvSpec
    names : tuple of str or None
        The backends; None for all of the catalogue.
    budget_s : float
        Seconds for the whole race, first calls apart.
    axis : {"S", "N", "K", "C", "stride"}
        What a sweep goes along.
    values : tuple of int
        Where it stops, in growing order.
    carried : dict of str
        Keys of the address that belong to other screens.
    """

    spec: ConvSpec = field(default_factory=lambda: suites.get(suites.USUAL[0]).spec)
    names: tuple[str, ...] | None = None
    budget_s: float = BUDGET_S
    axis: str = "K"
    values: tuple[int, ...] = axes.USUAL["K"]
    carried: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def workload(self) -> str | None:
        """The id of the workload that has these shapes and options; None for one of the reader's own."""
        found = suites.named(self.spec)
        return found.id if found else None

    @property
    def chosen(self) -> tuple[str, ...]:
        """The backends by name, in the order of the catalogue."""
        return tuple(CATALOGUE) if self.names is None else self.names

    def changed(self, change: object) -> Course:
        """Return what one ask of the browser leads to.

        Parameters
        ----------
        change : dict
            ``workload``; any of x, w, mode, padding, stride, dilation, groups, dtype, flip, as typed; ``backends``
            (names, None for all); ``budget_s``; ``axis``, ``values``.

        Raises
        ------
        SpecError, Refused

        Examples
        --------
        >>> Course().changed({"x": "8x3x9x9", "w": "4 x 3 x 3 x 3", "stride": "2"}).spec.y_shape
        (8, 4, 4, 4)
        """
        if not isinstance(change, dict):
            raise SpecError("Asked for a change.", "It has no names and values.", "Send names with values.")
        told, rest = self, dict(change)
        if (id_ := rest.pop("workload", None)) is not None:
            told = replace(told, spec=suites.get(id_).spec)
        if "backends" in rest:
            told = replace(told, names=_names(rest.pop("backends")))
        if (budget := rest.pop("budget_s", None)) is not None:
            told = replace(told, budget_s=_seconds(budget))
        if (axis := rest.pop("axis", None)) is not None:
            name = axes.named(axis)
            told = replace(told, axis=name, values=axes.USUAL[name])
        if (values := rest.pop("values", None)) is not None:
            told = replace(told, values=axes.values_of(told.axis, values))
        unknown = [str(name) for name in rest if name not in LAYER]
        if unknown:
            raise SpecError(
                f"Asked to change {unknown[0][:40]!r}.", f"A race has {', '.join(LAYER)}.", "Use one of them."
            )
        return replace(told, spec=respec(told.spec, rest)) if rest else told


def respec(spec: ConvSpec, change: Mapping[str, object]) -> ConvSpec:
    """Return a spec with the changes that a person typed; a padding that was emptied is none.

    Raises
    ------
    SpecError, Refused

    Examples
    --------
    >>> respec(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)), {"flip": "off"}).operation
    'cross-correlation'
    """
    told = dict(change)
    if told.get("padding") == "":
        del told["padding"]
        told.setdefault("mode", spec.mode if spec.padding is None else "valid")
    return asked.spec(told, spec)


def sides(spec: ConvSpec) -> str:
    """Return padding as a person types it.

    Examples
    --------
    >>> sides(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), padding=((1, 0), (2, 2))))
    '1:0, 2'
    """
    pairs = [str(lo) if lo == hi else f"{lo}:{hi}" for lo, hi in spec.pads]
    return pairs[0] if len(set(pairs)) == 1 else ", ".join(pairs)


def known() -> tuple[str, ...]:
    """Return all that may race: the catalogue, then library functions called raw, which race when asked for."""
    return (*CATALOGUE, *PEERS)


def _names(value: object) -> tuple[str, ...] | None:
    """Return the backends that are asked for, in order; None when that is the catalogue."""
    if value is None:
        return None
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not names or len(names) > 4 * len(known()):
        raise SpecError("Asked for a race without any backend.", "One at least must run.", "Choose one.")
    for name in names:
        if name not in known():
            raise SpecError(
                f"Asked for the backend {typed.shown(name)}.", "There is none of that name.",
                "Choose from the list.",
            )  # fmt: skip
    chosen = tuple(name for name in known() if name in names)
    return None if chosen == tuple(CATALOGUE) else chosen


def _seconds(value: object) -> float:
    try:
        seconds = float(value) if not isinstance(value, bool) and len(str(value)) < 40 else float("nan")
    except (TypeError, ValueError):
        seconds = float("nan")
    if not isfinite(seconds) or seconds <= 0:
        raise SpecError(
            f"Asked for a budget of {typed.shown(value)}.", "A budget is a number of seconds.", "Use 2."
        )
    if not LEAST_S <= seconds <= MOST_S:
        raise Refused(
            f"Asked for a budget of {seconds:g} s.",
            f"A race takes from {LEAST_S:g} to {MOST_S:g} s.",
            f"Use {MOST_S if seconds > MOST_S else LEAST_S:g}.",
        )
    return seconds


def axis_title(axis: str, spec: ConvSpec) -> tuple[str, str]:
    """Return the name of an axis of a sweep and what it says.

    Examples
    --------
    >>> axis_title("K", ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    ('filter size', 'taps a side')
    """
    thing = {1: "signals", 2: "images", 3: "volumes"}[spec.rank]
    return {
        "K": ("filter size", "taps a side" if spec.rank > 1 else "taps"),
        "S": (f"{thing[:-1]} size", f"{AXES[spec.rank][-1]}, and as many along every axis"),
        "N": (thing, f"{thing} at once"),
        "C": ("channels", f"channels of each {thing[:-1]}"),
        "stride": ("stride", "step of the window"),
    }[axis]
