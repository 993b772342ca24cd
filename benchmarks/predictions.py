"""How well bytes and seconds are predicted over 100 drawn shapes: ``python benchmarks/predictions.py [--worst]``.

Bytes: what is predicted (x, w, y and workspace) against what they really take, the workspace as the rise of resident
memory in a call into a reused output. They shall hold on 99 % and be within twice the truth on 80 %. Seconds: the
least of a few calls against the prediction, with rates as assumed, as probed on this machine, and as learnt from the
same backends on other shapes; within 3 times on 90 % is the goal.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from convlab.backends import CATALOGUE, get
from convlab.errors import SpecError
from convlab.operands import noise
from convlab.spec import MODES, ConvSpec
from convlab.timing.admission import rates
from convlab.timing.admission.gate import predict
from convlab.timing.crew import left_out
from convlab.timing.measuring import probe
from convlab.timing.measuring.peak import extra_bytes

LEAST_BYTES, MOST_BYTES, MOST_S = 12 << 20, 128 << 20, 0.15  # below that no limit is near
CALLS, TRIES = 3, 400
HERE = [name for name in CATALOGUE if get(name).family != "theano"]


def drawn(count, seed=0, names=HERE, most_s=MOST_S):
    """Return (backend, spec) pairs, the backends in turn; every spec is worth measuring and soon done."""
    rng, found, names = np.random.default_rng(seed), [], list(names)
    while len(found) < count and names:
        name = names[len(found) % len(names)]
        one = next(
            (spec for spec in (draw(rng, name) for _ in range(TRIES)) if worth(name, spec, most_s)), None
        )
        if one is None:  # so large and so quick: not this backend
            names.remove(name)
        else:
            found.append((name, one))
    return found


def worth(name, spec, most_s):
    """Tell whether a drawn spec is one that a backend takes, large enough to matter, and soon done."""
    if spec is None or get(name).supports(spec):
        return False
    one = predict(name, spec, rates.ASSUMED)
    return LEAST_BYTES <= one.bytes <= MOST_BYTES and one.seconds <= most_s


def draw(rng, name):
    """Return a drawn spec of a rank that a backend slides over, sizes even on a log scale; None now and then."""
    rank = int(rng.choice(RANKS.get(name, (1, 2, 2, 3))))

    def size(low, high):
        return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))

    images, channels, filters = size(1, 64), size(1, 64), size(1, 64)
    if name == "numba-c01b":
        channels, filters = size(1, 16) * 4, size(1, 4) * 16
    space = [size(*{1: (64, 65536), 2: (8, 512), 3: (4, 64)}[rank]) for _ in range(rank)]
    taps = [size(1, {1: 63, 2: 13, 3: 5}[rank])] * rank
    options = {
        "stride": int(rng.choice([1, 1, 1, 2])),
        "dtype": str(rng.choice(["float32", "float32", "float64"])),
    }
    try:
        return ConvSpec(
            (images, channels, *space), (filters, channels, *taps), str(rng.choice(MODES)), **options
        )
    except SpecError:  # the filter is larger than x
        return None


QUICK = [name for name in HERE if get(name).family != "numba"]  # nothing to compile
RANKS = {"numpy-corrmm": (2,), "numpy-corr3dmm": (3,), "numpy-fft": (2, 3), "numpy-conv3d": (3,)}
RANKS |= {"numpy-conv3d2d": (3,), "numba-legacy": (2,), "numba-c01b": (2,)}


def measured(name, spec, calls=CALLS):
    """Return the bytes that x, w, y and a call take, and the least seconds of a call."""
    backend, (x, w) = get(name), noise(spec, 0)
    out = np.zeros(spec.y_shape, spec.dtype)
    backend.run(x, w, spec, out)
    extra = extra_bytes(lambda: backend.run(x, w, spec, out))
    seconds = []
    for _ in range(calls):
        began = perf_counter()
        backend.run(x, w, spec, out)
        seconds.append(perf_counter() - began)
    return x.nbytes + w.nbytes + out.nbytes, extra, min(seconds, default=None)


def taught(start, lines):
    """Return rates that have learnt from measurements."""
    for name, spec, _, _, seconds in lines:
        start = start.learns(name, spec.dtype, get(name).work(spec), seconds)
    return start


def within(factor, ratios):
    return f"{np.mean([1 / factor <= ratio <= factor for ratio in ratios]):.0%}"


def report(lines, here, worst):
    bytes_ = [predict(name, spec, here).bytes / (io + extra) for name, spec, io, extra, _ in lines]
    large = [line for line in lines if max(line[3], get(line[0]).workspace_bytes(line[1])) > 1 << 20]
    work = [(get(name).workspace_bytes(spec) + 1) / (extra + 1) for name, spec, _, extra, _ in large]
    print(f"bytes of {len(lines)} shapes: hold on {np.mean(np.array(bytes_) >= 0.995):.1%}, ", end="")
    print(f"within 2x on {within(2, bytes_)}; workspace alone, where above 1 MiB ({len(large)}): ", end="")
    print(f"holds on {np.mean(np.array(work) >= 0.995):.0%}, within 2x on {within(2, work)}")
    half = len(lines) // 2
    learnt = taught(here, lines[:half])
    for label, known, those in (
        ("assumed", rates.ASSUMED, lines), ("probed", here, lines), ("learnt", learnt, lines[half:])
    ):  # fmt: skip
        ratios = [predict(name, spec, known).seconds / seconds for name, spec, _, _, seconds in those]
        print(
            f"seconds, {label}: within 3x on {within(3, ratios)} of {len(those)}, within 2x on {within(2, ratios)}"
        )
    if worst:
        table(lines, here)


def table(lines, here):
    for name, spec, io, extra, seconds in sorted(lines, key=lambda line: line[0]):
        one = predict(name, spec, here)
        work = get(name).work(spec)
        print(
            f"{name:15} {one.bytes / (io + extra):5.2f} MiB {one.workspace_bytes / 2**20:7.2f} / {extra / 2**20:7.2f}"
            f"  s {one.seconds / seconds:6.2f} = {one.seconds * 1e3:8.2f} / {seconds * 1e3:8.2f} ms"
            f"  {work.flops / 1e9:6.2f} GF {work.flops / seconds / 1e9:6.1f} GF/s {work.calls:7} calls"
            f" {seconds / work.calls * 1e6:9.1f} us/call {work.moved_bytes / 2**20:6.1f} MiB {spec}"
        )


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--count", type=int, default=100)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--worst", action="store_true", help="print every shape")
    given = options.parse_args()
    here = probe.measured()
    print(here)
    if slows := left_out():
        print(f"BLAS may run at half speed here, for the environment has {slows}")
    lines = [(name, spec, *measured(name, spec)) for name, spec in drawn(given.count, given.seed)]
    report(lines, here, given.worst)


if __name__ == "__main__":
    main()
