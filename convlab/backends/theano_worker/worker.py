"""The process that runs the real Theano: requests come in over a pipe, answers go out, one after the other.

It is started by its path in the interpreter that has Theano (Python 3.8 to 3.11), and loads nothing of convlab but
the file of the frames.
"""

from __future__ import annotations

import functools
import sys
import time
from collections import OrderedDict
from importlib import import_module, util
from pathlib import Path

_frames = util.spec_from_file_location("wire", str(Path(__file__).resolve().parents[2] / "pipes" / "wire.py"))
wire = util.module_from_spec(_frames)
_frames.loader.exec_module(wire)

MOST_KEPT = 256  # compiled functions; each is a small graph in memory, its machine code lies on disk
MOST_TEXT = 100_000  # of an error: a failed compilation repeats the whole program, more than once
FUNCTIONS = {  # ours: module and name in Theano
    "conv2d": ("theano.tensor.nnet", "conv2d"),
    "legacy_conv2d": ("theano.tensor.nnet.conv", "conv2d"),
    "signal_conv2d": ("theano.tensor.signal.conv", "conv2d"),
    "conv3d": ("theano.tensor.nnet", "conv3d"),
    "conv3d2d": ("theano.tensor.nnet.conv3d2d", "conv3d"),
    "conv2d_transpose": ("theano.tensor.nnet", "conv2d_transpose"),
    "conv2d_grad_wrt_inputs": ("theano.tensor.nnet.abstract_conv", "conv2d_grad_wrt_inputs"),
    "conv2d_grad_wrt_weights": ("theano.tensor.nnet.abstract_conv", "conv2d_grad_wrt_weights"),
    "separable_conv2d": ("theano.tensor.nnet", "separable_conv2d"),
    "causal_conv1d": ("theano.tensor.nnet.abstract_conv", "causal_conv1d"),
}
CONVOLVES = ("Conv", "Corr", "Diagonal")  # in the names of the ops that are worth telling


def main() -> None:
    """Say hello, then answer until the other side is gone."""
    wire.serve(_hello, answer)


def answer(header: dict, arrays: dict) -> tuple[dict, dict]:
    """Compute one request: (header, arrays) of the answer, which tells of an error in Theano's own words."""
    stage = ["build"]
    try:
        return _computed(header, arrays, stage)
    except MemoryError as error:  # Theano raises it for an array of negative size too
        return {"full": str(error).partition("\n")[0] or "no words"}, {}
    except Exception as error:  # whatever Theano raises is the answer
        text = str(error)
        if len(text) > MOST_TEXT:
            text = text[: MOST_TEXT // 2] + "\n...\n" + text[-MOST_TEXT // 2 :]
        return {"error": type(error).__name__, "text": text, "stage": stage[0]}, {}


def _computed(header, arrays, stage):
    """Return what the compiled functions give, with the seconds that each part took."""
    cotangent = arrays.pop("g", None)
    kinds = tuple((role, array.dtype.name, array.ndim) for role, array in arrays.items())
    wanted = tuple(header["gradients"])
    key = (
        header["function"],
        repr(header["words"]),
        kinds,
        wanted,
        header["forward"],
        repr(cotangent is None),
    )
    fresh = key not in KEPT
    if fresh:
        began = time.perf_counter()
        words = {name: wire.tuples_in(value) for name, value in header["words"].items()}
        function, ops = _compiled(
            header["function"], words, kinds, wanted, header["forward"], cotangent, stage
        )
        KEPT[key] = function, ops, time.perf_counter() - began
        if len(KEPT) > MOST_KEPT:
            KEPT.popitem(last=False)
    KEPT.move_to_end(key)
    function, ops, compile_s = KEPT[key]
    stage[0] = "run"
    given = [*arrays.values(), *([] if cotangent is None else [cotangent])]
    values, first_s = _timed(function, given)
    steady = [_timed(function, given)[1] for _ in range(header["repeats"])]
    names = (["y"] if header["forward"] else []) + ["d" + role for role in wanted]
    said = {
        "ops": ops,
        "fresh": fresh,
        "compile_s": compile_s,
        "first_s": first_s,
        "steady_s": min(steady) if steady else None,
        "repeats_s": sum(steady),
    }
    return said, dict(zip(names, values))


KEPT = OrderedDict()  # what was asked for: (compiled function, ops in it, seconds that it took)


def _compiled(name, words, kinds, wanted, forward, cotangent, stage):
    """Build the graph of a call and of its gradients, and compile them as one function."""
    import theano
    from theano import tensor

    module, attribute = FUNCTIONS[name]
    stands = [_variable(tensor, role, dtype, axes) for role, dtype, axes in kinds]
    y = getattr(import_module(module), attribute)(*stands, **words)
    inputs, outputs = list(stands), [y] if forward else []
    if wanted:
        g = _variable(tensor, "g", cotangent.dtype.name, cotangent.ndim)
        roles = [role for role, _, _ in kinds]
        by = [stands[roles.index(role)] for role in wanted]
        outputs += tensor.grad(None, by, known_grads={y: g})  # of sum(y * g), without computing that
        inputs.append(g)
    stage[0] = "compile"
    function = theano.function(inputs, outputs, on_unused_input="ignore")
    found = {type(node.op).__name__ for node in function.maker.fgraph.toposort()}
    return function, sorted(op for op in found if any(part in op for part in CONVOLVES))


def _variable(tensor, role, dtype, axes):
    return tensor.TensorType(dtype, (False,) * axes)(role)


def _timed(function, given):
    began = time.perf_counter()
    values = function(*given)
    return values, time.perf_counter() - began


def _hello():
    """Import Theano and tell what it is; two processes that compile wait for each other briefly, not for 5 s."""
    import numpy
    import theano
    from theano.gof import compilelock

    compilelock.lock = functools.partial(compilelock.lock, min_wait=0.02, max_wait=0.1)
    return {
        "version": theano.__version__,
        "numpy": numpy.__version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "compiler": theano.config.cxx.strip('"'),
    }


if __name__ == "__main__":
    main()
