"""Classic filters on small pictures: which of them can show the turn, and which hide it."""

from __future__ import annotations

import numpy as np

from convlab.presets.preset import Preset

LETTER = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 9, 9, 9, 9, 9, 0],
        [0, 9, 0, 0, 0, 0, 0],
        [0, 9, 9, 9, 0, 0, 0],
        [0, 9, 0, 0, 0, 0, 0],
        [0, 9, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]
)
STEP = np.array([[1, 1, 1, 8, 8, 8]] * 3 + [[1, 1, 4, 8, 8, 9]] + [[1, 4, 8, 8, 9, 9]] * 2)


def _filter(*rows: list[int]) -> np.ndarray:
    return np.array(rows)


def _preset(
    id: str, title: str, x: np.ndarray, w: np.ndarray, note: str, twin: str | None = None, **options
) -> Preset:
    return Preset(id, title, "Filters", lambda: (x.copy(), w), options, note, twin)


PRESETS = (
    _preset(
        "sobel", "Sobel, edges across", STEP, _filter([1, 0, -1], [2, 0, -2], [1, 0, -1]),
        "Turned by 180° only its sign changes: the edge is as strong, and points the other way.", "emboss",
    ),
    _preset(
        "emboss", "emboss", STEP, _filter([-2, -1, 0], [-1, 1, 1], [0, 1, 2]),
        "The first classic that shows the turn: the light comes from the other side.",
    ),
    _preset(
        "laplace", "Laplace", STEP, _filter([0, 1, 0], [1, -4, 1], [0, 1, 0]),
        "Alike from every side: it cannot tell convolution from cross-correlation.", "emboss", mode="same",
    ),
    _preset(
        "gauss", "Gauss, 5 × 5", LETTER, np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]),
        "One column times one row: separable, and alike from every side.", "letter", mode="same",
    ),
    _preset(
        "sharpen", "sharpen", STEP, _filter([0, -1, 0], [-1, 5, -1], [0, -1, 0]),
        "The picture plus what Laplace finds in it.", "emboss", mode="same",
    ),
    _preset(
        "motion", "motion blur, diagonal", LETTER, np.eye(5, dtype=int),
        "Turned by 180° it is itself; mirrored it is not.", "letter", mode="same",
    ),
    _preset(
        "letter", "letter F", LETTER, LETTER[1:6, 1:6][:, :4] // 9,
        "Cross-correlation finds the F where it stands; convolution looks for an F turned by 180°.", mode="same",
    ),
    _preset(
        "impulse", "impulse", np.pad([[1]], 2), np.arange(1, 10).reshape(3, 3),
        "One 1 among zeros: the output is the filter, turned or not, for all to see.",
    ),
)  # fmt: skip
