"""Routes of requests for access: an agency asks, operators answer, everybody sees the clock. They decide nothing."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Kind, Principal, Public
from chassis.etags import IfMatch, IfNoneMatch, etag, not_modified
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Running, Work
from gateway.api.cursors import instant
from gateway.api.models.access_requests import (
    AccessRequestView,
    ConnectionAskedView,
    GrantedAnswer,
    NewAccess,
    NewConnection,
    RefusedAnswer,
    TermView,
)
from gateway.api.partners.who import LISTED, Operator, Reader, own_subsystem
from gateway.domain import identifiers
from gateway.domain.access_request import AccessRequest
from gateway.domain.access_request import Kind as Wanted
from gateway.domain.scopes import WRITE_SCOPE
from gateway.handlers import access_requests as handlers
from gateway.handlers.access_requests import AskAccess, AskConnection, ConnectionAsked, Granting
from gateway.problems.access_requests import (
    AccessRequestAnswered,
    AccessRequestNotFound,
    SubsystemKnown,
    TooManyRequests,
)
from gateway.problems.partners import (
    ClientIdTaken,
    DeclarationRefused,
    PartnerNotFound,
    RegistrationStateConflict,
)
from gateway.queries import access_requests as queries
from gateway.settings import settings_of

router = APIRouter(prefix="/lgsp/v1/access-requests", tags=["partners"])

Anyone = Annotated[None, Depends(Public())]
Asker = Annotated[Principal, Depends(Allow(scope=WRITE_SCOPE))]
TrackingToken = Annotated[
    str, Header(alias="Tracking-Token", max_length=200, description="The token that the request was answered with")
]

_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Unchanged since the version named by If-None-Match"}
}
_ANSWERING = problems.responses(
    problems.Unauthorized,
    problems.Forbidden,
    AccessRequestNotFound,
    AccessRequestAnswered,
    problems.PreconditionFailed,
    *idempotency.PROBLEMS,
)


@router.post(
    "/connections",
    operation_id="ask-for-connection",
    summary="Ask to be connected, before there is any account",
    status_code=201,
    response_model=ConnectionAskedView,
    responses=problems.responses(SubsystemKnown, TooManyRequests, problems.InvalidPayload, *idempotency.PROBLEMS),
)
async def ask_for_connection(
    wanted: NewConnection, _: Anyone, uow: Work, runtime: Running, request: Request, key: idempotency.Key = None
) -> Response:
    """Answered within two working days. Keep the tracking token: it shows the answer, and nobody else can see it."""
    asked_by = f"address:{request.client.host if request.client else 'unknown'}"
    command = AskConnection(
        identifiers.subsystem_id(wanted.subsystem),
        wanted.model_dump(
            mode="json", by_alias=True, include={"member_name", "subsystem_name", "contact", "public_key"}
        ),
        wanted.purpose,
        wanted.legal_basis,
        asked_by,
        settings_of(runtime).connection_requests_per_hour,
    )

    def render(asked: ConnectionAsked) -> Stored:
        view = AccessRequestView.of(asked.request, asked.request.asked_at)
        body = ConnectionAskedView(
            id=view.id,
            tracking_token=asked.token,
            answer_due_at=view.answer_due_at,
            term=TermView.model_validate(view.term),
        )
        location = (("Location", f"{router.prefix}/connections/{view.id}"),)
        return Stored(201, location, body.model_dump_json(by_alias=True))

    return await act_once(
        uow, request, caller=asked_by, key=key, act=lambda: handlers.ask_connection(command, uow), render=render
    )


@router.get(
    "/connections/{request_id}",
    operation_id="follow-connection-request",
    summary="How a request for a connection stands",
    response_model=AccessRequestView,
    response_model_exclude_none=True,
    responses={**_NOT_MODIFIED, **problems.responses(AccessRequestNotFound, problems.InvalidPayload)},
)
async def follow_connection_request(
    request_id: UUID,
    tracking_token: TrackingToken,
    _: Anyone,
    uow: Work,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> AccessRequestView | Response:
    """For who holds its token. Once granted it names the client id to ask tokens with. The clock is not in the ETag."""
    found = await handlers.followed(uow, request_id, tracking_token)
    return _shown(found, uow.now, response, if_none_match, whole=False)


@router.post(
    "/connections/{request_id}/withdrawal",
    operation_id="withdraw-connection-request",
    summary="Withdraw a request for a connection",
    response_model=AccessRequestView,
    response_model_exclude_none=True,
    responses=problems.responses(AccessRequestNotFound, AccessRequestAnswered, *idempotency.PROBLEMS),
)
async def withdraw_connection_request(
    request_id: UUID, tracking_token: TrackingToken, _: Anyone, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """For who holds its token, while it waits."""
    by = f"connection:{request_id}"
    return await act_once(
        uow,
        request,
        caller=by,
        key=key,
        act=lambda: handlers.withdraw(request_id, uow, by=by, token=tracking_token),
        render=lambda settled: _stored(settled, uow.now, 200, whole=False),
    )


@router.post(
    "",
    operation_id="ask-for-access",
    summary="Ask for a service, or for events",
    status_code=201,
    response_model=AccessRequestView,
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized, problems.Forbidden, PartnerNotFound, problems.InvalidPayload, *idempotency.PROBLEMS
    ),
)
async def ask_for_access(
    wanted: NewAccess, asker: Asker, uow: Work, runtime: Running, request: Request, key: idempotency.Key = None
) -> Response:
    """Answered within two working days; granted, the calls pass a second later."""
    own = await own_subsystem(asker, runtime)
    if own is None:
        raise PartnerNotFound
    asked = wanted.model_dump(mode="json", by_alias=True, exclude={"kind", "purpose", "legal_basis"})
    command = AskAccess(own, Wanted(wanted.kind), asked, wanted.purpose, wanted.legal_basis)
    return await act_once(
        uow,
        request,
        caller=asker.account,
        key=key,
        act=lambda: handlers.ask_access(command, uow),
        render=lambda taken: _stored(taken, uow.now, 201, whole=False),
    )


@router.get(
    "",
    operation_id="list-access-requests",
    summary="Requests, those that wait first, by when they are due",
    response_model_exclude_none=True,
    responses=LISTED,
)
async def list_access_requests(
    reader: Reader, uow: Work, runtime: Running, cursor: Cursor = None, limit: Limit = 50
) -> Page[AccessRequestView]:
    """All for an operator; what it asked for itself for an agency's client."""
    key = decode_cursor(cursor, 3, (bool, instant, UUID))
    own = await own_subsystem(reader, runtime)
    if own is None:
        rows = await queries.every(uow, key, limit + 1)
    else:
        rows = await queries.of_subsystem(uow, own.id, key, limit + 1)
    return page_of(
        rows, limit, queries.key_of, lambda row: AccessRequestView.of(row, uow.now, whole=reader.kind is Kind.OFFICER)
    )


