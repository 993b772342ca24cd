"""Named examples: every example of the five sources, and the filters and questions that people meet first.

A preset is operands, options and a sentence. One whose operands cannot tell a turned filter from one left as it is
names a `twin` that can.
"""

from __future__ import annotations

from convlab.errors import SpecError
from convlab.presets import filters, questions, sources
from convlab.presets.preset import Preset

_ALL = {preset.id: preset for preset in (*sources.PRESETS, *filters.PRESETS, *questions.PRESETS)}


def all() -> tuple[Preset, ...]:
    """Return every preset, in the order of a menu: sources, filters, questions.

    Examples
    --------
    >>> [preset.id for preset in all()][:3]
    ['S000a', 'S000at', 'S000b']
    """
    return tuple(_ALL.values())


def get(id: str) -> Preset:
    """Return the preset of an id.

    Raises
    ------
    SpecError
        When no preset has that id; the sentence names some that exist.

    Examples
    --------
    >>> get("S000at").title
    'source 000, filter 1 to 9'
    """
    if id not in _ALL:
        raise SpecError(
            f"Asked for the preset {id!r}.",
            f"There are {len(_ALL)} presets and none has that id.",
            f"Try one of {', '.join(list(_ALL)[:6])}, ...",
        )
    return _ALL[id]
