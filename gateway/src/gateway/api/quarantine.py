"""Routes of the quarantine: the events the router refused, for operators. They decide nothing."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Work
from chassis.telemetry.logging import get_logger
from gateway.api.models.ledger import QuarantinedView
from gateway.api.models.shape import encoded
from gateway.domain.scopes import OPERATOR
from gateway.queries import ledger as queries

_log = get_logger("quarantine")

router = APIRouter(prefix="/lgsp/v1/quarantine", tags=["quarantine"])

Operator = Annotated[Principal, Depends(Allow(roles={OPERATOR}))]


@router.get(
    "",
    operation_id="list-quarantine",
    summary="Events that were refused",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_quarantine(
    operator: Operator,
    uow: Work,
    bodies: Annotated[bool, Query(description="Also what was sent; it may hold personal data")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[QuarantinedView]:
    """The latest first: who sent it, why it was refused, and where in the event the fault is."""
    key = decode_cursor(cursor, 1, (int,))
    if bodies:
        _log.info("quarantined bodies read", client=operator.subject, caller_kind=operator.kind.value)
    rows = await queries.quarantined(uow, key[0] if key else None, limit + 1, bodies=bodies)
    return page_of(rows, limit, lambda row: (row.id,), _view)


def _view(row: queries.Quarantined) -> QuarantinedView:
    return QuarantinedView(
        id=row.id,
        sender=row.sender,
        reason=row.reason,
        detail=row.detail,
        arrived_at=row.arrived_at,
        body_hash=encoded(row.body_hash),
        body=encoded(row.body) if row.body is not None else None,
    )
