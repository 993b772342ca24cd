"""How close each backend comes to the machine: useful operations a second beside a matrix product timed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convlab.dashboard.state.race import said

if TYPE_CHECKING:
    from convlab.timing.races.result import Row

LABEL = "matrix product here"
SENTENCE = (
    "Useful billions of operations a second. Transforms and Winograd do fewer than are counted, so they may look "
    "faster than they compute."
)


def roof_of(rows: list[Row], gflops: float | None, copy_gbs: float | None) -> dict[str, object]:
    """Return the strip: a mark per timed row, and the matrix product as the wall, a log scale under them.

    Parameters
    ----------
    gflops, copy_gbs : float or None
        What a matrix product reaches here in the dtype of the race, and how fast memory is copied.
    """
    timed = [row for row in rows if row.gflops and row.state == "timed"]
    return {
        "gflops": gflops,
        "said": said.rate(gflops),
        "label": LABEL,
        "copy_gbs": copy_gbs,
        "sentence": SENTENCE,
        "marks": [
            {
                "name": row.name,
                "gflops": row.gflops,
                "said": said.rate(row.gflops),
                "share": round(row.gflops / gflops, 4) if gflops else None,
                "recorded": None,
            }
            for row in timed
        ],
    }
