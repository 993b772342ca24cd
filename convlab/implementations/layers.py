"""Layers that people know by name: shapes to hold an implementation against."""

from __future__ import annotations

from dataclasses import replace

from convlab.timing.shapes import suites
from convlab.timing.shapes.suites import Workload

NETS, TIME, VOLUMES = "Networks", "Along time", "Volumes"
_NETS = ("resnet", "alexnet1", "vgg2", "cifar1", "bench2", "mobilenet", "photo")
LAYERS: tuple[Workload, ...] = tuple(
    replace(suites.get(id_), group=group)
    for group, ids in ((NETS, _NETS), (TIME, ("wavenet",)), (VOLUMES, ("c3d",)))
    for id_ in ids
)
USUAL = LAYERS[0]
