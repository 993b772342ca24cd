"""What Theano 1.0.5 once told for the calls of the presets: kept where it does not run, and labelled as recorded.

`assets/recorded/theano.json` holds one row per call, by the call's own content, and `theano.npz` the answers of up to
10,000 values; a larger answer is kept as its shape, its norm and every so-manieth of its values.
`benchmarks/record_theano.py` makes both files anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from convlab import paths
from convlab.compare.norms import norm
from convlab.compare.real import Call, Outcome

WHOLE = 10_000  # values of an answer that is kept whole
SAMPLES = 64  # values that are kept of a larger one
ROWS, ANSWERS = "theano.json", "theano.npz"


@dataclass(frozen=True, eq=False)
class Recording:
    """One call's outcome, with where and when it was recorded.

    Attributes
    ----------
    outcome : Outcome
        `outcome.y` is None for an answer that was too large to be kept.
    version, where, when : str
        Of Theano; the processor; the month.
    shape : tuple of int
        Of the answer; empty for a refusal.
    norm : float or None
        Euclidean norm of the answer, summed in float64.
    samples : tuple of float
        Every so-manieth value in C order, of an answer that was not kept whole.
    """

    outcome: Outcome
    version: str
    where: str
    when: str
    shape: tuple[int, ...] = ()
    norm: float | None = None
    samples: tuple[float, ...] = ()

    @property
    def label(self) -> str:
        """Where and when: "recorded, AMD EPYC, Nov 2026"."""
        return f"recorded, {self.where}, {self.when}"

    def distance(self, y: np.ndarray) -> float | None:
        """Return how far an answer is from the recorded one, relative to its largest value; None where none can say.

        Of an answer that was not kept, the samples are compared, and the norm.
        """
        if self.outcome.kind != "answer" or tuple(y.shape) != self.shape or not y.size:
            return None
        kept = self.outcome.y if self.outcome.y is not None else np.array(self.samples)
        here = y if self.outcome.y is not None else y.ravel()[:: stride(y.size)]
        apart = np.abs(here.astype(np.float64) - kept).max() / max(np.abs(kept).max(), np.finfo(float).tiny)
        return float(max(apart, abs(norm(y) - self.norm) / max(self.norm, np.finfo(float).tiny)))


def find(call: Call) -> Recording | None:
    """Return the recording of a call; None when that very call, with these arrays, was never recorded.

    Examples
    --------
    >>> from convlab import presets
    >>> from convlab.compare.real import call_of
    >>> preset = presets.get("S000at")
    >>> find(call_of("theano", preset.x, preset.w, preset.options)).outcome.y[0, 0, 3, 4]
    np.float32(489.0)
    """
    return every().get(call.key)


@cache
def every() -> Mapping[str, Recording]:
    """Return all recordings by the key of their call; none where the files are not there."""
    folder = paths.assets() / "recorded"
    if not (folder / ROWS).is_file():
        return {}
    head = json.loads((folder / ROWS).read_text(encoding="utf-8"))
    with np.load(folder / ANSWERS, allow_pickle=False) as kept:
        arrays = dict(kept)
    same = {name: head[name] for name in ("version", "where", "when")}
    return {key: _read(row, arrays.get(key), same) for key, row in head["calls"].items()}


def write(folder: Path, head: dict[str, str], told: Mapping[str, tuple[str, Outcome]]) -> None:
    """Write recordings as `every` reads them.

    Parameters
    ----------
    folder : Path
    head : dict of str
        version, where, when.
    told : dict of (text of the call, Outcome) by the key of the call
    """
    rows, arrays = {}, {}
    for key, (text, outcome) in told.items():
        row = {"call": text, "kind": outcome.kind, "ops": list(outcome.ops)}
        row |= {name: _short(getattr(outcome, name)) for name in ("compile_s", "first_s", "steady_s")}
        row |= {name: getattr(outcome, name) for name in ("error", "text", "stage")}
        if outcome.y is not None:
            row |= {"shape": list(outcome.y.shape), "norm": norm(outcome.y)}
            if outcome.y.size <= WHOLE:
                arrays[key] = outcome.y
            else:
                row["samples"] = outcome.y.ravel()[:: stride(outcome.y.size)].tolist()
        rows[key] = {name: value for name, value in row.items() if value not in (None, "", [])}
    folder.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items())
    text = f'{json.dumps(head)[:-1]}, "calls": {{\n{lines}\n}}}}\n'
    (folder / ROWS).write_text(text, encoding="utf-8")
    np.savez_compressed(folder / ANSWERS, **arrays)


def stride(size: int) -> int:
    """Return which values of an answer are kept: every `stride`-th.

    Examples
    --------
    >>> stride(219_961)
    3437
    """
    return -(-size // SAMPLES)


def _read(row: dict, y: np.ndarray | None, same: dict[str, str]) -> Recording:
    names = ("compile_s", "first_s", "steady_s", "error", "text", "stage")
    outcome = Outcome(
        row["kind"], y, tuple(row.get("ops", ())), **{name: row[name] for name in names if name in row}
    )
    return Recording(
        outcome, **same, shape=tuple(row.get("shape", ())), norm=row.get("norm"), samples=tuple(row.get("samples", ()))
    )  # fmt: skip


def _short(seconds: float | None) -> float | None:
    return None if seconds is None else float(f"{seconds:.3g}")
