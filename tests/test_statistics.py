"""What a row of times says, and when two rows tie."""

import numpy as np
import pytest

from convlab.timing.races.statistics import ENOUGH_BLOCKS, FLAGS, Summary, flags, summary, tie


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_the_summary_is_that_of_numpy(count):
    calls = np.random.default_rng(count).random(count)
    found = summary(calls.tolist())
    wanted = (calls.min(), np.median(calls), *np.quantile(calls, [0.25, 0.75]))
    assert (found.min_s, found.median_s, found.q1_s, found.q3_s) == pytest.approx(
        wanted
    ) and found.blocks == count


@pytest.mark.parametrize(
    ("calls", "settled"),
    [
        ([1.0] * ENOUGH_BLOCKS, True),
        ([1.0] * (ENOUGH_BLOCKS - 1), False),
        ([1.0, *[1.02] * 7], True),
        ([1.0, *[1.04] * 7], False),
        ([1.0, 1.0, *[9.0] * 3, 1.0, 1.01, 1.02], True),
    ],
)
def test_seven_blocks_whose_lower_quartile_is_near_the_least_are_enough(calls, settled):
    assert summary(calls).is_settled is settled


def spread(share):
    return Summary(1.0, 1.0, 1.0, 1.0 + share, 9)


@pytest.mark.parametrize(
    ("found", "lacks", "waits", "words"),
    [
        (spread(0.05), 0, 0, ()),
        (spread(0.11), 0, 0, ("noisy",)),
        (spread(0.26), 0, 0, ("unreliable",)),
        (spread(0.05), 0.2, 0, ("disturbed",)),
        (spread(0.05), 0, 0.1, ("disturbed",)),
        (spread(0.3), 0.5, 0.5, ("unreliable", "disturbed")),
    ],
)
def test_each_word_of_doubt_has_its_cause_and_its_sentence(found, lacks, waits, words):
    assert flags(found, lacks=lacks, waits=waits) == words and set(words) <= set(FLAGS)


@pytest.mark.parametrize(
    ("least", "other", "tied"),
    [
        ((1.0, 0.0), (1.04, 0.0), True),
        ((1.0, 0.0), (1.06, 0.0), False),
        ((1.0, 0.1), (1.15, 0.1), True),
        ((1.0, 0.1), (1.25, 0.1), False),
        ((2.0, 0.0), (2.11, 0.0), False),
        ((1.0, 0.9), (1.24, 0.0), True),
        ((1.0, 0.9), (1.26, 0.9), False),
    ],
)
def test_rows_nearer_than_five_per_cent_or_than_their_doubts_tie_but_never_beyond_a_quarter(
    least, other, tied
):
    one, two = (Summary(s, s + doubt, s + doubt, s + doubt, 9) for s, doubt in (least, other))
    assert tie(one, two) is tied and tie(two, one) is tied
