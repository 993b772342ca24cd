"""What a match asks: a convolution or one of its gradients, on seeded operands in a certain order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from convlab.gradients import Rewrite, dgrad_as, dgrad_spec, wgrad_as, wgrad_spec
from convlab.operands import noise
from convlab.spec import ConvSpec
from convlab.timing.words import spec_in, spec_out


@dataclass(frozen=True)
class Question:
    """A convolution, what of it is wanted, and how its operands lie in memory.

    Attributes
    ----------
    spec : ConvSpec
    computes : {"y", "dx", "dw", "call"}
        The convolution, the gradient of x or of w, or the public call with all that surrounds it.
    order : {"", "last"}
        "last" where the image index stands last in memory: one channel, and x and y are views of such arrays.
    seed : int
        Of the operands.

    Examples
    --------
    >>> question = Question(ConvSpec((2, 1, 5, 5), (1, 1, 3, 3)), order="last")
    >>> question.x.shape, question.x[:, 0].strides, Question.read(question.words()) == question
    ((2, 1, 5, 5), (4, 40, 8), True)
    """

    spec: ConvSpec
    computes: str = "y"
    order: str = ""
    seed: int = 0

    def words(self) -> dict:
        """Return it as a dictionary that JSON can carry."""
        return {
            "spec": spec_out(self.spec),
            "computes": self.computes,
            "order": self.order,
            "seed": self.seed,
        }

    @classmethod
    def read(cls, words: Mapping) -> Question:
        """Return what `words` wrote."""
        return cls(spec_in(words["spec"]), words["computes"], words["order"], words["seed"])

    @cached_property
    def _drawn(self) -> tuple[np.ndarray, np.ndarray]:
        x, w = noise(self.spec, self.seed)
        return (_last(x) if self.order == "last" else x), w

    @property
    def x(self) -> np.ndarray:
        """The images, shape spec.x_shape."""
        return self._drawn[0]

    @property
    def w(self) -> np.ndarray:
        """The filters, shape spec.w_shape."""
        return self._drawn[1]

    @cached_property
    def dy(self) -> np.ndarray:
        """The gradient of y, shape spec.y_shape."""
        like = ConvSpec(self.spec.y_shape, (1, self.spec.y_shape[1], *[1] * self.spec.rank))
        return noise(replace(like, dtype=self.spec.dtype), self.seed + 1)[0]

    @property
    def judged(self) -> ConvSpec:
        """The convolution whose result the answer is: that of the spec, or the one that the gradient is."""
        rewritten = {"dx": dgrad_spec, "dw": wgrad_spec}.get(self.computes)
        return rewritten(self.spec) if rewritten else self.spec

    @property
    def macs(self) -> int:
        """Multiply-adds by the definition. Each gradient has as many as y: every product has a share in all three."""
        return self.spec.macs

    def rewrite(self) -> Rewrite:
        """Return the operands of `judged`."""
        if self.computes == "dx":
            return dgrad_as(self.dy, self.w, self.spec)
        if self.computes == "dw":
            return wgrad_as(self.x, self.dy, self.spec)
        return Rewrite(self.x, self.w, self.spec, lambda y: y)

    def judge_form(self, answer: np.ndarray) -> np.ndarray:
        """Return an answer in the form that `judged` gives it: what `Rewrite.restore` does to dw, undone."""
        if self.computes != "dw":
            return answer
        turned = answer[(..., *[slice(None, None, -1)] * self.spec.rank)] if self.spec.flip else answer
        return turned.swapaxes(0, 1)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the answer."""
        return {"dx": self.spec.x_shape, "dw": self.spec.w_shape}.get(self.computes, self.spec.y_shape)

    def empty(self) -> np.ndarray:
        """Return memory for an answer, in the order of the operands."""
        if self.order != "last":
            return np.empty(self.shape, self.spec.dtype)
        images, channels, *space = self.shape
        return np.moveaxis(np.empty((*space, images * channels), self.spec.dtype), -1, 0)[:, None]

    @property
    def bytes(self) -> int:
        """The memory of x, w, y and, for a gradient, of dy and the answer."""
        spec = self.spec
        values = prod(spec.x_shape) + prod(spec.w_shape) + prod(spec.y_shape) + prod(self.shape)
        return values * np.dtype(spec.dtype).itemsize


def _last(x: np.ndarray) -> np.ndarray:
    """Return images of one channel as a view of an array whose last axis is the image index."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x[:, 0], 0, -1)), -1, 0)[:, None]
