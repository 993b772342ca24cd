"""The naive loops of a convolution as source text: line by line for the screens, whole functions to take home.

One description of the loop nest (`nest`) is written out by one small class per language (`languages`), with the
numbers of a spec or with sizes read from the arrays, so that the line a reader follows is the line that runs.
"""

from __future__ import annotations

from dataclasses import asdict

from convlab.codegen.languages import LANGUAGES
from convlab.codegen.nest import Language, Names, loop_nest
from convlab.errors import SpecError
from convlab.spec import ConvSpec


def loops(spec: ConvSpec, language: str = "python") -> list[dict]:
    """Return the loop nest of a spec, its numbers filled in, one dict per line.

    Loops that would turn only once (one image, one filter, one channel) are left out.

    Parameters
    ----------
    spec : ConvSpec
    language : {"python", "java", "c"}

    Returns
    -------
    list of dict
        ``text``; ``indent`` in steps; ``role``: image, filter, depth, row, column, zero, channel, tap0 to tap2,
        index, inside, add, store, or None for a closing brace; ``mark``: the part of the text that a flip changes,
        as (start, end), or None.

    Raises
    ------
    SpecError
        When convlab does not write that language.

    Examples
    --------
    >>> for line in loops(ConvSpec((1, 1, 5), (1, 1, 3), mode="full")):
    ...     print("  " * line["indent"] + line["text"])
    for j in range(7):
      s = 0
      for v in range(3):
        q = j+v-2
        if inside(q):
          s += x[q] * w[2-v]
      y[j] = s
    """
    axes = (spec.x_shape[0] > 1, spec.w_shape[0] > 1, spec.x_shape[1] > 1)
    lines = loop_nest(spec, _language(language), Names.numbers(spec), axes, brief=True)
    return [asdict(line) for line in lines]


def function(spec: ConvSpec, language: str = "python", name: str = "convolution") -> str:
    """Return a whole function that computes what a spec asks for, on arrays of any size that fits.

    Parameters
    ----------
    spec : ConvSpec
        Its mode, strides, dilations, groups and flip are written into the code; its sizes are not.
    language : {"python", "java", "c"}
    name : str
        Name of the function.

    Returns
    -------
    str
        The function takes bare arrays when the spec has one image, one channel and one filter, else whole layers.

    Raises
    ------
    SpecError
        When convlab does not write that language.

    Examples
    --------
    >>> import numpy as np
    >>> space = {}
    >>> exec(function(ConvSpec((1, 1, 5), (1, 1, 3))), space)
    >>> space["convolution"](np.arange(5.0), np.array([1.0, 2.0, 3.0]))
    array([ 4., 10., 16.])
    """
    writer = _language(language)
    layer = spec.x_shape[:2] != (1, 1) or spec.w_shape[0] != 1
    lines = loop_nest(spec, writer, Names.variables(spec), (layer,) * 3, brief=False)
    return writer.function(spec, name, layer, lines)


def _language(name: str) -> Language:
    if name not in LANGUAGES:
        raise SpecError(
            f"Asked for code in {name!r}.", f"convlab writes {', '.join(LANGUAGES)}.", "Choose one of them."
        )
    return LANGUAGES[name]
