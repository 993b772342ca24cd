"""theano-corrmm and theano-convop: the real Theano as backends, one more witness to the same numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from math import prod
from time import perf_counter

import numpy as np

from convlab.backends import limits, theano_worker
from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.library import unturned
from convlab.backends.stopwatch import First, Stopwatch
from convlab.backends.theano_worker.talk import Answer
from convlab.backends.work import Work, direct, operand_bytes
from convlab.spec import ConvSpec, by

Gradient = bool | tuple[str, ...]
DEADLINE_S = 300.0  # a large convolution may take minutes; the process can be ended at any time


class _Theano(Backend):
    """What both have in common: the operands travel to Theano's process, and the result comes back."""

    device = "cpu"
    family = "theano"
    is_exact = True
    bound = "direct"

    def unavailable(self) -> str | None:
        """Return a sentence when Theano is not set up here, or is being set up."""
        return theano_worker.unavailable()

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Let Theano compute y."""
        y = self._call({"x": x, "w": w}, spec).arrays["y"]
        if out is None:
            return y
        out[...] = y
        return out

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, and the way of the arrays through a pipe: out, over and in."""
        return direct(spec, moved_bytes=3 * operand_bytes(spec))

    def stopwatch(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, held: bool = False) -> Stopwatch:
        """Let Theano's own process time itself: the way there and back is no part of a call. It holds no filter."""
        return _Remote(lambda repeats: self._call({"x": x, "w": w}, spec, repeats=repeats))

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Let Theano differentiate by x, whose values do not matter."""
        nothing = np.broadcast_to(np.zeros((), spec.dtype), spec.x_shape)
        return self._call({"x": nothing, "w": w, "g": dy}, spec, ("x",)).arrays["dx"]

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Let Theano differentiate by w, whose values do not matter."""
        nothing = np.broadcast_to(np.zeros((), spec.dtype), spec.w_shape)
        return self._call({"x": x, "w": nothing, "g": dy}, spec, ("w",)).arrays["dw"]

    @abstractmethod
    def _call(self, arrays: dict, spec: ConvSpec, gradient: Gradient = False, repeats: int = 0) -> Answer:
        """Say a spec in Theano's words, and ask."""


class _Remote(Stopwatch):
    """Reads the clock of Theano's process.

    Parameters
    ----------
    ask : function of the number of repeats
    """

    def __init__(self, ask: Callable[[int], Answer]) -> None:
        self._ask = ask

    @property
    def pid(self) -> int | None:
        """Theano's process; 0 while it is not there."""
        from convlab.backends.theano_worker import process

        return process.CLIENT.pid or 0

    def first(self) -> First:
        """Call for the first time; what is neither compilation nor computation is the start and the transfer."""
        began = perf_counter()
        told = self._ask(0)
        seconds = perf_counter() - began
        compiled = told.compile_s if told.is_fresh else 0.0
        rest = max(0.0, seconds - compiled - told.first_s)
        return First(told.arrays["y"], seconds, {"compile": compiled, "transfer": rest})

    def block(self, loops: int) -> float:
        """Return the seconds that Theano counted for `loops` calls."""
        return self._ask(loops).repeats_s


