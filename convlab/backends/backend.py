"""What a backend is: a name, its properties, two kinds of no, `run`, and the two gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from convlab.backends.formula import formula
from convlab.backends.library import missing
from convlab.backends.stopwatch import HeldStopwatch, Stopwatch
from convlab.backends.work import Work, direct
from convlab.gradients import dgrad, dgrad_spec, wgrad, wgrad_spec
from convlab.spec import ConvSpec

Held = Callable[..., np.ndarray]  # (x, out=None) -> y: a convolution with a filter that is held
Entry = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray | None]  # (x, w, y) -> y, or None: not so


class Backend(ABC):
    """One way to compute a convolution: a subclass states the attributes and defines `workspace_bytes` and `run`.

    The others have an answer that holds unless a backend knows better: it runs anywhere, takes every spec, wastes
    nothing, and computes each gradient as the convolution that it is (`convlab.gradients`).

    Attributes
    ----------
    name : str
        ``library-algorithm``, as in the catalogue.
    device : {"cpu", "gpu"}
    family : str
        Which worker process it belongs to: backends of one family share their imports.
    flips : {"either", "always", "never"}
        What the machinery underneath does by itself; the backend turns the filter where it must.
    layout : str
        Order of the axes that the machinery works in.
    is_exact : bool
        True when integers that fit the dtype come out bit for bit.
    bound : {"direct", "fft", "winograd", "winograd-f2"}
        Which error bound of `convlab.numerics` holds.
    spreads : {"as defined", "over added zeros", "everywhere"}
        How far a NaN or an infinity goes: to the outputs that read it; also to where it meets a zero that was
        written around x or between taps, which the definition leaves out; to all that shares a transform with it.
    counterpart : str
        Whose twin it is, in the words of the library that named it; empty when of nobody.
    how : str
        What it does, in a few words that fit below its name; needed of those who are nobody's
        twin, or of a thing with a long name.
    imports : str
        The module without which it does not start, where that is not the one that its family is named after.
    """

    name: str
    device: str
    family: str
    flips: str
    layout: str
    is_exact: bool
    bound: str
    spreads: str
    counterpart: str
    how: str = ""
    imports: str = ""

    def unavailable(self) -> str | None:
        """Return why this machine cannot run the backend at all, as a sentence; None when it can.

        By default that is up to the package of `imports`: installed, or not.
        """
        return missing(self.imports.partition(".")[0]) if self.imports else None

    def supports(self, spec: ConvSpec) -> str | None:
        """Return why the backend refuses a spec, as a sentence; None when it takes it."""
        return None

    def wastes(self, spec: ConvSpec) -> str | None:
        """Return what the backend computes in vain for a spec, as a sentence; None when nothing."""
        return None

    @abstractmethod
    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the memory it takes beside x, w and y, in bytes."""

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return how `workspace_bytes` comes about: in letters, in numbers, and the result (`formula`)."""
        return formula(str(self.workspace_bytes(spec)), spec)

    def work(self, spec: ConvSpec) -> Work:
        """Return what one call does, counted: the operations of the definition, unless a backend knows better."""
        return direct(spec)

    @abstractmethod
    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Compute y, shape spec.y_shape and dtype spec.dtype, into `out` if given; x and w stay as they are."""

    def plan(self, w: np.ndarray, spec: ConvSpec) -> Held:
        """Do all that depends on w alone, once: copy it, and turn, pack or transform it where that is of use.

        A backend that does more with a filter than read it has a plan of its own, and then `run` is such a plan that is
        used once. This one keeps a copy of w.

        Parameters
        ----------
        w : ndarray, shape spec.w_shape and dtype spec.dtype
            Any strides. It is copied: what is written into it afterwards changes nothing.
        spec : ConvSpec

        Returns
        -------
        function of (x, out=None)
            As `run`, bit for bit; may be called by several threads at once.
        """
        kept = w.copy()
        return lambda x, out=None: self.run(x, kept, spec, out)

    def entry(self, spec: ConvSpec) -> Entry | None:
        """Return a function of (x, w, y) that computes y at once and returns it; None where there is no such function.

        Nothing is looked at but whether values lie at multiples of their size: where not, it returns None and has done
        nothing. Shapes and dtypes are those of the spec, strides are any, and y overlaps neither x nor w. As `run`, bit
        for bit.
        """
        return None

    def gain(self, w: np.ndarray, spec: ConvSpec) -> float:
        """Return how many times less work this very filter is than most: 1 unless a backend looks for structure."""
        return 1.0

    def filter_bytes(self, spec: ConvSpec) -> int:
        """Return what a plan keeps of the filter, in bytes: a copy, unless a backend keeps it transformed."""
        return prod(spec.w_shape) * np.dtype(spec.dtype).itemsize

    def stopwatch(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, held: bool = False) -> Stopwatch:
        """Return what times this backend on these operands; one that computes elsewhere has a clock there.

        With `held` the filter is held by a plan: what it took to make is told apart and is no part of a block.
        """
        if held:
            return HeldStopwatch(lambda: self.plan(w, spec), x)
        return Stopwatch(lambda out: self.run(x, w, spec, out))

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Return why the backend has no gradients for a spec, as a sentence; None when it has both."""
        if reason := self.supports(spec):
            return reason
        for name, rewritten in (("x", dgrad_spec(spec)), ("w", wgrad_spec(spec))):
            if reason := self.supports(rewritten):
                return f"The gradient of {name} is the convolution {rewritten}. {reason}"
        return None

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the memory that the gradients take beside x, w, dy, dx and dw, one after the other, in bytes."""
        return max(
            (prod(one.x_shape) + prod(one.w_shape)) * np.dtype(spec.dtype).itemsize
            + self.workspace_bytes(one)
            for one in (dgrad_spec(spec), wgrad_spec(spec))
        )

    def gradient_wastes(self, spec: ConvSpec) -> str | None:
        """Return what the backend computes in vain for the gradients of a spec, as a sentence; None when nothing."""
        made = (("dx", dgrad_spec(spec)), ("dw", wgrad_spec(spec)))
        said = [f"For {name}: {wasted}" for name, one in made if (wasted := self.wastes(one))]
        return " ".join(said) or None

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Compute dx, shape spec.x_shape and dtype spec.dtype, from dy, shape spec.y_shape, and w."""
        return dgrad(dy, w, spec, self.run)

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Compute dw, shape spec.w_shape and dtype spec.dtype, from x and dy, shape spec.y_shape."""
        return wgrad(x, dy, spec, self.run)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list that `convlab.backends` returns; the fields are those of `Backend`.

    `says` is None when the backend would run the spec here, and else the sentence why not; `gradients` is the same
    for the gradients. `wastes` and `gradient_wastes` are None where nothing is computed in vain.
    """

    name: str
    device: str
    family: str
    says: str | None
    flips: str
    layout: str
    workspace_bytes: int | None
    is_exact: bool
    spreads: str
    counterpart: str
    wastes: str | None
    gradients: str | None
    gradient_wastes: str | None
