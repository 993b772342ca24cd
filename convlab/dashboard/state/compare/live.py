"""The real Theano in Compare: what it is asked, what it has told, and how the screen waits for it.

Nothing here blocks: `told` says at once what is known, `follow` asks on the event loop whatever is not. What was told
once is kept, so that a class of thirty which opens one example asks Theano once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextvars import Context
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic

from convlab.backends import theano_worker
from convlab.compare import recorded
from convlab.compare.real import LABELS, Call, Outcome, call_of, refused
from convlab.dashboard.state.compare.question import Loose
from convlab.dashboard.state.compare.source import call_of_source, is_source
from convlab.errors import ConvLabError

ASKED = ("theano", *LABELS)  # the columns that the real Theano answers
SOURCE = "source 001"  # what its panel asks, beside the columns
DEADLINE_S = 60.0
LOOK_S = 1.0  # how often a screen looks whether Theano has been set up
PATIENCE_S = 60.0  # how long a call that got no answer is not made again
KEPT_BYTES = 1 << 26
_heard: OrderedDict[str, Outcome] = OrderedDict()
_silent: dict[str, tuple[float, str]] = {}
_asking: dict[str, tuple[asyncio.Task, list[None]]] = {}


@dataclass(frozen=True)
class Told:
    """What is known of one call of the real Theano; equal to another one that a screen would show alike.

    Attributes
    ----------
    status : {"live", "waiting", "setting up", "absent", "silent"}
        "silent" when it was asked and gave no answer in time.
    key : str
        Of the call.
    why : str
        Why it is not live, as a sentence.
    call : Call
    outcome : Outcome or None
        What it told, here or in the recording.
    recording : Recording or None
        Where and when `outcome` is from, when it is not from here and now.
    """

    status: str
    key: str
    why: str = ""
    call: Call | None = field(default=None, compare=False, repr=False)
    outcome: Outcome | None = field(default=None, compare=False, repr=False)
    recording: recorded.Recording | None = field(default=None, compare=False, repr=False)


Known = tuple[tuple[str, Told], ...]


def told(question: Loose, columns: tuple[str, ...]) -> Known:
    """Return what is known now of the columns that the real Theano answers, by their names.

    A column that Theano has no words for is not among them: its stand-in refuses by itself.
    """
    found = []
    for name in (*columns, *([SOURCE] if is_source(question) else [])):
        if (call := _call(question, name)) is not None:
            found.append((name, _known(call)))
    return tuple(found)


def is_waiting(known: Known) -> bool:
    """Return whether something is still to come for these columns."""
    return any(one.status in ("waiting", "setting up") for _, one in known)


async def follow(
    question: Loose, columns: tuple[str, ...], known: Known, together: bool
) -> AsyncIterator[Known]:
    """Ask the real Theano whatever is not known, and yield what is known each time that this has changed.

    Parameters
    ----------
    question : Loose
    columns : tuple of str
    known : tuple of (name, Told)
        What the screen knows.
    together : bool
        Whether to yield only when nothing is left to ask: for a screen that is costly to draw.
    """
    while is_waiting(known):
        waits = [one.call for _, one in known if one.status == "waiting"]
        for call in waits if together else waits[:1]:
            await heard(call)
        if not waits:
            await asyncio.sleep(LOOK_S)
        now = told(question, columns)
        if now != known:
            yield now
        known = now


async def heard(call: Call) -> None:
    """Ask one call and keep what it told; many who wait for the same call ask it once.

    Cancelling ends the call only where nobody else waits for it.
    """
    if call.key not in _asking:
        task = asyncio.get_running_loop().create_task(_ask(call), context=Context())  # it is nobody's own
        _asking[call.key] = (task, [])
        task.add_done_callback(lambda _: _asking.pop(call.key, None))
    task, waiters = _asking[call.key]
    waiters.append(None)
    try:
        await asyncio.shield(task)
    finally:
        waiters.pop()
        if not waiters:
            task.cancel()


async def _ask(call: Call) -> None:
    try:
        told = await theano_worker.acall(
            call.function, {"x": call.x, "w": call.w}, call.words, repeats=_repeats(call), deadline_s=DEADLINE_S
        )  # fmt: skip
    except theano_worker.TheanoRefused as no:
        outcome = refused(no.kind_of_error, no.text, no.stage)
    except theano_worker.TheanoDied as end:
        outcome = Outcome("died", error=end.signal)
    except ConvLabError as error:
        _silent[call.key] = (monotonic() + PATIENCE_S, str(error))
        return
    else:
        outcome = Outcome(
            "answer", told.arrays["y"], told.ops, told.compile_s, told.first_s, told.steady_s, version=told.version
        )  # fmt: skip
    _silent.pop(call.key, None)
    _heard[call.key] = outcome
    while len(_heard) > 1 and sum(one.y.nbytes for one in _heard.values() if one.y is not None) > KEPT_BYTES:
        _heard.popitem(last=False)


def _repeats(call: Call) -> int:
    """Return how often a call is made again for its steady time: small ones often, large ones once."""
    macs = call.x.size * call.w[0].size
    return 5 if macs < 1_000_000 else 2 if macs < 30_000_000 else 1


def _known(call: Call) -> Told:
    if call.key in _heard:
        return Told("live", call.key, "", call, _heard[call.key])
    until, why = _silent.get(call.key, (0.0, ""))
    if monotonic() < until:
        return _instead("silent", call, why)
    if (why := theano_worker.unavailable()) is None:
        return Told("waiting", call.key, "", call)
    return _instead("setting up" if theano_worker.state()[0] == "setting up" else "absent", call, why)


def _instead(status: str, call: Call, why: str) -> Told:
    found = recorded.find(call)
    return Told(status, call.key, why, call, found.outcome if found else None, found)


@lru_cache(maxsize=64)
def _call(question: Loose, name: str) -> Call | None:
    if name == SOURCE:
        return call_of_source(question.mode)
    if name not in ASKED:
        return None
    try:
        return call_of(name, *question.given, question.options)
    except ConvLabError:
        return None
