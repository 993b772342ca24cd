"""What people compare Theano with: SciPy, which runs here, PyTorch and TensorFlow by their documentation."""

from __future__ import annotations

from convlab.implementations import memory, rules
from convlab.implementations.implementation import Answer, Implementation

ABSENT = Answer("no", "SciPy's functions know images, not layers: it has no argument for it.")
NO_GRADIENT = Answer("no", "SciPy computes no gradients.")
MODES = ("valid", "same", "full")
LAYER = {"border": "padding", "stride": "stride", "dilation": "dilation", "groups": "groups"}
_SCIPY = {
    "x_axes": "", "w_axes": "", "stride": ABSENT, "dilation": ABSENT, "groups": ABSENT, "gradient": NO_GRADIENT,
    "rules": (rules.one_plane,), "source": "SciPy's documentation",
}  # fmt: skip
_TWO = "from scipy import {0}\nx = np.arange(25.0).reshape(5, 5)\nw = np.arange(1.0, 10.0).reshape(3, 3)\n"

ROWS = (
    Implementation(
        **_SCIPY | {"x_axes": "HW", "w_axes": "hw"},
        id="signal.convolve2d",
        name="signal.convolve2d",
        about="SciPy",
        call="scipy.signal.convolve2d",
        says="One image, one filter, direct loops; the border may also wrap around or mirror.",
        flips="always",
        borders=MODES,
        parts=memory.nothing,
        cpu="scipy-direct",
        words="scipy.signal.convolve2d",
        options={"border": "mode"},
        example=_TWO.format("signal") + 'y = signal.convolve2d(x, w, mode="valid")\ny',
    ),
    Implementation(
        **_SCIPY,
        id="signal.fftconvolve",
        name="signal.fftconvolve",
        about="SciPy",
        call="scipy.signal.fftconvolve",
        says="Arrays of any number of axes, by transforms along all of them.",
        flips="always",
        ranks=(1, 2, 3),
        borders=MODES,
        memory="spectra of x and w",
        parts=memory.one_plane_spectra,
        cpu="scipy-fft",
        words="scipy.signal.fftconvolve",
        options={"border": "mode"},
        example=_TWO.format("signal") + 'y = signal.fftconvolve(x, w, mode="valid")\nnp.round(y)',
    ),
    Implementation(
        **_SCIPY | {"rules": (rules.one_plane, rules.odd_filter)},
        id="ndimage.convolve",
        name="ndimage.convolve",
        about="SciPy",
        call="scipy.ndimage.convolve",
        says="An answer of the size of x; beyond the border it mirrors x unless mode= says constant.",
        flips="always",
        ranks=(1, 2, 3),
        borders=("same",),
        parts=memory.nothing,
        cpu="scipy-ndimage",
        words="scipy.ndimage.convolve",
        example=_TWO.format("ndimage") + 'y = ndimage.convolve(x, w, mode="constant")\ny',
    ),
    Implementation(
        id="torch.conv2d",
        name="conv2d",
        about="PyTorch",
        call="torch.nn.functional.conv2d",
        says="The layer of a network. It is called a convolution and does not turn the filter.",
        flips="never",
        borders=("valid", "same", "pads"),
        rules=(rules.equal_sides,),
        memory="by algorithm",
        options=LAYER,
        example="x = np.arange(25.0).reshape(1, 1, 5, 5)\n"
        "w = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)\n"
        "y = cl.corr(x, w)  # torch.nn.functional.conv2d(x, w)\n"
        "y[0, 0]",
        source="PyTorch's documentation",
    ),
    Implementation(
        id="tf.conv2d",
        name="conv2d",
        about="TensorFlow",
        call="tensorflow.nn.conv2d",
        says="The same layer with the channels last. It does not turn the filter either.",
        flips="never",
        x_axes="NHWC",
        w_axes="hwCO",
        borders=("valid", "same", "pads"),
        groups=Answer(
            "part", "There is no argument: a filter that reads a part of the channels means groups."
        ),
        memory="by algorithm",
        options={"border": "padding", "stride": "strides", "dilation": "dilations"},
        example="x = np.arange(25.0).reshape(1, 5, 5, 1)  # N, H, W, C\n"
        "w = np.arange(1.0, 10.0).reshape(3, 3, 1, 1)  # h, w, C, O\n"
        "y = cl.corr(x.transpose(0, 3, 1, 2), w.transpose(3, 2, 0, 1)).transpose(0, 2, 3, 1)\n"
        "y[0, ..., 0]",
        source="TensorFlow's documentation",
    ),
)
