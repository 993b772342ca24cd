"""The real Theano, live: its recordings again number by number, its refusals word by word, its death and return."""

import asyncio
import os
import signal
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from convlab import pipes, reference
from convlab.backends import get
from convlab.backends.theano_worker import environment, process
from convlab.spec import ConvSpec
from tests.golden import INDEX, arrays, words
from tests.specs import CORNERS, complaint, drawn, integers, judged, reals
from tests.test_golden_errors import CALLS, TABLE

NAMES = ("theano-corrmm", "theano-convop")
FUNCTIONS = {  # as the recordings name them: as we do
    "theano.tensor.nnet.conv2d": "conv2d",
    "theano.tensor.nnet.conv.conv2d": "legacy_conv2d",
    "theano.tensor.signal.conv.conv2d": "signal_conv2d",
    "theano.tensor.nnet.conv3d": "conv3d",
    "theano.tensor.nnet.conv3d2d.conv3d": "conv3d2d",
    "theano.tensor.nnet.conv2d_transpose": "conv2d_transpose",
    "theano.tensor.nnet.separable_conv2d": "separable_conv2d",
    "theano.tensor.nnet.abstract_conv.causal_conv1d": "causal_conv1d",
}
CASES = [case for case in INDEX["cases"] if case["engine"] == "theano-1.0.5"]
ASKED = [*CORNERS, *drawn(9, seed=1)]
LIMITS = {"float64": 1e-12, "float32": 2e-6}  # of the largest value, for other machines round otherwise
X, W = np.arange(25.0).reshape(1, 1, 5, 5), np.ones((1, 1, 3, 3))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_theano_gives_its_own_recordings_again(theano, case):
    recorded = arrays(case)
    given = {role: recorded[role] for role in ("x", "w", "v", "g") if role in recorded}
    answer = theano.call(FUNCTIONS[case["op"]], given, words(case), gradient="g" in given)
    expected = {role: array for role, array in recorded.items() if role not in given}
    assert answer.arrays.keys() == expected.keys() and "y" in expected
    for role, array in expected.items():
        found = answer.arrays[role]
        assert (found.shape, found.dtype) == (array.shape, array.dtype)
        if case["data"] == "int":
            assert np.array_equal(found, array)
        else:
            assert np.abs(found - array).max() <= LIMITS[case["dtype"]] * np.abs(array).max()
    assert set(answer.ops) == {*case["ops_run"], *case["grad_ops_run"]} and answer.version == "1.0.5"


@pytest.mark.parametrize("name", TABLE)
def test_theano_refuses_in_the_recorded_words_and_at_the_recorded_stage(theano, name):
    row, asked = TABLE[name]["C"], CALLS[name]
    x, w = (np.zeros(shape, dtype) for shape, dtype in zip(row["shapes"], asked.dtypes, strict=True))
    if row["stage"] == "ok":  # odd, and accepted
        y = theano.call(asked.function, {"x": x, "w": w}, dict(asked.words)).arrays["y"]
        assert (list(y.shape), y.dtype) == (row["result_shape"], row["result_dtype"])
    elif row["type"] == "process killed":
        with pytest.raises(theano.TheanoDied) as death:
            theano.call(asked.function, {"x": x, "w": w}, dict(asked.words))
        assert death.value.signal == signal.Signals(8).name == "SIGFPE"
    else:
        with pytest.raises(theano.TheanoRefused) as refusal:
            theano.call(asked.function, {"x": x, "w": w}, dict(asked.words))
        found = refusal.value
        assert (found.kind_of_error, found.stage) == (row["type"], row["stage"])
        assert found.text.startswith(row["message"].rstrip("\n")[:800])


def test_a_small_warm_call_is_answered_at_once_and_its_times_are_told_apart(theano):
    first = theano.call("conv2d", {"x": X, "w": W})
    took = []
    for _ in range(9):
        began = time.perf_counter()
        again = theano.call("conv2d", {"x": X, "w": W}, repeats=3)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.02
    assert not again.is_fresh and again.compile_s == first.compile_s > 10 * again.steady_s > 0
    assert first.steady_s is None and again.first_s > 0


def test_ten_kills_in_a_row_disturb_nothing(theano):
    expected = theano.call("conv2d", {"x": X, "w": W}).arrays["y"]
    for _ in range(10):
        pid = process.CLIENT.pid
        pipes.end(pid)
        process.CLIENT._process.wait()
        assert np.array_equal(theano.call("conv2d", {"x": X, "w": W}).arrays["y"], expected)
        assert not psutil.pid_exists(pid) and process.CLIENT.pid != pid


def test_the_event_loop_gets_the_same_answers_and_the_same_death(theano):
    async def ask():
        answers = await asyncio.gather(*(theano.acall("conv2d", {"x": X + i, "w": W}) for i in range(3)))
        with pytest.raises(theano.TheanoDied, match="SIGFPE"):
            await theano.acall("conv2d", {"x": X, "w": W}, {"subsample": (0, 1)})
        answers.append(await theano.acall("conv2d", {"x": X + 3, "w": W}))
        await theano.aclose()
        return answers

    for i, answer in enumerate(asyncio.run(ask())):
        same = theano.call("conv2d", {"x": X + i, "w": W})
        assert np.array_equal(answer.arrays["y"], same.arrays["y"]) and answer.ops == same.ops == ("CorrMM",)


