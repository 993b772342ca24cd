"""The scene of the Compare screen: everything that its picture needs, as plain data."""

from __future__ import annotations

from functools import cache

import numpy as np

from convlab import codegen, presets
from convlab.compare import Row
from convlab.dashboard.state.compare import heat, mend, words
from convlab.dashboard.state.compare import source as source_001
from convlab.dashboard.state.compare import theano as real
from convlab.dashboard.state.compare.live import SOURCE, Known
from convlab.dashboard.state.compare.question import Loose, NoSpec, shows
from convlab.dashboard.state.compare.reading import all_axes_reading, layer_reading
from convlab.dashboard.state.compare.rows import AGREES, Judged, Side
from convlab.dashboard.state.compare.sight import panel
from convlab.dashboard.state.limits import LIMITS
from convlab.dashboard.state.step import source
from convlab.spec import AXES, MODES
from convlab.trace import plain, sizes

QUICK = (("S000at", "1 to 9"), ("S000a", "ones"), ("sobel", "Sobel"), ("emboss", "emboss"))
COUNTS = {1: "One answer", 2: "Two answers", 3: "Three answers", 4: "Four answers"}
IMPULSE_SAYS = "x holds a single 1: each output spells the filter as that column reads it"


def question_part(question: Loose, impulse: bool) -> dict[str, object]:
    """Return what the spec bar and the arithmetic need: x, w and the options, whole or by their shapes."""
    spec, large = question.spec, question.is_large
    bare = {"values": []}
    lone = isinstance(spec, NoSpec)
    shape_x, shape_w = ({"shape": list(a.shape)} | bare for a in (question.x, question.w))
    return {
        "big": large,
        "source": "an impulse, and digits as the filter" if impulse else source(question),
        "x": shape_x if large else plain(question.x),
        "w": shape_w if large else plain(question.w),
        "dtypes": {
            "x": question.x.dtype.name,
            "w": question.w.dtype.name,
            "y": "float64" if lone else spec.dtype,
        },
        "mode": "padded" if question.padding is not None else question.mode,
        "pads": [list(pair) for pair in spec.pads],
        "stride": list(question.stride),
        "dilation": list(question.dilation),
        "groups": question.groups,
        "flip": question.flip,
        "extent": [(k - 1) * d + 1 for k, d in zip(question.w.shape[2:], question.dilation)],
        "macs": spec.macs,
        "terms": spec.terms,
        "size": [] if lone else sizes(spec),
        "call": _call(question),
        "modes": list(MODES),
        "limits": dict(LIMITS),
        "impulse": impulse,
        "note": IMPULSE_SAYS if impulse else _note(question),
        "quick": [list(pair) for pair in QUICK],
        "presets": menu(),
        "catalogue": words.catalogue(spec),
        "no": _no(question),
    }


def answer_part(
    question: Loose, found: Judged, plane: tuple[int, ...] = (), known: Known = ()
) -> dict[str, object]:
    """Return the columns, judged, and what this test can tell; of large answers the plane that is asked for."""
    columns = [column(question, found, k, plane) for k in range(len(found.sides))]
    others = [k for k in range(len(columns)) if k != found.yardstick]
    differing = [k for k in others if found.sides[k].row.verdict not in AGREES]
    if found.asked is None:  # what answers where there is no question is what wants explaining
        differing = [k for k, side in enumerate(found.sides) if side.y is not None]
    return {
        "operation": f"{COUNTS[len(columns)]} to one call",
        "columns": columns,
        "yardstick": found.yardstick,
        "explained": (differing or others or [-1])[0],
        "sight": panel(question, found),
        "printed": _printed(question, found, known),
    }


def _printed(question: Loose, found: Judged, known: Known) -> dict[str, object] | None:
    """Return source 001's own numbers, where this is its question."""
    if not source_001.is_source(question):
        return None
    scipy = next((side.y for side in found.sides if side.name == "scipy.signal.convolve2d"), None)
    told = dict(known).get(SOURCE)
    live = told.outcome if told is not None and told.status == "live" else None
    return source_001.panel(question, found.asked.truth, scipy, live)


