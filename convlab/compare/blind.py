"""What operands cannot tell, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlab.compare.result import Sight
from convlab.compare.words import number
from convlab.spec import ConvSpec, by


def warnings(found: Sight, x: np.ndarray, spec: ConvSpec) -> Iterator[str]:
    """Yield what cannot be seen, one sentence each, the gravest first."""
    total = len(found.orientations)
    advice = f" Try {_telling_words(found.telling)}, which can." if found.telling is not None else ""
    if x.size and not found.is_clear and np.ptp(x) == 0:
        yield f"Every value of x is {number(x.flat[0])}: inside it, no order of the filter's values shows."
    yield from (said + advice for said in _blind_turns(found, total))
    if found.channels is False:
        yield f"Its channels read backwards, the filter gives the same output: that cannot be told either.{advice}"
    if found.rank is not None and found.rank < min(3, found.most) and np.ptp(x):
        said = f"x is a ramp: its {by(spec.taps)} windows have rank {found.rank} of {found.most}, "
        yield said + "so that few filters look different on it." + _ramp_words(found, spec)


def _blind_turns(found: Sight, total: int) -> Iterator[str]:
    wanted = next(one for one in found.orientations if one.index == found.asked)
    alike = [one.name for one in found.orientations if one.same and one is not wanted]
    negated = [one.name for one in found.orientations if one.negated]
    if total > 1 and found.distinct == 1:
        yield (
            f"The filter gives the same output in all {total} orientations: "
            "this test cannot tell whether a side turns it."
        )
    elif alike:
        yield (
            f"Read {_listed(alike, 'or')}, the filter gives the same output as {wanted.name}: "
            "this test cannot tell them apart."
        )
    if negated:
        yield f"Read {_listed(negated, 'or')}, the filter gives the same numbers negated: only the sign changes."
    if found.distinct not in (1, total) and not alike and not negated:
        yield f"The {total} orientations of the filter give {found.distinct} outputs: some cannot be told apart."


def _ramp_words(found: Sight, spec: ConvSpec) -> str:
    if not found.ramp:
        return ""
    slip = "A filter left as given" if spec.flip else "A turned filter"
    verb = f"adds {number(found.ramp)} to" if found.ramp > 0 else f"takes {number(-found.ramp)} from"
    return f" {slip} only {verb} every value."


def _telling_words(w: np.ndarray) -> str:
    return f"the filter 1 to {w.size}"


def _listed(names: list[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