@router.get(
    "/{request_id}",
    operation_id="get-access-request",
    summary="One request",
    response_model=AccessRequestView,
    response_model_exclude_none=True,
    responses={
        **_NOT_MODIFIED,
        **problems.responses(problems.Unauthorized, problems.Forbidden, AccessRequestNotFound, problems.InvalidPayload),
    },
)
async def get_access_request(
    request_id: UUID,
    reader: Reader,
    uow: Work,
    runtime: Running,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> AccessRequestView | Response:
    """With its clock, which is not in the ETag. An agency's client sees what it asked for itself."""
    own = await own_subsystem(reader, runtime)
    found = await queries.one(uow, request_id)
    if found is None or (own is not None and (found.subsystem != own.id or found.kind is Wanted.CONNECTION)):
        raise AccessRequestNotFound
    return _shown(found, uow.now, response, if_none_match, whole=own is None)


@router.post(
    "/{request_id}/withdrawal",
    operation_id="withdraw-access-request",
    summary="Withdraw a request",
    response_model=AccessRequestView,
    response_model_exclude_none=True,
    responses=_ANSWERING,
)
async def withdraw_access_request(
    request_id: UUID,
    asker: Asker,
    uow: Work,
    runtime: Running,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """By the client that made it, while it waits."""
    own = await own_subsystem(asker, runtime)
    subsystem = own.id if own is not None else None
    return await act_once(
        uow,
        request,
        caller=asker.account,
        key=key,
        act=lambda: handlers.withdraw(request_id, uow, by=asker.account, subsystem=subsystem, based_on=if_match),
        render=lambda settled: _stored(settled, uow.now, 200, whole=False),
    )


@router.post(
    "/{request_id}/grant",
    operation_id="grant-access-request",
    summary="Grant a request",
    response_model=AccessRequestView,
    response_model_exclude_none=True,
    responses=_ANSWERING
    | problems.responses(
        AccessRequestAnswered,
        SubsystemKnown,
        RegistrationStateConflict,
        ClientIdTaken,
        idempotency.IdempotencyKeyInFlight,
    )
    | problems.responses(DeclarationRefused, problems.InvalidPayload, idempotency.IdempotencyKeyReused),
)
async def grant_access_request(
    request_id: UUID,
    answer: GrantedAnswer,
    operator: Operator,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Registers the member and its subsystem with its key, or gives the rights asked for, in the same moment."""
    granting = Granting(
        answer.legal_basis,
        answer.valid_from,
        answer.valid_to,
        tuple(answer.fields) if answer.fields is not None else None,
        answer.client_id,
        frozenset(answer.scopes) if answer.scopes is not None else None,
        frozenset(answer.groups),
    )
    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: handlers.answer_granted(request_id, granting, uow, by=operator.account, based_on=if_match),
        render=lambda settled: _stored(settled, uow.now, 200, whole=True),
    )


@router.post(
    "/{request_id}/refusal",
    operation_id="refuse-access-request",
    summary="Refuse a request, in writing",
    response_model=AccessRequestView,
    response_model_exclude_none=True,
    responses=_ANSWERING,
)
async def refuse_access_request(
    request_id: UUID,
    answer: RefusedAnswer,
    operator: Operator,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """With the reason and the legal basis, which the asker reads word for word."""
    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: handlers.answer_refused(
            request_id, answer.reason, answer.legal_basis, uow, by=operator.account, based_on=if_match
        ),
        render=lambda settled: _stored(settled, uow.now, 200, whole=True),
    )


def _stored(request: AccessRequest, now: datetime, status: int, *, whole: bool) -> Stored:
    view = AccessRequestView.of(request, now, whole=whole)
    headers = (("Location", f"{router.prefix}/{request.id}"), ("ETag", etag(request.version)))
    return Stored(status, headers, view.model_dump_json(by_alias=True, exclude_none=True))


def _shown(
    request: AccessRequest, now: datetime, response: Response, if_none_match: str | None, *, whole: bool
) -> AccessRequestView | Response:
    if not_modified(response, request.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return AccessRequestView.of(request, now, whole=whole)
