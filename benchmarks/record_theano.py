"""Records what the real Theano tells for the presets of Compare, into ``assets/recorded``.

Run it from the root of a checkout where Theano is set up: ``python -m benchmarks.record_theano``. A dashboard without
Theano shows these answers and times, labelled as recorded, with the processor and the month.
"""

import datetime
import platform
import sys
from pathlib import Path

from convlab import paths, presets
from convlab.backends import theano_worker
from convlab.compare import recorded
from convlab.compare.real import LABELS, Outcome, call_of, refused
from convlab.dashboard.state.compare.question import loose_of, shows
from convlab.errors import ConvLabError

COLUMNS = ("theano", "theano-corrmm", "theano-convop")
REPEATS = 20


def main():
    """Ask Theano every call that Compare makes for a preset, and write down what it told."""
    if reason := theano_worker.unavailable():
        sys.exit(reason)
    told = {}
    for preset in presets.all():
        if not shows(preset.id):
            continue
        for name in (*COLUMNS, *(one for one in preset.against if one in LABELS)):
            if (call := asked(preset.id, name)) is not None and call.key not in told:
                told[call.key] = (call.text, outcome(call))
                print(f"{preset.id:16} {told[call.key][1].kind:8} {call.text}")
    about = theano_worker.describe()
    head = {"version": about["version"], "where": processor(), "when": f"{datetime.date.today():%b %Y}"}
    recorded.write(paths.assets() / "recorded", {**head, "numpy": about["numpy"]}, told)


def asked(preset, name):
    """Return the call that a column makes for a preset; None where Theano has no words for it."""
    question = loose_of(preset)
    try:
        return call_of(name, *question.given, question.options)
    except ConvLabError:
        return None


def outcome(call):
    """Return what the real Theano tells, its times after the kind of call has been compiled once."""
    repeats = REPEATS if call.x.size * call.w[0].size < 30_000_000 else 2
    try:
        heard = theano_worker.call(call.function, {"x": call.x, "w": call.w}, call.words, repeats=repeats)
    except theano_worker.TheanoRefused as no:
        return refused(no.kind_of_error, no.text, no.stage)
    except theano_worker.TheanoDied as end:
        return Outcome("died", error=end.signal)
    times = heard.compile_s, heard.first_s, heard.steady_s
    return Outcome("answer", heard.arrays["y"], heard.ops, *times, version=heard.version)


def processor():
    """Return the model of the processor, without what only its maker needs to know."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())


if __name__ == "__main__":
    main()
