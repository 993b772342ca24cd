"""cl.autotune: who takes part, who wins and why, what is said and printed, what is kept for "auto"."""

import pytest

import convlab as cl
from convlab.backends import CATALOGUE, choose, get
from convlab.backends.preference import NONE, Wishes, forget
from convlab.backends.rules import likely
from convlab.errors import Refused, SpecError
from convlab.numerics import CLOSE
from convlab.spec import ConvSpec
from convlab.timing.admission.gate import Prediction
from convlab.timing.admission.limits import Limits
from convlab.timing.races.contest import run
from convlab.timing.tuning import autotune as tuner
from convlab.timing.tuning import cache
from convlab.timing.tuning.autotune import (
    HOPELESS,
    HOPELESS_COMPILED,
    HOPELESS_LONG,
    SHORT_S,
    autotune,
    candidates,
    tuning,
)
from convlab.timing.tuning.choice import Choice
from tests.raced import SPEC, choice, race, row
from tests.racing import FakeCrew, lost

SMALL = ConvSpec((1, 1, 12, 12), (1, 1, 3, 3))


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVLAB_CACHE", str(tmp_path))
    forget(), cl.prefer()
    yield
    forget(), cl.prefer()


@pytest.fixture
def predicted(monkeypatch):
    """Let a test say what is predicted: seconds by name, 1 ms for all others."""

    def say(**seconds):
        by_name = {name.replace("_", "-"): value for name, value in seconds.items()}

        def predict(name, spec):
            return Prediction(name, 1, 1, 1, by_name.get(name, 1e-3), "", "")

        monkeypatch.setattr(tuner, "predict", predict)

    return say


def tuned(seconds, spec=SPEC, exact=False, answers=None):
    crew = FakeCrew(seconds, answers)
    return run(tuning(spec, exact=exact), crew), crew


def wrong(*names):
    return {(name, "first"): {"says": "3 times the bound."} for name in names}


def test_the_fastest_that_is_right_wins_and_every_other_has_its_reason():
    seconds = {name: 0.002 for name in CATALOGUE} | {"numba-tiles": 0.0005, "numpy-im2col": 0.0001}
    answers = wrong("numpy-im2col") | {("scipy-oa", "first"): lost(), ("scipy-fft", "slice"): lost()}
    found, _ = tuned(seconds, answers=answers)
    assert found.winner == "numba-tiles" == found.ranked[0] and len(set(found.ranked)) == len(found.ranked)
    assert found.disqualified.keys() <= {"numpy-im2col", "scipy-oa", "scipy-fft"}
    assert "3 times the bound" in found.disqualified["numpy-im2col"]
    assert {*found.ranked, *found.refused, *found.disqualified} == set(CATALOGUE), "nobody is forgotten"
    assert all(why.endswith((".", ")")) for why in (found.refused | found.disqualified).values())


def test_nothing_is_timed_before_it_was_checked():
    _, crew = tuned(dict.fromkeys(CATALOGUE, 0.001))
    asked = [(ask.do, ask.words.get("backend")) for ask in crew.asked]
    assert asked[0] == ("judge", None) and len(crew.did("slice")) > 10
    for at, (do, name) in enumerate(asked):
        assert do != "slice" or ("first", name) in asked[:at]


def test_exact_leaves_out_what_rounds():
    found, crew = tuned(dict.fromkeys(CATALOGUE, 0.001), exact=True)
    assert all(get(name).bound in CLOSE for name in crew.did("first"))
    assert {"numba-winograd-f2", "numba-tiles"} <= {*crew.did("first")}
    assert "winograd" in found.refused["numba-winograd"]
    assert "exact=True" in found.refused["scipy-fft"] and found.exact


def test_tuning_keeps_to_its_time():
    _, crew = tuned(dict.fromkeys(CATALOGUE, 2e-5))
    asked_s = sum(ask.words["seconds"] for ask in crew.asked if ask.do == "slice")
    assert asked_s <= 0.3, "half a second is for the checks and the first calls too"


