"""The Step screen: one picture, one question, and the wire between them."""

from __future__ import annotations

from convlab.dashboard.state.query import from_query
from convlab.dashboard.state.step import answer, scene
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
    asked = from_query(query)
    question = asked.question
    carried = {**asked.extras, **asked.backward}
    first = scene(question, notices=asked.notices, extras=carried)
    picture = panel_class("step")(scene=first, step=asked.step, sizing_mode="stretch_width")

    def reply(ask: object) -> None:
        nonlocal question
        question, picture.scene = answer(question, ask, carried)

    watch(picture, "ask", reply)
    return picture
