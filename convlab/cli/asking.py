"""What the words of `race`, `tune` and `bench` ask for: the shapes, the backends, the limits, the files."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convlab.atomic import write
from convlab.errors import Refused, SpecError
from convlab.files import FileError
from convlab.spec import MODES, ConvSpec
from convlab.timing.admission import asked
from convlab.timing.admission.limits import Limits
from convlab.timing.shapes import suites
from convlab.timing.shapes.titles import title
from convlab.timing.words import spec_out

USUAL = suites.USUAL[0]
LONGEST_S = 3600.0
WORDS = ("x", "w", "mode", "padding", "stride", "dilation", "groups", "dtype")


def add_question(command: argparse.ArgumentParser) -> None:
    """Add the words that describe one convolution."""
    what = command.add_argument_group("what is raced")
    what.add_argument(
        "--workload", metavar="ID", help=f"a shape with a name, such as {USUAL}; --list shows all"
    )
    what.add_argument("--list", action="store_true", help="print the shapes that have a name")
    what.add_argument("--x", metavar="50x1x100x100", help="images, channels, space; 50x100x100 is a stack")
    what.add_argument(
        "--w", metavar="1x1x11x11", help="filters, channels that each reads, taps; 11x11 is one"
    )
    what.add_argument("--mode", choices=MODES)
    what.add_argument("--padding", metavar="N[,N]", help="zeros instead of a mode; 0:1 for before:after")
    what.add_argument("--stride", metavar="N[,N]")
    what.add_argument("--dilation", metavar="N[,N]")
    what.add_argument("--groups", metavar="N")
    what.add_argument("--dtype", choices=asked.DTYPES)
    what.add_argument("--no-flip", action="store_true", help="cross-correlate: leave the filter as it is")


def add_racers(command: argparse.ArgumentParser, budget_s: float = 2.0) -> None:
    """Add the words that say who races, for how long, and within which limits."""
    how = command.add_argument_group("how")
    how.add_argument("--backends", metavar="A,B", help="those and no others; names as doctor prints them")
    how.add_argument("--peers", action="store_true", help="also race the libraries themselves, called raw")
    how.add_argument(
        "--budget", type=_seconds, default=budget_s, metavar="S", help=f"seconds of timing ({budget_s:g})"
    )
    add_limits(command)


def add_limits(command: argparse.ArgumentParser) -> None:
    """Add the words that say how much may be taken, and where."""
    most = command.add_argument_group("within")
    most.add_argument("--max-bytes", metavar="SIZE", help="refuse a backend that takes more, such as 2GiB")
    most.add_argument("--max-seconds", metavar="S", help="refuse a backend whose one call takes longer")
    most.add_argument("--scheduler", metavar="ADDRESS", help="run it on a Dask cluster instead of here")


def spec_of(wish: argparse.Namespace) -> ConvSpec:
    """Return the convolution that is asked for: a workload, or shapes, and what is said to be otherwise about it.

    Raises
    ------
    SpecError, Refused
        When a word does not read, when one of the two shapes is missing, or when there is no such convolution.
    """
    words = {name: getattr(wish, name) for name in WORDS} | ({"flip": False} if wish.no_flip else {})
    named = wish.workload or (None if wish.x or wish.w else USUAL)
    return asked.spec(words, suites.get(named).spec if named else None)


def names_of(wish: argparse.Namespace, peers: bool = False) -> tuple[str, ...] | None:
    """Return the names of those that race; None for the whole catalogue.

    Parameters
    ----------
    peers : bool
        With the libraries themselves, those that are here.

    Raises
    ------
    SpecError
        When a name is in no catalogue.
    """
    from convlab.backends import CATALOGUE, get

    given = wish.backends is not None
    names = [name.strip() for name in wish.backends.split(",") if name.strip()] if given else []
    if given and not names:
        raise SpecError(
            f"Asked for --backends {wish.backends!r}.",
            "There is no name in it.",
            "Leave it out for all of them.",
        )
    for name in names:
        get(name)
    if not peers:
        return tuple(names) or None
    from convlab.backends.peers import PEERS

    here = [name for name in PEERS if get(name).unavailable() is None]
    return tuple(dict.fromkeys([*(names or CATALOGUE), *here]))


def suite_of(wish: argparse.Namespace) -> suites.Suite:
    """Return the suite of --suite: one with a name, or a .csv of the reader's own."""
    return suites.read(wish.suite) if wish.suite.endswith(".csv") else suites.suite(wish.suite)


def print_list(as_json: bool) -> int:
    """Print the shapes that have a name."""
    if as_json:
        rows = [
            {"id": one.id, "title": one.title, "group": one.group, "spec": spec_out(one.spec)}
            for one in suites.workloads()
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    width = max(len(one.id) for one in suites.workloads())
    for group, found in suites.groups().items():
        print(group)
        for one in found:
            print(f"  {one.id:<{width}}  {title(one.spec)}" + (f" ({one.note})" if one.note else ""))
    return 0


def limits_of(wish: argparse.Namespace) -> Limits | None:
    """Return the limits of the flags; None where there are none, and those of the machine that races hold."""
    if wish.max_bytes is None and wish.max_seconds is None:
        return None
    return Limits.here(wish.max_bytes, wish.max_seconds)


@contextmanager
def place_of(wish: argparse.Namespace) -> Iterator[object]:
    """Give the place where races run: this machine, or the cluster of --scheduler."""
    if wish.scheduler:
        from convlab.timing.cluster import Cluster

        with Cluster(wish.scheduler) as there:
            yield there
    else:
        from convlab.cli.here import Here

        yield Here()


def check_place(path: Path | None, endings: tuple[str, ...]) -> None:
    """Refuse a file that nothing can be saved in, before the work is done.

    Raises
    ------
    FileError
        When its ending is another, or its folder is absent or closed.
    """
    if path is None:
        return
    asked = f"Asked to save in {path}."
    if path.suffix not in endings:
        raise FileError(
            asked, f"Its ending is {path.suffix or 'none'!r}.", f"End it in {' or '.join(endings)}."
        )
    if path.is_dir() or not path.parent.is_dir():
        found = "That is a folder." if path.is_dir() else f"There is no folder {path.parent}."
        raise FileError(asked, found, "Choose another place.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise Refused(asked, "It may not be written to.", "Choose another place.")


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader, or an end in the middle, never meets half of it."""
    try:
        write(path, text)
    except OSError as error:
        raise FileError(
            f"Asked to save in {path}.", f"{error.strerror or error}.", "Choose another place."
        ) from None


def _seconds(text: str) -> float:
    try:
        value = float(text.removesuffix("s").strip())
    except ValueError:
        value = 0.0
    if not 0 < value <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number of seconds from 0 to {LONGEST_S:.0f}")
    return value
