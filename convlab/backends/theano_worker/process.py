"""The process of the real Theano, for callers that wait: how it is started, and one for all threads."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import IO

from convlab import pipes
from convlab.backends.theano_worker import environment, talk
from convlab.pipes import waiting

WORKER = Path(__file__).with_name("worker.py")
MORE_FLAGS = "CONVLAB_THEANO_FLAGS"  # further flags of Theano, in the form of its own THEANO_FLAGS


def launch(last_words: IO[bytes]) -> tuple[list[str], dict]:
    """Return the command of a process that runs Theano, and how to start it; compilers end with it."""
    command = [str(environment.interpreter()), "-I", "-B", str(WORKER)]  # -B: the folder is another Python's
    return command, pipes.options(last_words, _variables())


class Client(waiting.Client):
    """One process of Theano for all threads of this one, which take turns.

    Parameters
    ----------
    launch : callable
        Gives the command and the options of a process, for tests.
    """

    def __init__(self, launch=launch) -> None:
        super().__init__(launch)

    def ask(self, question: talk.Question, deadline_s: float) -> talk.Answer:
        """Send a question and wait for the answer; a process that is late is ended.

        Raises
        ------
        TheanoRefused, TheanoDied, Unavailable, Refused
        """
        try:
            answer = self.exchange(question.header, question.arrays, deadline_s)
        except pipes.Lost as lost:
            raise talk.lost(question, lost, deadline_s) from None
        return talk.answer(question, *answer)

    def hello(self, deadline_s: float = 60.0) -> dict:
        """Return what the process says of itself (version, numpy, python, compiler), starting it if it must."""
        try:
            return self.greet(deadline_s)
        except pipes.Lost as lost:
            raise talk.does_not_start(lost.words) from None


def _variables() -> dict[str, str]:
    """Return the variables of a worker: those of this process but for what would change its Python or Theano.

    `MORE_FLAGS` is the one way to change Theano: ``blas.ldflags=-lopenblas``, or ``gcc.cxxflags=-O0`` where it is the
    time of the compiler that counts.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "THEANO"))}
    flags = [
        f"base_compiledir={environment.folder() / 'compiled'}",
        "blas.ldflags=",
        os.environ.get(MORE_FLAGS, ""),
    ]
    return {**kept, "THEANO_FLAGS": ",".join(filter(None, flags)), "THEANORC": os.devnull}


CLIENT = Client()
atexit.register(CLIENT.leave)  # a thread may still wait for an answer: do not wait for it
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=CLIENT.forget)
