"""The scene of the Implementations screen: the facts of every row, and what they come to for the reader's layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from convlab.backends import CATALOGUE
from convlab.backends import get as backend
from convlab.dashboard.state import limits
from convlab.dashboard.state.implementations import layer as layers
from convlab.dashboard.state.implementations.listing import Listing
from convlab.dashboard.state.implementations.swap import scene_of
from convlab.dashboard.state.query import to_query
from convlab.dashboard.state.question import question_of
from convlab.errors import ConvLabError
from convlab.implementations import BORDERS, ROWS, Implementation
from convlab.implementations.calling import command, written
from convlab.implementations.here import here, on_gpu
from convlab.implementations.refusing import refusal
from convlab.implementations.remedies import remedy
from convlab.spec import AXES, MODES, ConvSpec

ANSWERS = ("stride", "dilation", "groups", "gradient")
WORDS = {"x_shape": "x", "w_shape": "w"}


def scene(
    told: Listing,
    answered: int = 0,
    problem: dict | None = None,
    notices: Iterable[str] = (),
    view: Mapping[str, str] | None = None,
    outputs: Mapping[str, dict] | None = None,
    running: str | None = None,
) -> dict[str, object]:
    """Return the scene of a state.

    Parameters
    ----------
    view : mapping, optional
        What the address shows, looks for and opens: for the first scene, the browser keeps it from there.
    outputs : mapping, optional
        What the examples that were run have shown, by row.
    running : str, optional
        The row whose example is being run.

    Examples
    --------
    >>> made = scene(Listing())
    >>> [(row["id"], row["bytes"]) for row in made["rows"]][5]
    ('conv2d_fft', 124321792)
    """
    spec = told.spec
    return {
        "version": 1,
        "kind": "implementations",
        "answered": answered,
        "layer": layer(spec),
        "rows": [facts(one.id) | state(one, spec, one.id == told.opened) for one in ROWS],
        "borders": list(BORDERS),
        "swap": scene_of(told.axes),
        "presets": list(layers.menu()),
        "preset": layers.name_of(spec),
        "modes": list(MODES),
        "dtypes": list(layers.DTYPES),
        "view": dict(view) if view else None,
        "outputs": {row: outputs[row] for row in told.ran if row in outputs} if outputs else {},
        "running": running,
        "query": told.query,
        "problem": problem,
        "notices": list(notices),
    }


def layer(spec: ConvSpec) -> dict[str, object]:
    """Return the reader's layer: shapes, options, what follows from them, and where its pictures are."""
    return {
        "x": {"shape": list(spec.x_shape)},
        "w": {"shape": list(spec.w_shape)},
        "y": {"shape": list(spec.y_shape)},
        "mode": spec.mode,
        "pads": [list(pair) for pair in spec.pads],
        "stride": list(spec.stride),
        "dilation": list(spec.dilation),
        "groups": spec.groups,
        "dtype": spec.dtype,
        "axes": list(AXES[spec.rank]),
        "macs": spec.macs,
        "picture": picture(spec),
    }


def picture(spec: ConvSpec) -> dict[str, object]:
    """Return the query that shows a layer on Step and Compare, turned and as given; or why it is too large.

    Examples
    --------
    >>> picture(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))["never"]
    'v=1&preset=S000at&mode=valid&flip=0'
    """
    try:
        for name, shape in (("x", spec.x_shape), ("w", spec.w_shape)):
            limits.check_shape(name, shape)
        limits.check_spec(spec)
        change = {
            "x_shape": list(spec.x_shape), "w_shape": list(spec.w_shape), "stride": list(spec.stride),
            "dilation": list(spec.dilation), "groups": spec.groups,
        }  # fmt: skip
        change |= (
            {"mode": spec.mode} if spec.padding is None else {"padding": [list(pair) for pair in spec.pads]}
        )
        asked = {
            turn: question_of().changed(change | {"flip": turn == "always"}) for turn in ("always", "never")
        }
    except ConvLabError as error:
        return {"says": error.found}
    return {turn: to_query(question) for turn, question in asked.items()}


