"""The words of `python app.py` and of `convlab` without a subcommand: set up, then serve the dashboard."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from convlab import bootstrap
from convlab.dashboard.addresses import PORT
from convlab.errors import ConvLabError, SpecError


def main(arguments: Sequence[str] | None = None, *, setup: bool = False) -> int:
    """Read the command line, see that every package is there, and serve until interrupted.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after the command; those of the process if left out.
    setup : bool
        Whether missing packages are installed, `--setup` is offered, and the real Theano is set up in the
        background of the first start: True for app.py in a checkout. An installed `convlab` came with its packages.

    Returns
    -------
    int
        The exit status: 0 after an ordinary end, 1 where this machine cannot, 2 for words that make no sense.

    Examples
    --------
    >>> main(["--setup"], setup=True)
    convlab is set up. Start it with: python app.py
    0
    """
    wish = _parser(setup).parse_args(arguments)
    bootstrap.ensure(install=setup)
    if setup and wish.setup:
        print("convlab is set up. Start it with: python app.py")
        return 0

    try:
        if wish.setup_theano:
            return _set_theano_up()
        from convlab.dashboard.server import serve

        if wish.scheduler:
            from convlab.dashboard.state.race.place import go_to

            go_to(wish.scheduler)

        if setup:
            from convlab.backends.theano_worker.setup import start_in_background

            start_in_background()
        serve(host=wish.host, port=wish.port, show=not wish.no_browser)
    except ConvLabError as error:
        print(f"convlab: {error}", file=sys.stderr)
        return 2 if isinstance(error, SpecError) else 1
    except KeyboardInterrupt:  # while the packages were being imported; later `serve` ends by itself
        return 130
    return 0


def _set_theano_up() -> int:
    from convlab.backends import theano_worker

    theano_worker.set_up(lambda line: print(line, flush=True))
    return 0


def _parser(setup: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python app.py" if setup else "convlab",
        description="An interactive explorer of convolution, in the browser, on this machine.",
        allow_abbrev=False,
    )
    if setup:
        parser.add_argument(
            "--setup", action="store_true", help="set the environment up, without the real Theano, and stop"
        )
    parser.add_argument(
        "--setup-theano",
        action="store_true",
        help="set the real Theano up, in an environment of its own (needs a C++ compiler), and stop",
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    parser.add_argument(
        "--port",
        type=_port,
        default=PORT,
        metavar="N",
        help=f"where to listen (default {PORT}); the next free one is taken when it is busy",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="H",
        help="address to listen on (default 127.0.0.1, this machine only); with any other, such as 0.0.0.0, "
        "every page needs the token in the printed address",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of a Dask cluster: races and sweeps run there instead of on this machine",
    )
    return parser


def _port(text: str) -> int:
    """Read a port from 0 (any free one) to 65535."""
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"asked for {text!r}, which is no port; try 1024 to 65535")
    return port
