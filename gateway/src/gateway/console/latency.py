"""Percentiles read off a histogram of durations. Pure arithmetic; the bounds are the message log's."""

from collections.abc import Sequence

from gateway.domain.exchange_record import BUCKETS


def percentile(buckets: Sequence[int], part: float) -> float | None:
    """The duration (ms) that `part` of all stay below: a straight line inside a bucket, the last bound beyond it."""
    total = sum(buckets)
    if not total:
        return None
    wanted, before = part * total, 0
    for number, inside in enumerate(buckets):
        if inside and before + inside >= wanted:
            if number >= len(BUCKETS):
                break
            lower = BUCKETS[number - 1] if number else 0
            return lower + (BUCKETS[number] - lower) * (wanted - before) / inside
        before += inside
    return float(BUCKETS[-1])
