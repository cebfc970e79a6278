"""The dated rules of time: which row counts on a day; and the deadline as it is explained."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from contracts.catalog import TimeLimit
from contracts.codes import Channel, DossierStatus, TimeLimitUnit
from services.submission.tests.unit.test_lifecycle import submitted
from submission.domain.dated import in_force
from submission.domain.deadlines import BusinessHours, WorkingCalendar
from submission.domain.dossier import Paper
from submission.domain.explanation import Line, Matter, Passed, explained
from submission.domain.timing import AlertKind, ExtensionRule, SupplementWindow, window_of
from submission.rules import ALERTS, CHECKS, EXTENSIONS, SUPPLEMENT_WINDOWS

S = DossierStatus
TODAY = date(2026, 10, 12)
HOURS = (BusinessHours(((time(8), time(12)), (time(13), time(17)))),)
CALENDAR = WorkingCalendar({date(2026, 10, 14): False}, HOURS)
LIMIT = TimeLimit(channel=Channel.ONLINE, unit=TimeLimitUnit.WORKING_DAYS, amount=3, cutoff=time(15))


def at(day: int, hour: int = 3) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def test_of_dated_rules_the_last_that_has_begun_counts() -> None:
    rules = (ExtensionRule(5), ExtensionRule(10, date(2026, 11, 1)))
    assert in_force(rules, date(2026, 10, 31)).working_days == 5
    assert in_force(rules, date(2026, 11, 1)).working_days == 10


def test_a_procedure_has_its_own_window_from_its_day_on_and_before_it_the_usual_one() -> None:
    windows = (SupplementWindow(10), SupplementWindow(7, "3.000722", date(2026, 9, 1)))
    assert window_of(windows, "3.000722", date(2026, 8, 31)) == 10
    assert window_of(windows, "3.000722", date(2026, 9, 1)) == 7
    assert window_of(windows, "1.001193", TODAY) == 10


def test_there_is_a_rule_for_everything_the_clocks_ask_on_any_day() -> None:
    for day in (date(2016, 8, 10), TODAY):
        assert in_force(EXTENSIONS, day).working_days > 0
        assert in_force(CHECKS, day).within == timedelta(hours=8)
        assert window_of(SUPPLEMENT_WINDOWS, "3.000722", day) == 7
        for kind in AlertKind:
            assert in_force([row for row in ALERTS if row.kind is kind], day).roles


def told(lines: list[Line], matter: Matter) -> Line:
    (line,) = (line for line in lines if line.matter is matter)
    return line


def test_why_this_day_is_told_from_receipt_to_the_due_time() -> None:
    received = at(12, 9)  # Monday 16:00: after the cut-off
    due = [at(19, 10), at(19, 10), at(20, 10), at(20, 10), at(22, 10)]
    dossier = submitted()
    dossier = replace(
        dossier, filed=replace(dossier.filed, received_at=received), status=S.ACCEPTED, due_at=due[-1], version=5
    )
    steps = [
        Passed(S.NEW, received, due[0]),
        Passed(S.SUPPLEMENT_AWAITED, at(13), due[1], clock_stopped=True),
        Passed(S.NEW, at(15), due[2]),
        Passed(S.ACCEPTED, at(16), due[3]),
        Passed(S.ACCEPTED, at(19), due[4], paper=Paper.APOLOGY),
    ]
    lines = explained(dossier, steps, LIMIT, CALENDAR, timedelta(hours=8))
    assert [line.matter for line in lines] == [
        Matter.RECEIVED, Matter.COUNTS_FOR, Matter.LIMIT, Matter.DAYS_OFF, Matter.WAIT, Matter.EXTENSION, Matter.DUE,
    ]  # fmt: skip
    assert told(lines, Matter.RECEIVED).vi == "Nhận hồ sơ lúc 16:00 thứ Hai 12/10/2026"
    assert told(lines, Matter.COUNTS_FOR).en == (
        "Later than 15:00: counted as received on the next working day, Tuesday 13/10/2026"
    )
    assert told(lines, Matter.LIMIT).en == (
        "Limit 3 working days, the day of receipt not included: due 17:00 on Monday 19/10/2026"
    )
    assert told(lines, Matter.DAYS_OFF).vi == "Không tính ngày nghỉ lễ, nghỉ bù: 14/10"
    wait = told(lines, Matter.WAIT)
    assert (wait.at, wait.until, wait.due_at) == (at(13), at(15), at(20, 10))
    assert "chờ bổ sung hồ sơ" in wait.vi.lower()
    assert told(lines, Matter.EXTENSION).due_at == at(22, 10)
    assert told(lines, Matter.DUE).en == "Due: 17:00 on Thursday 22/10/2026"


def test_what_is_promised_is_what_was_promised_whatever_the_calendar_says_today() -> None:
    dossier = replace(submitted(), due_at=at(15, 10))
    steps = [Passed(S.NEW, at(12), at(15, 10))]
    lines = explained(dossier, steps, LIMIT, CALENDAR, timedelta(hours=8))
    assert told(lines, Matter.LIMIT).due_at == told(lines, Matter.DUE).due_at == at(15, 10)


def test_verification_and_a_clock_that_stands_are_told() -> None:
    dossier = replace(
        submitted(), status=S.SUPPLEMENT_AWAITED, due_at=at(20, 10), verified_at=at(13), supplement_by=at(23, 10)
    )
    steps = [
        Passed(S.NEW, at(12), at(15, 10)),
        Passed(S.ACCEPTED, at(13), at(20, 10)),
        Passed(S.SUPPLEMENT_AWAITED, at(14), at(20, 10), clock_stopped=True),
    ]
    lines = explained(dossier, steps, LIMIT, CALENDAR, timedelta(hours=8))
    assert told(lines, Matter.VERIFICATION).due_at == at(20, 10)
    waiting = told(lines, Matter.WAITING)
    assert (waiting.at, waiting.until) == (at(14), at(23, 10))
    assert "Friday 23/10/2026" in waiting.en


def test_on_a_day_off_nothing_is_received() -> None:
    sunday = at(11)
    dossier = submitted()
    dossier = replace(dossier, filed=replace(dossier.filed, received_at=sunday), check_from=sunday)
    lines = explained(dossier, [Passed(S.NEW, sunday, at(16, 10))], LIMIT, CALENDAR, timedelta(hours=8))
    assert (
        told(lines, Matter.COUNTS_FOR).vi
        == "Ngày nhận là ngày nghỉ: tính như nhận ngày làm việc tiếp theo, thứ Hai 12/10/2026"
    )
    assert told(lines, Matter.CHECK).until == at(12, 10)
