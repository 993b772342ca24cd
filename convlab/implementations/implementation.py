"""Implementation: what one library's convolution does, as facts that a test can hold against code that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from convlab.implementations.memory import Part
from convlab.spec import ConvSpec, mode_padding

BORDERS = ("valid", "same", "half", "full", "pads")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether an implementation has something: yes, part or no; and the reason unless it is a plain yes."""

    value: str = "yes"
    reason: str = ""


YES = Answer()


@dataclass(frozen=True, slots=True)
class Rule:
    """A restriction: the sentence that states it, and what breaks it.

    Attributes
    ----------
    sentence : str
    broken : callable
        Takes a ConvSpec and returns what breaks the rule, with the numbers; None when nothing does.
    """

    sentence: str
    broken: Callable[[ConvSpec], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """One implementation of convolution, by facts.

    Attributes
    ----------
    id : str
        Its name in an address.
    name, about : str
        As its documentation calls it; the library and what kind of thing it is.
    call : str
        The dotted name by which it is called.
    says : str
        What it does, in a sentence.
    flips : {"always", "never", "either"}
        Whether it turns the filter; "either" leaves it to an argument.
    ranks : tuple of int
        Numbers of spatial axes that it takes.
    x_axes, w_axes, y_axes : str
        Order of its axes, a letter each: N images, C channels, O filters, D T H W space; small letters are taps.
        Empty where it works along whatever axes there are.
    borders : tuple of str
        Which of `BORDERS` it takes.
    stride, dilation, groups, gradient : Answer
    rules : tuple of Rule
        What else it asks for.
    memory : str
        What it takes beside x, w and y, as a formula.
    parts : callable or None
        Takes a ConvSpec and returns that memory, array by array; None when no formula tells.
    cpu, gpu : str or None
        The backend of the catalogue that computes the same, on a processor and on a graphics card.
    words : str or None
        Which function of `convlab.theano`, or dotted SciPy name, takes its own words.
    options : mapping
        Its names for border, stride, dilation and groups.
    otherwise : str
        The argument that makes it read the filter the other way; empty without one.
    extra : callable or None
        Takes a ConvSpec and returns further keyword arguments that its call needs.
    reads : callable or None
        Takes the ConvSpec that is asked for and returns the one that it computes, where that is another.
    live : str or None
        The function of the real Theano's worker that is this one.
    recorded : tuple of (str, str) or None
        Family of recorded cases that hold the counterpart, and the version they are of.
    needs_gpu : bool
    example : str
        A few lines of Python; the last is an expression whose value is shown.
    source : str
        Where the facts come from.
    """

    id: str
    name: str
    about: str
    call: str
    says: str
    flips: str
    ranks: tuple[int, ...] = (2,)
    x_axes: str = "NCHW"
    w_axes: str = "OChw"
    y_axes: str = ""
    borders: tuple[str, ...] = ("valid", "full")
    stride: Answer = YES
    dilation: Answer = YES
    groups: Answer = YES
    gradient: Answer = YES
    rules: tuple[Rule, ...] = ()
    memory: str = "none"
    parts: Callable[[ConvSpec], tuple[Part, ...]] | None = None
    cpu: str | None = None
    gpu: str | None = None
    words: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""
    extra: Callable[[ConvSpec], dict] | None = None
    reads: Callable[[ConvSpec], ConvSpec] | None = None
    live: str | None = None
    recorded: tuple[str, str] | None = None
    needs_gpu: bool = False
    example: str = ""
    source: str = "source 002"

    @property
    def library(self) -> str:
        """The library that it belongs to: the first word of `about`."""
        return self.about.split(",")[0]

    def computes(self, spec: ConvSpec) -> ConvSpec:
        """Return what it computes when it is asked for a layer of these shapes and options.

        Examples
        --------
        >>> from convlab.implementations import get
        >>> asked = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), "full")
        >>> str(get("GpuCorrMM").computes(asked))
        'x(1, 1, 5, 5) w(1, 1, 3, 3) full no flip float32'
        """
        if self.reads is not None:
            return self.reads(spec)
        return changed(spec, flip=self.flips != "never")

    def border_of(self, spec: ConvSpec) -> str | None:
        """Return its own word for the zeros around x that a spec asks for; None when it has none."""
        if spec.mode in self.borders:
            return spec.mode
        for mode in BORDERS[:-1]:
            if mode in self.borders and spec.pads == tuple(mode_padding(mode, e) for e in spec.extent):
                return mode
        return "pads" if "pads" in self.borders else None

    def bytes_of(self, spec: ConvSpec) -> int | None:
        """Return what it takes beside x, w and y, in bytes; None when no formula tells."""
        return None if self.parts is None else sum(part.bytes for part in self.arrays(spec))

    def arrays(self, spec: ConvSpec) -> tuple[Part, ...]:
        """Return what it takes beside x, w and y, array by array; empty where no formula tells."""
        border = self.border_of(spec)
        named = spec if border in (None, "pads", spec.mode) else changed(spec, mode=border, padding=None)
        return self.parts(named) if self.parts else ()


def changed(spec: ConvSpec, **changes: object) -> ConvSpec:
    """Return a spec with some of its options changed, whether its zeros stand in a mode or in numbers.

    Examples
    --------
    >>> str(changed(ConvSpec((1, 1, 5), (1, 1, 3), padding=1), flip=False))
    'x(1, 1, 5) w(1, 1, 3) ((1, 1),) no flip float32'
    """
    numbers = spec.padding is not None and changes.get("padding", spec.padding) is not None
    return replace(spec, **({"mode": "valid"} if numbers else {}) | changes)
