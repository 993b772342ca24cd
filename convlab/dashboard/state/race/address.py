"""A race in the address: four keys of its own; those of the other screens are carried as they stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from convlab import typed
from convlab.dashboard.state.implementations import layer as layers
from convlab.dashboard.state.implementations import listing
from convlab.dashboard.state.query import BACKWARD, CURSOR, FOREIGN, OPTIONS, PAGE, RACED
from convlab.dashboard.state.race.course import BUDGET_S, Course, respec
from convlab.errors import ConvLabError, SpecError
from convlab.spec import DTYPES, MODES, ConvSpec
from convlab.timing.sweeps.axis import USUAL

OTHERS = ("preset", "x", "w", *OPTIONS, *CURSOR, *FOREIGN, *BACKWARD)
LETTERS = {"s": "stride", "d": "dilation", "g": "groups", "p": "padding"}
MOST_CARRIED = 2000  # characters


def packed(spec: ConvSpec) -> str:
    """Return a layer as it stands in an address: shapes, then what is not usual.

    Examples
    --------
    >>> packed(ConvSpec((8, 3, 9, 9), (4, 3, 3, 3), "full", stride=2, flip=False))
    '8x3x9x9*4x3x3x3.full.s2.corr'
    """
    parts = [layers.packed(spec)]
    if spec.padding is not None:
        parts.append("p" + ",".join(str(lo) if lo == hi else f"{lo}:{hi}" for lo, hi in spec.pads))
    elif spec.mode != "valid":
        parts.append(spec.mode)
    for letter, name in (("s", "stride"), ("d", "dilation")):
        value = getattr(spec, name)
        if set(value) != {1}:
            parts.append(letter + (str(value[0]) if len(set(value)) == 1 else ",".join(map(str, value))))
    parts += [f"g{spec.groups}"] * (spec.groups > 1) + ["corr"] * (not spec.flip)
    return ".".join([*parts, *([spec.dtype] if spec.dtype != "float32" else [])])


def unpacked(text: str) -> ConvSpec:
    """Return the layer that `packed` wrote, or that a person wrote alike.

    Raises
    ------
    SpecError, Refused

    Examples
    --------
    >>> str(unpacked("8x3x9x9*4x3x3x3.half.s2,1.corr"))
    'x(8, 3, 9, 9) w(4, 3, 3, 3) half stride=(2, 1) no flip float32'
    """
    if len(text) > typed.MAX_SHORT:
        raise SpecError(
            f"Asked for a layer in {len(text)} characters.", "One fits into 200.", "Write 1x1x5x5*1x1x3x3."
        )
    shapes, *words = text.split(".")
    change: dict[str, object] = {}
    for word in words:
        if word in MODES:
            change["mode"] = word
        elif word in DTYPES:
            change["dtype"] = word
        elif word == "corr":
            change["flip"] = False
        elif word[:1] in LETTERS:
            change[LETTERS[word[0]]] = word[1:]
        else:
            raise SpecError(
                f"Asked for a layer with {typed.shown(word)}.",
                "That is none of its options.",
                "Write a mode, s2 for stride 2, d, g, p1 for padding 1, corr or a dtype.",
            )
    sizes = {name[0]: value for name, value in layers.unpacked(shapes).items()}
    return respec(START, sizes | change)


START = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3))


def query_of(course: Course) -> str:
    """Return the canonical query of a course: what other screens wrote, then what is raced."""
    parts = {"v": "1", **course.carried, "race": course.workload or packed(course.spec)}
    if course.names is not None:
        parts["on"] = ",".join(course.names)
    if course.budget_s != BUDGET_S:
        parts["budget"] = f"{course.budget_s:g}"
    if course.axis != "K" or course.values != USUAL["K"]:
        parts["sweep"] = f"{course.axis}:{','.join(map(str, course.values))}"
    return "&".join(f"{name}={quote(value, safe=',:*.-~')}" for name, value in parts.items())


def from_address(query: Mapping[str, str]) -> tuple[Course, tuple[str, ...]]:
    """Return the course that an address asks for, and a notice per key that it cannot follow.

    An address without a race of its own, that comes from Implementations with a layer, races that layer.

    Examples
    --------
    >>> from_address({"race": "8x3x9x9*4x3x3x3.s2", "on": "numpy-im2col"})[0].chosen
    ('numpy-im2col',)
    >>> from_address({"budget": "much"})[1]
    ('The address says budget=much: a budget is a number of seconds. It stays 2.',)
    """
    notices = [
        _notice(key, value, "this is not a key of the state", "It is left out")
        for key, value in query.items()
        if key not in ("v", *OTHERS, *RACED, *PAGE)
    ][:3]
    if query.get("v", "1") != "1":
        notices.append(
            _notice("v", query["v"], "this convlab writes version 1", "The keys that it knows are followed")
        )
    carried = {key: query[key] for key in OTHERS if key in query and key not in RACED}
    if sum(map(len, carried.values())) > MOST_CARRIED:
        carried = {}
    told = Course(carried=carried)
    if "race" not in query and "layer" in query:
        told = replace(told, spec=listing.from_address(query)[0].spec)
    return _followed(told, query, notices), tuple(notices)


def _followed(told: Course, query: Mapping[str, str], notices: list[str]) -> Course:
    """Follow each key by itself."""
    axis, _, values = query.get("sweep", "").partition(":")
    steps = (
        ("race", lambda one: _raced(one, query["race"]), "It stays the usual one"),
        ("on", lambda one: one.changed({"backends": query["on"]}), "All are raced"),
        ("budget", lambda one: one.changed({"budget_s": query["budget"]}), f"It stays {BUDGET_S:g}"),
        ("sweep", lambda one: one.changed({"axis": axis, "values": values or None}), "It stays as it was"),
    )
    for key, follow, instead in steps:
        if key in query:
            try:
                told = follow(told)
            except ConvLabError as error:
                found = (error.found[:1].lower() + error.found[1:]).rstrip(".")
                notices.append(_notice(key, query[key], found, instead))
    return told


def _raced(told: Course, value: str) -> Course:
    if "*" in value:
        return replace(told, spec=unpacked(value))
    return told.changed({"workload": value})


def _notice(key: str, value: str, found: str, instead: str) -> str:
    shown = value if len(value) <= 30 else value[:30] + "…"
    return f"The address says {key[:20]}={shown}: {found}. {instead}."
