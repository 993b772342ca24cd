"""The state in the address: a question to and from one line that a person can read, keep and send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from urllib.parse import quote

from convlab import presets, typed
from convlab.dashboard.state import packed
from convlab.dashboard.state.question import DEFAULT, OPTIONS, USUAL, Question, question_of
from convlab.errors import ConvLabError

VERSION = 1
MAX_QUERY = 2000  # characters; longer links break in mails and slides
CURSOR = ("step", "tap", "why", "look")  # where the reader stands; the browser writes them behind the query
FOREIGN = ("columns", "yardstick", "mended", "impulse", "plane")  # Compare's keys, carried along
LISTED = ("layer", "dtype", "order", "turned", "show", "find", "open")  # those of Implementations
RACED = ("race", "on", "budget", "sweep")  # those of Race
BACKWARD = ("which", "dy", "theirs", "cell", "term", *LISTED, *RACED)  # those, and those of Gradients
PAGE = ("theme", "projector", "token")  # the page's own; no state
TOGETHER = ("x", "w", "groups")  # channels have to agree
TOO_LONG = "Your numbers are too many for a link: it holds the preset and the options only."


@dataclass(frozen=True)
class Asked:
    """What an address asks for.

    Attributes
    ----------
    question : Question
    step, tap : int
        Where the reader stands; within the question.
    extras, backward : dict of str
        Keys of Compare and of Gradients, as they stood.
    notices : tuple of str
        One sentence per key that could not be followed.
    """

    question: Question
    step: int = 0
    tap: int = 0
    extras: dict[str, str] = field(default_factory=dict)
    backward: dict[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def to_query(question: Question, extras: Mapping[str, str] | None = None) -> str:
    """Return the canonical query of a question, without the question mark.

    The preset stands in it by name; x and w only where they are not the preset's, and only when the whole stays
    under 2 kB (`is_whole` tells). Without a preset both stand in it. Options stand in it when they differ from
    the preset's or from the engine's.

    Examples
    --------
    >>> to_query(Question([0, 1, 2, 3], [1, 1], mode="full"))
    'v=1&mode=full&x=4:0..3&w=2:1,1'
    """
    known = {name: value for name, value in (extras or {}).items() if name in FOREIGN + BACKWARD}
    arrays = {name: packed.pack(getattr(question, name), MAX_QUERY) for name in question.edited}
    if None not in arrays.values():
        preset = question.preset if len(arrays) < 2 else None
        whole = _joined({**_options(question, preset), **known, **arrays})
        if len(whole) <= MAX_QUERY:
            return whole
    return _joined({**_options(question, question.preset), **known})


def is_whole(question: Question, query: str) -> bool:
    """Return whether a query of `to_query` holds the arrays too."""
    return all(f"&{name}=" in query for name in question.edited)


def from_query(query: Mapping[str, str], start: Callable[..., Question] = question_of) -> Asked:
    """Return what an address asks for. It never raises: what cannot be followed is told in a notice.

    Parameters
    ----------
    query : mapping of str to str
        The decoded keys and values of the address.
    start : callable
        Returns the question of a preset, of the kind that the screen can show.

    Examples
    --------
    >>> asked = from_query({"v": "1", "preset": "S000a", "stride": "99"})
    >>> asked.notices
    ('The address says stride=99: stride here goes from 1 to 8. It stays 1.',)
    """
    notices = [
        _notice(key, text, "this is not a key of the state", "It is left out")
        for key, text in query.items()
        if key not in ("v", "preset", "x", "w", *OPTIONS, *CURSOR, *FOREIGN, *BACKWARD, *PAGE)
    ][:3]
    if query.get("v", "1") != str(VERSION):
        said = f"this convlab writes version {VERSION}"
        notices.append(_notice("v", query["v"], said, "The keys that it knows are followed"))
    changes = _changes(query, notices)
    try:
        question, refused = start().changed({**changes, "preset": query.get("preset")}), {}
    except ConvLabError:
        question, refused = _followed(_start(query, notices, start), changes)
    for key, error in refused.items():
        notices.append(_notice(key, query[key], _said(error), f"It stays {_stays(question, key)}"))
    step, tap = (_index(query, key, most, notices) for key, most in _ends(question))
    extras, backward = ({key: query[key] for key in keys if key in query} for keys in (FOREIGN, BACKWARD))
    return Asked(question, step, tap, extras, backward, tuple(notices))


def _joined(parts: Mapping[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe=',:*.-~')}" for name, value in parts.items())


def _options(question: Question, preset: str | None) -> dict[str, str]:
    """Return the version, the preset and those options that are not the usual ones."""
    usual = presets.get(preset).options if preset else {}
    parts = {"v": str(VERSION)} | ({"preset": preset} if preset else {})
    if question.padding is None:
        parts["mode"] = question.mode
    for name in OPTIONS[1:]:
        value = getattr(question, name)
        texts = {_option(name, one) for one in (usual.get(name, USUAL[name]), USUAL[name])}
        if value is not None and texts != {_option(name, value)}:
            parts[name] = _option(name, value)
    return parts


def _option(name: str, value: object) -> str:
    """Return an option as it stands in an address."""
    if isinstance(value, bool):
        return str(int(value))
    if name == "padding" and isinstance(value, tuple):
        sides = [str(lo) if lo == hi else f"{lo}:{hi}" for lo, hi in value]
        return sides[0] if len(set(sides)) == 1 and ":" not in sides[0] else ",".join(sides)
    if isinstance(value, tuple):
        return str(value[0]) if len(set(value)) == 1 else ",".join(map(str, value))
    return str(value)


def _start(query: Mapping[str, str], notices: list[str], start: Callable[..., Question]) -> Question:
    """Return the preset that the address names, or the usual one."""
    if "preset" in query:
        try:
            return start(query["preset"])
        except ConvLabError as error:
            notices.append(_notice("preset", query["preset"], _said(error), f"It is {DEFAULT} instead"))
    return start()


def _changes(query: Mapping[str, str], notices: list[str]) -> dict[str, object]:
    """Return the keys of the address that read by themselves, as `Question.changed` takes them."""
    changes: dict[str, object] = {key: query[key] for key in OPTIONS if key in query}
    for key in ("x", "w"):
        if key not in query:
            continue
        try:
            changes[key] = packed.unpack(key, query[key])
        except ConvLabError as error:
            notices.append(_notice(key, query[key], _said(error), "It stays that of the preset"))
    if "padding" in changes:
        changes.pop("mode", None)
    return changes


def _followed(question: Question, changes: dict[str, object]) -> tuple[Question, dict[str, ConvLabError]]:
    """Follow those changes that can be followed: all but one if that will do, else each in whatever order."""
    for key in changes:
        try:
            found = question.changed({other: value for other, value in changes.items() if other != key})
        except ConvLabError:
            continue
        return found, _refusal(found, key, changes[key])
    waiting, refused = dict(changes), {}
    together = [{key: waiting[key] for key in TOGETHER if key in waiting}]
    progress = True
    while waiting and progress:
        progress, refused = False, {}
        for change in [*together, *({key: value} for key, value in waiting.items())]:
            try:
                question = question.changed(change)
            except ConvLabError as error:
                refused |= dict.fromkeys(change, error)
                continue
            progress = progress or bool(change)
            waiting = {key: value for key, value in waiting.items() if key not in change}
        together = []
    return question, {key: refused[key] for key in waiting}


def _refusal(question: Question, key: str, value: object) -> dict[str, ConvLabError]:
    """Return why one change cannot be followed after all the others; nothing if by now it can."""
    try:
        question.changed({key: value})
    except ConvLabError as error:
        return {key: error}
    return {}


def _stays(question: Question, key: str) -> str:
    if key in ("x", "w"):
        return "that of the preset"
    value = question.mode if key == "mode" else getattr(question, key)
    return "none" if value is None else _option(key, value)


def _ends(question: Question) -> tuple[tuple[str, int], tuple[str, int]]:
    """Return the last output value and the last tap that the reader can stand on."""
    spec = question.spec
    return ("step", prod(spec.y_shape) - 1), ("tap", spec.terms - 1)


def _index(query: Mapping[str, str], key: str, most: int, notices: list[str]) -> int:
    if key not in query:
        return 0
    try:
        return typed.whole(key, query[key], 0, most)
    except ConvLabError as error:
        notices.append(_notice(key, query[key], _said(error), "It starts at 0"))
        return 0


def _said(error: ConvLabError) -> str:
    """Return what an error found, as a clause inside a notice."""
    return (error.found[:1].lower() + error.found[1:]).rstrip(".")


def _notice(key: str, value: str, found: str, instead: str) -> str:
    """Return one sentence that names the key, its value, what is wrong and what holds instead."""
    shown = value if len(value) <= 30 else value[:30] + "…"
    return f"The address says {key[:20]}={shown}: {found}. {instead}."
