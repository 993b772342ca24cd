"""What a race returns: plain frozen results, one row per backend."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import isfinite

from convlab.errors import SpecError
from convlab.spec import ConvSpec
from convlab.timing.races.statistics import Summary, tie
from convlab.timing.words import spec_in, spec_out, tuples

STATES = ("waiting", "checking", "timing", "timed", "pruned", "wrong", "refused", "lost")
VERSION = 1  # of the JSON


@dataclass(frozen=True, slots=True)
class Row:
    """How one backend did.

    Attributes
    ----------
    name, device, family : str
        As in the catalogue.
    state : {"waiting", "checking", "timing", "timed", "pruned", "wrong", "refused", "lost"}
        The last five are final. "pruned" was left behind for being far slower than the leader; "wrong" answered
        beyond the bound and never wins; "lost" did not answer at all.
    kind : str or None
        The kind of a no, as the kinds of `convlab.errors`; "stopped" for one that was ended.
    says, hint : str or None
        Why it has no time, or no full one, and what to try.
    change : dict or None
        The change of the spec, as keyword arguments of `dataclasses.replace`, with which it would run.
    first_call_s : float or None
        Seconds of the very first call: imports, compilation, plans and transfer with it.
    min_s, median_s, q1_s, q3_s : float or None
        Seconds of one call in steady state. The least is the headline: whatever disturbs only adds.
    loops, blocks : int
        Calls in a block, and how many blocks were timed.
    error, bound, share : float or None
        The largest error, the bound in the same place, and the largest ratio of an error to its bound anywhere.
    checked : {"full", "sampled"} or None
        Whether every value was checked, or a seeded sample that holds the edges.
    workspace_bytes, peak_bytes : int or None
        Memory beside x, w and y: as predicted, and as measured around a call.
    flags : tuple of str
        Words of doubt; keys of `convlab.timing.races.statistics.FLAGS`.
    parts : dict of str to float
        Seconds of parts of the first call: "import", "compile", "transfer", "filter".
    is_exact : bool
        Whether whole numbers that fit the dtype come out bit for bit.
    gflops : float or None
        Effective rate: 2 · multiply-adds of the definition / least seconds / 1e9.
    """

    name: str
    device: str = "cpu"
    family: str = ""
    state: str = "waiting"
    kind: str | None = None
    says: str | None = None
    hint: str | None = None
    change: dict | None = None
    first_call_s: float | None = None
    min_s: float | None = None
    median_s: float | None = None
    q1_s: float | None = None
    q3_s: float | None = None
    loops: int = 0
    blocks: int = 0
    error: float | None = None
    bound: float | None = None
    share: float | None = None
    checked: str | None = None
    workspace_bytes: int | None = None
    peak_bytes: int | None = None
    flags: tuple[str, ...] = ()
    parts: dict[str, float] = field(default_factory=dict)
    is_exact: bool = False
    gflops: float | None = None

    @property
    def iqr_s(self) -> float | None:
        """The interquartile range, in seconds of one call."""
        return None if self.q1_s is None else self.q3_s - self.q1_s

    @property
    def summary(self) -> Summary | None:
        """The times as `convlab.timing.races.statistics` reads them."""
        if self.min_s is None:
            return None
        return Summary(self.min_s, self.median_s, self.q1_s, self.q3_s, self.blocks)

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to come."""
        return self.state in STATES[3:]


