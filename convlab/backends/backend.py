"""What a backend is: a name, its properties, two kinds of no, and `run`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from convlab.spec import ConvSpec


class Backend(Protocol):
    """One way to compute a convolution.

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
    counterpart: str

    def unavailable(self) -> str | None:
        """Return why this machine cannot run the backend at all, as a sentence; None when it can."""

    def supports(self, spec: ConvSpec) -> str | None:
        """Return why the backend refuses a spec, as a sentence; None when it takes it."""

    def wastes(self, spec: ConvSpec) -> str | None:
        """Return what the backend computes in vain for a spec, as a sentence; None when nothing."""

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the memory it takes beside x, w and y, in bytes."""

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
    counterpart: str
    wastes: str | None
