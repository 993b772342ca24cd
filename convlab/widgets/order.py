"""Which files make up each browser module, in the order in which they are joined: one list per screen."""

from __future__ import annotations

SHARED = ("parts.js", "grid.js", "specbar.js")
WALK = (  # a window that slides, and the walk through its sums
    "walk/geometry.js",
    "walk/layout.js",
    "walk/stage.js",
    "walk/show.js",
    "walk/planes.js",
    "walk/views.js",
    "walk/formula.js",
    "walk/code.js",
    "walk/tour.js",
    "walk/transport.js",
    "walk/predict.js",
    "walk/editors.js",
    "walk/act.js",
    "walk/walk.js",
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
        "gradients/geometry.js",
        "gradients/prepare.js",
        "gradients/spread.js",
        "gradients/fault.js",
        "gradients/stops.js",
        "gradients/gradients.js",
    ),
    "compare": (
        *SHARED,
        "compare/values.js",
        "compare/cursor.js",
        "compare/grid.js",
        "compare/theano.js",
        "compare/column.js",
        "compare/terms.js",
        "compare/why.js",
        "compare/bar.js",
        "compare/compare.js",
    ),
    "implementations": (
        *SHARED,
        "implementations/bar.js",
        "implementations/table.js",
        "implementations/detail.js",
        "implementations/swap.js",
        "implementations/implementations.js",
    ),
    "race": (
        *SHARED,
        "race/scale.js",
        "race/paint.js",
        "race/share.js",
        "race/card.js",
        "race/row.js",
        "race/choice.js",
        "race/table.js",
        "race/shapes.js",
        "race/works.js",
        "race/bar.js",
        "race/chart.js",
        "race/labels.js",
        "race/read.js",
        "race/twin.js",
        "race/sweep.js",
        "race/roof.js",
        "race/race.js",
    ),
}

# The style sheets of a picture; one of its own name when it is not here.
STYLES: dict[str, tuple[str, ...]] = {"gradients": ("step.css", "gradients.css")}
