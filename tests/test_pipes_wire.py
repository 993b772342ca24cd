"""Frames of arrays between convlab and a worker: what comes back, and what is refused before memory is taken."""

import io

import numpy as np
import pytest

from convlab.pipes import wire

X = np.arange(6.0).reshape(1, 1, 2, 3)


@pytest.mark.parametrize("dtype", sorted(wire.DTYPES))
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3, 4)], ids=str)
def test_a_frame_brings_arrays_of_any_layout_as_they_were(dtype, shape):
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    stream = io.BytesIO()
    wire.write(stream, {"a": [1, "ü"]}, {"x": array.T, "w": array[..., ::-1] if shape else array})
    header, arrays = wire.read(io.BytesIO(stream.getvalue()))
    assert header == {"a": [1, "ü"]} and list(arrays) == ["x", "w"]
    assert arrays["x"].dtype == dtype and np.array_equal(arrays["x"], array.T)
    assert np.array_equal(arrays["w"], array[..., ::-1] if shape else array)
    assert all(array.flags.writeable and array.flags.aligned for array in arrays.values())


def test_a_frame_that_breaks_off_anywhere_is_no_frame():
    stream = io.BytesIO()
    wire.write(stream, {}, {"x": X})
    whole = stream.getvalue()
    assert wire.read(io.BytesIO()) is None
    for length in range(1, len(whole)):
        with pytest.raises(wire.WireError):
            wire.read(io.BytesIO(whole[:length]))


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"{}",
        b"\xff",
        b'{"arrays": 1}',
        b'{"arrays": [["x", "float64"]]}',
        b'{"arrays": [["x", "float64", [-1, -1]]]}',
        b'{"arrays": [["x", "float64", [true]]]}',
        b'{"arrays": [["x", "float64", [1.0]]]}',
        b'{"arrays": [["x", "V8", [1]]]}',
        b'{"arrays": [["x", ["float64"], [1]]]}',
        b'{"arrays": [["x", "float64", [4294967296, 4294967296]]]}',
        b'{"arrays": [["x", "float64", [1,1,1,1,1,1,1,1,1]]]}',
        b'{"arrays": [["x", "float32", [1]], ["x", "float32", [1]]]}',
    ],
)
def test_a_header_that_describes_no_arrays_is_refused_before_memory_is_taken(header):
    with pytest.raises(wire.WireError):
        wire.unpack(header, 8)


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        (b"Segmentation fau", "begins with b'Segm'"),
        (wire.PREFIX.pack(wire.MARK, 2**31, 0), "2147483648 bytes of header"),
        (wire.PREFIX.pack(wire.MARK, 2, 2**62), "4611686018427387904 of arrays"),
    ],
)
def test_a_beginning_that_promises_no_frame_is_refused(prefix, said):
    with pytest.raises(wire.WireError, match=said):
        wire.lengths(prefix)


def test_words_come_back_with_tuples_where_tuples_were():
    words = [(1, (2, "x")), [1, (2,)], None, "full", ((1, 2), 3.5), True, ()]
    assert [wire.tuples_in(wire.tuples_out(word)) for word in words] == words
