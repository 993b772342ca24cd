"""A race asks, checks, times and leaves out in the right order, whatever workers answer: with a crew that is none."""

import os
import tempfile
import time
from dataclasses import replace

import pytest

from convlab.errors import Refused
from convlab.timing.races import heat, statistics
from tests.racing import RESTLESS, SPEC, USUAL, FakeCrew, failed, lost, raced, row_of


@pytest.fixture(autouse=True)
def nothing_learnt(monkeypatch, tmp_path):
    """Predict by the table, whatever other tests' races have taught this machine's rates."""
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path / "cache"))


def test_the_truth_comes_first_then_every_first_call_then_times():
    crew = FakeCrew()
    race = raced(crew)
    assert [ask.do for ask in crew.asked[:2]] == ["judge", "first"] and crew.asked[-2].do == "machine"
    for name in USUAL:
        did = [ask.do for ask in crew.asked if ask.words.get("backend") == name]
        assert did[0] == "first" and set(did[1:]) == {"slice"}
    assert race.state == "done" and [row.name for row in race.rows] == list(USUAL)
    assert [row.name for row in race.ranked] == ["numpy-im2col", "scipy-direct", "numpy-fft"]


def test_who_needs_no_slow_start_is_called_first():
    crew = FakeCrew({"scipy-direct": 1e-4, "numpy-im2col": 1e-4, "numba-direct": 1e-4})
    raced(crew, ["numba-direct", "scipy-direct", "numpy-im2col"])
    assert crew.did("first") == ["numpy-im2col", "scipy-direct", "numba-direct"]


def test_a_row_has_the_least_the_median_and_the_quartiles_of_its_blocks():
    race = raced(FakeCrew(jitter=(1.0, 1.2, 1.1)), ["numpy-im2col"])
    row = race.rows[0]
    assert row.min_s == pytest.approx(1e-4) and row.median_s == pytest.approx(1.1e-4)
    assert row.q1_s <= row.median_s <= row.q3_s and row.iqr_s == row.q3_s - row.q1_s
    assert row.loops == 10 and row.blocks >= statistics.ENOUGH_BLOCKS
    assert row.gflops == pytest.approx(2 * SPEC.macs / row.min_s / 1e9)
    assert (row.first_call_s, row.parts, row.peak_bytes) == (1e-4 + 0.5, {"compile": 0.5}, 4096)
    assert (row.error, row.bound, row.share, row.checked) == (1e-7, 1e-6, 0.1, "full")


def test_everyone_has_one_turn_a_round_and_the_order_is_random():
    crew = FakeCrew(jitter=RESTLESS)
    raced(crew, budget_s=0.9)
    turns = crew.did("slice")[3:]  # the first one of each comes with its first call
    rounds = [turns[n : n + 3] for n in range(0, len(turns) - 3, 3)]
    assert len(rounds) > 5 and all(sorted(one) == sorted(USUAL) for one in rounds[:-1])
    assert len({tuple(one) for one in rounds}) > 1


def test_a_settled_backend_stops_and_a_restless_one_uses_its_share():
    calm, restless = FakeCrew(), FakeCrew(jitter=RESTLESS)
    assert raced(calm, ["numpy-im2col"]).rows[0].state == "timed"
    assert len(calm.did("slice")) == heat.ROUNDS
    raced(restless, ["numpy-im2col"], budget_s=0.5)
    assert len(restless.did("slice")) == pytest.approx(0.5 / heat.SLICE_S, abs=2)


def test_a_call_longer_than_its_share_is_its_own_time():
    crew = FakeCrew({"numpy-im2col": 2.0})
    row = raced(crew, ["numpy-im2col"], budget_s=0.3).rows[0]
    assert (row.state, row.min_s, row.blocks) == ("timed", 2.0, 1) and not crew.did("slice")


def test_what_is_refused_is_no_part_of_the_way():
    news = []
    raced(FakeCrew(), ["numpy-corr3dmm", "numpy-conv3d", "numpy-im2col", "scipy-direct"], report=news.append)
    assert [one.progress for one in news if one.row.state == "refused"] == [0.0, 0.0]
    first = next(one.progress for one in news if one.row.state == "timed")
    assert first < 1 and news[-1].progress == 1


def test_a_wrong_answer_is_never_timed_and_never_wins():
    crew = FakeCrew(answers={("numpy-im2col", "first"): {"share": 9e5, "error": 0.5, "says": "y[0] is 1."}})
    race = raced(crew)
    row = row_of(race, "numpy-im2col")
    assert (row.state, row.says, row.error, row.min_s) == ("wrong", "y[0] is 1.", 0.5, None)
    assert "numpy-im2col" not in crew.did("slice") and race.winner.name == "scipy-direct"
    assert "numpy-im2col is wrong, and cannot win." in race.sentence


