"""Deadlines: the rules of DOMAIN.md by example, and the arithmetic against a reference that walks minute by minute."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.clock import HANOI
from contracts.catalog import LongerLimit, TimeLimit
from contracts.codes import Channel, TimeLimitUnit
from submission.domain.deadlines import (
    BusinessHours,
    WorkingCalendar,
    due_after_wait,
    due_at,
    due_when_verified,
    extended,
    minus_work,
    plus_work,
    when_verified,
    window_end,
)

HOURS = (BusinessHours(((time(8), time(12)), (time(13), time(17)))),)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

# 2 September 2026 (Wednesday) and the day before are off; Saturday 5 September makes up for the latter.
CALENDAR = WorkingCalendar({date(2026, 9, 1): False, date(2026, 9, 2): False, date(2026, 9, 5): True}, HOURS)


def limit(unit: TimeLimitUnit, amount: int = 0, cutoff: time | None = None) -> TimeLimit:
    return TimeLimit(channel=Channel.ONLINE, unit=unit, amount=amount, cutoff=cutoff)


SAME_DAY = limit(TimeLimitUnit.SAME_DAY, cutoff=time(15))
THREE_DAYS = limit(TimeLimitUnit.WORKING_DAYS, 3)


def hanoi(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI).astimezone(UTC)


@pytest.mark.parametrize(
    ("rule", "received", "due"),
    [
        (SAME_DAY, "2026-08-28T10:00", "2026-08-28T17:00"),
        (SAME_DAY, "2026-08-28T15:00", "2026-08-28T17:00"),  # at the cut-off is not after it
        (SAME_DAY, "2026-08-28T15:00:01", "2026-08-31T17:00"),  # Friday afternoon counts for Monday
        (SAME_DAY, "2026-08-30T09:00", "2026-08-31T17:00"),  # Sunday
        (SAME_DAY, "2026-08-31T16:00", "2026-09-03T17:00"),  # the holidays lie between
        (SAME_DAY, "2026-09-05T09:00", "2026-09-05T17:00"),  # a Saturday that is worked
        (limit(TimeLimitUnit.SAME_DAY), "2026-08-28T17:00:01", "2026-08-31T17:00"),  # no cut-off: end of business
        (THREE_DAYS, "2026-08-24T10:00", "2026-08-27T17:00"),
        (THREE_DAYS, "2026-08-24T18:00", "2026-08-28T17:00"),  # after hours counts for Tuesday
        (THREE_DAYS, "2026-08-31T10:00", "2026-09-05T17:00"),
        (limit(TimeLimitUnit.HOURS, 24), "2026-08-29T10:00", "2026-08-30T10:00"),
        (limit(TimeLimitUnit.WORKING_HOURS, 8), "2026-08-28T15:00", "2026-08-31T15:00"),
        (limit(TimeLimitUnit.WORKING_HOURS, 8), "2026-08-30T03:00", "2026-08-31T17:00"),
    ],
)
def test_a_dossier_is_due_by_its_limit_and_the_calendar(rule: TimeLimit, received: str, due: str) -> None:
    """R-030"""
    assert due_at(rule, hanoi(received), CALENDAR) == hanoi(due)


@pytest.mark.parametrize(
    ("rule", "stopped", "runs", "due", "moved"),
    [
        (SAME_DAY, "2026-08-27T10:00", "2026-08-27T14:59", "2026-08-27T17:00", "2026-08-27T17:00"),
        (SAME_DAY, "2026-08-27T10:00", "2026-08-27T15:30", "2026-08-27T17:00", "2026-08-28T17:00"),
        (SAME_DAY, "2026-08-27T10:00", "2026-08-31T09:00", "2026-08-27T17:00", "2026-08-31T17:00"),
        (THREE_DAYS, "2026-08-24T10:00", "2026-08-26T10:00", "2026-08-27T17:00", "2026-08-31T17:00"),
        (
            limit(TimeLimitUnit.HOURS, 24),
            "2026-08-24T10:00",
            "2026-08-24T10:20",
            "2026-08-25T10:00",
            "2026-08-25T10:20",
        ),
        (
            limit(TimeLimitUnit.WORKING_HOURS, 8),
            "2026-08-28T16:00",
            "2026-08-31T09:00",
            "2026-08-31T16:00",
            "2026-09-03T09:00",
        ),
    ],
)
def test_the_clock_stands_while_a_fee_is_awaited(
    rule: TimeLimit, stopped: str, runs: str, due: str, moved: str
) -> None:
    assert due_after_wait(rule, hanoi(due), hanoi(stopped), hanoi(runs), CALENDAR) == hanoi(moved)


@pytest.mark.parametrize(
    ("due", "working_days", "later"),
    [
        ("2026-08-27T17:00", 1, "2026-08-28T17:00"),
        ("2026-08-28T17:00", 1, "2026-08-31T17:00"),
        ("2026-08-31T17:00", 2, "2026-09-04T17:00"),  # over the holidays
        ("2026-08-31T17:00", 3, "2026-09-05T17:00"),  # to the Saturday that makes up for one
        ("2026-08-30T10:00", 1, "2026-08-31T17:00"),  # a limit in hours may end on a Sunday
    ],
)
def test_an_extension_is_in_working_days(due: str, working_days: int, later: str) -> None:
    assert extended(hanoi(due), working_days, CALENDAR) == hanoi(later)


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        ("2026-08-24T10:00", "2026-09-04T17:00"),  # seven working days with two holidays between
        ("2026-08-24T17:30", "2026-09-05T17:00"),  # asked after hours: counted from the next working day
        ("2026-08-22T10:00", "2026-09-04T17:00"),  # asked on a Saturday
    ],
)
def test_a_window_to_supplement_is_in_working_days(asked: str, ends: str) -> None:
    assert window_end(hanoi(asked), 7, CALENDAR) == hanoi(ends)


def test_verification_counts_from_the_same_start_and_takes_back_no_promise() -> None:
    longer = when_verified(
        THREE_DAYS.model_copy(update={"verification": LongerLimit(unit=TimeLimitUnit.WORKING_DAYS, amount=6)})
    )
    assert longer is not None
    received, promised = hanoi("2026-08-17T10:00"), hanoi("2026-08-20T17:00")
    assert due_when_verified(longer, received, [], promised, CALENDAR) == hanoi("2026-08-25T17:00")
    waits = [(hanoi("2026-08-18T09:00"), hanoi("2026-08-20T09:00"))]
    assert due_when_verified(longer, received, waits, promised, CALENDAR) == hanoi("2026-08-27T17:00")
    extended_already = hanoi("2026-08-31T17:00")
    assert due_when_verified(longer, received, [], extended_already, CALENDAR) == extended_already
    assert when_verified(THREE_DAYS) is None


def test_business_hours_change_on_their_day() -> None:
    later = BusinessHours(((time(7, 30), time(16, 30)),), date(2027, 1, 1))
    calendar = WorkingCalendar({}, (*HOURS, later))
    assert due_at(SAME_DAY, hanoi("2026-12-31T16:00"), calendar) == hanoi("2027-01-01T16:30")


# The reference: open or shut, minute by minute, and days one by one.


def is_open(minute: datetime, calendar: WorkingCalendar) -> bool:
    local = minute.astimezone(HANOI)
    worked = calendar.days.get(local.date(), local.weekday() not in (5, 6))
    return worked and (8 <= local.hour < 12 or 13 <= local.hour < 17)


def minutes(start: datetime) -> Iterator[datetime]:
    while True:
        yield start
        start += MINUTE


def slow_plus_work(start: datetime, worked_minutes: int, calendar: WorkingCalendar) -> datetime:
    left = worked_minutes
    for minute in minutes(start):
        if left == 0:
            return minute
        left -= is_open(minute, calendar)
    raise AssertionError


def slow_day(instant: datetime, rule: TimeLimit, calendar: WorkingCalendar) -> date:
    local = instant.astimezone(HANOI)
    latest = rule.cutoff or time(17)
    day = local.date() + (DAY if local.time() > latest else timedelta())
    while not calendar.days.get(day, day.weekday() not in (5, 6)):
        day += DAY
    return day


def slow_after(day: date, working_days: int, calendar: WorkingCalendar) -> date:
    while working_days:
        day += DAY
        working_days -= calendar.days.get(day, day.weekday() not in (5, 6))
    return day


def slow_due(rule: TimeLimit, received: datetime, calendar: WorkingCalendar) -> datetime:
    if rule.unit is TimeLimitUnit.HOURS:
        return received + rule.amount * timedelta(hours=1)
    if rule.unit is TimeLimitUnit.WORKING_HOURS:
        return slow_plus_work(received, rule.amount * 60, calendar)
    day = slow_after(slow_day(received, rule, calendar), rule.amount, calendar)
    return datetime.combine(day, time(17), HANOI).astimezone(UTC)


NEW_YEAR = date(2026, 1, 1)
calendars = st.dictionaries(
    st.integers(0, 60).map(lambda number: NEW_YEAR + number * DAY), st.booleans(), max_size=25
).map(lambda days: WorkingCalendar(days, HOURS))
instants = st.integers(0, 40 * 24 * 60).map(
    lambda number: datetime.combine(NEW_YEAR, time(), HANOI).astimezone(UTC) + number * MINUTE
)
limits = st.builds(
    limit,
    st.sampled_from(TimeLimitUnit),
    st.integers(0, 12),
    st.none() | st.sampled_from([time(11, 30), time(15)]),
)


@settings(max_examples=150, deadline=None)
@given(limits, instants, calendars)
def test_due_times_are_those_of_the_slow_reference(
    rule: TimeLimit, received: datetime, calendar: WorkingCalendar
) -> None:
    """R-031"""
    assert due_at(rule, received, calendar) == slow_due(rule, received, calendar)


@settings(max_examples=100, deadline=None)
@given(limits, instants, st.integers(0, 6 * 24 * 60), st.integers(0, 3 * 24 * 60), calendars)
def test_a_wait_moves_the_due_time_by_what_it_took(
    rule: TimeLimit, received: datetime, until_stop: int, wait: int, calendar: WorkingCalendar
) -> None:
    """R-032"""
    stopped = received + until_stop * MINUTE
    runs = stopped + wait * MINUTE
    due = due_at(rule, received, calendar)
    moved = due_after_wait(rule, due, stopped, runs, calendar)
    if rule.unit is TimeLimitUnit.HOURS:
        assert moved == due + (runs - stopped)
    elif rule.unit is TimeLimitUnit.WORKING_HOURS:
        lost = sum(is_open(stopped + number * MINUTE, calendar) for number in range(wait))
        assert moved == slow_plus_work(due, lost, calendar)
    else:
        day, lost = slow_day(stopped, rule, calendar), 0
        while day < slow_day(runs, rule, calendar):
            day, lost = slow_after(day, 1, calendar), lost + 1
        expected = slow_after(due.astimezone(HANOI).date(), lost, calendar)
        assert moved.astimezone(HANOI) == datetime.combine(expected, time(17), HANOI)


@settings(max_examples=100, deadline=None)
@given(limits, instants, instants, calendars)
def test_who_comes_later_is_never_due_earlier(
    rule: TimeLimit, one: datetime, other: datetime, calendar: WorkingCalendar
) -> None:
    first, second = sorted((one, other))
    assert due_at(rule, first, calendar) <= due_at(rule, second, calendar)


def slow_wait(rule: TimeLimit, due: datetime, stopped: datetime, runs: datetime, calendar: WorkingCalendar) -> datetime:
    """The due time after a wait, by the minute or day by day."""
    if rule.unit is TimeLimitUnit.HOURS:
        return due + (runs - stopped)
    if rule.unit is TimeLimitUnit.WORKING_HOURS:
        lost, minute = 0, stopped
        while minute < runs:
            lost, minute = lost + is_open(minute, calendar), minute + MINUTE
        return slow_plus_work(due, lost, calendar)
    first, last, lost = slow_day(stopped, rule, calendar), slow_day(runs, rule, calendar), 0
    while first < last:
        first, lost = slow_after(first, 1, calendar), lost + 1
    return end_of(slow_after(due.astimezone(HANOI).date(), lost, calendar)) if lost else due


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(17), HANOI).astimezone(UTC)


# From receipt: when it stopped, how long (in minutes); a whole way may wait more than once.
waits_taken = st.lists(st.tuples(st.integers(0, 3 * 24 * 60), st.integers(0, 3 * 24 * 60)), max_size=3)
longer_limits = st.builds(LongerLimit, unit=st.sampled_from(TimeLimitUnit), amount=st.integers(0, 20))
# Around the turn of a year, with its holiday, whichever years they are.
turns = st.integers(2024, 2031).map(lambda year: datetime(year, 12, 24, tzinfo=HANOI))


@settings(max_examples=120, deadline=None)
@given(limits, longer_limits, turns, st.integers(0, 10 * 24 * 60), waits_taken, st.integers(0, 5), st.data())
def test_a_whole_way_is_due_when_the_slow_reference_says(
    rule: TimeLimit,
    longer: LongerLimit,
    turn: datetime,
    after: int,
    taken: list[tuple[int, int]],
    more_days: int,
    data: st.DataObject,
) -> None:
    """R-148: Received, waited up to three times, verified, extended: over a year's end, holidays and swapped working days."""
    off = data.draw(st.dictionaries(st.integers(0, 40), st.booleans(), max_size=12))
    calendar = WorkingCalendar({turn.date() + number * DAY: worked for number, worked in off.items()}, HOURS)
    received = turn.astimezone(UTC) + after * MINUTE
    due, slow, waits, now = due_at(rule, received, calendar), slow_due(rule, received, calendar), [], received
    for until_stop, length in taken:
        stopped = now + until_stop * MINUTE
        now = stopped + length * MINUTE
        waits.append((stopped, now))
        due = due_after_wait(rule, due, stopped, now, calendar)
        slow = slow_wait(rule, slow, stopped, now, calendar)
    assert due == slow

    verified = when_verified(rule.model_copy(update={"verification": longer}))
    assert verified is not None
    slow_verified = slow_due(verified, received, calendar)
    for stopped, runs in waits:
        slow_verified = slow_wait(verified, slow_verified, stopped, runs, calendar)
    due, slow = due_when_verified(verified, received, waits, due, calendar), max(slow, slow_verified)
    assert due == slow

    slow_later = end_of(slow_after(slow.astimezone(HANOI).date(), more_days, calendar))
    assert extended(due, more_days, calendar) == slow_later
    assert due >= due_at(rule, received, calendar)


