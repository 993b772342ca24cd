"""Answers that people might hand in, written as people write them: right ones in many styles, and wrong ones."""

import sys

import numpy as np
from scipy import ndimage, signal


def _looped(first, last=0, pick=lambda f, u, v: f[-1 - u, -1 - v], dtype=float):
    """Return four nested loops that begin `first` places on, stop `last` early and read the filter by `pick`."""

    def convolution(image, filter):
        (h, w), (kh, kw) = image.shape, filter.shape
        out = np.zeros((h - kh + 1 - last, w - kw + 1 - last), dtype)
        for j in range(out.shape[0]):
            for i in range(out.shape[1]):
                total = 0.0
                for u in range(kh):
                    for v in range(kw):
                        y, x = j + u + first, i + v + first
                        if y < h and x < w:
                            total += image[y, x] * pick(filter, u, v)
                out[j, i] = np.float64(total)
        return out

    return convolution


def _windows(image, filter):
    return np.lib.stride_tricks.sliding_window_view(image, filter.shape)


def _turned(filter):
    return filter[::-1, ::-1]


def _with_lists(image, filter):
    image, filter = image.tolist(), [row[::-1] for row in filter.tolist()[::-1]]
    kh, kw = len(filter), len(filter[0])
    return [
        [
            sum(image[j + u][i + v] * filter[u][v] for u in range(kh) for v in range(kw))
            for i in range(len(image[0]) - kw + 1)
        ]
        for j in range(len(image) - kh + 1)
    ]


def _by_taps(image, filter):
    h, w = (n - k + 1 for n, k in zip(image.shape, filter.shape))
    out = np.zeros((h, w))
    for (u, v), tap in np.ndenumerate(_turned(filter)):
        out += tap * image[u : u + h, v : v + w]
    return out


