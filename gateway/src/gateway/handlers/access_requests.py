"""Use cases of requests for access: asked, granted, refused, withdrawn. The only place that commits them.

Share by default, refuse in writing. Granting does what was asked for in the same transaction: a connection registers the
member and its subsystem with its key, the others give rights; so an answer and what it says never part.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.etags import check_match
from chassis.ids import new_id
from chassis.problems import FieldError, Text
from gateway.answer_terms import answer_terms, day_ends
from gateway.domain import identifiers
from gateway.domain.access_request import (
    TRANSITIONS,
    AccessRequest,
    Answer,
    Kind,
    OfficeCalendar,
    RequestState,
    answer_due,
    term_for,
)
from gateway.domain.credentials import DeclaredKey
from gateway.domain.credentials import Kind as KeyKind
from gateway.domain.partners import Grant, Member, ServiceId, State, Subsystem, SubsystemId
from gateway.domain.scopes import EXCHANGES_SCOPE, READ_SCOPE, WRITE_SCOPE
from gateway.domain.subscription import EVENTS_SERVICE, HEARING
from gateway.handlers import declarations
from gateway.handlers.credentials import declare_keys
from gateway.problems.access_requests import (
    AccessRequestAnswered,
    AccessRequestNotFound,
    SubsystemKnown,
    TooManyRequests,
)
from gateway.problems.partners import DeclarationRefused, PartnerNotFound, RegistrationStateConflict
from gateway.queries import access_requests as queries
from gateway.queries import calendar, partners
from gateway.queries import partner_changes as changes

FIRST_SCOPES = frozenset({READ_SCOPE, WRITE_SCOPE, EXCHANGES_SCOPE})
"""What a new account's tokens may say unless the answer names others: see its own registration and exchanges, ask for access."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class AskConnection:
    """An agency asks for an account. `wanted`: memberName, subsystemName, contact, publicKey (a JWK, or None)."""

    subsystem: SubsystemId
    wanted: dict[str, Any] = field(repr=False)
    purpose: str
    legal_basis: str
    asked_by: str
    most_per_hour: int


@dataclass(frozen=True)
class AskAccess:
    """An agency's client asks for a service or for events."""

    client: Subsystem
    kind: Kind
    wanted: dict[str, Any]
    purpose: str
    legal_basis: str


@dataclass(frozen=True)
class ConnectionAsked:
    """A request for a connection, and the secret that follows it: shown this once, only its hash is kept."""

    request: AccessRequest
    token: str = field(repr=False)


@dataclass(frozen=True)
class Granting:
    """The operator's answer. None: as it was asked for (`fields`, `valid_to`), from today on, or as usual (the rest)."""

    legal_basis: str
    valid_from: date | None = None
    valid_to: date | None = None
    fields: tuple[str, ...] | None = None
    client_id: str | None = None
    scopes: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()


async def ask_connection(command: AskConnection, uow: UnitOfWork) -> ConnectionAsked:
    """Take a request of one who has no account yet. Raises TooManyRequests, SubsystemKnown."""
    if await queries.asked_lately(uow, command.asked_by, _HOUR) >= command.most_per_hour:
        raise TooManyRequests
    if await partners.subsystem(uow, command.subsystem) is not None:
        raise SubsystemKnown
    request = await _asked(
        uow, Kind.CONNECTION, command.subsystem, command.wanted, command.purpose, command.legal_basis, command.asked_by
    )
    token = secrets.token_urlsafe(32)
    await queries.add(uow, request, _hash(token))
    return await uow.commit(ConnectionAsked(request, token))


async def ask_access(command: AskAccess, uow: UnitOfWork) -> AccessRequest:
    """Take a client's request for a service or for events. Raises PartnerNotFound if the service is not registered."""
    if await partners.service(uow, _service_of(command.kind, command.wanted)) is None:
        raise PartnerNotFound
    asked_by = f"agency:{command.client.client_id}"
    request = await _asked(
        uow, command.kind, command.client.id, command.wanted, command.purpose, command.legal_basis, asked_by
    )
    await queries.add(uow, request, None)
    return await uow.commit(request)


async def answer_granted(
    request_id: UUID, answer: Granting, uow: UnitOfWork, *, by: str, based_on: str | None = None
) -> AccessRequest:
    """Grant what was asked for, within the bounds of the answer. `by` is the operator's account, `based_on` an If-Match."""
    await changes.hold(uow)
    request, state = await _answerable(uow, request_id, Answer.GRANT, based_on)
    client_id = None
    if request.kind is Kind.CONNECTION:
        client_id = await _connect(uow, request, answer, by)
    else:
        for grant in _grants(request, answer, hanoi_day(uow.now)):
            await declarations.give(uow, grant, by, request.id)
    await queries.settle(uow, request_id, state, by, client_id=client_id)
    return await uow.commit(await _found(uow, request_id))


async def answer_refused(
    request_id: UUID, reason: str, legal_basis: str, uow: UnitOfWork, *, by: str, based_on: str | None = None
) -> AccessRequest:
    """Refuse, in writing: with the reason, and the legal basis of refusing."""
    _, state = await _answerable(uow, request_id, Answer.REFUSE, based_on)
    await queries.settle(uow, request_id, state, by, reason=reason, legal_basis=legal_basis)
    return await uow.commit(await _found(uow, request_id))


