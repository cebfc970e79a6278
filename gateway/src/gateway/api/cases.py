"""Routes of the cases at ministries and of the ways there, for operators. They decide nothing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.etags import IfNoneMatch, etag, not_modified
from chassis.idempotency import PROBLEMS, Key, Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Work
from contracts.gateway import MinistryCaseKind
from gateway.api.cursors import instant
from gateway.api.models.cases import AdapterView, CaseView
from gateway.domain.ministry_case import State
from gateway.domain.scopes import OPERATOR
from gateway.handlers import case_requests as handlers
from gateway.problems.cases import CaseNotFound, CaseStepNotAllowed
from gateway.queries import adapters
from gateway.queries import ministry_cases as queries
from gateway.queries.ministry_cases import SeenCase

router = APIRouter(prefix="/lgsp/v1", tags=["ministries"])

Operator = Annotated[Principal, Depends(Allow(roles={OPERATOR}))]
_GUARD = (problems.Unauthorized, problems.Forbidden)


@router.get(
    "/cases",
    operation_id="list-ministry-cases",
    summary="Cases at ministries",
    response_model_exclude_none=True,
    responses=problems.responses(problems.BadRequest, problems.InvalidPayload, *_GUARD),
)
async def list_cases(
    _: Operator,
    uow: Work,
    kind: Annotated[MinistryCaseKind | None, Query(description="Only of this kind")] = None,
    state: Annotated[State | None, Query(description="Only in this state")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CaseView]:
    """The latest first: where each stands, what keeps it, when it is tried again. No personal data."""
    key = decode_cursor(cursor, 2, (instant, UUID))
    rows = await queries.list_cases(uow, kind, state, (key[0], key[1]) if key else None, limit + 1)
    return page_of(rows, limit, lambda row: (row.taken_at.isoformat(), row.case_id), CaseView.of)


@router.get(
    "/cases/{case_id}",
    operation_id="read-ministry-case",
    summary="One case at a ministry",
    response_model=CaseView,
    response_model_exclude_none=True,
    responses=problems.responses(CaseNotFound, problems.InvalidPayload, *_GUARD),
)
async def read_case(
    case_id: UUID, _: Operator, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> CaseView | Response:
    """Where it stands. No personal data."""
    case = await queries.case_by_id(uow, case_id)
    if case is None:
        raise CaseNotFound
    # Attempts change a case without a step of it.
    if not_modified(response, f"{case.version}.{case.attempts}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return CaseView.of(case)


@router.post(
    "/cases/{case_id}/retry-now",
    operation_id="retry-ministry-case",
    summary="Try a case now",
    status_code=202,
    response_model=CaseView,
    responses=problems.responses(CaseNotFound, CaseStepNotAllowed, problems.InvalidPayload, *PROBLEMS, *_GUARD),
)
async def retry_now(request: Request, case_id: UUID, operator: Operator, uow: Work, key: Key = None) -> Response:
    """Sent or asked after at the next turn, within a second or two, whatever pause it is in."""
    return await act_once(
        uow, request, caller=operator.account, key=key, act=lambda: handlers.retry_now(case_id, uow), render=_accepted
    )


@router.get(
    "/adapters",
    operation_id="list-adapters",
    summary="How the ways to other sides stand",
    response_model_exclude_none=True,
    responses=problems.responses(*_GUARD),
)
async def list_adapters(_: Operator, uow: Work) -> list[AdapterView]:
    """Each way of each ministry and national platform: its mode, whether its breaker is open, calls, errors, latency."""
    return [AdapterView.of(way) for way in await adapters.health(uow)]


def _accepted(case: SeenCase) -> Stored:
    body = CaseView.of(case).model_dump_json(by_alias=True, exclude_none=True)
    return Stored(202, (("ETag", etag(f"{case.version}.{case.attempts}")),), body)
