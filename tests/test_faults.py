"""Each of source 003's faults does what was recorded of it, and nothing where the source is right."""

from __future__ import annotations

import numpy as np
import pytest

import convlab as cl
from convlab import faults
from convlab.errors import SpecError
from convlab.presets.preset import ramp

IDS = [fault.id for fault in faults.FAULTS]
ONES = np.ones((1, 1, 2, 2))


def run(id, x, w, dy, **options):
    return faults.get(id).run(x, w, dy, **options)


def right(x, w, dy, **options):
    return cl.gradients(x, w, dy, flip=False, backend="reference", **options)


def drawn(*shapes):
    rng = np.random.default_rng(3)
    return [rng.integers(-9, 10, shape).astype(float) for shape in shapes]


def test_the_faults_have_ids_that_stay_and_words_that_fit():
    assert {"undilated", "cropped", "swapped-pads", "integer-zeros", "column-order", "no-remainder", "truncated-size",
            "broadcast-channels"} <= set(IDS)  # fmt: skip
    assert len(set(IDS)) == len({fault.title for fault in faults.FAULTS}) == len(IDS)
    for fault in faults.FAULTS:
        assert len(fault.title) <= 42 and fault.sentence.endswith(".") and len(fault.sentence) <= 200
        assert "\n" not in fault.fix and len(fault.fix) <= 100
        compile(fault.fix, fault.id, "exec")


def test_an_unknown_fault_is_answered_with_the_known_ones():
    with pytest.raises(SpecError, match="undilated, no-remainder, cropped"):
        faults.get("typo")


@pytest.mark.parametrize("id", IDS)
def test_the_usual_check_sees_nothing(id):
    x, w, dy = drawn((1, 2, 6, 6), (3, 2, 3, 3), (1, 3, 4, 4))
    assert all(np.array_equal(a, b) for a, b in zip(run(id, x, w, dy), right(x, w, dy), strict=True))
    if forward := faults.get(id).forward:
        assert np.array_equal(forward(x, w), cl.corr(x, w))


@pytest.mark.parametrize("id", [id for id in IDS if id not in ("broadcast-channels", "truncated-size")])
def test_a_check_with_everything_uneven_sees_each_of_them(id):
    x, w, dy = drawn((2, 2, 6, 8), (3, 2, 3, 2), (2, 3, 2, 3))
    x = x.astype(int)
    dy = dy / 2
    try:
        found = run(id, x, w, dy, padding=1, stride=3)
    except IndexError:
        return
    assert not all(
        np.array_equal(a, b) for a, b in zip(found, right(x, w, dy, padding=1, stride=3), strict=True)
    )


# What was recorded


@pytest.mark.parametrize(
    "size, stride, says",
    [
        (2, 2, "index 2 is out of bounds for axis 3 with size 2"),
        (1, 3, "index 3 is out of bounds for axis 3"),
    ],
)
def test_undilated_is_an_index_error_for_two_outputs_or_for_input_left_over(size, stride, says):
    x, w, dy = ramp(1, 1, 4, 4), ramp(1, 1, 2, 2), ramp(1, 1, size, size)
    with pytest.raises(IndexError, match=says):
        run("undilated", x, w, dy, stride=stride)
    assert right(x, w, dy, stride=stride)[0].shape == (1, 1, 4, 4)


def test_undilated_is_right_for_one_output_and_nothing_left_over():
    x, w, dy = ramp(1, 1, 2, 2), ramp(1, 1, 2, 2), np.full((1, 1, 1, 1), 3.0)
    dx, dw = run("undilated", x, w, dy, stride=2)
    assert dx.tolist() == (3 * w).tolist() and dw.tolist() == (3 * x).tolist()


def test_cropped_returns_three_by_three_of_the_four_by_four():
    x, dy = ramp(1, 1, 4, 4), ramp(1, 1, 5, 5)
    dx, dw = run("cropped", x, ONES, dy, padding=1)
    assert dx[0, 0].tolist() == [[12, 16, 20], [32, 36, 40], [52, 56, 60]]
    whole, same = right(x, ONES, dy, padding=1)
    assert whole[0, 0, :, 3].tolist() == [24, 44, 64, 84] and np.array_equal(whole[:, :, :3, :3], dx)
    assert np.array_equal(dw, same)


@pytest.mark.parametrize("padding, left", [(2, 2), (4, 0)])
def test_cropped_loses_as_many_rows_as_there_is_padding(padding, left):
    x, dy = ramp(1, 1, 4, 4), np.ones((1, 1, 3 + 2 * padding, 3 + 2 * padding))
    assert run("cropped", x, ONES, dy, padding=padding)[0].shape == (1, 1, left, left)


@pytest.mark.parametrize("taps, size, axis", [((1, 2), (4, 3), 3), ((2, 1), (3, 4), 2), ((2, 3), (3, 2), 3)])
def test_swapped_pads_are_an_index_error_for_every_filter_that_is_not_square(taps, size, axis):
    x, w, dy = ramp(1, 1, 4, 4), np.ones((1, 1, *taps)), np.ones((1, 1, *size))
    with pytest.raises(IndexError, match=f"axis {axis}"):
        run("swapped-pads", x, w, dy)
    assert right(x, w, dy)[0].sum() == taps[0] * taps[1] * dy.size


