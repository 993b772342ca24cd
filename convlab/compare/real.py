"""What the real Theano is asked for a question, and what it told: an answer, a refusal of its own, or its death.

A `Call` is what goes to the worker process: the function, the arrays, the words. It is known by its content, so an
answer that was once given, or recorded, belongs to it wherever the same call is made again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from math import prod

import numpy as np

from convlab.dialects.theano import conv2d_words, conv3d_words
from convlab.errors import SpecError, Unsupported
from convlab.operands import prepare
from convlab.spec import ConvSpec

VERSION = "1.0.5"
FUNCTIONS = {
    "conv2d": "nnet.conv2d",
    "conv3d": "nnet.conv3d",
    "legacy_conv2d": "nnet.conv.conv2d",
}  # in Theano's own words
ROOM_BYTES = 1 << 28  # a matrix of windows above this is not asked for, where the legacy function needs none
TURNED = "ConvOp always turns the filter, so it was handed w[:, :, ::-1, ::-1]."
MAKES_FLOAT = "Theano compiles no convolution of integers, so x and w went in as {dtype}."
LABELS = {
    "theano-corrmm": "Theano's nnet.conv2d (CorrMM)",
    "theano-convop": "Theano's nnet.conv.conv2d (ConvOp)",
    "theano-stride-0": "Theano with subsample=(0, 1)",
}


@dataclass(frozen=True, eq=False)
class Call:
    """One call of the real Theano.

    Attributes
    ----------
    function : str
        As `convlab.backends.theano_worker.call` names it.
    x, w : ndarray
        With images and channels in front, in a float dtype.
    words : dict
        Theano's keyword arguments.
    bare : bool
        Whether the operands came without the first two axes.
    note : str
        What was changed to make the call; empty when nothing was.
    """

    function: str
    x: np.ndarray
    w: np.ndarray
    words: dict[str, object]
    bare: bool = False
    note: str = ""

    @cached_property
    def key(self) -> str:
        """The content of the call as 24 hexadecimal digits: the same on every machine."""
        digest = blake2b(f"{self.function} {sorted(self.words.items())}".encode(), digest_size=12)
        for array in (self.x, self.w):
            digest.update(f"{array.dtype.name} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
        return digest.hexdigest()

    @property
    def text(self) -> str:
        """The call as a line of Python."""
        words = "".join(f", {name}={value!r}" for name, value in self.words.items())
        return f"theano.tensor.{FUNCTIONS[self.function]}(x, w{words})"

    def restore(self, y: np.ndarray) -> np.ndarray:
        """Return an answer in the form of the operands."""
        return y[0, 0] if self.bare else y


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the real Theano told.

    Attributes
    ----------
    kind : {"answer", "refused", "died"}
    y : ndarray or None
        With all four axes; None for a refusal, and for a recorded answer that is too large to be kept whole.
    ops : tuple of str
        The operations that ran.
    compile_s, first_s, steady_s : float or None
        Time to compile, of the first call, and the least of the calls after it.
    error, text : str
        For a refusal: the type of the exception and Theano's own text. For a death: the signal, and what is known.
    stage : str
        "build", "compile" or "run": when it refused.
    version : str
        Of Theano.
    """

    kind: str
    y: np.ndarray | None = None
    ops: tuple[str, ...] = ()
    compile_s: float | None = None
    first_s: float | None = None
    steady_s: float | None = None
    error: str = ""
    text: str = ""
    stage: str = ""
    version: str = VERSION


def call_of(name: str, x: np.ndarray, w: np.ndarray, options: dict) -> Call:
    """Return the call that a column asks the real Theano.

    Parameters
    ----------
    name : {"theano", "theano-corrmm", "theano-convop", "theano-stride-0"}
        "theano" leaves filter_flip at its default, as a person would; the two after it take the whole question; the
        last one asks what no convolution answers.
    x, w : ndarray
        As they were handed in.
    options : dict
        mode, stride, dilation, groups, flip, padding.

    Raises
    ------
    SpecError, Unsupported
        When Theano has no words for the question.

    Examples
    --------
    >>> x, w = np.ones((5, 5)), np.ones((3, 3))
    >>> call_of("theano", x, w, {"mode": "full", "stride": 2}).text
    "theano.tensor.nnet.conv2d(x, w, border_mode='full', subsample=(2, 2))"
    """
    function, words, w, note = _asked(name, x, w, options)
    bare = x.ndim == w.ndim == 2
    if {x.dtype.kind, w.dtype.kind} - {"f"}:
        dtype = np.result_type(*(array.dtype if array.dtype.kind == "f" else np.float64 for array in (x, w)))
        note = f"{note} {MAKES_FLOAT.format(dtype=dtype.name)}".strip()
        x, w = (array if array.dtype == np.float16 else array.astype(dtype) for array in (x, w))
    return Call(function, *((x[None, None], w[None, None]) if bare else (x, w)), words, bare, note)