@pytest.mark.parametrize("how", ["died", "late", "memory"])
@pytest.mark.parametrize("do", ["first", "slice"])
def test_a_worker_that_is_lost_costs_one_row(do, how):
    race = raced(FakeCrew(answers={("numpy-im2col", do): lost(how, "It is gone.")}))
    row = row_of(race, "numpy-im2col")
    assert (row.state, row.kind, row.says, row.hint) == ("lost", "stopped", "It is gone.", "Use less.")
    assert race.state == "done" and [row.name for row in race.ranked] == ["scipy-direct", "numpy-fft"]


def test_a_no_of_convlab_keeps_its_kind_and_a_librarys_error_its_words():
    ours = failed(kind="not on this machine", parts=["Asked.", "numba does not start.", "Reinstall it."])
    race = raced(FakeCrew(answers={("numpy-fft", "first"): ours, ("scipy-direct", "first"): failed()}))
    row = row_of(race, "numpy-fft")
    assert (row.state, row.kind, row.says) == ("refused", "not on this machine", "numba does not start.")
    assert row_of(race, "scipy-direct").says == "This backend failed: no (ValueError)."
    assert race.winner.name == "numpy-im2col"


def test_without_the_truth_nobody_is_timed():
    crew = FakeCrew(answers={("", "judge"): lost("memory", "It asked for more memory than there is.")})
    race = raced(crew)
    assert {row.state for row in race.rows} == {"lost"} and race.winner is None and len(crew.asked) == 1
    assert all("Without the truth nothing is timed. It asked" in row.says for row in race.rows)


