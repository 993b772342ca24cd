"""Frames of arrays between convlab and its workers. Nothing is unpickled, every size is checked.

Both sides load this file, and the other one may be an old interpreter: Python 3.8, the standard library, NumPy.
A frame is 16 bytes (a mark, the length of the header, the length of the arrays), a header in JSON, and the
arrays, one after the other, in C order and in the machine's byte order. The header lists their roles, dtypes and
shapes, which must account for every byte before a byte of them is read.
"""

from __future__ import annotations

import json
import os
import queue
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

PREFIX = struct.Struct("<4sIQ")
MARK = b"cvl1"
MOST_HEADER_BYTES = 4 << 20
MOST_ARRAY_BYTES = 4 << 30
MOST_AXES = 8
PIECE_BYTES = 1 << 20  # what is read or written at once
DTYPES = frozenset(
    ["float16", "float32", "float64", "complex64", "complex128", "int8", "int16", "int32", "int64", "uint8"]
)


class WireError(ValueError):
    """What came is no frame, or one that is larger than any that is sent."""


def pack(header: dict, arrays: dict) -> tuple[bytes, list[memoryview]]:
    """Return the bytes of a frame up to its arrays, and the arrays as a list of flat views of bytes."""
    arrays = {role: np.asarray(array, order="C") for role, array in arrays.items()}
    rows = [[role, array.dtype.name, array.shape] for role, array in arrays.items()]
    text = json.dumps(dict(header, arrays=rows)).encode("utf-8")
    total = sum(array.nbytes for array in arrays.values())
    _limit(len(text), total)
    return PREFIX.pack(MARK, len(text), total) + text, _flat(arrays)


def lengths(prefix: bytes) -> tuple[int, int]:
    """Return the length of the header and of the arrays, from the first 16 bytes of a frame."""
    if len(prefix) != PREFIX.size:
        raise WireError(f"a frame ends after {len(prefix)} of its first {PREFIX.size} bytes")
    mark, header, total = PREFIX.unpack(prefix)
    if mark != MARK:
        raise WireError(f"a frame begins with {mark!r} instead of {MARK!r}")
    _limit(header, total)
    return header, total


def unpack(text: bytes, total: int) -> tuple[dict, dict, list[memoryview]]:
    """Return the header, empty arrays as it describes them, and flat views to read their bytes into."""
    try:
        header = json.loads(bytes(text).decode("utf-8"))
        described = [(str(role), dtype, tuple(shape)) for role, dtype, shape in header.pop("arrays")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WireError(f"the header of a frame cannot be read: {error}") from None
    for _, dtype, shape in described:
        known = isinstance(dtype, str) and dtype in DTYPES and len(shape) <= MOST_AXES
        if not known or not all(type(n) is int and n >= 0 for n in shape):
            raise WireError(f"a frame brings an array of {dtype!r} and shape {shape!r}")
    promised = sum(np.dtype(dtype).itemsize * _product(shape) for _, dtype, shape in described)
    if promised != total:
        raise WireError(f"a frame of {total} bytes of arrays describes {promised}")
    arrays = {role: np.empty(shape, dtype) for role, dtype, shape in described}
    if len(arrays) != len(described):
        raise WireError("a frame brings two arrays of the same role")
    return header, arrays, _flat(arrays)


def write(stream: BinaryIO, header: dict, arrays: dict) -> None:
    """Write a frame to a binary stream."""
    head, views = pack(header, arrays)
    stream.write(head)
    for view in views:
        stream.write(view)
    stream.flush()


def read(stream: BinaryIO) -> tuple[dict, dict] | None:
    """Read a frame from a buffered binary stream: (header, arrays), or None where the stream ends before it."""
    prefix = stream.read(PREFIX.size)
    if not prefix:
        return None
    header_bytes, total = lengths(prefix)
    text = stream.read(header_bytes)
    if len(text) < header_bytes:
        raise WireError("a frame ends within its header")
    header, arrays, views = unpack(text, total)
    for view in views:
        done = 0
        while done < len(view):
            count = stream.readinto(view[done : done + PIECE_BYTES])
            if not count:
                raise WireError("a frame ends within its arrays")
            done += count
    return header, arrays


def serve(start: Callable[[], dict], answer: Callable[[dict, dict], tuple[dict, dict]]) -> None:
    """Say hello, then answer one request after the other; the process ends when the other side is gone.

    Standard input and output are taken for the frames and put out of reach, so that nothing that a library or a
    compiler prints can come between them.

    Parameters
    ----------
    start : callable
        Imports what is slow to import, and gives the words of the hello.
    answer : callable
        Makes the (header, arrays) of an answer from those of a request; it raises nothing.
    """
    inbox, outbox = _taken()
    requests: queue.Queue = queue.Queue()
    threading.Thread(target=_listen, args=(inbox, requests), daemon=True).start()
    write(outbox, start(), {})
    while True:
        write(outbox, *answer(*requests.get()))


def _taken() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output; whatever else writes to them writes to standard error."""
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return inbox, outbox


def _listen(inbox: BinaryIO, requests: queue.Queue) -> None:
    """Pass requests on; end this process when the other side is gone or sends what is no request."""
    try:
        while True:
            frame = read(inbox)
            if frame is None:
                os._exit(0)
            requests.put(frame)
    except BaseException as error:
        sys.stderr.write(f"no request: {error}\n")
        sys.stderr.flush()
        os._exit(3)


def tuples_out(value: Any) -> Any:
    """Return a value in which tuples are marked, for JSON knows only lists and libraries tell them apart."""
    if isinstance(value, tuple):
        return {"tuple": [tuples_out(item) for item in value]}
    return [tuples_out(item) for item in value] if isinstance(value, list) else value


def tuples_in(value: Any) -> Any:
    """Return what `tuples_out` was given."""
    if isinstance(value, dict):
        return tuple(tuples_in(item) for item in value["tuple"])
    return [tuples_in(item) for item in value] if isinstance(value, list) else value


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for n in shape:  # whole numbers of Python, which do not overflow
        total *= n
    return total


def _flat(arrays: dict) -> list[memoryview]:
    return [memoryview(array.reshape(-1).view(np.uint8)) for array in arrays.values() if array.size]


def _limit(header: int, total: int) -> None:
    if header > MOST_HEADER_BYTES or total > MOST_ARRAY_BYTES:
        raise WireError(f"a frame has {header} bytes of header and {total} of arrays")
