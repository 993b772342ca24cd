"""`cl.explore`: the Step picture for your own arrays, from the last line of a notebook cell."""

from __future__ import annotations

import sys
from functools import cache
from math import prod

import numpy as np

from convlab.dashboard.state.arrays import array
from convlab.dashboard.state.contract import scene_problems
from convlab.dashboard.state.question import OPTIONS, Question, question_of
from convlab.dashboard.state.step import answer, scene
from convlab.errors import SpecError, Unavailable
from convlab.operands import numbers
from convlab.spec import by
from convlab.widgets.hosts import notebook_class, panel_class, watch

TAPS, SPACE = 3, 5  # of the ramp that stands in for an operand that was not given


def explore(x: object = None, w: object = None, **same: object) -> Explorer:
    """Show a convolution step by step, in a notebook.

    Parameters
    ----------
    x, w : array_like, optional
        As in `convlab.conv`, small enough for a picture: 16 positions along an axis, 7 taps, 4 images, channels
        and filters. Without them it opens with an example; without one of them, a ramp 1, 2, 3, ... takes its
        place.
    **same
        mode, stride, dilation, groups, flip, padding, as in `convlab.conv`.

    Returns
    -------
    Explorer
        Its ``scene``, ``step`` and ``value`` follow the picture, and the picture follows them.

    Raises
    ------
    SpecError
        When there is no such convolution.
    Refused
        When it is larger than the picture; the sentence says what to crop.
    Unavailable
        When neither anywidget nor Panel can be imported.

    Examples
    --------
    >>> import numpy as np, convlab as cl
    >>> shown = cl.explore(np.arange(25).reshape(5, 5), np.ones((3, 3)))
    >>> shown.step = 4
    >>> shown.value
    108.0
    """
    unknown = sorted(set(same) - set(OPTIONS))
    if unknown:
        raise SpecError(
            f"Asked explore for {unknown[0]}={same[unknown[0]]!r:.40}.",
            f"The options are {', '.join(OPTIONS)}.",
            "Use one of these.",
        )
    if x is None and w is None:
        return Explorer(question_of().changed(same))
    x, w = _both(x, w, same.get("groups", 1))
    return Explorer(Question(x, w, **same))


class Explorer:
    """The Step picture and what it shows, linked both ways.

    Attributes
    ----------
    question : Question
        What is shown. It follows what the reader changes in the picture.
    widget : anywidget.AnyWidget or panel.custom.AnyWidgetComponent
        What draws it, for layouts.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.widget = _widget(scene(question))
        watch(self.widget, "ask", self._reply)

    @property
    def scene(self) -> dict:
        """Everything that the picture shows, as plain data. Set it to the scene of another explorer."""
        return self.widget.scene

    @scene.setter
    def scene(self, wanted: dict) -> None:
        self._show(_question_in(wanted), scene(_question_in(wanted), self.scene["answered"]))

    @property
    def step(self) -> int:
        """Which output value the picture stands on: its index in y, in C order. Set it to go there."""
        return self.widget.step

    @step.setter
    def step(self, wanted: int) -> None:
        count = prod(self.scene["y"]["shape"])
        if isinstance(wanted, bool) or not hasattr(wanted, "__index__") or not 0 <= wanted < count:
            raise SpecError(
                f"Asked for step {wanted!r:.40}.",
                f"There are {count} output values.",
                f"Use 0 to {count - 1}.",
            )
        self.widget.step = int(wanted)

    @property
    def value(self) -> float:
        """The output value at `step`."""
        values = self.scene["y"]["values"]
        return float(values[min(self.step, len(values) - 1)])

    def change(self, **change: object) -> None:
        """Change what is shown: mode, stride, x, w, x_shape, preset, ... as `Question.changed` takes them.

        Raises
        ------
        SpecError, Refused
            When that leads to no convolution, or to none that can be shown; the picture stays.
        """
        question = self.question.changed(change)
        self._show(question, scene(question, self.scene["answered"]))

    def _reply(self, ask: object) -> None:
        self._show(*answer(self.question, ask))

    def _show(self, question: Question, made: dict) -> None:
        self.question = question
        last = len(made["y"]["values"]) - 1
        if self.widget.step > last:
            self.widget.step = last
        self.widget.scene = made

    def __repr__(self) -> str:
        shown = self.scene
        at = tuple(
            int(i)
            for i in np.unravel_index(min(self.step, prod(shown["y"]["shape"]) - 1), shown["y"]["shape"])
        )
        return (
            f"{shown['operation']} of x {by(shown['x']['shape'])} with w {by(shown['w']['shape'])}, {shown['mode']}: "
            f"step {self.step}, y{list(at)} = {self.value:g}"
        )

    def _repr_mimebundle_(self, **options: object) -> object:
        """Return what a notebook shows; where it shows no widgets, the plain text."""
        bundle = self.widget._repr_mimebundle_(**options)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**(data or {}), "text/plain": repr(self)}, metadata


def _widget(first: dict) -> object:
    """Return the picture: by anywidget where it is installed, else by Panel with its scripts in the notebook."""
    try:
        return notebook_class("step")(scene=first)
    except ImportError:
        pass
    try:
        _load_panel()
        return panel_class("step", "notebook")(scene=first, sizing_mode="stretch_width")
    except ImportError as error:
        raise Unavailable(
            "Asked to show a picture in a notebook.",
            f"Neither anywidget nor Panel can be imported: {error}.",
            "Install one of them: pip install anywidget.",
        ) from error


@cache
def _load_panel() -> None:
    """Put Panel's scripts into the notebook itself, once: from their usual address they need the network."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        import panel

        panel.extension(inline=True)


def _both(x: object, w: object, groups: object) -> tuple[np.ndarray, np.ndarray]:
    """Return x and w, a ramp in the place of the one that is missing."""
    if x is not None and w is not None:
        return numbers("x", x), numbers("w", w)
    given = numbers("x", x) if w is None else numbers("w", w)
    bare, groups = given.ndim <= 2, groups if isinstance(groups, int) and groups > 0 else 1
    if w is None:
        taps = tuple(min(TAPS, n) for n in (given.shape if bare else given.shape[2:]))
        shape = taps if bare else (groups, max(1, given.shape[1] // groups), *taps)
    else:
        space = tuple(max(SPACE, k) for k in (given.shape if bare else given.shape[2:]))
        shape = space if bare else (1, given.shape[1] * groups, *space)
    ramp = np.arange(1, prod(shape) + 1).reshape(shape)
    return (given, ramp) if w is None else (ramp, given)


def _question_in(wanted: object) -> Question:
    """Return the question that a scene shows."""
    faults = scene_problems(wanted)
    if faults:
        raise SpecError(
            "Asked to show a scene.", f"This is none: {faults[0]}.", "Give the .scene of another explorer."
        )
    operands = {name: array(name, wanted[name]).astype(wanted["dtype"][name]) for name in ("x", "w")}
    options = {name: tuple(wanted[name]) for name in ("stride", "dilation")}
    padded = wanted["mode"] == "padded"
    zeros = {"padding": tuple(map(tuple, wanted["pads"]))} if padded else {"mode": wanted["mode"]}
    return Question(
        **operands, **options, **zeros, groups=wanted["groups"], flip=wanted["flip"], preset=wanted["preset"]
    )
