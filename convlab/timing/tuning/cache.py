"""Tuned choices on disk: one small file a question, read by `convlab.backends.tuned`, written at once or not at all.

As every question has a file of its own, processes that tune at the same time neither wait for each other nor lose what
another found; of two that tune the same question the later one stays.
"""

from __future__ import annotations

import json
import logging

from convlab.atomic import write
from convlab.backends import tuned
from convlab.backends.preference import NONE, Wishes
from convlab.backends.preference import forget as forget_choices
from convlab.errors import ConvLabError
from convlab.spec import ConvSpec
from convlab.timing.races.result import Race
from convlab.timing.tuning.choice import Choice


def keep(choice: Choice) -> None:
    """Write a choice down for this machine, and let "auto" look it up; a folder that cannot be written costs a line.

    Parameters
    ----------
    choice : Choice
    """
    path = tuned.place(choice.spec, choice.exact, choice.wishes)
    words = {
        "kind": "tuned",
        "format": tuned.FORMAT,
        "question": tuned.question(choice.spec, choice.exact, choice.wishes),
        "machine": tuned.machine(),
        "ranked": choice.ranked,
        "left_out": dict(choice.left_out),
        "took_s": choice.took_s,
        "race": json.loads(choice.race.to_json()),
    }
    try:
        write(path, json.dumps(words, ensure_ascii=False, indent=1))
    except OSError as error:
        logging.getLogger("convlab").warning("%s is not written: %s.", path, error.strerror or error)
    forget_choices()


def kept(spec: ConvSpec, exact: bool = False, wanted: Wishes = NONE) -> Choice | None:
    """Return the choice that was written down for a spec on this machine; None where there is none that reads.

    Examples
    --------
    >>> kept(ConvSpec((1, 1, 4099, 7), (1, 1, 3, 5))) is None
    True
    """
    found = tuned.read(spec, exact, wanted)
    if found is None:
        return None
    try:
        race = Race.from_words(found["race"])
        return Choice(race, exact, found["left_out"], float(found["took_s"]), wanted)
    except (ConvLabError, ValueError, KeyError, TypeError, AttributeError) as error:
        path = tuned.place(spec, exact, wanted)
        logging.getLogger("convlab").warning("%s is ignored: its race does not read (%s).", path, error)
        return None


def forget(spec: ConvSpec | None = None) -> int:
    """Remove what was tuned on this machine, for one spec or all, whatever was preferred; return how many files.

    Examples
    --------
    >>> forget(ConvSpec((1, 1, 4099, 7), (1, 1, 3, 5)))
    0
    """
    count = 0
    for path in tuned.folder().glob("*.json"):
        if spec is None or _answers(path, spec):
            path.unlink(missing_ok=True)
            count += 1
    forget_choices()
    return count


def _answers(path: object, spec: ConvSpec) -> bool:
    """Return whether a file is about a spec, however it was tuned."""
    try:
        asked = json.loads(path.read_text(encoding="utf-8"))["question"]
        return {**tuned.question(spec), **{name: asked[name] for name in tuned.HOW}} == asked
    except (OSError, ValueError, KeyError, TypeError):
        return False
