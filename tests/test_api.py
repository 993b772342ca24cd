"""The calls of the public face: what goes in, what comes back, and what importing them costs."""

import subprocess
import sys

import numpy as np
import pytest

import convlab as cl
from convlab import numerics, reference
from convlab.backends import CATALOGUE, get
from convlab.errors import Refused, SpecError, Unsupported
from convlab.operands import prepare
from tests.takers import GENERAL, HERE, LIMITED

NAMES = [*GENERAL, "auto", "reference"]
TRANSFORMS = [name for name in CATALOGUE if not get(name).is_exact]
X, W = np.arange(20.0).reshape(4, 5), np.array([[1.0, 2.0], [3.0, 5.0]])


def is_right(name, y, x, w, **same):
    """Whether y is the definition's, of whole numbers: to the last bit, or within the bound of a transform."""
    ready = prepare(x, w, **same)
    truth = reference.judge(ready.x, ready.w, ready.spec)
    bound = numerics.fft_bound(ready.x, ready.w, ready.spec, truth) if name in TRANSFORMS else 0.0
    return numerics.measure(y.reshape(truth.shape), truth, bound).share <= 1


@pytest.mark.parametrize("name", NAMES)
def test_bare_operands_give_a_bare_answer(name):
    y = cl.conv(X, W, backend=name)
    assert y.shape == (3, 4) and is_right(name, y, X, W)
    assert is_right(name, cl.corr(X, W, backend=name), X, W, flip=False)
    assert y[0, 0].round(9) == 5 * 0 + 3 * 1 + 2 * 5 + 1 * 6
    assert cl.corr(X, W, backend=name)[0, 0].round(9) == 1 * 0 + 2 * 1 + 3 * 5 + 5 * 6


@pytest.mark.parametrize("name", NAMES)
def test_layers_give_layers(name):
    x, w = np.ones((2, 3, 5), "float32"), np.ones((4, 3, 2), "float32")
    y = cl.conv(x, w, backend=name)
    assert (y.shape, y.dtype) == ((2, 4, 4), np.float32) and is_right(name, y, x, w)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_integers_neither_wrap_nor_stay_integers(name, dtype):
    x, w = np.full((3, 3), 200).astype(dtype), np.full((2, 2), 200).astype(dtype)
    y = cl.conv(x, w, backend=name)
    assert y.dtype == np.float64 and is_right(name, y, x, w)
    assert (y.round(6) == (4 if dtype is bool else 160000)).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bare", [True, False])
def test_out_is_filled_and_is_what_comes_back(name, bare):
    x, w = (X, W) if bare else (X[None, None], W[None, None])
    frame = np.zeros((*[1] * (x.ndim - 2), 5, 6))
    out = frame[..., 1:-1, 1:-1]
    assert cl.conv(x, w, backend=name, out=out) is out
    assert is_right(name, out, x, w)
    assert frame.sum() == out.sum(), "the frame around it stays"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("flip", [True, False])
def test_out_may_be_x_itself(name, flip):
    x = X.copy()
    assert cl.conv(x, W, mode="same", flip=flip, backend=name, out=x) is x
    assert is_right(name, x, X, W, mode="same", flip=flip)


@pytest.mark.parametrize(
    ("out", "found"),
    [
        (np.empty((3, 3)), r"float64 \(3, 3\), y is float64 \(3, 4\)"),
        (np.empty((3, 4), "float32"), "out is float32"),
        (np.empty((3, 4), ">f8"), "out is >f8"),
        ([[0.0] * 4] * 3, "out is of type list"),
        (np.broadcast_to(np.zeros(()), (3, 4)), "out is read-only"),
    ],
)
def test_an_out_that_does_not_fit_is_refused(out, found):
    with pytest.raises(SpecError, match=found):
        cl.conv(X, W, out=out)


def test_the_array_that_the_refusal_proposes_fits():
    with pytest.raises(SpecError) as caught:
        cl.conv(X, W, out=np.empty(3))
    proposed = caught.value.hint.removeprefix("Make it with ").removesuffix(".")
    cl.conv(X, W, out=eval(proposed))


def test_corr_refuses_to_be_told_about_flip():
    with pytest.raises(SpecError, match="flip=True"):
        cl.corr(X, W, flip=True)


def test_an_unknown_backend_is_answered_with_the_catalogue():
    with pytest.raises(SpecError, match="numpy-loops, numpy-im2col"):
        cl.conv(X, W, backend="fast")


def test_a_backend_that_cannot_says_who_can():
    half = X.astype("float16")
    with pytest.raises(Unsupported, match=r"scipy-ndimage on .*float16.* numpy-im2col does this one\."):
        cl.conv(half, W.astype("float16"), backend="scipy-ndimage")


