"""Rates are assumed, then measured, then learnt from races; what lies in the cache is believed only if it is whole."""

import json
import logging
from dataclasses import asdict, replace

import pytest

from convlab.backends import CATALOGUE, get
from convlab.backends.work import Work
from convlab.spec import ConvSpec
from convlab.timing.admission import rates, speeds
from convlab.timing.admission.gate import predict
from convlab.timing.admission.rates import ASSUMED, Rates
from convlab.timing.measuring import probe
from convlab.timing.measuring.duties import DUTIES
from convlab.timing.races.contest import contest, run
from convlab.timing.races.heat import Heat
from convlab.timing.words import spec_out
from tests.racing import LIMITS, SPEC

WORK = Work(10**9, 1000, 10**8)
FAST = Rates(480.0, 240.0, 16.0, 0.2e-6)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of this test's own."""
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path))
    return tmp_path


def test_seconds_are_operations_copies_and_turns_together():
    name, parts = "numpy-im2col", (Work(10**9, 0, 0), Work(0, 1000, 0), Work(0, 0, 10**8))
    whole = FAST.seconds(name, "float32", WORK)
    assert whole == pytest.approx(sum(FAST.seconds(name, "float32", part) for part in parts))
    assert FAST.seconds(name, "float32", Work(0, 0, 16 * 10**9)) == pytest.approx(1.0)
    assert FAST.seconds(name, "float32", Work(10**9, 0)) == pytest.approx(1 / FAST.gflops(name, "float32"))


@pytest.mark.parametrize("name", [*CATALOGUE, "nobody"])
def test_a_faster_machine_is_predicted_to_be_faster_by_as_much(name):
    twice = Rates(
        2 * speeds.GEMM_GFLOPS["float32"], 2 * speeds.GEMM_GFLOPS["float64"], 8.0, speeds.CALL_S / 2
    )
    once = Rates(*speeds.GEMM_GFLOPS.values(), 4.0, speeds.CALL_S)
    for dtype in ("float32", "float64"):
        assert once.seconds(name, dtype, WORK) == pytest.approx(2 * twice.seconds(name, dtype, WORK))
    assert once.seconds(name, "longdouble", WORK) > once.seconds(name, "float64", WORK)


def test_every_backend_of_the_catalogue_has_a_speed_of_its_own():
    assert set(CATALOGUE) <= set(speeds.SPEEDS)
    assert speeds.of("nobody") is speeds.UNKNOWN


def test_the_roof_is_the_matrix_product_of_the_dtype():
    assert (FAST.roofline("float32"), FAST.roofline("float64")) == (480.0, 240.0)


def test_what_is_learnt_comes_near_to_what_is_measured_and_touches_no_other():
    found, truth = FAST, 7 * FAST.seconds("scipy-oa", "float32", WORK)
    for _ in range(24):
        found = found.learns("scipy-oa", "float32", WORK, truth)
    assert found.seconds("scipy-oa", "float32", WORK) == pytest.approx(truth, rel=0.02)
    for name, dtype in (("scipy-oa", "float64"), ("scipy-fft", "float32")):
        assert found.seconds(name, dtype, WORK) == FAST.seconds(name, dtype, WORK)
    assert FAST.learnt == {}


def test_one_wild_measurement_does_not_run_away():
    usual = FAST.seconds("scipy-oa", "float32", WORK)
    wild = FAST.learns("scipy-oa", "float32", WORK, 1e9 * usual)
    assert wild.seconds("scipy-oa", "float32", WORK) == pytest.approx(rates.FURTHEST * usual)


def test_fast_evidence_weighs_more_than_slow_since_what_disturbs_only_adds():
    usual = FAST.seconds("scipy-oa", "float32", WORK)
    found = FAST.learns("scipy-oa", "float32", WORK, 8 * usual).learns("scipy-oa", "float32", WORK, usual)
    assert found.seconds("scipy-oa", "float32", WORK) < 1.2 * usual
    found = FAST.learns("scipy-oa", "float32", WORK, usual / 8).learns("scipy-oa", "float32", WORK, usual)
    assert found.seconds("scipy-oa", "float32", WORK) < usual / 2


def test_of_two_probes_the_better_number_stays():
    slow = replace(FAST, float32_gflops=100.0, call_s=1e-6, copy_gbs=20.0, learnt={"a b": 2.0}, probes=3)
    found = probe.better(slow, FAST)
    assert asdict(found) == {**asdict(FAST), "copy_gbs": 20.0, "learnt": {"a b": 2.0}, "probes": 4}
    assert probe.better(ASSUMED, FAST) == replace(FAST, probes=1)


def test_a_machine_is_measured_by_the_least_of_its_tries(monkeypatch):
    ticks = iter([0, 5, 10, 12, 20, 21, 30, 39] * 9)
    monkeypatch.setattr(probe, "perf_counter", lambda: next(ticks) * 1e-3)
    calls = []
    assert probe._least_s(lambda: calls.append(1)) == pytest.approx(1e-3)
    assert len(calls) == 1 + probe.TRIES


def test_a_slow_machine_is_not_tried_for_long(monkeypatch):
    ticks = iter(range(100))
    monkeypatch.setattr(probe, "perf_counter", lambda: float(next(ticks)))
    calls = []
    assert probe._least_s(lambda: calls.append(1)) == 1.0 and len(calls) == 2


