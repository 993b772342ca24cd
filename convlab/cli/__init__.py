"""The command line: the dashboard without a subcommand, and one small function for each subcommand.

Exit status: 0 is yes, 1 is no, 2 is bad use.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from convlab import files, needs
from convlab.cli import benching, racing, tuning
from convlab.errors import ConvLabError, SpecError
from convlab.spec import MODES

_BROKEN = (
    "The installation is not whole: the packages marked ✗ are part of it.\n"
    "In a checkout, python app.py --setup mends it; elsewhere, install convlab again with pip."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``convlab``; those of the process if left out.

    Returns
    -------
    int
        The exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        from convlab import door

        return door.main(words)
    wish = _parser().parse_args(words)
    for stream in (sys.stdout, sys.stderr):  # a pipe may know fewer letters than a sentence has
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return COMMANDS[wish.command][0](wish)
    except ConvLabError as error:
        _print({"error": error.kind, "sentence": str(error)}, f"{error.kind}: {error}", wish.json, sys.stderr)
        return 2 if isinstance(error, SpecError) else 1
    except KeyboardInterrupt:  # before there was anything to keep
        print("Stopped.", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read on has enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def conv(wish: argparse.Namespace) -> int:
    """Convolve two files of arrays and print or save the result."""
    from convlab import api

    padding = None if wish.padding is None else _ints("--padding", wish.padding)
    stride, dilation = _ints("--stride", wish.stride), _ints("--dilation", wish.dilation)
    if wish.out:
        files.check_out(wish.out)
    y = api.conv(
        files.read(wish.x), files.read(wish.w), mode=wish.mode, stride=stride, dilation=dilation, groups=wish.groups,
        flip=not wish.no_flip, backend=wish.backend, padding=padding,
    )  # fmt: skip
    if wish.out:
        files.save(wish.out, y)
    said = f"{wish.out}: {y.dtype} {y.shape}" if wish.out else str(y)
    data = {"shape": list(y.shape), "dtype": str(y.dtype)} | ({} if wish.out else {"y": y.tolist()})
    _print(data, said, wish.json)
    return 0


def doctor(wish: argparse.Namespace) -> int:
    """Print one line per package and per backend: what works here and what is missing."""
    try:
        from convlab.doctor import examine
    except ImportError:  # without NumPy nothing can be tried, and a person asks for just this reason
        lacks = [str(lack) for lack in needs.lacking()]
        said = "\n".join(["Missing packages", *(f"  ✗ {lack}" for lack in lacks), "", _BROKEN])
        _print({"is_healthy": False, "missing": lacks}, said, wish.json)
        return 1
    report = examine()
    lines = [
        report.machine,
        "",
        "Packages",
        *(_line(finding, "✗") for finding in report.base),
        *(_line(finding, "–") for finding in report.extras),
        "",
        "The processor",
        *(_line(finding, "–") for finding in report.processor),
        "",
        "Backends",
        *(_line(finding, "–", 17) for finding in report.backends),
        "",
        "Functions of other libraries, raced with --peers",
        *(_line(finding, "–", 26) for finding in report.peers),
        "",
        "The real Theano",
        _line(report.theano, "–"),
    ]
    lines += ["", *report.notes] if report.notes else []
    if not report.is_healthy:
        lines += ["", _BROKEN]
    _print(report.to_json(), "\n".join(lines), wish.json)
    return 0 if report.is_healthy else 1


def _line(finding: object, missing: str, width: int = 14) -> str:
    return f"  {'✓' if finding.works else missing} {finding.name:<{width}} {finding.says}"


def lesson(wish: argparse.Namespace) -> int:
    """Check an exercise, or give the next hint."""
    from convlab.workshop import commands

    return commands.lesson(wish.id, check=wish.check, hint=wish.hint, as_json=wish.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="convlab",
        description="Without a command: open the dashboard, with --no-browser, --port N or --host H.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (run, add_arguments) in COMMANDS.items():
        command = commands.add_parser(name, help=run.__doc__.splitlines()[0], description=run.__doc__)
        command.add_argument("--json", action="store_true", help="print the answer as JSON")
        add_arguments(command)
    return parser


def _conv_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("x", help="the input: .npy, or .csv/.txt with rows of numbers")
    command.add_argument("w", help="the filter")
    command.add_argument("--mode", choices=MODES, default="valid")
    command.add_argument("--stride", default="1", metavar="N[,N]")
    command.add_argument("--dilation", default="1", metavar="N[,N]")
    command.add_argument("--groups", type=int, default=1)
    command.add_argument(
        "--padding", metavar="N[,N]", help="zeros on both sides, instead of a mode; 0:1 for before:after"
    )
    command.add_argument("--no-flip", action="store_true", help="cross-correlate: leave the filter as it is")
    command.add_argument("--backend", default="auto", help='a name that doctor lists, "auto" or "reference"')
    command.add_argument("--out", type=Path, metavar="Y.npy", help="where to save the result")


def _lesson_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", nargs="?", help="folder name or number, such as 02_flip or 02")
    command.add_argument("--check", type=Path, metavar="FILE", help="the file with your function")
    command.add_argument(
        "--hint",
        type=int,
        nargs="?",
        const=1,
        default=0,
        metavar="LEVEL",
        help="print hint 1 (default), 2 or 3",
    )


def _ints(option: str, text: str) -> int | tuple:
    """Read "2", "2,1", or for padding "0:1,2:2", zeros before and after."""
    try:
        pairs = [tuple(int(side) for side in part.split(":")) for part in text.split(",")]
        if any(len(pair) > (2 if option == "--padding" else 1) for pair in pairs):
            raise ValueError
    except ValueError:
        more = ", or 0:1,2:2 for other zeros before than after" if option == "--padding" else ""
        raise files.FileError(
            f"Asked for {option} {text}.", "That is no integer.", f"Write 2, or 2,1 for two axes{more}."
        ) from None
    values = tuple(pair if len(pair) > 1 else pair[0] for pair in pairs)
    return values if len(values) > 1 or len(pairs[0]) > 1 else values[0]


def _print(data: dict, text: str, as_json: bool, file: object = None) -> None:
    print(json.dumps(data, ensure_ascii=False) if as_json else text, file=file or sys.stdout)


COMMANDS = {
    "conv": (conv, _conv_arguments),
    "race": (racing.race, racing.add_arguments),
    "tune": (tuning.tune, tuning.add_arguments),
    "bench": (benching.bench, benching.add_arguments),
    "doctor": (doctor, lambda command: None),
    "lesson": (lesson, _lesson_arguments),
}
