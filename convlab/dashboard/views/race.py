"""The Race screen: one picture, its state, and the wire between them and the desk that times."""

from __future__ import annotations

from dataclasses import replace

import panel as pn

from convlab.dashboard.state.race.address import from_address
from convlab.dashboard.state.race.asks import follow, problem
from convlab.dashboard.state.race.desk import Page, desk, slot_of
from convlab.dashboard.state.race.exports import exported
from convlab.dashboard.state.race.jobs import RaceJob, SweepJob
from convlab.dashboard.state.race.kept import kept_race, kept_sweep
from convlab.dashboard.state.race.live import Live, Sweeping
from convlab.dashboard.state.race.pace import Pace
from convlab.dashboard.state.race.scene import Shown, moving, of_here, scene
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
    course, notices = from_address(query)
    shown = remembered(Shown(course))
    picture = panel_class("race")(sizing_mode="stretch_width")
    wire = Wire(picture, shown)
    wire.see_slot()
    picture.scene = scene(wire.shown, notices=notices)
    return picture


def remembered(shown: Shown) -> Shown:
    """Return the same with what this server has measured of its course before, and what its machine reaches."""
    live, race, sweep = Live(), kept_race(shown.course), kept_sweep(shown.course)
    if race is not None:
        live.end(race, before=True)
    return of_here(replace(shown, live=live, sweeping=Sweeping.of(sweep, shown.course.values)))


class Wire:
    """What one page asks and is answered; what it lets run, and the news of that."""

    def __init__(self, picture: object, shown: Shown) -> None:
        self.picture, self.shown, self.number = picture, shown, 0
        self.document, self.problem = pn.state.curdoc, None
        self.desk, self.pace, self.moved = None, Pace(self.tell), set()
        watch(picture, "ask", self.reply)
        if self.document is not None:
            pn.state.on_session_destroyed(lambda _: self.leave())

    def reply(self, ask: object) -> None:
        """Answer one ask of the browser; a refused one disturbs nothing."""
        meant = follow(self.shown.course, ask)
        self.number, self.problem, file = meant.number, meant.problem, None
        if meant.problem is None:
            try:
                self.take(meant.course, meant.stop, meant.clear)
                if meant.run:
                    self.run(meant.run)
                if meant.export:
                    file = exported(meant.export, self.shown.course, self.shown.live, self.shown.sweeping)
            except ConvLabError as error:
                self.problem = problem(error, self.shown.course)
        self.moved = set()
        self.see_slot()
        self.picture.param.update(scene=scene(self.shown, self.number, self.problem, exported=file), news={})

    def take(self, course: object, stop: bool, clear: bool) -> None:
        """Go over to a course; what runs for another layer or other backends is given up."""
        before = self.shown.course
        others = (course.spec, course.names) != (before.spec, before.names)
        other_axis = course.axis != before.axis
        if stop or others or ((other_axis or clear) and self.shown.sweeping.is_on):
            self.at_desk().stop(self)
        self.shown = replace(self.shown, course=course)
        if others:
            self.shown = remembered(self.shown)
        elif other_axis or clear:
            known = None if clear else kept_sweep(course)
            self.shown = of_here(replace(self.shown, sweeping=Sweeping.of(known, course.values)))

    def run(self, what: str) -> None:
        """Let a race or a sweep wait for its turn; one that is on already goes on."""
        state = self.shown.live if what == "race" else self.shown.sweeping
        if not state.is_on:
            job = {"race": RaceJob, "sweep": SweepJob}[what]
            self.at_desk().ask(self, job(self.shown.course, state, lambda: self.move(what), self.fail))

    def at_desk(self) -> object:
        """Return the desk of the server, which knows this page from now on."""
        if self.desk is None:
            self.desk = desk()
            self.desk.join(self, Page(self.is_here, self.pace.ask))
        return self.desk

    def is_here(self) -> bool:
        """Return whether the page is open in a browser now."""
        if self.document is None:
            return True
        context = self.document.session_context
        session = context.session if context is not None else None
        return session is not None and session.connection_count > 0

    def move(self, part: str) -> None:
        """Have the page told soon that a part of its scene has moved."""
        self.moved.add(part)
        self.pace.ask()

    def fail(self, error: ConvLabError) -> None:
        """Have the page told why what it let run came to nothing."""
        self.problem = problem(error, self.shown.course)
        self.move("problem")

    def tell(self) -> None:
        """Send the parts that have moved, inside the session."""
        if self.document is None:
            self.send()
        elif self.is_here():
            self.document.add_next_tick_callback(self.send)

    def send(self) -> None:
        """Send the parts that have moved since the last scene; nothing when none has."""
        before = self.shown.slot
        self.see_slot()
        if "race" in self.moved and not self.shown.live.is_on:
            self.shown = of_here(self.shown)  # a race measures the machine too
        if self.moved or self.shown.slot != before:
            news = moving(self.shown, ("slot", *sorted(self.moved & {"race", "sweep"})))
            self.picture.news = news | ({"problem": self.problem} if "problem" in self.moved else {})

    def see_slot(self) -> None:
        """Take note of where this page stands in the queue."""
        self.shown.slot = slot_of(self.at_desk(), self)

    def leave(self) -> None:
        """Give up what runs: nobody waits for it any more."""
        self.pace.close()
        if self.desk is not None:
            self.desk.leave(self)
        self.desk = None
