"""The scene of the Step screen: everything that its picture needs, as plain data; and the answer to an ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from convlab import presets
from convlab.codegen import loops
from convlab.dashboard.state import values
from convlab.dashboard.state.limits import LIMITS
from convlab.dashboard.state.query import TOO_LONG, is_whole, to_query
from convlab.dashboard.state.question import Question, question_of
from convlab.dashboard.state.remedy import problem as problem_of
from convlab.errors import ConvLabError
from convlab.spec import MODES, ConvSpec
from convlab.trace import Trace

LANGUAGES = ("python", "java", "c")


def scene(
    question: Question,
    answered: int = 0,
    problem: dict | None = None,
    notices: Iterable[str] = (),
    extras: Mapping[str, str] | None = None,
) -> dict:
    """Return the Step scene of a question.

    Parameters
    ----------
    question : Question
    answered : int
        Number of the ask that this scene answers.
    problem : dict, optional
        Why that ask was refused, as `remedy.problem` makes it; the picture is then the one that was there.
    notices : iterable of str
        Sentences for a passing notice.
    extras : mapping of str, optional
        Keys of other screens, kept in the query.

    Returns
    -------
    dict
        Plain data that `json.dumps` takes; `contract.scene_problems` says what is in it.

    Examples
    --------
    >>> made = scene(question_of("S000at"))
    >>> made["operation"], made["y"]["shape"], made["source"]
    ('Convolution', [1, 1, 7, 7], 'source 000, filter 1 to 9')
    """
    ready, spec = question.operands, question.spec
    made = Trace(ready.x, ready.w, spec).scene()
    query = to_query(question, extras)
    edited = bool(question.edited)
    return made | {
        "kind": "step",
        "answered": answered,
        "source": source(question),
        "code": {language: _lines(spec, language) for language in LANGUAGES},
        "dtype": values.dtypes(question),
        "spread": values.spread(question, made["y"]["values"]),
        "presets": list(menu()),
        "preset": None if edited else question.preset,
        "query": query,
        "problem": problem,
        "notices": [*notices, *([] if is_whole(question, query) else [TOO_LONG])],
        "limits": dict(LIMITS),
        "modes": list(MODES),
    }


def answer(question: Question, ask: object, extras: Mapping[str, str] | None = None) -> tuple[Question, dict]:
    """Return the question and the scene that one ask of the browser leads to.

    A refused ask leads to the same question, and a scene that says why. Dashboard and notebook both answer
    through this function.

    Examples
    --------
    >>> question, made = answer(question_of(), {"n": 1, "change": {"mode": "full", "stride": "2"}})
    >>> question.spec.y_shape, made["answered"], made["problem"]
    ((1, 1, 4, 4), 1, None)
    """
    ask = ask if isinstance(ask, dict) else {}
    number, change = ask.get("n"), ask.get("change")
    number = number if isinstance(number, int) and not isinstance(number, bool) else 0
    try:
        question = question.changed(change)
    except ConvLabError as error:
        return question, scene(question, number, problem_of(error, question, change), extras=extras)
    return question, scene(question, number, extras=extras)


def source(question: Question) -> str:
    """Return where the numbers come from, for the subtitle.

    Examples
    --------
    >>> source(question_of("S000a").changed({"x_shape": "6x6"}))
    'source 000, filter of ones, edited'
    """
    edited = question.edited
    if question.preset is None or len(edited) == 2:
        return "your own numbers"
    return presets.get(question.preset).title + (", edited" if edited else "")


@cache
def menu() -> tuple[dict[str, str], ...]:
    """Return the presets that a screen can show, for its menu."""
    return tuple(
        {"id": preset.id, "title": preset.title, "group": preset.group}
        for preset in presets.all()
        if _shown(preset.id)
    )


def _lines(spec: ConvSpec, language: str) -> list[dict]:
    """Return the loops of a spec as JSON would give them back: lists, no tuples."""
    return [line | {"mark": line["mark"] and list(line["mark"])} for line in loops(spec, language)]


def _shown(preset: str) -> bool:
    try:
        question_of(preset)
    except ConvLabError:
        return False
    return True
