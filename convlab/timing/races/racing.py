"""cl.race: every backend on one convolution, checked and then timed, in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf

from convlab.arguments import switch
from convlab.backends import get
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from convlab.timing.admission.limits import Limits
from convlab.timing.crew import CREW
from convlab.timing.races.contest import BUDGET_S, contest, run
from convlab.timing.races.result import Race


def race(
    spec: ConvSpec,
    *,
    backends: Sequence[str] | str | None = None,
    budget_s: float = BUDGET_S,
    report: Callable[[object], object] | None = None,
    limits: Limits | None = None,
    seed: int = 0,
    held: bool = False,
) -> Race:
    """Run backends on a convolution: check each answer against the definition, then time it.

    Everything runs in worker processes, which are started when first needed and kept. A backend that crashes, or
    takes too long or too much memory, costs its own row and nothing else.

    Parameters
    ----------
    spec : ConvSpec
        What is computed, on seeded normal numbers.
    backends : sequence of str, optional
        Names of the catalogue; all of it if left out.
    budget_s : float
        Seconds for the timing of all of them together; first calls, compilation and checks come on top.
    report : callable, optional
        Called with `convlab.timing.races.contest.News` (a row, and the progress from 0 to 1) whenever a row changes.
    limits : Limits, optional
        What one backend may take, in bytes and in seconds of a call; ``CONVLAB_MAX_BYTES`` and
        ``CONVLAB_MAX_SECONDS``, a quarter of the memory and 30 s if left out.
    seed : int
        Of the operands.
    held : bool
        Time plans, as `convlab.plan` returns them: what a backend does with the filter alone is done before, and told
        as ``parts["filter"]`` of each row. Library functions called raw hold none.

    Returns
    -------
    Race
        ``.rows``, one per backend: `says` is None or why it has no time, `min_s` the least seconds of a call,
        `error` and `bound` how far the answer is from the truth and how far it may be. ``.winner``, ``.ties``,
        ``.sentence``, ``.to_csv()``, ``.to_json()``; it prints as a table. After Ctrl+C, the rows so far.

    Raises
    ------
    SpecError
        When `spec` is no ConvSpec, a name is not known, there is none, or the budget is no time.

    Notes
    -----
    Blocks of calls of at least 1 ms, in slices of 25 ms, the backends in turns and in random order; each until its
    least is settled or its share of the budget is spent. All write into one reused output. An answer is checked in
    full up to 1e8 multiply-adds and 256 MiB of truth and bounds, above that on a sample, and then `checked` says so.

    Examples
    --------
    >>> import convlab as cl
    >>> found = cl.race(cl.ConvSpec((1, 1, 30, 30), (1, 1, 3, 3)), backends=["numpy-im2col"], budget_s=0.05)
    >>> found.winner.name, found.winner.share < 1
    ('numpy-im2col', True)
    """
    names = wanted(spec, backends, budget_s, limits)
    if type(seed) is not int or seed < 0:
        raise SpecError(f"Asked for seed={seed!r}.", "That is no whole number from 0.", "Try 0.")
    steps = contest(spec, names, budget_s=budget_s, seed=seed, limits=limits, held=switch("held", held))
    return run(steps, CREW, report)


def wanted(
    spec: ConvSpec, backends: Sequence[str] | str | None, budget_s: float, limits: Limits | None
) -> tuple[str, ...] | None:
    """Return the names of those that race, None for the whole catalogue, once all that is asked for makes sense.

    Raises
    ------
    SpecError
        What does not.

    Examples
    --------
    >>> wanted(ConvSpec((1, 1, 5), (1, 1, 3)), iter(["numpy-loops", "numpy-fft"]), 1.0, None)
    ('numpy-loops', 'numpy-fft')
    """
    if not isinstance(spec, ConvSpec):
        raise SpecError(
            f"Asked to race {str(spec)[:40]!r}.",
            f"That is of type {type(spec).__name__}, not a question.",
            "Give cl.ConvSpec(x.shape, w.shape, ...).",
        )
    if type(budget_s) not in (int, float) or not 0 < budget_s < inf:
        raise SpecError(
            f"Asked for budget_s={budget_s!r}.", "That is no number of seconds above 0.", "Try 2.0."
        )
    if limits is not None and not isinstance(limits, Limits):
        raise SpecError(
            f"Asked for limits={str(limits)[:40]!r}.",
            f"That is of type {type(limits).__name__}, not Limits.",
            "Give Limits.here('2 GiB', 30) of convlab.timing.admission.limits, or set the environment.",
        )
    if backends is None:
        return None
    given = [backends] if isinstance(backends, str) else backends
    names = tuple(given) if isinstance(given, Iterable) else ()
    if not names:
        raise SpecError(
            f"Asked to race backends={str(backends)[:40]!r}.",
            "Those are no names.",
            "Leave it out for all of them.",
        )
    for name in names:
        get(name)
    return names
