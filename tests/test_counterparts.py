"""The counterparts of Theano's implementations: their memory, and what each of them is made of."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import convlab as cl
from convlab.backends import get, numpy_fft, ring
from convlab.backends.numpy_conv3d import conv3D, conv_grad3D, conv_transp3D
from convlab.backends.numpy_conv3d2d import NumpyConv3d2d, conv3d2d, inner_spec
from convlab.backends.numpy_fft import conv2d_fft, conv3d_fft, theano_bytes
from convlab.backends.ring import buffer_sizes, circular
from convlab.errors import ConvLabError, SpecError, Unsupported
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.golden import arrays, cases, named, words
from tests.specs import complaint, integers, judged, reals

L1 = ConvSpec((128, 3, 128, 128), (96, 3, 11, 11))  # the first two layers of convnet-benchmarks
L2 = ConvSpec((128, 64, 64, 64), (128, 64, 9, 9))
PICTURE = ConvSpec((2, 4, 8, 8), (16, 4, 3, 3))
FILM = ConvSpec((2, 3, 5, 6, 8), (4, 3, 2, 3, 3))


def test_memory_is_what_the_benchmarks_layers_need_by_hand():
    column = get("numpy-corrmm").workspace_bytes
    assert column(L1) == 4 * 3 * 11 * 11 * 118 * 118 == 20_217_648
    assert column(L2) == 4 * 64 * 9 * 9 * 56 * 56 == 65_028_096
    assert theano_bytes(L1) == (862_617_600, 862_617_600 + 4 * 128 * 128 * 96 * (3 + 128))
    assert [round(count / 1e6) for count in (*theano_bytes(L1), *theano_bytes(L2))] == [863, 1687, 554, 956]
    assert get("numpy-fft").workspace_bytes(L2) > 8 * column(L2)
    assert get("numba-legacy").workspace_bytes(L2) == get("numba-legacy").gradient_workspace_bytes(L2) == 0


def test_the_column_matrix_depends_neither_on_the_images_nor_on_the_filters():
    for name, spec in (("numpy-corrmm", PICTURE), ("numpy-corr3dmm", FILM)):
        more = replace(spec, x_shape=(50, *spec.x_shape[1:]), w_shape=(32, *spec.w_shape[1:]))
        assert get(name).workspace_bytes(more) == get(name).workspace_bytes(spec)
    assert get("numpy-corr3dmm").workspace_bytes(FILM) == 4 * 3 * 2 * 3 * 3 * 4 * 4 * 6


def test_the_table_of_conv3d2d_has_a_plane_per_frame_and_slice():
    inner = get("numpy-im2col").workspace_bytes(inner_spec(FILM))
    table, copies = 2 * 5 * 4 * 2 * (4 * 6), 2 * 3 * 5 * 6 * 8 + 4 * 3 * 2 * 3 * 3
    assert get("numpy-conv3d2d").workspace_bytes(FILM) == 4 * (table + copies) + inner
    assert get("numpy-conv3d2d").wastes(FILM) == "Computes 10 planes per image and filter to add 8."
    padded = replace(FILM, mode="full")
    assert get("numpy-conv3d2d").wastes(padded) is None


def test_cuda_convnet_counts_its_copies():
    assert get("numba-c01b").workspace_bytes(PICTURE) == 4 * (2 * 4 * 64 + 16 * 4 * 9 + 2 * 16 * 36)
    assert get("numpy-fft").wastes(PICTURE) == "Computes 64 values to keep 36."


@pytest.mark.parametrize("mode, soiled", [("valid", 2), ("full", 0)])
def test_what_wraps_around_soils_only_what_the_mode_drops(mode, soiled):
    spec = ConvSpec((1, 2, 8, 10), (3, 2, 3, 3), mode, dtype="float64")
    x, w = integers(spec)
    sizes = buffer_sizes(spec.space, spec.taps, mode)
    whole = judged(replace(spec, mode="full"), integers)
    found = circular(x, w, sizes)
    line = np.zeros(found.shape)
    line[..., : whole.shape[2], : whole.shape[3]] = whole[..., : sizes[0], : sizes[1]]
    wrong = ~np.isclose(found, line, rtol=0, atol=1e-9)
    assert not wrong[..., soiled:, soiled:].any(), "beyond the first f - 1 rows and columns nothing is soiled"
    assert wrong[..., :soiled, :].all(axis=(0, 1)).sum() > soiled * 5 or not soiled
    assert wrong.any() == (mode == "valid")


def test_a_ring_is_the_line_wound_around_itself():
    x, w = np.arange(1.0, 7)[None, None], np.array([[[1.0, 10, 100]]])
    full = np.convolve(x[0, 0], w[0, 0])
    wound = full[:6].copy()
    wound[:2] += full[6:]
    assert np.allclose(circular(x, w, (6,))[0, 0], wound, rtol=0, atol=1e-9)


def test_pad_last_dim_of_two_axes_pads_without_looking():
    odd, even = (integers(ConvSpec((1, 1, 6, n), (1, 1, 3, 3), dtype="float64")) for n in (7, 8))
    for mode in ("valid", "full"):
        y = conv2d_fft(*odd, mode, pad_last_dim=True)
        assert np.allclose(y, cl.conv(*odd, mode=mode), rtol=0, atol=1e-9) and y.shape[-1] % 2 == 1
        with pytest.raises(Unsupported, match=r"width is not even.*Leave pad_last_dim out"):
            conv2d_fft(*even, mode, pad_last_dim=True)
        with pytest.raises(Unsupported, match=r"width is not even.*pad_last_dim=True"):
            conv2d_fft(*odd, mode)
        assert np.allclose(conv2d_fft(*even, mode), cl.conv(*even, mode=mode), rtol=0, atol=1e-9)


def test_pad_last_dim_of_three_axes_looks_first():
    odd, even = (integers(ConvSpec((2, 1, 3, 4, n), (2, 1, 2, 3, 3), dtype="float64")) for n in (7, 8))
    for mode in ("valid", "full"):
        for x, w in (odd, even):
            y = conv3d_fft(x, w, mode, pad_last_dim=True)
            assert np.allclose(y, cl.conv(x, w, mode=mode), rtol=0, atol=1e-9)
        with pytest.raises(Unsupported, match=r"(3 × 4 × 7|5 × 8 × 11): its width is not even"):
            conv3d_fft(*odd, mode)


def test_the_functions_of_the_transform_refuse_what_is_none_of_theirs():
    x, w = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3))
    with pytest.raises(Unsupported, match="conv2d_fft has valid and full"):
        conv2d_fft(x, w, "half")
    with pytest.raises(Unsupported, match="conv3d_fft slides over 3"):
        conv3d_fft(x, w)
    with pytest.raises(SpecError, match="reaches over 3"):
        conv2d_fft(x[:, :, :2], w)
    assert conv2d_fft(x[:0], w).shape == (0, 1, 2, 2)


class Recorder:
    """An array library that passes on what it knows and notes what it was asked for."""

    def __init__(self, names, of=np):
        self.used = set()
        self.known = {name: getattr(of, name) for name in names}

    def __getattr__(self, name):
        self.used.add(name)
        return self.known[name]


def test_a_transform_uses_its_array_library_and_nothing_else(monkeypatch):
    fft = Recorder(["rfft", "irfft", "fft", "ifft"], np.fft)
    xp = Recorder(["empty", "zeros", "matmul", "ascontiguousarray"])
    xp.known["fft"] = fft
    spec = ConvSpec((2, 3, 4, 6, 8), (4, 3, 3, 2, 3), "full", dtype="float64")
    x, w = reals(spec)
    nothing = SimpleNamespace()  # whoever turns to NumPy by itself finds it empty
    for module in (ring, numpy_fft):
        monkeypatch.setattr(module, "np", nothing)
    found = conv3d_fft(x, w, "full", xp=xp)
    assert conv2d_fft(x[:, :, 0], w[:, :, 0], xp=xp).shape == (2, 4, 5, 6)
    assert conv2d_fft(x[:0, :, 0], w[:, :, 0], xp=xp).shape == (0, 4, 5, 6)
    monkeypatch.undo()
    assert np.allclose(found, judge(x, w, spec), rtol=0, atol=1e-6)
    assert xp.used == set(xp.known) and fft.used == set(fft.known)


def test_float32_is_transformed_in_float32():
    x, w = reals(PICTURE)
    assert conv2d_fft(x, w).dtype == np.float32 == circular(x, w, (8, 8)).dtype


def in_theanos_order(*arrays):
    """Return (N, C, r, c, t) as conv3D has it: (N, r, c, t, C)."""
    return tuple(array.transpose(0, 2, 3, 4, 1) for array in arrays)


@pytest.mark.parametrize("case", cases("conv3D_legacy"), ids=named)
def test_conv3d_and_its_companions_give_what_was_recorded(case):
    a, d = arrays(case), words(case)["d"]
    found = {
        "y": conv3D(a["x"], a["w"], a["b"], d),
        "dx": conv_transp3D(a["w"], np.zeros(a["x"].shape[-1], a["x"].dtype), d, a["g"], a["x"].shape[1:4]),
        "dw": conv_grad3D(a["x"], d, a["w"].shape, a["g"]),
        "db": a["g"].sum((0, 1, 2, 3)),
    }
    for role, array in found.items():
        assert array.shape == a[role].shape and array.dtype == a[role].dtype
        limit = 0 if case["data"] == "int" else {"float64": 1e-12, "float32": 4e-6}[case["dtype"]]
        assert np.abs(array - a[role]).max() <= limit * np.abs(a[role]).max(), role


def test_conv_transp3d_adds_a_bias_and_needs_a_shape_only_for_what_was_left():
    W, H = np.ones((1, 1, 1, 2, 3)), np.ones((1, 1, 1, 2, 1))
    assert conv_transp3D(W, np.arange(3.0), (1, 1, 2), H).shape == (1, 1, 1, 4, 3)
    found = conv_transp3D(W, np.arange(3.0), (1, 1, 2), H, (1, 1, 5))
    assert found[0, 0, 0, :, 2].tolist() == [3, 3, 3, 3, 2]
    with pytest.raises(SpecError, match=r"H has shape \(1, 1, 1, 2, 1\); conv3D gives \(1, 1, 1, 3, 1\)"):
        conv_transp3D(W, np.zeros(3), (1, 1, 2), H, (1, 1, 6))
    with pytest.raises(SpecError, match="conv3D gives"):
        conv_grad3D(np.ones((1, 1, 1, 6, 3)), (1, 1, 2), W.shape, H)


def test_the_two_orders_of_axes_are_one_convolution():
    V, W = integers(ConvSpec((2, 3, 5, 6, 4), (4, 3, 3, 2, 2), dtype="float64"))
    (V, W), b = in_theanos_order(V, W), np.arange(4.0)
    film, bank = V.transpose(0, 3, 4, 1, 2), W[:, ::-1, ::-1, ::-1].transpose(0, 3, 4, 1, 2)
    assert np.array_equal(conv3D(V, W, b), conv3d2d(film, bank).transpose(0, 3, 4, 1, 2) + b)


@pytest.mark.parametrize("case", cases("conv3d2d"), ids=named)
def test_conv3d2d_gives_what_was_recorded_in_its_own_axes(case):
    a, mode = arrays(case), words(case).get("border_mode", "valid")
    y = conv3d2d(a["x"], a["w"], mode)
    assert y.shape == a["y"].shape and y.dtype == a["y"].dtype
    limit = 0 if case["data"] == "int" else {"float64": 1e-12, "float32": 2e-6}[case["dtype"]]
    assert np.abs(y - a["y"]).max() <= limit * np.abs(a["y"]).max()


@pytest.mark.parametrize(
    "inner", ["numpy-loops", "numpy-corrmm", "numba-legacy", "scipy-direct", "numpy-fft"]
)
def test_conv3d2d_takes_any_backend_of_two_axes(inner):
    backend, exact = NumpyConv3d2d(inner), get(inner).is_exact
    for mode in ("valid", "full"):
        spec = replace(FILM, mode=mode, dtype="float64")
        bound = "direct" if exact else "fft"
        assert complaint(backend.run, spec, exact=exact, bound=bound) is None


def test_conv3d2d_hands_on_what_its_inner_backend_refuses():
    with pytest.raises(Unsupported, match=r"Asked for numba-legacy on .*ConvOp has valid and full"):
        NumpyConv3d2d("numba-legacy").run(*integers(FILM), replace(FILM, mode="half"))
    with pytest.raises(SpecError, match="The catalogue has"):
        conv3d2d(np.ones((1, 2, 1, 3, 3)), np.ones((1, 2, 1, 3, 3)), inner="fast")


@pytest.mark.parametrize("mode", ["same", ("valid", "full", "half"), ("full", "full"), 1])
def test_conv3d2d_refuses_modes_that_two_axes_do_not_share(mode):
    with pytest.raises(ConvLabError, match="Asked"):
        conv3d2d(np.ones((1, 2, 1, 4, 4)), np.ones((1, 2, 1, 2, 2)), mode)
