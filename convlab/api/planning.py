"""The call that holds a filter: plan."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from convlab import reference
from convlab.api.forward import checked_out
from convlab.backends import admit, choose_held
from convlab.backends.backend import Backend
from convlab.backends.room import require_room
from convlab.errors import SpecError
from convlab.memory import size
from convlab.operands import numbers
from convlab.spec import ConvSpec


class Plan:
    """A convolution whose filter is held: ``plan(x)`` computes y, as often as wanted, from any number of threads.

    Attributes
    ----------
    spec : ConvSpec
    backend : str
        The name of what computes.
    prepared_s : float
        Seconds that it took to copy and transform the filter. The first plan of a backend in a process counts what is
        imported and compiled then.
    filter_bytes : int
        Memory that the filter takes as it is held.
    bare : bool
        Whether w was given without its first two axes; then x is given and y comes back without theirs.
    """

    __slots__ = (
        "_dtype", "_enter", "_held", "_w", "_x_shape", "_y_shape",
        "backend", "bare", "filter_bytes", "prepared_s", "spec",
    )  # fmt: skip

    def __init__(self, spec: ConvSpec, w: np.ndarray, name: str, chosen: Backend | None, bare: bool) -> None:
        self.spec, self.backend, self.bare = spec, name, bare
        began = perf_counter()
        self._held = _defined(spec, w.copy()) if chosen is None else chosen.plan(w, spec)
        self.prepared_s = perf_counter() - began
        self.filter_bytes = w.nbytes if chosen is None else chosen.filter_bytes(spec)
        self._dtype = np.dtype(spec.dtype)
        self._x_shape, self._y_shape = (shape[2 * bare :] for shape in (spec.x_shape, spec.y_shape))
        self._enter = None if chosen is None or bare else chosen.entry(spec)
        self._w = None if self._enter is None else w.copy()

    def __call__(self, x: object, out: np.ndarray | None = None) -> np.ndarray:
        """Compute y.

        Parameters
        ----------
        x : array_like
            Shape spec.x_shape, or spec.space where w was bare; of spec.dtype, or one that turns into it without loss.
        out : ndarray, optional
            Where to write y: of its shape and dtype, any strides. It is what comes back, and may overlap x.

        Returns
        -------
        ndarray
            Shape spec.y_shape, or bare; dtype spec.dtype.

        Raises
        ------
        SpecError
            When x is not what the plan is for, or y does not fit into out.
        """
        dtype = self._dtype
        if type(x) is not np.ndarray or x.dtype is not dtype or x.shape != self._x_shape:
            x = self._read(x)
        elif (
            enter := self._enter
        ) is not None:  # the whole way is a microsecond, so nothing is looked at twice
            if out is None:
                y = enter(x, self._w, np.empty(self._y_shape, dtype))
            else:
                fits = type(out) is np.ndarray and out.dtype is dtype and out.shape == self._y_shape
                apart = fits and out.flags.writeable and not np.may_share_memory(x, out)
                y = enter(x, self._w, out) if apart else None
            if y is not None:
                return y
        return self._computed(x[None, None] if self.bare else x, out)

    def _computed(self, x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        if out is None:
            y = self._held(x)
            return y[0, 0] if self.bare else y
        target = checked_out(out, self.spec, self.bare)
        y = self._held(x, None if np.may_share_memory(target, x) else target)
        if y is not target:
            target[...] = y
        return out

    def _read(self, x: object) -> np.ndarray:
        """Return x as an array of the plan's shape and dtype, or refuse it."""
        given = numbers("x", x)
        if given.shape != self._x_shape:
            raise SpecError(
                f"Asked a plan for x {given.shape}.",
                f"It holds its filter for {'one bare x' if self.bare else 'x'} {self._x_shape}.",
                "Make another plan, of a spec with that x_shape, or call convlab.conv.",
            )
        return _cast("x", given, self._dtype)

    def __repr__(self) -> str:
        made = f"{size(self.filter_bytes)} of filter made ready in {self.prepared_s * 1e3:.3g} ms"
        return f"<Plan {self.spec}{', bare' * self.bare}: {self.backend}, {made}>"


def plan(spec: ConvSpec, w: object, *, backend: str = "auto") -> Plan:
    """Hold a filter: copy it, and transform it where the backend does that, once for many images.

    Parameters
    ----------
    spec : ConvSpec
        The convolution: shapes, options and dtype.
    w : array_like, shape spec.w_shape
        Of spec.dtype, or of one that turns into it without loss. A bare filter, of shape spec.taps, where images,
        channels and filters are one each: then x and y are bare, too.
    backend : str
        A name of the catalogue, "reference" for the definition, or "auto": as `convlab.conv` chooses, and where nothing
        is preferred, numba-separable if this very filter is a sum of so few products of lines that passes along the
        lines save half of the work and more: Gaussians, boxes, Sobel's filters.

    Returns
    -------
    Plan
        ``plan(x, out=None)`` computes y. Attributes: spec, backend, prepared_s (what the filter took, in seconds),
        filter_bytes (what is held) and bare.

    Raises
    ------
    SpecError, Unsupported, Unavailable, Refused
        As `convlab.conv`; and when w is not the filter of the spec.

    Notes
    -----
    What is done with the filter alone is done here, and counted here: Winograd's and Fourier's transforms, packing,
    turning. What is written into w afterwards does not reach the plan.

    Examples
    --------
    >>> import numpy as np, convlab as cl
    >>> held = cl.plan(cl.ConvSpec((1, 1, 2, 3), (1, 1, 1, 2), dtype="float64"), [[[[1, 10]]]])
    >>> held(np.arange(6).reshape(1, 1, 2, 3))
    array([[[[ 1., 12.],
             [34., 45.]]]])
    >>> held.backend, held.filter_bytes
    ('llvm-direct', 16)
    """
    if not isinstance(spec, ConvSpec):
        raise SpecError(
            f"Asked to plan {str(spec)[:40]!r}.",
            f"That is of type {type(spec).__name__}, not a question.",
            "Give cl.ConvSpec(x.shape, w.shape, ...), then w.",
        )
    given = numbers("w", w)
    bare = given.shape == spec.taps and spec.x_shape[:2] == spec.w_shape[:2] == (1, 1)
    if given.shape != spec.w_shape and not bare:
        raise SpecError(
            f"Asked to plan {spec} with w {given.shape}.",
            f"Its filter is w {spec.w_shape}.",
            f"Make the spec with w_shape={given.shape}, or reshape w.",
        )
    cast = _cast("w", given, np.dtype(spec.dtype))[(None, None) if bare else ...]
    whole = given.dtype.kind in "biu"
    name = choose_held(cast, spec, exact=whole) if backend == "auto" else backend
    chosen = None if name == "reference" else admit(name, spec)
    require_room(spec, chosen)
    return Plan(spec, cast, name, chosen, bare)


def _cast(name: str, given: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return an array in a dtype, or refuse to lose digits."""
    if not np.can_cast(given.dtype, dtype, "safe"):
        raise SpecError(
            f"Asked for {name} of {given.dtype.name} in a plan of {dtype.name}.",
            "Digits would be lost without a word.",
            f"Give {name}.astype({dtype.name!r}), or make the spec with dtype={given.dtype.name!r}.",
        )
    return given.astype(dtype, copy=False)


def _defined(spec: ConvSpec, w: np.ndarray):
    """Return the definition as a plan."""
    return lambda x, out=None: reference.conv(x, w, spec).astype(spec.dtype)
