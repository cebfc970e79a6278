"""The clock of requests for access, and the life of requests and registrations as their tables say it."""

from datetime import UTC, date, datetime, time

import pytest

from chassis.clock import HANOI
from gateway.answer_terms import answer_terms, day_ends
from gateway.domain import access_request, partners
from gateway.domain.access_request import AnswerTerm, Kind, OfficeCalendar, RequestState, answer_due, term_for
from gateway.domain.partners import State, Step

WEEK = OfficeCalendar(time(17, 0))


def hanoi(day: int, hour: int, minute: int = 0) -> datetime:
    """October 2026; the 12th is a Monday."""
    return datetime(2026, 10, day, hour, minute, tzinfo=HANOI).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (hanoi(12, 8), hanoi(14, 17)),  # Monday → Wednesday
        (hanoi(12, 17), hanoi(14, 17)),  # at the very end of business
        (hanoi(12, 17, 1), hanoi(15, 17)),  # past it: counts for Tuesday
        (hanoi(16, 10), hanoi(20, 17)),  # Friday → Tuesday
        (hanoi(17, 10), hanoi(21, 17)),  # Saturday: counts for Monday
        (hanoi(18, 23), hanoi(21, 17)),
    ],
)
def test_an_answer_is_due_two_working_days_after_the_day_that_counts(asked: datetime, due: datetime) -> None:
    """R-221."""
    assert answer_due(asked, 2, WEEK) == due


def test_holidays_are_not_counted_and_worked_saturdays_are() -> None:
    listed = {date(2026, 10, 13): False, date(2026, 10, 17): True}
    calendar = OfficeCalendar(time(17, 0), listed)
    assert answer_due(hanoi(12, 8), 2, calendar) == hanoi(15, 17)
    assert answer_due(hanoi(16, 8), 2, calendar) == hanoi(19, 17)


def test_every_kind_has_a_term_with_its_legal_source() -> None:
    for kind in Kind:
        term = term_for(answer_terms(), kind, date(2026, 10, 12))
        assert term.working_days == 2
        assert term.source
    assert day_ends() == time(17, 0)


def test_of_terms_the_one_in_force_that_day_counts_and_none_is_invented() -> None:
    old = AnswerTerm(Kind.SERVICE, 5, None, date(2025, 6, 30), "cũ")
    new = AnswerTerm(Kind.SERVICE, 2, date(2025, 7, 1), None, "mới")
    assert term_for((old, new), Kind.SERVICE, date(2025, 6, 30)) is old
    assert term_for((old, new), Kind.SERVICE, date(2025, 7, 1)) is new
    with pytest.raises(LookupError):
        term_for((new,), Kind.SERVICE, date(2016, 8, 1))


def test_every_state_of_a_request_is_reached_and_an_answer_is_final() -> None:
    reached = {RequestState.WAITING, *access_request.TRANSITIONS.values()}
    assert reached == set(RequestState)
    assert {origin for origin, _ in access_request.TRANSITIONS} == {RequestState.WAITING}


def test_every_state_of_a_registration_is_reached_by_every_step() -> None:
    assert {State.REQUESTED, *partners.TRANSITIONS.values()} == set(State)
    assert {step for _, step in partners.TRANSITIONS} == set(Step)
    assert partners.next_states(State.CLOSED) == {State.REQUESTED: Step.REQUEST_ANEW}
