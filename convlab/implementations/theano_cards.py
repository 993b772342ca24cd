"""Theano's convolutions for graphics cards: transforms, cuDNN, Caffe's columns, cuda-convnet."""

from __future__ import annotations

from convlab.implementations import memory, rules
from convlab.implementations.implementation import Answer, Implementation
from convlab.implementations.theano_layers import EVERY_BORDER, NOT_YET, THEANO

ROWS = (
    Implementation(
        id="conv2d_fft",
        name="conv2d_fft",
        about="Theano, GPU",
        call="theano.sandbox.cuda.fftconv.conv2d_fft",
        says="By transforms of the whole image: as quick for 31 × 31 taps as for 3 × 3, and far more memory.",
        flips="always",
        stride=Answer("no", "A transform computes every place; it has no argument for a stride."),
        dilation=NOT_YET,
        groups=NOT_YET,
        gradient=Answer(
            "no", "None of its own: Theano takes the gradient of nnet.conv2d before this one is put in."
        ),
        rules=(rules.even_last_axis, rules.only_float32),
        memory="spectra of x, w and y",
        parts=memory.spectra,
        cpu="numpy-fft",
        gpu="cupy-fft",
        words="conv2d_fft",
        options={"border": "border_mode"},
        needs_gpu=True,
        example='x = np.arange(20, dtype="float32").reshape(1, 1, 5, 4)\n'
        'w = np.ones((1, 1, 3, 3), "float32")\n'
        "y = cl.theano.conv2d_fft(x, w)\n"
        "np.round(y[0, 0])",
    ),
    Implementation(
        id="dnn_conv",
        name="dnn_conv",
        about="Theano, cuDNN",
        call="theano.gpuarray.dnn.dnn_conv",
        otherwise='conv_mode="cross"',
        says="NVIDIA's library: seven algorithms behind one call, chosen by name, by guess or by timing.",
        flips="either",
        borders=EVERY_BORDER,
        rules=(rules.equal_sides,),
        memory="by algorithm",
        gpu="cudnn",
        options={
            "border": "border_mode",
            "stride": "subsample",
            "dilation": "dilation",
            "groups": "num_groups",
        },
        needs_gpu=True,
        example="x = np.arange(25.0).reshape(1, 1, 5, 5)\n"
        "w = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)\n"
        '# conv_mode="conv" turns the filter, conv_mode="cross" does not\n'
        "y, cross = (cl.conv(x, w, flip=turn) for turn in (True, False))\n"
        "y[0, 0, 0], cross[0, 0, 0]",
    ),
    Implementation(
        id="GpuCorrMM",
        name="GpuCorrMM",
        about="Theano, CorrMM",
        call="theano.gpuarray.blas.GpuCorrMM",
        says="Caffe's way: the windows of an image become columns, times the filters; then the next image.",
        flips="never",
        borders=EVERY_BORDER,
        memory="C·kh·kw × oh·ow",
        parts=memory.columns,
        cpu="numpy-corrmm",
        gpu="cupy-im2col",
        options=THEANO,
        needs_gpu=True,
        example="x = np.arange(50.0).reshape(1, 2, 5, 5)\n"
        "w = np.ones((3, 2, 3, 3))\n"
        'y = cl.conv(x, w, flip=False, stride=2, backend="numpy-corrmm")\n'
        "y.shape, y[0, 0]",
    ),
    Implementation(
        id="cuda-convnet",
        name="cuda-convnet",
        about="Theano, Pylearn2",
        call="pylearn2.sandbox.cuda_convnet.filter_acts.FilterActs",
        says="Krizhevsky's kernels of 2012: images stand last, so that 128 of them are read in one go.",
        flips="never",
        x_axes="CHWN",
        w_axes="ChwO",
        borders=("valid", "pads"),
        dilation=NOT_YET,
        groups=Answer(
            "no",
            "cuda-convnet's kernels have groups; Pylearn2's wrapper for Theano has no argument for them.",
        ),
        gradient=Answer("part", "By w only where the number of channels is a multiple of 4."),
        rules=(
            rules.few_or_even_channels,
            rules.filters_in_sixteens,
            rules.square_filter,
            rules.one_stride_within_the_filter,
            rules.all_of_x_read,
            rules.one_padding,
            rules.only_float32,
        ),
        parts=memory.nothing,
        cpu="numba-c01b",
        gpu="cupy-c01b",
        options={"border": "pad", "stride": "stride"},
        needs_gpu=True,
        example='x = np.arange(25, dtype="float32").reshape(1, 1, 5, 5)\n'
        'w = np.arange(1, 10, dtype="float32").reshape(1, 1, 3, 3).repeat(16, axis=0)\n'
        'y = cl.conv(x, w, flip=False, backend="numba-c01b")\n'
        "y[0, 0]",
    ),
)
