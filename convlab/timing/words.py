"""How a spec travels as a dictionary, and how seconds, ratios and shares are written for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from convlab.errors import SpecError
from convlab.spec import ConvSpec

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def spec_out(spec: ConvSpec) -> dict:
    """Return a spec as a dictionary that JSON can carry; what has its default is left out.

    Examples
    --------
    >>> spec_out(ConvSpec((1, 1, 5), (1, 1, 3), "full", flip=False))
    {'x_shape': [1, 1, 5], 'w_shape': [1, 1, 3], 'mode': 'full', 'flip': False}
    """
    words = {field.name: getattr(spec, field.name) for field in fields(spec)}
    if spec.padding is not None:
        del words["mode"]
    usual = {"mode": "valid", "groups": 1, "flip": True, "padding": None, "dtype": "float32"}
    usual |= {"stride": (1,) * spec.rank, "dilation": (1,) * spec.rank}
    return {name: _lists(value) for name, value in words.items() if name not in usual or value != usual[name]}


def spec_in(words: Mapping) -> ConvSpec:
    """Return the spec that `spec_out` wrote.

    Raises
    ------
    SpecError
        When the words describe no convolution, or hold one that no spec has.

    Examples
    --------
    >>> spec = ConvSpec((1, 2, 5, 5), (4, 1, 3, 3), padding=((1, 1), (0, 2)), groups=2)
    >>> spec_in(spec_out(spec)) == spec
    True
    """
    if unknown := set(words) - {field.name for field in fields(ConvSpec)}:
        raise SpecError(
            f"Asked for a spec with {', '.join(sorted(map(str, unknown)))}.",
            f"A spec has {', '.join(field.name for field in fields(ConvSpec))}.",
            "Leave the others out.",
        )
    return ConvSpec(**{name: tuples(value) for name, value in words.items()})


def duration(value_s: float | None) -> str:
    """Return seconds in the unit that a person would choose, with three digits.

    Examples
    --------
    >>> duration(0.00123456), duration(12.0), duration(4.2e-8), duration(0.9999e-3)
    ('1.23 ms', '12.0 s', '42.0 ns', '1.00 ms')
    """
    if value_s is None:
        return "–"
    for unit_s, name in _UNITS:
        if value_s >= 0.9995 * unit_s:
            return f"{_three(value_s / unit_s)} {name}"
    return f"{value_s / 1e-9:.2f} ns" if value_s else "0 s"


def times(ratio: float) -> str:
    """Return a ratio as a factor.

    Examples
    --------
    >>> times(4.234), times(31.4), times(1234.0)
    ('4.2×', '31×', '1,234×')
    """
    return f"{ratio:.2f}×" if ratio < 1.995 else f"{ratio:.1f}×" if ratio < 9.95 else f"{ratio:,.0f}×"


def percent(share: float) -> str:
    """Return a share in per cent; one digit below 10 %.

    Examples
    --------
    >>> percent(0.0123), percent(0.25)
    ('1.2 %', '25 %')
    """
    value = share * 100
    return f"{value:.1f} %" if value < 9.95 else f"{value:.0f} %"


def small(value: float | None) -> str:
    """Return an error, or a bound, with two digits and a real minus sign.

    Examples
    --------
    >>> small(2.4e-7), small(0.0), small(None)
    ('2.4e−7', '0', '–')
    """
    if value is None:
        return "–"
    if value == 0:
        return "0"
    text = f"{value:.1e}" if abs(value) < 1e-3 or abs(value) >= 1e4 else f"{value:.2g}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("-", "−")


def listed(names: Sequence[str], conjunction: str = "and") -> str:
    """Return names as a sentence lists them.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = names
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def _three(value: float) -> str:
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def _lists(value: object) -> object:
    return [_lists(item) for item in value] if isinstance(value, tuple) else value


def tuples(value: object) -> object:
    """Return a value with tuples for the lists in it, as JSON cannot carry them."""
    return tuple(tuples(item) for item in value) if isinstance(value, (list, tuple)) else value
