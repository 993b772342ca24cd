"""What a comparison can be made of: the loop, Theano's semantics, the backends, library functions called raw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from convlab import reference
from convlab.backends import CATALOGUE, admit
from convlab.backends import get as backend
from convlab.compare import real
from convlab.dialects import scipy as dialect
from convlab.errors import SpecError, Unavailable
from convlab.operands import prepare


@dataclass(frozen=True)
class Column:
    """One side of a comparison.

    Attributes
    ----------
    name : str
        What `against` takes.
    label : str
        What a person reads.
    group : {"loop", "theano", "real", "backend", "library", "own"}
    run : function of (x, w)
        Computes the answer from the operands as they were handed in.
    algorithm : function of (x, w) giving "direct", "fft" or "either"
    call : str
        The call as a line of Python, for a library function.
    repeats : bool
        False for a given array, which answers no other filter.
    turns : bool or None
        Whether it turns the filter, where that is a known fact of a library.
    """

    name: str
    label: str
    group: str
    run: Callable[[np.ndarray, np.ndarray], np.ndarray]
    algorithm: Callable[[np.ndarray, np.ndarray], str]
    call: str = ""
    repeats: bool = True
    turns: bool | None = None


_FIRST = {
    "naive": ("naive loop, with flip", "loop"),
    "naive-no-flip": ("naive loop, no flip", "loop"),
    "theano": ("Theano semantics (reference)", "theano"),
}


ALONE = ("theano-stride-0",)  # calls of the real Theano that no backend takes


def columns() -> list[dict]:
    """Return what can be added to a comparison by name: dicts of name, label and group.

    Examples
    --------
    >>> columns()[2]
    {'name': 'theano', 'label': 'Theano semantics (reference)', 'group': 'theano'}
    """
    rows = [(name, label, group) for name, (label, group) in _FIRST.items()]
    rows += [(name, real.LABELS.get(name, name), _group(name)) for name in CATALOGUE]
    rows += [(name, real.LABELS[name], "real") for name in ALONE]
    rows += [(name, name, "library") for name in dialect.FUNCTIONS]
    return [{"name": name, "label": label, "group": group} for name, label, group in rows]


def start_libraries(names: tuple[str, ...]) -> None:
    """Import what these columns call, which takes longer than many a comparison: for who has time before it."""
    if any(name.startswith("scipy.signal.") for name in names):
        import scipy.signal
    if any(name.startswith("scipy.ndimage.") for name in names):
        import scipy.ndimage  # noqa: F401


def column(item: object, options: dict) -> Column:
    """Return the column that one item of `against` means.

    Parameters
    ----------
    item : str or (label, array) or (label, function of (x, w))
    options : dict
        The options of the comparison: mode, stride, dilation, groups, flip, padding.

    Raises
    ------
    SpecError
        When nothing is known by that name.
    """
    if isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], str):
        return _own(*item)
    if not isinstance(item, str):
        own = getattr(item, "__name__", "mine") if callable(item) else "mine"
        own = own if own.isidentifier() else "mine"
        raise SpecError(
            f"Asked to compare with something of type {type(item).__name__}.",
            "A column is a name, or a pair of a label and an array or a function of (x, w).",
            f'Give for example ("{own}", {own if callable(item) else "y"}).',
        )
    if item in _FIRST:
        label, group = _FIRST[item]
        run = real.semantics("theano", options) if item == "theano" else _loop(options, item == "naive")
        return Column(item, label, group, run, _always("direct"))
    if item in CATALOGUE:
        return _backend(item, options)
    if item in ALONE:
        return _real(item, options)
    if "." in item:
        return _library(item, options)
    raise SpecError(
        f"Asked to compare with {item!r}.",
        f"The names are {', '.join(row['name'] for row in columns())}.",
        "Choose one of them, or give a pair: (label, array or function of (x, w)).",
    )


def items(against: object) -> list:
    """Return the items of `against` as a list; one name or one pair may come without brackets.

    Examples
    --------
    >>> items("theano"), items(("mine", 1)), items(["theano", "naive"])
    (['theano'], [('mine', 1)], ['theano', 'naive'])
    """
    if isinstance(against, str):
        return [against]
    pair = isinstance(against, tuple) and len(against) == 2 and isinstance(against[0], str)
    if pair and not isinstance(against[1], (str, tuple)):
        return [against]
    if not isinstance(against, (list, tuple, set)):
        return [against]  # `column` knows what to say about it
    return list(against)


def _always(algorithm: str) -> Callable:
    return lambda x, w: algorithm


def _own(label: str, given: object) -> Column:
    """A person's own function gets copies: what it writes into them must not reach the other columns."""

    def run(x: np.ndarray, w: np.ndarray) -> object:
        return given(x.copy(), w.copy()) if callable(given) else given

    return Column(label, label, "own", run, _always("either"), repeats=callable(given))


def _loop(options: dict, flip: bool) -> Callable:
    """The definition's loops, summed in float64 in the order of the window, the filter turned or not."""

    def run(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        ready = prepare(x, w, **{**options, "flip": flip})
        return ready.restore(reference.judge(ready.x, ready.w, ready.spec).astype(ready.spec.dtype))

    return run


def _real(name: str, options: dict) -> Column:
    """The real Theano with a call that no backend takes, because no convolution answers it."""

    def run(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        from convlab.backends import theano_worker

        if reason := theano_worker.unavailable():
            raise Unavailable(f"Asked for {real.LABELS[name]}.", reason)
        call = real.call_of(name, x, w, options)
        return call.restore(
            theano_worker.call(call.function, {"x": call.x, "w": call.w}, call.words).arrays["y"]
        )

    return Column(name, real.LABELS[name], "real", run, _always("direct"))


def _backend(name: str, options: dict) -> Column:
    def run(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        ready = prepare(x, w, **options)
        return ready.restore(admit(name, ready.spec).run(ready.x, ready.w, ready.spec))

    return Column(name, real.LABELS.get(name, name), _group(name), run, lambda x, w: backend(name).bound)


def _group(name: str) -> str:
    return "real" if name in real.LABELS else "backend"


def _library(name: str, options: dict) -> Column:
    function = dialect.find(name)
    mode, padding = options.get("mode", "valid"), options.get("padding")

    def run(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        pads = _pairs(padding, x, w)
        return dialect.call(name, x, w, mode, pads)

    def algorithm(x: np.ndarray, w: np.ndarray) -> str:
        return dialect.algorithm(function, *dialect.hand_over(function, x, w), mode)

    return Column(
        name, name, "library", run, algorithm, dialect.call_text(name, mode, padding), turns=function.turns
    )


def _pairs(padding: object, x: np.ndarray, w: np.ndarray) -> tuple | None:
    """Return padding as (before, after) per spatial axis."""
    if padding is None:
        return None
    rank = x.ndim if x.ndim == w.ndim and x.ndim <= 2 else x.ndim - 2
    if isinstance(padding, int):
        return ((padding, padding),) * rank
    return tuple(one if isinstance(one, (tuple, list)) else (one, one) for one in padding)
