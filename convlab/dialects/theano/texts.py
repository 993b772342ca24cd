"""What Theano says when it refuses, word for word, with the numbers of the call put in.

The texts are those of Theano 1.0.5 in compiled code on the CPU; those of conv3D and of the transforms, which that
version no longer has, are of 0.8.2. The tests hold them to recordings, where there is one.
"""

from __future__ import annotations

from collections.abc import Sequence

from convlab.errors import SpecError

STACK_SIZE = "images and kernel must have the same stack size"
GROUPS = "CorrMM the number of filters must be divisible by the number of groups"
NOT_COMPILED = "The following error happened while compiling the node"
OPERATOR = {1: "CorrMM", 2: "CorrMM", 3: "Corr3dMM"}  # by spatial axes; causal_conv1d runs as a 2-D layer


def refusal(text: str, asked: str, found: str, hint: str) -> SpecError:
    """Return the error for a call that Theano refuses: its own text first, then what was asked, found, to try.

    Examples
    --------
    >>> str(refusal("img must be 4D tensor", "Asked for 3 axes.", "A layer has 4.", "Add one."))
    'img must be 4D tensor. Asked for 3 axes. A layer has 4. Add one.'
    """
    text = text.rstrip()
    return SpecError(f"{text}.{chr(10) if chr(10) in text else ' '}{asked}", found, hint)


def impossible(
    rank: int, bottom: Sequence[int], weights: Sequence[int], top: Sequence[int], towards: str = ""
) -> str:
    """Return the text about sizes that leave no room for an output.

    Parameters
    ----------
    rank : int
        Spatial axes.
    bottom, weights, top : sequence of int
        The shapes of images, filters and result, as Theano's compiled code works them out.
    towards : str
        Which gradient: "weights" or "inputs"; empty for the layer itself.

    Examples
    --------
    >>> print(impossible(2, (1, 1, 3, 3), (1, 1, 5, 5), (1, 1, -1, -1)))
    CorrMM: impossible output shape
      bottom shape: 1 x 1 x 3 x 3
      weights shape: 1 x 1 x 5 x 5
      top shape: 1 x 1 x -1 x -1
    """
    name = OPERATOR[rank] + (f" backprop wrt. {towards}" if towards else "")
    rows = (f"{what} shape: {' x '.join(map(str, shape))}" for what, shape in _named(bottom, weights, top))
    return "\n  ".join([f"{name}: impossible output shape", *rows])


def inconsistent(
    rank: int, bottom: Sequence[int], weights: Sequence[int], top: Sequence[int], expected: Sequence[int]
) -> str:
    """Return the text about a gradient, or a result, that is not of the size that the layer has.

    Examples
    --------
    >>> print(inconsistent(2, (1, 1, 9, 9), (1, 1, 3, 3), (1, 1, 4, 4), (1, 1, 7, 7)))
    CorrMM shape inconsistency:
      bottom shape: 1 1 9 9
      weight shape: 1 1 3 3
      top shape: 1 1 4 4 (expected 1 1 7 7)
    """
    rows = [f"bottom shape: {_row(bottom)}", f"weight shape: {_row(weights)}"]
    rows.append(f"top shape: {_row(top)} (expected {_row(expected)})")
    return "\n  ".join([f"{OPERATOR[rank]} shape inconsistency:", *rows])


def regions(bottom: Sequence[int], weights: Sequence[int], top: Sequence[int]) -> str:
    """Return the text about unshared filters that are not one per output position.

    Examples
    --------
    >>> print(regions((1, 1, 5, 5), (2, 2, 3, 1, 3, 3), (1, 2, 3, 3)))
    CorrMM regions in kernel must match output regions:
      bottom shape: 1 1 5 5
      weight shape: 2 2 3 1 3 3 (expected 2 3 3 1 3 3)
      top shape(calculated): 1 2 3 3
    """
    expected = (weights[0], *top[2:], *weights[3:])
    rows = [f"bottom shape: {_row(bottom)}", f"weight shape: {_row(weights)} (expected {_row(expected)})"]
    rows.append(f"top shape(calculated): {_row(top)}")
    return "\n  ".join(["CorrMM regions in kernel must match output regions:", *rows])


def no_implementation(operator: str) -> str:
    """Return the text about types that no implementation on the CPU takes.

    Examples
    --------
    >>> no_implementation("AbstractConv2d")[:49]
    'AbstractConv2d Theano optimization failed: there '
    """
    found = "there is no implementation available supporting the requested options"
    return f"{operator} Theano optimization failed: {found}"


def _named(bottom: Sequence[int], weights: Sequence[int], top: Sequence[int]) -> Sequence[tuple]:
    return (("bottom", bottom), ("weights", weights), ("top", top))


def _row(shape: Sequence[int]) -> str:
    return " ".join(map(str, shape))
