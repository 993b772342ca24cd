"""Home: one picture that is the whole point, the examples to start from, and a door to every screen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from markupsafe import Markup

from convlab import api, implementations, presets
from convlab.backends import get as backend
from convlab.dashboard import art
from convlab.dashboard.art_backward import backward
from convlab.dashboard.art_race import crossing
from convlab.dashboard.hero import hero
from convlab.dashboard.screens import Screen, screens
from convlab.dashboard.template import template
from convlab.implementations.layers import USUAL
from convlab.spec import ConvSpec
from convlab.timing.shapes import suites
from convlab.timing.sweeps import axis
from convlab.trace import Trace

X = np.arange(25).reshape(5, 5)
W = np.arange(1, 10).reshape(3, 3)
BACK = ConvSpec((1, 1, *X.shape), (1, 1, *W.shape), stride=2, flip=False)
# The address of the picture of this page: its first window with two answers, part of its sum made.
ASKS = {
    "step": "?v=1&preset=S000at&mode=valid&step=2&tap=5",
    "gradients": "?v=1&preset=S000et&mode=valid&stride=2&flip=0",
}
LABELS = {"step": "Step through it", "compare": "My numbers differ"}
# Presets of one channel, with names short enough to stand in a row.
STARTS = {
    "S000a": "source 000",
    "S000at": "1 to 9",
    "sobel": "Sobel",
    "emboss": "emboss",
    "laplace": "Laplace",
    "gauss": "Gauss",
    "letter": "letter F",
}


@dataclass(frozen=True, slots=True)
class Door:
    """The card of one screen, with its picture if it has one."""

    screen: Screen
    picture: Markup

    @property
    def address(self) -> str:
        """Where the card leads: to the very numbers that this page shows, where its screen can."""
        return f"/{self.screen.slug}{ASKS.get(self.screen.slug, '')}"


@dataclass(frozen=True, slots=True)
class Start:
    """One example to start from, with the picture of its filter."""

    id: str
    title: str
    picture: Markup


def trace(mode: str, flip: bool) -> Trace:
    """Return the trace that every picture of this page is drawn from: 0 to 24 and 1 to 9."""
    return api.trace(X, W, mode=mode, flip=flip)


def starts() -> list[Start]:
    """Return the examples of the strip."""
    if not any(screen.slug == "step" for screen in screens()):
        return []
    filters = ((id_, title, presets.get(id_).w) for id_, title in STARTS.items())
    return [Start(id_, title, art.filter_picture(w)) for id_, title, w in filters]


def listed() -> list[tuple[bool, list[str], float]]:
    """Return the rows of the picture on the door of Implementations: five of its rows, on its usual layer."""
    rows = [
        implementations.get(name)
        for name in ("nnet.conv2d", "conv2d_fft", "nnet.conv.conv2d", "GpuCorrMM", "cuda-convnet")
    ]
    takes = [row.bytes_of(USUAL.spec) for row in rows]
    answers = [
        [getattr(row, name).value for name in ("stride", "dilation", "groups", "gradient")] for row in rows
    ]
    return [
        (row.flips != "never", dots, n / max(takes))
        for row, dots, n in zip(rows, answers, takes, strict=True)
    ]


def works() -> list[tuple[str, list[tuple[int, float]]]]:
    """Return the lines of the picture on the door of Race: operations of two algorithms on source 004's images."""
    spec = suites.get("source-004-1").spec
    kinds = {"taps": "scipy-ndimage", "FFT": "scipy-fft"}
    return [
        (label, [(k, backend(name).work(axis.at(spec, "K", k)).flops) for k in axis.USUAL["K"]])
        for label, name in kinds.items()
    ]


def doors() -> list[Door]:
    """Return a door per screen that exists."""
    pictures = {
        "step": lambda: art.waterfall(trace("valid", True)[2]),
        "compare": lambda: art.difference(trace("full", False), trace("full", True)),
        "race": lambda: crossing(works()),
        "gradients": lambda: backward(np.arange(1.0, 5).reshape(BACK.y_shape), W[None, None], BACK),
        "implementations": lambda: art.ledger(listed()),
    }
    return [Door(screen, pictures.get(screen.slug, Markup)()) for screen in screens()]


@cache
def page() -> str:
    """Return the whole page. It holds nothing of a visitor, so it is made once."""
    return template("home.html").render(
        slug="home",
        title="Home",
        acts=[(door.address, LABELS.get(door.screen.slug, door.screen.title)) for door in doors()[:2]],
        hero=hero(trace("valid", True)[2], trace("valid", False)[2], X),
        presets=starts(),
        doors=doors(),
    )
