"""Which files make up each browser module, in the order in which they are joined: one list per screen."""

from __future__ import annotations

SHARED = ("parts.js", "grid.js", "specbar.js")
WALK = (  # a window that slides, and the walk through its sums
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
    "walk.js",
)

ORDER: dict[str, tuple[str, ...]] = {
    "step": (
        *SHARED,
        *WALK,
        "step.js",
    ),
    "gradients": (
        *SHARED,
        *WALK,
        "gradients_geometry.js",
        "gradients_prepare.js",
        "gradients_spread.js",
        "gradients_fault.js",
        "gradients_stops.js",
        "gradients.js",
    ),
    "compare": (
        *SHARED,
        "compare_values.js",
        "compare_cursor.js",
        "compare_grid.js",
        "compare_theano.js",
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

# The style sheets of a picture; one of its own name when it is not here.
STYLES: dict[str, tuple[str, ...]] = {"gradients": ("step.css", "gradients.css")}
