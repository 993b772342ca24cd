"""What is asked of Theano and what it answers, apart from how the bytes travel: both clients share this."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from convlab.backends.theano_worker import environment
from convlab.errors import ConvLabError, Refused, SpecError, Unavailable
from convlab.memory import size
from convlab.pipes import Lost, wire

FUNCTIONS = (
    *("conv2d", "legacy_conv2d", "signal_conv2d", "conv3d", "conv3d2d", "conv2d_transpose"),
    *("conv2d_grad_wrt_inputs", "conv2d_grad_wrt_weights", "separable_conv2d", "causal_conv1d"),
)
_DEATHS = {
    "SIGFPE": ("A whole number was divided by zero in its compiled code.", "Use no stride of 0."),
    "SIGKILL": ("Something else ended it, perhaps for want of memory.", "Use smaller operands."),
    "SIGSEGV": ("Its compiled code touched memory that is not its own.", "Use other words or shapes."),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What Theano computed.

    Attributes
    ----------
    arrays : dict of str to numpy.ndarray
        "y", and with gradients "dx", "dw" and so on, one per operand.
    ops : tuple of str
        The ops that ran, as Theano names their classes: "CorrMM", "CorrMM_gradInputs", "ConvOp".
    compile_s : float
        Seconds that this kind of call took to compile, now or earlier: dtypes, axes and words, not shapes, make
        a kind. Theano keeps machine code on disk, so the same kind is cheaper in the next process.
    is_fresh : bool
        Whether it was compiled in this call.
    first_s : float
        Seconds of this call's computation, without the compilation and the way there and back.
    steady_s : float or None
        The least of the repeats; None without any.
    repeats_s : float
        All of the repeats together.
    version : str
        Theano's own, such as "1.0.5".
    """

    arrays: dict[str, np.ndarray]
    ops: tuple[str, ...]
    compile_s: float
    is_fresh: bool
    first_s: float
    steady_s: float | None
    version: str
    repeats_s: float = 0.0


class TheanoRefused(ConvLabError):
    """Theano raised an error of its own.

    Attributes
    ----------
    kind_of_error : str
        The class, such as "ValueError".
    text : str
        Theano's own words, whole.
    stage : {"build", "compile", "run"}
        When it refused: making the graph, compiling it, or computing.
    """

    kind = "refused by Theano"

    def __init__(self, asked: str, kind_of_error: str, text: str, stage: str) -> None:
        first = text.strip().partition("\n")[0] or "no words"
        super().__init__(asked, f"It refused at {stage} with {kind_of_error}: {first}")
        self.kind_of_error, self.text, self.stage = kind_of_error, text, stage


class TheanoDied(ConvLabError):
    """The process that runs Theano ended in the middle of a call; the next call starts another.

    Attributes
    ----------
    signal : str
        What ended it, such as "SIGFPE", "exit 3" for an exit status, or "no answer" when it had to be ended.
    """

    kind = "Theano died"

    def __init__(self, asked: str, signal: str, last_words: str = "") -> None:
        why, hint = _DEATHS.get(signal, (f"Its last words: {last_words}." if last_words else "", ""))
        how = "Its process gave no answer." if signal == "no answer" else f"Its process died of {signal}."
        super().__init__(asked, f"{how} {why}".strip(), f"{hint} The next call starts it again.".strip())
        self.signal = signal


@dataclass(frozen=True, slots=True)
class Question:
    """One call, checked and ready to be sent, and the sentence that restates it."""

    header: dict
    arrays: dict[str, np.ndarray]
    asked: str


