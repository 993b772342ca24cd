"""One explanation of an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """Why an answer is not the one that was asked for.

    Attributes
    ----------
    word : str
        Fixed words, several joined by " + ".
    sentence : str
        The cause first.
    proof : str
        What was computed to be sure of it.
    edit : str
        The line that mends it; empty when no one line does.
    turn : int or None
        How the side reads the filter, as an index of `turns`.
    wrong_turn : bool
        True when the loop itself is to be mended.
    border : str
        What stands beyond the border, for the word "other border".
    """

    word: str
    sentence: str
    proof: str
    edit: str = ""
    turn: int | None = None
    wrong_turn: bool = False
    border: str = ""

    @property
    def named(self) -> str:
        """The words, with the border that is meant: two borders are two causes."""
        return (
            self.word.replace("other border", f"other border ({self.border})") if self.border else self.word
        )