@settings(max_examples=100, deadline=None)
@given(instants, st.integers(0, 20), calendars)
def test_a_window_ends_when_the_slow_reference_says(asked: datetime, days: int, calendar: WorkingCalendar) -> None:
    day = slow_after(slow_day(asked, limit(TimeLimitUnit.WORKING_DAYS), calendar), days, calendar)
    assert window_end(asked, days, calendar) == end_of(day)


@settings(max_examples=100, deadline=None)
@given(instants, instants, st.integers(1, 20 * 60), calendars)
def test_what_is_late_by_now_is_told_without_reckoning_each(
    came: datetime, now: datetime, worked: int, calendar: WorkingCalendar
) -> None:
    """One instant counted back from now parts the late from the others, as counting forward from each of them would."""
    length = worked * MINUTE
    assert (plus_work(came, length, calendar) <= now) is (came <= minus_work(now, length, calendar))


@settings(max_examples=60, deadline=None)
@given(instants, st.integers(1, 20 * 60), calendars)
def test_work_counted_back_is_what_the_slow_reference_counts_back(
    now: datetime, worked: int, calendar: WorkingCalendar
) -> None:
    left, minute = worked, now
    while left:
        minute -= MINUTE
        left -= is_open(minute, calendar)
    assert minus_work(now, worked * MINUTE, calendar) == minute
