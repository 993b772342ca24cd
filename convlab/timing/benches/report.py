"""A bench as a person reads it in a pipe, a file or a report: Markdown, and the facts that its times depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convlab.timing.benches.benched import SCIPY, Bench, Line
from convlab.timing.shapes.titles import title
from convlab.timing.words import duration, times

VERSIONS = ("python", "numpy", "scipy", "numba")


def facts(machine: Mapping, when: str = "") -> list[str]:
    """Return what times depend on, in short pieces for one line: processor, threads, BLAS, versions, load, date.

    Examples
    --------
    >>> facts({"cpu": "A CPU", "usable": 2, "processors": 4, "numpy": "2.4.6", "load": 0.5}, "2026-11-20T14:03:00")
    ['2026-11-20 14:03', 'A CPU', '2 of 4 processors', 'numpy 2.4.6', 'load 0.5']
    """
    said = [when[:16].replace("T", " ")] if when else []
    if machine.get("cpu"):
        said.append(str(machine["cpu"]))
    if machine.get("usable"):
        usable, every = machine["usable"], machine.get("processors") or machine["usable"]
        said.append(
            f"{usable} of {every} processors" if usable != every else f"{every} processor{'s' * (every != 1)}"
        )
    said += _blas(machine.get("blas") or ())
    said += [f"{name} {machine[name]}" for name in VERSIONS if machine.get(name)]
    if machine.get("governor"):
        said.append(f"governor {machine['governor']}")
    if machine.get("load") is not None:
        said.append(f"load {machine['load']:.1f}")
    said += [
        f"{name}={value} was set here, and left out" for name, value in (machine.get("found") or {}).items()
    ]
    return said


def _blas(lines: Sequence[str]) -> list[str]:
    """Return the BLAS libraries; two versions that are alike otherwise share a piece.

    Examples
    --------
    >>> _blas(["openblas 0.3.30 Zen, 2 threads", "openblas 0.3.31 Zen, 2 threads"])
    ['openblas 0.3.30 and 0.3.31 Zen, 2 threads']
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        name, version, *rest = [*str(line).split(" ", 2), ""][:3]
        alike.setdefault((name, " ".join(rest)), []).append(version)
    return [
        " ".join((name, " and ".join(versions), rest)).strip() for (name, rest), versions in alike.items()
    ]


def markdown(found: Bench) -> str:
    """Return a bench as Markdown: the facts, what auto keeps of its promises, and one line a shape."""
    lines = [f"# Bench of {found.suite}", "", " · ".join(facts(found.machine, found.when)) + ".", ""]
    lines += [f"- {'yes' if goal.is_met else '**no**'}: {goal.text}" for goal in found.goals]
    lines += ["- It was stopped before the end."] * (found.state == "stopped")
    peers = [name for name in SCIPY if any(line.row(name) for line in found.lines)]
    peers += sorted({row.name for line in found.lines for row in line.peers} - set(SCIPY))
    heads = [
        "shape",
        "auto, tuned",
        "best backend",
        "auto, untuned",
        *peers,
        *["ahead of the best SciPy function"] * bool(peers),
    ]
    lines += ["", _row(heads), _row(["---", *["---:"] * (len(heads) - 1)])]
    lines += [_row(_cells(line, peers)) for line in found.lines]
    lines += [
        "",
        "Least times of one call, in steady state, taken in turns; × is how many times auto is faster.",
        "",
    ]
    return "\n".join(lines)


def _cells(line: Line, peers: list[str]) -> list[str]:
    spec = line.race.spec
    cells = [f"{title(spec)} ({line.workload.id})"]
    for name in (line.tuned, line.best.name if line.best else None, line.usual):
        row = line.row(name)
        cells.append(f"{name} {duration(row.min_s)}" if row else f"{name or 'none'}, no time")
    for name in peers:
        row = line.row(name)
        ahead = line.ahead(row)
        cells.append(f"{duration(row.min_s)}" + (f" ({times(ahead)})" if ahead else "") if row else "")
    if peers:
        ahead = line.ahead(line.scipy)
        cells.append(f"{times(ahead)} {line.scipy.name}" if ahead else "")
    return cells


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
