"""The catalogue and what is peculiar to each backend: memory, waste, caches, and the traps they lead around."""

import sys
from dataclasses import fields
from math import prod

import numpy as np
import pytest

from convlab import reference
from convlab.backends import CATALOGUE, admit, choose, get, library, numpy_im2col, rows
from convlab.backends.backend import Row
from convlab.backends.library import missing, spread, waste
from convlab.backends.preference import forget
from convlab.errors import SpecError, Unavailable
from convlab.numerics import BOUNDS
from convlab.spec import ConvSpec
from tests.roomy import ROOMY, takes
from tests.specs import SPECS, integers, reals
from tests.takers import GENERAL, HERE, LIMITED, sample, taken

NAMES = list(CATALOGUE)
MORE = [
    ConvSpec((24, 3, 40, 40), (16, 3, 5, 5), "full"),
    ConvSpec((2, 3, 12, 20, 22), (4, 3, 3, 2, 3), dtype="float64"),
    ConvSpec((8, 16, 40, 40), (24, 16, 1, 1), stride=(1, 2)),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_backend_tells_what_it_is_in_known_words(name):
    backend = get(name)
    assert backend.name == name and get(name) is backend
    assert backend.device in ("cpu", "gpu") and backend.flips in ("either", "always", "never")
    assert backend.bound in BOUNDS and isinstance(backend.is_exact, bool)
    assert backend.spreads in ("as defined", "over added zeros", "everywhere")
    assert name.startswith(backend.family) and isinstance(backend.counterpart, str)
    assert backend.counterpart or backend.how


@pytest.mark.parametrize("name", HERE)
def test_a_row_repeats_the_backend_and_adds_what_the_spec_says(name):
    spec = sample(name)
    row = next(row for row in rows(spec) if row.name == name)
    asked = {"says", "workspace_bytes", "wastes", "gradients", "gradient_wastes"}
    plain = {field.name for field in fields(Row)} - asked
    assert all(getattr(row, field) == getattr(get(name), field) for field in plain)
    assert row.says is None and row.gradients == get(name).supports_gradients(spec)
    assert row.workspace_bytes == get(name).workspace_bytes(spec)


def test_an_unknown_name_is_refused_with_the_known_ones():
    for name in ("torch-direct", None, ["auto"]):
        with pytest.raises(SpecError, match="numba-direct"):
            get(name)


@pytest.mark.parametrize("package", ["scipy", "numba", "llvm"])
def test_a_missing_library_is_a_sentence_and_the_others_go_on(package, monkeypatch):
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    spec = ConvSpec((1, 1, 500, 500), (1, 1, 9, 9))
    for name in (name for name in NAMES if get(name).family == package):
        needs = get(name).imports.partition(".")[0] or package
        with pytest.raises(Unavailable, match=f"no package {needs}. Install it with pip install {needs}"):
            admit(name, spec)
    forget()
    assert choose(spec) == "numpy-im2col"
    forget()
    left = {row.name for row in rows(spec) if row.says is None}
    assert {name for name in left if get(name).family != package} == left >= {"numpy-loops", "numpy-im2col"}


def test_a_package_that_nobody_has_is_missing():
    assert "pip install no_such_package" in missing("no_such_package")


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_automatic_choice_takes_the_spec_and_is_exact(spec):
    chosen = admit(choose(spec), spec)
    assert chosen.is_exact


def test_the_automatic_choice_does_without_a_numba_that_does_not_start(monkeypatch):
    def refuse(package):
        raise ImportError(f"{package} needs an older NumPy")

    monkeypatch.setattr(library, "import_module", refuse)
    library.starts.cache_clear(), forget()
    assert choose(ConvSpec((1, 1, 500, 500), (1, 1, 32, 32))) == "numpy-im2col"
    library.starts.cache_clear(), forget()


@pytest.mark.parametrize(
    "name, spec", taken(ROOMY, GENERAL[1:]) + taken(ROOMY + MORE, list(LIMITED)), ids=str
)
def test_the_workspace_is_what_it_takes_at_most(name, spec):
    backend, (x, w) = get(name), reals(spec)
    assert takes(backend.workspace_bytes(spec), lambda: backend.run(x, w, spec))


def test_the_columns_of_im2col_stay_below_their_limit(monkeypatch):
    spec = ConvSpec((3, 2, 12, 11), (4, 2, 3, 2), "full", stride=(2, 1))
    (x, w), whole = integers(spec), get("numpy-im2col").run(*integers(spec), spec)
    sizes = []
    product = numpy_im2col._product

    def spy(filters, block):
        sizes.append(block.nbytes)
        return product(filters, block)

    monkeypatch.setattr(numpy_im2col, "_product", spy)
    for limit in (1, 100, 1000, 3000, 10**9):
        monkeypatch.setattr(numpy_im2col, "COLUMN_BYTES", limit)
        sizes.clear()
        assert np.array_equal(get("numpy-im2col").run(x, w, spec), whole)
        assert max(sizes) <= max(limit, spec.terms * 4)
    assert len(sizes) == 1


@pytest.mark.parametrize("shape", [(4,), (3, 5), (2, 3, 4), (0, 3), (5, 1)])
@pytest.mark.parametrize("most", [1, 2, 5, 7, 100])
def test_blocks_cover_a_shape_once_and_the_first_is_the_largest(shape, most):
    seen = np.zeros(shape, int)
    sizes = []
    for block in numpy_im2col.blocks(shape, most):
        seen[block] += 1
        sizes.append(seen[block].size)
    assert (seen == 1).all() and sum(sizes) == prod(shape)
    assert max(sizes) == sizes[0] <= max(1, most)


def test_waste_is_said_with_its_numbers():
    strided = ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), stride=2)
    assert get("scipy-direct").wastes(strided) == "Computes 49 values to keep 16."
    assert get("scipy-ndimage").wastes(strided) == "Computes 81 values to keep 16."
    assert get("scipy-fft").wastes(strided) == "Computes 121 values to keep 16."
    dilated = ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), "full", dilation=2)
    said = "Multiplies 25 taps, of which 16 are zeros written between them."
    assert all(get(name).wastes(dilated) == said for name in ("scipy-direct", "scipy-fft", "scipy-oa"))
    assert all(get(name).wastes(dilated) is None for name in ("numpy-loops", "numpy-im2col", "numba-direct"))
    assert waste(ConvSpec((1, 1, 9), (1, 1, 3)), (7,)) is None