def test_theano_keeps_its_files_where_it_is_set_up(theano):
    assert any((environment.folder() / "compiled").rglob("*.so")) or os.name == "nt"


@pytest.mark.parametrize(
    "name, spec", [(n, s) for n in NAMES for s in ASKED if get(n).supports(s) is None], ids=str
)
def test_a_backend_of_theano_computes_what_the_definition_says(theano, name, spec):
    run = get(name).run
    assert complaint(run, spec, exact=True) is None
    assert complaint(run, spec, exact=False, make=reals) is None


@pytest.mark.parametrize("name", NAMES)
def test_theano_differentiates_as_the_definition_does(theano, name):
    for spec in (spec for spec in ASKED[::5] if get(name).supports_gradients(spec) is None):
        x, w = integers(spec)
        dy = np.random.default_rng(1).integers(-3, 4, spec.y_shape).astype(spec.dtype)
        assert np.array_equal(get(name).dgrad(dy, w, spec), reference.dgrad(dy, w, spec)), spec
        assert np.array_equal(get(name).wgrad(x, dy, spec), reference.wgrad(x, dy, spec)), spec


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("flip", [True, False])
def test_operands_and_out_may_be_any_view_and_the_filter_be_turned(theano, name, flip):
    spec = ConvSpec((2, 3, 6, 7), (4, 3, 3, 2), "full", flip=flip, dtype="float64")
    x, w = integers(spec)
    out = np.full([2 * n for n in spec.y_shape], -999.0)[::2, ::2, ::-2, ::2]
    y = get(name).run(np.asfortranarray(x), np.ascontiguousarray(w[..., ::-1])[..., ::-1], spec, out)
    assert y is out and np.array_equal(y, judged(spec, integers))
    assert (out.base == -999).sum() == 15 * out.size, "what is not y was written"
    dy = np.asfortranarray(judged(spec, integers)[::-1])
    assert np.array_equal(get(name).dgrad(dy, w, spec), reference.dgrad(dy, w, spec))
    assert np.array_equal(get(name).wgrad(x, dy, spec), reference.wgrad(x, dy, spec))


@pytest.mark.parametrize("mode", ["valid", "full"])
@pytest.mark.parametrize("name", NAMES)
def test_an_infinite_weight_spreads_as_far_as_the_backend_says(theano, name, mode):
    spec = ConvSpec((1, 2, 6, 7), (2, 2, 2, 3), mode, dtype="float64")
    x, w = np.ones(spec.x_shape), np.arange(1.0, 25).reshape(spec.w_shape)
    w[0, 1, 1, 1] = np.inf
    y, truth = get(name).run(x, w, spec), reference.conv(x, w, spec)
    assert np.array_equal(y[:, 1], truth[:, 1])
    if mode == "valid" or get(name).spreads == "as defined":
        assert np.array_equal(y, truth)
    else:
        assert get(name).spreads == "over added zeros"
        assert np.isnan(y[:, 0][np.isfinite(truth[:, 0])]).all()


@pytest.mark.parametrize(
    ("name", "spec", "sentence"),
    [
        ("theano-corrmm", ConvSpec((1, 1, 5), (1, 1, 3)), "x has 1 spatial axis"),
        ("theano-corrmm", ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), dtype="float16"), "This is float16"),
        (
            "theano-corrmm",
            ConvSpec((1, 1, 5, 5, 5), (1, 1, 3, 2, 3), "same"),
            "pads both sides of an axis alike",
        ),
        ("theano-convop", ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), "half"), "ConvOp has valid and full"),
        ("theano-convop", ConvSpec((1, 2, 5, 5), (2, 1, 3, 3), groups=2), "There are 2 groups"),
        ("theano-convop", ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), dilation=2), "The dilation is 2"),
        ("theano-convop", ConvSpec((1, 1, 5, 5, 5), (1, 1, 3, 3, 3)), "x has 3 spatial axes"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("theano") else None,
)
def test_what_theano_does_not_compute_is_refused_in_a_sentence(name, spec, sentence):
    assert sentence in get(name).supports(spec) and sentence in get(name).supports_gradients(spec)


def test_convop_has_gradients_for_the_steps_that_theano_differentiates(theano):
    backend = get("theano-convop")
    strided = ConvSpec((1, 1, 6, 6), (1, 1, 3, 3), stride=2)
    assert backend.supports(strided) is None and get("theano-corrmm").supports_gradients(strided) is None
    assert "gradients of valid for steps of up to 1" in backend.supports_gradients(strided)
    with pytest.raises(theano.TheanoRefused, match=r"ConvOp\.grad is now disabled for 'valid'"):
        backend.wgrad(*integers(strided), strided)
    for flip in (True, False):
        spec = ConvSpec((2, 2, 8, 6), (3, 2, 2, 3), "full", stride=(2, 1), flip=flip, dtype="float64")
        x, w = integers(spec)
        dy = np.random.default_rng(1).integers(-3, 4, spec.y_shape).astype(spec.dtype)
        assert np.array_equal(backend.dgrad(dy, w, spec), reference.dgrad(dy, w, spec))
        assert np.array_equal(backend.wgrad(x, dy, spec), reference.wgrad(x, dy, spec))
    assert "for steps of up to 2" in backend.supports_gradients(replace(spec, stride=3))
