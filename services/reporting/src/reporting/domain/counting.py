"""How a fact (hồ sơ) is counted: which days it adds to, and by which measure. It knows facts; it sums up no period.

Every measure is a number of dossiers on a Hanoi day, so that any period is a sum of days. Times come from
several machines and a dossier handed in late in the day counts as received on the next (see `received_on`), so no day of
a dossier is taken to be before the day it was received.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from chassis.clock import hanoi_day
from reporting.domain.fact import Fact, Series


class Measure(StrEnum):
    """What is counted on a day; the names are those of the columns. A resolved dossier is in one of the four after RECEIVED."""

    RECEIVED = "received"  # tiếp nhận
    EARLY = "early"  # trước hạn: resolved before its due day, or while its clock stood still
    ON_TIME = "on_time"  # đúng hạn: resolved on its due day, not after the due time
    LATE_SAME_DAY = "late_same_day"  # quá hạn: resolved on its due day, after the due time
    LATE_AFTER = "late_after"  # quá hạn: resolved after its due day
    FELL_DUE = "fell_due"  # đến hạn: its due day came, and it was not yet resolved when that day began


class Mark(NamedTuple):
    """One dossier counted once."""

    day: date
    series: Series
    measure: Measure


def marks(fact: Fact) -> tuple[Mark, ...]:
    """All that a dossier adds to the counts. Nothing before its submission is heard of: there is no day to count it on."""
    if fact.received_on is None or fact.series is None:
        return ()
    found = {Measure.RECEIVED: fact.received_on}
    due_at, resolved_at = fact.running_due_at, fact.resolved_at
    due_on = max(hanoi_day(due_at), fact.received_on) if due_at is not None else None
    resolved_on = max(hanoi_day(resolved_at), fact.received_on) if resolved_at is not None else None
    if resolved_on is None or resolved_at is None:
        resolution = None
    elif due_on is None or due_at is None or resolved_on < due_on:
        resolution = Measure.EARLY
    elif resolved_on > due_on:
        resolution = Measure.LATE_AFTER
    else:
        resolution = Measure.ON_TIME if resolved_at <= due_at else Measure.LATE_SAME_DAY
    if resolution is not None and resolved_on is not None:
        found[resolution] = resolved_on
    if due_on is not None and resolution is not Measure.EARLY:
        found[Measure.FELL_DUE] = due_on
    return tuple(Mark(day, fact.series, measure) for measure, day in found.items())


class Change(NamedTuple):
    """What is to be added to one row of daily counts; negative to take away."""

    day: date
    series: Series
    amounts: Mapping[Measure, int]


def changes(before: Fact, after: Fact) -> Sequence[Change]:
    """What the counts change by when a fact does, in one order for all, so that two transactions never wait in a ring."""
    difference = Counter(marks(after))
    difference.subtract(marks(before))
    rows: defaultdict[tuple[date, Series], dict[Measure, int]] = defaultdict(dict)
    for mark, amount in difference.items():
        if amount:
            rows[mark.day, mark.series][mark.measure] = amount
    return [Change(day, series, rows[day, series]) for day, series in sorted(rows)]
