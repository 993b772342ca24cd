"""What the controls of the Race screen offer and show: the workloads, the layer, the backends."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from convlab.backends import CATALOGUE, get
from convlab.dashboard.state.race.course import BUDGET_S, LEAST_S, MOST_S, Course, known, sides
from convlab.dashboard.state.race.lineup import lineup, no
from convlab.dashboard.state.race.rows import note
from convlab.spec import ConvSpec, by
from convlab.timing.shapes import suites

QUICK = {"source-004-1": "source 004", "resnet": "ResNet 3 × 3", "lenet-1": "LeNet", "alexnet1": "AlexNet"}


def layer_of(spec: ConvSpec) -> dict[str, object]:
    """Return a layer as its controls show it; each text may be sent back as it is."""
    return {
        "x": "x".join(map(str, spec.x_shape)),
        "w": "x".join(map(str, spec.w_shape)),
        "mode": spec.mode,
        "padding": sides(spec) if spec.padding is not None else "",
        "stride": _once(spec.stride),
        "dilation": _once(spec.dilation),
        "groups": spec.groups,
        "dtype": spec.dtype,
        "flip": spec.flip,
        "y": by(spec.y_shape),
        "macs": spec.macs,
    }


def choice_of(course: Course, limits: Mapping[str, object]) -> dict[str, object]:
    """Return which backends race, which of them could, and at which place they stand until they are timed."""
    chosen = set(course.chosen)
    refused = {name: no(name, course.spec) or (None, None) for name in known()}
    places = {name: place for place, name in enumerate(lineup(course.spec, course.chosen))}
    return {
        "names": [
            {
                "name": name,
                "note": note(name),
                "device": get(name).device,
                "peer": name not in CATALOGUE,
                "chosen": name in chosen,
                "place": places.get(name),
                "kind": refused[name][0],
                "says": refused[name][1],
            }
            for name in known()
        ],
        "all": course.names is None,
        "budget_s": course.budget_s,
        "budget": {"least": LEAST_S, "usual": BUDGET_S, "most": MOST_S},
        "limits": dict(limits),
    }


def _once(steps: tuple[int, ...]) -> str:
    return str(steps[0]) if len(set(steps)) == 1 else ", ".join(map(str, steps))


@cache
def workloads() -> tuple[dict[str, object], ...]:
    """Return all workloads, group by group."""
    return tuple(
        {"group": group, "items": [{"id": one.id, "title": one.title, "note": one.note} for one in members]}
        for group, members in suites.groups().items()
    )


@cache
def quick() -> tuple[dict[str, str], ...]:
    """Return the four that most people want first, under short names."""
    return tuple({"id": id_, "title": QUICK.get(id_, suites.get(id_).title)} for id_ in suites.USUAL)
