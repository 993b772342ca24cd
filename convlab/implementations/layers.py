"""Layers that people know by name: shapes to hold an implementation against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from convlab.spec import ConvSpec


@dataclass(frozen=True)
class Layer:
    """The shapes and options of a layer, by name.

    Attributes
    ----------
    id, title, group : str
    x_shape, w_shape : tuple of int
    options : tuple of (str, value)
        As `convlab.ConvSpec` takes them.
    """

    id: str
    title: str
    group: str
    x_shape: tuple[int, ...]
    w_shape: tuple[int, ...]
    options: tuple[tuple[str, object], ...] = ()

    @cached_property
    def spec(self) -> ConvSpec:
        """Return its spec, in float32.

        Examples
        --------
        >>> LAYERS[1].spec.y_shape
        (128, 96, 55, 55)
        """
        return ConvSpec(self.x_shape, self.w_shape, **dict(self.options))


NETS, TIME, VOLUMES = "Networks", "Along time", "Volumes"
LAYERS = (
    Layer("resnet", "ResNet, 3 × 3 on 56 × 56", NETS, (8, 64, 56, 56), (64, 64, 3, 3)),
    Layer("alexnet1", "AlexNet's first, stride 4", NETS, (128, 3, 227, 227), (96, 3, 11, 11), (("stride", 4),)),
    Layer("vgg2", "VGG's second, half", NETS, (8, 64, 224, 224), (64, 64, 3, 3), (("mode", "half"),)),
    Layer("cifar1", "CIFAR-10's first, padding 2", NETS, (128, 3, 32, 32), (64, 3, 5, 5), (("padding", 2),)),
    Layer("bench2", "convnet-benchmarks L2, 9 × 9", NETS, (128, 64, 64, 64), (128, 64, 9, 9)),
    Layer("mobilenet", "MobileNet's depthwise, 32 groups", NETS, (8, 32, 112, 112), (32, 1, 3, 3),
          (("mode", "half"), ("groups", 32))),
    Layer("photo", "One photograph, one filter", NETS, (1, 1, 512, 512), (1, 1, 31, 31)),
    Layer("wavenet", "WaveNet's, dilation 512", TIME, (8, 32, 16000), (32, 32, 2),
          (("dilation", 512), ("padding", ((512, 0),)))),
    Layer("c3d", "C3D's first, 16 frames", VOLUMES, (8, 3, 16, 112, 112), (64, 3, 3, 3, 3), (("mode", "half"),)),
)  # fmt: skip
USUAL = LAYERS[0]
