"""Matches as a person reads them in a report: Markdown with the goals, both output policies, and the machine."""

from __future__ import annotations

from collections.abc import Sequence

from convlab.timing.benches.goals import Verdict, met, verdicts
from convlab.timing.benches.matched import Mark, Match, Matches
from convlab.timing.benches.report import facts
from convlab.timing.words import duration, percent, small, times

POLICIES = {
    "reused": "Outputs reused: ours writes into one output; the peers' allocator keeps what they let go.",
    "fresh": "Fresh outputs: every call makes its own, and the allocator does what it does by default.",
}
HEADS = (
    "shape", "ours", "time", "GF/s", "of the peak", "best peer", "time", "ahead", "exact", "pages", "their pages",
    "filter", "error", "bound",
)  # fmt: skip


def markdown(found: Matches) -> str:
    """Return a suite of matches as Markdown."""
    lines = [f"# Bench of {found.suite} against other libraries", "", f"{machine(found)}.", ""]
    lines += [f"{ceilings(found)}", ""] * bool(found.ceilings)
    lines += ["It was stopped before the end.", ""] * (found.state == "stopped")
    if all_ := list(verdicts(found)):
        lines += goals(found, all_)
    for output, said in POLICIES.items():
        lines += [
            "",
            f"## {said.partition(':')[0]}",
            "",
            said.partition(": ")[2][:1].upper() + said.partition(": ")[2][1:],
        ]
        lines += ["", _row(HEADS), _row(["---", "---", *["---:"] * 3, "---", *["---:"] * 8])]
        lines += [_row(_cells(found, match, output)) for match in found.matches]
    lines += ["", *_notes(), ""]
    return "\n".join(lines)


def goals(found: Matches, all_: Sequence[Verdict]) -> list[str]:
    """Return the goals as a table: those of the matches, and what was measured beside them."""
    beside = [(name, *row) for name, rows in found.extra.items() for row in rows]
    done, count = (sum(pair) for pair in zip(met(all_), (sum(row[-1] for row in beside), len(beside))))
    lines = [
        f"## Goals: {done} of {count} met",
        "",
        "A time may miss its goal by a tenth; errors may not. × is how many times as fast as a library function.",
        "",
        _row(["shape", "goal", "measured", "met"]),
        _row(["---", "---", "---", "---"]),
    ]
    rows = [(one.id, one.goal, one.text, one.is_met) for one in all_]
    return lines + [_row([*row[:3], "yes" if row[3] else "**no**"]) for row in (*rows, *beside)]


def machine(found: Matches) -> str:
    """Return what the times depend on, in one line."""
    said = facts(found.machine, found.when)
    known = ("torch", "opencv-python-headless", "jax", "pyfftw", "scikit-image")
    return " · ".join(
        [*said, *(f"{name} {found.machine[name]}" for name in known if found.machine.get(name))]
    )


def ceilings(found: Matches) -> str:
    """Return the measured peaks in one sentence."""
    rates, copies = found.ceilings["gflops"], found.ceilings["copy_gbs"]
    peaks = [
        f"{dtype} {of['one']:,.0f} GF/s on one thread, {found.peak(dtype):,.0f} on {found.ceilings['threads']}"
        for dtype, of in rates.items()
    ]
    caches = [f"{name} {of['one']:,.0f} and {of['all']:,.0f}" for name, of in copies.items()]
    return (
        f"Measured in this run: fused multiply-adds {'; '.join(peaks)}. Copies, bytes read and written in GB/s on "
        f"one thread and on all: {', '.join(caches)}."
    )


def line(found: Matches, match: Match, output: str = "reused") -> str:
    """Return a match in one line of text."""
    ours, theirs = match.best(True, output), match.best(False, output)
    said = f"{match.id}: {ours.name} {duration(ours.min_s)}" if ours else f"{match.id}: none of ours"
    share = found.share(match, ours) if ours else None
    said += f" ({percent(share)} of the peak)" if share else ""
    return f"{said}, {times(theirs.min_s / ours.min_s)} {theirs.name}" if ours and theirs else said


def _cells(found: Matches, match: Match, output: str) -> list[str]:
    ours, theirs = match.best(True, output), match.best(False, output)
    exact = match.best(True, output, exact=True)
    share = found.share(match, ours) if ours else None
    ahead = times(theirs.min_s / ours.min_s) if ours and theirs else ""
    apart = exact is not None and theirs is not None and exact is not ours
    return [
        f"{match.title} ({match.id})",
        ours.name if ours else "none",
        duration(ours.min_s) if ours else "",
        f"{match.gflops(ours):,.0f}" if ours else "",
        percent(share) if share else "",
        theirs.name if theirs else "none",
        duration(theirs.min_s) if theirs else "",
        ahead,
        f"{times(theirs.min_s / exact.min_s)} {exact.name}" if apart else ahead if exact else "",
        _pages(ours),
        _pages(theirs),
        duration(ours.filter_s) if ours and ours.filter_s else "",
        small(ours.error) if ours else "",
        small(ours.bound) if ours else "",
    ]


def _pages(mark: Mark | None) -> str:
    return "" if mark is None or mark.faults is None else f"{mark.faults:,.0f}"


def _notes() -> list[str]:
    return [
        "Least times of one call, taken in turns, every library in a process of its own; answers are checked against "
        "the definition first. GF/s count the multiply-adds of the definition, so Winograd and transforms may pass the "
        "peak. *exact*: ours against the same peer, of those whose error is bounded about as that of sums. *pages*: "
        "memory pages that the system hands to one call. *filter*: what is done with the filter alone, once, and is in "
        "no time here; theirs is done before as well, and so is the order of the axes that a library likes best.",
    ]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
