"""A comparison printed in a terminal, and shown in a notebook."""

import numpy as np

import convlab as cl

X, W = np.arange(16).reshape(4, 4), np.arange(1, 10).reshape(3, 3)


def test_a_comparison_prints_the_question_the_reasons_and_the_edit():
    found = cl.compare(X, W, against=["theano", "naive-no-flip"])
    lines = repr(found).splitlines()
    assert repr(found) == str(found)
    assert lines[0] == "Convolution of x (4, 4) with w (3, 3), valid: the answer is (2, 2)."
    assert "naive loop, no flip           convention: not turned" in lines
    assert "    Edit: w = w[::-1, ::-1]" in lines
    assert "    A loop that agrees: .rows[1].mended['python' | 'java' | 'c']" in lines
    assert lines[-1].endswith("to every value.") or "ramp" in str(found)


def test_no_line_is_long_and_no_shape_is_broken():
    x, w = np.ones((2, 3, 40, 40)), np.ones((1, 1, 30, 30))
    names = ["theano", "scipy.signal.fftconvolve", ("an array of my own", np.zeros((2, 1, 11, 11)))]
    lines = str(cl.compare(x, w, against=names, mode="full")).splitlines()
    assert max(map(len, lines)) <= 100
    assert all(line.count("(") == line.count(")") for line in lines if "(2, 3" in line)
    assert lines[0].startswith("Asked for x (2, 3, 40, 40) with w (1, 1, 30, 30).")


def test_options_that_are_not_plain_are_said():
    x, w = np.ones((1, 4, 9, 9)), np.ones((2, 2, 3, 3))
    found = cl.compare(x, w, against=["theano"], stride=(2, 1), dilation=2, groups=2, padding=1, flip=False)
    said = "Cross-correlation of x (1, 4, 9, 9) with w (2, 2, 3, 3), padding 1, stride 2 × 1, dilation 2 × 2, 2 groups"
    assert str(found).replace("\n", " ").startswith(said)


def test_the_table_of_a_notebook_escapes_what_a_person_wrote():
    def fails(x, w):
        raise ValueError("<script>no</script>")

    found = cl.compare(X, W, against=[("<b>mine</b>", fails), "naive-no-flip"])
    table = found._repr_html_()
    assert "<script>" not in table and "&lt;script&gt;" in table and "&lt;b&gt;mine" in table
    assert "<summary>The loop that agrees, in Java</summary>" in table
    assert "static double[][] convolution" in table


def test_a_row_is_one_short_line_in_a_list():
    row = cl.compare(X, W, against=["naive-no-flip"]).rows[0]
    assert repr(row).startswith("<naive loop, no flip: convention: not turned. This side does not turn")
    assert "static" not in repr(row)
