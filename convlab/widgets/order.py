"""Which files make up each browser module, in the order in which they are joined: one list per screen."""

from __future__ import annotations

ORDER: dict[str, tuple[str, ...]] = {
    "step": (
        "parts.js",
        "grid.js",
        "specbar.js",
        "geometry.js",
        "layout.js",
        "stage.js",
        "views.js",
        "formula.js",
        "code.js",
        "tour.js",
        "transport.js",
        "predict.js",
        "editors.js",
        "step.js",
    ),
    "compare": (
        "parts.js",
        "grid.js",
        "specbar.js",
        "compare_values.js",
        "compare_cursor.js",
        "compare_grid.js",
        "compare_column.js",
        "compare_terms.js",
        "compare_why.js",
        "compare_bar.js",
        "compare.js",
    ),
}
