"""Whether an answer is right: the truth and its bounds, worked out once a race, and the answers held against them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from convlab import reference
from convlab.errors import Refused
from convlab.memory import size
from convlab.numerics import BOUNDS, Error, kinds, measure
from convlab.spec import ConvSpec

FULL_MACS = 100_000_000  # up to here every value is checked,
FULL_BYTES = 256 << 20  # if the truth and its bounds take no more: filters of a few taps have many values
SAMPLE = 1_500  # values that are checked above that, drawn at random beside the edges
EDGES = 50  # values drawn on each edge: the first and the last of each axis
MANY = 1 << 20  # values that are compared at a time, through a few arrays of float64
SMALL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Checked:
    """How far an answer is from the truth.

    Attributes
    ----------
    error : float
        The largest ``|y - truth|``.
    bound : float
        What rounding may leave where the error is largest; where there is none, the least that it may leave anywhere.
    share : float
        The largest ratio of error to bound; above 1 it is not rounding.
    checked : {"full", "sampled"}
    says : str or None
        What is wrong; None when nothing is.
    """

    error: float
    bound: float
    share: float
    checked: str
    says: str | None


def judge(
    x: np.ndarray, w: np.ndarray, spec: ConvSpec, folder: Path, seed: int = 0, full_macs: int = FULL_MACS
) -> None:
    """Work out the truth in float64 and the bounds, and write them where every worker can map them.

    Every value where `is_full`; else a seeded sample, with "places.npy" that says where.

    Raises
    ------
    Refused
        When the folder takes no more.
    """
    places = None if is_full(spec, full_macs) else sample(spec, seed)
    truth = reference.judge(x, w, spec) if places is None else reference.at(x, w, spec, places)
    _save(folder / "truth.npy", truth)
    for kind in kinds(spec):
        _save(folder / f"{kind}.npy", BOUNDS[kind](x, w, spec, truth, places))
    if places is not None:
        _save(folder / "places.npy", places)


def is_full(spec: ConvSpec, full_macs: float = FULL_MACS) -> bool:
    """Return whether every value of y is checked, and not a sample.

    Examples
    --------
    >>> many = ConvSpec((100, 1, 1000, 1000), (1, 1, 1, 1))
    >>> many.macs <= FULL_MACS, is_full(many), is_full(ConvSpec((1, 1, 3000, 3000), (1, 1, 3, 2)))
    (True, False, True)
    """
    kept_bytes = (1 + len(kinds(spec))) * max(8, np.dtype(spec.dtype).itemsize) * prod(spec.y_shape)
    return spec.macs <= full_macs and kept_bytes <= FULL_BYTES


def sample_size(spec: ConvSpec) -> int:
    """Return how many values a sample holds at most.

    Examples
    --------
    >>> spec = ConvSpec((99, 1, 70, 190), (80, 1, 3, 3))
    >>> len(sample(spec, 0)) <= sample_size(spec) == 1500 + 8 * 50 + 16
    True
    """
    axes = len(spec.y_shape)
    return SAMPLE + 2 * axes * EDGES + 2**axes


def sample(spec: ConvSpec, seed: int) -> np.ndarray:
    """Return seeded places in y: anywhere, and on the first and the last of every axis, corners included.

    Returns
    -------
    ndarray of int, shape (count, 2 + spec.rank)
        Without repeats, in C order; all of y when it is no larger than the sample.

    Examples
    --------
    >>> places = sample(ConvSpec((20, 1, 60, 60), (5, 1, 3, 3)), 0)
    >>> len(places) >= 1000, places.min(0).tolist(), places.max(0).tolist()
    (True, [0, 0, 0, 0], [19, 4, 57, 57])
    """
    shape = spec.y_shape
    if prod(shape) <= SAMPLE:
        return np.array(list(np.ndindex(*shape)), int).reshape(-1, len(shape))
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(0, shape, (SAMPLE, len(shape)))]
    for axis, count in enumerate(shape):
        for end in (0, count - 1):
            edge = rng.integers(0, shape, (EDGES, len(shape)))
            edge[:, axis] = end
            drawn.append(edge)
    corners = np.array(list(np.ndindex(*[2] * len(shape))))
    drawn.append(corners * (np.array(shape) - 1))
    return np.unique(np.concatenate(drawn), axis=0)


def check(y: np.ndarray, spec: ConvSpec, folder: Path, kind: str) -> Checked:
    """Hold an answer against the truth that `judge` left in a folder.

    Parameters
    ----------
    y : ndarray
    spec : ConvSpec
    folder : pathlib.Path
    kind : str
        Which bound holds for the algorithm, of `convlab.numerics.BOUNDS`; one that is not for this spec stands for
        that of a direct sum, by which such an algorithm computes what is left to it.
    """
    sampled = (folder / "places.npy").exists()
    word = "sampled" if sampled else "full"
    if y.shape != spec.y_shape or y.dtype != np.dtype(spec.dtype):
        says = f"Its answer is {y.dtype} of shape {y.shape} instead of {spec.dtype} of shape {spec.y_shape}."
        return Checked(np.inf, 0.0, np.inf, word, says)
    kind = kind if kind in kinds(spec) else "direct"
    truth, bound = (_mapped(folder / f"{name}.npy") for name in ("truth", kind))
    if sampled:
        places = _mapped(folder / "places.npy")
        found = measure(y[tuple(places.T)], truth, bound)
        at = found.at and tuple(places[found.at[0]].tolist())
        return _said([(found, at)], y, truth, bound, word)
    each = max(1, MANY // max(1, prod(spec.y_shape[1:])))
    starts = range(0, spec.y_shape[0], each)
    parts = [(n, measure(*(a[n : n + each] for a in (y, truth, bound)))) for n in starts]
    places = [(found, found.at and (n + found.at[0], *found.at[1:])) for n, found in parts]
    return _said(places, y, truth, bound, word)


def _save(path: Path, values: np.ndarray) -> None:
    try:
        np.save(path, values)
    except OSError as error:  # NumPy tells in words of its own how much less than all was written
        raise Refused(
            f"Asked to keep {size(values.nbytes)} in {path.parent.parent} while the answers are checked.",
            f"The disk takes no more: {error.strerror or error}.",
            "Make room there, or name another folder for temporary files in TMPDIR.",
        ) from None


def _said(parts: list[tuple[Error, tuple | None]], y, truth, bound, word: str) -> Checked:
    """Sum up the errors of several parts of y, each with the place in y where it is largest."""
    share = max((found.share for found, _ in parts), default=0.0)
    worst, at = max(parts, key=lambda part: part[0].largest, default=(None, None))
    if at is None:
        return Checked(0.0, float(bound.min()) if bound.size else 0.0, share, word, None)
    here = worst.at if word == "sampled" else at
    allowed = float(bound[here])
    says = (
        f"y{list(at)} is {float(y[at]):.6g}, the definition gives {float(truth[here]):.6g}, and rounding explains "
        f"a difference of {allowed:.1e}."
    )
    return Checked(worst.largest, allowed, share, word, says if share > 1 else None)


def _mapped(path: Path) -> np.ndarray:
    """Return an array as it lies on the disk; a small one is read, for an empty one cannot be mapped."""
    return np.load(path, mmap_mode="r" if path.stat().st_size > SMALL_BYTES else None)
