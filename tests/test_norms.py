"""Source 001's own numbers: which side is float32, what the odd norms are, and where today's stand beside them."""

import numpy as np
import pytest

from convlab.compare import norms
from convlab.dashboard.state.compare import source as compare_source
from convlab.dashboard.state.compare.question import loose_of
from convlab.errors import SpecError

MODES = ["full", "valid"]


@pytest.fixture(scope="module")
def found():
    return {mode: norms.source_001(mode) for mode in MODES}


@pytest.mark.parametrize("mode", MODES)
def test_the_discrepancy_is_rounding_and_that_of_the_float32_side(found, mode):
    one = found[mode]
    assert one.dtypes == ("float32", "float64") and one.coarse == "SciPy"
    assert 0 < one.relative < 1e-6 and one.printed.discrepancy / one.theano < 1e-6
    assert (
        one.scipy_error == pytest.approx(one.discrepancy, rel=1e-3)
        and one.theano_error < 1e-6 * one.scipy_error
    )


@pytest.mark.parametrize("mode", MODES)
def test_the_printed_norm_is_a_float32_running_sum_of_squares_to_every_digit(found, mode):
    one, then = found[mode], norms.PRINTED[mode]
    assert f"{one.running:.5e}" == f"{then.scipy:.5e}" and f"{one.theano:.5e}" == f"{then.theano:.5e}"
    assert f"{one.scipy:.5e}" == f"{one.theano:.5e}", "summed in float64 the two norms are one"
    assert then.theano - then.scipy > 10 * then.discrepancy, "no two arrays can do that"
    y = norms.scipy_answer(mode)
    assert one.running == pytest.approx(
        float(np.add.accumulate(y.ravel() * y.ravel(), dtype="f4")[-1]) ** 0.5
    )


def test_a_running_sum_loses_what_a_loop_in_float32_loses():
    y = np.random.default_rng(0).standard_normal(5_000).astype("f4") * 100
    total = np.float32(0)
    for value in y:
        total = np.float32(total + np.float32(value * value))
    assert norms.running_norm(y) == float(np.sqrt(total))
    assert norms.norm(y) == pytest.approx(np.linalg.norm(y.astype(float)), rel=1e-15)


def test_either_side_may_be_the_coarse_one_and_a_mode_that_is_not_printed_is_refused(found):
    truth = np.random.default_rng(1).standard_normal(100)
    near, far = truth + 1e-12, truth + 1e-4
    assert (
        norms.measured(near, far, truth).coarse == "Theano"
        and norms.measured(far, far, truth).coarse == "both"
    )
    assert norms.measured(near, far, truth).printed is None and "not printed" in str(
        norms.measured(near, far, truth)
    )
    with pytest.raises(SpecError, match="full and valid"):
        norms.source_001("same")


def test_the_table_reads_as_the_source_prints_it(found):
    lines = str(found["full"]).splitlines()
    assert lines[1].split() == ["discrepancy", "9.42469e-03", f"{found['full'].discrepancy:.5e}"]
    assert "1.65433e+04, 1.65440e+04" in lines[2] and "1.65433e+04" in lines[3]


def test_live_theano_in_float64_is_the_exact_side(theano):
    one = norms.source_001("valid", theano="theano-convop")
    assert one.coarse == "SciPy" and 0 < one.theano_error < 1e-9 and one.relative < 1e-6


def test_the_panel_is_there_for_the_sources_own_question_and_no_other(found):
    own = loose_of("S001b")
    assert [compare_source.is_source(own.changed({"mode": mode})) for mode in ("valid", "full", "same")] == [
        True,
        True,
        False,
    ]
    assert not compare_source.is_source(own.changed({"stride": 2})) and not compare_source.is_source(
        own.changed({"flip": False})
    )
    made = compare_source.panel(own, own_truth(), norms.scipy_answer("valid"), None)
    rows = {row["what"]: row for row in made["rows"]}
    assert rows["discrepancy"]["then"] == "9.03687e-03" and rows["norm, SciPy"]["then"] == "1.55051e+04"
    assert rows["SciPy's, summed in float32"] == {
        "what": "SciPy's, summed in float32",
        "then": "",
        "now": "1.55051e+04",
    }
    assert (
        "SciPy's own" in made["says"][0]
        and "float32" in made["says"][1]
        and "Theano semantics" in made["now"]
    )


def own_truth():
    x, w = (array.astype(float) for array in norms.operands())
    from scipy import signal

    return signal.fftconvolve(x, w, "valid")[None, None]
