"""The state of the Implementations screen: the layer, the axes of the swap, what has been run; answers to asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from convlab.dashboard.state.compare.question import loose_of
from convlab.dashboard.state.implementations import layer as layers
from convlab.dashboard.state.implementations.swap import RIGHT, Axes
from convlab.dashboard.state.query import BACKWARD, FOREIGN, LISTED, OPTIONS, from_query
from convlab.errors import ConvLabError, SpecError
from convlab.implementations import get
from convlab.implementations.layers import USUAL
from convlab.implementations.remedies import remedy
from convlab.spec import ConvSpec

SHOWN = ("all", "fits", "runs")
NUMBERS = ("preset", "x", "w")  # what another screen's shapes come from
ELSEWHERE = (*NUMBERS, "flip", "step", "tap", "why", "look")  # of other screens; kept as they stood


@dataclass(frozen=True)
class Listing:
    """What the Implementations screen is held against. It never changes; `changed` answers with another one.

    Attributes
    ----------
    spec : ConvSpec
        The layer; its flip says nothing, for every row reads the filter in its own way.
    origin : ConvSpec
        The layer that the rest of the address leads to, so that it need not be written out.
    carried : dict of str
        Keys of the address that belong to other screens.
    axes : Axes
        Where the reader has put the axes of conv3D.
    opened : str
        The row whose way out of a refusal is looked for.
    ran : tuple of str
        Rows whose example this reader has run.
    """

    spec: ConvSpec = USUAL.spec
    origin: ConvSpec = USUAL.spec
    carried: Mapping[str, str] = field(default_factory=dict)
    axes: Axes = RIGHT
    opened: str = ""
    ran: tuple[str, ...] = ()

    def changed(self, change: object) -> Listing:
        """Return what one ask of the browser leads to.

        Parameters
        ----------
        change : dict
            ``preset`` (a layer of the menu) or options of the layer; ``fit`` (a row that it shall be made to fit);
            ``order`` and ``turned`` of the swap; ``open`` and ``run`` (a row).

        Raises
        ------
        SpecError, Refused

        Examples
        --------
        >>> Listing().changed({"preset": "alexnet1"}).spec.y_shape
        (128, 96, 55, 55)
        """
        if not isinstance(change, dict):
            raise SpecError("Asked for a change.", "It has no names and values.", "Send names with values.")
        told, rest = self, dict(change)
        if (row := rest.pop("run", None)) is not None:
            told = replace(told, ran=tuple(dict.fromkeys((*told.ran, get(row).id))))
        if (row := rest.pop("open", None)) is not None:
            told = replace(told, opened=get(row).id)
        if (row := rest.pop("fit", None)) is not None:
            rest = (remedy(get(row), told.spec) or {}) | rest
        swap = {key: rest.pop(key) for key in ("order", "turned") if key in rest}
        if swap:
            told = replace(told, axes=told.axes.changed(swap))
        for name in ("preset", "layer"):
            if (id_ := rest.pop(name, None)) is not None:
                told = told._from(id_)
        unknown = [str(name) for name in rest if name not in layers.KEYS]
        if unknown:
            raise SpecError(
                f"Asked to change {unknown[0][:40]!r}.",
                f"A layer has {', '.join(layers.KEYS)}.",
                "Use one of them.",
            )
        return replace(told, spec=layers.changed(told.spec, rest)) if rest else told

    def _from(self, id_: object) -> Listing:
        """Return the same with a layer of the menu."""
        try:
            return replace(self, spec=layers.of_layer(id_))
        except SpecError:
            spec = layers.of_preset(id_)
            return replace(self, spec=spec, origin=spec, carried={"preset": str(id_)})

    @property
    def query(self) -> str:
        """The canonical query: what other screens wrote, then what differs from what that leads to."""
        spec = self.spec
        parts = {"v": "1", **self.carried}
        shapes = (spec.x_shape, spec.w_shape)
        if shapes != (self.origin.x_shape, self.origin.w_shape):
            parts["layer"] = layers.packed(spec)
        if spec.padding is None:
            parts["mode"] = spec.mode
        else:
            parts["padding"] = ",".join(str(lo) if lo == hi else f"{lo}:{hi}" for lo, hi in spec.pads)
        for key in ("stride", "dilation"):
            value = getattr(spec, key)
            if set(value) != {1} or value != getattr(self.origin, key):
                parts[key] = str(value[0]) if len(set(value)) == 1 else ",".join(map(str, value))
        if spec.groups > 1 or self.origin.groups > 1:
            parts["groups"] = str(spec.groups)
        if spec.dtype != "float32":
            parts["dtype"] = spec.dtype
        parts |= self.axes.query
        return "&".join(f"{name}={quote(value, safe=',:*.-~')}" for name, value in parts.items())


def from_address(query: Mapping[str, str]) -> tuple[Listing, dict[str, str], tuple[str, ...]]:
    """Return the state that an address asks for, the view of the browser, and a notice per key it cannot follow.

    Examples
    --------
    >>> from_address({"layer": "8x3x9x9*4x3x3x3", "stride": "2"})[0].spec.y_shape
    (8, 4, 4, 4)
    >>> from_address({"show": "mine"})[2]
    ('The address says show=mine: the filter shows all, fits or runs. It shows all.',)
    """
    known = {key: value for key, value in query.items() if key not in LISTED}
    has_numbers = bool(set(NUMBERS) & set(query))
    if has_numbers and "layer" not in query:
        options = {}
    else:
        options = {key: known.pop(key) for key in OPTIONS[1:] if key in known and key != "flip"}
        options |= {"mode": known.pop("mode")} if "mode" in known else {}
    asked = from_query(known, loose_of)
    notices = list(asked.notices)
    carried = {
        key: query[key] for key in (*ELSEWHERE, *FOREIGN, *BACKWARD) if key in query and key not in LISTED
    }
    told = Listing(carried=carried)
    if has_numbers and isinstance(asked.question.spec, ConvSpec):
        spec = layers.respec(asked.question.spec, flip=True, dtype="float32")
        told = replace(told, spec=spec, origin=spec)
    options |= {"dtype": query["dtype"]} if "dtype" in query else {}
    told, view = _followed(told, query, options, notices), _view(query, notices)
    return replace(told, opened=view["open"]), view, tuple(notices)


def _followed(
    told: Listing, query: Mapping[str, str], options: dict[str, str], notices: list[str]
) -> Listing:
    """Follow the shapes with all options at once, else each by itself; a notice for what cannot be followed."""
    steps: list[tuple[str, str, object]] = [(key, value, {key: value}) for key, value in options.items()]
    if "layer" in query:
        try:
            shapes = layers.unpacked(query["layer"])
            return _swapped(told.changed(shapes | options), query, notices)
        except ConvLabError as error:
            notices.append(_notice("layer", query["layer"], error, "It stays as it was"))
    for key, value, change in steps:
        try:
            told = told.changed(change)
        except ConvLabError as error:
            notices.append(_notice(key, value, error, "It stays as it was"))
    return _swapped(told, query, notices)


def _swapped(told: Listing, query: Mapping[str, str], notices: list[str]) -> Listing:
    for key in ("order", "turned"):
        if key in query:
            try:
                told = told.changed({key: query[key]})
            except ConvLabError as error:
                notices.append(_notice(key, query[key], error, "It stays as it was"))
    return told


def _view(query: Mapping[str, str], notices: list[str]) -> dict[str, str]:
    """Return which rows the address shows, what it looks for, and which row it opens."""
    view = {"show": "all", "find": query.get("find", "")[:40], "open": ""}
    if "show" in query:
        if query["show"] in SHOWN:
            view["show"] = query["show"]
        else:
            said = "the filter shows all, fits or runs"
            notices.append(f"The address says show={query['show'][:30]}: {said}. It shows all.")
    if query.get("open"):
        try:
            view["open"] = get(query["open"]).id
        except SpecError as error:
            notices.append(_notice("open", query["open"], error, "None is open"))
    return view


def _notice(key: str, value: str, error: ConvLabError, instead: str) -> str:
    found = (error.found[:1].lower() + error.found[1:]).rstrip(".")
    return f"The address says {key}={value[:30]}: {found}. {instead}."


def follow(told: Listing, ask: object) -> tuple[int, Listing, dict | None]:
    """Return the number of an ask, the state that it leads to, and why it was refused, if it was.

    Examples
    --------
    >>> follow(Listing(), {"n": 2, "change": {"groups": 7}})[2]["found"]
    'x has 64 channels and each filter reads 64 in each of 7 groups.'
    """
    ask = ask if isinstance(ask, dict) else {}
    number, change = ask.get("n"), ask.get("change")
    number = number if isinstance(number, int) and not isinstance(number, bool) else 0
    try:
        return number, told.changed(change), None
    except ConvLabError as error:
        return number, told, problem(error, told, change)


def problem(error: ConvLabError, told: Listing, change: object) -> dict[str, object]:
    """Return the problem of a scene, with a button where a change to the filter's channels or the mode helps."""
    button = next(_buttons(told, change), None) if isinstance(change, dict) else None
    return {"kind": error.kind, "asked": error.asked, "found": error.found, "hint": error.hint, "try": button}


def _buttons(told: Listing, change: dict) -> Iterable[dict[str, object]]:
    """Give the ways out of a refused change that lead somewhere."""
    for fix, label in _fixes(told, change):
        try:
            told.changed(change | fix)
        except ConvLabError:
            continue
        yield {"label": label, "change": change | fix}


def _fixes(told: Listing, change: dict) -> Iterable[tuple[dict, str]]:
    try:
        shapes = [
            layers.typed.shape(k[0], change.get(k, getattr(told.spec, k))) for k in ("x_shape", "w_shape")
        ]
        groups = layers.typed.whole("groups", change.get("groups", told.spec.groups), 1)
    except ConvLabError:
        return
    if min(map(len, shapes)) < 3:
        return
    (_, channels, *space), (filters, _, *taps) = shapes
    taps = taps if len(taps) == len(space) else [taps[0]] * len(space)
    for count in dict.fromkeys((groups, 1)):
        if channels % count == 0:
            w = [-(-filters // count) * count, channels // count, *taps]
            yield {"w_shape": w, "groups": count}, f"Use w {' × '.join(map(str, w))}"
    yield {"mode": "full"}, "Use full"