def test_a_probe_measures_what_a_machine_has():
    found = probe.measured()
    assert found.source == "measured" and found.learnt == {}
    assert all(getattr(found, name) > 0 for name in rates.MEASURED)


def test_rates_are_assumed_until_they_are_kept_and_then_read_back(cache):
    assert rates.known() is ASSUMED
    kept = replace(FAST, learnt={"numpy-loops float32": 1.5}, probes=2)
    rates.keep(kept)
    assert rates.known() == kept and rates.place().is_relative_to(cache)
    rates.keep(replace(kept, copy_gbs=9.0))
    assert rates.known().copy_gbs == 9.0


WRONG = {
    "": "", "text": "no", "half": None, "a list": "[1, 2]", "deep": "[" * 100_000, "not text": b"\xff\xfe\x00",
    "kind": {"kind": "tuned"}, "format": {"format": 99}, "machine": {"machine": {"cpu": "another"}},
    "nan": {"copy_gbs": float("nan")}, "infinite": {"call_s": float("inf")}, "zero": {"float32_gflops": 0},
    "negative": {"float64_gflops": -4.0}, "bool": {"call_s": True}, "word": {"copy_gbs": "fast"},
    "learnt": {"learnt": [1]}, "learnt nan": {"learnt": {"a b": float("nan")}}, "probes": {"probes": None},
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_is_not_whole_is_ignored_with_one_line(wrong, cache, caplog):
    rates.keep(FAST)
    text = rates.place().read_text(encoding="utf-8")
    change = WRONG[wrong]
    if isinstance(change, dict):
        change = json.dumps({**json.loads(text), **change})
    change = text[: len(text) // 2] if change is None else change
    rates.place().write_bytes(change if isinstance(change, bytes) else change.encode())
    with caplog.at_level(logging.WARNING, "convlab"):
        assert rates.known() is ASSUMED
        assert rates.known() is ASSUMED
    (line,) = caplog.messages
    assert "is ignored" in line and str(rates.place()) in line and "\n" not in line


def test_a_cache_that_cannot_be_written_costs_one_line(cache, caplog, monkeypatch):
    (cache / "file").write_text("")
    monkeypatch.setenv("CONVLAB_CACHE", str(cache / "file"))
    with caplog.at_level(logging.WARNING, "convlab"):
        rates.keep(FAST)
    assert len(caplog.messages) == 1 and "is not written" in caplog.messages[0]


def test_the_duty_learns_from_rows_and_measures_the_first_times_only(cache, monkeypatch):
    probed = []
    monkeypatch.setattr(probe, "measured", lambda: probed.append(1) or FAST)
    row = ["numpy-im2col", spec_out(SPEC), 10 * predict("numpy-im2col", SPEC, FAST).seconds]
    probe.learn([row], probe=False)
    assert not probed, "there was no time for it"
    for _ in range(20):
        said = probe.learn([row])
    assert len(probed) == probe.ENOUGH and said["float32_gflops"] == FAST.float32_gflops
    assert rates.known().learnt["numpy-im2col float32"] == pytest.approx(10, rel=0.1)
    assert predict("numpy-im2col", SPEC).seconds == pytest.approx(row[2], rel=0.1)
    assert probe.probe()["copy_gbs"] == FAST.copy_gbs and rates.known().learnt


class Pupil:
    """A crew without processes that does everything it is asked for, in this one, learning included."""

    def ask(self, ask):
        return DUTIES[ask.do](**ask.words)


def test_a_race_teaches_the_rates_of_its_machine(cache):
    large = ConvSpec((4, 8, 60, 60), (16, 8, 5, 5))
    found = run(contest(large, ["numpy-im2col"], budget_s=0.02, limits=LIMITS), Pupil())
    known = rates.known()
    assert found.winner and known.source == "measured" and known.probes == 1
    sure = not found.winner.flags and found.winner.min_s >= 1e-3
    assert ("numpy-im2col float32" in known.learnt) == sure


def test_only_rows_without_doubt_and_of_calls_that_take_a_while_teach():
    heat = Heat(SPEC, ["numpy-im2col", "numpy-fft", "numpy-corrmm", "scipy-oa", "scipy-fft"], "", 0)
    told = ({"min_s": 2e-3}, {"min_s": 0.9e-3}, {"min_s": 2e-3, "flags": ("noisy",)}, {"min_s": 2e-3}, {})
    for name, change, state in zip(
        heat.rows, told, ("timed", "timed", "timed", "pruned", "wrong"), strict=True
    ):
        heat.put(name, state=state, **change)
    assert heat.lessons() == [("numpy-im2col", heat.words, 2e-3)]


def test_a_sentence_names_every_part_of_the_seconds():
    spec = ConvSpec((8, 4, 40, 40), (16, 4, 3, 3))
    said = FAST.formula("numpy-corrmm", spec, get("numpy-corrmm").work(spec))
    assert said.startswith("2·N·O·C·kh·kw·Ho·Wo = 0.0 Gflop at ")
    assert "N·kh·kw + N = 80 turns of " in said and said.endswith("1.6 MiB copied at 16.0 GB/s")