@cache
def facts(id_: str) -> dict[str, object]:
    """Return what is true of a row whatever the layer."""
    one = next(row for row in ROWS if row.id == id_)
    return {
        "id": one.id,
        "name": one.name,
        "about": one.about,
        "call": one.call,
        "says": one.says,
        "flips": one.flips,
        "otherwise": one.otherwise,
        "x_axes": one.x_axes,
        "w_axes": one.w_axes,
        "borders": list(one.borders),
        **{
            name: {"value": getattr(one, name).value, "reason": getattr(one, name).reason} for name in ANSWERS
        },
        "rules": [rule.sentence for rule in one.rules],
        "memory": one.memory,
        "source": one.source,
        "example": one.example,
    }


def state(one: Implementation, spec: ConvSpec, is_open: bool = False) -> dict[str, object]:
    """Return what a row comes to on this machine, for a layer; its way out of a refusal only when it is open."""
    where, why = here(one), refusal(one, spec)
    fits = why is None
    return {
        "here": {"kind": where.kind, "sentence": where.sentence},
        "cpu": cpu(one, spec if fits else None),
        "gpu": on_gpu(one),
        "refusal": None if fits else {"sentence": why, "try": way_out(one, spec) if is_open else None},
        "bytes": one.bytes_of(spec) if fits else None,
        "arrays": [
            {"name": part.name, "shape": list(part.shape), "itemsize": part.itemsize, "bytes": part.bytes}
            for part in (one.arrays(spec) if fits else ())
        ],
        "spec": spec_text(one.computes(spec)) if fits else None,
        "words": written(one, spec) if fits else None,
        "command": command(one, spec) if fits else None,
    }


def cpu(one: Implementation, spec: ConvSpec | None) -> dict[str, object]:
    """Return the counterpart on a processor, and what it takes itself beside x, w and y."""
    if one.cpu not in CATALOGUE:
        return {
            "name": None,
            "says": "No backend of the catalogue computes its way; cl.conv gives its numbers.",
        }
    found = backend(one.cpu)
    lacks = found.unavailable()
    takes = None if lacks or spec is None else found.workspace_bytes(one.computes(spec))
    return {"name": one.cpu, "says": lacks, "bytes": takes}


def way_out(one: Implementation, spec: ConvSpec) -> dict[str, object] | None:
    """Return the button that makes a layer fit a row; None when none of our changes does."""
    found = remedy(one, spec)
    if not found:
        return None
    names = {entry["id"]: entry["title"] for entry in layers.menu()}
    said = [names[found["layer"]]] if "layer" in found else []
    for name, value in found.items():
        if name == "layer" or value is None or (name, value) == ("mode", "padded"):
            continue
        said.append(
            str(value)
            if name in ("mode", "dtype")
            else f"{WORDS.get(name, name)} {limits.written(name, value)}"
        )
    return {"label": f"Use {', '.join(said)}", "change": {"fit": one.id}}


def spec_text(spec: ConvSpec) -> str:
    """Return a spec as a person writes it in Python.

    Examples
    --------
    >>> spec_text(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), "full", stride=2, flip=False))
    "ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), 'full', stride=2, flip=False)"
    """
    words = [str(spec.x_shape), str(spec.w_shape)]
    words += [repr(spec.mode)] if spec.padding is None and spec.mode != "valid" else []
    for name in ("stride", "dilation"):
        value = getattr(spec, name)
        if set(value) != {1}:
            words.append(f"{name}={value[0] if len(set(value)) == 1 else value}")
    words += [f"groups={spec.groups}"] * (spec.groups > 1) + [f"flip={spec.flip}"]
    words += [f"padding={spec.padding}"] if spec.padding is not None else []
    words += [f"dtype={spec.dtype!r}"] * (spec.dtype != "float32")
    return f"ConvSpec({', '.join(words)})"
