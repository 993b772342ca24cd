"""What `convlab.autotune` found on this machine, read back from the user's cache: names, the fastest first.

One small file for every question, in a folder for every machine: a processor and the versions that compute on it.
`convlab.timing.tuning.cache` writes them.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from functools import cache
from hashlib import sha256
from pathlib import Path

from convlab import __version__, paths
from convlab.backends.preference import NONE, Wishes
from convlab.spec import ConvSpec

FORMAT = 1  # of a file
HOW = ("exact", "include", "exclude", "require")  # of a question: who was timed
_SHORT = 20  # hexadecimal digits of a name


def ranked(spec: ConvSpec, exact: bool = False, wanted: Wishes = NONE) -> tuple[str, ...]:
    """Return the names of the backends that were timed for a spec on this machine, the chosen one first.

    Parameters
    ----------
    spec : ConvSpec
    exact : bool
        Rather what was tuned among exact backends only, where both were; else rather what was tuned among all.
    wanted : Wishes
        Rather what was tuned while these were in force.

    Returns
    -------
    tuple of str
        Empty where nothing was tuned.

    Examples
    --------
    >>> ranked(ConvSpec((1, 1, 4099, 7), (1, 1, 3, 5)))
    ()
    """
    if not (
        paths.cache() / "tuned"
    ).is_dir():  # who never tunes does not wait for the versions to be looked up
        return ()
    for wishes in dict.fromkeys((wanted.candidates(), NONE)):
        for only in (exact, not exact):
            if found := read(spec, only, wishes):
                return tuple(found["ranked"])
    return ()


def read(spec: ConvSpec, exact: bool, wanted: Wishes) -> dict | None:
    """Return the words of a file; None when there is none. One that is not what it should be is named and ignored."""
    path, asked = place(spec, exact, wanted), question(spec, exact, wanted)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if (found["kind"], found["format"]) != ("tuned", FORMAT):
            return _ignored(path, f"it is a {found['kind']!r} of format {found['format']!r}")
        if found["question"] != asked or found["machine"] != machine():
            return _ignored(path, "it answers another question, or is another machine's")
        if not (found["ranked"] and all(isinstance(name, str) for name in found["ranked"])):
            return _ignored(path, "it names no backend")
    except FileNotFoundError:
        return None
    except OSError as error:
        return _ignored(path, error.strerror or str(error))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return _ignored(path, f"it is no JSON of convlab ({type(error).__name__})")
    return found


def place(spec: ConvSpec, exact: bool = False, wanted: Wishes = NONE) -> Path:
    """Return the file for a question on this machine.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 5), (1, 1, 3))
    >>> place(spec).parent == place(spec, exact=True).parent, place(spec) == place(spec, exact=True)
    (True, False)
    """
    return folder() / f"{_digest(question(spec, exact, wanted))}.json"


def folder() -> Path:
    """Return the folder of all that was tuned on this machine with these versions.

    Examples
    --------
    >>> folder().parent.name
    'tuned'
    """
    return paths.cache() / "tuned" / _digest(machine())


def question(spec: ConvSpec, exact: bool = False, wanted: Wishes = NONE) -> dict:
    """Return what is asked, in words of JSON; two ways to write the same padding ask the same.

    Examples
    --------
    >>> question(ConvSpec((1, 1, 5), (1, 1, 3))) == question(ConvSpec((1, 1, 5), (1, 1, 3), padding=0))
    True
    """
    names = ("x_shape", "w_shape", "pads", "stride", "dilation", "groups", "flip", "dtype")
    words = {name: getattr(spec, name) for name in names}
    words |= {"exact": exact} | {name: getattr(wanted, name) for name in HOW[1:]}
    return json.loads(json.dumps(words))


@cache
def machine() -> dict:
    """Return what the ranking depends on beside the question: the processor, its threads, the versions.

    Examples
    --------
    >>> sorted(machine())
    ['convlab', 'cpu', 'numba', 'numpy', 'python', 'scipy', 'system', 'threads']
    """
    from importlib.metadata import PackageNotFoundError, version

    found = {"cpu": _processor(), "threads": threads(), "system": f"{platform.system()} {platform.machine()}"}
    found |= {"convlab": __version__, "python": ".".join(platform.python_version_tuple()[:2])}
    for package in ("numpy", "scipy", "numba"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def threads() -> int:
    """Return how many processors this process may use at once.

    Examples
    --------
    >>> threads() >= 1
    True
    """
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def _processor() -> str:
    """Return the model of the processor, as the system names it."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
            if model := next(models, ""):
                return model
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _digest(words: dict) -> str:
    return sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:_SHORT]


def _ignored(path: Path, why: str) -> None:
    logging.getLogger("convlab").warning("%s is ignored: %s.", path, why)