def test_every_option_reaches_the_arithmetic():
    x, w = np.arange(28.0).reshape(1, 4, 7), np.arange(1.0, 13).reshape(2, 2, 3)
    options = {"stride": 2, "dilation": 2, "groups": 2, "padding": ((1, 2),)}
    y = cl.conv(x, w, **options)
    assert y.shape == cl.ConvSpec(x.shape, w.shape, **options).y_shape == (1, 2, 3)
    assert y[0, 1, 0] == (8 * 15 + 7 * 17) + (11 * 22 + 10 * 24), "the window begins on padding"
    assert y.ravel().tolist() == [step.total for step in cl.trace(x, w, **options)]


def test_rows_tell_of_every_backend_and_of_those_that_would_not_run():
    rows = cl.backends(cl.ConvSpec((1, 1, 5), (1, 1, 3), dtype="longdouble"))
    assert [row.name for row in rows] == list(CATALOGUE)
    refused = {row.name for row in rows if row.says}
    assert refused & set(GENERAL) == {"scipy-ndimage", "numba-direct", "numba-rows"} and refused >= set(
        LIMITED
    )
    assert all((row.workspace_bytes is None) == (row.name in refused) for row in rows)
    assert all(row.says is None for row in cl.backends() if row.name in HERE)
    assert all(row.workspace_bytes is None for row in cl.backends())


def test_an_unknown_name_of_the_package_lists_the_known_ones():
    with pytest.raises(AttributeError, match=r"no attribute 'convolve'; it has .*conv"):
        cl.convolve  # noqa: B018
    assert {"conv", "corr", "trace", "compare", "backends"} <= set(dir(cl))


QUIET = """
import sys
import convlab
assert "numpy" not in sys.modules, "import convlab imports NumPy"
from convlab import ConvSpec, backends, conv, corr, trace
from convlab.backends import CATALOGUE, get
for name in CATALOGUE:
    get(name)
rows = backends(ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), stride=2))
assert len(rows) == len(CATALOGUE)
conv([[1, 2], [3, 4]], [[1]])
print(sorted({"numba", "scipy", "panel", "bokeh", "param"} & sys.modules.keys()))
"""


def test_importing_asking_and_a_small_convolution_import_neither_scipy_nor_numba():
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_verbs_survive_the_import_of_the_files_that_share_their_names():
    code = (
        "import convlab.trace, convlab.backends, convlab.compare, convlab as cl\n"
        "assert callable(cl.trace) and callable(cl.backends) and callable(cl.compare)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [*NAMES, None])
def test_what_cannot_fit_into_memory_is_refused_before_it_is_begun(name):
    with pytest.raises(Refused, match=r"about [\d,.]+ TiB of memory, and this machine has"):
        if name is None:
            cl.theano.conv2d(X[None, None], W[None, None], border_mode=10**6)
        else:
            cl.conv(X, W, padding=10**6, backend=name)


def test_a_comparison_that_cannot_fit_is_refused_too():
    with pytest.raises(Refused, match="TiB"):
        cl.compare(X, W, against=["theano"], padding=10**6)


@pytest.mark.parametrize("call, says", [
    (lambda: cl.corr(X, W, strides=2), r"corr\(\) .*'strides'. Here it is called stride"),
    (lambda: cl.trace(X, W, backend="auto"), r"trace\(\) .*'backend'"),
    (lambda: cl.compare(X, W, against=["theano"], border_mode="full"), r"compare\(\) .*Here it is called mode"),
])  # fmt: skip
def test_an_unknown_argument_is_named_by_the_function_that_was_called(call, says):
    with pytest.raises(TypeError, match=says):
        call()


@pytest.mark.parametrize("flip", ["no", None, 2, "False", [True]])
def test_flip_is_on_or_off_and_never_a_word(flip):
    with pytest.raises(SpecError, match="on or off"):
        cl.conv(X, W, flip=flip)


@pytest.mark.parametrize("flip", [0, False, np.False_])
def test_zero_and_numpys_false_do_not_flip(flip):
    assert np.array_equal(cl.conv(X, W, flip=flip), cl.corr(X, W))


def test_masked_values_are_refused_and_an_empty_mask_is_not():
    with pytest.raises(SpecError, match=r"1 masked values.*x\.filled\(0\)"):
        cl.conv(np.ma.masked_equal(X, 3), W)
    assert np.array_equal(cl.conv(np.ma.array(X), W), cl.conv(X, W))


def test_channels_that_stand_last_are_pointed_out():
    with pytest.raises(SpecError, match=r"If channels stand last: x\.transpose\(0, 3, 1, 2\)"):
        cl.conv(np.ones((2, 5, 5, 3)), np.ones((4, 3, 3, 3)))


def test_backends_wants_a_spec():
    with pytest.raises(SpecError, match="Give cl"):
        cl.backends((1, 1, 5, 5))
    assert cl.backends(cl.ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), dtype=np.dtype("f8")))[0].says is None
