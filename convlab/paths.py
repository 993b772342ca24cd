"""Where the files that travel with the code are: in a checkout beside the package, in a wheel inside it.

Only the standard library is used, so this can be imported before anything is installed. And where the user's caches
are, for which a library is asked.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = PACKAGE / "_data"


def root_folder(name: str) -> Path:
    """Return the folder called `name` that stands beside the package in a checkout.

    Parameters
    ----------
    name : str
        "assets" or "lessons".

    Returns
    -------
    pathlib.Path
        The folder. In an installed wheel it is the copy that the wheel carries.

    Raises
    ------
    FileNotFoundError
        If the folder is in neither place; the sentence names both.

    Examples
    --------
    >>> root_folder("assets").is_dir()
    True
    """
    places = (_IN_WHEEL / name, PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"Asked for the folder {name!r}. It is neither {places[0]} nor {places[1]}. "
        "Install convlab again, or run from a whole checkout."
    )


def assets() -> Path:
    """Return the folder of style sheets and pictures.

    Examples
    --------
    >>> assets().name
    'assets'
    """
    return root_folder("assets")


def lessons() -> Path:
    """Return the folder that holds one folder per lesson.

    Examples
    --------
    >>> lessons().name
    'lessons'
    """
    return root_folder("lessons")


def cache() -> Path:
    """Return the folder for what may be lost: measured rates, tuned choices, the timing slot's lock. Not made here.

    The environment's ``CONVLAB_CACHE`` names another one; otherwise it is where this system keeps a user's caches.

    Examples
    --------
    >>> cache().is_absolute()
    True
    """
    if chosen := os.environ.get("CONVLAB_CACHE"):
        return Path(chosen).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("convlab", appauthor=False)


def compiled() -> Path:
    """Return the folder for code compiled for this processor: inside `cache`, unless ``CONVLAB_COMPILED`` names one.

    Examples
    --------
    >>> compiled().is_absolute()
    True
    """
    chosen = os.environ.get("CONVLAB_COMPILED")
    return Path(chosen).absolute() if chosen else cache() / "compiled"
