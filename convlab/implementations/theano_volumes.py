"""Theano's convolutions with three spatial axes, in four orders of the axes."""

from __future__ import annotations

import numpy as np

from convlab.implementations import memory, rules
from convlab.implementations.implementation import Answer, Implementation
from convlab.implementations.theano_layers import NOT_YET, THEANO

ONLY_VALID = ("valid",)
NO_STRIDE = Answer("no", "It has no argument for a stride.")

ROWS = (
    Implementation(
        id="nnet.conv3d",
        name="nnet.conv3d",
        about="Theano, 3-D",
        call="theano.tensor.nnet.conv3d",
        otherwise="filter_flip=False",
        says="nnet.conv2d with one axis more, and all its options.",
        flips="either",
        ranks=(3,),
        x_axes="NCDHW",
        w_axes="OCdhw",
        borders=("valid", "half", "full", "pads"),
        rules=(rules.equal_sides, rules.no_float16),
        memory="C·taps × places",
        parts=memory.columns_of_corrmm,
        cpu="numpy-corr3dmm",
        gpu="cudnn",
        words="conv3d",
        options=THEANO,
        live="conv3d",
        recorded=("conv3d", "1.0.5"),
        source="Theano 1.0.5",
        example="x = np.arange(27.0).reshape(1, 1, 3, 3, 3)\n"
        "w = np.arange(1.0, 9.0).reshape(1, 1, 2, 2, 2)\n"
        "y = cl.theano.conv3d(x, w)\n"
        "y[0, 0]",
    ),
    Implementation(
        id="conv3d2d",
        name="conv3d2d",
        about="Theano, 3-D",
        call="theano.tensor.nnet.conv3d2d.conv3d",
        says="Every frame meets every slice of the filter in one 2-D call; sums along diagonals make the third axis.",
        flips="always",
        ranks=(3,),
        x_axes="NTCHW",
        w_axes="OtChw",
        borders=("valid", "half", "full"),
        stride=NO_STRIDE,
        dilation=NOT_YET,
        groups=NOT_YET,
        rules=(rules.no_float16,),
        memory="N·T·O·kt × oh·ow",
        parts=memory.plane_products,
        cpu="numpy-conv3d2d",
        words="conv3d2d",
        options={"border": "border_mode"},
        live="conv3d2d",
        recorded=("conv3d2d", "1.0.5"),
        example="# x: batch, time, channel, row, column\n"
        "x = np.arange(27.0).reshape(1, 3, 1, 3, 3)\n"
        "w = np.arange(1.0, 9.0).reshape(1, 2, 1, 2, 2)\n"
        "y = cl.theano.conv3d2d(x, w)\n"
        "y[0, :, 0]",
    ),
    Implementation(
        id="conv3d_fft",
        name="conv3d_fft",
        about="Theano, GPU, 3-D",
        call="theano.sandbox.cuda.fftconv.conv3d_fft",
        says="conv2d_fft with one axis more; which of the three is time is up to the caller.",
        flips="always",
        ranks=(3,),
        x_axes="NCDHW",
        w_axes="OCdhw",
        stride=NO_STRIDE,
        dilation=NOT_YET,
        groups=NOT_YET,
        gradient=Answer(
            "no", "None of its own: convgrad3d_fft and convtransp3d_fft are further replacements."
        ),
        rules=(rules.even_last_axis, rules.only_float32),
        memory="spectra of x, w and y",
        parts=memory.spectra,
        cpu="numpy-fft",
        gpu="cupy-fft",
        words="conv3d_fft",
        options={"border": "border_mode"},
        needs_gpu=True,
        example='x = np.arange(36, dtype="float32").reshape(1, 1, 3, 3, 4)\n'
        'w = np.ones((1, 1, 2, 2, 2), "float32")\n'
        "y = cl.theano.conv3d_fft(x, w)\n"
        "np.round(y[0, 0])",
    ),
    Implementation(
        id="conv3D",
        name="conv3D",
        about="Theano, 3-D",
        call="theano.tensor.nnet.conv3D",
        says="Loops with the channels innermost, a bias and strides; its GPU twin was very slow.",
        flips="never",
        ranks=(3,),
        x_axes="NHWTC",
        w_axes="OhwtC",
        borders=ONLY_VALID,
        dilation=NOT_YET,
        groups=NOT_YET,
        rules=(rules.no_float16,),
        parts=memory.nothing,
        cpu="numpy-conv3d",
        words="conv3D",
        options={"stride": "d"},
        extra=lambda spec: {"b": np.zeros(spec.w_shape[0], spec.dtype), "d": spec.stride},
        recorded=("conv3D_legacy", "0.8.2"),
        example="# x: batch, row, column, time, channel\n"
        "x = np.arange(27.0).reshape(1, 3, 3, 3, 1)\n"
        "w = np.arange(1.0, 9.0).reshape(1, 2, 2, 2, 1)\n"
        "b = np.array([100.0])\n"
        "y = cl.theano.conv3D(x, w, b, (1, 1, 1))\n"
        "y[0, ..., 0]",
    ),
    Implementation(
        id="GpuCorr3dMM",
        name="GpuCorr3dMM",
        about="Theano, GPU, 3-D",
        call="theano.gpuarray.blas.GpuCorr3dMM",
        says="GpuCorrMM with one axis more; off by default for its memory.",
        flips="never",
        ranks=(3,),
        x_axes="NCDHW",
        w_axes="OCdhw",
        borders=("valid", "half", "full", "pads"),
        rules=(rules.equal_sides,),
        memory="C·taps × places",
        parts=memory.columns,
        cpu="numpy-corr3dmm",
        gpu="cupy-im2col",
        options=THEANO,
        needs_gpu=True,
        example="x = np.arange(27.0).reshape(1, 1, 3, 3, 3)\n"
        "w = np.arange(1.0, 9.0).reshape(1, 1, 2, 2, 2)\n"
        'y = cl.conv(x, w, flip=False, backend="numpy-corr3dmm")\n'
        "y[0, 0]",
    ),
)
