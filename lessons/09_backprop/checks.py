"""Lesson 09: what is asked, and the ways of being wrong about it."""

import numpy as np

from convlab.workshop import Case, Exercise, Mistake
from convlab.workshop.backward import (
    around,
    both_ways,
    bound,
    by_tap,
    by_window,
    dw_then,
    dx_then,
    framed,
    gradients,
    kept_whole,
    layer_spec,
    of_w,
    of_x,
    only,
    overwritten,
    source,
    spread,
    usual,
)

SHAPES = {  # what is added to the usual check: x, w, padding, stride, dtype of x
    "all": [((2, 2, 5, 6), (2, 2, 3, 2), 1, 2), ((2, 2, 6, 5), (3, 2, 2, 3), 1, 2, "int64")],
    "nothing": [((1, 2, 4, 4), (2, 2, 2, 2)), ((1, 1, 5, 5), (1, 1, 3, 3)), ((1, 2, 5, 5), (2, 2, 3, 3))],
    "padding": [
        ((1, 1, 3, 3), (1, 1, 2, 2), 1),
        ((1, 2, 4, 4), (1, 2, 3, 3), 2),
        ((1, 1, 4, 4), (2, 1, 3, 3), 1),
    ],
    "whole numbers": [
        ((1, 1, 3, 3), (1, 1, 2, 2), 0, 1, "int64"),
        ((1, 2, 4, 4), (2, 2, 3, 3), 0, 1, "int64"),
        ((1, 1, 5, 5), (2, 1, 2, 2), 0, 1, "int32"),
    ],
    "images": [((2, 1, 3, 3), (1, 1, 2, 2)), ((2, 2, 4, 4), (2, 2, 3, 3)), ((3, 1, 4, 4), (2, 1, 2, 2))],
    "stride": [
        ((1, 1, 5, 5), (1, 1, 3, 3), 0, 2),
        ((1, 2, 4, 4), (2, 2, 2, 2), 0, 2),
        ((1, 1, 6, 6), (2, 1, 3, 3), 0, 3),
    ],
    "filter": [((1, 1, 4, 4), (1, 1, 1, 2)), ((1, 2, 4, 4), (2, 2, 3, 1)), ((1, 1, 5, 5), (2, 1, 2, 3))],
    "remainder": [
        ((1, 1, 6, 6), (1, 1, 3, 3), 0, 2),
        ((1, 2, 5, 5), (2, 2, 2, 2), 0, 2),
        ((1, 1, 7, 7), (2, 1, 2, 2), 0, 3),
    ],
    "wide image": [((1, 1, 3, 5), (1, 1, 2, 2)), ((1, 2, 6, 4), (1, 2, 3, 3)), ((1, 2, 4, 5), (2, 2, 2, 2))],
}


def cases(rng):
    """Draw the cases after the golden one: all difficulties at once, then none, then one at a time."""
    for x_shape, w_shape, *rest in (layer for layers in SHAPES.values() for layer in layers):
        padding, stride, dtype = (*rest, *(0, 1, "float64")[len(rest) :])
        spec = layer_spec(x_shape, w_shape, padding, stride)
        x = rng.integers(-9, 10, x_shape).astype(dtype)
        w, dy = (rng.choice([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], shape) for shape in (w_shape, spec.y_shape))
        yield Case((x, w + rng.integers(-1, 2, w_shape) / 4, dy, padding, stride))


