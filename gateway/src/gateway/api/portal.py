"""Routes of the synchronisation with the national portal and EMC, for operators. They decide nothing."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Row

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.clock import hanoi_day
from chassis.etags import IfNoneMatch, not_modified
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Running, Work
from gateway.api.cursors import instant
from gateway.api.models.portal import (
    FeedView,
    PortalDossierView,
    PortalSummary,
    ReconciliationView,
    ReconciliationWanted,
)
from gateway.domain.feed import Kind
from gateway.domain.portal import State
from gateway.domain.scopes import OPERATOR
from gateway.handlers.portal import begin_reconciliation
from gateway.problems.portal import ReconciliationNotFound, SinceInFuture
from gateway.queries import emc as emc_queries
from gateway.queries import portal as queries
from gateway.queries import portal_runs as runs
from gateway.settings import settings_of

router = APIRouter(prefix="/lgsp/v1/portal", tags=["ministries"])

Operator = Annotated[Principal, Depends(Allow(roles={OPERATOR}))]
_REFUSALS = (problems.Unauthorized, problems.Forbidden, problems.InvalidPayload)
_PATH = "/lgsp/v1/portal/reconciliations"


@router.get(
    "",
    operation_id="get-portal-sync",
    summary="How far the national portal is behind",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden),
)
async def get_portal_sync(_: Operator, uow: Work) -> PortalSummary:
    """Dossiers that are yet to be told or were refused, and how long the oldest has waited."""
    row = await queries.summary(uow)
    lag = None if row.lag is None else int(row.lag)
    return PortalSummary(changed=row.changed, refused=row.refused, partial=row.partial, lag_seconds=lag)


@router.get(
    "/dossiers",
    operation_id="list-portal-dossiers",
    summary="How dossiers stand with the national portal",
    response_model_exclude_none=True,
    responses=problems.responses(problems.BadRequest, *_REFUSALS),
)
async def list_portal_dossiers(
    _: Operator,
    uow: Work,
    state: Annotated[State | None, Query(description="Only these; CHANGED are yet to be told")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PortalDossierView]:
    """By dossier code: what is told, what waits since when, what the portal refuses and why."""
    key = decode_cursor(cursor, 1, (str,))
    rows = await queries.list_dossiers(uow, key[0] if key else "", limit + 1, state.value if state else None)
    return page_of(rows, limit, lambda row: (row.dossier_code,), PortalDossierView.of)


@router.get(
    "/reconciliations",
    operation_id="list-portal-reconciliations",
    summary="Reconciliations with the national portal",
    response_model_exclude_none=True,
    responses=problems.responses(problems.BadRequest, *_REFUSALS),
)
async def list_portal_reconciliations(
    _: Operator, uow: Work, cursor: Cursor = None, limit: Limit = 50
) -> Page[ReconciliationView]:
    """The latest first: what each asked after, what it found missing or stale, and what it mended."""
    key = decode_cursor(cursor, 2, (instant, UUID))
    rows = await runs.list_runs(uow, (key[0], key[1]) if key else None, limit + 1)
    return page_of(rows, limit, lambda row: (row.started_at.isoformat(), str(row.id)), ReconciliationView.of)


@router.post(
    "/reconciliations",
    operation_id="begin-portal-reconciliation",
    summary="Reconcile with the national portal now",
    status_code=202,
    response_model=ReconciliationView,
    responses=problems.responses(problems.BadRequest, *idempotency.PROBLEMS, *_REFUSALS, SinceInFuture),
)
async def begin_portal_reconciliation(
    wanted: ReconciliationWanted,
    operator: Operator,
    uow: Work,
    running: Running,
    request: Request,
    key: idempotency.Key = None,
) -> Response:
    """The worker goes through the dossiers that moved since that day, and tells the portal again what it lacks."""
    today = hanoi_day(uow.now)
    since = wanted.since or today - timedelta(days=settings_of(running).portal_reconcile_days)
    if since > today:
        raise SinceInFuture(since=since, today=today)

    def render(row: Row[Any]) -> Stored:
        body = ReconciliationView.of(row).model_dump_json(by_alias=True, exclude_none=True)
        return Stored(202, (("Location", f"{_PATH}/{row.id}"),), body)

    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: begin_reconciliation(operator.account, since, uow),
        render=render,
    )


@router.get(
    "/reconciliations/{run_id}",
    operation_id="get-portal-reconciliation",
    summary="One reconciliation with the national portal",
    response_model=ReconciliationView,
    response_model_exclude_none=True,
    responses=problems.responses(*_REFUSALS, ReconciliationNotFound)
    | {304: {"description": "Unchanged since the version named by If-None-Match"}},
)
async def get_portal_reconciliation(
    run_id: UUID, _: Operator, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> ReconciliationView | Response:
    """How far it is."""
    row = await runs.one_run(uow, run_id)
    if row is None:
        raise ReconciliationNotFound
    if not_modified(response, f"{row.claims}-{row.state}-{row.asked}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return ReconciliationView.of(row)


@router.get(
    "/emc",
    operation_id="list-emc-feeds",
    summary="What the evaluation system (EMC) was told",
    response_model_exclude_none=True,
    responses=problems.responses(problems.BadRequest, *_REFUSALS),
)
async def list_emc_feeds(_: Operator, uow: Work, cursor: Cursor = None, limit: Limit = 50) -> Page[FeedView]:
    """Days and quarters, the latest first: when each was sent, and how often it was corrected."""
    key = decode_cursor(cursor, 2, (date.fromisoformat, Kind))
    rows = await emc_queries.list_feeds(uow, (key[0], key[1].value) if key else None, limit + 1)
    return page_of(rows, limit, lambda row: (row.last_day.isoformat(), row.kind), FeedView.of)