def pending_part(names: tuple[str, ...], macs: int) -> dict[str, object]:
    """Return columns without numbers, for a screen that waits for them."""
    absent = "y heat map facts norms shape problem proof mend reading home share bound turn theano"
    columns = []
    for name in names:
        title, sub = words.title(name)
        made = {
            "name": name,
            "label": words.label_of(name),
            "title": title,
            "sub": sub,
            "about": "",
            "code": {},
        }
        says = {"chip": "busy", "word": "computing", "cause": "", "sentence": "", "notes": [], "axes": []}
        columns.append({**dict.fromkeys(absent.split()), **made, **says, "exact": False})
    waits = f"{macs / 1e6:.0f} million multiply-adds; this takes a moment."
    told = {"operation": f"{COUNTS[len(names)]} to one call", "waits": waits, "yardstick": 0, "explained": -1}
    return {**told, "columns": columns, "sight": None, "printed": None}


def column(question: Loose, found: Judged, k: int, plane: tuple[int, ...] = ()) -> dict[str, object]:
    """Return one column: its numbers, its verdict and the sentence that explains it."""
    side, judge = found.sides[k], found.sides[found.yardstick]
    row, is_judge, letter = side.row, k == found.yardstick, words.LETTERS[k]
    exact_judge = judge.row.verdict == "equal" or (found.yard is not None and found.yard is not found.asked)
    against = words.LETTERS[found.yardstick] if exact_judge and k != found.yardstick else "truth"
    told = None if side.mended else side.told
    heading, sub = real.heading(side.name, told) or words.title(side.name)
    whole = side.y is not None and bool(np.isfinite(side.y).all() and (side.y == np.round(side.y)).all())
    kind, word = real.word_of(told) or words.chip_of(row, _shape(side), None if is_judge else _shape(judge))
    cause, sentence = _told(row, letter, against)
    if row.verdict == "equal" and judge.row.verdict == "rounding":  # the yardstick's own rounding differs
        word, (cause, sentence) = "exact", words.exact_beside(side.y.size, words.LETTERS[found.yardstick])
    made = {
        "name": side.name,
        "label": words.label_of(side.name) if side.told is None else real.label_of(side.name, told),
        "title": heading,
        "sub": f"{sub}, mended" if side.mended else sub,
        "about": _about(side, whole),
        "chip": "yardstick" if is_judge and side.y is not None else kind,
        "word": "yardstick" if is_judge and side.y is not None else word,
        "cause": cause,
        "sentence": sentence,
        "notes": [f"Shown with the edit made: {side.edit}."] if side.mended else [],
        "proof": words.proof_of(row, letter, against),
        "problem": (real.problem_of(told) or _refusal(row, _call(question))) if side.y is None else None,
        "share": _finite(row.error.share) if row.error else None,
        "bound": _finite(row.bound) if row.bound is not None else None,
        "exact": whole,
        "turn": side.own.turn,
        "mend": {"on": side.mended, "does": side.edit} if side.edit else None,
        "code": _code(question, found, row),
        "axes": _axes(question, side),
        "home": _home(side),
        "shape": None if side.y is None else list(side.y.shape),
        "reading": None if question.is_large else _reading(question, found, side),
        "theano": _foot(side),
    }
    return made | (_drawn(side, judge, is_judge, plane) if question.is_large else _numbers(side))


def _about(side: Side, whole: bool) -> str:
    if (said := real.about(None if side.mended else side.told)) is not None:
        return said
    return words.ABOUT[words.group_of(side.name)] + (" Integers, so every digit is exact." if whole else "")


def _foot(side: Side) -> dict[str, object] | None:
    """Return what stands under a column of the real Theano; the error is the one against the question."""
    if side.mended:
        return None
    error, bound = (side.own.error, side.own.bound) if side.own.verdict in AGREES else (None, None)
    return real.foot(side.told, error, bound)


def _told(row: Row, letter: str, against: str) -> tuple[str, str]:
    if row.verdict == "error":
        return f"{letter} gives no answer.", row.sentence
    text = words.lettered(row.sentence, letter, against)
    cause, rest = words.parted(text)
    return (cause, rest) if row.verdict != "different" or row.cause else (f"{letter} differs.", text)