def test_the_real_theano_takes_part_only_when_it_is_included():
    assert "theano-corrmm" in candidates(SPEC, False, NONE)[1]
    names, left_out = candidates(SPEC, False, Wishes(include=("theano-corrmm",)))
    assert "theano-corrmm" in names and "theano-convop" in left_out


def test_the_most_promising_is_called_first_and_the_hopeless_not_at_all(predicted):
    slow = 1e-3 * HOPELESS
    predicted(numpy_corrmm=0.9e-3, scipy_direct=slow * 1.1, scipy_ndimage=slow * 0.8, numpy_im2col=slow * 1.1)
    names, left_out = candidates(SPEC, False, NONE)
    runs = [name for name in names if get(name).supports(SPEC) is None]
    assert runs[0] == "numpy-corrmm" and runs[-2] == "scipy-ndimage"
    assert left_out["scipy-direct"] == "Predicted: 22 ms, 24× what numpy-corrmm is predicted to take."
    assert runs[-1] == "numpy-im2col" and "numpy-im2col" in likely(SPEC), "the usual choice is never left out"


def test_numba_itself_is_started_only_for_loops_that_are_predicted_to_be_near_the_best(predicted):
    others = {name.replace("-", "_"): 1.0 for name in CATALOGUE}
    for seconds, takes_part in ((0.9e-4 * HOPELESS_COMPILED, True), (1.1e-4 * HOPELESS_COMPILED, False)):
        predicted(**others | {"numba_tiles": 1e-4, "numba_rows": seconds, "llvm_direct": seconds})
        names, left_out = candidates(SPEC, False, NONE)
        assert ("numba-rows" in names) is takes_part and "llvm-direct" in names
        assert takes_part or left_out["numba-rows"].startswith("Predicted: 1 ms, 1.65× what numba-tiles")
    assert "numba-rows" in candidates(SPEC, False, Wishes(include=("numba-rows",)))[0]


def test_what_depends_on_the_filter_is_not_tuned_on_noise_unless_it_is_asked_for():
    why = candidates(SPEC, False, NONE)[1]["numba-separable"]
    assert (
        why == "It is fast for some filters only, and tuning takes random ones. cl.plan looks at the filter."
    )
    assert "numba-separable" in candidates(SPEC, False, Wishes(include=("numba-separable",)))[0]


def test_what_is_short_is_tried_rather_than_believed(predicted):
    seconds = {name.replace("-", "_"): SHORT_S * 0.9 for name in CATALOGUE}
    predicted(**seconds | {"numpy_corrmm": SHORT_S / 1e3})
    assert "scipy-direct" in candidates(SPEC, False, NONE)[0]


def test_of_long_calls_fewer_are_tried(predicted):
    predicted(
        **{name.replace("-", "_"): 0.05 for name in CATALOGUE} | {"scipy_direct": 0.051 * HOPELESS_LONG}
    )
    assert "scipy-direct" in candidates(SPEC, False, NONE)[1]


def test_one_disturbed_call_does_not_decide(predicted):
    predicted(numpy_corrmm=1e-3, numpy_im2col=1.9e-3, numpy_fft=2.1e-3)
    disturbed = {"again_s": 0.5, "spent": {"wall_s": 0.5, "cpu_s": 0.5, "wait_s": 0.0}}
    seconds = dict.fromkeys(CATALOGUE, 0.05) | {"numpy-corrmm": 1e-3, "numpy-im2col": 9e-4, "numpy-fft": 8e-4}
    answers = {(name, "first"): disturbed for name in ("numpy-im2col", "numpy-fft")}
    found, _ = tuned(seconds, answers=answers)
    assert found.winner == "numpy-im2col", "it was predicted to be near, and was called once more"
    assert "what the leader takes" in found.refused["numpy-fft"]