def question(
    function: str, arrays: Mapping, words: Mapping, gradient: bool | tuple[str, ...], repeats: int
) -> Question:
    """Check a call and put it into a form that can travel.

    Raises
    ------
    SpecError
        For a function that is none of `FUNCTIONS`, an operand or a word that no frame can carry, or a gradient
        without its "g".
    Refused
        When the operands are larger than a frame may be.
    """
    if function not in FUNCTIONS:
        known = ", ".join(FUNCTIONS)
        raise SpecError(
            f"Asked Theano for {function!r}.", "There is no such function.", f"Choose among {known}."
        )
    arrays = {role: np.asarray(array) for role, array in arrays.items()}
    arrays = {role: array.astype(array.dtype.newbyteorder("="), copy=False) for role, array in arrays.items()}
    said = [f"{role} {array.dtype}{array.shape}" for role, array in arrays.items()]
    asked = f"Asked Theano for {function}({', '.join([*said, *(f'{k}={v!r}' for k, v in words.items())])})."
    roles = tuple(role for role in arrays if role != "g")
    wanted = roles if gradient is True else tuple(gradient or ())
    if bool(wanted) != ("g" in arrays) or not set(wanted) <= set(roles):
        raise SpecError(
            asked, f"Gradients by {', '.join(wanted) or 'nothing'}.", 'Give the cotangent of y as "g".'
        )
    for role, array in arrays.items():
        if array.dtype.name not in wire.DTYPES:
            raise SpecError(asked, f"{role} is {array.dtype}.", "Use float32 or float64.")
    total = sum(array.nbytes for array in arrays.values())
    if total > wire.MOST_ARRAY_BYTES:
        most = size(wire.MOST_ARRAY_BYTES)
        raise Refused(
            asked, f"The operands are {size(total)}, and {most} may travel.", "Use smaller operands."
        )
    header = {
        "function": function,
        "words": {name: wire.tuples_out(_plain(value, asked)) for name, value in words.items()},
        "gradients": wanted,
        "forward": gradient in (True, False),
        "repeats": int(repeats),
    }
    return Question(header, arrays, asked)


def answer(question: Question, header: dict, arrays: dict[str, np.ndarray], hello: dict) -> Answer:
    """Return what an answering frame says, or raise what it tells of.

    Raises
    ------
    TheanoRefused
        When Theano raised an error.
    Refused
        When memory did not suffice, or when Theano asked for an array of negative size.
    """
    if words := header.get("full"):
        found = f"MemoryError: {words}. Memory did not suffice, or an array would have a negative size."
        raise Refused(question.asked, found, "Use smaller operands, and a filter that fits into x.")
    if "error" in header:
        raise TheanoRefused(question.asked, header["error"], header["text"], header["stage"])
    return Answer(
        arrays,
        tuple(header["ops"]),
        header["compile_s"],
        header["fresh"],
        header["first_s"],
        header["steady_s"],
        hello["version"],
        header.get("repeats_s", 0.0),
    )


def lost(question: Question, lost: Lost, deadline_s: float) -> ConvLabError:
    """Return the error for a process that gave no answer."""
    if lost.how == "unborn":
        return does_not_start(lost.words)
    if lost.how == "late":
        found = f"It did not answer within {deadline_s:g} s, and its process was ended."
        return Refused(question.asked, found, "Use smaller operands, or allow more seconds.")
    return TheanoDied(question.asked, lost.signal, lost.words)


def does_not_start(last_words: str) -> Unavailable:
    """Return the error for a Theano that ends before it says hello."""
    found = f"It does not start: {last_words or 'it ends without a word'}."
    again = f"Delete the folder {environment.folder()} and run: {environment.COMMAND}"
    chosen = f"Name an interpreter that has Theano in {environment.CHOSEN}, or unset it."
    hint = chosen if os.environ.get(environment.CHOSEN) else again
    return Unavailable("Asked for the real Theano.", found, hint)


def _plain(value: object, asked: str) -> object:
    """Return a value made of what JSON knows, and tuples."""
    if isinstance(value, (tuple, list)):
        return type(value)(_plain(item, asked) for item in value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise SpecError(asked, f"{value!r} cannot travel to Theano.", "Use numbers, text, tuples and None.")
