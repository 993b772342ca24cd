"""Library functions under their own dotted names, called raw: what a person who has them would call, and no more.

They race beside convlab's backends when they are asked for; no choice of convlab's falls on them, so they are in no
catalogue. Each refuses what its own words cannot say.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from convlab.backends.backend import Backend
from convlab.errors import SpecError

PEERS = {  # as a person calls them who reads their documentation
    "scipy.ndimage.convolve": "scipy_functions:NdimageConvolve",
    "scipy.signal.fftconvolve": "scipy_functions:Fftconvolve",
    "scipy.signal.oaconvolve": "scipy_functions:Oaconvolve",
    "scipy.signal.convolve": "scipy_functions:Convolve",
    "torch.nn.functional.conv2d": "torch_conv:TorchConv2d",
    "cv2.filter2D": "opencv_filter2d:OpencvFilter2D",
}
TUNED = {  # and at their best: other ranks, another order of the axes, a filter packed or transformed before
    "scipy.fft.rfftn (filter held)": "scipy_transforms:RfftnHeld",
    "pyfftw.FFTW (planned)": "pyfftw_planned:PyfftwPlanned",
    "torch.nn.functional.conv1d": "torch_conv:TorchConv1d",
    "torch.nn.functional.conv2d (channels last)": "torch_conv:TorchConv2dLast",
    "torch.nn.functional.conv3d": "torch_conv:TorchConv3d",
    "torch.nn.functional.conv3d (channels last)": "torch_conv:TorchConv3dLast",
    "torch.ops.mkldnn._convolution_pointwise (packed filter)": "torch_packed:TorchPacked",
    "cv2.filter2D (images as channels)": "opencv_filter2d:OpencvChannels",
    "jax.lax.conv_general_dilated": "jax_conv:JaxConv",
    "skimage.filters.correlate_sparse": "skimage_sparse:CorrelateSparse",
}
EVERY = {**PEERS, **TUNED}


@cache
def get(name: str) -> Backend:
    """Return a library function as a backend.

    Raises
    ------
    SpecError
        When it is none of `EVERY`.

    Examples
    --------
    >>> get("scipy.ndimage.convolve").counterpart
    'scipy.ndimage.convolve'
    """
    if name not in EVERY:
        raise SpecError(
            f"Asked for the library function {name!r}.",
            f"convlab can call {', '.join(EVERY)}.",
            "Choose one of them, or a backend of the catalogue.",
        )
    module, attribute = EVERY[name].split(":")
    return getattr(import_module(f"convlab.backends.peers.{module}"), attribute)()
