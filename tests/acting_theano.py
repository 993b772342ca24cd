"""A Theano that tells what a test wants it to tell, in the place of the worker process."""

import asyncio
from contextlib import contextmanager

from convlab import theano
from convlab.backends import theano_worker
from convlab.backends.theano_worker import Answer, TheanoDied, TheanoRefused
from convlab.errors import Refused, Unavailable

ABSENT = "The real Theano is not set up here. Run: python app.py --setup-theano"
REFUSAL = "CorrMM: no\n  bottom shape: 1 x 1\nApply node that caused the error: CorrMM\nToposort index: 1"
COMING = "The real Theano is being set up; it will be here in a minute."


class Fake:
    """What stands for `convlab.backends.theano_worker`: a state, and how a call ends."""

    def __init__(self, word="ready", ends="answer", takes_s=0.0):
        self.word, self.ends, self.takes_s, self.calls = word, ends, takes_s, []

    def state(self):
        return self.word, {"setting up": COMING, "ready": "It is set up."}.get(self.word, ABSENT)

    def unavailable(self):
        return None if self.word == "ready" else self.state()[1]

    async def acall(self, function, arrays, words=None, *, repeats=0, deadline_s=60.0):
        self.calls.append((function, dict(words)))
        await asyncio.sleep(self.takes_s)
        return self.end(function, arrays, words, repeats)

    def end(self, function, arrays, words, repeats):
        asked = f"Asked Theano for {function}."
        if self.ends == "refused":
            raise TheanoRefused(asked, "ValueError", REFUSAL, "run")
        if self.ends == "died" or 0 in words.get("subsample", ()):
            raise TheanoDied(asked, "SIGFPE")
        if self.ends == "late":
            raise Refused(asked, "It did not answer within 60 s, and its process was ended.")
        if self.ends == "gone":
            raise Unavailable(asked, "It does not start: no compiler.")
        y = getattr(theano, function)(arrays["x"], arrays["w"], **words) + (1000 if self.ends == "odd" else 0)
        steady = 2.1e-5 if repeats else None
        return Answer(
            {"y": y}, ("CorrMM" if function == "conv2d" else "ConvOp",), 1.2345, True, 0.02, steady, "1.0.5"
        )


@contextmanager
def fake(monkeypatch, **how):
    """Put a Fake in the place of the worker, with nothing heard yet."""
    from convlab.dashboard.state.compare import comparing as compare
    from convlab.dashboard.state.compare import live as compare_live

    made = Fake(**how)
    kept = (compare_live._heard, compare_live._silent, compare_live._asking, compare._kept)
    with monkeypatch.context() as patch:
        for name in ("state", "unavailable", "acall"):
            patch.setattr(theano_worker, name, getattr(made, name))
        patch.setattr(compare_live, "LOOK_S", 0.01)
        for one in kept:
            one.clear()
        yield made
        for one in kept:
            one.clear()
