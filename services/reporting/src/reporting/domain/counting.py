"""How a fact (hồ sơ) is counted: which days it adds to, and by which measure. It knows facts; it sums up no period.

Every measure is a number on a Hanoi day, so that any period is a sum of days. Times come from
several machines and a dossier handed in late in the day counts as received on the next (see `received_on`), so no day of
a dossier is taken to be before the day it was received.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from chassis.clock import hanoi_day
from reporting.domain.fact import Fact, Series

REPEATED_FROM = 2
"""From how many supplement requests on a dossier counts as overdue in the indicators."""


class Measure(StrEnum):
    """What is counted on a day; the names are those of the columns. A resolved dossier is in one of the four after RECEIVED.

    All but the papers and the seconds are numbers of dossiers or requests.
    """

    RECEIVED = "received"  # tiếp nhận
    EARLY = "early"  # trước hạn: resolved before its due day, or while its clock stood still
    ON_TIME = "on_time"  # đúng hạn: resolved on its due day, not after the due time
    LATE_SAME_DAY = "late_same_day"  # quá hạn: resolved on its due day, after the due time
    LATE_AFTER = "late_after"  # quá hạn: resolved after its due day
    FELL_DUE = "fell_due"  # đến hạn: its due day came, and it was not yet resolved when that day began

    # On the day it was received.
    ASSISTED = "assisted"  # an officer entered it for the applicant
    IDENTITY_VERIFIED = "identity_verified"  # filed from an account verified by VNeID
    COMPONENTS = "components"  # thành phần hồ sơ: papers
    COMPONENTS_REUSED = "components_reused"
    COMPONENTS_FROM_STORE = "components_from_store"

    # On the day it was resolved.
    WITHOUT_RESULT = "without_result"  # stopped, refused or withdrawn
    ELECTRONIC_RESULT = "electronic_result"
    DIGITISED = "digitised"  # its result is electronic, and so is each of its papers

    SUPPLEMENT_REQUESTS = "supplement_requests"  # on the day of each request
    SUPPLEMENT_SECONDS = "supplement_seconds"  # on the day a wait for a supplement ended
    # A dossier that was asked for a second supplement, and was not overdue when it was: the day of that request, …
    REPEATED = "repeated"
    # … and the one day on which it ceases to be in progress and not overdue.
    REPEATED_RESOLVED = "repeated_resolved"  # it was resolved, early or on time
    REPEATED_LATE = "repeated_late"  # it was resolved on its due day, after the due time
    REPEATED_OVERDUE = "repeated_overdue"  # its due day, which ended without its being resolved


class Mark(NamedTuple):
    """What a dossier adds to one count."""

    day: date
    series: Series
    measure: Measure


class _Days(NamedTuple):
    """The Hanoi days of a dossier that has been received, none of them before that."""

    received: date
    due: date | None
    resolved: date | None
    resolution: Measure | None

    def on(self, instant: datetime) -> date:
        return max(hanoi_day(instant), self.received)


def marks(fact: Fact) -> Counter[Mark]:
    """All that a dossier adds to the counts. Nothing before its submission is heard of: there is no day to count it on."""
    if fact.received_on is None or fact.series is None:
        return Counter()
    days = _days_of(fact, fact.received_on)
    found: Counter[tuple[date, Measure]] = Counter()
    for amounts in (_progress(days), _filing(fact, days), _outcome(fact, days), _supplements(fact, days)):
        found.update(amounts)
    return Counter({Mark(day, fact.series, measure): amount for (day, measure), amount in found.items() if amount})


Amounts = Mapping[tuple[date, Measure], int]


def _days_of(fact: Fact, received: date) -> _Days:
    due_at, resolved_at = fact.running_due_at, fact.resolved_at
    due = max(hanoi_day(due_at), received) if due_at is not None else None
    if resolved_at is None:
        return _Days(received, due, None, None)
    resolved = max(hanoi_day(resolved_at), received)
    if due is None or due_at is None or resolved < due:
        resolution = Measure.EARLY
    elif resolved > due:
        resolution = Measure.LATE_AFTER
    else:
        resolution = Measure.ON_TIME if resolved_at <= due_at else Measure.LATE_SAME_DAY
    return _Days(received, due, resolved, resolution)


def _progress(days: _Days) -> Amounts:
    """What report II.06a is made of."""
    found = {(days.received, Measure.RECEIVED): 1}
    if days.resolution is not None and days.resolved is not None:
        found[days.resolved, days.resolution] = 1
    if days.due is not None and days.resolution is not Measure.EARLY:
        found[days.due, Measure.FELL_DUE] = 1
    return found


def _filing(fact: Fact, days: _Days) -> Amounts:
    """How it came in, and its papers as they are now counted."""
    papers = fact.components
    found = {Measure.ASSISTED: int(fact.assisted), Measure.IDENTITY_VERIFIED: int(fact.identity_verified)}
    if papers is not None:
        found |= {
            Measure.COMPONENTS: papers.total,
            Measure.COMPONENTS_REUSED: papers.reused,
            Measure.COMPONENTS_FROM_STORE: papers.from_national_store,
        }
    return {(days.received, measure): amount for measure, amount in found.items()}


def _outcome(fact: Fact, days: _Days) -> Amounts:
    """What came of it. Papers that nobody counted are not taken for digitised; a dossier that wants none is."""
    if days.resolved is None:
        return {}
    electronic = fact.has_result and fact.electronic_result
    all_digitised = fact.components is not None and fact.components.digitised >= fact.components.total
    return {
        (days.resolved, Measure.WITHOUT_RESULT): int(not fact.has_result),
        (days.resolved, Measure.ELECTRONIC_RESULT): int(electronic),
        (days.resolved, Measure.DIGITISED): int(electronic and all_digitised),
    }


def _supplements(fact: Fact, days: _Days) -> Amounts:
    """Requests and waits; and when it counted as overdue for a second request alone (QĐ 766/QĐ-TTg, indicator 2.1)."""
    found: Counter[tuple[date, Measure]] = Counter()
    asked = fact.asked_at
    for instant in asked:
        found[days.on(instant), Measure.SUPPLEMENT_REQUESTS] += 1
    for ended, wait in fact.supplement_waits:
        found[days.on(ended), Measure.SUPPLEMENT_SECONDS] += int(wait.total_seconds())
    if len(asked) < REPEATED_FROM:
        return found
    since = days.on(asked[REPEATED_FROM - 1])
    if days.due is not None and since > days.due:
        return found
    if days.resolved is not None and (days.due is None or days.resolved <= days.due):
        late = days.resolution is Measure.LATE_SAME_DAY
        found[days.resolved, Measure.REPEATED_LATE if late else Measure.REPEATED_RESOLVED] += 1
        since = min(since, days.resolved)
    elif days.due is not None:
        found[days.due, Measure.REPEATED_OVERDUE] += 1
    found[since, Measure.REPEATED] += 1
    return found


class Change(NamedTuple):
    """What is to be added to one row of daily counts; negative to take away."""

    day: date
    series: Series
    amounts: Mapping[Measure, int]


def changes(before: Fact, after: Fact) -> Sequence[Change]:
    """What the counts change by when a fact does, in one order for all, so that two transactions never wait in a ring."""
    difference = marks(after)
    difference.subtract(marks(before))
    rows: defaultdict[tuple[date, Series], dict[Measure, int]] = defaultdict(dict)
    for mark, amount in difference.items():
        if amount:
            rows[mark.day, mark.series][mark.measure] = amount
    return [Change(day, series, rows[day, series]) for day, series in sorted(rows)]