def test_wishes_say_who_takes_part(predicted):
    predicted(numpy_loops=10.0)
    assert candidates(SPEC, False, Wishes(exclude=("scipy-fft",)))[1]["scipy-fft"] == "cl.prefer excludes it."
    assert "numpy-loops" in candidates(SPEC, False, Wishes(include=("numpy-loops",)))[0]
    names, left_out = candidates(SPEC, True, Wishes(require=("scipy-fft",)))
    assert names == ["scipy-fft"] and "requires scipy-fft" in left_out["numpy-im2col"]


def test_that_nobody_is_right_is_a_sentence():
    with pytest.raises(Refused, match=r"No backend was timed and right\..*numpy-im2col.*: 3 times the bound"):
        tuned(dict.fromkeys(CATALOGUE, 0.001), answers=wrong(*CATALOGUE))


@pytest.mark.parametrize("given", [None, "x", (1, 1, 5, 5)], ids=str)
def test_what_is_no_spec_is_refused(given):
    with pytest.raises(SpecError, match=r"Asked to tune .* Give cl\.ConvSpec"):
        cl.autotune(given)


@pytest.mark.parametrize(
    "spec", [ConvSpec((0, 1, 5, 5), (1, 1, 3, 3)), ConvSpec((1, 0, 5), (2, 0, 3))], ids=str
)
def test_where_nothing_is_computed_nothing_is_tuned(spec):
    with pytest.raises(SpecError, match="no multiply-adds"):
        cl.autotune(spec)


def test_what_passes_a_limit_is_said_once_for_all():
    huge = ConvSpec((1, 1, 60000, 60000), (1, 1, 3, 3))
    with pytest.raises(Refused, match=r"numpy-im2col.*: The check takes .* and the limit is") as no:
        run(tuning(huge, limits=Limits(1 << 30, 30.0)), FakeCrew())
    assert len(str(no.value)) < 1500


# what is said of the margin


def test_a_clear_winner_is_told_by_how_much():
    found = choice(
        row("numpy-corrmm", 1.3e-3, spread=0.08), row("numpy-im2col", 1e-3), row("numpy-loops", 1.0)
    )
    assert found.sentence == "numpy-im2col is 1.30× faster than numpy-corrmm, spread 8.0 %."


def test_of_a_tie_the_exact_one_is_taken():
    found = choice(row("scipy-fft", 1e-3, is_exact=False), row("numpy-im2col", 1.03e-3))
    assert found.winner == "numpy-im2col" and found.ranked == ("numpy-im2col", "scipy-fft")
    assert found.sentence.startswith("A tie: numpy-im2col and scipy-fft differ by 3.0 %, spread 2.0 %;")
    assert found.sentence.endswith("numpy-im2col is exact on whole numbers.")


def test_of_a_tie_between_exact_ones_the_one_with_less_memory_is_taken():
    large, small = {"workspace_bytes": 4 << 20}, {"workspace_bytes": 12 << 10}
    found = choice(row("numpy-im2col", 1e-3, **large), row("numba-rows", 1.02e-3, **small))
    assert found.winner == "numba-rows"
    assert found.sentence.endswith("numba-rows takes less memory, 12.0 KiB and not 4.0 MiB.")


def test_of_a_tie_that_nothing_decides_the_faster_one_is_taken():
    found = choice(row("numpy-im2col", 1.01e-3), row("numba-rows", 1e-3))
    assert found.winner == "numba-rows" and "has the smaller least" in found.sentence


def test_noise_does_not_make_a_slow_one_win():
    noise = {"q1_s": 2e-3, "median_s": 3e-3, "q3_s": 6e-3}
    found = choice(row("scipy-fft", 1e-3, is_exact=False, **noise), row("numpy-im2col", 1.2e-3, **noise))
    assert found.race.ties == ("numpy-im2col",) and found.winner == "scipy-fft"
    said = "scipy-fft was 1.20× faster than numpy-im2col, spread 133 %: too noisy to be sure."
    assert found.sentence == said


