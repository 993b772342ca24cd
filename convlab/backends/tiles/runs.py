"""Long sums in runs: a sum of thousands of terms is a sum of sums of at most 512 of them.

**Why.** Each addition is rounded, and the larger the sum has become, the coarser its last place is. Rounding errors of
most numbers cancel: after n additions the root of n of them is left. But while one and the same number is added again
and again, as in a picture of one grey value under a box filter, all additions between one power of two and the next
are rounded in the same direction. In float32 1000 times 0.1 is then off by 1.3 times what cancelling errors may leave
(`convlab.numerics.direct_bound`), 10 000 times by 4 times.

**What a run does.** A run begins at +0, is one chain of fused multiply-adds, and is then added to the total. The total
stays where it goes to, in y, so a tile needs no further register, and y is read and written once for some hundred
multiply-adds: 1 or 2 hundredths of the time.

**How long.** A chain of n times one number, whatever number it is, errs by ``n u / 4`` of the sum at most, and half of
it in the mean; ``4 sqrt(n) u`` are allowed. So n may be 256 in one chain, and m runs of L terms may have ``L / 4 <=
4 sqrt(m L)``: up to 512 terms, if there are two or more, all about as long.
"""

from __future__ import annotations

from math import ceil, prod

MOST_TERMS = 512


def run_terms(channels: int, taps: tuple[int, ...]) -> int:
    """Return how many terms a run has, for filters of some channels and taps; the last one may be shorter.

    A sum of up to half of `MOST_TERMS` is one run. Any other has two at least, as few as have no more than `MOST_TERMS`
    each, all as long but for the last: of whole channels; where a channel alone is too long, of whole rows of its taps;
    and where even a row is, of taps. In the last two cases the first tap of each channel begins a run.

    Examples
    --------
    >>> run_terms(64, (3, 3)), run_terms(1, (11, 11)), run_terms(1, (31, 31)), run_terms(2, (1024,))
    (288, 121, 496, 512)
    """
    channel, row = prod(taps), taps[-1]
    if channels * channel <= MOST_TERMS // 2:
        return channels * channel
    if channels > 1 and channel <= MOST_TERMS:
        count, each = channels, channel
    else:
        count, each = (channel // row, row) if row < channel and row <= MOST_TERMS else (channel, 1)
    return ceil(count / max(2, ceil(count / (MOST_TERMS // each)))) * each