def _by_rows(image, filter):
    rows = [np.convolve(row, tap, "full") for row in image.astype(float) for tap in filter]
    h, kh, width = len(image), len(filter), image.shape[1] + filter.shape[1] - 1
    out = np.zeros((h + kh - 1, width))
    for n, row in enumerate(rows):
        out[n // kh + n % kh] += row
    return _valid_of_full(out, image, filter)


def _valid_of_full(table, image, filter):
    (h, w), (kh, kw) = image.shape, filter.shape
    return table[kh - 1 : h, kw - 1 : w]


def _by_transform(image, filter):
    shape = [n + k - 1 for n, k in zip(image.shape, filter.shape)]
    product = np.fft.rfft2(image, shape) * np.fft.rfft2(filter, shape)
    return _valid_of_full(np.fft.irfft2(product, shape), image, filter)


def _by_circular_transform(image, filter):
    product = np.fft.rfft2(image) * np.fft.rfft2(filter, image.shape)
    return np.fft.irfft2(product, image.shape)[filter.shape[0] - 1 :, filter.shape[1] - 1 :]


def _by_matrix(image, filter):
    columns = _windows(image, filter)
    shape = columns.shape[:2]
    return (columns.reshape(-1, filter.size) @ _turned(filter).ravel()).reshape(shape)


def _in_single(image, filter):
    return signal.convolve2d(image.astype(np.float32), filter.astype(np.float32), "valid")


def _by_ndimage(image, filter):
    out = ndimage.correlate(image.astype(float), _turned(filter).astype(float), mode="constant")
    (kh, kw), (h, w) = filter.shape, image.shape
    return out[kh // 2 : kh // 2 + h - kh + 1, kw // 2 : kw // 2 + w - kw + 1]


RIGHT = {
    "four loops": _looped(0),
    "window times turned filter": lambda x, w: (_windows(x, w) * _turned(w)).sum((-2, -1)),
    "np.flip": lambda x, w: (_windows(x, w) * np.flip(w)).sum(axis=(2, 3)),
    "rot90 twice": lambda x, w: (_windows(x, w) * np.rot90(w, 2)).sum((2, 3)),
    "fliplr of flipud": lambda x, w: (_windows(x, w) * np.fliplr(np.flipud(w))).sum((2, 3)),
    "window turned instead": lambda x, w: (_windows(x, w)[..., ::-1, ::-1] * w).sum((2, 3)),
    "einsum": lambda x, w: np.einsum("jiuv,uv->ji", _windows(x, w), _turned(w)),
    "tensordot": lambda x, w: np.tensordot(_windows(x, w), _turned(w), 2),
    "matrix of windows": _by_matrix,
    "one tap at a time": _by_taps,
    "rows by np.convolve": _by_rows,
    "lists of lists": _with_lists,
    "tuples": lambda x, w: tuple(map(tuple, _with_lists(x, w))),
    "convolve2d": lambda x, w: signal.convolve2d(x, w, "valid"),
    "convolve2d, cropped": lambda x, w: _valid_of_full(signal.convolve2d(x, w), x, w),
    "signal.convolve": lambda x, w: signal.convolve(x, w, "valid", method="direct"),
    "fftconvolve": lambda x, w: signal.fftconvolve(x, w, "valid"),
    "fftconvolve, rounded where whole": lambda x, w: (
        np.rint(signal.fftconvolve(x, w, "valid"))
        if x.dtype.kind in "iu"
        else signal.convolve2d(x, w, "valid")
    ),
    "oaconvolve": lambda x, w: signal.oaconvolve(x, w, "valid"),
    "correlate2d with a turned filter": lambda x, w: signal.correlate2d(x, _turned(w), "valid"),
    "ndimage, cropped": _by_ndimage,
    "own transform": _by_transform,
    "circular transform, cropped": _by_circular_transform,
    "float32": _in_single,
    "longdouble": lambda x, w: signal.convolve2d(x.astype(float), w, "valid").astype(np.longdouble),
    "masked array": lambda x, w: np.ma.masked_array(signal.convolve2d(x, w, "valid")),
    "objects": lambda x, w: signal.convolve2d(x, w, "valid").astype(object),
}


def asked(image, filter):
    """The loop of source 001, from its description: no flip, and one size for both axes."""
    h, w = image.shape
    k = len(filter)
    out = np.zeros((h - k + 1, w - k + 1))
    for j in range(h - k + 1):
        for i in range(w - k + 1):
            out[j, i] = np.sum(image[j : j + k, i : i + k].flatten() * filter.flatten())
    return out


def _one_size_silently(image, filter):
    k = filter.shape[1]
    out = np.zeros((image.shape[0] - k + 1, image.shape[1] - k + 1))
    for j, i in np.ndindex(*out.shape):
        for u in range(k):
            for v in range(k):
                out[j, i] += image[j + u, i + v] * filter[k - 1 - u, k - 1 - v]
    return out


def _one_height(image, filter):
    h, (kh, kw) = len(image), filter.shape
    out = np.zeros((h - kh + 1, h - kw + 1))
    for j, i in np.ndindex(*out.shape):
        out[j, i] = np.sum(image[j : j + kh, i : i + kw] * _turned(filter))
    return out


def _left_at_zero(image, filter):
    (h, w), (kh, kw) = image.shape, filter.shape
    out = np.zeros((h - kh + 1, w - kw + 1))
    for j in range(h - kh):
        for i in range(w - kw):
            out[j, i] = np.sum(image[j : j + kh, i : i + kw] * _turned(filter))
    return out


def _into_the_image_type(image, filter):
    out = np.zeros([n - k + 1 for n, k in zip(image.shape, filter.shape)], image.dtype)
    for j, i in np.ndindex(*out.shape):
        out[j, i] = np.sum(image[j : j + filter.shape[0], i : i + filter.shape[1]] * _turned(filter))
    return out


def _in_place(image, filter):
    filter[:] = _turned(filter).copy()
    return (_windows(image, filter) * filter).sum((2, 3))


def _refuses(image, filter):
    raise ValueError("<b>no</b>\n\x1b[31m" + "x" * 5000)


WRONG = {  # what was handed in, and the mistake it is
    "the loop of source 001": (asked, "unflipped"),
    "correlate2d": (lambda x, w: signal.correlate2d(x, w, "valid"), "unflipped"),
    "[::-1]": (lambda x, w: signal.correlate2d(x, w[::-1], "valid"), "rows only"),
    "flipud of a convolution": (lambda x, w: signal.convolve2d(x, w[::-1], "valid"), "columns only"),
    "fliplr": (lambda x, w: signal.correlate2d(x, np.fliplr(w), "valid"), "columns only"),
    "w.T": (lambda x, w: signal.correlate2d(x, w.T, "valid"), "filter transposed"),
    "rot90 once": (lambda x, w: signal.correlate2d(x, np.rot90(w), "valid"), "quarter turn"),
    "output turned": (lambda x, w: _turned(signal.correlate2d(x, w, "valid")), "output turned"),
    "image turned": (lambda x, w: signal.correlate2d(_turned(x), w, "valid"), "image turned"),
    "index -u": (_looped(0, pick=lambda f, u, v: f[-u, -v]), "turned about the first tap"),
    "negated": (lambda x, w: signal.correlate2d(x, -w, "valid"), "sign"),
    "full": (lambda x, w: signal.convolve2d(x, w), "full"),
    "full, not turned": (lambda x, w: signal.correlate2d(x, w), "full"),
    "same": (lambda x, w: signal.convolve2d(x, w, "same"), "same"),
    "circular": (lambda x, w: np.fft.irfft2(np.fft.rfft2(x) * np.fft.rfft2(w, x.shape), x.shape), "same"),
    "cut at the corner": (
        lambda x, w: signal.convolve2d(x, w)[: x.shape[0] - len(w) + 1, : x.shape[1] - w.shape[1] + 1],
        "cropped at the corner",
    ),
    "begins at 1": (_looped(1), "off by one"),
    "range too short": (_looped(0, last=1), "last missing"),
    "last row left at 0": (_left_at_zero, "last missing"),
    "mean": (lambda x, w: (_windows(x, w) * _turned(w)).mean((2, 3)), "mean"),
    "integer output": (_looped(0, dtype=np.int64), "truncated"),
    "image's dtype": (_into_the_image_type, "integer wrap"),
    "one k, from the columns": (_one_size_silently, "one size for the filter"),
    "one h": (_one_height, "one size for the image"),
    "box sums": (lambda x, w: _windows(x, w).sum((2, 3)), "blind"),
    "@": (lambda x, w: (_windows(x, w) @ _turned(w)).sum((2, 3)), "matrix product"),
    ".T": (lambda x, w: signal.convolve2d(x, w, "valid").T, "output transposed"),
    "in place": (_in_place, "mutated"),
    "print and no return": (lambda x, w: None, "returned nothing"),
    "raises": (_refuses, "raised"),
    "sys.exit()": (lambda x, w: sys.exit(), "raised"),
    "text": (lambda x, w: "147 192", "wrong type"),
    "ragged": (lambda x, w: [[1, 2], [3]], "wrong type"),
    "complex": (lambda x, w: signal.convolve2d(x, w, "valid") + 0j, "wrong type"),
    "one number": (lambda x, w: 147, "shape"),
    "flattened": (lambda x, w: signal.convolve2d(x, w, "valid").ravel(), "shape"),
    "one argument": (lambda x: x, "not a function"),
    "called too early": (np.ones((2, 2)), "not a function"),
    "constant": (lambda x, w: _windows(x, w).sum((2, 3)) * 0 + 7, None),
}


def _guarded_above_only(image, filter):
    (h, w), (kh, kw) = image.shape, filter.shape
    out = np.zeros((h + kh - 1, w + kw - 1))
    for i, j in np.ndindex(*out.shape):
        for u in range(kh):
            for v in range(kw):
                if i - u < h and j - v < w:
                    out[i, j] += image[i - u, j - v] * filter[u, v]
    return out


def _guarded(image, filter):
    (h, w), (kh, kw) = image.shape, filter.shape
    out = np.zeros((h + kh - 1, w + kw - 1))
    for i, j in np.ndindex(*out.shape):
        for u in range(kh):
            for v in range(kw):
                if 0 <= i - u < h and 0 <= j - v < w:
                    out[i, j] += image[i - u, j - v] * filter[u, v]
    return out


def _scattered(image, filter):
    (h, w), (kh, kw) = image.shape, filter.shape
    out = np.zeros((h + kh - 1, w + kw - 1))
    for (i, j), pixel in np.ndenumerate(image):
        out[i : i + kh, j : j + kw] += pixel * filter
    return out


FULL_RIGHT = {
    "guarded loops": _guarded,
    "scattered": _scattered,
    "convolve2d": signal.convolve2d,
    "correlate2d": signal.correlate2d,
    "fftconvolve": signal.fftconvolve,
    "float32": lambda x, w: signal.convolve2d(x.astype("float32"), w.astype("float32")),
    "lists": lambda x, w: _guarded(x, w).tolist(),
}

FULL_WRONG = {
    "valid": (lambda x, w: signal.convolve2d(x, w, "valid"), "valid"),
    "same": (lambda x, w: signal.convolve2d(x, w, "same"), "same"),
    "zeros around valid": (
        lambda x, w: np.pad(signal.convolve2d(x, w, "valid"), [(k - 1, k - 1) for k in w.shape]),
        "no partial windows",
    ),
    "one zero too many": (
        lambda x, w: signal.convolve2d(np.pad(x, [(k, k) for k in w.shape]), w, "valid"),
        "off by one",
    ),
    "zeros in front only": (
        lambda x, w: signal.convolve2d(np.pad(x, [(k - 1, 0) for k in w.shape]), w, "valid"),
        "one side only",
    ),
    "index -1": (_guarded_above_only, "wrapped"),
    "wrapped all round": (lambda x, w: signal.convolve2d(x, w, boundary="wrap"), "wrapped"),
    "mirrored": (lambda x, w: signal.convolve2d(x, w, boundary="symm"), "edge continued"),
    "mean": (lambda x, w: signal.convolve2d(x, w) / w.size, "mean"),
    "transposed filter": (lambda x, w: signal.convolve2d(x, w.T), "filter transposed"),
    "filter not read": (lambda x, w: signal.convolve2d(x, np.ones(w.shape)), "blind"),
    "one size": (lambda x, w: _guarded(x, w[: len(w), : len(w)]), "one size for the filter"),
    "into integers": (lambda x, w: signal.convolve2d(x, w).astype(int), "truncated"),
    "returned nothing": (lambda x, w: None, "returned nothing"),
}
