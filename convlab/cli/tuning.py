"""`tune`: find the fastest right backend for a shape or a suite, and let backend="auto" use it from now on."""

from __future__ import annotations

import argparse
import json
import sys

from convlab.cli import asking
from convlab.errors import Refused, SpecError
from convlab.spec import ConvSpec
from convlab.timing.shapes import suites


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the words of `tune`."""
    asking.add_question(command)
    how = command.add_argument_group("how")
    how.add_argument(
        "--suite", metavar="NAME", help=f"tune all shapes of a suite: {', '.join(suites.SUITES)}"
    )
    how.add_argument("--exact", action="store_true", help="leave out what is not exact on whole numbers")
    how.add_argument("--again", action="store_true", help="forget what was found before")
    how.add_argument("--verbose", action="store_true", help="print what Theano's conv_meta prints")
    asking.add_limits(command)


def tune(wish: argparse.Namespace) -> int:
    """Find the fastest right backend for a shape; backend="auto" takes it from then on."""
    if wish.list:
        return asking.print_list(wish.json)
    _check_suite(wish)
    specs = [one.spec for one in asking.suite_of(wish).workloads] if wish.suite else [asking.spec_of(wish)]
    found, failed = [], 0
    for spec in specs:
        try:
            choice = _tuned(wish, spec)
        except Refused as error:
            if len(specs) == 1:
                raise
            failed += 1
            print(f"{spec}: {error}", file=sys.stderr)
            continue
        found.append(choice)
        if not wish.json:
            _print(wish, choice, alone=len(specs) == 1)
        if choice.race.state == "stopped":
            failed += 1
            break
    if wish.json:
        answers = [_out(choice) for choice in found]
        print(json.dumps(answers if wish.suite else answers[0], ensure_ascii=False))
    return 1 if failed else 0


def _check_suite(wish: argparse.Namespace) -> None:
    """Refuse shapes and options beside a suite, rather than leave them unheard."""
    names = ("workload", *asking.WORDS, "no_flip")
    said = [f"--{name.replace('_', '-')}" for name in names if getattr(wish, name)]
    if wish.suite and said:
        raise SpecError(
            f"Asked to tune the suite {wish.suite} with {', '.join(said)}.",
            "A suite brings its own shapes.",
            f"Leave --suite out, or {' and '.join(said)}.",
        )


def _tuned(wish: argparse.Namespace, spec: ConvSpec) -> object:
    """Return what was found before, or find it now and keep it."""
    from convlab.backends.preference import wishes
    from convlab.cli import watch
    from convlab.timing.tuning import cache

    if wish.again:
        cache.forget(spec)
    elif found := cache.kept(spec, wish.exact, wishes().candidates()):
        return found
    limits = asking.limits_of(wish)
    with asking.place_of(wish) as place:
        found = watch.watched(
            lambda report: place.tune(spec, exact=wish.exact, limits=limits, report=report),
            spec, watch.console(wish.json), place.stop,
        )  # fmt: skip
    if found.race.state == "done" and not wish.scheduler:  # another machine's choice is none for this one
        cache.keep(found)
    return found


def _print(wish: argparse.Namespace, choice: object, alone: bool) -> None:
    from rich.console import Group
    from rich.text import Text

    from convlab.cli import watch
    from convlab.cli.picture import picture
    from convlab.timing.shapes.titles import title

    where = watch.console()
    if wish.verbose:
        print(choice.meta())
    elif alone and where.is_terminal:
        said = Text(choice.sentence)
        said.highlight_words([choice.winner], style="bold green")
        left = [Text(f"{name}: {why}", style="dim") for name, why in choice.left_out.items()]
        where.print(Group(picture(choice.race, where.width, ends_with=said), *left))
    elif alone:
        print(choice)
    else:
        where.print(
            Text.assemble(
                (f"{choice.winner:<14}", "bold green"), f" {title(choice.spec)}. ", (choice.sentence, "dim")
            )
        )


def _out(choice: object) -> dict:
    return {
        "winner": choice.winner, "ranked": list(choice.ranked), "refused": choice.refused,
        "disqualified": choice.disqualified, "sentence": choice.sentence, "race": json.loads(choice.race.to_json()),
    }  # fmt: skip
