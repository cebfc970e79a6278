from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import hanoi_day
from contracts.codes import Channel, DossierStatus
from contracts.submission import DossierEvent
from reporting.domain.counting import Mark, Measure, changes, marks
from reporting.domain.fact import Fact, news_of
from reporting.domain.report import Period, Tally, report
from services.reporting.tests.histories import START, History, at, histories, recount

DAY = date(2016, 8, 10)


def dossier(**told: object) -> History:
    filed = {
        "code": "H26-1",
        "procedure": "1.001193",
        "unit": "00004",
        "channel": Channel.ONLINE,
        "submitted_at": START,
    }
    return History(**{**filed, "due_in": 9, **told})  # type: ignore[arg-type]  # each test names its own fields


def fact_of(events: Iterable[DossierEvent], code: str = "H26-1") -> Fact:
    return reduce(lambda fact, event: fact.learned(news_of(event)), events, Fact(code))


def resolution(history: History) -> Measure:
    (found,) = {mark.measure for mark in marks(fact_of(history.events()))} - {Measure.RECEIVED, Measure.FELL_DUE}
    return found


def tally_of(counted: Counter[Mark], period: Period) -> Tally:
    """The sums that statistics.tally asks the database for."""

    def total(*measures: Measure, since: date = date.min, until: date = period.last, online: bool | None = None) -> int:
        return sum(
            amount
            for mark, amount in counted.items()
            if mark.measure in measures
            and since <= mark.day <= until
            and (online is None or (mark.series.channel is Channel.ONLINE) == online)
        )

    late = (Measure.LATE_SAME_DAY, Measure.LATE_AFTER)
    answered = (Measure.ON_TIME, *late)
    day_before = period.first - timedelta(days=1)
    return Tally(
        received_before=total(Measure.RECEIVED, until=day_before),
        resolved_before=total(Measure.EARLY, *answered, until=day_before),
        received_online=total(Measure.RECEIVED, since=period.first, online=True),
        received_direct=total(Measure.RECEIVED, since=period.first, online=False),
        early=total(Measure.EARLY, since=period.first),
        on_time=total(Measure.ON_TIME, since=period.first),
        overdue=total(*late, since=period.first),
        fell_due=total(Measure.FELL_DUE, until=period.due_until),
        answered_due=total(*answered, until=period.due_until),
        answered_since=total(Measure.LATE_AFTER, since=period.due_until + timedelta(days=1)),
    )


@st.composite
def told(draw: st.DrawFn) -> tuple[list[History], Period, datetime]:
    """Histories, what of them has happened by now, and a period that may be over, running or to come."""
    given_histories = draw(histories())
    now = START + timedelta(hours=draw(st.integers(0, 20 * 24)))
    first = DAY + timedelta(days=draw(st.integers(-2, 16)))
    last = first + timedelta(days=draw(st.integers(0, 8)))
    return given_histories, Period(first, last, hanoi_day(now)), now


@given(told())
def test_the_report_of_any_period_is_what_a_slow_recount_finds_and_its_columns_add_up(
    drawn: tuple[list[History], Period, datetime],
) -> None:
    """R-092"""
    told_histories, period, now = drawn
    # What has happened by now is all that can have been heard.
    known = [
        history if history.resolved_at is None or history.resolved_at <= now else _unresolved(history)
        for history in told_histories
        if history.submitted_at <= now
    ]
    counted = Counter(mark for history in known for mark in marks(fact_of(history.events(), history.code)))
    found = report(tally_of(counted, period))
    assert found == recount(known, period)
    assert found.received == found.resolved + found.in_progress
    assert found.received == found.received_online + found.received_direct + found.carried_over
    assert found.resolved == found.resolved_early + found.resolved_on_time + found.resolved_overdue
    assert found.in_progress == found.in_progress_in_time + found.in_progress_overdue
    assert min(found.in_progress_in_time, found.in_progress_overdue, found.carried_over) >= 0


def _unresolved(history: History) -> History:
    return History(
        history.code,
        history.procedure,
        history.unit,
        history.channel,
        history.submitted_at,
        history.due_in,
        fee=history.fee,
    )


@given(histories(most=1).filter(bool), st.data())
def test_events_in_any_order_and_repeated_leave_the_same_fact_and_the_same_counts(
    given_histories: Sequence[History], data: st.DataObject
) -> None:
    events = given_histories[0].events()
    once = fact_of(events)
    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=5))))
    fact, counts = Fact("H26-1"), Counter[tuple[object, ...]]()
    for event in shuffled:
        after = fact.learned(news_of(event))
        for change in changes(fact, after):
            for measure, amount in change.amounts.items():
                counts[change.day, change.series, measure] += amount
        fact = after
    assert fact == once
    assert {key: amount for key, amount in counts.items() if amount} == dict.fromkeys(marks(once), 1)


