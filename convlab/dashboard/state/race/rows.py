"""The rows of a race as the screen draws them, in their order, with every number as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, log10
from typing import TYPE_CHECKING

from convlab.backends import CATALOGUE, get
from convlab.dashboard.state.race import said
from convlab.dashboard.state.race.live import Live
from convlab.timing.races.heat import PRUNE
from convlab.timing.races.show import ordered
from convlab.timing.races.statistics import ENOUGH_BLOCKS, FLAGS

if TYPE_CHECKING:
    from convlab.timing.races.result import Row

FINEST = -4.0  # an error of a ten-thousandth of the bound stands at the left end of its scale
SURE = f"Beyond {PRUNE:g} times the leader no call would change its rank."
OVER = 1.15  # where the dot of a wrong answer stands: right of the bound


def rows_of(live: Live) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Return the rows of the scene and the scale that their bars stand on."""
    shown = list(live.rows.values())
    running = live.state == "running"  # then no row changes its place
    shown = sorted(shown, key=_place_in(live.order)) if running else ordered(shown)
    low_s, high_s = said.span(second for row in shown for second in (row.min_s, row.median_s, row.q3_s))
    winner, ties = None, ()
    if live.race is not None and live.race.winner is not None:
        winner, ties = live.race.winner.name, tuple(live.race.ties)
    made = [row_of(row, winner, ties) for row in shown]
    ticks = [{"s": s, "label": label} for s, label in said.decades(low_s, high_s)]
    return made, {"low_s": low_s, "high_s": high_s, "ticks": ticks}


def _place_in(order: tuple[str, ...]) -> Callable[[Row], tuple[bool, int]]:
    places = {name: place for place, name in enumerate(order)}
    return lambda row: (row.state == "refused", places.get(row.name, len(places)))


def row_of(row: Row, winner: str | None, ties: tuple[str, ...]) -> dict[str, object]:
    """Return one row of the scene.

    Parameters
    ----------
    winner : str or None
        The name of the fastest.
    ties : tuple of str
        Who ties with it.
    """
    fastest = row.name == winner
    return {
        "name": row.name,
        "note": note(row.name),
        "device": row.device,
        "state": row.state,
        "kind": row.kind,
        "says": row.says,
        "hint": row.hint or (SURE if row.state == "pruned" and row.min_s is None else None),
        "try": button(row),
        "doing": doing(row),
        "win": fastest and not ties,
        "tie": bool(ties) and (fastest or row.name in ties),
        "exact": row.is_exact,
        **{name: plain(getattr(row, name)) for name in NUMBERS},
        "flags": [{"word": flag, "why": FLAGS.get(flag, "")} for flag in row.flags],
        "parts": [[label, seconds, said.time(seconds)] for label, seconds in _parts(row.parts).items()],
        "error_at": error_at(row.share),
        "recorded": None,
        "said": texts(row),
    }


NUMBERS = (
    "first_call_s", "min_s", "median_s", "q1_s", "q3_s", "loops", "blocks", "error", "bound", "share", "checked",
    "workspace_bytes", "peak_bytes", "gflops",
)  # fmt: skip


def plain(value: object) -> object:
    """Return a number as JSON knows it: one that is not finite as a word.

    Examples
    --------
    >>> plain(0.5), plain(float("-inf")), plain(None)
    (0.5, '-Infinity', None)
    """
    if not isinstance(value, float) or isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def texts(row: Row) -> dict[str, str]:
    """Return every number of a row as text; empty where it is not known."""
    spread = None if row.q1_s is None or row.q3_s is None else row.q3_s - row.q1_s
    return {
        "min": said.time(row.min_s),
        "median": said.time(row.median_s),
        "spread": said.time(spread),
        "error": said.error(row.error),
        "bound": said.error(row.bound),
        "share": said.share(row.share),
        "first": said.time(row.first_call_s),
        "workspace": said.size(row.workspace_bytes),
        "peak": said.size(row.peak_bytes),
        "gflops": said.rate(row.gflops),
    }


def note(name: str) -> str:
    """Return the line below the name of a backend: what it does, or whose twin it is.

    Examples
    --------
    >>> note("numpy-im2col"), note("numba-tiles")
    ("Theano's CorrMM", 'register tiles')
    """
    if name not in CATALOGUE:
        return "the library itself, called raw"
    one = get(name)
    return one.how or one.counterpart


def doing(row: Row) -> str | None:
    """Return what a row that has not ended is at, in words."""
    if row.state == "timing":
        return f"{row.blocks} of {max(ENOUGH_BLOCKS, row.blocks)} blocks"
    return {"waiting": "waits", "checking": "first call, then the check"}.get(row.state)


def error_at(share: float | None) -> float | None:
    """Return where the dot of an error stands: 1 is the bound, 0 a ten-thousandth of it, by the logarithm.

    Examples
    --------
    >>> error_at(0.01), error_at(0.0), error_at(1.0), error_at(3.0), error_at(None)
    (0.5, 0.0, 1.0, 1.15, None)
    """
    if share is None:
        return None
    if share > 1 or not isfinite(share):
        return OVER
    return round(max(0.0, 1 - log10(share) / FINEST), 4) if share > 0 else 0.0


def button(row: Row) -> dict[str, object] | None:
    """Return the button of a refused row: the change that lets it run."""
    return None if not row.change else {"label": f"Use {in_words(row.change)}", "change": asks(row.change)}


WORDS = {"x_shape": "x", "w_shape": "w"}


def asks(change: Mapping[str, object]) -> dict[str, object]:
    """Return a change of a spec as an ask of this screen.

    Examples
    --------
    >>> asks({"x_shape": (4, 3, 9, 9), "stride": (2, 2)})
    {'x': '4x3x9x9', 'stride': '2,2'}
    """
    crosses = {name: "x" if name in WORDS else "," for name in change}
    return {
        WORDS.get(name, name): crosses[name].join(map(str, value))
        if isinstance(value, (tuple, list))
        else value
        for name, value in change.items()
    }


def in_words(change: Mapping[str, object]) -> str:
    """Return a change of a spec as the label of a button.

    Examples
    --------
    >>> in_words({"x_shape": (4, 3, 9, 9)}), in_words({"dtype": "float32"})
    ('x 4 × 3 × 9 × 9', 'float32')
    """
    said_ = []
    for name, value in change.items():
        cross = " × " if name in WORDS else ", "
        text = cross.join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
        said_.append(text if name in ("dtype", "mode") else f"{WORDS.get(name, name)} {text}")
    return ", ".join(said_)


def _parts(parts: object) -> dict[str, float]:
    return dict(parts) if parts else {}