class TheanoCorrMM(_Theano):
    """Theano's nnet.conv2d and nnet.conv3d on the CPU: CorrMM and Corr3dMM, im2col and a matrix product.

    Notes
    -----
    One column matrix of ``C·taps·positions of y`` numbers at a time, for Theano runs on one thread here, and a
    copy of the filter where it is turned. The gradients are Theano's own, CorrMM_gradInputs and
    CorrMM_gradWeights. Each new kind of call (dtype, axes, options, not shapes) is compiled first.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), "full")
    >>> TheanoCorrMM().workspace_bytes(spec)  # (9 taps × 49 positions + 9 weights) × 4 bytes
    1800
    """

    name = "theano-corrmm"
    how = "the real Theano"
    flips = "never"
    layout = "NC*"
    spreads = "over added zeros"
    counterpart = "Theano's CorrMM and Corr3dMM themselves"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse one axis, dtypes without a matrix product, and unequal padding of three axes."""
        said = limits.axes(spec, "Theano's conv2d", 2) if spec.rank == 1 else None
        uneven = spec.rank == 3 and any(lo != hi for lo, hi in spec.pads)
        return (
            said
            or limits.floats(spec, "Theano's CorrMM")
            or (
                f"The padding is {spec.pads}; Theano's conv3d pads both sides of an axis alike."
                if uneven
                else None
            )
        )

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Compute the gradients of all that it computes."""
        return self.supports(spec)

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the column matrix of one image, and the turned copy of w."""
        columns = spec.x_shape[1] * prod(spec.taps) * prod(spec.y_shape[2:])
        return (columns + prod(spec.w_shape)) * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        return formula("(C·{taps}·{out} + O·I·{taps})·{b}", spec)

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the column matrix of one image, and a copy of w or dw."""
        return self.workspace_bytes(spec)

    def _call(self, arrays: dict, spec: ConvSpec, gradient: Gradient = False, repeats: int = 0) -> Answer:
        named = limits.border(spec, ("valid", "full", "half"))  # names compile once for filters of all sizes
        words = {
            "border_mode": named or tuple(lo if lo == hi else (lo, hi) for lo, hi in spec.pads),
            "subsample": spec.stride,
            "filter_flip": spec.flip,
            "filter_dilation": spec.dilation,
            "num_groups": spec.groups,
        }
        function = "conv2d" if spec.rank == 2 else "conv3d"
        return theano_worker.call(
            function, arrays, words, gradient=gradient, repeats=repeats, deadline_s=DEADLINE_S
        )


class TheanoConvOp(_Theano):
    """Theano's older nnet.conv.conv2d: ConvOp, direct loops that flip, valid or full.

    Examples
    --------
    >>> TheanoConvOp().supports(ConvSpec((1, 2, 5, 5), (2, 1, 3, 3), groups=2))
    'There are 2 groups; every filter of ConvOp reads all channels.'
    """

    name = "theano-convop"
    how = "the real Theano"
    flips = "always"
    layout = "NCHW"
    spreads = "as defined"
    counterpart = "Theano's ConvOp itself"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse what ConvOp has no loop for."""
        kept = (limits.floats, limits.dilation, limits.groups)
        return (
            limits.axes(spec, "ConvOp", 2)
            or limits.first(limit(spec, "ConvOp") for limit in kept)
            or limits.borders(spec, "ConvOp", ("valid", "full"))
        )

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Refuse, beside that, the steps for which ConvOp refuses its gradient."""
        if reason := self.supports(spec):
            return reason
        mode = _border(spec)
        most = 1 if mode == "valid" else 2
        if max(spec.stride) <= most:
            return None
        return f"The stride is {by(spec.stride)}; ConvOp has gradients of {mode} for steps of up to {most}."

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return nothing: the loops read the operands where they are."""
        return 0

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return "0 B"."""
        return formula("0", spec)

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Let Theano differentiate by the filter that it was given, and turn the result as the spec has it."""
        return unturned(super().wgrad(x, dy, spec), spec)

    def _call(self, arrays: dict, spec: ConvSpec, gradient: Gradient = False, repeats: int = 0) -> Answer:
        words = {"border_mode": _border(spec), "subsample": spec.stride}
        if gradient and set(spec.stride) != {1}:  # then ConvOp wants to know all sizes beforehand
            words |= {"image_shape": spec.x_shape, "filter_shape": spec.w_shape}
        arrays = {**arrays, "w": unturned(arrays["w"], spec)}
        return theano_worker.call(
            "legacy_conv2d", arrays, words, gradient=gradient, repeats=repeats, deadline_s=DEADLINE_S
        )


def _border(spec: ConvSpec) -> str | None:
    return limits.border(spec, ("valid", "full"))
