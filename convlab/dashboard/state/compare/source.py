"""Source 001's own numbers beside today's, where Compare shows its question: the discrepancy, the norms, and why."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from convlab.compare import norms
from convlab.compare.real import Call, Outcome
from convlab.dashboard.state.compare.question import Loose
from convlab.dashboard.state.compare.words import version_of


def is_source(question: Loose) -> bool:
    """Return whether a question is the one that source 001 prints numbers for, in one of its two modes.

    Examples
    --------
    >>> from convlab.dashboard.state.compare.question import loose_of
    >>> is_source(loose_of("S001b")), is_source(loose_of("S001a"))
    (True, False)
    """
    plain = question.padding is None and question.flip and {*question.stride, *question.dilation} == {1}
    return (
        question.preset == norms.PRESET and plain and question.mode in norms.PRINTED and not question.edited
    )


@lru_cache(maxsize=2)
def call_of_source(mode: str) -> Call:
    """Return what source 001 asked Theano: its variables were float64, and nnet.conv2d was the legacy function."""
    x, w = (array.astype(np.float64)[None, None] for array in norms.operands())
    return Call("legacy_conv2d", x, w, {"border_mode": mode})


def panel(
    question: Loose, truth: np.ndarray, scipy: np.ndarray | None, told: Outcome | None
) -> dict[str, object]:
    """Return the two lines that source 001 prints, what they are here and now, and what they are made of.

    Parameters
    ----------
    question : Loose
        One for which `is_source` holds.
    truth : ndarray
        The definition's answer, in float64.
    scipy : ndarray or None
        What scipy.signal.convolve2d answers, if that is known.
    told : Outcome or None
        What the real Theano answered in float64; without it, its semantics stand in.
    """
    is_live = told is not None and told.y is not None
    scipy = norms.scipy_answer(question.mode) if scipy is None else scipy
    seen = norms.measured(scipy, told.y if is_live else truth, truth, question.mode)
    theano = f"live Theano {told.version}" if is_live else "Theano semantics"
    return {
        "title": f"What source 001 prints, mode {question.mode}",
        "then": norms.WHEN,
        "now": f"SciPy {version_of('scipy')} in {seen.dtypes[0]}, {theano} in {seen.dtypes[1]}",
        "rows": _rows(seen),
        "says": [_discrepancy(seen), _norm(seen)],
    }


def _rows(seen: norms.Norms) -> list[dict[str, str]]:
    then = seen.printed
    return [
        {"what": "discrepancy", "then": f"{then.discrepancy:.5e}", "now": f"{seen.discrepancy:.5e}"},
        {"what": "norm, SciPy", "then": f"{then.scipy:.5e}", "now": f"{seen.scipy:.5e}"},
        {"what": "norm, Theano", "then": f"{then.theano:.5e}", "now": f"{seen.theano:.5e}"},
        {"what": "SciPy's, summed in float32", "then": "", "now": f"{seen.running:.5e}"},
    ]


def _discrepancy(seen: norms.Norms) -> str:
    side = {"SciPy": 0, "Theano": 1}.get(seen.coarse, 0)
    other = "Theano" if seen.coarse == "SciPy" else "SciPy"
    errors = (seen.scipy_error, seen.theano_error)
    return (
        f"The discrepancy is rounding, {seen.relative:.1g} of the norm, and {seen.coarse}'s own: its sums are in "
        f"{seen.dtypes[side]} and {errors[side]:.3g} off the definition, {other}'s {errors[1 - side]:.1g}."
    )


def _norm(seen: norms.Norms) -> str:
    then = seen.printed
    return (
        f"The printed norms lie {then.theano - then.scipy:.1g} apart, and answers {then.discrepancy:.0e} apart cannot: "
        f"SciPy's was added up in float32, square after square, which gives {seen.running:.5e} here too."
    )
