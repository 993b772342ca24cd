"""The Compare screen: one picture, its state, and the wire between them."""

from __future__ import annotations

import asyncio

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
    first = scene(state, notices=notices, answers=None if _is_quick(state) else pending(state))
    picture = panel_class("compare")(scene=first, step=step, sizing_mode="stretch_width")
    wire = Wire(picture, state)
    if not _is_quick(state):
        wire.compute(state, 0)
    return picture


class Wire:
    """What one session asks and is answered: at once where that is quick, by another process where it is not."""

    def __init__(self, picture: object, state: Comparing) -> None:
        self.picture, self.state = picture, state
        self.document, self.task = pn.state.curdoc, None
        watch(picture, "ask", self.reply)
        if self.document is not None:
            pn.state.on_session_destroyed(lambda _: self.cancel())

    def reply(self, ask: object) -> None:
        """Answer one ask of the browser."""
        self.cancel()
        number, state, problem = follow(self.state, ask)
        if problem is None and not _is_quick(state):
            self.compute(state, number)
            return
        self.state = state
        shown = None if _is_quick(state) else pending(state)
        self.picture.scene = scene(state, number, problem, answers=shown)

    def compute(self, state: Comparing, number: int) -> None:
        """Have a heavy comparison computed; the picture stays as it is until then."""

        async def wait() -> None:
            try:
                keep(state, await computed(state))
            except ConvLabError as error:
                refused = problem_of(error, state.question, {})
                self.give(lambda: self.show(scene(self.state, number, refused, answers=pending(self.state))))
                return
            self.give(lambda: self.show(scene(state, number), state))

        self.task = asyncio.get_running_loop().create_task(wait())

    def show(self, made: dict[str, object], state: Comparing | None = None) -> None:
        """Put a scene on the screen, and hold on to the state that it belongs to."""
        self.state = state or self.state
        self.picture.scene = made

    def give(self, act: object) -> None:
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
