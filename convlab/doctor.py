"""What works on this machine, line by line, found out by trying it."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from convlab import __version__, needs, paths
from convlab.backends import CATALOGUE, get, theano_worker
from convlab.backends.peers import PEERS
from convlab.backends.threads import count
from convlab.backends.tiles import machine, pool
from convlab.errors import ConvLabError
from convlab.memory import size, total_bytes
from convlab.numerics import BOUNDS, measure
from convlab.operands import example
from convlab.reference import conv
from convlab.spec import ConvSpec

PROBES = (  # a backend is tried on the first that it takes; even and odd taps, a batch
    ConvSpec((2, 4, 7, 6), (6, 2, 3, 2), "same", groups=2),
    ConvSpec((2, 2, 5, 6), (3, 2, 3, 2), "full"),
    ConvSpec((2, 4, 5, 6), (16, 4, 3, 3)),
    ConvSpec((2, 2, 3, 4, 6), (3, 2, 2, 3, 2)),
    ConvSpec((2, 1, 7, 6), (1, 1, 3, 3)),
    ConvSpec((2, 4, 5, 6), (6, 4, 1, 1)),
)
# Set by some machines for another processor than they have; each of them slows matrix products down.
BLAS_VARIABLES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
OPTIONAL = {  # and what is not there without
    "anywidget": "Without it cl.explore in a notebook falls back on Panel; pip install 'convlab[notebook]'.",
    "distributed": "Without it --scheduler has no Dask cluster to race on; pip install 'convlab[cluster]'.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: the thing, whether it works, and what there is to say about it."""

    name: str
    works: bool
    says: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `convlab doctor` prints.

    Attributes
    ----------
    machine : str
    base : tuple of Finding
        What everything rests on; one that does not work means a broken installation.
    processor : tuple of Finding
        What the fast backends make of the processor: threads, and vectors.
    backends : tuple of Finding
        One per backend of the catalogue, each tried on a small convolution against the definition.
    extras : tuple of Finding
        Packages that one thing or another takes, and what is missing without.
    peers : tuple of Finding
        One per function of another library that races when ``--peers`` asks for it, tried in the same way.
    theano : Finding
        The real Theano: its version, Python and compiler, or why there is none.
    notes : tuple of str
        What is worth knowing and stops nothing.
    """

    machine: str
    base: tuple[Finding, ...]
    processor: tuple[Finding, ...]
    extras: tuple[Finding, ...]
    backends: tuple[Finding, ...]
    peers: tuple[Finding, ...]
    theano: Finding
    notes: tuple[str, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether the base installation works; a backend that this machine lacks does not count."""
        return all(finding.works for finding in self.base)

    def to_json(self) -> dict:
        """Return the report as plain data."""
        return {**asdict(self), "is_healthy": self.is_healthy}


def examine() -> Report:
    """Try everything out, in a few seconds, and report.

    Examples
    --------
    >>> report = examine()
    >>> report.is_healthy, report.backends[0].name
    (True, 'numpy-loops')
    """
    backends = tuple(try_backend(name) for name in CATALOGUE)
    peers = tuple(try_backend(name) for name in PEERS)
    extras = tuple(_extra(name) for name in OPTIONAL)
    processor = (_threads(), _vectors())
    return Report(_machine(), tuple(_base()), processor, extras, backends, peers, _theano(), tuple(_notes()))


def try_backend(name: str) -> Finding:
    """Run a backend on a small convolution and hold the result to the definition."""
    backend = get(name)
    if reason := backend.unavailable():
        return Finding(name, False, reason)
    probe = next(spec for spec in PROBES if backend.supports(spec) is None)
    x, w = example(probe)
    truth = conv(x, w, probe)
    try:
        y = backend.run(x, w, probe)
    except Exception as error:  # a broken library may raise anything, and the report must go on
        return Finding(name, False, f"It fails on {probe}: {_why(error)}")
    share = measure(y, truth, BOUNDS[backend.bound](x, w, probe, truth)).share
    if share > 1:
        return Finding(name, False, f"It is wrong on {probe}: {share:.3g} times the bound of rounding.")
    return Finding(name, True, "exact on integers" if backend.is_exact else f"{share:.2g} of the error bound")


def _threads() -> Finding:
    """Start the pool that native code shares its work by, and tell how many help."""
    here = f"{count()} processor{'s' * (count() > 1)} for this process"
    try:
        helpers = pool.helpers()
    except Exception as error:  # without LLVM the pool has no code to run
        return Finding("threads", False, f"{here}; no native pool: {_why(error)}")
    if helpers:
        return Finding("threads", True, f"{here}; native pool ready ({helpers} helper{'s' * (helpers > 1)})")
    why = "one processor" if count() == 1 else "no pthread, or no thread could be started"
    return Finding("threads", False, f"{here}; no native pool here ({why}): each call uses one thread")


def _vectors() -> Finding:
    """Compile a line of vector code for this processor, whatever is kept on disk."""

    def double(lanes: machine.Lanes, place: object) -> None:
        numbers = lanes.load(place)
        lanes.store(lanes.add(numbers, numbers), place)

    try:
        machine.assembly(machine.text("double", 1, "float32", double))
        numbers, registers = machine.width("float32"), machine.registers()
    except Exception as error:  # a broken LLVM may raise anything
        return Finding("vectors", False, f"no vector code can be compiled here: {_why(error)}")
    return Finding("vectors", True, f"{numbers} numbers of float32, {registers} registers")


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _theano() -> Finding:
    """Start the real Theano and let it tell what it is."""
    try:
        said = theano_worker.describe()
    except ConvLabError as error:
        return Finding("theano", False, " ".join(part for part in (error.found, error.hint) if part))
    versions = f"{said['version']} with Python {said['python']} and NumPy {said['numpy']}"
    return Finding("theano", True, f"{versions}, compiles with {said['compiler']}")


def _machine() -> str:
    processors = os.cpu_count() or 1
    room = total_bytes()
    parts = [
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
        f"{processors} processor{'s' * (processors > 1)}",
    ]
    return ", ".join([f"convlab {__version__}", *parts, *([f"{size(room)} of memory"] if room else [])])


def _base() -> list[Finding]:
    lacks = {lack.need.name: lack for lack in needs.lacking()}
    return [_package(need, lacks.get(need.name)) for need in needs.wanted()]


def _package(need: needs.Need, lack: needs.Lack | None) -> Finding:
    if lack is None:
        return Finding(need.name, True, version(need.name))
    found = f"Version {lack.found} is there" if lack.found else "It is not there"
    return Finding(need.name, False, f"{found}, and {need.name}{need.range} is needed.")


def _extra(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, OPTIONAL[name])


def _notes() -> list[str]:
    notes = [f"{name} is set to {os.environ[name]!r}: unset it, it slows matrix products down."
             for name in BLAS_VARIABLES if name in os.environ]  # fmt: skip
    here = next(folder for folder in (paths.cache(), *paths.cache().parents) if os.access(folder, os.F_OK))
    if not (here.is_dir() and os.access(here, os.W_OK)):
        notes.append(f"{paths.cache()} cannot be written: what races and tuning find out is not kept.")
    return notes
