"""Files of arrays that a person names on the command line: read, checked, written."""

from __future__ import annotations

import warnings
from pathlib import Path

from convlab.errors import SpecError


class FileError(SpecError):
    """A file, or a value on the command line, that cannot be used."""

    kind = "bad use"


def read(path: str) -> object:
    """Return the array in a file that a person named: .npy, .csv, or text with numbers apart by spaces.

    Raises
    ------
    FileError
        With the line that is wrong, where it is a text.
    """
    import numpy as np

    asked, hint = (
        f"Asked to read {path}.",
        "Give a .npy file of numbers, or text with one row of numbers a line.",
    )
    if Path(path).suffix == ".npz":
        raise FileError(
            asked, "It is an archive, which may hold several arrays.", "Save the one array with np.save."
        )
    if not Path(path).is_file():
        found = "That is a folder." if Path(path).is_dir() else "There is no such file."
        raise FileError(asked, found, hint)
    try:
        if path.endswith(".npy"):
            return np.load(path, allow_pickle=False)
        with warnings.catch_warnings(action="ignore"):  # an empty file is an error here, with a sentence
            array = np.loadtxt(path, delimiter="," if path.endswith(".csv") else None, ndmin=2)
        if array.size:
            return array
        raise ValueError
    except OSError as error:
        raise FileError(asked, f"{error.strerror or error}.", hint) from None
    except ValueError:  # NumPy's texts speak of its own arguments
        found = "It holds Python objects, or is no .npy file." if path.endswith(".npy") else _bad_line(path)
        raise FileError(asked, found, hint) from None


def _bad_line(path: str) -> str:
    """Return which line of a text keeps it from being rows of numbers."""
    width = None
    try:
        for n, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
            words = line.partition("#")[0].replace(",", " " if path.endswith(".csv") else ",").split()
            if not words:
                continue
            if wrong := next((word for word in words if not _is_number(word)), None):
                return f"Line {n} holds {wrong[:20]!r}, which is no number."
            if len(words) != (width := width or len(words)):
                return f"Line {n} has {len(words)} numbers, the lines before it have {width}."
    except (OSError, UnicodeDecodeError):
        return "It is no text."
    return "It holds no rows of numbers."


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def check_out(path: Path) -> None:
    """Refuse a name that nothing can be saved under, before the work is done."""
    asked = f"Asked to save y in {path}."
    if path.suffix != ".npy":
        raise FileError(asked, "y is saved in NumPy's own format.", "Give a name that ends in .npy.")
    if not path.parent.is_dir():
        raise FileError(asked, f"There is no folder {path.parent}.", "Make it first, or choose another.")


def save(path: Path, y: object) -> None:
    """Write y as .npy; a full disk or a folder without permission is a FileError."""
    import numpy as np

    try:
        np.save(path, y)
    except OSError as error:
        raise FileError(
            f"Asked to save y in {path}.", f"{error.strerror or error}.", "Choose another place."
        ) from None
