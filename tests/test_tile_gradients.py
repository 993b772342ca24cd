"""The tiles of dx, and what both gradients keep to: any number of threads, their memory, their refusals."""

from __future__ import annotations

import ctypes
import inspect
from dataclasses import replace

import numpy as np
import pytest

from convlab import numerics, reference
from convlab.backends import get
from convlab.backends.tiles import plain, pool, subpixel, wgrad
from convlab.backends.tiles.wgrad import broad, thin
from convlab.gradients import dgrad_as
from convlab.spec import ConvSpec
from tests.backward import judged, operands
from tests.frames import framed
from tests.gradient_tiles import FULL, PLAIN, STRIDED, WAYS, dw_by, tails
from tests.roomy import ROOMY, takes
from tests.specs import reals


def few_channels():
    found = [spec for spec in (*PLAIN, *tails(60, seed=23), STRIDED, FULL) if subpixel.takes(spec)]
    assert len(found) > 50 and {spec.w_shape[1] for spec in found} >= {1, 2, 3}
    return [
        *found,
        ConvSpec((2, 8, 9, 40), (6, 4, 3, 3), stride=(3, 2), dilation=(1, 2), padding=3, groups=2),
    ]


def test_dx_of_few_channels_is_exact_whatever_the_spec_and_the_size_of_a_frame(monkeypatch):
    for limit in (1, 1 << 12, subpixel.FRAME_BYTES):
        monkeypatch.setattr(subpixel, "FRAME_BYTES", limit)
        subpixel.framed.cache_clear()
        for spec in few_channels():
            _, w, dy = operands(spec)
            assert np.array_equal(subpixel.dgrad(dy, w, spec), judged(spec)[0]), (spec, limit)
    subpixel.framed.cache_clear()


def test_dx_of_few_channels_reads_nothing_beyond_dy_and_w_and_writes_nothing_beyond_dx():
    for spec in few_channels()[::3]:
        _, w, dy = operands(spec)
        dx = np.full([n + 4 for n in spec.x_shape], 7, spec.dtype)
        inside = dx[(slice(2, -2),) * dx.ndim]
        inside[...] = 0
        subpixel.write(framed(dy), framed(w), spec, inside)
        assert np.array_equal(inside, judged(spec)[0]), spec
        inside[...] = 7
        assert (dx == 7).all(), f"{spec}: written beyond dx"


def test_operands_of_dx_may_be_any_view():
    _, w, dy = operands(STRIDED)
    for view in (
        np.asfortranarray,
        lambda a: np.repeat(a, 2, -1)[..., ::2],
        lambda a: np.flip(np.flip(a).copy()),
    ):
        assert np.array_equal(subpixel.dgrad(view(dy), view(w), STRIDED), judged(STRIDED)[0])


def test_roundings_of_dx_that_all_lean_to_one_side_stay_within_the_bound():
    spec = ConvSpec((1, 3, 20), (5000, 3, 1), stride=2)
    w, dy = np.full(spec.w_shape, 0.1, "float32"), np.ones(spec.y_shape, "float32")
    off = np.abs(subpixel.dgrad(dy, w, spec)[..., ::2] / (5000 * float(np.float32(0.1))) - 1).max()
    assert 0 < off < numerics.CONFIDENCE * 5000**0.5 * numerics.unit_roundoff("float32")


@pytest.mark.parametrize(
    "spec", [FULL, STRIDED, ConvSpec((9, 20, 9, 9), (20, 20, 3, 3), "same", dtype="float64")], ids=str
)
def test_the_bits_do_not_depend_on_the_threads(spec, monkeypatch):
    x, w, dy = operands(spec, reals)
    found = set()
    for module, name in ((broad, "BLOCK_BYTES"), (thin, "FRAME_BYTES")):
        monkeypatch.setattr(module, name, 2000)  # several blocks, and so several parts
    assert all(WAYS[way](wgrad.raised(spec)).parts > 2 for way in WAYS)
    for threads, alone in ((pool.threads(), False), (1, True), (2, True), (7, True)):
        monkeypatch.setattr(pool, "threads", lambda threads=threads: max(threads, pool.processors.count()))
        if alone:
            monkeypatch.setattr(pool, "state", lambda: 0)
        dx = subpixel.dgrad(dy, w, spec).tobytes() if subpixel.takes(spec) else b""
        found.add((dx, *(dw_by(way, x, dy, spec).tobytes() for way in WAYS)))
    for busy in (1, 50):
        monkeypatch.setattr(broad, "BUSY", busy)
        found.add((dx, *(dw_by(way, x, dy, spec).tobytes() for way in WAYS)))
    assert len(found) == 1


