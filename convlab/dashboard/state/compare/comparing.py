"""The state of the Compare screen: the question, the columns, the yardstick; and the answer to an ask."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from convlab import typed
from convlab.dashboard.state.compare import live as compare_live
from convlab.dashboard.state.compare import scene as scenes
from convlab.dashboard.state.compare.choice import names_of, one_of, usual, with_stride_0
from convlab.dashboard.state.compare.heat import plane_of
from convlab.dashboard.state.compare.impulse import impulse_of
from convlab.dashboard.state.compare.live import Known
from convlab.dashboard.state.compare.question import Loose, loose_of
from convlab.dashboard.state.compare.rows import judged
from convlab.dashboard.state.query import TOO_LONG, from_query, is_whole, to_query
from convlab.dashboard.state.remedy import problem as problem_of
from convlab.errors import ConvLabError, SpecError

OWN = ("columns", "yardstick", "mend", "on", "impulse", "plane")
KEPT = 48  # answers that are kept: a class of thirty opens the same example


@dataclass(frozen=True)
class Comparing:
    """What the Compare screen shows. It never changes; `changed` answers with another one.

    Attributes
    ----------
    question : Loose
    columns : tuple of str
        One to four names of `convlab.compare.columns`.
    yardstick : str or None
        The column that the others are measured against; None for the usual one.
    mended : frozenset of str
        Columns that are shown with their edit made.
    impulse : bool
        Whether x is replaced by a single 1 and w by digits that spell their places.
    plane : tuple of int
        Which image and filter of a large answer is drawn; empty for the first. Small ones are sent whole.
    carried : mapping of str
        Keys of Gradients, kept in the address.
    """

    question: Loose
    columns: tuple[str, ...]
    yardstick: str | None = None
    mended: frozenset[str] = frozenset()
    impulse: bool = False
    plane: tuple[int, ...] = ()
    carried: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def shown(self) -> Loose:
        """The question that the columns are asked."""
        return impulse_of(self.question) if self.impulse else self.question

    @property
    def macs(self) -> int:
        """Multiply-adds of all columns together, to know before whether they are quick."""
        return self.question.spec.macs * len(self.columns)

    def changed(self, change: dict[str, object]) -> Comparing:
        """Return what one ask of the browser leads to.

        Parameters
        ----------
        change : dict
            What `Question.changed` takes; and columns (names), yardstick (a name, or an index), mend (an index) with
            on, impulse.

        Raises
        ------
        SpecError, Refused
            When a value does not read, or nothing can be shown for it.

        Examples
        --------
        >>> comparing_of("S000at").changed({"columns": ["naive", "theano"], "yardstick": 0}).yardstick
        'naive'
        """
        if not isinstance(change, dict):
            raise SpecError("Asked for a change.", "It has no names and values.", "Send names with values.")
        told = self
        rest = {key: value for key, value in change.items() if key not in OWN}
        if rest:
            told = told._asking(self.question.changed(rest), "preset" in rest)
        if change.get("columns") is not None:
            told = replace(told, columns=names_of(change["columns"]))
        if change.get("yardstick") is not None:
            told = replace(told, yardstick=one_of(change["yardstick"], told.columns))
        if change.get("mend") is not None:
            name = one_of(change["mend"], told.columns)
            on = typed.switch("mend", change.get("on", True))
            told = replace(told, mended=told.mended | {name} if on else told.mended - {name})
        if change.get("impulse") is not None:
            told = replace(told, impulse=typed.switch("impulse", change["impulse"]))
        if change.get("plane") is not None:
            told = replace(told, plane=plane_of(change["plane"], told.question.spec.y_shape))
        if told.impulse:
            impulse_of(told.question)
        kept = set(told.columns)
        return replace(
            told, mended=told.mended & kept, yardstick=told.yardstick if told.yardstick in kept else None
        )

    def _asking(self, question: Loose, is_new: bool) -> Comparing:
        """Return the same columns on another question; another example brings its own, unless a person chose."""
        if not is_new:
            same = question.spec.y_shape[:-2] == self.question.spec.y_shape[:-2]
            return replace(self, question=question, plane=self.plane if same and question.is_large else ())
        columns = usual(question) if self.columns == usual(self.question) else self.columns
        return replace(self, question=question, columns=columns, mended=frozenset(), impulse=False, plane=())

    @property
    def query(self) -> str:
        """The canonical query of this state."""
        extras = {"columns": ",".join(self.columns)}
        if self.yardstick:
            extras["yardstick"] = self.yardstick
        if self.mended:
            extras["mended"] = ",".join(sorted(self.mended))
        if self.impulse:
            extras["impulse"] = "1"
        if any(self.plane):
            extras["plane"] = ",".join(map(str, self.plane))
        return to_query(self.question, {**self.carried, **extras})


_kept: OrderedDict[tuple[Comparing, Known], dict[str, object]] = OrderedDict()


def comparing_of(preset: str) -> Comparing:
    """Return what the screen opens a preset with."""
    question = loose_of(preset)
    return Comparing(question, usual(question))


def from_address(query: Mapping[str, str]) -> tuple[Comparing, int, tuple[str, ...]]:
    """Return the state that an address asks for, the place of the cursor, and notices for what cannot be followed.

    Examples
    --------
    >>> from_address({"preset": "S001a", "columns": "naive,nonsense"})[2]
    ('The address says columns=naive,nonsense: no column is called nonsense. They stay as they were.',)
    """
    asked = from_query(query, loose_of)
    made = Comparing(asked.question, usual(asked.question), carried=asked.backward)
    notices = list(asked.notices)
    for key, value in asked.extras.items():
        try:
            if key == "mended":
                for name in value.split(","):
                    made = made.changed({"mend": name})
            else:
                made = made.changed({key: value})
        except ConvLabError as error:
            found = error.found[:1].lower() + error.found[1:]
            notices.append(
                f"The address says {key}={value[:40]}: {found.rstrip('.')}. They stay as they were."
            )
    return made, asked.step, tuple(notices)


def scene(
    comparing: Comparing,
    answered: int = 0,
    problem: dict | None = None,
    notices: Iterable[str] = (),
    answers: dict[str, object] | None = None,
    known: Known = (),
) -> dict[str, object]:
    """Return the Compare scene of a state.

    Parameters
    ----------
    answers : dict, optional
        What `answers_of` returned, if another process has computed it.
    known : tuple of (name, Told), optional
        What the real Theano has told of its columns; without it, its semantics stand in.

    Examples
    --------
    >>> made = scene(comparing_of("S000at"))
    >>> [(column["title"], column["word"]) for column in made["columns"]][0]
    ('naive loops', 'convention')
    """
    query = comparing.query
    whole = is_whole(comparing.question, query)
    return {
        "version": 1,
        "kind": "compare",
        "answered": answered,
        **scenes.question_part(comparing.shown, comparing.impulse),
        **(answers_of(comparing, known) if answers is None else answers),
        "preset": None if comparing.question.edited or comparing.impulse else comparing.question.preset,
        "busy": answers is not None and "busy" in answers,
        "plane": list(comparing.plane),
        "query": query,
        "problem": problem,
        "notices": [*notices, *([] if whole else [TOO_LONG])],
    }


def answers_of(comparing: Comparing, known: Known = ()) -> dict[str, object]:
    """Return the columns of a scene; kept, since many people open the same example."""
    if (comparing, known) not in _kept:
        keep(comparing, _asked(comparing, known), known)
    _kept.move_to_end((comparing, known))
    return _kept[comparing, known]


def keep(comparing: Comparing, answers: dict[str, object], known: Known = ()) -> None:
    """Keep what has been computed for a state."""
    _kept[comparing, known] = answers
    while len(_kept) > KEPT:
        _kept.popitem(last=False)


def is_kept(comparing: Comparing, known: Known = ()) -> bool:
    """Return whether the answers of a state are at hand."""
    return (comparing, known) in _kept


def told(comparing: Comparing) -> Known:
    """Return what is known now of the columns that the real Theano answers."""
    return compare_live.told(comparing.shown, comparing.columns)


def pending(comparing: Comparing) -> dict[str, object]:
    """Return the columns of a scene as long as their numbers are not there."""
    return {**scenes.pending_part(comparing.columns, comparing.macs), "busy": True}


def _asked(comparing: Comparing, known: Known) -> dict[str, object]:
    question = comparing.shown
    found = judged(question, comparing.columns, comparing.yardstick, comparing.mended, known)
    return scenes.answer_part(question, found, comparing.plane, known)


def answer(comparing: Comparing, ask: object) -> tuple[Comparing, dict[str, object]]:
    """Return the state and the scene that one ask of the browser leads to; a refused one leaves the state as it is.

    Examples
    --------
    >>> state, made = answer(comparing_of("S000at"), {"n": 3, "change": {"stride": 0}})
    >>> made["answered"], made["problem"]["found"]
    (3, 'stride here goes from 1 to 8.')
    """
    number, told, problem = follow(comparing, ask)
    return told, scene(told, number, problem)


def follow(comparing: Comparing, ask: object) -> tuple[int, Comparing, dict | None]:
    """Return the number of an ask, the state that it leads to, and why it was refused, if it was."""
    ask = ask if isinstance(ask, dict) else {}
    number, change = ask.get("n"), ask.get("change")
    number = number if isinstance(number, int) else 0
    try:
        return number, comparing.changed(change), None
    except ConvLabError as error:
        problem = problem_of(error, comparing.question, change)
        return number, comparing, with_stride_0(problem, change, comparing.columns)
