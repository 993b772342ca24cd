"""The Compare screen: one picture, its state, and the wire between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import panel as pn

from convlab.dashboard.state.compare import Comparing, follow, from_address, is_kept, keep, pending, scene
from convlab.dashboard.state.compare_worker import computed, is_heavy
from convlab.dashboard.state.remedy import problem as problem_of
from convlab.errors import ConvLabError
from convlab.widgets.hosts import panel_class, watch


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
    first = scene(state, notices=notices, answers=_at_hand(state))
    picture = panel_class("compare")(scene=first, step=step, sizing_mode="stretch_width")
    wire = Wire(picture, state)
    if not _is_quick(state):
        wire.compute(state)
    return picture


class Wire:
    """What one session asks and is answered: at once where that is quick, by another process where it is not."""

    def __init__(self, picture: object, state: Comparing) -> None:
        self.picture, self.state, self.number = picture, state, 0
        self.document, self.task = pn.state.curdoc, None
        watch(picture, "ask", self.reply)
        if self.document is not None:
            pn.state.on_session_destroyed(lambda _: self.cancel())

    def reply(self, ask: object) -> None:
        """Answer one ask of the browser; a refused one disturbs nothing that is being computed."""
        self.number, state, problem = follow(self.state, ask)
        if problem is not None:
            self.picture.scene = scene(state, self.number, problem, answers=_at_hand(state))
            return
        self.cancel()
        before, self.state = self.state, state
        if _is_quick(state):
            self.picture.scene = scene(state, self.number)
        else:
            self.compute(before)

    def compute(self, before: Comparing) -> None:
        """Have a heavy comparison computed; the picture stays as it is until then, and for good if that fails."""
        state = self.state

        async def wait() -> None:
            try:
                keep(state, await computed(state))
            except ConvLabError as error:
                problem = problem_of(error, state.question, {})
                self.give(lambda: self.refuse(before, problem))
            else:
                self.give(lambda: setattr(self.picture, "scene", scene(state, self.number)))

        self.task = asyncio.get_running_loop().create_task(wait())

    def refuse(self, before: Comparing, problem: dict[str, object]) -> None:
        """Go back to the state before an ask that could not be computed."""
        self.state = before
        self.picture.scene = scene(before, self.number, problem, answers=_at_hand(before))

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


def _is_quick(state: Comparing) -> bool:
    return is_kept(state) or not is_heavy(state)


def _at_hand(state: Comparing) -> dict[str, object] | None:
    return None if _is_quick(state) else pending(state)
