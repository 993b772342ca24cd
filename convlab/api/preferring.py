"""The call that changes what "auto" chooses: prefer."""

from __future__ import annotations

from collections.abc import Iterable

from convlab.backends import CATALOGUE, get
from convlab.backends.preference import Wishes, wish
from convlab.errors import SpecError, Unavailable

Names = str | Iterable[str]


class Preference:
    """Wishes that are in force from now on; a ``with`` block puts the former ones back when it ends.

    Attributes
    ----------
    wishes : Wishes
        The four lists: order, include, exclude, require.
    """

    def __init__(self, wishes: Wishes) -> None:
        self.wishes, self._former = wishes, wish(wishes)

    def __enter__(self) -> Preference:
        return self

    def __exit__(self, *_: object) -> None:
        wish(self._former)

    def __repr__(self) -> str:
        return f"<prefers {self.wishes}>"


def prefer(
    order: Names | None = None, include: Names = (), exclude: Names = (), require: Names = ()
) -> Preference:
    """Change what ``backend="auto"`` chooses, as Theano's optimizer flags do; without arguments, change it back.

    A call holds for the whole process, all threads, until the next one; the list that is not given is empty then. As
    a context manager it holds inside the block.

    Parameters
    ----------
    order : str or iterable of str, optional
        The first of these that takes the spec is chosen, whatever was tuned. Theano: the position of an optimizer in
        its database, by which conv_dnn comes before conv_gemm.
    include : str or iterable of str
        These, which "auto" would leave out (they round, or start another process), are chosen where they take the
        spec and nothing was tuned, and `convlab.autotune` times them too. Theano: ``optimizer_including=conv_fft``
        and ``metaopt.optimizer_including``.
    exclude : str or iterable of str
        Never chosen, never tuned. Theano: ``optimizer_excluding=conv_gemm`` and ``metaopt.optimizer_excluding``.
    require : str or iterable of str
        One of these or none. Theano: ``optimizer_including=cudnn``, which raises where cuDNN cannot be used.

    Returns
    -------
    Preference
        Its `wishes` are the four lists.

    Raises
    ------
    SpecError
        When the catalogue has no such backend, or one is required and excluded.
    Unavailable
        When one that is required cannot run on this machine. A spec that none of them takes is `Unsupported`, raised
        by the call that asks for it.

    Examples
    --------
    >>> import numpy as np, convlab as cl
    >>> with cl.prefer(require="numpy-fft"):
    ...     cl.conv(np.ones(3), np.ones(2))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    convlab.errors.Unsupported: Asked for x(1, 1, 3) w(1, 1, 2) valid float64. numpy-fft: x has 1 spatial axis...
    >>> cl.prefer(order=["numba-direct", "numpy-im2col"]).wishes.order
    ('numba-direct', 'numpy-im2col')
    >>> cl.prefer().wishes.order
    ()
    """
    wanted = Wishes(_names(order or ()), _names(include), _names(exclude), _names(require))
    if both := set(wanted.exclude) & {*wanted.require, *wanted.order, *wanted.include}:
        name = sorted(both)[0]
        raise SpecError(
            f"Asked to exclude {name} and to choose it.", "It is in both lists.", f"Take {name} out of one."
        )
    for name in wanted.require:
        if reason := get(name).unavailable():
            raise Unavailable(f"Asked to require {name}.", reason)
    return Preference(wanted)


def _names(given: Names) -> tuple[str, ...]:
    """Return names as a tuple, each of them in the catalogue."""
    try:
        names = (given,) if isinstance(given, str) else tuple(given)
    except TypeError:  # nothing that could be a list of names
        names = (given,)
    for name in names:
        if not isinstance(name, str) or name not in CATALOGUE:
            raise SpecError(
                f"Asked to prefer the backend {name!r}.",
                f"The catalogue has {', '.join(CATALOGUE)}.",
                "Choose among them.",
            )
    return names
