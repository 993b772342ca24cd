"""What a convolution will take, before anything is allocated: bytes and seconds of each backend, and who is refused."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convlab.backends import get, usual
from convlab.backends.formula import formula
from convlab.backends.work import operand_bytes
from convlab.errors import Refused, Unavailable, Unsupported
from convlab.memory import size
from convlab.spec import ConvSpec, by
from convlab.timing.admission.limits import MAX_BYTES, MAX_SECONDS, Limits, about
from convlab.timing.admission.nearest import nearest
from convlab.timing.admission.rates import Rates, known
from convlab.timing.measuring.check import FULL_MACS, is_full, sample_size

ROUNDED_BYTES = 4 << 20  # large pages, which one value makes whole, and what the threads of a library keep
HOLES = 8  # an eighth of the workspace is lost between the pieces that were given back
JUDGE = "the check"
DOES_IT = "does this one."
JUDGE_GFLOPS = 0.5  # of a float64 sum tap by tap, on the machine of `convlab.timing.admission.rates`


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one backend is likely to take for one call.

    Attributes
    ----------
    name : str
    flops : int
        Operations of its own algorithm.
    io_bytes : int
        x, w and y.
    workspace_bytes : int
        Beside them.
    seconds : float
        Of one call in steady state: neither imports nor compilation.
    formula, seconds_formula : str
        How the workspace and the seconds come about.
    """

    name: str
    flops: int
    io_bytes: int
    workspace_bytes: int
    seconds: float
    formula: str
    seconds_formula: str

    @property
    def bytes(self) -> int:
        """Operands, result and workspace together, with what allocators and large pages of memory round up."""
        return held_bytes(self.io_bytes, self.workspace_bytes)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a backend is left out, and the nearest size that it would take.

    Attributes
    ----------
    kind : str
        Of the four kinds of no in `convlab.errors`.
    asked, found, hint : str
        The three parts of the sentence.
    change : dict
        Arguments of `dataclasses.replace` with which the spec fits; empty when there is none.
    """

    kind: str
    asked: str
    found: str
    hint: str
    change: dict[str, tuple[int, ...]]

    @property
    def sentence(self) -> str:
        """All three parts."""
        return " ".join(part for part in (self.asked, self.found, self.hint) if part)


def held_bytes(io_bytes: int, workspace_bytes: int) -> int:
    """Return what operands and workspace take of a machine's memory, all told.

    Examples
    --------
    >>> held_bytes(0, 80) - ROUNDED_BYTES
    90
    """
    return io_bytes + workspace_bytes + workspace_bytes // HOLES + ROUNDED_BYTES


def predict(name: str, spec: ConvSpec, rates: Rates | None = None) -> Prediction:
    """Return what a backend is likely to take for a spec; nothing is allocated.

    Parameters
    ----------
    name : str
        Of the catalogue.
    spec : ConvSpec
        One that the backend supports.
    rates : Rates, optional
        Of this machine, as far as they are known, unless given.

    Examples
    --------
    >>> predict("numpy-corrmm", ConvSpec((8, 64, 56, 56), (64, 64, 3, 3))).formula
    'C·kh·kw·Ho·Wo·4 B = 64·3·3·54·54·4 B = 6.4 MiB'
    """
    backend, rates = get(name), rates or known()
    work = backend.work(spec)
    return Prediction(
        name,
        work.flops,
        operand_bytes(spec),
        backend.workspace_bytes(spec),
        rates.seconds(name, spec.dtype, work),
        backend.workspace_formula(spec),
        rates.formula(name, spec, work),
    )


def predict_check(spec: ConvSpec, rates: Rates | None = None, full_macs: int = FULL_MACS) -> Prediction:
    """Return what the operands, the truth, its bound and the comparison take, which every race needs.

    x and w are drawn in float64 and cast. A full check sums twice in float64 (the truth, and the magnitudes of the
    bound), and compares y, truth and bound through a few arrays of float64; a sampled one keeps its sample.

    Examples
    --------
    >>> predict_check(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), dtype="float64")).formula
    '8·(2·N·C·H·W + 2·O·C·kh·kw + 8·N·O·Ho·Wo) B = 8·(2·1·1·5·5 + 2·1·1·3·3 + 8·1·1·3·3) B = 1.1 KiB'
    """
    rates = rates or known()
    full, few = is_full(spec, full_macs), sample_size(spec)
    values = "8·N·O·{out}" if full else str(8 * few)
    letters = f"8·(2·N·C·{{in}} + 2·O·I·{{taps}} + {values})"
    made = 2 * (prod(spec.x_shape) + prod(spec.w_shape)) + 8 * (prod(spec.y_shape) if full else few)
    flops = 4 * (spec.macs if full else min(spec.macs, few * spec.terms))
    seconds = flops / (JUDGE_GFLOPS * 1e9) * rates.slower_python + made * 20e-9
    said = f"{flops / 1e9:,.1f} Gflop in float64"
    return Prediction(JUDGE, flops, operand_bytes(spec), 8 * made, seconds, formula(letters, spec), said)


def refusal(
    name: str, spec: ConvSpec, limits: Limits | None = None, rates: Rates | None = None
) -> Refusal | None:
    """Return why a backend does not run a spec here, before anything is allocated; None when it may.

    Examples
    --------
    >>> refusal("numpy-loops", ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)), Limits(2**30)) is None
    True
    >>> layer = ConvSpec((128, 3, 227, 227), (96, 3, 11, 11), stride=4)
    >>> found = refusal("numpy-loops", layer, Limits(2**30))
    >>> found.kind, sorted(found.change)
    ('over a limit', ['x_shape'])
    """
    backend, asked = get(name), f"Asked for {name}."
    if reason := backend.unavailable():
        return Refusal(Unavailable.kind, asked, reason, "", {})
    if reason := backend.supports(spec):
        hint = "" if reason.endswith(DOES_IT) else f"{usual(spec)} {DOES_IT}"  # some say themselves who does
        return Refusal(Unsupported.kind, asked, reason, hint, {})
    limits, rates = limits or Limits.here(), rates or known()
    if _fits(name, spec, limits, rates):
        return None

    def fits(one: ConvSpec) -> bool:
        return _fits(name, one, limits, rates)

    def takes(one: ConvSpec) -> bool:
        return backend.supports(one) is None

    other = usual(spec)
    better = other != name and _fits(other, spec, limits, rates)
    instead = _instead(predict(other, spec, rates)) if better else ""
    over = _excess(name, spec, limits, rates)
    return _refused(f"Asked for {name} on {spec}.", over, nearest(spec, fits, takes), instead)


def refusal_of_all(
    spec: ConvSpec, limits: Limits | None = None, rates: Rates | None = None, full_macs: int = FULL_MACS
) -> Refusal | None:
    """Return why nothing may race on a spec: the operands, y and the check themselves pass a limit; None when they fit.

    Examples
    --------
    >>> refusal_of_all(ConvSpec((1, 1, 60000, 60000), (1, 1, 3, 3)), Limits(2**30)).change
    {'x_shape': (1, 1, 6413, 6413)}
    """
    limits, rates = limits or Limits.here(), rates or known()
    over = _over(predict_check(spec, rates, full_macs), limits)
    if not over:
        return None

    def fits(one: ConvSpec) -> bool:
        return not _over(predict_check(one, rates, full_macs), limits)

    return _refused(f"Asked for a race on {spec}.", over, nearest(spec, fits), "")


def _fits(name: str, spec: ConvSpec, limits: Limits, rates: Rates) -> bool:
    """Return whether a backend keeps to both limits; where x, w and y do not, it is not asked for more."""
    backend, least = get(name), operand_bytes(spec)
    if least > limits.bytes or held_bytes(least, backend.workspace_bytes(spec)) > limits.bytes:
        return False
    return rates.sure_s(name, spec.dtype, backend.work(spec)) <= limits.seconds


def _excess(name: str, spec: ConvSpec, limits: Limits, rates: Rates) -> str:
    """Return which limit a backend passes, in words."""
    if (least := operand_bytes(spec)) > limits.bytes:
        letters = formula("(N·C·{in} + O·I·{taps} + N·O·{out})·{b}", spec)
        return f"x, w and y alone take {size(least)} and the limit is {size(limits.bytes)}: {letters}."
    return _over(predict(name, spec, rates), limits)


def _over(found: Prediction, limits: Limits) -> str:
    """Return which limit is passed, with the formula, the number and the limit; empty when none is."""
    it = "The check" if found.name == JUDGE else "That"
    if found.bytes > limits.bytes:
        return (
            f"{it} takes {size(found.bytes)} and the limit is {size(limits.bytes)}: x, w and y "
            f"{size(found.io_bytes)}, and beside them {found.formula}."
        )
    if found.seconds > limits.seconds:
        return (
            f"{it} takes about {about(found.seconds)} and the limit is {about(limits.seconds)}: "
            f"{found.seconds_formula}."
        )
    return ""


def _refused(asked: str, over: str, change: dict[str, tuple[int, ...]], instead: str) -> Refusal:
    words = {"x_shape": "x", "w_shape": "w"}
    sizes = " and ".join(f"{words[key]} {by(value)}" for key, value in change.items())
    ways = [f"{sizes}, the nearest size that fits"] * bool(change) + [instead] * bool(instead)
    hint = f"Use {'; or '.join(ways)}." if ways else f"Raise the limit: {MAX_BYTES}, {MAX_SECONDS}."
    return Refusal(Refused.kind, asked, over, hint, change)


def _instead(better: Prediction) -> str:
    return f"{better.name} (about {about(better.seconds)}, {size(better.bytes)})"
