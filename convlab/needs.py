"""Which packages convlab needs, and which of them this Python lacks.

Only the standard library is used: this runs before anything is installed, at every start, in milliseconds.
It reads the two forms that occur, `name>=1.2,<2` in pyproject.toml and `name<2,>=1.2; extra == "test"` in the
metadata of an installed convlab, and refuses to guess at any other. Versions are ordered as PEP 440 says.
"""

from __future__ import annotations

import operator
import re
import tomllib
from importlib import metadata
from typing import NamedTuple

from convlab.paths import PACKAGE

PYPROJECT = PACKAGE.parent / "pyproject.toml"
_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)\s*([^;]*?)\s*(?:;\s*extra\s*==\s*[\"']([\w-]+)[\"'])?")
_CLAUSE = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)\s*")
_VERSION = re.compile(
    r"(\d+(?:\.\d+)*)(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview|dev|post)(?![a-z]).*)?.*", re.I
)
_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


class Need(NamedTuple):
    """One package that convlab needs: its name, its range as written, and its extra or ""."""

    name: str
    range: str
    extra: str = ""


class Lack(NamedTuple):
    """One need that is not met: the need and the version found, or None where the package is absent."""

    need: Need
    found: str | None

    def __str__(self) -> str:
        return f"{self.need.name}{self.need.range} ({self.found or 'absent'})"


def parse(text: str, extra: str = "") -> Need:
    """Read one requirement.

    Raises
    ------
    ValueError
        If it has a form that this module does not know (a URL, a marker other than an extra, ``~=``).

    Examples
    --------
    >>> parse("panel>=1.9.4,<1.10")
    Need(name='panel', range='>=1.9.4,<1.10', extra='')
    """
    match = _REQUIREMENT.fullmatch(text.strip())
    if not match or not all(_CLAUSE.fullmatch(clause) for clause in match[2].split(",") if match[2]):
        raise ValueError(f"Asked for the package {text!r}. Its form is not known. Write it as name>=1.2,<2.")
    return Need(match[1], match[2].replace(" ", ""), match[3] or extra)


def wanted(extras: tuple[str, ...] = ()) -> list[Need]:
    """Return what convlab needs, with the named extras: from pyproject.toml, or from the metadata of a wheel.

    Examples
    --------
    >>> "numpy" in [need.name for need in wanted()]
    True
    """
    if PYPROJECT.is_file():
        project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
        optional = project["optional-dependencies"]
        return [
            *map(parse, project["dependencies"]),
            *(parse(text, extra) for extra in extras for text in optional[extra]),
        ]
    needs = map(parse, metadata.requires("convlab") or ())
    return [need for need in needs if not need.extra or need.extra in extras]


def allows(range_: str, version: str) -> bool:
    """Tell whether a version lies in a range; a pre-release comes before its release.

    Examples
    --------
    >>> allows(">=1.9.4,<1.10", "1.9.12"), allows(">=1.9.4,<1.10", "1.10.0rc1"), allows(">=2", "2.0b1")
    (True, False, False)
    """
    for clause in filter(None, range_.split(",")):
        sign, bound = _CLAUSE.fullmatch(clause).groups()
        found, limit = _order(version), _order(bound)
        if sign in "<>":  # what leads up to a bound or follows from it is not beyond it
            found, limit = found[0], limit[0]
        if not _COMPARE[sign](found, limit):
            return False
    return True


def lacking(extras: tuple[str, ...] = ()) -> list[Lack]:
    """Return the needs that the running Python does not meet; empty when all is well.

    Examples
    --------
    >>> [str(lack) for lack in lacking()]
    []
    """
    found = ((need, _installed(need.name)) for need in wanted(extras))
    return [Lack(need, version) for need, version in found if not (version and allows(need.range, version))]


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _order(version: str) -> tuple[tuple[int, ...], int]:
    """Sort key: the release without trailing zeros (2.0 is 2), and 0 before it, 1 for itself, 2 after it."""
    match = _VERSION.fullmatch(version)
    release = [int(number) for number in match[1].split(".")]
    while release and release[-1] == 0:
        release.pop()
    return tuple(release), 1 if not match[2] else 2 if match[2].lower() == "post" else 0