def test_integer_zeros_give_no_gradient_at_all_for_halves():
    x, dy = ramp(1, 1, 4, 4), np.full((1, 1, 3, 3), 0.5)
    dx, _ = run("integer-zeros", x, ONES, dy)
    assert dx.dtype.kind == "i" and not dx.any()
    for found in (run("integer-zeros", x.astype(float), ONES, dy)[0], right(x, ONES, dy)[0]):
        assert found[0, 0, 0].tolist() == [0.5, 1, 1, 0.5]


def test_broadcast_channels_multiply_three_channels_with_one_where_we_refuse():
    x, dy = np.ones((1, 3, 4, 4)), np.ones((1, 1, 3, 3))
    fault = faults.get("broadcast-channels")
    assert (fault.forward(x, ONES) == 12).all()
    dx, dw = fault.run(x, ONES, dy)
    assert dx.shape == x.shape and dw.shape == (1, 3, 2, 2) != ONES.shape
    with pytest.raises(SpecError, match="3 channels and each filter reads 1"):
        right(x, ONES, dy)


def test_column_order_mixes_two_images_and_leaves_one_alone():
    x, fault = ramp(2, 1, 4, 4), faults.get("column-order")
    assert fault.forward(x, ONES)[0, 0].tolist() == [[10, 74, 14], [78, 18, 82], [26, 90, 30]]
    assert cl.corr(x, np.ones((1, 1, 2, 2)))[0, 0].tolist() == [[10, 14, 18], [26, 30, 34], [42, 46, 50]]
    dy = ramp(2, 1, 3, 3)
    found, wanted = fault.run(x, ONES, dy), right(x, ONES, dy)
    assert not any(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))
    assert all(a.shape == b.shape for a, b in zip(found, wanted, strict=True)), "and no error says so"


def test_tiled_columns_are_wrong_for_a_wide_output_and_an_index_error_for_a_high_one():
    one, fault = np.ones((1, 1, 1, 1)), faults.get("tiled-columns")
    assert fault.forward(ramp(1, 1, 2, 3), one).ravel().tolist() == [0, 1, 0, 4, 3, 4]
    with pytest.raises(IndexError):
        fault.forward(ramp(1, 1, 3, 2), one)
    x = dy = ramp(1, 1, 2, 3)
    dx, dw = fault.run(x, one, dy)
    assert dx.ravel().tolist() == [0 + 2, 1, 0, 4, 3 + 5, 0]
    assert dw.item() == 1 + 3 * 4 + 4 * 3 + 5 * 4 and right(x, one, dy)[1].item() == (x * dy).sum()


@pytest.mark.parametrize("taps, stride, error", [(5, 2, IndexError), (6, 1, ValueError), (5, 1, ValueError)])
def test_a_truncated_size_fails_somewhere_else_where_we_say_what_is_wrong(taps, stride, error):
    x, w = ramp(1, 1, 4, 4), np.ones((1, 1, taps, taps))
    with pytest.raises(error):
        faults.get("truncated-size").forward(x, w, stride=stride)
    with pytest.raises(
        SpecError, match=f"The filter reaches over {taps} rows, the input with its zeros has 4"
    ):
        cl.corr(x, w, stride=stride)


def test_without_the_remainder_dx_is_shorter_than_x():
    x, w, dy = ramp(1, 1, 1, 6), np.array([[[[1, 10, 100]]]]), np.array([[[[1, 2]]]])
    assert run("no-remainder", x, w, dy, stride=2)[0].ravel().tolist() == [1, 10, 102, 20, 200]
    assert right(x, w, dy, stride=2)[0].ravel().tolist() == [1, 10, 102, 20, 200, 0]


# The lines that mend them


def mended(id, **names):
    exec(faults.get(id).fix, names)
    return names


def test_the_mended_lines_give_the_right_gradient():
    """One routine of padding, spreading and cropping, made of nothing but the lines of `fix`."""
    x, w, dy = drawn((2, 2, 6, 8), (3, 2, 3, 2), (2, 3, 2, 3))
    names = {
        "np": np, "x": x, "w": w, "dy": dy, "padding": 1, "stride": 3, "N": 2, "O": 3, "H": 6, "W": 8, "kh": 3, "kw": 2,
    }  # fmt: skip
    for id in ("broadcast-channels", "truncated-size", "no-remainder", "undilated"):
        names = mended(id, **names)
    assert names["oh"] == dy.shape[2]
    around = eval(faults.get("swapped-pads").fix, names)
    names["dx_padded"] = cl.conv(around, w.swapaxes(0, 1))
    names = mended("cropped", **names)
    assert np.array_equal(names["dx"], right(x, w, dy, padding=1, stride=3)[0])
    assert mended("integer-zeros", np=np, x=ramp(2, 3), w=w, dy=dy)["dx"].dtype == float
    assert mended("column-order", dy=dy, O=3)["dy_columns"][:, :2].tolist() == dy[:, :, 0, 0].T.tolist()
    columns = mended("tiled-columns", np=np, stride=2, oh=3, ow=5)["columns"]
    assert columns.tolist() == [0, 2, 4, 6, 8] * 3
