"""Small stand-ins for libraries that the tests do not install: what their documentation says, by the definition.

`STAND_INS` has for each package the modules that take its place. They refuse what the real ones refuse, and write down
in `ORDERS` in which order of the axes tensors were handed over.
"""

from types import SimpleNamespace

import numpy as np

from convlab.gradients import dgrad, wgrad
from convlab.reference import judge
from convlab.spec import ConvSpec

ORDERS = []  # of the tensors that torch's functions were called with


def spec_of(x, w, stride, padding, dilation, groups):
    return ConvSpec(
        x.shape, w.shape, padding=tuple((p, p) if np.ndim(p) == 0 else tuple(p) for p in padding), stride=stride,
        dilation=dilation, groups=groups, flip=False, dtype=x.dtype.name,
    )  # fmt: skip


def correlated(x, w, *words):
    spec = spec_of(x, w, *words)
    return judge(x, w, spec).astype(spec.dtype)


# ---- OpenCV


def filter2d(image, depth, kernel, borderType):
    """Correlate about the centre k // 2, here with zeros around; the channels of an image one by one."""
    assert depth == -1 and borderType == "zeros" and image.flags.c_contiguous and kernel.flags.c_contiguous
    before = [k // 2 for k in kernel.shape]
    sides = [(lo, k - 1 - lo) for lo, k in zip(before, kernel.shape, strict=True)]
    sides += [(0, 0)] * (image.ndim - 2)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, sides), kernel.shape, axis=(0, 1))
    return np.einsum("...pq,pq->...", windows, kernel)


# ---- PyTorch


class Inference:
    """Stands for torch.inference_mode."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Tensor:
    def __init__(self, array, order="first"):
        self.array, self.order, self.ndim = array, order, array.ndim

    def contiguous(self, memory_format="first"):
        return Tensor(self.array, memory_format)

    def numpy(self):
        return self.array


def from_numpy(array):
    assert array.flags.writeable and min(array.strides) >= 0, "torch refuses such arrays"
    return Tensor(array)


def conv(rank):
    def function(x, w, bias, stride, padding, dilation, groups):
        assert x.ndim == rank + 2 and bias is None and all(np.ndim(p) == 0 for p in padding)
        ORDERS.append((x.order, w.order))
        return Tensor(correlated(x.array, w.array, stride, padding, dilation, groups))

    return function


def convolution_backward(dy, x, w, bias, stride, padding, dilation, transposed, zeros, groups, wanted):
    assert bias is None and not transposed and not any(zeros) and wanted[2] is False
    ORDERS.append((dy.order, x.order, w.order))
    spec = spec_of(x.array, w.array, stride, padding, dilation, groups)
    dx = Tensor(dgrad(dy.array, w.array, spec).astype(spec.dtype)) if wanted[0] else None
    dw = Tensor(wgrad(x.array, dy.array, spec).astype(spec.dtype)) if wanted[1] else None
    return dx, dw, None


def reorder(w, padding, stride, dilation, groups, x_shape):
    return SimpleNamespace(packed=w.array, fits=(padding, stride, dilation, groups, tuple(x_shape)))


def pointwise(x, w, bias, padding, stride, dilation, groups, attribute, scalars, algorithm):
    assert w.fits == (padding, stride, dilation, groups, x.array.shape) and x.array.dtype == np.float32
    assert (bias, attribute, scalars, algorithm) == (None, "none", [], "")
    ORDERS.append((x.order, "packed"))
    return Tensor(correlated(x.array, w.packed, stride, padding, dilation, groups))


TORCH = SimpleNamespace(
    inference_mode=Inference, from_numpy=from_numpy, channels_last="last", channels_last_3d="last",
    contiguous_format="first",
    nn=SimpleNamespace(functional=SimpleNamespace(conv1d=conv(1), conv2d=conv(2), conv3d=conv(3))),
    ops=SimpleNamespace(
        aten=SimpleNamespace(convolution_backward=convolution_backward),
        mkldnn=SimpleNamespace(_reorder_convolution_weight=reorder, _convolution_pointwise=pointwise),
    ),
)  # fmt: skip

# ---- JAX


class Ready(np.ndarray):
    """An array that can be waited for."""

    def block_until_ready(self):
        return self


def conv_general_dilated(x, w, strides, padding, rhs_dilation, feature_group_count):
    return correlated(x, w, strides, padding, rhs_dilation, feature_group_count).view(Ready)


def vjp(function, primal):
    """Pull back through a function that is linear, one value after the other."""

    def pull(dy):
        found = np.zeros(primal.size, primal.dtype)
        for n in range(primal.size):
            one = np.zeros(primal.size, primal.dtype)
            one[n] = 1
            found[n] = (function(one.reshape(primal.shape)) * dy).sum()
        return (found.reshape(primal.shape).view(Ready),)

    return function(primal), pull


JAX = SimpleNamespace(
    jit=lambda function: function, vjp=vjp, devices=lambda kind: [kind],
    device_put=lambda array, device: array.copy(), config=SimpleNamespace(update=lambda name, value: None),
    lax=SimpleNamespace(conv_general_dilated=conv_general_dilated),
)  # fmt: skip

# ---- pyFFTW, scikit-image


class Fftw:
    """A plan: making it scribbles over its buffers, and the way back is not divided by the number of points."""

    def __init__(self, source, target, axes, threads, planning_timelimit, flags, direction="FFTW_FORWARD"):
        assert flags == ("FFTW_MEASURE",) and threads >= 1
        self.source, self.target, self.axes, self.back = source, target, axes, direction == "FFTW_BACKWARD"
        source[...] = np.nan

    def execute(self):
        if self.back:
            sizes = [self.target.shape[axis] for axis in self.axes]
            self.target[...] = np.fft.irfftn(self.source, sizes, self.axes) * np.prod(sizes)
            self.source[...] = np.nan
        else:
            self.target[...] = np.fft.rfftn(self.source, axes=self.axes)


PYFFTW = SimpleNamespace(zeros_aligned=np.zeros, empty_aligned=np.empty, FFTW=Fftw)


def correlate_sparse(image, kernel, mode):
    assert mode == "valid" and all(k % 2 for k in kernel.shape)
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.tensordot(windows, kernel, kernel.ndim).astype(image.dtype)


STAND_INS = {
    "torch": {"torch": TORCH},
    "cv2": {"cv2": SimpleNamespace(filter2D=filter2d, BORDER_CONSTANT="zeros")},
    "jax": {"jax": JAX},
    "pyfftw": {"pyfftw": PYFFTW},
    "skimage": {
        "skimage": SimpleNamespace(),
        "skimage.filters": SimpleNamespace(correlate_sparse=correlate_sparse),
    },
}