def test_the_only_one_is_said_to_be_so():
    assert "the only one" in choice(row("numpy-im2col", 1e-3), row("numpy-fft")).sentence


def test_the_lines_are_those_of_conv_meta():
    found = choice(
        row("numpy-im2col", 0.00123),
        row("numba-rows", 0.5, state="pruned", says="One call took 500 ms.", hint=""),
        row("numpy-fft", says="The width is odd.", hint="Pad it."),
        row("scipy-oa", 0.1, state="wrong", says="7 times the bound."),
        left_out={"numpy-loops": "Predicted: 3 s."},
    )
    assert found.meta().splitlines() == [
        "autotune meta-optimizing x(2, 3, 20, 20) w(4, 3, 3, 3) valid float32 (4 choices):",
        "* numpy-im2col: 0.00123 sec",
        "* numba-rows: not applicable: One call took 500 ms.",
        "* numpy-fft: not applicable: The width is odd. Pad it.",
        "* scipy-oa: exception 7 times the bound.",
        "* numpy-loops: not applicable: Predicted: 3 s.",
        "= numpy-im2col",
    ]


def test_what_first_calls_took_beyond_is_compilation():
    rows = (
        row("numba-rows", 0.001, first_call_s=0.4),
        row("numpy-im2col", 0.002, first_call_s=0.002),
        row("x"),
    )
    assert choice(*rows).compile_s == pytest.approx(0.399)


def test_a_choice_shows_as_a_table_in_a_notebook():
    found = choice(row("numpy-im2col", 1e-3), row("numpy-fft", says="<i>odd</i>"))
    html = found._repr_html_()
    assert html.startswith(f"<p>{found.sentence}</p>") and "<table" in html and "<i>" not in html
    assert str(found).startswith(found.sentence) and "numpy-im2col" in repr(found)


# what is kept


def test_what_was_found_is_used_by_auto_and_not_looked_for_again(monkeypatch, capsys):
    seconds = dict.fromkeys(CATALOGUE, 0.002) | {"numpy-corrmm": 0.0001}
    crew = FakeCrew(seconds)
    monkeypatch.setattr("convlab.timing.crew.CREW", crew)
    assert choose(SPEC) == "llvm-direct"
    assert autotune(SPEC).winner == "numpy-corrmm" == choose(SPEC)
    asked = len(crew.asked)
    again = cl.autotune(SPEC, verbose=True)
    assert again.winner == "numpy-corrmm" and len(crew.asked) == asked
    printed = capsys.readouterr().out
    assert printed.startswith("autotune meta-optimizing") and printed.endswith("= numpy-corrmm\n")
    autotune(SPEC, exact=True)
    assert len(crew.asked) > asked, "the exact question is another one"
    with cl.prefer(exclude="numpy-corrmm"):
        assert autotune(SPEC).winner != "numpy-corrmm"


def test_what_was_stopped_is_not_kept(monkeypatch):
    stopped = Choice(race(row("numpy-im2col", 1e-3), state="stopped"), False, {})
    monkeypatch.setattr(tuner, "run", lambda steps, crew: stopped)
    assert autotune(SPEC) is stopped and cache.kept(SPEC) is None
    assert stopped.sentence.endswith("It was stopped before the end, and is not kept.")


def test_a_real_convolution_is_tuned_by_real_workers():
    with cl.prefer(require=["numpy-im2col", "numpy-corrmm"]):
        found = cl.autotune(SMALL)
        assert found.winner in ("numpy-im2col", "numpy-corrmm") and found.race.state == "done"
        assert all(one.share <= 1 and one.checked == "full" for one in found.race.ranked)
        assert choose(SMALL) == found.winner
    assert choose(SMALL) == "llvm-direct", "that was tuned under a wish"
