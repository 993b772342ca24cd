"""Runs races while a person watches: a live picture on a terminal, nothing but the result in a pipe; Ctrl+C stops.

The race runs in a thread, so that Ctrl+C reaches the one that waits for it: it ends the workers at once, and what was
timed until then is the result.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

from rich.console import Console, RenderableType
from rich.live import Live

from convlab.cli.picture import picture
from convlab.spec import ConvSpec
from convlab.timing.races.result import Race, Row
from convlab.timing.sweeps.sweep import Point

LOOK_S = 0.05  # how often one who waits looks for Ctrl+C
PIPE = 110  # columns of what is piped, where nobody says otherwise
DRAW_S = 0.08  # a picture is drawn again no sooner: a terminal has other things to do


def console(as_json: bool = False) -> Console:
    """Return where a person reads: the terminal, or the pipe; beside JSON the other stream, which may be a terminal."""
    where = Console(stderr=as_json, highlight=False)
    if not where.is_terminal and "COLUMNS" not in os.environ:
        where.width = PIPE
    return where


class Waits:
    """News that another race on this machine has the timing slot."""


WAITS = "waits: another race on this machine is being timed"


class Watcher:
    """Turns the news of a race or a sweep into a picture.

    Parameters
    ----------
    spec : ConvSpec
        Of the race; a sweep brings another with each point.
    draw : callable
        Gets the race so far, the share that is done and what is done now.
    """

    def __init__(self, spec: ConvSpec, draw: Callable[[Race, float, str], None]) -> None:
        self.spec, self.draw = spec, draw
        self.rows: dict[str, Row] = {}
        self._drawn = 0.0

    def begin(self, spec: ConvSpec) -> None:
        """Forget the rows of the race before."""
        self.spec, self.rows, self._drawn = spec, {}, 0.0

    def __call__(self, news: object) -> None:
        """Take one piece of news, and draw when the last picture is old enough."""
        if isinstance(news, Point):
            self.begin(self.spec)
            return
        now = time.monotonic()
        if isinstance(news, Waits):
            row, progress, doing = None, 0.0, WAITS
        else:
            row, progress, doing = news.row, news.progress, f"{news.row.state} {news.row.name}"
            self.rows[row.name] = row
        if now - self._drawn >= DRAW_S or (row is not None and row.state in ("checking", "timed")):
            self._drawn = now
            self.draw(Race(self.spec, tuple(self.rows.values()), state="running"), progress, doing)


def live(where: Console, picture_of: Callable[..., RenderableType]) -> tuple[Live, Callable]:
    """Return a picture that can be drawn again, and the function that does it.

    It is drawn only when asked to, between two slices: a clock that redraws would take time from what is timed.
    """
    shown = Live(console=where, auto_refresh=False, transient=True, vertical_overflow="crop")

    def draw(*what: object) -> None:
        shown.update(picture_of(*what), refresh=True)

    return shown, draw


def watched(
    work: Callable[[Callable], object], spec: ConvSpec, where: Console, stop: Callable[[], None]
) -> object:
    """Run one race under the eyes of a person, and return its result.

    Parameters
    ----------
    work : callable
        Runs it, given the function that gets the news.
    where : Console
        Nothing is drawn on it while it runs, unless it is a terminal.
    stop : callable
        Ends what runs, from another thread.
    """
    if not lively(where):
        return drive(work, lambda news: None, None, stop)
    shown, draw = live(where, lambda race, share, now: picture(race, where.width, progress=share, now=now))
    watcher = Watcher(spec, draw)

    def begin(report: Callable) -> object:
        watcher.draw(
            Race(spec, (), state="running"), 0.0, "begins"
        )  # the first news may be far, on a cluster
        return work(report)

    return drive(begin, watcher, shown, stop)


def lively(where: Console) -> bool:
    """Return whether a picture can be drawn again on the same lines."""
    return where.is_terminal and not where.is_dumb_terminal


def drive(
    work: Callable[[Callable], object],
    report: Callable[[object], None],
    shown: Live | None,
    stop: Callable[[], None],
) -> object:
    """Run a race or a sweep to its end, or until Ctrl+C or SIGTERM, and return its result: what is there by then.

    Parameters
    ----------
    work : callable
        Runs it, given `report`.
    report : callable
        Gets the news.
    shown : rich.live.Live, optional
        Up while it runs.
    stop : callable
        Ends what runs at the moment it is called.
    """
    ended: dict[str, object] = {}
    over = threading.Event()
    report = report if shown is not None else _told(report)

    def run() -> None:
        try:
            ended["result"] = work(report)
        except BaseException as error:  # it is raised again where the person waits
            ended["error"] = error
        finally:
            over.set()

    with _sigterm_as_ctrl_c(), shown or contextlib.nullcontext():
        threading.Thread(target=run, name="race", daemon=True).start()
        _wait(over, stop)
    if "error" in ended:
        raise ended["error"]
    return ended["result"]


@contextlib.contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Let `timeout` and the like keep what there is, as a person would; no thread but the first hears signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _told(report: Callable[[object], None]) -> Callable[[object], None]:
    """Return `report`, and say once beside a pipe, which shows no picture, why nothing happens."""
    said: list[str] = []

    def hear(news: object) -> None:
        if isinstance(news, Waits) and not said:
            said.append(WAITS)
            print(f"{WAITS[0].upper()}{WAITS[1:]}.", file=sys.stderr, flush=True)
        report(news)

    return hear


def _wait(over: threading.Event, stop: Callable[[], None]) -> None:
    """Wait; after Ctrl+C end whatever is asked, again and again, until the race gives up. A second one ends it all.

    Not by `Thread.join`: interrupted, it may take a thread that runs for one that has ended.
    """
    stopping = False
    while not over.is_set():
        try:
            over.wait(LOOK_S)
            if stopping:
                stop()
        except KeyboardInterrupt:
            if stopping:
                raise
            stopping = True
            stop()


def show(where: Console, as_json: bool, found: object, drawn: Callable[[], RenderableType]) -> None:
    """Print a result: drawn on a terminal, as plain lines in a pipe, not at all beside JSON."""
    if as_json:
        return
    if where.is_terminal:
        where.print(drawn())
    else:
        print(found)
