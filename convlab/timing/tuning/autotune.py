"""Which backend is fastest for a convolution on this machine: refuse, verify, time, rank, say by how much, remember."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from time import perf_counter

from convlab.backends import CATALOGUE, get
from convlab.backends.preference import Wishes, wishes
from convlab.backends.rules import likely
from convlab.errors import SpecError
from convlab.numerics import CLOSE
from convlab.spec import ConvSpec
from convlab.timing.admission.gate import predict
from convlab.timing.admission.limits import Limits, about
from convlab.timing.asks import Ask
from convlab.timing.races.contest import News, contest, run
from convlab.timing.tuning import cache
from convlab.timing.tuning.choice import Choice
from convlab.timing.words import times

HOPELESS = 20.0  # left out: predicted at so many times the best prediction, which is right within 3 times
HOPELESS_LONG = 6.0  # the same where one call would cost a good part of the time for tuning
LONG_S = 0.05
# The same of loops that numba compiles: it takes longer to start than all the timing, and tiles do that work as well.
HOPELESS_COMPILED = 1.5
SHORT_S = 1e-3  # what is predicted to take less is tried: that costs no more than believing the prediction
FAR_BEHIND = (
    4.0  # measured: whose first calls take so many times the leader's is not timed any further, unless
)
NEAR = 2.0  # it was predicted to take no more than so many times the best prediction: then that call was disturbed
BEHIND = 1.5  # the same after at least so many calls:
CALLS = 2  # of each at least: a single one that was disturbed must not decide what is used from now on
BUDGET_S = 0.12  # for the timing of all
FULL_MACS = 5_000_000  # a larger answer is checked by a sample: the check is part of the tuning's time
LOOKS = ("numba-separable",)  # whose time depends on what stands in the filter
ELSEWHERE = ("theano",)  # families that run in an interpreter of their own; "auto" takes them when told to


def autotune(spec: ConvSpec, *, exact: bool = False, verbose: bool = False) -> Choice:
    """Find the fastest right backend for a spec on this machine, and let ``backend="auto"`` use it from now on.

    Every backend that could win is run in a worker process, checked against the definition, then timed in turns with
    the others. Who is wrong or does not come back is disqualified; who cannot run the spec, would pass a limit or is
    hopelessly slow by prediction is refused, with the reason. What is found is kept in the user's cache for this
    spec, processor and versions, and the next call reads it there.

    Parameters
    ----------
    spec : ConvSpec
        Such as ``cl.ConvSpec(x.shape, w.shape, stride=2)``.
    exact : bool
        Leave out what may round more than a direct sum, or about three times as much: transforms, and Winograd's
        F(4x4). For bool and integers "auto" asks first for what was found so, and takes the first that gives them bit
        for bit; for floats, only where nothing was tuned without.
    verbose : bool
        Print what Theano's conv_meta prints with ``metaopt.verbose=2``.

    Returns
    -------
    Choice
        winner, ranked, refused {name: why}, disqualified {name: why}, sentence and race, with all times.

    Raises
    ------
    SpecError
        When `spec` is no ConvSpec, or there is nothing to compute.
    Refused
        When no backend was timed and right.

    Notes
    -----
    Theano's conv_meta (``LocalMetaOptimizer``) times each candidate twice or three times, one after the other, does
    not compare their answers and times equal convolutions again. Of backends that cannot be told apart, the exact
    one is taken, then the one that takes less memory. `convlab.prefer` says who takes part.

    Times are of steady state, of calls that hold no filter: what is done with the filter is part of each. In each new
    process the first call of a backend takes some hundredths of a second more, and half a second where numba starts.
    Filters are random here, so numba-separable, which is fast for some only, takes no part: `convlab.plan` looks at its
    filter.

    Examples
    --------
    >>> import convlab as cl
    >>> choice = cl.autotune(cl.ConvSpec((1, 1, 20, 20), (1, 1, 3, 3)), exact=True)
    >>> choice.winner == choice.ranked[0], "scipy-fft" in choice.refused
    (True, True)
    """
    if not isinstance(spec, ConvSpec):
        raise SpecError(
            f"Asked to tune {str(spec)[:40]!r}.",
            f"That is of type {type(spec).__name__}, not a question.",
            "Give cl.ConvSpec(x.shape, w.shape, ...).",
        )
    found = cache.kept(spec, bool(exact), wishes().candidates())
    if found is None:
        from convlab.timing.crew import CREW

        found = run(tuning(spec, exact=bool(exact)), CREW)
        if found.race.state == "done":
            cache.keep(found)
    if verbose:
        print(found.meta())
    return found


def tuning(
    spec: ConvSpec, *, exact: bool = False, limits: Limits | None = None
) -> Generator[Ask | News, object, Choice]:
    """Tune a spec by asking workers: a contest among those that could win, for any driver of contests.

    Reads nothing that was kept and keeps nothing: see `convlab.timing.tuning.cache`.
    """
    if not spec.macs:
        raise SpecError(
            f"Asked to tune {spec}.",
            "It has no multiply-adds: y is empty or zero.",
            "Tune one with images, channels and filters.",
        )
    begun, wanted = perf_counter(), wishes().candidates()
    names, left_out = candidates(spec, exact, wanted)
    seconds = _predicted(names, spec)
    near = [name for name, one_s in seconds.items() if one_s <= NEAR * min(seconds.values())]
    race = yield from contest(
        spec,
        names,
        budget_s=BUDGET_S,
        prune=FAR_BEHIND,
        keep=near,
        calls=CALLS,
        behind=BEHIND,
        probe=False,
        full_macs=FULL_MACS,
        limits=limits,
    )
    return Choice(race, exact, left_out, perf_counter() - begun, wanted)


def candidates(spec: ConvSpec, exact: bool, wanted: Wishes) -> tuple[list[str], dict[str, str]]:
    """Return who takes part, the most promising first, and who does not, with the reason.

    Examples
    --------
    >>> names, left_out = candidates(ConvSpec((1, 1, 9, 9), (1, 1, 3, 3)), True, Wishes(exclude=("numpy-im2col",)))
    >>> "numpy-im2col" in names, left_out["numpy-im2col"], left_out["numpy-fft"]
    (False, 'cl.prefer excludes it.', 'Its rounding keeps to the wider bound "fft", and exact=True was asked.')
    """
    left_out = {name: why for name in CATALOGUE if (why := _unwanted(name, exact, wanted))}
    names = [name for name in CATALOGUE if name not in left_out]
    seconds = _predicted(names, spec)
    if seconds:
        best = min(seconds, key=seconds.get)
        asked_for = {*wanted.include, *wanted.require, *likely(spec)}
        for name, predicted_s in seconds.items():
            ratio = predicted_s / seconds[best]
            hopeless = ratio > (HOPELESS if predicted_s < LONG_S else HOPELESS_LONG) and predicted_s > SHORT_S
            hopeless |= _compiles(name) and ratio > HOPELESS_COMPILED
            if name not in asked_for and hopeless:
                left_out[name] = (
                    f"Predicted: {about(predicted_s)}, {times(ratio)} what {best} is predicted to take."
                )
    names = sorted((name for name in names if name not in left_out), key=lambda name: seconds.get(name, 0.0))
    return names, left_out


def _unwanted(name: str, exact: bool, wanted: Wishes) -> str | None:
    """Return why a backend takes no part whatever the spec is."""
    if name in wanted.exclude:
        return "cl.prefer excludes it."
    if wanted.require:
        return None if name in wanted.require else f"cl.prefer requires {' or '.join(wanted.require)}."
    if exact and get(name).bound not in CLOSE:
        return f'Its rounding keeps to the wider bound "{get(name).bound}", and exact=True was asked.'
    if name in LOOKS and name not in wanted.include:
        return "It is fast for some filters only, and tuning takes random ones. cl.plan looks at the filter."
    if get(name).family in ELSEWHERE and name not in wanted.include:
        return f"It runs in an interpreter of its own. cl.prefer(include={name!r}) lets it take part."
    return None


def _compiles(name: str) -> bool:
    """Return whether numba itself has to compile a backend's loops: the tiles only take its LLVM."""
    return get(name).family == "numba" and not get(name).imports


def _predicted(names: Sequence[str], spec: ConvSpec) -> dict[str, float]:
    """Return the seconds that each is likely to take, of those that run the spec here."""
    run = [name for name in names if not (get(name).unavailable() or get(name).supports(spec))]
    return {name: predict(name, spec).seconds for name in run}
