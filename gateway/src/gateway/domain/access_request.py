"""Yêu cầu kết nối, chia sẻ dữ liệu: what an agency asks for, its life, and by when it must be answered. Pure.

Share by default, refuse in writing: a refusal has its reason and its legal basis, and the clock is there for all to see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.clock import HANOI
from gateway.domain.partners import SubsystemId

_DAY = timedelta(days=1)
_SATURDAY = 5


class Kind(StrEnum):
    """What is asked for."""

    CONNECTION = "connection"  # an account: the member and its subsystem are registered, its key with it
    SERVICE = "service"  # the right to call a service, or some methods and paths of it
    EVENTS = "events"  # the right to be told of events


class RequestState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Answer(StrEnum):
    """What ends a request."""

    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


TRANSITIONS: Mapping[tuple[RequestState, Answer], RequestState] = {
    (RequestState.WAITING, Answer.GRANT): RequestState.GRANTED,
    (RequestState.WAITING, Answer.REFUSE): RequestState.REFUSED,
    (RequestState.WAITING, Answer.WITHDRAW): RequestState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request for access. `wanted` is what its kind asks for, as it was sent; `client_id` the account a connection got.

    `contact` (in `wanted` of a connection) names a person to speak with: shown to operators and to the asker only.
    """

    id: UUID
    kind: Kind
    subsystem: SubsystemId
    wanted: Mapping[str, Any] = field(repr=False)
    purpose: str
    legal_basis: str
    asked_by: str
    asked_at: datetime
    answer_due_at: datetime
    state: RequestState = RequestState.WAITING
    answered_at: datetime | None = None
    answered_by: str | None = None
    reason: str | None = None
    refusal_legal_basis: str | None = None
    client_id: str | None = None
    version: int = 1


@dataclass(frozen=True)
class AnswerTerm:
    """Within how many working days a kind of request is answered, by which law, from when to when (None: without a bound)."""

    kind: Kind
    working_days: int
    valid_from: date | None
    valid_to: date | None
    source: str


@dataclass(frozen=True)
class OfficeCalendar:
    """Which days are worked in Hanoi, and when one ends. Days not in `days` follow the week: Monday to Friday are worked."""

    closes: time
    days: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether that day counts."""
        return self.days.get(day, day.weekday() < _SATURDAY)

    def next_working(self, day: date) -> date:
        """The first day after this one that is worked."""
        day += _DAY
        while not self.is_working(day):
            day += _DAY
        return day


def answer_due(asked_at: datetime, working_days: int, calendar: OfficeCalendar) -> datetime:
    """By when a request is answered: the end of business that many working days after the day it counts for.

    It counts for the day it came, or for the next working one if that day was off or its business over; that day itself
    is not included.
    """
    local = asked_at.astimezone(HANOI)
    day = local.date()
    if not calendar.is_working(day) or local.time() > calendar.closes:
        day = calendar.next_working(day)
    for _ in range(working_days):
        day = calendar.next_working(day)
    return datetime.combine(day, calendar.closes, HANOI).astimezone(UTC)


def term_for(terms: tuple[AnswerTerm, ...], kind: Kind, day: date) -> AnswerTerm:
    """The term in force that day. Raises LookupError where the data names none: then nothing may be promised."""
    for term in terms:
        begun = term.valid_from is None or term.valid_from <= day
        if term.kind is kind and begun and (term.valid_to is None or day <= term.valid_to):
            return term
    raise LookupError(f"no answer term for {kind.value} on {day}")


def hours_left(request: AccessRequest, now: datetime) -> float | None:
    """Hours until the answer is due, below zero once it is overdue; None where it was answered."""
    if request.state is not RequestState.WAITING:
        return None
    return round((request.answer_due_at - now).total_seconds() / 3600, 1)


def is_overdue(request: AccessRequest, now: datetime) -> bool:
    """Whether the answer is late, or came late."""
    if request.state is RequestState.WITHDRAWN:
        return False
    return (request.answered_at or now) > request.answer_due_at
