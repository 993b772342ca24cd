"""Hostile requests: sizes, dtypes and text that no timing may begin with, as `asked` is handed them."""

from __future__ import annotations

from convlab.timing.admission.asked import MOST

_NO_NUMBERS = [
    "", " ", "x", "abc", "1x1xabcx5", "1e9x1e9x5x5", "1x1x3.5x5", "０x１x５x５", "٣x٣x٣x٣", "1x1x５x5", "²x1x5x5",
    "NaN", "inf", "-inf", "None", "null", "True", "true", "0x10x1x5x5", "1_000x1x5x5", "1,,x", "1x-1x5x5", "−1x1x5x5",
    "0", "0x0x0x0", "1x1x0x5", "1x0x5x5", "0x1x5x5", "-3", "+", "--1", "1+1", "2**64", "9" * 61, "9" * 199, "9" * 5000,
    "1x" * 150, "x" * 300, "[" * 100, "[[1,1,5,5]]x", "{}", "()", "1x1x5x5x5x5", "1 1 1 1 1 1 1", "1x1x5x5;DROP TABLE",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "../../etc/passwd",
    "%s%s%s%n", "{0.__class__}", "{x}", "$(reboot)", "`reboot`", "__import__('os').system('true')", "lambda: 0",
    "\x00", "1\x00x1x5x5", "\u202e5x5x1x1", "\U0001f4a5", "1x1x5x5\N{COMBINING ACUTE ACCENT}", "1\u00a0e3x1", "\ud800",
    f"{MOST + 1}x1x5x5", f"1x{MOST + 1}x5x5", f"1x1x5x{MOST + 1}", "99999999999999999999x1x5x5", f"1x1x{2**63}x5",
    f"1x1x{2**64}x5", f"1x1x5x{2**31}", "4294967296x4294967296", "1x1x5x-9223372036854775808",
]  # fmt: skip
_NO_SHAPES = [
    True, False, 0, -1, 1.5, float("nan"), float("inf"), 1e300, 10**5000, 5j, b"1x1x5x5", {}, [], (), set(), object(),
    [1, 1, 5, None], [1, 1, 5, "x"], [1, 1, [5], 5], [1, 1, 5, True], [1, 1, 5, 2.5], [1] * 6, [1] * 10_000,
    [[[[[[1]]]]]], {"x": 1}, ["9" * 100] * 4, [1, 1, 5, 0], [1, 1, -5, 5], [float("nan")] * 4, range(4), print,
]  # fmt: skip
_NO_PAIRS = [  # two shapes that are no convolution
    ("1x1x5x5", "1x1x6x5"), ("1x1x5x5", "1x1x5x6"), ("1x1x5x5", "1x2x3x3"), ("1x3x5x5", "1x1x3x3"),
    ("1x1x5", "1x1x3x3x3"), ("1x1x5x5x5", "1x1x3"), ("1x1x5x5", "1x1x3"), ("5", "1x1x3x3"), ("5x5", "6x6"),
    ("3x5x5", "4x3x3x3"), ("1x2x5x5", "3x3"), ("1x1x5x5", "3"), ("1x1x1x1", "65536x1x65536x65536"),
    ("1x1x5x5", "5"), ("7", "1x1x3x3x3"), ("2x2x2x2x2", "1x2x3x3x3"), ("1x1x65535x1", "1x1x65536x1"),
]  # fmt: skip
_NO_STEPS = [
    "0", "-1", "1.5", "", "x", "1,2,3", "1,2,3,4,5,6", f"{MOST + 1}", "9" * 100, "1e3", "True", "NaN", "１",
    True, 0, -1, 1.5, float("inf"), 10**40, [], [1, 0], [1, 2, 3], {}, b"1", "<b>2</b>",
]  # fmt: skip
_NO_PADDING = [
    "-1", "1:2:3", ":", "1:", ":1", "1:x", "a", "1,2,3", f"{MOST + 1}", f"0:{10**12}", "1.5", "", [[1, 2, 3]],
    [[1], [2]], [[-1, 0], [0, 0]], -1, True, 2.5, {}, [[[1]]], [None, None], "9" * 70, [[0, 1], [2, MOST + 1]],
]  # fmt: skip
_NO_GROUPS = [
    "0",
    "-2",
    "2",
    "5",
    "1.5",
    "x",
    "1, 2",
    "",
    f"{MOST + 1}",
    True,
    [],
    [1, 1],
    3.5,
    float("nan"),
    {},
]
_NO_DTYPES = [
    "float16", "float128", "complex64", "int8", "uint8", "bool", "object", "O", "S10", "<f4, <f8", "", "f" * 300, 4,
    float, [], {}, ("float32",), "datetime64[s]", "float32\x00", b"float32",
]  # fmt: skip
_NO_MODES = [
    "",
    "VALID!",
    "circular",
    "wrap",
    "reflect",
    0,
    True,
    [],
    {},
    "same " * 60,
    "v a l i d",
    b"valid",
    "<i>",
]
_NO_SWITCH = ["maybe", "2", 2, -1, [], {}, 0.5, "", "ja", "tru", b"on"]
_UNKNOWN = ["backend", "__class__", "X", "strides", "x; y", "", "x" * 500, "eval", "dtype ", "border_mode"]

WORDS = [
    *({"x": value, "w": "1x1x3x3"} for value in (*_NO_NUMBERS, *_NO_SHAPES)),
    *({"x": "1x1x9x9", "w": value} for value in _NO_NUMBERS[:30]),
    *({"x": x, "w": w} for x, w in _NO_PAIRS),
    *({name: value} for name in ("stride", "dilation") for value in _NO_STEPS),
    {"dilation": 9}, {"dilation": [1, 5]},
    *({"padding": value} for value in _NO_PADDING),
    *({"groups": value} for value in _NO_GROUPS),
    *({"dtype": value} for value in _NO_DTYPES),
    *({"mode": value} for value in _NO_MODES),
    *({"flip": value} for value in _NO_SWITCH),
    *({name: "1"} for name in _UNKNOWN),
    {}, {"x": "1x1x5x5"}, {"w": "1x1x5x5"}, {"x": None, "w": "1x1x5x5"},
]  # fmt: skip
LARGE = [  # convolutions, each of them, that no machine of today holds or finishes
    {"x": f"{MOST}x{MOST}x{MOST}x{MOST}x{MOST}", "w": f"{MOST}x{MOST}x{MOST}x{MOST}x{MOST}", "mode": "full"},
    {"x": f"{MOST}x1x{MOST}x{MOST}", "w": "1x1x3x3"},
    {"x": f"1x{MOST}x{MOST}x{MOST}", "w": f"{MOST}x{MOST}x11x11", "stride": 4},
    {"x": "1x1x1x1", "w": f"{MOST}x1x{MOST}x{MOST}", "mode": "same"},
    {"x": "1x1x1x1", "w": "1x1x1x1", "padding": MOST},
    {"x": f"1x1x{MOST}x{MOST}", "w": "1x1x1x1", "stride": MOST},
    {"x": "1x1x60000x60000", "w": "1x1x3x3"},
    {"x": "50000x1x1000x1000", "w": "1x1x3x3"},
    {"x": "1x1x2x2", "w": "1x1x2x2", "dilation": MOST, "mode": "full"},
    {"x": "1024x1024x1024x1024", "w": "1024x1024x31x31", "dtype": "float64"},
    {"x": f"{MOST}x4096x32x32", "w": "4096x4096x3x3", "groups": 1},
    {"x": f"{MOST}x{MOST}x7", "w": f"{MOST}x1x7", "groups": MOST},
]  # fmt: skip
