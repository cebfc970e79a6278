"""Routes of deliveries: each event on its way to one subscriber, retried or skipped on request. They decide nothing."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from chassis import idempotency, problems
from chassis.etags import IfMatch
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Work
from chassis.text import CleanText
from gateway.api.models.subscriptions import DeliveryView
from gateway.api.subscriptions.asking import ACTING, PREFIX, READING, Changer, Reader, SubscriptionId, caller_of
from gateway.delivery import store
from gateway.delivery.store import DeliveryRow
from gateway.handlers import subscriptions as handlers
from gateway.handlers.subscriptions import Change
from gateway.problems.subscriptions import DeliveryNotFound, DeliveryStateConflict, SubscriptionNotFound
from gateway.queries import subscriptions as queries

router = APIRouter(prefix=PREFIX + "/{subscription_id}/deliveries", tags=["events"])

Position = Annotated[int, Path(ge=0, le=2**63 - 1, description="Of the event in the ledger")]


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


@router.get(
    "",
    operation_id="list-deliveries",
    summary="What became of each event",
    response_model_exclude_none=True,
    responses=problems.responses(problems.BadRequest, *READING),
)
async def list_deliveries(
    subscription_id: SubscriptionId,
    caller: Reader,
    uow: Work,
    state: Annotated[DeliveryState | None, Query(description="Only deliveries in this state")] = None,
    subject: Annotated[CleanText | None, Query(max_length=200, description="Only of this subject (dossier)")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeliveryView]:
    """The latest event first: attempts, the status and a short reason of the last one, when the next one is."""
    before = decode_cursor(cursor, 1, (int,))
    row = await queries.one(uow, subscription_id)
    if row is None or not caller_of(caller).sees(row):
        raise SubscriptionNotFound
    rows = await store.deliveries(uow, row.id, state, subject, before[0] if before else None, limit + 1)
    return page_of(rows, limit, lambda one: (one.position,), DeliveryView.of)


@router.post(
    "/{position}/retry",
    operation_id="retry-delivery",
    summary="Try a delivery again now",
    response_model=DeliveryView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING, DeliveryNotFound, DeliveryStateConflict),
)
async def retry_delivery(
    subscription_id: SubscriptionId,
    position: Position,
    caller: Changer,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """From the beginning of the schedule; one that failed can be delivered after all, and its subject goes on."""
    change = Change(subscription_id, caller_of(caller), if_match)
    return await act_once(
        uow,
        request,
        caller=caller.account,
        key=key,
        act=lambda: handlers.retry_delivery(change, position, uow),
        render=_stored,
    )


@router.post(
    "/{position}/skip",
    operation_id="skip-delivery",
    summary="Give a delivery up",
    response_model=DeliveryView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING, DeliveryNotFound, DeliveryStateConflict),
)
async def skip_delivery(
    subscription_id: SubscriptionId,
    position: Position,
    caller: Changer,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """The event is not delivered, and what waits behind it goes on. A replay would deliver it after all."""
    change = Change(subscription_id, caller_of(caller), if_match)
    return await act_once(
        uow,
        request,
        caller=caller.account,
        key=key,
        act=lambda: handlers.skip_delivery(change, position, uow),
        render=_stored,
    )


def _stored(row: DeliveryRow) -> Stored:
    return Stored(200, (), DeliveryView.of(row).model_dump_json(by_alias=True, exclude_none=True))
