"""What a reader writes into the cells of a lesson, and what the notebook then says."""

import platform

TAKE_OUT = "    raise NotAttempted  # take this line out, then mend what follows"
FILLED = {  # lesson: the old text of a cell and the new one, then what is shown
    "02_flip": (
        {
            'my_letter = None  # "A", "B", "C" or "D"': 'my_letter = "D"',
            "my_count = None": "my_count = 3",
            "my_suspect = None": 'my_suspect = "SciPy"',
            "    raise NotAttempted  # take this line out, then repair what follows\n": "",
        },
        [
            "You wrote D, and so it is",
            "You wrote 3; it is 1",
            "You wrote SciPy, and so it is",
            "02_flip: wrong",
            "You correlated",  # source 001, both norms of both lines:
            "1.65433e+04",
            "1.65440e+04",
            "1.55051e+04",
            "1.55054e+04",
        ],
    ),
    "05_stride_and_floor": (
        {
            "my_four = None": "my_four = [[54, 72], [144, 162]]",
            "my_shape = None": "my_shape = (2, 2)",
            "my_rows = None": "my_rows = [5]",
            "my_number = 0": "my_number = 3",
            "my_part = None": 'my_part = "floor"',
            "my_stem = None": "my_stem = (112, 1)",
            "my_odd = None": "my_odd = 4",
            "    raise NotAttempted  # replace": "    return (M - m) // s + 1, []  # replace",
        },
        [
            "You wrote [[54, 72], [144, 162]], and so it is",
            "You wrote (2, 2); it is (3, 2)",
            "You wrote (5), and so it is",
            "You wrote floor, and so it is",
            "You wrote (112, 1); it is (112, 0)",
            "You wrote 4, and so it is",
            "05_stride_and_floor: wrong",
            "You say that every pixel is read",
        ],
    ),
    "09_backprop": (
        {
            "my_length = None": "my_length = 4",
            "my_middle = None": "my_middle = 102",
            "my_step = None": 'my_step = "a zero behind 1 0 2"',
            "my_dx = None": "my_dx = [40, 30, 0, 24, 18, 0]",
            "my_found = None": "my_found = 6",
            TAKE_OUT + ": five faults\n": "",
        },
        [
            "You wrote 4; it is 5",
            "You wrote 102, and so it is",
            "You wrote a zero behind 1 0 2, and so it is",
            "You wrote (40, 30, 0, 24, 18, 0), and so it is",
            "You wrote 6; it is 0",
            "1407 1407 1407",
            "usual           0 of 6",
            "09_backprop: wrong",
            "it ends at row p + H, not at row H",
        ],
    ),
    "04_one_filter_many_images": (
        {
            "my_place = None": 'my_place = "filter[None]"',
            "my_errors = None": "my_errors = 0",
            "my_right = None": "my_right = [3, 5]",
            "my_begin = None": "my_begin = 2",
            "my_cut = None": "my_cut = (3, 13)",
            "my_four = None": "my_four = (1, 2)",
            "my_sum = None": "my_sum = 1800",
            "my_look = None": 'my_look = "shape"',
            "my_rows = None": "my_rows = 1",
            '("source-004-3", "source-004-5")': '("source-004-3",)',
            "    valid = [slice(K // 2, -K // 2 + 1), slice(K // 2, -K // 2 + 1)]\n": (
                "    valid = slice(K // 2, -K // 2 + 1), slice(K // 2, -K // 2 + 1)\n"
            ),
            TAKE_OUT + ": five faults\n": "",
        },
        [
            "You wrote filter[None]; it is filter[..., None]",
            "You wrote 0, and so it is",
            "You wrote (3, 5), and so it is",
            "You wrote 2; it is 1",
            "K=7 taps on n=16 pixels",
            "You wrote (3, 13), and so it is",
            "You wrote 1800; it is 8",
            "04_one_filter_many_images: wrong",
            "stands one place off",
            "90.7 ms",  # source 004's own times
            "5.70 ms",
            "You wrote shape; it is numbers",
            "You wrote 1, and so it is",
        ],
    ),
    "12_choosing_an_implementation": (
        {
            "my_time = None": 'my_time = "first"',
            "my_lie = None": 'my_lie = "unfinished"',
            "budget_s=0.2": "budget_s=0.05",
            "(3, 11, 31)": "(3,)",
            "    began = clock()\n    for _ in range(5):\n        call(make())\n": "".join(
                f"    {line}\n"
                for line in (
                    "x = make()",
                    "right, found = is_right(call(x).result()), []",
                    "for _ in range(7):",
                    "    began, promises = clock(), [call(x) for _ in range(1000 if clock is not perf_counter else 2)]",
                    "    promises[-1].result()",
                    "    found.append((clock() - began) / len(promises))",
                )
            ),
            "return (clock() - began) / 5, True": "return min(found), right",
            TAKE_OUT + ": six lies\n": "",
        },
        [
            "You wrote first; it is second",
            "meta-optimizing x(1, 16, 28, 28) w(32, 16, 3, 3)",
            "numpy-fft: x has 1 spatial axis",
            "12_choosing_an_implementation: right",
            "Your timer found (",
            ", True)",
            "You wrote unfinished, and so it is: it would be 17,569 GFLOP/s",
        ],
    ),
    "13_registers": (
        {
            'my_reason = None  # "latency", "registers" or "memory"': 'my_reason = "latency"',
            "my_gain = None": "my_gain = 2.25",
            "    raise NotAttempted": "    return rows * vectors, 1.0",
        },
        [
            "13_registers: wrong",
            "You counted the sums alone",
            "fma" if platform.machine() in ("x86_64", "AMD64") else "fmla",
            "You wrote latency; it is memory",
            "You wrote 2.25, and so it is",
        ],
    ),
}
