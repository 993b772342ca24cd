"""What tuning found: which backend to use for a convolution on this machine, by how much, and who was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convlab.backends.preference import NONE, Wishes
from convlab.errors import Refused
from convlab.memory import size
from convlab.spec import ConvSpec
from convlab.timing.races.result import Race, Row
from convlab.timing.words import listed, percent, times

# A tie may cost this much and no more: where everything is noisy all tie, and the leanest may be the slowest.
MOST_LOST = 1.10


@dataclass(frozen=True, eq=False, repr=False)
class Choice:
    """The backend to use for a convolution, and why.

    Attributes
    ----------
    race : Race
        The times that decided.
    exact : bool
        Whether backends that round more than a direct sum were left out.
    left_out : dict of str to str
        Who did not race, and why.
    took_s : float
        Seconds of tuning, compilation included.
    wishes : Wishes
        The preferences that were in force.
    """

    race: Race
    exact: bool
    left_out: Mapping[str, str]
    took_s: float = 0.0
    wishes: Wishes = NONE

    def __post_init__(self) -> None:
        if self.race.winner is None:
            raise Refused(
                f"Asked to tune {self.spec}.",
                f"No backend was timed and right. {_reasons(self.disqualified | self.refused)}",
                "Ask for a smaller one, raise the limits, or let others take part with cl.prefer.",
            )

    @property
    def spec(self) -> ConvSpec:
        """The convolution."""
        return self.race.spec

    @property
    def best(self) -> Row:
        """The row of the winner: of those that cannot be told apart the exact one, then that with less memory."""
        leader = self.race.winner
        tied = [row for row in self.race.ranked if row.name in self.race.ties]
        near = [row for row in tied if row.min_s <= MOST_LOST * leader.min_s]
        return min((leader, *near), key=lambda row: (not row.is_exact, row.workspace_bytes or 0, row.min_s))

    @property
    def winner(self) -> str:
        """The name of the backend to use."""
        return self.best.name

    @property
    def ranked(self) -> tuple[str, ...]:
        """The names of all that were timed and are right: the winner, then the others by their least time."""
        return (self.winner, *(row.name for row in self.race.ranked if row.name != self.winner))

    @property
    def refused(self) -> dict[str, str]:
        """Who was not timed to the end, and why: not able to, over a limit, hopeless, or not wanted."""
        slow = {row.name: _why(row) for row in self.race.rows if row.state in ("refused", "pruned")}
        return {**self.left_out, **slow}

    @property
    def disqualified(self) -> dict[str, str]:
        """Who answered beyond the rounding bound, or did not come back, and what happened."""
        return {row.name: _why(row) for row in self.race.rows if row.state in ("wrong", "lost")}

    @property
    def compile_s(self) -> float:
        """Seconds of tuning that went into imports and compilation: what first calls took beyond the least."""
        rows = [row for row in self.race.rows if row.first_call_s is not None and row.min_s is not None]
        return sum(max(0.0, row.first_call_s - row.min_s) for row in rows)

    @property
    def sentence(self) -> str:
        """By how much the winner is ahead, and how sure that is; or why it was taken from those that tie."""
        stopped = " It was stopped before the end, and is not kept." if self.race.state == "stopped" else ""
        return self._margin() + stopped

    def _margin(self) -> str:
        best, others = self.best, [row for row in self.race.ranked if row.name != self.winner]
        if not others:
            return f"{best.name} is the only one that was timed and is right."
        other = others[0]
        lead, spread = other.min_s / best.min_s, percent(max(best.summary.spread, other.summary.spread))
        if not {best.name, other.name} <= {self.race.winner.name, *self.race.ties}:
            return f"{best.name} is {times(lead)} faster than {other.name}, spread {spread}."
        if lead > MOST_LOST:
            return f"{best.name} was {times(lead)} faster than {other.name}, spread {spread}: too noisy to be sure."
        gap = percent(max(lead, 1 / lead) - 1)
        reason = _reason(best, other)
        return f"A tie: {best.name} and {other.name} differ by {gap}, spread {spread}; {reason}."

    def meta(self) -> str:
        """Return the lines that Theano's conv_meta prints: a time for each choice, or why not, and the winner.

        References
        ----------
        ``LocalMetaOptimizer`` of Theano 1.0.5, with ``metaopt.verbose`` 2.
        """
        choices = {row.name: row for row in self.race.rows}
        lines = [f"autotune meta-optimizing {self.spec} ({len(choices)} choices):"]
        for name, row in choices.items():
            if row.min_s is not None and row.state == "timed":
                lines.append(f"* {name}: {row.min_s:.5g} sec")
            elif name in self.disqualified:
                lines.append(f"* {name}: exception {self.disqualified[name]}")
            else:
                lines.append(f"* {name}: not applicable: {self.refused[name]}")
        lines += [f"* {name}: not applicable: {why}" for name, why in self.left_out.items()]
        return "\n".join([*lines, f"= {self.winner}"])

    def __str__(self) -> str:
        """The sentence, then a table of the times."""
        return f"{self.sentence}\n{self.race}"

    def __repr__(self) -> str:
        return f"<Choice {self.winner}: {self.sentence}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence)}</p>{self.race._repr_html_()}"


def _why(row: Row) -> str:
    return " ".join(part for part in (row.says, row.hint) if part) or row.state


def _reasons(why: Mapping[str, str]) -> str:
    """Return the reasons that most backends share, with their names; three are enough to go on."""
    names: dict[str, list[str]] = {}
    for name, reason in why.items():
        names.setdefault(reason, []).append(name)
    shared = sorted(names.items(), key=lambda item: -len(item[1]))[:3]
    return " ".join(f"{listed(who)}: {reason}" for reason, who in shared)


def _reason(best: Row, other: Row) -> str:
    """Return why one of two that tie is taken."""
    if best.is_exact != other.is_exact:
        return f"{best.name} is exact on whole numbers"
    mine, others = best.workspace_bytes or 0, other.workspace_bytes or 0
    if mine < others:
        return f"{best.name} takes less memory, {size(mine)} and not {size(others)}"
    return f"{best.name} has the smaller least"