def test_waste_of_gradients_is_that_of_the_convolutions_that_they_are():
    spec = ConvSpec((4, 16, 40, 40), (8, 16, 3, 3), "same", stride=2)
    said = {row.name: row.gradient_wastes for row in rows(spec)}
    zeros = "Multiplies 1521 taps, of which 1121 are zeros written between them."
    assert said["scipy-ndimage"] == f"For dw: Computes 1600 values to keep 9. {zeros}"
    assert said["scipy-direct"] == f"For dw: {zeros}"
    assert said["numpy-loops"] is said["numpy-im2col"] is said["numba-direct"] is None
    film = ConvSpec((1, 1, 5, 6, 8), (1, 1, 2, 3, 3))
    assert get("numpy-conv3d2d").gradient_wastes(film) == get("numpy-conv3d2d").wastes(film)
    assert all(row.gradient_wastes is None for row in rows())


def test_spreading_puts_the_zeros_of_the_dilation_between_the_taps():
    spec = ConvSpec((1, 1, 9, 9), (1, 1, 2, 2), dilation=(1, 3))
    assert spread(np.ones(spec.w_shape), spec)[0, 0].tolist() == [[1, 0, 0, 1], [1, 0, 0, 1]]


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("size", [1e-17, 1e-40, 1e-300])
def test_ndimage_does_not_lose_tiny_weights(size, flip):
    spec = ConvSpec((1, 1, 5), (1, 1, 3), "same", flip=flip, dtype="float64")
    w = np.array([[[size, 0.0, 1.0]]])
    x = np.arange(1.0, 6).reshape(spec.x_shape)
    y, truth = get("scipy-ndimage").run(x, w, spec), reference.conv(x, w, spec)
    assert np.array_equal(y, truth)
    assert y.min() == size * x[0, 0, 0 if flip else 4] or y.min() > 0


def test_numba_compiles_once_per_dtype_whatever_the_strides():
    from convlab.backends.compiled import compiled
    from convlab.backends.numba_direct import loops, signature

    for dtype in ("float16", "float32", "float64"):
        for shapes in (
            ((1, 1, 5), (1, 1, 2)),
            ((2, 1, 4, 6), (3, 1, 2, 2)),
            ((1, 2, 3, 4, 5), (2, 2, 1, 2, 2)),
        ):
            spec = ConvSpec(*shapes, dtype=dtype)
            x, w = integers(spec)
            get("numba-direct").run(x[..., ::-1], np.asfortranarray(w), spec)
            get("numba-direct").run(x, w, spec, np.empty(spec.y_shape[::-1], dtype).T)
    for dtype in ("float32", "float64"):
        assert len(compiled(loops.forward, signature, dtype, "numba-direct").signatures) == 1


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.dtype == "float64"], ids=str)
def test_numba_adds_in_the_order_of_the_definition_to_the_last_bit(spec):
    x, w = reals(spec)
    assert np.array_equal(get("numba-direct").run(x, w, spec), reference.judge(x, w, spec))


def test_numba_rounds_once_so_that_long_sums_do_not_drift():
    spec = ConvSpec((1, 1, 100_000), (1, 1, 100_000))
    x, w = np.full(spec.x_shape, 0.1, "float32"), np.ones(spec.w_shape, "float32")
    assert get("numba-direct").run(x, w, spec)[0, 0, 0] == np.float32(100_000 * float(np.float32(0.1)))


def doubled(line):
    """Loops that are compiled in a moment."""
    for i in range(line.size):
        line[i] *= 2


@pytest.mark.parametrize("why", ["no directory may be written", "the disk is full"])
def test_numba_goes_on_without_its_cache_when(why, monkeypatch, tmp_path):
    from numba.core import caching, config

    from convlab.backends.compiled import compiled

    refused = []

    def refuse(*_):
        refused.append(why)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    if why == "the disk is full":
        monkeypatch.setattr(caching.FunctionCache, "save_overload", refuse)
    else:
        for locator in caching.CacheImpl._locator_classes:
            monkeypatch.setattr(locator, "ensure_cache_path", refuse)
    line = np.arange(3.0)
    compiled.__wrapped__(doubled, lambda types, number: types.void(number[:]), "float64", "a test")(line)
    assert line.tolist() == [0, 2, 4] and refused


@pytest.mark.parametrize("name", ["numba-legacy", "numba-direct", "numba-c01b", "numba-rows"])
def test_a_numba_that_does_not_start_is_a_sentence(name, monkeypatch):
    from convlab.backends.compiled import compiled

    monkeypatch.setitem(sys.modules, "numba", None)  # as beside a NumPy that is too new for it
    compiled.cache_clear()
    with pytest.raises(Unavailable, match=f"Asked for {name}. numba does not start: .*numpy-im2col"):
        get(name).run(*integers(sample(name)), sample(name))