def _numbers(side: Side) -> dict[str, object]:
    return {
        "y": None if side.y is None else plain(side.y),
        "heat": None,
        "map": None,
        "facts": None,
        "norms": None,
    }


def _drawn(side: Side, judge: Side, is_judge: bool, plane: tuple[int, ...]) -> dict[str, object]:
    """Return a heat map of a large answer, that of its difference, and the numbers beside them."""
    if side.y is None:
        return _numbers(side)
    same = judge.y is not None and judge.y.shape == side.y.shape
    return {
        "y": None,
        "heat": heat.heat(side.y, plane),
        "map": heat.difference(side.y, judge.y, plane) if same and not is_judge else None,
        "facts": heat.facts(side.y, judge.y) if same and not is_judge else None,
        "norms": heat.norms(side.y, judge.y if same else side.y),
    }


def _reading(question: Loose, found: Judged, side: Side) -> dict[str, object] | None:
    """Return how the column reads x and w; of a mended one, how it reads them with the edit made."""
    if side.y is None:
        return None
    all_axes = all_axes_reading(side.own.cause, question.x.shape, question.w.shape, side.y.shape)
    if all_axes or found.asked is None:
        return all_axes
    return layer_reading(side.own, side.y, found.asked)


def _axes(question: Loose, side: Side) -> list[str]:
    space = list(AXES[question.spec.rank])
    if side.own.cause.endswith("over all axes"):
        return ["image position", "channel position", *space]
    if side.own.cause == "channels not summed":
        return ["image", "channel", *space]
    return ["image", "filter", *space]


def _home(side: Side) -> list[int | None] | None:
    """Return where, along the axes that are not drawn, the yardstick's answer sits inside a larger one."""
    code = side.own.edit.rpartition(")")[2]
    if not side.own.cause.endswith("over all axes") or not code.startswith("["):
        return None
    return [
        place.start
        if isinstance(place, slice) and place.start is not None and place.stop == place.start + 1
        else None
        for place in mend.places(code)
    ]


def _code(question: Loose, found: Judged, row: Row) -> dict[str, str]:
    """Return the loop that agrees with the yardstick, by language."""
    if row.mended:
        return row.mended
    if row.verdict == "error" or found.yard is None or isinstance(question.spec, NoSpec):
        return {}
    return {language: codegen.function(found.yard.spec, language) for language in ("python", "java", "c")}


def _note(question: Loose) -> str:
    """Return what to look for in an example; nothing where a person has other numbers."""
    return presets.get(question.preset).note if question.preset and not question.edited else ""


def _refusal(row: Row, called: str) -> dict[str, str]:
    found, hint = words.parted(row.sentence)
    return {"asked": row.call or f"{words.label_of(row.name)}, {called}", "found": found, "hint": hint}


def _no(question: Loose) -> dict[str, object] | None:
    """Return why there is no such convolution, with a button that leads to one where mode full does."""
    no = question.no
    if no is None:
        return None
    try:
        leads = question.changed({"mode": "full"}).no is None
    except ValueError:
        leads = False
    button = {"label": "Use full", "change": {"mode": "full"}} if leads else None
    return {"kind": no.kind, "asked": no.asked, "found": no.found, "hint": no.hint, "try": button}


def _call(question: Loose) -> str:
    parts = [f"mode {question.mode}" if question.padding is None else f"padding {question.padding}"]
    for name in ("stride", "dilation"):
        if set(value := getattr(question, name)) != {1}:
            parts.append(f"{name} {', '.join(map(str, value))}")
    parts += [f"{question.groups} groups"] * (question.groups != 1) + ["no flip"] * (not question.flip)
    return ", ".join(parts)


def _shape(side: Side) -> tuple[int, ...] | None:
    return None if side.y is None else side.y.shape


def _finite(value: float) -> float | str:
    return float(value) if np.isfinite(value) else "Infinity"


@cache
def menu() -> list[dict[str, str]]:
    """Return the presets that Compare can show, for its menu."""
    rows = [preset for preset in presets.all() if shows(preset.id)]
    return [{"id": preset.id, "title": preset.title, "group": preset.group} for preset in rows]
