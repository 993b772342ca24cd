"""What is in a Step scene: the seam between Python and the browser, as a check that tests and `explore` use."""

from __future__ import annotations

import json
from math import prod

from convlab.spec import MODES

TEXTS = {"NaN", "Infinity", "-Infinity"}
ROLES = {"image", "filter", "row", "column", "depth", "zero", "channel", "tap0", "tap1", "tap2", "index", "inside",
         "add", "store", None}  # fmt: skip
KINDS = {"no such convolution", "not by this backend", "not on this machine", "over a limit"}
TYPES: dict[str, type | tuple[type, ...]] = {
    "version": int, "kind": str, "answered": int, "operation": str, "source": str, "x": dict, "w": dict, "y": dict,
    "mode": str, "pads": list, "stride": list, "dilation": list, "groups": int, "flip": bool, "extent": list,
    "leftover": list, "remainder": list, "macs": int, "size": list, "code": dict, "dtype": dict,
    "spread": (str, type(None)), "presets": list, "preset": (str, type(None)), "query": str,
    "problem": (dict, type(None)), "notices": list, "limits": dict, "modes": list,
}  # fmt: skip


def scene_problems(scene: object) -> list[str]:
    """Return what is wrong with a Step scene, one sentence per fault; empty when it keeps the contract.

    Examples
    --------
    >>> scene_problems({"version": 1})[0]
    'kind is missing'
    """
    if not isinstance(scene, dict):
        return [f"a scene is a dict, this is {type(scene).__name__}"]
    found = [f"{key} is missing" for key in TYPES if key not in scene]
    found += [f"{key} is not in the contract" for key in scene if key not in TYPES]
    found += [
        f"{key} is {type(scene[key]).__name__}"
        for key, kind in TYPES.items()
        if key in scene
        and (not isinstance(scene[key], kind) or (kind is int and isinstance(scene[key], bool)))
    ]
    return found or [*_plain(scene), *_arrays(scene)] or [*_geometry(scene), *_words(scene)]


def _plain(scene: dict) -> list[str]:
    try:
        json.dumps(scene, allow_nan=False)
    except (TypeError, ValueError) as error:
        return [f"it is not plain data: {error}"]
    return []


def _arrays(scene: dict) -> list[str]:
    found = []
    for name in ("x", "w", "y"):
        shape, values = scene[name].get("shape"), scene[name].get("values")
        if not isinstance(shape, list) or not isinstance(values, list) or not 3 <= len(shape) <= 5:
            found.append(f"{name} needs a shape of 3 to 5 axes and values")
        elif not all(isinstance(n, int) and n > 0 for n in shape) or prod(shape) != len(values):
            found.append(f"{name} has {len(values)} values for the shape {shape}")
        elif any(isinstance(v, bool) or not (isinstance(v, (int, float)) or v in TEXTS) for v in values):
            found.append(f"{name} holds something that is no number")
    return found


def _geometry(scene: dict) -> list[str]:
    """Hold sizes, padding and options against each other."""
    x, w, y = (scene[name]["shape"] for name in "xwy")
    rank = len(x) - 2
    axes = ("pads", "stride", "dilation", "extent", "leftover", "remainder", "size")
    found = [f"{key} does not have {rank} axes" for key in axes if len(scene[key]) != rank]
    if found or len(w) != rank + 2 or len(y) != rank + 2:
        return found or ["x, w and y differ in their number of axes"]
    if y[:2] != [x[0], w[0]] or x[1] != w[1] * scene["groups"]:
        found.append(f"x {x}, w {w} and y {y} do not go together")
    for axis in range(rank):
        (lo, hi), stride = scene["pads"][axis], scene["stride"][axis]
        extent = (w[2 + axis] - 1) * scene["dilation"][axis] + 1
        last, rest = divmod(x[2 + axis] + lo + hi - extent, stride)
        if (extent, last + 1, rest) != (scene["extent"][axis], y[2 + axis], scene["remainder"][axis]):
            found.append(f"axis {axis}: the output should have {last + 1} positions, and {rest} left over")
        if scene["size"][axis]["y"] != y[2 + axis]:
            found.append(f"axis {axis}: its formula ends in {scene['size'][axis]['y']}")
    return found


def _words(scene: dict) -> list[str]:
    found = []
    if (scene["version"], scene["kind"]) != (1, "step"):
        found.append("it is not a step scene of version 1")
    if (scene["operation"] == "Convolution") != scene["flip"]:
        found.append(f"it is called {scene['operation']} with flip {scene['flip']}")
    if scene["mode"] not in (*MODES, "padded") or scene["modes"] != list(MODES):
        found.append(f"there is no mode {scene['mode']!r}")
    if set(scene["code"]) != {"python", "java", "c"}:
        found.append("the code is not in python, java and c")
    for line in (line for lines in scene["code"].values() for line in lines):
        if set(line) != {"text", "role", "indent", "mark"} or line["role"] not in ROLES:
            found.append(f"a line of code has the role {line.get('role')!r}")
    if set(scene["dtype"]) != {"x", "w", "y", "sentence"}:
        found.append("dtype does not tell x, w, y and a sentence")
    if any(set(one) != {"id", "title", "group"} for one in scene["presets"]):
        found.append("a preset has other keys than id, title, group")
    return found + _problem(scene["problem"])


def _problem(problem: dict | None) -> list[str]:
    if problem is None:
        return []
    if set(problem) != {"kind", "asked", "found", "hint", "try"} or problem["kind"] not in KINDS:
        return [f"the problem is {problem}"]
    button = problem["try"]
    return (
        []
        if button is None or set(button) == {"label", "change"}
        else ["the button needs a label and a change"]
    )
