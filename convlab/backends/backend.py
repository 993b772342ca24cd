"""What a backend is: a name, its properties, two kinds of no, and `run`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from convlab.spec import ConvSpec


class Backend(ABC):
    """One way to compute a convolution: a subclass states the attributes and defines `workspace_bytes` and `run`.

    The other three answer None unless a backend knows better: it runs anywhere, takes every spec, wastes nothing.

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
    bound : {"direct", "fft"}
        Which error bound of `convlab.numerics` holds.
    spreads : {"as defined", "over added zeros", "everywhere"}
        How far a NaN or an infinity goes: to the outputs that read it; also to where it meets a zero that was
        written around x or between taps, which the definition leaves out; to all that shares a transform with it.
    counterpart : str
        Whose twin it is, in the words of the library that named it; empty when of nobody.
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

    def unavailable(self) -> str | None:
        """Return why this machine cannot run the backend at all, as a sentence; None when it can."""
        return None

    def supports(self, spec: ConvSpec) -> str | None:
        """Return why the backend refuses a spec, as a sentence; None when it takes it."""
        return None

    def wastes(self, spec: ConvSpec) -> str | None:
        """Return what the backend computes in vain for a spec, as a sentence; None when nothing."""
        return None

    @abstractmethod
    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the memory it takes beside x, w and y, in bytes."""

    @abstractmethod
    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Compute y, shape spec.y_shape and dtype spec.dtype, into `out` if given; x and w stay as they are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list that `convlab.backends` returns; the fields are those of `Backend`.

    `says` is None when the backend would run the spec here, and else the sentence why not.
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