@dataclass(frozen=True, eq=False, repr=False)
class Race:
    """One convolution, computed by several backends, each checked and then timed.

    Attributes
    ----------
    spec : ConvSpec
    rows : tuple of Row
        In the order in which the backends were asked for.
    machine : dict
        What the times depend on, as `convlab.timing.measuring.machine.facts` returns it.
    when : str
        Date and time, in ISO 8601.
    budget_s : float
        Seconds for the timing of all.
    seed : int
        Of the operands.
    state : {"running", "done", "stopped"}
        "stopped" has the rows that were there when someone stopped it.
    held : bool
        Whether plans held the filters: then no time of a call is of what is done with a filter alone.
    """

    spec: ConvSpec
    rows: tuple[Row, ...]
    machine: dict = field(default_factory=dict)
    when: str = ""
    budget_s: float = 2.0
    seed: int = 0
    state: str = "done"
    held: bool = False

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows that were timed and are right, the fastest first."""
        return tuple(sorted((row for row in self.rows if row.state == "timed"), key=lambda row: row.min_s))

    @property
    def winner(self) -> Row | None:
        """The fastest row that is right; None when there is none."""
        return next(iter(self.ranked), None)

    @property
    def ties(self) -> tuple[str, ...]:
        """The names of the rows that cannot be told apart from the winner."""
        if (best := self.winner) is None:
            return ()
        return tuple(row.name for row in self.ranked[1:] if tie(best.summary, row.summary))

    @property
    def sentence(self) -> str:
        """Who won, by how much, and whether the answers are right."""
        from convlab.timing.races import show

        return show.sentence(self)

    def to_csv(self) -> str:
        """Return the rows as CSV, with a line of names; times in seconds, the spec and the date in each line."""
        names = [one.name for one in fields(Row)]
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        out.writerow([*names, "iqr_s", "spec", "when"])
        for row in self.rows:
            cells = [_cell(getattr(row, name)) for name in names]
            out.writerow([*cells, _cell(row.iqr_s), str(self.spec), self.when])
        return text.getvalue()

    def to_json(self) -> str:
        """Return all of it as JSON, for `from_json`."""
        rows = [{name: _out(value) for name, value in asdict(row).items()} for row in self.rows]
        words = {"kind": "race", "version": VERSION, "spec": spec_out(self.spec), "rows": rows}
        words |= {
            name: getattr(self, name) for name in ("machine", "when", "budget_s", "seed", "state", "held")
        }
        return json.dumps(words, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Race:
        """Return the race that `to_json` wrote.

        Raises
        ------
        SpecError
            When the text is no race of this version.

        Examples
        --------
        >>> race = Race(ConvSpec((1, 1, 5), (1, 1, 3)), (Row("numpy-loops", state="refused", says="Too slow."),))
        >>> Race.from_json(race.to_json()).rows == race.rows
        True
        """
        try:
            return cls.from_words(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SpecError(
                "Asked to read a race from JSON.",
                f"That is none of version {VERSION}: {error}",
                "Give the text that to_json returned.",
            ) from None

    @classmethod
    def from_words(cls, words: Mapping) -> Race:
        """Return the race that is in the dictionary of `to_json`; KeyError and the like when there is none."""
        if words["kind"] != "race" or words["version"] != VERSION:
            raise ValueError(f"it is a {words['kind']!r} of version {words['version']!r}.")
        rows = tuple(Row(**{name: _in(name, value) for name, value in row.items()}) for row in words["rows"])
        if strange := {row.state for row in rows} - set(STATES):
            raise ValueError(f"a row is {strange.pop()!r}.")
        rest = {name: words[name] for name in ("machine", "when", "budget_s", "seed", "state")}
        return cls(spec_in(words["spec"]), rows, **rest, held=bool(words.get("held", False)))

    def __str__(self) -> str:
        """The sentence, and the rows as a table of text."""
        from convlab.timing.races import show

        return show.text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from convlab.timing.races import show

        return show.html(self)


def _cell(value: object) -> object:
    """Return a value as one cell of a table: a nested one as JSON, a list of words as words."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(value)
    return json.dumps(value) if isinstance(value, dict) else value


def _out(value: object) -> object:
    """Return a value that strict JSON knows: it has no infinity."""
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _in(name: str, value: object) -> object:
    if name == "flags":
        return tuple(value)
    if name == "change" and value is not None:
        return {key: tuples(one) for key, one in value.items()}
    return float(value) if name in ("error", "bound", "share") and isinstance(value, str) else value
