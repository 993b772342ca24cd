"""The Gradients screen: one picture, its state, and the wire between them."""

from __future__ import annotations

from convlab.dashboard.state.gradients.backward import from_address
from convlab.dashboard.state.gradients.scene import answer, scene
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
    state, notices = from_address(query)
    picture = panel_class("gradients")(scene=scene(state, notices=notices), sizing_mode="stretch_width")

    def reply(ask: object) -> None:
        nonlocal state
        state, picture.scene = answer(state, ask)

    watch(picture, "ask", reply)
    return picture
