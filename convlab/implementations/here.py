"""What of an implementation is on this machine: the real one, its twin, recordings of it, or its documentation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from convlab.backends import CATALOGUE, get
from convlab.implementations.implementation import Implementation

NO_GPU_BACKEND = "There is no GPU backend here yet."


@dataclass(frozen=True, slots=True)
class Here:
    """Where the numbers of a row come from on this machine.

    Attributes
    ----------
    kind : {"live", "twin", "recorded", "documented", "no GPU"}
    sentence : str
    """

    kind: str
    sentence: str


def here(one: Implementation) -> Here:
    """Return what of an implementation is on this machine, the best there is.

    Examples
    --------
    >>> from convlab.implementations import get
    >>> here(get("signal.convolve2d")).kind, here(get("torch.conv2d")).kind
    ('live', 'documented')
    """
    if one.library == "SciPy" and not get(one.cpu).unavailable():
        return Here("live", f"SciPy {_scipy()} is part of this installation: its own code runs.")
    lacks = theano_lacks() if one.live else None
    if one.live and lacks is None:
        return Here("live", "The real Theano 1.0.5 answers here, in a process of its own.")
    if one.cpu in CATALOGUE and get(one.cpu).unavailable() is None:
        return Here("twin", f"{one.cpu} computes the same here. {_absence(one, lacks)}{_held(one)}")
    if one.recorded:
        return Here(
            "recorded", f"The tests hold recordings of Theano {one.recorded[1]}. {_absence(one, lacks)}"
        )
    if one.needs_gpu:
        return Here(
            "no GPU", f"It is code for NVIDIA's graphics cards. {NO_GPU_BACKEND} cl.conv gives its numbers."
        )
    return Here("documented", f"Listed by {one.source}; convlab does not call {one.library}.")


def theano_lacks() -> str | None:
    """Return why the real Theano does not answer here; None when it does."""
    from convlab.backends import theano_worker

    return theano_worker.unavailable()


def on_gpu(one: Implementation) -> str:
    """Return what computes the same on a graphics card here, as a sentence."""
    if one.gpu not in CATALOGUE:
        return NO_GPU_BACKEND
    return get(one.gpu).unavailable() or f"{one.gpu} computes the same on this machine's graphics card."


@cache
def _scipy() -> str:
    return version("scipy")


def _absence(one: Implementation, lacks: str | None) -> str:
    if one.needs_gpu:
        return "The original needs an NVIDIA card of its time."
    if one.live:
        return lacks or ""
    return "The last Theano with it is 0.8.2, of 2016."


def _held(one: Implementation) -> str:
    return f" Its numbers are held to recordings of Theano {one.recorded[1]}." if one.recorded else ""
