"""Why this day: a dossier's deadline told step by step, in Vietnamese and English. It counts nothing that was not counted before.

What was promised is read from the steps as they were taken, not worked out again: a calendar that was corrected since
must not tell the applicant another story than her slip does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from chassis.clock import HANOI
from contracts.catalog import TimeLimit
from contracts.codes import DossierStatus, TimeLimitUnit
from submission.domain.deadlines import WorkingCalendar, counts_for, plus_work
from submission.domain.dossier import Dossier, Paper

_WEEKDAYS_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_IN_DAYS = (TimeLimitUnit.SAME_DAY, TimeLimitUnit.WORKING_DAYS)


class Matter(StrEnum):
    """What a line is about."""

    RECEIVED = "received"
    CHECK = "check"
    COUNTS_FOR = "counts-for"
    LIMIT = "limit"
    DAYS_OFF = "days-off"
    WAIT = "wait"
    WAITING = "waiting"
    VERIFICATION = "verification"
    EXTENSION = "extension"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the reckoning. `at`: the instant it is about; `until`: to when, where it lasts; `due_at`: due after it."""

    matter: Matter
    vi: str
    en: str
    at: datetime | None = None
    until: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A step of the history as the deadline sees it."""

    status: DossierStatus
    at: datetime
    due_at: datetime | None
    clock_stopped: bool = False
    paper: Paper | None = None


def explained(
    dossier: Dossier, steps: Sequence[Passed], limit: TimeLimit, calendar: WorkingCalendar, check_within: timedelta
) -> list[Line]:
    """Every step from receipt to the due time that holds now. `limit`: that of its channel and case."""
    first_due = steps[0].due_at or dossier.due_at
    lines = _beginning(dossier, limit, calendar, first_due)
    if dossier.check_from is not None and dossier.status is DossierStatus.NEW:
        lines.insert(1, _check(dossier.check_from, calendar, check_within))
    due = first_due
    for step, then in pairwise(steps):
        moved_to = then.due_at or due
        if step.clock_stopped:
            lines.append(_wait(step.status, step.at, then.at, due, moved_to))
        elif moved_to != due:
            lines.append(_moved(then, moved_to))
        due = moved_to
    last = steps[-1]
    if last.clock_stopped:
        lines.append(_waiting(dossier, last))
    return [*lines, _due(dossier)]


def _beginning(dossier: Dossier, limit: TimeLimit, calendar: WorkingCalendar, first_due: datetime) -> list[Line]:
    received = dossier.filed.received_at
    lines = [Line(Matter.RECEIVED, f"Nhận hồ sơ lúc {_vi(received)}", f"Received at {_en(received)}", at=received)]
    if limit.unit not in _IN_DAYS:
        return [*lines, _limit(limit, first_due)]
    local, day = received.astimezone(HANOI), counts_for(received, limit, calendar)
    if day != local.date():
        off = not calendar.is_working(local.date())
        latest = (limit.cutoff or calendar.closing_time(local.date())).strftime("%H:%M")
        why_vi = "Ngày nhận là ngày nghỉ" if off else f"Nhận sau {latest}"
        why_en = "It was a day off" if off else f"Later than {latest}"
        lines.append(
            Line(
                Matter.COUNTS_FOR,
                f"{why_vi}: tính như nhận ngày làm việc tiếp theo, {_day_vi(day)}",
                f"{why_en}: counted as received on the next working day, {_day_en(day)}",
            )
        )
    lines.append(_limit(limit, first_due))
    if skipped := calendar.days_off(day, first_due.astimezone(HANOI).date()):
        days = ", ".join(f"{one:%d/%m}" for one in skipped)
        lines.append(
            Line(Matter.DAYS_OFF, f"Không tính ngày nghỉ lễ, nghỉ bù: {days}", f"Public holidays not counted: {days}")
        )
    return lines


def _check(check_from: datetime, calendar: WorkingCalendar, within: timedelta) -> Line:
    by = plus_work(check_from, within, calendar)
    hours = round(within / timedelta(hours=1))
    return Line(
        Matter.CHECK,
        f"Nộp trực tuyến: được kiểm tra trong {hours} giờ làm việc, chậm nhất {_vi(by)}",
        f"Filed online: checked within {hours} working hours, by {_en(by)}",
        at=check_from,
        until=by,
    )


def _limit(limit: TimeLimit, due: datetime) -> Line:
    vi, en = {
        TimeLimitUnit.SAME_DAY: ("trong ngày", "the same day"),
        TimeLimitUnit.WORKING_DAYS: (
            f"{limit.amount} ngày làm việc, không kể ngày nhận",
            f"{limit.amount} working days, the day of receipt not included",
        ),
        TimeLimitUnit.WORKING_HOURS: (f"{limit.amount} giờ làm việc", f"{limit.amount} working hours"),
        TimeLimitUnit.HOURS: (f"{limit.amount} giờ", f"{limit.amount} hours"),
    }[limit.unit]
    return Line(Matter.LIMIT, f"Thời hạn {vi}: hạn {_vi(due)}", f"Limit {en}: due {_en(due)}", due_at=due)


def _wait(status: DossierStatus, since: datetime, until: datetime, due: datetime, moved_to: datetime) -> Line:
    for_vi, for_en = _awaited(status)
    to_vi = f"hạn dời đến {_vi(moved_to)}" if moved_to != due else "hạn không đổi"
    to_en = f"due {_en(moved_to)} instead" if moved_to != due else "the due time stays"
    return Line(
        Matter.WAIT,
        f"Chờ {for_vi} từ {_vi(since)} đến {_vi(until)}, thời hạn tạm dừng: {to_vi}",
        f"Waited for {for_en} from {_en(since)} to {_en(until)}, the clock stood: {to_en}",
        at=since,
        until=until,
        due_at=moved_to,
    )


def _waiting(dossier: Dossier, last: Passed) -> Line:
    for_vi, for_en = _awaited(last.status)
    until = dossier.supplement_by
    to_vi = f" (chậm nhất {_vi(until)})" if until else ""
    to_en = f" (until {_en(until)} at the latest)" if until else ""
    return Line(
        Matter.WAITING,
        f"Đang chờ {for_vi} từ {_vi(last.at)}{to_vi}: thời hạn tạm dừng và sẽ dời theo thời gian chờ",
        f"Waiting for {for_en} since {_en(last.at)}{to_en}: the clock stands, and the due time will move by the wait",
        at=last.at,
        until=until,
    )


def _moved(step: Passed, due: datetime) -> Line:
    if step.paper is not Paper.APOLOGY:
        return Line(
            Matter.VERIFICATION,
            f"Phải xác minh: áp dụng thời hạn dài hơn, tính từ cùng thời điểm nhận, hạn {_vi(due)}",
            f"Must be verified: the longer limit counts from the same start, due {_en(due)}",
            at=step.at,
            due_at=due,
        )
    return Line(
        Matter.EXTENSION,
        f"Cơ quan xin lỗi và gia hạn một lần đến {_vi(due)}",
        f"The agency apologised and extended it, once, to {_en(due)}",
        at=step.at,
        due_at=due,
    )


def _due(dossier: Dossier) -> Line:
    due = dossier.due_at
    return Line(Matter.DUE, f"Hạn trả kết quả: {_vi(due)}", f"Due: {_en(due)}", at=due, due_at=due)


def _awaited(status: DossierStatus) -> tuple[str, str]:
    if status is DossierStatus.PAYMENT_AWAITED:
        return "nộp phí, lệ phí", "the fee"
    return "bổ sung hồ sơ", "a supplement"


def _vi(instant: datetime) -> str:
    local = instant.astimezone(HANOI)
    return f"{local:%H:%M} {_day_vi(local.date())}"


def _en(instant: datetime) -> str:
    local = instant.astimezone(HANOI)
    return f"{local:%H:%M} on {_day_en(local.date())}"


def _day_vi(day: date) -> str:
    return f"{_WEEKDAYS_VI[day.weekday()]} {day:%d/%m/%Y}"


def _day_en(day: date) -> str:
    return f"{_WEEKDAYS_EN[day.weekday()]} {day:%d/%m/%Y}"
