"""What times depend on: the processor, its threads, the libraries, and what else it has to do."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("convlab", "numpy", "scipy", "numba")
STEERS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # of OpenBLAS: one alone may halve its speed
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_CPUINFO = Path("/proc/cpuinfo")


def facts(environment: Mapping[str, str] | None = None) -> dict:
    """Return what the times of this process depend on, ready for JSON; what cannot be found out is None.

    Parameters
    ----------
    environment : mapping, optional
        That of the process that asked for the race: the workers take the switches of `STEERS` out of theirs.

    Returns
    -------
    dict
        "cpu", "processors" of the machine and "usable" ones of this process, "governor", "blas" with its architecture,
        "threads" as set for this process, "layer" of numba, "found" (switches of OpenBLAS in the environment), "load"
        over the last minute, "system", and the version of Python and of every library that computes.

    Examples
    --------
    >>> found = facts()
    >>> found["processors"] >= found["usable"] >= 1
    True
    """
    environment = os.environ if environment is None else environment
    found = {name: environment[name] for name in STEERS if name in environment}
    return {
        "cpu": cpu(),
        "processors": os.cpu_count(),
        "usable": usable(),
        "governor": _line(GOVERNOR),
        "blas": blas(),
        "threads": {name: os.environ[name] for name in THREADS if name in os.environ},
        "layer": _layer(),
        "found": found,
        "load": _load(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        **versions(),
    }


def usable() -> int:
    """Return how many processors this process may use.

    Examples
    --------
    >>> usable() >= 1
    True
    """
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # neither Windows nor a Mac ties a process down
        return os.cpu_count() or 1


@cache
def cpu() -> str:
    """Return the name of the processor.

    Examples
    --------
    >>> bool(cpu())
    True
    """
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def blas() -> list[str]:
    """Return the BLAS libraries in this process, with the architecture that they chose and their threads.

    Examples
    --------
    >>> import numpy
    >>> all(isinstance(line, str) for line in blas())
    True
    """
    try:
        from threadpoolctl import threadpool_info

        pools = [pool for pool in threadpool_info() if pool.get("user_api") == "blas"]
    except Exception:  # it looks into whatever libraries are loaded, and says what it likes when it cannot
        return []
    said = []
    for pool in pools:
        parts = (pool.get("internal_api"), pool.get("version"), pool.get("architecture"))
        said.append(f"{' '.join(filter(None, parts))}, {pool.get('num_threads')} threads")
    return sorted(set(said))


@cache
def versions() -> dict[str, str | None]:
    """Return the versions of the libraries that compute.

    Examples
    --------
    >>> versions()["numpy"] is not None
    True
    """
    return {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:  # a checkout that nothing installed
        if name == "convlab":
            from convlab import __version__

            return __version__
        return None


def _layer() -> str:
    """Return the layer that numba runs its parallel loops on; convlab's own loops have a pool of their own."""
    import sys

    numba = sys.modules.get("numba")
    if numba is None:
        return "not started"
    try:
        return numba.threading_layer()
    except Exception:  # none was chosen yet
        return "convlab's own threads"


def _line(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None
