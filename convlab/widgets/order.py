"""Which files make up each browser module, in the order in which they are joined: one list per screen."""

from __future__ import annotations

SHARED = ("parts.js", "grid.js", "specbar.js")

ORDER: dict[str, tuple[str, ...]] = {
    "step": (
        *SHARED,
        "geometry.js",
        "layout.js",
        "stage.js",
        "show.js",
        "planes.js",
        "views.js",
        "formula.js",
        "code.js",
        "tour.js",
        "transport.js",
        "predict.js",
        "editors.js",
        "act.js",
        "step.js",
    ),
    "compare": (
        *SHARED,
        "compare_values.js",
        "compare_cursor.js",
        "compare_grid.js",
        "compare_column.js",
        "compare_terms.js",
        "compare_why.js",
        "compare_bar.js",
        "compare.js",
    ),
    "implementations": (
        *SHARED,
        "implementations_bar.js",
        "implementations_table.js",
        "implementations_detail.js",
        "implementations_swap.js",
        "implementations.js",
    ),
}
