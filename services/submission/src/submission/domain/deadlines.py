"""Thời hạn giải quyết: when a dossier is due, in working days and business hours of Hanoi. Reads no clock, knows no dossier.

Where a limit is in days, the day something *counts* for is the Hanoi day itself, or the next working day if it came
later than the cut-off (the procedure's own, e.g. 15:00, else the end of business) or on a day off; days are counted
from that day, itself not included, and the last one ends with business. Hours run by business hours, or by the clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from chassis.clock import HANOI
from contracts.catalog import TimeLimit
from contracts.codes import TimeLimitUnit
from submission.domain.dated import in_force

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class BusinessHours:
    """Giờ làm việc from a day on: the spans in which the desk works, in order. The first row has no day: since ever."""

    spans: tuple[tuple[time, time], ...]
    valid_from: date | None = None


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are worked and when. Days not in `days` follow the week: Monday to Friday are worked."""

    days: Mapping[date, bool]
    hours: Sequence[BusinessHours]

    def is_working(self, day: date) -> bool:
        """Whether the desk is open that day."""
        return self.days.get(day, day.weekday() < _SATURDAY)

    def working_day(self, day: date) -> date:
        """The day itself if it is worked, else the next one that is."""
        while not self.is_working(day):
            day += _DAY
        return day

    def plus(self, day: date, working_days: int) -> date:
        """The working day that many working days after `day`."""
        for _ in range(working_days):
            day = self.working_day(day + _DAY)
        return day

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The hours worked that day, as instants; none on a day off."""
        if not self.is_working(day):
            return ()
        return tuple((_instant(day, opens), _instant(day, closes)) for opens, closes in self._hours(day).spans)

    def closing_time(self, day: date) -> time:
        """When business ends on a working day."""
        return self._hours(day).spans[-1][1]

    def _hours(self, day: date) -> BusinessHours:
        return in_force(self.hours, day)

    def work_until(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans of work back from an instant, the latest first, without end; the first may be the beginning of one."""
        day = instant.astimezone(HANOI).date()
        while True:
            for opens, closes in reversed(self.spans(day)):
                if opens < instant:
                    yield opens, min(closes, instant)
            day -= _DAY

    def days_off(self, after: date, until: date) -> list[date]:
        """The days from the one after `after` to `until` that the published calendar takes off; not the plain week-ends."""
        return sorted(
            day
            for day, worked in self.days.items()
            if after < day <= until and not worked and day.weekday() < _SATURDAY
        )

    def work_from(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans of work from an instant on, without end; the first may be what is left of one."""
        day = instant.astimezone(HANOI).date()
        while True:
            for opens, closes in self.spans(day):
                if closes > instant:
                    yield max(opens, instant), closes
            day += _DAY


def due_at(limit: TimeLimit, received_at: datetime, calendar: WorkingCalendar) -> datetime:
    """When a dossier received at that instant is due, in UTC."""
    length = timedelta(hours=limit.amount)
    match limit.unit:
        case TimeLimitUnit.HOURS:
            return received_at + length
        case TimeLimitUnit.WORKING_HOURS:
            return plus_work(received_at, length, calendar)
        case TimeLimitUnit.SAME_DAY | TimeLimitUnit.WORKING_DAYS:
            return _end_of(calendar.plus(counts_for(received_at, limit, calendar), limit.amount), calendar)


def due_after_wait(
    limit: TimeLimit, due: datetime, stopped_at: datetime, runs_at: datetime, calendar: WorkingCalendar
) -> datetime:
    """The due time moved by as much as the clock stood still from `stopped_at` to `runs_at`, in the limit's own unit."""
    match limit.unit:
        case TimeLimitUnit.HOURS:
            return due + (runs_at - stopped_at)
        case TimeLimitUnit.WORKING_HOURS:
            return plus_work(due, _work_between(stopped_at, runs_at, calendar), calendar)
        case TimeLimitUnit.SAME_DAY | TimeLimitUnit.WORKING_DAYS:
            # In whole days, as the limit is: a fee paid the same day before the cut-off moves nothing.
            stopped_day, runs_day = (counts_for(at, limit, calendar) for at in (stopped_at, runs_at))
            lost = 0
            while stopped_day < runs_day:
                stopped_day, lost = calendar.plus(stopped_day, 1), lost + 1
            return _end_of(calendar.plus(due.astimezone(HANOI).date(), lost), calendar) if lost else due


def when_verified(limit: TimeLimit) -> TimeLimit | None:
    """The limit that counts where something must be verified (xác minh); None where the procedure names none."""
    longer = limit.verification
    return limit.model_copy(update={"unit": longer.unit, "amount": longer.amount}) if longer is not None else None


def due_when_verified(
    longer: TimeLimit,
    received_at: datetime,
    waits: Sequence[tuple[datetime, datetime]],
    promised: datetime,
    calendar: WorkingCalendar,
) -> datetime:
    """The due time by the longer limit, counted from the same start with every wait so far; never before what is promised."""
    due = due_at(longer, received_at, calendar)
    for stopped_at, runs_at in waits:
        due = due_after_wait(longer, due, stopped_at, runs_at, calendar)
    return max(due, promised)


def extended(due: datetime, working_days: int, calendar: WorkingCalendar) -> datetime:
    """The due time that many working days later, at the end of business."""
    return _end_of(calendar.plus(due.astimezone(HANOI).date(), working_days), calendar)


def window_end(asked_at: datetime, working_days: int, calendar: WorkingCalendar) -> datetime:
    """Until when what is asked for at that instant may come: the end of business of that many working days later.

    Counted as a limit in working days is: the day of asking, or the next working one after hours, is not included.
    """
    return _end_of(calendar.plus(_business_day(asked_at, None, calendar), working_days), calendar)


def counts_for(instant: datetime, limit: TimeLimit, calendar: WorkingCalendar) -> date:
    """The working day from which a limit in days is counted for what came at that instant."""
    return _business_day(instant, limit.cutoff, calendar)


def _business_day(instant: datetime, latest: time | None, calendar: WorkingCalendar) -> date:
    local = instant.astimezone(HANOI)
    day, closing = local.date(), calendar.closing_time(local.date())
    cutoff = min(latest, closing) if latest else closing
    return calendar.working_day(day + _DAY if local.time() > cutoff else day)


def _end_of(day: date, calendar: WorkingCalendar) -> datetime:
    return _instant(day, calendar.closing_time(day))


def plus_work(instant: datetime, length: timedelta, calendar: WorkingCalendar) -> datetime:
    """The instant by which that much work has been done from `instant` on."""
    if not length:
        return instant
    for opens, closes in calendar.work_from(instant):
        if length <= closes - opens:
            return opens + length
        length -= closes - opens
    raise AssertionError("work never ends")


def minus_work(instant: datetime, length: timedelta, calendar: WorkingCalendar) -> datetime:
    """The latest instant from which that much work has been done by `instant`: what `plus_work` leads to it from."""
    if not length:
        return instant
    for opens, closes in calendar.work_until(instant):
        if length <= closes - opens:
            return closes - length
        length -= closes - opens
    raise AssertionError("work never began")


def _work_between(start: datetime, end: datetime, calendar: WorkingCalendar) -> timedelta:
    worked = timedelta()
    for opens, closes in calendar.work_from(start):
        if opens >= end:
            break
        worked += min(closes, end) - opens
    return worked


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, HANOI).astimezone(UTC)
