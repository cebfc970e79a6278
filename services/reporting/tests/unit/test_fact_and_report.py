from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import hanoi_day
from contracts.codes import Channel, DossierStatus
from contracts.submission import ComponentCounts, DossierEvent
from reporting.domain.counting import Mark, Measure, changes, marks
from reporting.domain.fact import Fact, News, news_of
from reporting.domain.indicators import RepeatTally, progress
from reporting.domain.report import Period, Tally, report
from services.reporting.tests.histories import START, Ending, History, Told, at, histories, recount, recount_on_time

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


def heard(told: DossierEvent | Told) -> News:
    return news_of(told.event, told.at) if isinstance(told, Told) else news_of(told, START)


def fact_of(events: Iterable[DossierEvent | Told], code: str = "H26-1") -> Fact:
    return reduce(lambda fact, event: fact.learned(heard(event)), events, Fact(code))


RESOLUTIONS = {Measure.EARLY, Measure.ON_TIME, Measure.LATE_SAME_DAY, Measure.LATE_AFTER}


def resolution(history: History) -> Measure:
    (found,) = {mark.measure for mark in marks(fact_of(history.events()))} & RESOLUTIONS
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
    known = [history.as_of(now) for history in told_histories if history.submitted_at <= now]
    counted = counted_of(known)
    found = report(tally_of(counted, period))
    assert found == recount(known, period)
    assert found.received == found.resolved + found.in_progress
    assert found.received == found.received_online + found.received_direct + found.carried_over
    assert found.resolved == found.resolved_early + found.resolved_on_time + found.resolved_overdue
    assert found.in_progress == found.in_progress_in_time + found.in_progress_overdue
    assert min(found.in_progress_in_time, found.in_progress_overdue, found.carried_over) >= 0


def counted_of(dossiers: Iterable[History]) -> Counter[Mark]:
    return sum((marks(fact_of(history.told(), history.code)) for history in dossiers), Counter())


@given(told())
def test_on_time_is_what_a_slow_recount_finds(drawn: tuple[list[History], Period, datetime]) -> None:
    told_histories, period, now = drawn
    known = [history.as_of(now) for history in told_histories if history.submitted_at <= now]
    counted = counted_of(known)
    found = progress(tally_of(counted, period), repeats_of(counted, period))
    assert (found.share.numerator, found.share.denominator) == recount_on_time(known, period)
    assert 0 <= found.share.numerator <= found.share.denominator


def repeats_of(counted: Counter[Mark], period: Period) -> RepeatTally:
    """The sums that statistics.repeat_tally asks the database for."""

    def total(measure: Measure, *, since: date = date.min, until: date = period.last) -> int:
        return sum(amount for mark, amount in counted.items() if mark.measure is measure and since <= mark.day <= until)

    begun = total(Measure.REPEATED) - total(Measure.REPEATED_RESOLVED) - total(Measure.REPEATED_LATE)
    return RepeatTally(
        resolved=total(Measure.REPEATED_RESOLVED, since=period.first),
        in_progress=begun - total(Measure.REPEATED_OVERDUE, until=period.due_until),
        requests=total(Measure.SUPPLEMENT_REQUESTS, since=period.first),
        seconds=total(Measure.SUPPLEMENT_SECONDS, since=period.first),
    )


@given(histories(most=1).filter(bool), st.data())
def test_events_in_any_order_and_repeated_leave_the_same_fact_and_the_same_counts(
    given_histories: Sequence[History], data: st.DataObject
) -> None:
    events = given_histories[0].told()
    once = fact_of(events)
    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=5))))
    fact, counts = Fact("H26-1"), Counter[tuple[object, ...]]()
    for event in shuffled:
        after = fact.learned(heard(event))
        for change in changes(fact, after):
            for measure, amount in change.amounts.items():
                counts[change.day, change.series, measure] += amount
        fact = after
    assert fact == once
    assert {key: amount for key, amount in counts.items() if amount} == dict(marks(once))


@given(histories(most=1).filter(bool))
def test_an_event_heard_again_changes_nothing(given_histories: Sequence[History]) -> None:
    events = given_histories[0].told()
    fact = fact_of(events)
    for event in events:
        assert fact.learned(heard(event)) == fact


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
    (found,) = {mark.measure for mark in marks(fact_of([*story[:-1], last]))} & RESOLUTIONS
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
    history = dossier(ending=Ending.STOPPED, end=30)
    assert resolution(history) is Measure.LATE_AFTER
    assert fact_of(history.events()).resolved_at == history.resolved_at


