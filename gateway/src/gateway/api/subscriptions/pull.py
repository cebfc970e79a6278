"""Routes for agencies that ask for their events: a page, waiting for it if need be, and its acknowledgement. They decide nothing."""

import time
from typing import Annotated

from fastapi import APIRouter, Query

from chassis import problems
from chassis.clock import hanoi_day
from chassis.paging import decode_cursor, encode_cursor
from chassis.service import Running, Runtime, Work
from gateway.api.models.subscriptions import Ack, EventsView, SubscriptionView
from gateway.api.subscriptions.asking import PREFIX, READING, Changer, Puller, SubscriptionId, caller_of
from gateway.delivery.matching import Places
from gateway.delivery.pull import EventPage, Growth, events_from, views_of
from gateway.domain.subscription import DELIVERING, Mode, allowed
from gateway.handlers import subscriptions as handlers
from gateway.handlers.subscriptions import Caller, Change
from gateway.problems.subscriptions import (
    EventsNotGranted,
    PositionBeyondLedger,
    SubscriptionModeConflict,
    SubscriptionNotFound,
    SubscriptionStateConflict,
)
from gateway.queries import subscriptions as queries
from gateway.registry import registry_of
from gateway.settings import settings_of

router = APIRouter(prefix=PREFIX + "/{subscription_id}", tags=["events"])


@router.get(
    "/events",
    operation_id="pull-events",
    summary="The next events of a pull subscription",
    responses=problems.responses(
        problems.BadRequest, *READING, EventsNotGranted, SubscriptionModeConflict, SubscriptionStateConflict
    ),
)
async def pull_events(
    subscription_id: SubscriptionId,
    agency: Puller,
    runtime: Running,
    cursor: Annotated[
        str | None, Query(max_length=100, description="Of the page before; without it: from what is not acknowledged")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Most events to return")] = 100,
    wait: Annotated[
        float, Query(ge=0, le=30, allow_inf_nan=False, description="Seconds to wait where there are none yet")
    ] = 0,
) -> EventsView:
    """The same cursor gives the same events, until they are erased by law. A page may be empty and yet say `more`."""
    start = decode_cursor(cursor, 1, (_position,))
    growth: Growth = runtime.extras.setdefault(
        "ledger_growth", Growth(runtime.database, settings_of(runtime).pull_waiters)
    )
    ends = time.monotonic() + wait
    if wait == 0:
        return _view(await _look(runtime, subscription_id, caller_of(agency), start, limit))
    async with growth.seat() as seated:
        while True:
            ticket = growth.ticket()
            page = await _look(runtime, subscription_id, caller_of(agency), start, limit)
            left = ends - time.monotonic()
            if page.events or left <= 0 or not seated:
                return _view(page)
            start = [page.next]
            if page.next >= page.size:
                await growth.wait(ticket, left)


async def _look(
    runtime: Runtime, subscription_id: SubscriptionId, caller: Caller, start: list[int] | None, limit: int
) -> EventPage:
    registry = await registry_of(runtime)
    places: Places = runtime.extras.setdefault("places_of_dossiers", Places())
    # Not a unit of work of the route: a request that waits must not keep a connection.
    async with runtime.database.begin() as uow:
        row = await queries.one(uow, subscription_id)
        if row is None or not caller.sees(row):
            raise SubscriptionNotFound
        if row.mode is not Mode.PULL:
            raise SubscriptionModeConflict(mode=row.mode.value)
        if row.state not in DELIVERING:
            raise SubscriptionStateConflict(state=row.state.value, allowed=allowed(row.state))
        views = views_of(row.subscription, registry, hanoi_day(uow.now))
        if not views:
            raise EventsNotGranted
        return await events_from(uow, row.subscription, views, start[0] if start else row.position, limit, places)


def _view(page: EventPage) -> EventsView:
    behind = max(page.size - page.next, 0)
    return EventsView(events=list(page.events), cursor=encode_cursor([page.next]), more=behind > 0, lag=behind)


@router.post(
    "/ack",
    operation_id="acknowledge-events",
    summary="Everything up to a cursor has arrived",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, *READING, PositionBeyondLedger, SubscriptionModeConflict, SubscriptionStateConflict
    ),
)
async def acknowledge_events(
    subscription_id: SubscriptionId, body: Ack, caller: Changer, uow: Work
) -> SubscriptionView:
    """From there it goes on without a cursor. Sent again, or late, it changes nothing: it never goes back (replay does)."""
    (position,) = decode_cursor(body.cursor, 1, (_position,)) or [0]
    row = await handlers.acknowledge(Change(subscription_id, caller_of(caller)), position, uow)
    return SubscriptionView.of(row)


def _position(part: object) -> int:
    if not isinstance(part, int) or isinstance(part, bool) or not 0 <= part < 2**62:
        raise ValueError
    return part
