"""A file that others read at any time is either the old one or the new one, whole: also when its writer is killed."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

PREFIX = ".convlab-unfinished-"
STALE_S = 3600.0  # no writer takes so long: one that left its file so long ago was killed


def write(path: Path, content: str | bytes) -> None:
    """Put a text, or bytes, in the place of a file at once; its folder is made.

    Raises
    ------
    OSError
        When that cannot be written; the former file is still there then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write(Path(folder) / "new" / "file.json", "{}")
    ...     (Path(folder) / "new" / "file.json").read_text()
    '{}'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    unfinished = path.with_name(f"{PREFIX}{os.getpid()}-{token_hex(8)}")
    try:
        with unfinished.open(
            "xb"
        ) as file:  # not forced to the disk: what a power failure empties was a cache
            file.write(content.encode() if isinstance(content, str) else content)
        _put_in_place(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _put_in_place(unfinished: Path, path: Path) -> None:
    """Rename; Windows refuses while someone reads the former file, which takes no longer than a moment."""
    for wait_s in (0.01, 0.05, 0.2):
        try:
            unfinished.replace(path)
            return
        except PermissionError:
            time.sleep(wait_s)
    unfinished.replace(path)


def _sweep(folder: Path) -> None:
    """Remove what killed writers left behind."""
    with suppress(OSError):
        for left in folder.glob(f"{PREFIX}*"):
            if time.time() - left.stat().st_mtime > STALE_S:
                left.unlink(missing_ok=True)