@pytest.mark.parametrize("ending", [Ending.STOPPED, Ending.REFUSED, Ending.WITHDRAWN])
def test_a_dossier_that_ends_without_a_result_is_resolved_then_and_needs_no_result(ending: Ending) -> None:
    history = dossier(ending=ending, end=3, electronic=True)
    fact = fact_of(history.events())
    assert fact.resolved_at == history.resolved_at
    assert not fact.has_result
    counted = {mark.measure: amount for mark, amount in marks(fact).items()}
    assert (counted[Measure.ON_TIME], counted[Measure.WITHOUT_RESULT]) == (1, 1)
    assert Measure.ELECTRONIC_RESULT not in counted
    found = report(tally_of(marks(fact), Period(DAY, DAY, DAY)))
    assert (found.received, found.resolved, found.in_progress) == (1, 1, 0)


def test_a_dossier_that_waits_for_a_supplement_does_not_fall_due_and_one_that_lapses_is_not_overdue() -> None:
    """R-201."""
    waiting = fact_of(dossier(asks=((1, -1),)).told())
    assert waiting.status is DossierStatus.SUPPLEMENT_AWAITED
    assert Measure.FELL_DUE not in {mark.measure for mark in marks(waiting)}
    assert resolution(dossier(asks=((1, -1),), ending=Ending.REFUSED, end=24 * 30)) is Measure.EARLY


def test_a_supplement_moves_the_due_day_by_the_wait_and_an_extension_moves_it_further() -> None:
    def due_on(history: History) -> date:
        (day,) = (mark.day for mark in marks(fact_of(history.told())) if mark.measure is Measure.FELL_DUE)
        return day

    assert due_on(dossier(asks=((1, 24),))) == DAY + timedelta(days=1)
    assert due_on(dossier(asks=((1, 24),), extended_by=48)) == DAY + timedelta(days=3)


def test_an_extension_heard_first_and_alone_counts_nothing_and_is_kept() -> None:
    *others, extension = dossier(extended_by=24).told()
    alone = fact_of([extension])
    assert (alone.version, alone.status, marks(alone)) == (0, None, Counter())
    assert fact_of([extension, *others]) == fact_of([*others, extension])
    assert fact_of([extension, *others]).due_at == at(DAY + timedelta(days=1), 17)


def test_the_waits_for_supplements_are_summed_and_the_last_may_end_with_the_dossier() -> None:
    history = dossier(asks=((1, 5), (10, -1)), ending=Ending.WITHDRAWN, end=13)
    waits = [wait for _, wait in fact_of(history.told()).supplement_waits]
    assert waits == [timedelta(hours=5), timedelta(hours=3)]
    assert [wait for _, wait in fact_of(dossier(asks=((1, -1),)).told()).supplement_waits] == []


@pytest.mark.parametrize(("asks", "on_time"), [((), 1), (((1, 2),), 1), (((1, 2), (4, 1)), 0)])
@pytest.mark.parametrize("end", [None, 8])
def test_more_than_one_supplement_request_is_overdue_in_the_indicator_and_not_in_the_report(
    asks: tuple[tuple[int, int], ...], on_time: int, end: int | None
) -> None:
    """R-200."""
    counted = marks(fact_of(dossier(asks=asks, due_in=48, end=end).told()))
    period = Period(DAY, DAY, DAY)
    found = progress(tally_of(counted, period), repeats_of(counted, period))
    assert (found.share.numerator, found.share.denominator) == (on_time, 1)
    written = report(tally_of(counted, period))
    assert written.resolved_overdue + written.in_progress_overdue == 0


def test_papers_are_counted_as_the_newest_event_counts_them() -> None:
    few, more = ComponentCounts(total=1), ComponentCounts(total=2, digitised=2, reused=1, from_national_store=1)
    told_ = dossier(asks=((1, 2),), components=few).told()
    told_[-1] = told_[-1]._replace(event=told_[-1].event.model_copy(update={"components": more}))
    for order in (told_, list(reversed(told_))):
        counted = {mark.measure: amount for mark, amount in marks(fact_of(order)).items()}
        assert (counted[Measure.COMPONENTS], counted[Measure.COMPONENTS_REUSED]) == (2, 1)
        assert counted[Measure.COMPONENTS_FROM_STORE] == 1


@pytest.mark.parametrize(
    ("components", "electronic", "digitised"),
    [
        (ComponentCounts(total=2, digitised=2), True, True),
        (ComponentCounts(total=2, digitised=1), True, False),
        (ComponentCounts(total=2, digitised=2), False, False),
        (ComponentCounts(total=0), True, True),
        (None, True, False),
    ],
)
def test_a_dossier_is_digitised_if_its_result_and_each_of_its_papers_are(
    components: ComponentCounts | None, *, electronic: bool, digitised: bool
) -> None:
    counted = marks(fact_of(dossier(end=3, components=components, electronic=electronic).events()))
    assert (Measure.DIGITISED in {mark.measure for mark in counted}) is digitised


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
    assert marks(early) == Counter()
    assert set(marks(early.learned(heard(submitted)))) == set(marks(fact_of([submitted, *others])))


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
