"""Which columns Compare shows: those of an example, those that a person names, the one that is meant."""

from __future__ import annotations

from convlab import presets
from convlab.compare import columns as known_columns
from convlab.dashboard.state.compare.question import Loose
from convlab.dashboard.state.compare.words import LETTERS
from convlab.errors import SpecError

MOST = 4  # columns side by side
STRIDE_0 = "theano-stride-0"


def with_stride_0(problem: dict, change: object, columns: tuple[str, ...]) -> dict:
    """Return why an ask was refused; of a stride of 0 with a button that shows what the real Theano does with it.

    Examples
    --------
    >>> with_stride_0({"try": None}, {"stride": 0}, ("naive", "theano"))["try"]
    {'label': 'See what Theano does', 'change': {'columns': ['naive', 'theano', 'theano-stride-0']}}
    """
    stride = change.get("stride") if isinstance(change, dict) else None
    asked = stride if isinstance(stride, (list, tuple)) else [stride]
    if not any(str(one).strip() == "0" for one in asked) or STRIDE_0 in columns:
        return problem
    shown = [*columns[: MOST - 1], STRIDE_0]
    return {**problem, "try": {"label": "See what Theano does", "change": {"columns": shown}}}


def usual(question: Loose) -> tuple[str, ...]:
    """Return the columns that an example opens with.

    Examples
    --------
    >>> from convlab.dashboard.state.compare.question import loose_of
    >>> usual(loose_of("S000b"))
    ('theano', 'scipy.signal.fftconvolve')
    """
    return (
        tuple(presets.get(question.preset).against[:4])
        if question.preset
        else ("naive-no-flip", "theano", "naive")
    )


def names_of(value: object) -> tuple[str, ...]:
    """Return the names of columns that a browser or an address asks for."""
    names = value.split(",") if isinstance(value, str) else value
    known = {row["name"] for row in known_columns()}
    if not isinstance(names, (list, tuple)) or not 1 <= len(names) <= 4:
        raise SpecError("Asked for columns.", "There is room for 1 to 4 of them.", "Name 1 to 4 columns.")
    for name in names:
        if name not in known:
            shown = str(name)[:40]
            raise SpecError(
                f"Asked for the column {shown!r}.", f"No column is called {shown}.", "Add one by name."
            )
    if len(set(names)) < len(names):
        raise SpecError("Asked for columns.", "One of them is there twice.", "Name each of them once.")
    return tuple(names)


def one_of(value: object, columns: tuple[str, ...]) -> str:
    """Return the column that a name or an index means."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(columns):
        return columns[value]
    if value in columns:
        return value
    raise SpecError(
        f"Asked for the column {str(value)[:40]!r}.",
        f"The columns are {', '.join(f'{letter} {name}' for letter, name in zip(LETTERS, columns))}.",
        "Choose one of them.",
    )
