"""A crew whose workers act, and what is asked of them; light, for scripts that tests start."""

from convlab.timing import crew
from convlab.timing.crew import Ask

LONG_S = 60


def acting(name, last_words):
    """Return the command of a worker that acts, started as `crew.launch` starts the real one."""
    command, options = crew.launch(name, last_words)
    return [word.replace("convlab.timing.worker", "tests.acting_worker") for word in command], options


def asking(do="echo", worker="cpu", deadline_s=30.0, memory_bytes=None, **words):
    return Ask(worker, do, words, deadline_s, memory_bytes)
