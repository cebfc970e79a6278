"""Routes that make and show subscriptions, and change their address or secret. They decide nothing."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis import idempotency, problems
from chassis.etags import IfMatch, IfNoneMatch, etag, not_modified
from chassis.idempotency import act_once
from chassis.ids import new_id
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Running, Work
from gateway.api.models.subscriptions import (
    LagView,
    NewUrl,
    SubscriptionRequest,
    SubscriptionView,
    SubscriptionWithSecret,
)
from gateway.api.subscriptions.asking import (
    ACTING,
    CHANGING,
    PREFIX,
    READING,
    Changer,
    Reader,
    Subscriber,
    SubscriptionId,
    caller_of,
    new_secret,
    stored,
    vet,
)
from gateway.domain.subscription import Mode, State
from gateway.handlers import subscriptions as handlers
from gateway.handlers.subscriptions import Change, Subscribe
from gateway.problems.subscriptions import (
    EventTypeUnknown,
    PositionBeyondLedger,
    SubscriberNotRegistered,
    SubscriptionModeConflict,
    SubscriptionNotFound,
    SubscriptionsTooMany,
    WebhookAddressRefused,
)
from gateway.queries import subscriptions as queries
from gateway.queries.subscriptions import Overview, SubscriptionRow
from gateway.registry import newest_registry_of
from gateway.settings import settings_of

router = APIRouter(prefix=PREFIX, tags=["events"])


@router.post(
    "",
    operation_id="create-subscription",
    summary="Ask for events",
    status_code=201,
    response_model=SubscriptionWithSecret,
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        SubscriberNotRegistered,
        SubscriptionsTooMany,
        problems.InvalidPayload,
        EventTypeUnknown,
        WebhookAddressRefused,
        PositionBeyondLedger,
        *idempotency.PROBLEMS,
    ),
)
async def create_subscription(
    body: SubscriptionRequest,
    agency: Subscriber,
    uow: Work,
    runtime: Running,
    request: Request,
    key: idempotency.Key = None,
) -> Response:
    """Active at once where the agency's grants cover every type today; else `requested` until an operator answers.

    The answer to a push subscription holds its secret, which is told here only.
    """
    if body.url is not None:
        await vet(runtime, body.url)
    registry = await newest_registry_of(runtime)
    secret = new_secret() if body.mode is Mode.PUSH else None
    command = Subscribe(
        new_id(),
        agency.subject,
        body.name,
        body.mode,
        body.filter,
        body.url,
        secret,
        body.start.start if body.start else None,
    )
    return await act_once(
        uow,
        request,
        caller=agency.account,
        key=key,
        act=lambda: handlers.subscribe(command, registry, uow, most=settings_of(runtime).subscriptions_per_client),
        render=lambda row: stored(201, _with_secret(row), row),
    )


@router.get(
    "",
    operation_id="list-subscriptions",
    summary="Subscriptions with their lag",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_subscriptions(
    caller: Reader,
    uow: Work,
    state: Annotated[State | None, Query(description="Only those in this state")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SubscriptionView]:
    """The newest first: an agency's own, an operator's all."""
    before = decode_cursor(cursor, 1, (UUID,))
    rows = await queries.subscription_overview(
        uow,
        client_id=caller_of(caller).client_id,
        state=state,
        before=before[0] if before else None,
        limit=limit + 1,
    )
    now = datetime.now(UTC)
    return page_of(
        rows, limit, lambda one: (one.row.id,), lambda one: SubscriptionView.of(one.row, LagView.of(one, now))
    )


@router.get(
    "/{subscription_id}",
    operation_id="get-subscription",
    summary="One subscription",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(*READING),
    },
)
async def get_subscription(
    subscription_id: SubscriptionId,
    caller: Reader,
    uow: Work,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> SubscriptionView | Response:
    """What it asks for and where it stands. The ETag is its version, which deliveries do not change."""
    row = await queries.one(uow, subscription_id)
    if row is None or not caller_of(caller).sees(row):
        raise SubscriptionNotFound
    if not_modified(response, row.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return SubscriptionView.of(row)


@router.get(
    "/{subscription_id}/lag",
    operation_id="get-subscription-lag",
    summary="How far behind a subscription is",
    response_model_exclude_none=True,
    responses=problems.responses(*READING),
)
async def get_subscription_lag(subscription_id: SubscriptionId, caller: Reader, uow: Work) -> LagView:
    """In events and in seconds, with what waits, what failed, and how the last call ended."""
    overview: Overview | None = await queries.overview_of(uow, subscription_id)
    if overview is None or not caller_of(caller).sees(overview.row):
        raise SubscriptionNotFound
    return LagView.of(overview, datetime.now(UTC))


@router.put(
    "/{subscription_id}/url",
    operation_id="change-subscription-url",
    summary="Another address for the webhook",
    response_model_exclude_none=True,
    responses=problems.responses(*CHANGING, SubscriptionModeConflict, WebhookAddressRefused),
)
async def change_subscription_url(
    subscription_id: SubscriptionId,
    body: NewUrl,
    caller: Changer,
    uow: Work,
    runtime: Running,
    response: Response,
    if_match: IfMatch = None,
) -> SubscriptionView:
    """The next attempt of everything that waits goes there."""
    await vet(runtime, body.url)
    row = await handlers.change_url(Change(subscription_id, caller_of(caller), if_match), body.url, uow)
    response.headers["ETag"] = etag(row.version)
    return SubscriptionView.of(row)


@router.post(
    "/{subscription_id}/rotate-secret",
    operation_id="rotate-subscription-secret",
    summary="A new webhook secret",
    response_model=SubscriptionWithSecret,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING, SubscriptionModeConflict),
)
async def rotate_subscription_secret(
    subscription_id: SubscriptionId,
    agency: Subscriber,
    uow: Work,
    runtime: Running,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Told here only. For a while (by default 24 hours) webhooks carry two signatures: by the old one and by the new."""
    change = Change(subscription_id, caller_of(agency), if_match)
    overlap = settings_of(runtime).webhook_secret_overlap_hours
    return await act_once(
        uow,
        request,
        caller=agency.account,
        key=key,
        act=lambda: handlers.rotate_secret(change, new_secret(), uow, overlap_hours=overlap),
        render=lambda row: stored(200, _with_secret(row), row),
    )


def _with_secret(row: SubscriptionRow) -> SubscriptionWithSecret:
    return SubscriptionWithSecret.of(row).model_copy(update={"secret": row.secret})
