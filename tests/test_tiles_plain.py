"""Plain functions mean the same as Python and as LLVM text: every construct is run as both."""

import ctypes
import importlib
import itertools

import numpy as np
import pytest

from convlab.backends.tiles import plain
from convlab.backends.tiles.plain import call, clear, copy, move, put, word
from convlab.errors import Unavailable

LIMIT = 5


def arithmetic(out, a, b):
    put(out, 0, a + b - 3 * a)
    put(out, 1, -a)
    if b != 0:
        put(out, 2, a // b)
        put(out, 3, a % b)


def comparisons(out, a, b):
    put(out, 0, a < b)
    put(out, 1, a <= b)
    put(out, 2, a > b)
    put(out, 3, a >= b)
    put(out, 4, a == b)
    put(out, 5, a != b)
    put(out, 6, -3 <= a < b <= 2)


def logic(out, a, b):
    put(out, 0, a and b)
    put(out, 1, a or b)
    put(out, 2, not a)
    put(out, 3, a and b and a + b)
    put(out, 4, a or b or 9)
    put(out, 5, b != 0 and a // b > 1)  # the right side would divide by zero
    put(out, 6, a // b if b else LIMIT)


def smallest(out, a, b):
    put(out, 0, min(a, b))
    put(out, 1, max(a, b, 1))
    put(out, 2, min(a, b, -1, 4))
    put(out, 3, max(a, 2 * a))


def branches(out, a, b):
    if a > b:
        put(out, 0, 1)
    elif a == b:
        if a:
            put(out, 0, 2)
    else:
        put(out, 0, 3)
    if b:
        a = b
    put(out, 1, a)


def counting(out, a, b):
    """Count in every way that is known."""
    total, turns = 0, 0
    for i in range(a):
        for j in range(i, b):
            total += i * j
            turns += 1
        i = 100  # changes no turn
    for k in range(a, 3 * LIMIT, max(1, b)):
        turns -= k
    while turns > LIMIT:
        turns //= 2
        total *= 3
        total %= 1000
    put(out, 0, total)
    put(out, 1, turns)


def exchange(out, a, b):
    a, b = b, a + b
    a, b = b, a - b
    put(out, 0, a)
    put(out, 1, b)


def chosen(a, b):
    if a < b:
        return a
    while a > b:
        a -= 3
        if a == b:
            return 77
    return a * LIMIT


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def nothing(out):
    put(out, 2, 5)
    return


def calling(out, a, b):
    put(out, 0, chosen(a, b) + chosen(b, a))
    put(out, 1, fibonacci(max(0, a)))
    nothing(out)


def moving(out, a, b):
    put(out, 4, a * 0x100000001)
    copy(out, out + 32, 8 * (a > 0))
    move(out + 8, out + 32, 8)
    move(out + 16, out + 36, 4)
    clear(out + 8, b)
    put(out, 3, word(out, 4) + word(out + 8, 0))


PLAIN = (arithmetic, comparisons, logic, smallest, branches, counting, exchange, calling, moving)


@pytest.mark.parametrize("function", PLAIN, ids=lambda function: function.__name__)
def test_what_is_written_is_what_python_does(function):
    native = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(plain.native(function))
    seen = set()
    for a, b in itertools.product(range(-7, 8), repeat=2):
        expected, found = np.full(8, -99), np.full(8, -99)
        function(expected.ctypes.data, a, b)
        native(found.ctypes.data, a, b)
        np.testing.assert_array_equal(found, expected, f"{function.__name__}({a}, {b})")
        seen.add(found.tobytes())
    assert len(seen) > 2, "the numbers that are handed in make no difference"


def adding_one(place):
    put(place, 0, word(place, 0) + 1)


def twice(function, place):
    call(function, place)
    call(function, place)


def test_a_native_function_is_called_by_its_address():
    place = np.array([5])
    for run in (twice, ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)(plain.native(twice))):
        run(plain.native(adding_one), place.ctypes.data)
    assert place[0] == 9


def test_numbers_wrap_around_at_64_bits():
    found = np.zeros(8, np.int64)
    ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(plain.native(arithmetic))(
        found.ctypes.data, 1 << 62, 1 << 62
    )
    assert found[0] == -(1 << 62)


def division(a):
    return a / 2


def comprehension(a):
    return sum(i for i in range(a))


def breaking(a):
    while a:
        break


def text(a):
    return a + len("b")


def unknown(a):
    return a + UNKNOWN  # noqa: F821


def fraction(a):
    return a * 1.5


def over_a_list(a):
    for i in [1, 2]:
        a += i


def unpacked(a):
    b, c = chosen(a, a)
    return b + c


def doubled(a):
    b = c = a
    return b + c


def indexed(a):
    a[0] = 1


def identical(a):
    return a is a


def named(a):
    return chosen(a, b=a)


def inverted(a):
    return ~a


def otherwise(a):
    while a:
        a -= 1
    else:
        a = 3


REFUSED = {
    division: "a / 2", comprehension: "sum(", breaking: "break", text: "len('b')", unknown: "UNKNOWN",
    fraction: "1.5", over_a_list: "for i in [1, 2]", unpacked: "b, c = chosen(a, a)", indexed: "a[0] = 1",
    identical: "a is a", named: "chosen(a, b=a)", inverted: "~a", otherwise: "while a:", doubled: "b = c = a",
}  # fmt: skip


@pytest.mark.parametrize("function", REFUSED, ids=lambda function: function.__name__)
def test_what_is_not_plain_is_refused_with_its_line(function):
    with pytest.raises(SyntaxError) as caught:
        plain.native(function)
    first = function.__code__.co_firstlineno
    said = str(caught.value)
    assert REFUSED[function] in said and f"{__name__}.{function.__name__} is not plain" in said
    assert first < int(said.split()[1]) <= first + 4


def test_a_file_that_was_changed_since_it_was_imported_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "changing.py"
    before = "from convlab.backends.tiles.plain import put\n\n\ndef seven(place):\n    put(place, 0, 7)\n"
    file.write_text(before)
    monkeypatch.syspath_prepend(tmp_path)
    changing, place = importlib.import_module("changing"), np.zeros(1, np.int64)
    for after in (before.replace("7", "8"), "", "\n\n\n\n(", before[:-9]):
        file.write_text(after)
        with pytest.raises(Unavailable, match=r"Start Python again"):
            plain.native(changing.seven)
    file.write_text(f"# moved down by a line\n{before}")
    importlib.reload(changing)
    ctypes.CFUNCTYPE(None, ctypes.c_int64)(plain.native(changing.seven))(place.ctypes.data)
    assert place[0] == 7