IN_SOURCE_003 = (  # in the order of how well they hide
    Mistake(
        "cropped",
        "Your dx lost its last rows and columns. It begins behind the padding, at row p, and is as high as x: "
        "it ends at row p + H, not at row H.",
        (source("cropped"),),
        alone_when=only("padding"),
    ),
    Mistake(
        "integer-zeros",
        "An image of whole numbers gets a gradient of whole numbers: zeros_like(x) takes x's dtype, and 0.5 becomes 0. "
        "A gradient is a broken number whatever the image is.",
        (
            source("integer-zeros"),
            of_x(lambda x, w, dy, p, s: by_tap(x, w, around(spread(dy, s), x, w, p), p, x.dtype)),
            dx_then(lambda dx, x, *rest: np.trunc(dx) if x.dtype.kind != "f" else dx),
        ),
        alone_when=only("whole numbers"),
    ),
    Mistake(
        "column-order",
        "With two images your dw mixes them. The columns of the windows take turns, image by image; the gradient is "
        "laid out one whole image after the other. Both need the same order.",
        (source("column-order"), of_w(lambda *layer: source("column-order")(*layer)[1])),
        alone_when=only("images"),
    ),
    Mistake(
        "undilated",
        "The stride is missing in dx. Neighbours in dy stand s apart in x: put s − 1 zeros between the values of dy, "
        "before anything slides over it.",
        (
            source("undilated"),
            *both_ways(lambda x, w, dy, p, s: framed(dy, w.shape[2] - 1, w.shape[3] - 1)),
            of_x(lambda x, w, dy, p, s: by_window(x, w, around(dy, x, w, p), p)),
        ),
        alone_when=only("stride"),
    ),
    Mistake(
        "swapped-pads",
        "Height and width of the filter have changed places in the zeros around dy: kh − 1 rows above and below, "
        "kw − 1 columns left and right.",
        (
            source("swapped-pads"),
            *both_ways(lambda x, w, dy, p, s: around(spread(dy, s), x, w, p, swap=True)),
        ),
        alone_when=only("filter"),
    ),
    Mistake(
        "no-remainder",
        "What the stride never read is missing. (H + 2p − kh) mod s rows at the end lie under no window: their "
        "gradient is 0, and dx needs room for it.",
        (
            source("no-remainder"),
            *both_ways(lambda x, w, dy, p, s: framed(spread(dy, s), w.shape[2] - 1, w.shape[3] - 1)),
        ),
        alone_when=only("stride", "remainder"),
    ),
    Mistake(
        "tiled-columns",
        "You number the windows as if there were as many across as down: right for square images only.",
        (source("tiled-columns"),),
        alone_when=only("wide image"),
    ),
)

OF_THE_IMAGE = (
    Mistake(
        "not turned",
        "In dx the filter is not turned. What a pixel gave to the first window, it gave by that window's last tap: "
        "on the way back the filter is read from its other end.",
        (of_x(lambda x, w, dy, p, s: gradients(x, w[:, :, ::-1, ::-1], dy, p, s)[0]),),
    ),
    Mistake(
        "channels",
        "Filters and channels have not changed places. A pixel of channel c hears from every filter, by the taps that "
        "the filter has for channel c: add up over the filters.",
        (of_x(lambda x, w, dy, p, s: gradients(x, w.transpose(1, 0, 2, 3), dy, p, s)[0]),),
    ),
    Mistake(
        "values repeated",
        "You filled the gaps in dy with copies. Between two places of the window there is no output, and so no "
        "gradient: zeros.",
        (
            of_x(lambda x, w, dy, p, s: by_window(x, w, around(spread(dy, s, repeat=True), x, w, p), p)),
            of_x(lambda x, w, dy, p, s: by_window(x, w, around(np.kron(dy, np.ones((s, s))), x, w, p), p)),
        ),
    ),
    Mistake(
        "kept whole",
        "Your dx still has the padding around it. Zeros that were put there have a gradient too, but nobody asks for "
        "it: cut p rows and columns off on each side.",
        (of_x(kept_whole),),
        alone_when=only("padding"),
    ),
    Mistake(
        "begins at its frame",
        "Your dx begins at its frame: the first p rows belong to the zeros in front.",
        (of_x(lambda x, *rest: kept_whole(x, *rest)[:, :, : x.shape[2], : x.shape[3]]),),
        alone_when=only("padding"),
    ),
    Mistake(
        "overwritten",
        "Where windows overlap, the last one wins. Every window that read a pixel has a say in its gradient: "
        "add, with +=.",
        (of_x(overwritten),),
    ),
    Mistake(
        "valid",
        "Your dx is smaller than x: the filter stayed inside dy. A pixel at the edge was read by few windows, but it "
        "was read: zeros around dy, k − 1 on each side.",
        (
            dx_then(
                lambda dx, x, w, *rest: dx[
                    :, :, w.shape[2] - 1 : 1 - w.shape[2] or None, w.shape[3] - 1 : 1 - w.shape[3] or None
                ]
            ),
        ),
        alone_when=usual,
    ),
    Mistake(
        "first filter",
        "Your dx knows one filter only. Every filter read this pixel, so add up over all of them.",
        (
            of_x(lambda x, w, dy, p, s: gradients(x, w[:1], dy[:, :1], p, s)[0]),
            of_x(lambda x, w, dy, p, s: gradients(x, w[-1:], dy[:, -1:], p, s)[0]),
        ),
    ),
)