def test_every_thread_has_its_own_scratch_memory(monkeypatch):
    """Run everything as thread 1: what belongs to thread 0 stays as it was."""
    places = {"BLOCKS": "BLOCK_BYTES", "SCRATCH": "SCRATCH_BYTES"}
    looked = []

    def as_the_second_thread(job, words, items):
        names = inspect.getmodule(job).NAMES
        for place, size in places.items():
            if size in names:
                begin, count = (int(words[names.index(name)]) for name in (place, size))
                kept = ctypes.string_at(begin, count)
        function = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(plain.native(job))
        for item in range(items):
            function(words.ctypes.data, item, 1)
        assert ctypes.string_at(begin, count) == kept
        looked.append(job)

    monkeypatch.setattr(pool, "threads", lambda: 2)
    for module in (subpixel, broad, thin):
        monkeypatch.setattr(module, "share", as_the_second_thread)
    x, w, dy = operands(STRIDED)
    for way in WAYS:
        assert np.array_equal(dw_by(way, x, dy, STRIDED), judged(STRIDED)[1])
    assert np.array_equal(subpixel.dgrad(dy, w, STRIDED), judged(STRIDED)[0])
    assert len(looked) == 6


@pytest.mark.parametrize("spec", ROOMY, ids=str)
def test_the_workspace_is_what_the_gradients_take_at_most(spec):
    backend, (x, w, dy) = get("numba-tiles" if spec.rank < 3 else "numba-3d"), operands(spec, reals)
    calls = (lambda: backend.dgrad(dy, w, spec), lambda: backend.wgrad(x, dy, spec))
    assert takes(backend.gradient_workspace_bytes(spec), *calls)


@pytest.mark.parametrize("name, rank", [("numba-tiles", 1), ("numba-tiles", 2), ("numba-3d", 3)])
def test_float16_is_added_up_in_float32_and_rounded_once(name, rank):
    spec = ConvSpec((2, 3, *[1] * (rank - 1), 300), (2, 3, *[1] * (rank - 1), 2), stride=2, dtype="float16")
    x, w, dy = operands(spec, reals)
    wide = [array.astype("float32") for array in (x, w, dy)]
    backend, exact = get(name), replace(spec, dtype="float32")
    for found, wider in (
        (backend.dgrad(dy, w, spec), backend.dgrad(wide[2], wide[1], exact)),
        (backend.wgrad(x, dy, spec), backend.wgrad(wide[0], wide[2], exact)),
    ):
        assert found.dtype == np.float16 and np.array_equal(found, wider.astype(np.float16))


class Flat(type(get("numba-tiles"))):
    """A backend that takes no filter of an even number of columns."""

    def supports(self, spec):
        return None if spec.taps[-1] % 2 else "These columns are even; we have odd ones."

    def wastes(self, spec):
        return "Half of it." if spec.taps[-1] == 3 else None


def test_a_refusal_names_the_phase_that_is_refused_and_waste_the_phase_that_wastes():
    spec = ConvSpec((1, 8, 20), (8, 8, 7), stride=2, flip=False)
    said = Flat().supports_gradients(spec)
    assert said.startswith("The gradient of x is the convolution x(1, 8, 7) w(8, 8, 4)")
    assert said.endswith("for one in 2 inputs, from 0 on. These columns are even; we have odd ones.")
    assert (
        Flat().supports_gradients(replace(spec, w_shape=(8, 8, 6)))
        == "These columns are even; we have odd ones."
    )
    assert (
        Flat().gradient_wastes(replace(spec, w_shape=(8, 8, 5)))
        == "For dx for one in 2 inputs, from 0 on: Half of it."
    )
    assert get("numba-tiles").gradient_wastes(spec) is None


@pytest.mark.parametrize("name", ["llvm-direct", "numba-tiles"])
def test_a_step_far_beyond_x_takes_neither_memory_nor_time(name):
    spec = ConvSpec((1, 2, 6, 7), (3, 2, 3, 3), stride=2**40, padding=2**40, dtype="float64")
    x, w, dy = operands(spec)
    assert dgrad_as(dy, w, spec).x.size <= 3 * 10 * 11
    dx, dw = get(name).dgrad(dy, w, spec), get(name).wgrad(x, dy, spec)
    assert dx.any() and np.array_equal(dx, reference.dgrad(dy, w, spec))
    assert dw.any() and np.array_equal(dw, reference.wgrad(x, dy, spec))