def _asked(name: str, x: np.ndarray, w: np.ndarray, options: dict) -> tuple[str, dict, np.ndarray, str]:
    """Return function, words, the filter as it is handed over, and what was changed for it."""
    plain = "conv3d" if x.ndim == w.ndim == 5 else "conv2d"
    if name == "theano-stride-0":
        return "conv2d", {"subsample": (0, 1)}, w, ""
    if name == "theano":
        words = theano_words(x, w, options)
        return ("legacy_conv2d", words, w, _roomy(x, w)) if _is_roomy(x, w, words) else (plain, words, w, "")
    words = _words(prepare(x, w, **options).spec)
    if name == "theano-corrmm":
        return plain, words, w, ""
    turned = not words.pop("filter_flip", True)
    _check_legacy(words, x)
    return "legacy_conv2d", words, w[..., ::-1, ::-1] if turned else w, TURNED if turned else ""


def refused(error: str, text: str, stage: str) -> Outcome:
    r"""Return a refusal with Theano's own words, without what it adds about its graph and about this machine.

    Examples
    --------
    >>> refused("ValueError", "CorrMM: no\n\nApply node that caused the error: CorrMM", "run").text
    'CorrMM: no'
    """
    own = re.split(r"\n\s*(?:Apply node that caused|Backtrace when|HINT:|Debugprint)", text, maxsplit=1)[0]
    return Outcome("refused", error=error, text=own.strip(), stage=stage)


def theano_words(x: np.ndarray, w: np.ndarray, options: dict) -> dict:
    """Return a question in the words of Theano's conv2d, its filter_flip left at the default: it turns the filter.

    Examples
    --------
    >>> theano_words(np.ones((5, 5)), np.ones((3, 3)), {"padding": 1, "flip": False})
    {'border_mode': ((1, 1), (1, 1))}
    """
    try:
        return _words(prepare(x, w, **{**options, "flip": True}).spec)
    except SpecError:  # an impossible call: Theano is asked all the same, and refuses in its own words
        border = options.get("padding")
        words = {
            "border_mode": options.get("mode", "valid") if border is None else border,
            "subsample": _pair(options.get("stride", 1)),
            "filter_dilation": _pair(options.get("dilation", 1)),
            "num_groups": options.get("groups", 1),
        }
        defaults = ("valid", 1, (1,), (1, 1), (1, 1, 1))
        return {name: value for name, value in words.items() if value not in defaults}


def semantics(name: str, options: dict) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return Theano's semantics for a column: what stands in its place while the real one is not there.

    Examples
    --------
    >>> semantics("theano-corrmm", {"flip": False})(np.ones((3, 3)), np.ones((2, 2))).tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """

    def run(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        from convlab import theano

        call = call_of(name, x, w, options)
        return call.restore(getattr(theano, call.function)(call.x, call.w, **call.words))

    return run


def _pair(value: object) -> object:
    return (value, value) if isinstance(value, int) else value


def _words(spec: ConvSpec) -> dict:
    return conv3d_words(spec) if spec.rank == 3 else conv2d_words(spec)


def _check_legacy(words: dict, x: np.ndarray) -> None:
    """Refuse what the legacy function has no words for."""
    if x.ndim == 5:
        raise Unsupported("Asked for Theano's legacy nnet.conv.conv2d.", "x has 3 spatial axes, it has 2.")
    border = words.get("border_mode", "valid")
    extra = [word for word in words if word not in ("border_mode", "subsample")]
    if border in ("valid", "full") and not extra:
        return
    found = (
        f"It has no word {extra[0]}." if extra else f"It knows valid and full, not border_mode={border!r}."
    )
    raise Unsupported("Asked for Theano's legacy nnet.conv.conv2d.", found, "Theano's nnet.conv2d takes it.")


def _is_roomy(x: np.ndarray, w: np.ndarray, words: dict) -> bool:
    """Return whether CorrMM's matrix of windows is out of proportion, and the legacy function takes the call."""
    if x.ndim != w.ndim or x.ndim not in (2, 4) or set(words) - {"border_mode", "subsample"}:
        return False
    return words.get("border_mode", "valid") in ("valid", "full") and _matrix_bytes(x, w) > ROOM_BYTES


def _matrix_bytes(x: np.ndarray, w: np.ndarray) -> int:
    """Return the most that CorrMM's matrix of windows may take, the stride left out."""
    return prod(x.shape[-2:]) * prod(w.shape[-2:]) * (x.shape[-3] if x.ndim > 2 else 1) * x.dtype.itemsize


def _roomy(x: np.ndarray, w: np.ndarray) -> str:
    size = _matrix_bytes(x, w) / 1e9
    return (
        f"nnet.conv2d would copy every window of x, {size:.2g} GB; the legacy function adds up where x lies."
    )