def test_no_race_leaves_a_folder_and_those_of_the_killed_go_after_a_day(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, age_s in (("convlab-race-old", 90000), ("convlab-race-new", 3600), ("another", 90000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "truth.npy").write_bytes(b"1")
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    assert raced(FakeCrew()).winner
    assert {path.name for path in tmp_path.iterdir()} - {"cache"} == {"convlab-race-new", "another"}


def test_a_race_in_the_midst_of_another_is_refused_and_does_not_wait_for_itself():
    said = []

    def again(news):
        if not said:
            with pytest.raises(Refused, match="in the midst of a race") as no:
                raced(FakeCrew())
            said.append(no.value)

    assert raced(FakeCrew(), report=again).winner and said
    assert raced(FakeCrew()).winner  # and afterwards it may


def test_a_worker_that_is_killed_over_the_truth_costs_no_race():
    class Killed(FakeCrew):
        kills = 1

        def judge(self, name, words):
            self.kills -= 1
            if self.kills >= 0:
                raise lost("died")
            return super().judge(name, words)

    assert raced(Killed()).winner.name == "numpy-im2col"
    twice = Killed()
    twice.kills = 2
    assert {row.state for row in raced(twice).rows} == {"lost"} and len(twice.asked) == 2


def test_who_cannot_run_the_question_is_refused_before_anything_is_asked():
    crew, news = FakeCrew(), []
    race = raced(crew, ["numba-c01b", "numpy-im2col"], report=news.append)
    assert (news[0].row.name, news[0].row.state, news[0].row.kind) == (
        "numba-c01b",
        "refused",
        "not by this backend",
    )
    assert (
        "16" in news[0].row.says
        and "numba-c01b" not in crew.did("first")
        and race.winner.name == "numpy-im2col"
    )


def test_a_limit_leaves_out_one_and_names_the_nearest_size_that_fits():
    big = replace(SPEC, x_shape=(64, 64, 56, 56), w_shape=(64, 64, 3, 3))
    crew = FakeCrew({"numpy-loops": 99.0, "numpy-im2col": 0.1})
    race = raced(crew, ["numpy-loops", "numpy-im2col"], big)
    row = row_of(race, "numpy-loops")
    assert (
        (row.state, row.kind) == ("refused", "over a limit") and row.change["x_shape"] and "limit" in row.says
    )
    assert race.winner.name == "numpy-im2col"


def test_a_question_over_the_limit_refuses_all_and_asks_nothing():
    crew = FakeCrew()
    race = raced(crew, spec=replace(SPEC, x_shape=(1, 1, 60000, 60000)))
    assert {row.kind for row in race.rows} == {"over a limit"} and not crew.asked and race.state == "done"


def test_who_is_far_behind_is_left_out_by_prediction_or_after_one_call():
    large = replace(SPEC, x_shape=(1, 1, 400, 400))  # numpy-loops: seconds, by prediction
    crew = FakeCrew({"numpy-im2col": 1e-4, "numpy-fft": 0.4, "numpy-loops": 9.0})
    race = raced(crew, ["numpy-im2col", "numpy-fft", "numpy-loops"], large)
    predicted, called = row_of(race, "numpy-loops"), row_of(race, "numpy-fft")
    assert (predicted.state, called.state) == ("pruned", "pruned")
    assert (
        "It was not run" in predicted.says
        and predicted.min_s is None
        and crew.did("first").count("numpy-loops") == 0
    )
    assert "4,000× what the leader takes" in called.says and (called.min_s, called.blocks) == (0.4, 1)
    assert race.ranked == (race.winner,)
    kept = raced(FakeCrew(crew.speeds), list(crew.speeds), large, keep=["numpy-fft"])
    assert row_of(kept, "numpy-fft").state == "timed"


def test_who_is_behind_after_its_least_calls_is_timed_no_further():
    speeds = {"numpy-im2col": 1e-4, "scipy-direct": 1.4e-4, "numpy-fft": 2e-4}
    crew = FakeCrew(speeds, jitter=RESTLESS)
    race = raced(crew, list(speeds), behind=1.5, calls=2)
    assert row_of(race, "numpy-fft").state == "timed" and row_of(race, "numpy-fft").blocks >= 2
    turns = {name: crew.did("slice").count(name) for name in speeds}
    assert turns["numpy-fft"] < turns["scipy-direct"] and turns["numpy-fft"] < turns["numpy-im2col"]
    assert all(row_of(raced(FakeCrew(speeds), list(speeds)), name).state == "timed" for name in speeds)


def test_in_a_hurry_the_machine_is_not_measured_besides():
    crew = FakeCrew()
    raced(crew, probe=False)
    assert crew.asked[-1].do == "learn" and crew.asked[-1].words["probe"] is False


@pytest.mark.parametrize(
    ("jitter", "wait_s", "word"),
    [
        ((1.0,), 0.0, None),
        ((1.0, 1.0, 1.15, 1.15), 0.0, "noisy"),
        ((1.0, 2.0), 0.0, "unreliable"),
        ((1.0,), 1.0, "disturbed"),
    ],
)
def test_words_of_doubt_stand_on_a_row(jitter, wait_s, word):
    crew = FakeCrew(jitter=jitter)
    usual = crew.slice

    def waiting(name, words):
        reply = usual(name, words)
        reply["spent"]["wait_s"] = wait_s * reply["spent"]["wall_s"]
        return reply

    crew.slice = waiting
    assert raced(crew, ["numpy-im2col"]).rows[0].flags == ((word,) if word else ())


def test_a_row_that_is_disturbed_at_first_goes_on_within_its_share_and_is_cleared():
    crew = FakeCrew()
    usual = crew.slice

    def waiting(name, words):
        reply = usual(name, words)
        reply["spent"]["wait_s"] = 0.3 * reply["spent"]["wall_s"] if len(crew.did("slice")) == 1 else 0.0
        return reply

    crew.slice = waiting
    row = raced(crew, ["numpy-im2col"]).rows[0]
    assert row.flags == () and heat.ROUNDS < len(crew.did("slice")) <= 0.3 / statistics.WAITS + 1


def test_a_library_that_is_loaded_costs_no_start():
    crew = FakeCrew({"numpy-fft": 1e-4, "numba-direct": 1e-4})
    crew.loaded = ["numba"]
    raced(crew, list(crew.speeds))
    assert crew.did("first") == ["numba-direct", "numpy-fft"]


@pytest.mark.parametrize(("learnt", "runs"), [({}, True), ({"numpy-loops float32": 1.0}, False)])
def test_only_a_rate_that_was_measured_here_leaves_out_what_is_quick_to_try(monkeypatch, learnt, runs):
    monkeypatch.setattr(heat.rates, "known", lambda: replace(heat.rates.ASSUMED, learnt=learnt))
    crew = FakeCrew({"numpy-im2col": 1e-5, "numpy-loops": 0.3})
    medium = replace(SPEC, x_shape=(1, 1, 200, 200))  # 0.3 s of Python by the table
    row = row_of(raced(crew, list(crew.speeds), medium), "numpy-loops")
    assert row.state == "pruned" and ("numpy-loops" in crew.did("first")) is runs


def test_a_race_teaches_the_rates_of_its_machine_what_it_measured():
    crew = FakeCrew({name: 20 * seconds for name, seconds in USUAL.items()})
    race = raced(crew)
    (ask,) = (ask for ask in crew.asked if ask.do == "learn")
    assert [(name, seconds) for name, _, seconds in ask.words["rows"]] == [
        (row.name, row.min_s) for row in race.rows
    ]
    silent = FakeCrew(answers={("", "learn"): lost(), ("", "machine"): failed()})
    assert raced(silent).winner.name == race.winner.name
