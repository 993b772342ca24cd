"""What a reader writes into the cells of a lesson, and what the notebook then says."""

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
}
