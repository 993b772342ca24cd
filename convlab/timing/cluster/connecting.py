"""The way to a Dask cluster: reach the scheduler, and see that its workers may be timed on and have this convlab."""

from __future__ import annotations

from collections.abc import Mapping

from convlab import __version__
from convlab.errors import Unavailable

TIMING = "timing"  # the resource of which a worker has one when it may be timed on


def client(address: str, connect_s: float, asked: str) -> object:
    """Return a client of the scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise Unavailable(
            asked,
            "This Python has no package distributed.",
            "Install it with pip install 'convlab[cluster]'.",
        ) from None
    try:
        return Client(address, timeout=connect_s, set_as_default=False, name="convlab")
    except (OSError, ValueError, TimeoutError) as error:
        cause = (
            f"Nobody answered within {connect_s:g} s"
            if isinstance(error, OSError)
            else f"{error}".rstrip(".")
        )
        raise Unavailable(
            asked, f"{cause}.", "Start one with dask scheduler, and give the address that it prints."
        ) from None


def resources(info: Mapping, asked: str) -> set[str]:
    """Return the resources that the workers have; refuse a cluster where none may be timed on."""
    workers = info["workers"].values()
    has = {name for worker in workers for name, count in worker.get("resources", {}).items() if count >= 1}
    if TIMING in has:
        return has
    raise Unavailable(
        asked,
        f"It has {len(workers)} worker{'s' * (len(workers) != 1)}, none with the resource {TIMING}.",
        f'Start them with dask worker ADDRESS --nthreads 1 --resources "{TIMING}=1".',
    )


def check_versions(found: Mapping[str, object], asked: str) -> None:
    """Refuse workers that have another convlab, or none."""
    for worker, said in found.items():
        if said != __version__:
            other = f"has convlab {said}" if isinstance(said, str) else f"cannot import convlab ({said})"
            raise Unavailable(
                asked,
                f"Its worker {worker} {other}; here it is {__version__}.",
                "Install the same on all machines.",
            )
