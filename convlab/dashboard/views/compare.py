"""The Compare screen: one picture, its state, and the wire between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import panel as pn

from convlab.dashboard.state.compare import live as compare_live
from convlab.dashboard.state.compare.comparing import (
    Comparing,
    follow,
    from_address,
    is_kept,
    keep,
    pending,
    scene,
    told,
)
from convlab.dashboard.state.compare.live import Known
from convlab.dashboard.state.compare.worker import computed, is_heavy
from convlab.dashboard.state.remedy import problem as problem_of
from convlab.errors import ConvLabError
from convlab.widgets.hosts import panel_class, watch

GRACE_S = 1.5  # a heavy picture waits so long for the real Theano, and is else drawn a second time


def build(query: dict[str, str]) -> object:
    """Return the picture of one session.

    Parameters
    ----------
    query : dict of str
        The query of the address; what in it cannot be followed is told in the scene's notices.

    Returns
    -------
    panel.custom.AnyWidgetComponent
    """
    state, step, notices = from_address(query)
    known = told(state)
    first = scene(state, notices=notices, answers=_at_hand(state, known), known=known)
    picture = panel_class("compare")(scene=first, step=step, sizing_mode="stretch_width")
    Wire(picture, state, known).work(state)
    return picture


class Wire:
    """What one session asks and is answered: at once where that is quick, by another process where it is not.

    The real Theano is asked beside that; a picture is drawn again when it has answered.
    """

    def __init__(self, picture: object, state: Comparing, known: Known = ()) -> None:
        self.picture, self.state, self.known, self.number = picture, state, known, 0
        self.document, self.task = pn.state.curdoc, None
        watch(picture, "ask", self.reply)
        if self.document is not None:
            pn.state.on_session_destroyed(lambda _: self.cancel())

    def reply(self, ask: object) -> None:
        """Answer one ask of the browser; a refused one disturbs nothing that is being computed."""
        self.number, state, problem = follow(self.state, ask)
        if problem is not None:
            answers = _at_hand(state, self.known)
            self.picture.scene = scene(state, self.number, problem, answers=answers, known=self.known)
            return
        self.cancel()
        before, self.state, self.known = self.state, state, told(state)
        if _is_quick(state, self.known):
            self.picture.scene = scene(state, self.number, known=self.known)
        self.work(before)

    def work(self, before: Comparing) -> None:
        """Have computed what is heavy, and ask the real Theano what is not known; nothing if neither is wanted.

        Parameters
        ----------
        before : Comparing
            What the picture shows until then, and for good if that fails.
        """
        if not _is_quick(self.state, self.known) or compare_live.is_waiting(self.known):
            self.task = asyncio.get_running_loop().create_task(self._work(self.state, self.known, before))

    async def _work(self, state: Comparing, known: Known, before: Comparing) -> None:
        heavy = not _is_quick(state, known)
        listening = compare_live.follow(state.shown, state.columns, known, heavy)
        coming, drawn = asyncio.ensure_future(anext(listening, None)), False
        try:
            if heavy:
                known = await self._compute(state, known, coming)
                self._draw(state, known)
            drawn = True
            while (after := await coming) is not None:
                coming = asyncio.ensure_future(anext(listening, None))
                if after != known:
                    known = await self._compute(state, after)
                    self._draw(state, known)
        except ConvLabError as error:
            if not drawn:  # else the picture stays as it is, with Theano's semantics
                problem = problem_of(error, state.question, {})
                self.give(lambda: self.refuse(before, problem))
        finally:
            coming.cancel()

    async def _compute(self, state: Comparing, known: Known, coming: asyncio.Future | None = None) -> Known:
        """Have the answers of a state at hand, and return for what is known by then: `coming`, if it comes soon."""

        async def soon() -> Known:
            if coming is None:
                return known
            await asyncio.wait({coming}, timeout=GRACE_S)
            return (coming.result() if coming.done() else None) or known

        if _is_quick(state, known):
            return known
        waits = asyncio.ensure_future(soon())
        try:
            answers = await computed(state, waits)
            keep(state, answers, waits.result())
            return waits.result()
        finally:
            waits.cancel()

    def _draw(self, state: Comparing, known: Known) -> None:
        """Show a state with what is known."""

        def draw() -> None:
            if self.state is state:  # nothing else was asked in the meantime
                self.known = known
                self.picture.scene = scene(state, self.number, known=known)

        self.give(draw)

    def refuse(self, before: Comparing, problem: dict[str, object]) -> None:
        """Go back to the state before an ask that could not be computed."""
        self.state, self.known = before, told(before)
        answers = _at_hand(before, self.known)
        self.picture.scene = scene(before, self.number, problem, answers=answers, known=self.known)

    def give(self, act: Callable[[], None]) -> None:
        """Do something to the picture, inside its session."""
        if self.document is None:
            act()
        else:
            self.document.add_next_tick_callback(act)

    def cancel(self) -> None:
        """Give up what is being computed: nobody waits for it any more."""
        if self.task is not None:
            self.task.cancel()
        self.task = None


def _is_quick(state: Comparing, known: Known) -> bool:
    return is_kept(state, known) or not is_heavy(state)


def _at_hand(state: Comparing, known: Known) -> dict[str, object] | None:
    return None if _is_quick(state, known) else pending(state)
