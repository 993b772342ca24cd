"""Who takes part in a match, made ready in its worker: backends with a plan, peers at their best, the public call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from time import perf_counter

import numpy as np

from convlab.backends.peers.peer import Ready
from convlab.errors import Unsupported
from convlab.timing.measuring.question import Question

CALL = "convlab.conv"  # the public call: no backend, and what a person types


@dataclass(eq=False)
class Entrant:
    """One who is ready to answer a question again and again.

    Attributes
    ----------
    call : function
        One answer, in whatever form; this is what is timed.
    read : function
        Returns what `call` returned as an array, shape question.shape.
    bound : str
        Which error bound of `convlab.numerics` holds.
    flops : int
        Operations that the algorithm does.
    filter_s : float
        Seconds of what depends on the filter alone and is done once.
    """

    call: Callable[[], object]
    read: Callable[[object], np.ndarray]
    bound: str
    flops: int
    filter_s: float = 0.0

    def block(self, loops: int) -> float:
        """Return the seconds of some calls, one after the other; each result is let go before the next is made.

        Examples
        --------
        >>> Entrant(list, np.asarray, "direct", 0).block(3) > 0
        True
        """
        call = self.call
        began = perf_counter()
        for _ in repeat(None, loops):
            call()
        return perf_counter() - began


def entrant(name: str, question: Question, reused: bool) -> Entrant:
    """Return one who takes part, ready: the filter packed or transformed, the operands as a library likes them.

    Parameters
    ----------
    name : str
        A backend of the catalogue, a library function of `convlab.backends.peers`, or `CALL`.
    question : Question
    reused : bool
        Whether a backend of ours writes into one output again and again; else each call makes an output of its own.

    Raises
    ------
    Unavailable, Unsupported
        With the sentence of the one who refuses.
    """
    from convlab.backends import peers

    if name == CALL:
        return _public(question)
    return (_peer if name in peers.EVERY else _ours)(name, question, reused)


def _ours(name: str, question: Question, reused: bool) -> Entrant:
    from convlab.backends import admit, admit_gradients

    spec, gradient = question.spec, question.computes in ("dx", "dw")
    backend = (admit_gradients if gradient else admit)(name, spec)
    kind, flops = backend.bound, backend.work(question.judged).flops
    if gradient:
        arrays = (question.dy, question.w) if question.computes == "dx" else (question.x, question.dy)
        work = backend.dgrad if question.computes == "dx" else backend.wgrad
        return Entrant(partial(work, *arrays, spec), _same, kind, flops)
    plan = backend.plan(question.w, spec)
    filter_s = _seconds(lambda: backend.plan(question.w, spec))  # now that it is compiled
    if reused:
        out = question.empty()
        out.fill(0)
        return Entrant(partial(plan, question.x, out), _same, kind, flops, filter_s)
    if question.order:
        return Entrant(lambda: plan(question.x, question.empty()), _same, kind, flops, filter_s)
    return Entrant(partial(plan, question.x), _same, kind, flops, filter_s)


def _peer(name: str, question: Question, reused: bool) -> Entrant:
    """Make a library function ready; it makes its outputs itself, and its worker's memory is told to keep them."""
    from convlab.backends import peers

    peer, spec = peers.get(name), question.spec
    computes = "y" if question.computes == "call" else question.computes
    asked = f"Asked for {name} on {spec}."
    if computes not in peer.computes:
        raise Unsupported(asked, f"It has no {computes}.", "Ask another.")
    if reason := peer.unavailable() or peer.supports(spec):
        raise Unsupported(asked, reason, "Ask another.")

    def prepare() -> Ready:
        if computes == "y":
            return peer.ready(question.x, question.w, spec)
        return peer.ready_gradient(computes, question.x, question.w, question.dy, spec)

    ready = prepare()
    prepare_s = _seconds(prepare)  # now that the library is imported
    return Entrant(ready.call, ready.read, peer.bound, peer.work(question.judged).flops, prepare_s)


def _public(question: Question) -> Entrant:
    """Return the call that a person types, with the words of the spec and nothing prepared."""
    from convlab.api import conv
    from convlab.backends import choose, get

    spec = question.spec
    words: dict[str, object] = {} if spec.flip else {"flip": False}
    if spec.padding is not None:
        words["padding"] = spec.padding
    elif spec.mode != "valid":
        words["mode"] = spec.mode
    words |= {name: steps for name in ("stride", "dilation") if set(steps := getattr(spec, name)) != {1}}
    if spec.groups != 1:
        words["groups"] = spec.groups
    backend = get(choose(spec))
    call = partial(conv, question.x, question.w, **words)
    return Entrant(call, _same, backend.bound, backend.work(spec).flops)


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _same(y: np.ndarray) -> np.ndarray:
    return y
