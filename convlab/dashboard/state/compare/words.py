"""What a column is called, and how a verdict on it reads once columns have letters."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version

from convlab.backends import CATALOGUE, get
from convlab.compare import Row, columns
from convlab.spec import ConvSpec

LETTERS = "ABCD"
TITLES = {
    "naive": ("naive loops", "the definition, filter turned"),
    "naive-no-flip": ("naive loops", "the definition, no flip"),
    "theano": ("Theano semantics", "(reference)"),
    "theano-corrmm": ("nnet.conv2d", "CorrMM: im2col and gemm"),
    "theano-convop": ("nnet.conv.conv2d", "ConvOp: the legacy loops"),
    "theano-stride-0": ("subsample=(0, 1)", "what Theano does with a stride of 0"),
}
ABOUT = {
    "theano": "Theano's rules, held to recorded answers of the real one.",
    "real": "Theano's rules, held to recorded answers of the real one.",
    "loop": "Summed by the definition, one product after the other.",
    "backend": "One of convlab's own; it takes the whole question.",
    "library": "Called raw, as a person would: no stride, no dilation, no sum over channels.",
}
GROUPS = {
    "real": "Theano 1.0.5, the real one",
    "theano": "Theano semantics, live where the real one runs",
    "loop": "Loops",
    "backend": "Backends here",
    "library": "SciPy and NumPy, called raw",
}
FIRST = re.compile(r"(?<=[A-Za-z0-9\])])(\. |: (?=it |this ))")


def title(name: str) -> tuple[str, str]:
    """Return the heading of a column and the line below it.

    Examples
    --------
    >>> title("scipy.signal.fftconvolve")[0]
    'fftconvolve'
    >>> title("numba-tiles")
    ('numba-tiles', 'register tiles')
    """
    if name in TITLES:
        return TITLES[name]
    if "." in name:
        module, _, function = name.rpartition(".")
        return function, f"{module} {version_of(module.partition('.')[0])}, raw"
    return name, get(name).how or get(name).counterpart


@cache
def version_of(library: str) -> str:
    """Return the version of an installed library."""
    return version(library)


@cache
def group_of(name: str) -> str:
    """Return the group that a column belongs to, as `compare.columns` has it."""
    return next(row["group"] for row in columns() if row["name"] == name)


def label_of(name: str) -> str:
    """Return what a column is called in full."""
    return next((row["label"] for row in columns() if row["name"] == name), name)


def catalogue(spec: object) -> list[dict[str, object]]:
    """Return what can be added, group by group: who answers this question, then who refuses it, with the reason."""
    rows = []
    for row in columns():
        heading, sub = title(row["name"])
        says = None
        if row["name"] in CATALOGUE:
            backend = get(row["name"])
            says = backend.unavailable() or (backend.supports(spec) if isinstance(spec, ConvSpec) else None)
        rows.append(
            {"name": row["name"], "title": heading, "sub": sub, "group": GROUPS[row["group"]], "says": says}
        )
    order = list(GROUPS.values())
    return sorted(rows, key=lambda row: (order.index(row["group"]), row["says"] is not None))


def lettered(text: str, letter: str, yardstick: str = "truth") -> str:
    """Return a sentence about "this side" as one about a column with a letter.

    Examples
    --------
    >>> lettered("This side turns rows. This side answers; it is f(x, w) − truth.", "A", "B")
    'A turns rows. It answers; it is A(x, w) − B.'
    """
    text = (
        text.replace("This side", letter, 1) if "This side" in text else text.replace("this side", letter, 1)
    )
    text = text.replace("This side", "It").replace("this side", "it")
    text = re.sub(r"\bf\(x,", f"{letter}(x,", text)
    text = text.replace("the truth", "the definition")
    return re.sub(r"\btruth\b", yardstick, text) if yardstick != "truth" else text


def exact_beside(count: int, yardstick: str) -> tuple[str, str]:
    """Return what is said of a column that is the definition's, beside a yardstick that rounds.

    Examples
    --------
    >>> exact_beside(49, "A")
    ("All 49 values are the definition's, to the last bit.", 'What differs is the rounding of A, the yardstick.')
    """
    all_ = "The one value is" if count == 1 else f"All {count} values are"
    return (
        f"{all_} the definition's, to the last bit.",
        f"What differs is the rounding of {yardstick}, the yardstick.",
    )


def parted(text: str) -> tuple[str, str]:
    """Return a text as its first clause, ended by a full stop, and the rest as a sentence.

    Examples
    --------
    >>> parted("A does not turn the filter: it computes cross-correlation.")
    ('A does not turn the filter.', 'It computes cross-correlation.')
    """
    found = FIRST.search(text)
    if not found:
        return text, ""
    rest = text[found.end() :]
    return f"{text[: found.start()]}.", rest[:1].upper() + rest[1:]


def proof_of(row: Row, letter: str, yardstick: str) -> dict[str, str] | None:
    """Return the proof of a row as a claim and its result."""
    if not row.proof:
        return None
    text = re.sub(r"^(?!cl\.)[^(−]*\(x, (?=w)", f"{letter}(x, ", row.proof)
    text = re.sub(r"\by\b(?=[ \[])", letter, lettered(text, letter, yardstick))
    claim, _, result = text.partition(" = ")
    return {"claim": claim, "result": result} if result else {"claim": text, "result": ""}


def chip_of(row: Row, shape: tuple[int, ...] | None, wanted: tuple[int, ...] | None) -> tuple[str, str]:
    """Return the kind of a verdict chip and its word.

    Examples
    --------
    >>> chip_of(Row("", None, "convention", "shifted by one", ""), (1,), (1,))
    ('convention', 'shifted by one')
    """
    if row.verdict == "equal":
        return "equal", "identical"
    if row.verdict == "rounding":
        share = row.error.share if row.error else 0
        return "rounding", f"rounding, {share:.1g} of bound" if share >= 0.01 else "rounding, < 0.01 of bound"
    if row.verdict == "shape":
        return "shape", f"shape {_short(shape)}" + (f" not {_short(wanted)}" if wanted else "")
    if row.verdict == "convention" and "shifted by one" in row.cause:
        return "convention", "shifted by one"
    return row.verdict, row.verdict


def _short(shape: tuple[int, ...]) -> str:
    """Return a shape, without images and filters when there is one of each."""
    shape = shape[2:] if len(shape) > 3 and tuple(shape[:2]) == (1, 1) else shape
    return f"({','.join(map(str, shape))})"
