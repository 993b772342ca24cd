"""Library functions under their own dotted names, called raw: what a person who has them would call, and no more.

They race beside convlab's backends when they are asked for; no choice of convlab's falls on them, so they are in no
catalogue. Each refuses what its own words cannot say.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from convlab.backends.backend import Backend
from convlab.errors import SpecError

PEERS = {
    "scipy.ndimage.convolve": "scipy_functions:NdimageConvolve",
    "scipy.signal.fftconvolve": "scipy_functions:Fftconvolve",
    "scipy.signal.oaconvolve": "scipy_functions:Oaconvolve",
    "scipy.signal.convolve": "scipy_functions:Convolve",
    "torch.nn.functional.conv2d": "torch_conv2d:TorchConv2d",
    "cv2.filter2D": "opencv_filter2d:OpencvFilter2D",
}


@cache
def get(name: str) -> Backend:
    """Return a library function as a backend.

    Raises
    ------
    SpecError
        When it is none of `PEERS`.

    Examples
    --------
    >>> get("scipy.ndimage.convolve").counterpart
    'scipy.ndimage.convolve'
    """
    if name not in PEERS:
        raise SpecError(
            f"Asked for the library function {name!r}.",
            f"convlab can call {', '.join(PEERS)}.",
            "Choose one of them, or a backend of the catalogue.",
        )
    module, attribute = PEERS[name].split(":")
    return getattr(import_module(f"convlab.backends.peers.{module}"), attribute)()
