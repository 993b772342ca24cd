"""The pool's threads for jitted loops: one function, which runs a job for every item."""

from __future__ import annotations

from convlab.backends.tiles.jit import call, jit, word
from convlab.backends.tiles.sharing import SHARE


@jit
def share(state, job, words, items):
    """Run a job for every item, on all threads of a pool, and return when all are done.

    The caller runs them alone, one after the other, when there is no pool (0), nothing to share, or when the pool works
    for somebody else: for another thread, or for the caller itself further up.

    Parameters
    ----------
    state : int
        What `convlab.backends.tiles.pool.state` returns.
    job : int
        The address of a function of (words, item, thread), as the attribute `address` of a `jit.job`. `thread` is
        below `pool.threads`, and no two calls that run at the same time for this call of `share` have the same.
    words : int
        The job's own argument, as a rule the address of a table.
    items : int
        How many items: each one from 0 on is done once, by whichever thread comes first.
    """
    if state != 0 and items > 1:
        call(word(state, SHARE), state, job, words, items)
    else:
        for item in range(items):
            call(job, words, item, 0)