async def withdraw(
    request_id: UUID,
    uow: UnitOfWork,
    *,
    by: str,
    subsystem: SubsystemId | None = None,
    token: str | None = None,
    based_on: str | None = None,
) -> AccessRequest:
    """The asker wants it no more: its `subsystem`, or who holds the `token` of a request for a connection."""
    if token is not None:
        await followed(uow, request_id, token)
    elif (await _found(uow, request_id)).subsystem != subsystem:
        raise AccessRequestNotFound
    _, state = await _answerable(uow, request_id, Answer.WITHDRAW, based_on)
    await queries.settle(uow, request_id, state, by)
    return await uow.commit(await _found(uow, request_id))


async def followed(uow: UnitOfWork, request_id: UUID, token: str) -> AccessRequest:
    """A request for a connection, for who holds its token; for everybody else there is none."""
    kept = await queries.token_sha256(uow, request_id)
    if not hmac.compare_digest(kept or b"", _hash(token)):
        raise AccessRequestNotFound
    return await _found(uow, request_id)


async def _asked(
    uow: UnitOfWork,
    kind: Kind,
    subsystem: SubsystemId,
    wanted: dict[str, Any],
    purpose: str,
    legal_basis: str,
    asked_by: str,
) -> AccessRequest:
    due = await _due(uow, kind, uow.now)
    return AccessRequest(new_id(), kind, subsystem, wanted, purpose, legal_basis, asked_by, uow.now, due)


async def _due(uow: UnitOfWork, kind: Kind, asked_at: datetime) -> datetime:
    day = hanoi_day(asked_at)
    term = term_for(answer_terms(), kind, day)
    return answer_due(asked_at, term.working_days, OfficeCalendar(day_ends(), await calendar.days_from(uow, day)))


async def _answerable(
    uow: UnitOfWork, request_id: UUID, answer: Answer, based_on: str | None
) -> tuple[AccessRequest, RequestState]:
    request = await queries.one(uow, request_id, hold=True)
    if request is None:
        raise AccessRequestNotFound
    check_match(request.version, based_on)
    state = TRANSITIONS.get((request.state, answer))
    if state is None:
        raise AccessRequestAnswered(state=request.state.value)
    return request, state


async def _found(uow: UnitOfWork, request_id: UUID) -> AccessRequest:
    request = await queries.one(uow, request_id)
    if request is None:
        raise AccessRequestNotFound
    return request


async def _connect(uow: UnitOfWork, request: AccessRequest, answer: Granting, by: str) -> str:
    """Register who asked, and let its key count. An account that is there is never widened by whoever asks in its name."""
    if await partners.subsystem(uow, request.subsystem) is not None:
        raise SubsystemKnown
    wanted, owner = request.wanted, request.subsystem.owner
    held = await partners.member(uow, owner)
    if held is None:
        member = Member(owner.instance, owner.member_class, owner.code, wanted["memberName"], frozenset())
    elif held.item.state in (State.SUSPENDED, State.CLOSED):
        raise RegistrationStateConflict(state=held.item.state.value, allowed=[State.APPROVED.value])
    else:
        member = replace(held.item, state=State.APPROVED)
    await declarations.declare_member(uow, member, by)
    client_id = answer.client_id or f"{owner.code}-{request.subsystem.subsystem}".lower()
    subsystem = Subsystem(
        request.subsystem, wanted["subsystemName"], client_id, answer.scopes or FIRST_SCOPES, answer.groups
    )
    await declarations.declare_subsystem(uow, subsystem, by, wanted["contact"])
    if wanted.get("publicKey") is not None:
        await declare_keys(uow, client_id, [DeclaredKey(KeyKind.JWK, str(request.id), json.dumps(wanted["publicKey"]))])
    return client_id


def _grants(request: AccessRequest, answer: Granting, today: date) -> list[Grant]:
    """The rights that answer a request: one for each method and path, or each event type, that was asked for."""
    wanted = request.wanted
    fields = answer.fields if answer.fields is not None else wanted.get("fields")
    asked_until = wanted.get("validTo")
    valid_to = answer.valid_to or (date.fromisoformat(asked_until) if asked_until else None)
    valid_from = answer.valid_from or today
    if valid_to is not None and valid_to < valid_from:
        message = Text("Ngày cuối trước ngày đầu", "The last day is before the first")
        raise DeclarationRefused(errors=[FieldError("/validTo", "ends-before-it-begins", message)])
    events = request.kind is Kind.EVENTS
    paths = wanted["types"] if events else wanted.get("paths") or [None]
    methods = [HEARING] if events else wanted.get("methods") or [None]
    return [
        Grant(
            new_id(),
            _service_of(request.kind, wanted),
            request.subsystem,
            None,
            valid_from,
            valid_to,
            answer.legal_basis,
            method=method,
            path=path,
            fields=frozenset(fields) if fields is not None else None,
        )
        for method in methods
        for path in paths
    ]


def _service_of(kind: Kind, wanted: Mapping[str, Any]) -> ServiceId:
    return EVENTS_SERVICE if kind is Kind.EVENTS else identifiers.service_id(wanted["service"])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
