"""Shapes with a name: the rows of source 004, layers that people know, public benchmarks, and the 40 that judge auto.

They live in ``assets/shapes``, one file a suite: ``#`` lines tell where the sizes come from; then one line a shape,
``id,title,group,x,w,options,y,note`` and any number of columns ``recorded_s:NAME`` with the seconds that the source
prints. Options are words such as ``mode=half stride=1,2 padding=512:0 groups=32 dtype=float64``. Three more columns
tell what a bench asks of a shape, where there are any: ``computes`` (y, dx, dw, or call for `convlab.conv` itself),
``order`` ("last" where the image index stands last in memory), and ``goals``, which `convlab.timing.benches.goals`
reads.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from convlab import paths
from convlab.errors import SpecError
from convlab.spec import ConvSpec

MENU = ("seed004", "layers", "3d", "tiny", "convnet-benchmarks", "deepbench")  # in the order of a menu
SUITES = (*MENU[:4], "gradients", "goals", "auto40", *MENU[4:])
COMPUTES, ORDERS = ("y", "dx", "dw", "call"), ("", "last")
USUAL = ("source-004-1", "resnet", "lenet-1", "alexnet1")  # what most people want to see first
RECORDED = "recorded_s:"
OPTIONS = ("mode", "padding", "stride", "dilation", "groups", "flip", "dtype")


@dataclass(frozen=True)
class Workload:
    """A convolution that has a name.

    Attributes
    ----------
    id : str
        Stable: links, files and commands hold it.
    title, group : str
        As a menu shows them.
    spec : ConvSpec
    note : str
        What it stands for, or who described it; may be empty.
    recorded : tuple of (str, float)
        Seconds that its source prints, by the name that the source used: another machine, another time.
    printed : tuple of int or None
        The output shape that the source states, where it does.
    computes : {"y", "dx", "dw", "call"}
        What a bench times: the convolution, one of its gradients, or `convlab.conv` with all that surrounds it.
    order : {"", "last"}
        "last" where the image index stands last in memory, as source 004 has it.
    goals : str
        What a bench is to show: see `convlab.timing.benches.goals`.
    """

    id: str
    title: str
    group: str
    spec: ConvSpec
    note: str = ""
    recorded: tuple[tuple[str, float], ...] = ()
    printed: tuple[int, ...] | None = None
    computes: str = "y"
    order: str = ""
    goals: str = ""


@dataclass(frozen=True)
class Suite:
    """Workloads that are raced together, and where their sizes come from.

    Attributes
    ----------
    name : str
    source : str
        One or two sentences.
    workloads : tuple of Workload
    """

    name: str
    source: str
    workloads: tuple[Workload, ...]


@cache
def suite(name: str) -> Suite:
    """Return a suite by name.

    Raises
    ------
    SpecError
        When there is none; the sentence lists those that there are.

    Examples
    --------
    >>> [workload.id for workload in suite("seed004").workloads][:2], len(suite("auto40").workloads)
    (['source-004-1', 'source-004-2'], 40)
    """
    if name not in SUITES:
        raise SpecError(
            f"Asked for the suite {str(name)[:40]!r}.",
            f"There are {', '.join(SUITES)}.",
            "Choose one of them, or give a .csv of your own.",
        )
    return read(paths.assets() / "shapes" / f"{name}.csv")


def read(path: Path | str) -> Suite:
    """Return the suite that a file holds, in the form that this module describes.

    Raises
    ------
    SpecError
        When the file does not read, with the line that is wrong.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        found = getattr(error, "strerror", None) or "It is no text"
        raise SpecError(f"Asked for the shapes in {path}.", f"{found}.", "Give a .csv of shapes.") from None
    notes = [line.lstrip("# ") for line in lines if line.startswith("#")]
    found, rows = [], csv.DictReader(lines[len(notes) :], restval="")
    for n, row in enumerate(rows, len(notes) + 2):
        try:
            found.append(_workload(row))
        except (SpecError, ValueError, KeyError, TypeError, AttributeError) as error:
            said = str(error) if isinstance(error, SpecError) else "It is not id,title,group,x,w,options,..."
            raise SpecError(
                f"Asked for the shapes in {path}.",
                f"Line {n} does not read: {said.rstrip('.')}.",
                "Write x and w as 8x3x32x32, options as stride=2 padding=1.",
            ) from None
    if not found:
        raise SpecError(f"Asked for the shapes in {path}.", "It holds none.", "Give one line a shape.")
    return Suite(path.stem, " ".join(notes), tuple(found))


