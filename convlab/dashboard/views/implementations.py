"""The Implementations screen: one table, its state, and the wire between them."""

from __future__ import annotations

import asyncio

import panel as pn

from convlab.dashboard.state.implementations.listing import Listing, follow, from_address, problem
from convlab.dashboard.state.implementations.run import is_kept, kept, ran
from convlab.dashboard.state.implementations.scene import scene
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
    told, view, notices = from_address(query)
    first = scene(told, notices=notices, view=view)
    picture = panel_class("implementations")(scene=first, sizing_mode="stretch_width")
    Wire(picture, told)
    return picture


class Wire:
    """What one session asks and is answered: at once, but for an example, which runs elsewhere."""

    def __init__(self, picture: object, told: Listing) -> None:
        self.picture, self.told, self.number = picture, told, 0
        self.document, self.task, self.running = pn.state.curdoc, None, None
        watch(picture, "ask", self.reply)
        if self.document is not None:
            pn.state.on_session_destroyed(lambda _: self.cancel())

    def reply(self, ask: object) -> None:
        """Answer one ask of the browser; an example that is asked for begins to run."""
        self.number, self.told, no = follow(self.told, ask)
        row = ask["change"].get("run") if no is None else None
        if row is not None and not is_kept(row):
            self.cancel()
            self.running = row
            self.task = asyncio.get_running_loop().create_task(self.run(row))
        self.show(no)

    async def run(self, row: str) -> None:
        """Have an example run, then show what it said; or why it did not run."""
        no = None
        try:
            await ran(row)
        except ConvLabError as error:
            no = problem(error, self.told, None)
        self.running = None
        if self.document is None:
            self.show(no)
        else:
            self.document.add_next_tick_callback(lambda: self.show(no))

    def show(self, no: dict | None) -> None:
        """Send the scene of the state."""
        self.picture.scene = scene(self.told, self.number, no, outputs=kept(), running=self.running)

    def cancel(self) -> None:
        """Give up an example that is being run: nobody waits for it any more."""
        if self.task is not None:
            self.task.cancel()
        self.task = self.running = None
