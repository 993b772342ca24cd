"""JAX's convolution on the processor, compiled for one shape and one filter."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends import limits
from convlab.backends.formula import formula
from convlab.backends.peers.peer import Peer, Ready
from convlab.backends.work import operand_bytes
from convlab.operands import turned
from convlab.spec import ConvSpec


class JaxConv(Peer):
    """`jax.lax.conv_general_dilated` under `jax.jit`; a convolution hands it the turned filter.

    Its gradients are what `jax.vjp` makes of it, compiled as well.
    """

    name = "jax.lax.conv_general_dilated"
    family = "jax"
    package = install = "jax"
    computes = ("y", "dx", "dw")
    flips = "never"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse dtypes that are not timed, and what is empty."""
        if reason := limits.floats(spec, self.name):
            return reason
        if prod(spec.y_shape) * spec.terms:
            return None
        return f"The output is empty or a sum of nothing; {self.name} wants an image, a channel and a filter."

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return copies of x, w and y in an order of its own."""
        return operand_bytes(spec)

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        return formula("(N·C·{in} + O·I·{taps} + N·O·{out})·{b}", spec)

    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Compile it and call it once."""
        ready = self.ready(x, w, spec)
        return ready.read(ready.call())

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Compile it, and hand x and w over to the device that is the processor."""
        import jax

        compiled, seen, slid = jax.jit(_function(spec)), _put(x), _put(turned(w, spec))
        return Ready(lambda: compiled(seen, slid).block_until_ready(), np.asarray)

    def ready_gradient(self, of: str, x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> Ready:
        """Compile what `jax.vjp` makes of it for one operand; what is linear needs no other value of it."""
        import jax

        function, seen, slid, back = _function(spec), _put(x), _put(turned(w, spec)), _put(dy)
        if of == "dx":
            pulled = jax.jit(lambda w, dy: jax.vjp(lambda x: function(x, w), seen)[1](dy)[0])
            return Ready(lambda: pulled(slid, back).block_until_ready(), np.asarray)
        pulled = jax.jit(lambda x, dy: jax.vjp(lambda w: function(x, w), slid)[1](dy)[0])
        return Ready(lambda: pulled(seen, back).block_until_ready(), lambda dw: turned(np.asarray(dw), spec))


def _function(spec: ConvSpec):
    """Return the convolution of a spec as a function of x and the turned filter."""
    from jax import lax

    words = {"rhs_dilation": spec.dilation, "feature_group_count": spec.groups}
    return lambda x, w: lax.conv_general_dilated(x, w, spec.stride, spec.pads, **words)


def _put(array: np.ndarray):
    """Return an array in JAX's memory; float64 is a switch that it wants to be set."""
    import jax

    if array.dtype == np.float64:
        jax.config.update("jax_enable_x64", True)
    return jax.device_put(np.ascontiguousarray(array), jax.devices("cpu")[0])
