"""The state in the address: a question to and from one line that a person can read, keep and send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from convlab import presets
from convlab.dashboard.state import packed, typed
from convlab.dashboard.state.question import DEFAULT, OPTIONS, Question, question_of
from convlab.errors import ConvLabError

VERSION = 1
MAX_QUERY = 2000  # characters; longer links break in mails and slides
MAX_INDEX = 10**6
CURSOR = ("step", "tap")  # where the reader stands; the browser writes them behind the query
FOREIGN = ("columns", "yardstick", "mended", "impulse")  # other screens' keys, carried along
PAGE = ("theme", "projector", "token")  # the page's own; no state
TOO_LONG = "Your numbers are too many for a link: it holds the preset and the options only."
ENGINE = {"stride": 1, "dilation": 1, "groups": 1, "flip": True, "padding": None}


@dataclass(frozen=True)
class Asked:
    """What an address asks for.

    Attributes
    ----------
    question : Question
    step, tap : int
        Where the reader stands; within the question.
    extras : dict of str
        Keys of other screens, as they stood.
    notices : tuple of str
        One sentence per key that could not be followed.
    """

    question: Question
    step: int = 0
    tap: int = 0
    extras: dict[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def to_query(question: Question, extras: Mapping[str, str] | None = None) -> str:
    """Return the canonical query of a question, without the question mark.

    The preset stands in it by name; x and w only where they are not the preset's, and only when the whole stays
    under 2 kB (`is_whole` tells). Options stand in it when they differ from the preset's or from the engine's.

    Examples
    --------
    >>> to_query(Question([0, 1, 2, 3], [1, 1], mode="full"))
    'v=1&mode=full&x=4:0..3&w=2:1,1'
    """
    usual = presets.get(question.preset).options if question.preset else {}
    parts: dict[str, str] = {"v": str(VERSION)}
    if question.preset:
        parts["preset"] = question.preset
    if question.padding is None:
        parts["mode"] = question.mode
    for name in OPTIONS[1:]:
        value = getattr(question, name)
        texts = {_option(name, value) for value in (usual.get(name, ENGINE[name]), ENGINE[name])}
        if value is not None and texts != {_option(name, value)}:
            parts[name] = _option(name, value)
    parts |= {name: value for name, value in (extras or {}).items() if name in FOREIGN}
    arrays = {name: packed.pack(getattr(question, name), MAX_QUERY) for name in question.edited}
    whole = _joined(parts | {name: text for name, text in arrays.items() if text is not None})
    return whole if None not in arrays.values() and len(whole) <= MAX_QUERY else _joined(parts)


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
        if key not in ("v", "preset", "x", "w", *OPTIONS, *CURSOR, *FOREIGN, *PAGE)
    ][:3]
    if query.get("v", "1") != str(VERSION):
        said = f"this convlab writes version {VERSION}"
        notices.append(_notice("v", query["v"], said, "The keys that it knows are followed"))
    question = _start(query, notices, start)
    changes = _changes(query, notices)
    question, refused = _followed(question, changes)
    for key, error in refused.items():
        found = error.found[:1].lower() + error.found[1:]
        notices.append(_notice(key, query[key], found.rstrip("."), f"It stays {_stays(question, key)}"))
    step, tap = (_index(query, key, most, notices) for key, most in _ends(question))
    extras = {key: query[key] for key in FOREIGN if key in query}
    return Asked(question, step, tap, extras, tuple(notices))


def _joined(parts: Mapping[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe=',:*.-~')}" for name, value in parts.items())


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
            found = error.found[:1].lower() + error.found[1:]
            notices.append(_notice("preset", query["preset"], found.rstrip("."), f"It is {DEFAULT} instead"))
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
            found = error.found[:1].lower() + error.found[1:]
            notices.append(_notice(key, query[key], found.rstrip("."), "It stays that of the preset"))
    if "padding" in changes:
        changes.pop("mode", None)
    return changes


def _followed(question: Question, changes: dict[str, object]) -> tuple[Question, dict[str, ConvLabError]]:
    """Follow all changes at once; if they do not go together, each that can be followed, in whatever order."""
    try:
        return question.changed(changes), {}
    except ConvLabError:
        pass
    waiting, refused = dict(changes), {}
    while waiting:
        refused = {}
        for key, value in list(waiting.items()):
            try:
                question = question.changed({key: value})
                del waiting[key]
            except ConvLabError as error:
                refused[key] = error
        if len(refused) == len(waiting) and not any(key not in waiting for key in refused):
            break
    return question, refused


def _stays(question: Question, key: str) -> str:
    if key in ("x", "w"):
        return "that of the preset"
    value = question.mode if key == "mode" else getattr(question, key)
    return "none" if value is None else _option(key, value)


def _ends(question: Question) -> tuple[tuple[str, int], tuple[str, int]]:
    spec = question.spec
    steps = 1
    for n in spec.y_shape:
        steps *= n
    return ("step", steps - 1), ("tap", spec.terms)


def _index(query: Mapping[str, str], key: str, most: int, notices: list[str]) -> int:
    if key not in query:
        return 0
    try:
        return typed.whole(key, query[key], 0, most)
    except ConvLabError as error:
        found = error.found[:1].lower() + error.found[1:]
        notices.append(_notice(key, query[key], found.rstrip("."), "It starts at 0"))
        return 0


def _notice(key: str, value: str, found: str, instead: str) -> str:
    """Return one sentence that names the key, its value, what is wrong and what holds instead."""
    shown = value if len(value) <= 30 else value[:30] + "…"
    return f"The address says {key[:20]}={shown}: {found}. {instead}."
