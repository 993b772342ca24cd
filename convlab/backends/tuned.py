"""What `convlab.autotune` found on this machine, read back from the user's cache: names, the fastest first.

One small file for every question, in a folder for every machine: a processor and the versions that compute on it.
`convlab.timing.cache` writes them.
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
from convlab.spec import ConvSpec

FORMAT = 1  # of a file
_SHORT = 20  # hexadecimal digits of a name


def ranked(spec: ConvSpec, exact: bool = False) -> tuple[str, ...]:
    """Return the names of the backends that were timed for a spec on this machine, the chosen one first.

    Parameters
    ----------
    spec : ConvSpec
    exact : bool
        Rather what was tuned among exact backends only, where both were.

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
    for path in [place(spec, True)] * exact + [place(spec, False)]:
        if found := read(path, spec):
            return tuple(found["ranked"])
    return ()


def read(path: Path, spec: ConvSpec) -> dict | None:
    """Return the words of a file; None when there is none. One that is not what it should be is named and ignored."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        return _ignored(path, str(error))
    try:
        found = json.loads(text)
        if (found["kind"], found["format"]) != ("tuned", FORMAT):
            return _ignored(path, f"it is a {found['kind']!r} of format {found['format']!r}")
        if found["question"] != question(spec) or found["machine"] != machine():
            return _ignored(path, "it answers another question, or is another machine's")
        if not (found["ranked"] and all(isinstance(name, str) for name in found["ranked"])):
            return _ignored(path, "it names no backend")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return _ignored(path, f"it is no JSON of convlab ({type(error).__name__})")
    return found


def place(spec: ConvSpec, exact: bool) -> Path:
    """Return the file for a spec on this machine.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 5), (1, 1, 3))
    >>> place(spec, False).parent == place(spec, True).parent, place(spec, False) == place(spec, True)
    (True, False)
    """
    name = _digest(question(spec)) + "-exact" * exact + ".json"
    return paths.cache() / "tuned" / _digest(machine()) / name


def question(spec: ConvSpec) -> dict:
    """Return what a spec asks, in words of JSON; two ways to write the same padding ask the same.

    Examples
    --------
    >>> question(ConvSpec((1, 1, 5), (1, 1, 3))) == question(ConvSpec((1, 1, 5), (1, 1, 3), padding=0))
    True
    """
    names = ("x_shape", "w_shape", "pads", "stride", "dilation", "groups", "flip", "dtype")
    return json.loads(json.dumps({name: getattr(spec, name) for name in names}))


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
