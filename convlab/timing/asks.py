"""What is asked of a worker and what it answers, apart from how the bytes travel: both crews share this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convlab.errors import ConvLabError, SpecError
from convlab.memory import size

WORKERS = {  # family: the worker that runs it; what shares a process shares its threads and its fate
    "numpy": "cpu",
    "scipy": "cpu",
    "numba": "cpu",
    "llvm": "cpu",
    "theano": "theano",
    "torch": "torch",
    "opencv": "opencv",
    "jax": "jax",
    "fftw": "fftw",
    "skimage": "skimage",
    "scipy functions": "scipy",  # where they are timed against backends, they have a process of their own
    "cupy": "gpu",
    "gpu": "gpu",
}
KEEPS = "+kept"  # after a worker's name: a second one of its kind, which keeps the memory that it was handed
_SMALLER = "Use smaller operands"
_DEATHS = {
    "SIGKILL": ("was killed (SIGKILL), perhaps by the system for want of memory", f"{_SMALLER}."),
    "SIGSEGV": (
        "touched memory that is not its own (SIGSEGV)",
        "Leave this backend out, or use other shapes.",
    ),
    "SIGABRT": ("gave itself up (SIGABRT)", f"{_SMALLER}, or leave this backend out."),
    "SIGFPE": ("divided a whole number by zero (SIGFPE)", "Leave this backend out, or use other shapes."),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One piece of work for a worker.

    Attributes
    ----------
    worker : str
        Which process: one of the values of `WORKERS`, or that with `KEEPS` behind it.
    do : str
        A name of `duties.DUTIES`.
    words : dict
        The duty's arguments: what JSON can carry, so tuples arrive as lists.
    deadline_s : float
        Seconds that it may take; the worker is ended when it takes longer. Starting a worker does not count.
    memory_bytes : int or None
        What it may take beside what its libraries need; None for no limit. Held on Linux, for the worker's own
        process: the GPU's memory and that of the real Theano are not counted.
    """

    worker: str
    do: str
    words: dict
    deadline_s: float
    memory_bytes: int | None = None

    @property
    def said(self) -> str:
        """The ask as a sentence."""
        return f"Asked the {self.worker} worker to {self.do} {self.words.get('backend', '')}".rstrip() + "."

    def header(self) -> dict:
        """Return what travels.

        Raises
        ------
        SpecError
            When there is no such worker.
        """
        if self.worker.removesuffix(KEEPS) not in WORKERS.values():
            known = ", ".join(dict.fromkeys(WORKERS.values()))
            raise SpecError(self.said, "There is no such worker.", f"Choose among {known}.")
        limit = None if self.worker in ("gpu", "theano") else self.memory_bytes
        return {"do": self.do, "words": self.words, "deadline_s": self.deadline_s, "memory_bytes": limit}


class WorkerLost(ConvLabError):
    """A worker did not do what it was asked, and its process is gone; the next ask starts another.

    Attributes
    ----------
    how : {"late", "memory", "died", "stopped"}
        It passed its deadline; it asked for more memory than allowed, or than there is; it broke off by itself or
        did not start; or somebody stopped it.
    signal : str
        What ended it, such as "SIGSEGV" or "exit 3"; "" where it was asked to end.
    """

    kind = "worker lost"

    def __init__(self, asked: str, how: str, found: str, hint: str = "", signal: str = "") -> None:
        super().__init__(asked, found, hint)
        self.how, self.signal = how, signal


class DutyFailed(ConvLabError):
    """A duty raised an error; the worker goes on.

    Attributes
    ----------
    kind : str
        The kind of a no of convlab's own, as `errors` names them; "failed" for another library's error.
    kind_of_error : str
        The class, such as "ValueError" or "Unsupported".
    text : str
        Its words, whole.
    """

    kind = "failed"

    def __init__(self, asked: str, header: Mapping, backend: str = "") -> None:
        who = "This backend" if backend else "The worker"
        parts = header.get("parts") or (
            asked,
            f"{who} failed: {_first(header['text'])} ({header['error']}).",
            "",
        )
        super().__init__(*parts)
        self.kind = header.get("kind") or self.kind
        self.kind_of_error, self.text = header["error"], header["text"]


def answer(ask: Ask, header: Mapping) -> dict:
    """Return what a duty returned, or raise what the worker tells of.

    Raises
    ------
    WorkerLost
        For want of memory; the worker must be ended, for a library may be half set up.
    DutyFailed
    """
    if "full" in header:
        most = "there is" if ask.memory_bytes is None else f"the {size(ask.memory_bytes)} that it may take"
        found = f"It asked for more memory than {most}: {_first(header['full'])}."
        raise WorkerLost(ask.said, "memory", found, f"{_SMALLER}, or allow more memory.")
    if "error" in header:
        raise DutyFailed(ask.said, header, ask.words.get("backend", ""))
    return header["reply"]


def lost(ask: Ask, how: str, signal: str, words: str) -> WorkerLost:
    """Return the error for a worker that gave no answer: see `pipes.Lost`."""
    if how == "late":
        found, hint = f"It took longer than {ask.deadline_s:g} s and was ended.", "allow more seconds."
        return WorkerLost(ask.said, how, found, f"{_SMALLER}, or {hint}")
    if how == "stopped":
        return WorkerLost(ask.said, how, "It was stopped.")
    if how == "unborn":
        found = f"Its process does not start: {words or 'not a word comes from it'}."
        return WorkerLost(ask.said, "died", found, "Run: python -m convlab doctor", signal)
    why, hint = _DEATHS.get(signal, (f"broke off ({signal})" + (f": {words}" if words else ""), ""))
    return WorkerLost(ask.said, "died", f"Its process {why}.", hint, signal)


def _first(text: str) -> str:
    """Return the first line of a text, without the full stop."""
    return text.strip().partition("\n")[0].rstrip(".") or "no words"
