"""The real Theano, in an interpreter of its own: what other rooms may ask of it.

Importing this starts nothing. `call` starts a process when it is first needed, keeps it, and starts another when
it died; `acall` does the same for an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from convlab.backends.theano_worker import environment, talk
from convlab.backends.theano_worker.talk import FUNCTIONS, Answer, TheanoDied, TheanoRefused
from convlab.errors import Unavailable

__all__ = [
    "FUNCTIONS",
    "Answer",
    "TheanoDied",
    "TheanoRefused",
    "acall",
    "aclose",
    "call",
    "describe",
    "set_up",
    "state",
    "unavailable",
]


def unavailable() -> str | None:
    """Return why there is no Theano here, or that it is being set up; None when it can be called.

    Cheap: a few small files are read, nothing is started.
    """
    word, sentence = environment.state()
    return None if word == "ready" else sentence


def state() -> tuple[str, str]:
    """Return "ready", "absent", "setting up" or "impossible", and a sentence to it.

    Examples
    --------
    >>> state()[0] in ("ready", "absent", "setting up", "impossible")
    True
    """
    return environment.state()


def set_up(report: Callable[[str], object] = print) -> None:
    """Set the real Theano up, or say that it is there; seconds to minutes. See `setup.set_up`."""
    from convlab.backends.theano_worker import setup

    setup.set_up(report)


def call(
    function: str,
    arrays: Mapping,
    words: Mapping | None = None,
    *,
    gradient: bool | tuple[str, ...] = False,
    repeats: int = 0,
    deadline_s: float = 60.0,
) -> Answer:
    """Call a function of the real Theano and wait for the answer. Threads take turns.

    Parameters
    ----------
    function : str
        One of `FUNCTIONS`.
    arrays : mapping of str to array
        The operands by role, in the order of Theano's call: "x", "w", then "b" or "v" where there is one; "g",
        the cotangent of y, with a gradient.
    words : mapping, optional
        Keyword arguments of Theano's call, with tuples where Theano wants tuples.
    gradient : bool or tuple of str
        True for y and the gradients of sum(y * g) by every operand; a tuple of roles for those alone, without y.
    repeats : int
        How often the computation is repeated for `Answer.steady_s`.
    deadline_s : float
        Seconds from the moment when it is this call's turn; the first call of a process takes a few, and a
        kind of call that was never compiled here takes more.

    Returns
    -------
    Answer

    Raises
    ------
    Unavailable
        Where there is no Theano.
    TheanoRefused
        When Theano raises an error, with its text.
    TheanoDied
        When its process ends, as it does for a stride of 0. The next call works again.
    Refused
        When it takes longer than the deadline, or more memory than there is.
    SpecError
        For what cannot be asked at all.
    """
    question = _question(function, arrays, words, gradient, repeats)
    from convlab.backends.theano_worker import process

    return process.CLIENT.ask(question, deadline_s)


async def acall(
    function: str,
    arrays: Mapping,
    words: Mapping | None = None,
    *,
    gradient: bool | tuple[str, ...] = False,
    repeats: int = 0,
    deadline_s: float = 60.0,
) -> Answer:
    """`call` for an event loop, which it never blocks. Calls queue, and a cancelled one costs the others little."""
    question = _question(function, arrays, words, gradient, repeats)
    from convlab.backends.theano_worker import loop

    return await loop.ask(question, deadline_s)


async def aclose() -> None:
    """End the process of the running event loop, before the loop ends; a later `acall` starts another."""
    from convlab.backends.theano_worker import loop

    await loop.close()


def describe(deadline_s: float = 60.0) -> dict[str, str]:
    """Return what the process says of itself: version, numpy, python, compiler. Starts it if it must.

    Raises
    ------
    Unavailable
        Where there is no Theano, or it does not start.
    """
    _require()
    from convlab.backends.theano_worker import process

    return process.CLIENT.hello(deadline_s)


def _require() -> None:
    if reason := unavailable():
        raise Unavailable("Asked for the real Theano.", reason)


def _question(
    function: str, arrays: Mapping, words: Mapping | None, gradient: bool | tuple[str, ...], repeats: int
) -> talk.Question:
    question = talk.question(function, arrays, words or {}, gradient, repeats)
    _require()
    return question