OF_THE_FILTER = (
    Mistake(
        "averaged",
        "You averaged over the images. The filter met all of them, and its gradient is the sum; "
        "a loss that is a mean has its 1/N in dy already.",
        (dw_then(lambda dw, x, *rest: dw / len(x)),),
        alone_when=only("images"),
    ),
    Mistake(
        "one image",
        "Your dw knows one image only. The filter met all of them: add up over the images.",
        (
            of_w(lambda x, w, dy, p, s: gradients(x[:1], w, dy[:1], p, s)[1]),
            of_w(lambda x, w, dy, p, s: gradients(x[-1:], w, dy[-1:], p, s)[1]),
        ),
        alone_when=only("images"),
    ),
    Mistake(
        "dw turned",
        "Your dw is turned by half a turn. This layer does not flip its filter: what the first tap met counts for "
        "the first tap.",
        (dw_then(lambda dw, *rest: dw[:, :, ::-1, ::-1]),),
    ),
    Mistake(
        "mean over the places",
        "You divided dw by the number of places. The filter was laid on each of them, and each has its say: a sum.",
        (dw_then(lambda dw, x, w, dy, *rest: dw / dy[0, 0].size),),
    ),
    Mistake(
        "dw by neighbours",
        "The stride is missing in dw. dy's second value belongs to the window that starts at pixel s: "
        "take every s-th window of x.",
        (
            of_w(
                lambda x, w, dy, p, s: gradients(
                    framed(x, p, p)[:, :, : dy.shape[2] + w.shape[2] - 1, : dy.shape[3] + w.shape[3] - 1],
                    w,
                    dy,
                    0,
                    1,
                )[1]
            ),
        ),
        alone_when=only("stride"),
    ),
)

OF_BOTH = (
    Mistake(
        "changed places",
        "dx and dw have changed places. Return dx first.",
        (lambda *layer: gradients(*layer)[::-1],),
    ),
    Mistake(
        "sign",
        "Your gradients point the other way. Descent goes against the gradient; the gradient itself says where "
        "the loss grows.",
        (
            lambda *layer: tuple(-one for one in gradients(*layer)),
            dx_then(lambda dx, *rest: -dx),
            dw_then(lambda dw, *rest: -dw),
        ),
    ),
)

EXERCISE = Exercise(
    function="gradients",
    question="Mend the gradients (dx, dw) of a layer that cross-correlates x with w, for any padding and stride.",
    definition=gradients,
    golden=Case(
        (
            np.arange(16.0).reshape(1, 1, 4, 4),
            np.ones((1, 1, 2, 2)),
            np.arange(25.0).reshape(1, 1, 5, 5),
            1,
            1,
        ),
        expected=[
            [[[[12, 16, 20, 24], [32, 36, 40, 44], [52, 56, 60, 64], [72, 76, 80, 84]]]],
            [[[[2220, 2100], [1620, 1500]]]],
        ],
    ),
    cases=cases,
    bound=bound,
    mistakes=(*IN_SOURCE_003, *OF_THE_IMAGE, *OF_THE_FILTER, *OF_BOTH),
    hints=(
        "Try it on one thing at a time: a frame of zeros, whole numbers in x, two images, a stride, a filter that is "
        "not square. Each of the five shows one fault. And then x whose last row no window reads.",
        "The shape of dx is x's, whatever its frame; its numbers are broken, whatever x's are. Zeros come between the "
        "values of dy before they come around it. Rows go with kh. And windows and gradient have to count the images "
        "in the same order.",
        "In one dimension, with stride 2: dy = 1 2 becomes 1 0 2, and for x of 6 pixels 1 0 2 0, one value for every "
        "place that the window has at stride 1: 6 − 3 + 1 = 4. Put two zeros on each side and slide the turned filter "
        "100 10 1 over 0 0 1 0 2 0 0 0: that gives 1 10 102 20 200 0.",
    ),
    shape_rule="dx has the shape of x, and dw the shape of w.",
    praise="Both gradients hold with padding, stride and remainder, for wide images and filters, several images and "
    "whole numbers: a check on such layers would have found every fault that you mended.",
    plain=usual,
    blind=(usual, "Every usual check passes: a square image and filter, one image, stride 1 and no padding."),
    returns=("dx", "dw"),
)
