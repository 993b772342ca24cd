"""Theano's functions on NumPy arrays: Theano's words, Theano's numbers, Theano's refusals.

Theano itself builds a graph and compiles it; these compute at once, by the backends of the catalogue. They stand for
the real one where it does not run, and are held to recordings of Theano 1.0.5 and, for what that version no longer
has, of 0.8.2.

=======================  ==========================================  ====================
here                     in Theano                                   in versions
=======================  ==========================================  ====================
conv2d                   nnet.conv2d                                 0.8 to 1.0.5
conv3d                   nnet.conv3d                                 0.9 to 1.0.5
conv2d_transpose         nnet.conv2d_transpose                       0.9 to 1.0.5
conv2d_grad_wrt_inputs   nnet.abstract_conv.conv2d_grad_wrt_inputs   0.8 to 1.0.5
conv2d_grad_wrt_weights  nnet.abstract_conv.conv2d_grad_wrt_weights  0.8 to 1.0.5
separable_conv2d         nnet.separable_conv2d                       1.0 to 1.0.5
causal_conv1d            nnet.abstract_conv.causal_conv1d            1.0 to 1.0.5
conv3d2d                 nnet.conv3d2d.conv3d                        0.6 to 1.0.5
conv3D                   nnet.conv3D                                 to 0.8.2
legacy_conv2d            nnet.conv.conv2d                            to 1.0.5, deprecated
signal_conv2d            tensor.signal.conv.conv2d                   to 1.0.5
conv2d_fft, conv3d_fft   sandbox.cuda.fftconv                        to 0.8.2, on a GPU
=======================  ==========================================  ====================
"""

from convlab.theano.fourier import conv2d_fft, conv3d_fft
from convlab.theano.gradients import conv2d_grad_wrt_inputs, conv2d_grad_wrt_weights, conv2d_transpose
from convlab.theano.layers import conv2d, conv3d
from convlab.theano.legacy import legacy_conv2d, signal_conv2d
from convlab.theano.movies import conv3D, conv3d2d
from convlab.theano.notice import SpeedOnly
from convlab.theano.special import causal_conv1d, separable_conv2d

__all__ = [
    "SpeedOnly", "causal_conv1d", "conv2d", "conv2d_fft", "conv2d_grad_wrt_inputs", "conv2d_grad_wrt_weights",
    "conv2d_transpose", "conv3D", "conv3d", "conv3d2d", "conv3d_fft", "legacy_conv2d", "separable_conv2d",
    "signal_conv2d",
]  # fmt: skip