def _workload(row: dict[str, str]) -> Workload:
    recorded = tuple(
        (name.removeprefix(RECORDED), float(text))
        for name, text in row.items()
        if name and name.startswith(RECORDED) and text
    )
    spec = ConvSpec(_sizes(row["x"]), _sizes(row["w"]), **dict(_options(row.get("options") or "")))
    printed = _sizes(row["y"]) if row.get("y") else None
    note, computes, order = (row.get(name) or "" for name in ("note", "computes", "order"))
    if (computes or "y") not in COMPUTES or order not in ORDERS:
        words = f"computes is one of {', '.join(COMPUTES)}; order is last, or nothing"
        raise SpecError(f"Asked for {computes or order!r}.", f"{words[0].upper()}{words[1:]}.", "Use those.")
    return Workload(
        row["id"], row["title"] or row["id"], row["group"], spec, note, recorded, printed, computes or "y", order,
        row.get("goals") or "",
    )  # fmt: skip


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split("x"))


def _options(text: str) -> Iterator[tuple[str, object]]:
    for word in text.split():
        name, _, value = word.partition("=")
        if name not in OPTIONS:
            raise SpecError(f"Asked for {word!r}.", f"The options are {', '.join(OPTIONS)}.", "Use those.")
        yield name, value if name in ("mode", "dtype") else _numbers(value)


def _numbers(text: str) -> int | tuple:
    """Return "2" as 2, "1,2" as (1, 2), and "64:0" as ((64, 0),): zeros before and after."""
    axes = [tuple(int(side) for side in axis.split(":")) for axis in text.split(",")]
    if len(axes) == 1 and len(axes[0]) == 1:
        return axes[0][0]
    return tuple(axis if len(axis) > 1 else axis[0] for axis in axes)


@cache
def workloads() -> tuple[Workload, ...]:
    """Return every shape of the menu, group after group; what judges auto, gradients or goals is not for a menu.

    Examples
    --------
    >>> workloads()[0].title
    '50 images of 100 × 100, 11 × 11'
    """
    return tuple(workload for name in MENU for workload in suite(name).workloads)


def groups() -> dict[str, list[Workload]]:
    """Return the shapes of the menu by group, in order.

    Examples
    --------
    >>> list(groups())[:3]
    ['Source 004', 'Source 001', 'LeNet']
    """
    found: dict[str, list[Workload]] = {}
    for workload in workloads():
        found.setdefault(workload.group, []).append(workload)
    return found


def get(id_: str) -> Workload:
    """Return a workload by its id.

    Raises
    ------
    SpecError
        When there is none; the sentence names the nearest, or some.

    Examples
    --------
    >>> get("alexnet1").spec.y_shape
    (128, 96, 55, 55)
    """
    known = {one.id: one for one in workloads()}
    known |= {one.id: one for name in SUITES if name not in MENU for one in suite(name).workloads}
    if id_ not in known:
        from difflib import get_close_matches

        near = sorted(get_close_matches(str(id_)[:60], known, 5), key=list(known).index) or USUAL
        raise SpecError(
            f"Asked for the workload {str(id_)[:40]!r}.",
            f"There are {len(known)}, and none has that name.",
            f"Try {', '.join(near)}; `python -m convlab race --list` prints all.",
        )
    return known[id_]


def named(spec: ConvSpec) -> Workload | None:
    """Return the workload of the menu that is this convolution; None when it has no name.

    Examples
    --------
    >>> named(ConvSpec((50, 1, 100, 100), (1, 1, 11, 11))).id
    'source-004-1'
    """
    return next((workload for workload in workloads() if workload.spec == spec), None)