@given(histories(most=1).filter(bool))
def test_an_event_heard_again_changes_nothing(given_histories: Sequence[History]) -> None:
    events = given_histories[0].events()
    fact = fact_of(events)
    for event in events:
        assert fact.learned(news_of(event)) == fact


@pytest.mark.parametrize(
    ("finished_at", "expected"),
    [
        (at(DAY + timedelta(days=1), 23, 59), Measure.EARLY),
        (at(DAY + timedelta(days=2), 0), Measure.ON_TIME),
        (at(DAY + timedelta(days=2), 17), Measure.ON_TIME),
        (at(DAY + timedelta(days=2), 17, 1), Measure.LATE_SAME_DAY),
        (at(DAY + timedelta(days=3), 0), Measure.LATE_AFTER),
    ],
)
def test_early_is_before_the_due_day_on_time_is_until_the_due_time(finished_at: datetime, expected: Measure) -> None:
    """R-094"""
    history = dossier(due_in=2 * 24 + 9)
    assert history.due_at == at(DAY + timedelta(days=2), 17)
    finished = history.events()
    story = dossier(due_in=2 * 24 + 9, end=1).events()
    last = story[-1].model_copy(update={"finished_at": finished_at})
    assert finished[:3] == story[:3]
    (found,) = {mark.measure for mark in marks(fact_of([*story[:-1], last]))} - {Measure.RECEIVED, Measure.FELL_DUE}
    assert found is expected


def test_a_dossier_that_waits_for_its_fee_does_not_fall_due() -> None:
    """R-095"""
    fact = fact_of(dossier(fee=-1).events())
    assert fact.status is DossierStatus.PAYMENT_AWAITED
    assert {mark.measure for mark in marks(fact)} == {Measure.RECEIVED}


def test_a_settled_fee_moves_the_due_day() -> None:
    (due,) = (mark.day for mark in marks(fact_of(dossier(fee=24).events())) if mark.measure is Measure.FELL_DUE)
    assert due == DAY + timedelta(days=1)


def test_a_dossier_stopped_while_its_fee_was_awaited_is_not_overdue() -> None:
    assert resolution(dossier(fee=-1, end=24 * 30)) is Measure.EARLY


def test_a_stopped_dossier_is_resolved_when_it_was_stopped() -> None:
    """R-093"""
    history = dossier(stopped=True, end=30)
    assert resolution(history) is Measure.LATE_AFTER
    assert fact_of(history.events()).resolved_at == history.resolved_at


def test_a_result_handed_over_without_word_that_it_exists_counts_as_resolved_then() -> None:
    """R-093"""
    events = [event for event in dossier(end=3, returned=True).events() if type(event).__name__ != "DossierFinished"]
    assert fact_of(events).resolved_at == START + timedelta(hours=4)


def test_a_dossier_finished_before_the_day_it_counts_as_received_is_resolved_on_that_day() -> None:
    history = dossier(submitted_at=at(DAY, 16), end=1)
    assert history.received_on == DAY + timedelta(days=1)
    assert {mark.day for mark in marks(fact_of(history.events()))} == {DAY + timedelta(days=1)}


def test_what_is_heard_before_the_submission_is_counted_when_that_comes() -> None:
    submitted, *others = dossier(end=3).events()
    early = fact_of(others)
    assert marks(early) == ()
    assert set(marks(early.learned(news_of(submitted)))) == set(marks(fact_of([submitted, *others])))


def test_what_is_due_today_is_in_time_until_midnight() -> None:
    counted = Counter(marks(fact_of(dossier().events())))
    on_the_day = report(tally_of(counted, Period(DAY, DAY, DAY)))
    next_day = report(tally_of(counted, Period(DAY, DAY, DAY + timedelta(days=1))))
    assert (on_the_day.in_progress_in_time, on_the_day.in_progress_overdue) == (1, 0)
    assert (next_day.in_progress_in_time, next_day.in_progress_overdue) == (0, 1)


def test_an_overdue_dossier_resolved_today_is_no_longer_in_progress() -> None:
    today = DAY + timedelta(days=2)
    counted = Counter(marks(fact_of(dossier(end=50).events())))
    found = report(tally_of(counted, Period(DAY, today, today)))
    assert (found.resolved_overdue, found.in_progress, found.in_progress_overdue) == (1, 0, 0)
