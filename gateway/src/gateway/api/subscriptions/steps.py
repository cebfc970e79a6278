"""Routes of what happens to a subscription: approved, refused, paused, resumed, replayed, suspended, closed. They decide nothing."""

from fastapi import APIRouter, Request, Response

from chassis import idempotency, problems
from chassis.etags import IfMatch
from chassis.service import Work
from gateway.api.models.subscriptions import Approval, Refusal, Replay, SubscriptionView, Suspension
from gateway.api.subscriptions.asking import ACTING, PREFIX, Changer, Operator, SubscriptionId, acted, caller_of
from gateway.handlers import subscriptions as handlers
from gateway.handlers.subscriptions import Change
from gateway.problems.subscriptions import PositionBeyondLedger

router = APIRouter(prefix=PREFIX + "/{subscription_id}", tags=["events"])


@router.post(
    "/approve",
    operation_id="approve-subscription",
    summary="Approve a subscription",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING),
)
async def approve_subscription(
    subscription_id: SubscriptionId,
    body: Approval,
    operator: Operator,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """The right goes with this subscription, for its own types: `fields` of the data, or those that are not personal."""
    change = Change(subscription_id, caller_of(operator), if_match)
    return await acted(
        uow,
        request,
        operator,
        key,
        lambda: handlers.approve(
            change,
            uow,
            legal_basis=body.legal_basis,
            fields=frozenset(body.fields) if body.fields is not None else None,
            until=body.until,
        ),
    )


@router.post(
    "/refuse",
    operation_id="refuse-subscription",
    summary="Refuse a subscription",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING),
)
async def refuse_subscription(
    subscription_id: SubscriptionId,
    body: Refusal,
    operator: Operator,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """A refusal is in writing: its reason and its legal basis stay with the subscription, which is closed."""
    change = Change(subscription_id, caller_of(operator), if_match)
    return await acted(
        uow,
        request,
        operator,
        key,
        lambda: handlers.refuse(change, uow, reason=body.reason, legal_basis=body.legal_basis),
    )


@router.post(
    "/suspend",
    operation_id="suspend-subscription",
    summary="Stop a subscription",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING),
)
async def suspend_subscription(
    subscription_id: SubscriptionId,
    body: Suspension,
    operator: Operator,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Nothing is delivered until an operator reinstates it; nothing is lost meanwhile."""
    change = Change(subscription_id, caller_of(operator), if_match)
    return await acted(uow, request, operator, key, lambda: handlers.suspend(change, uow, reason=body.reason))


@router.post(
    "/reinstate",
    operation_id="reinstate-subscription",
    summary="Let a suspended subscription go on",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING),
)
async def reinstate_subscription(
    subscription_id: SubscriptionId,
    operator: Operator,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """It goes on where it stopped."""
    change = Change(subscription_id, caller_of(operator), if_match)
    return await acted(uow, request, operator, key, lambda: handlers.reinstate(change, uow))


@router.post(
    "/pause",
    operation_id="pause-subscription",
    summary="Pause a subscription",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING),
)
async def pause_subscription(
    subscription_id: SubscriptionId,
    caller: Changer,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Nothing is delivered until it is resumed; nothing is lost meanwhile."""
    change = Change(subscription_id, caller_of(caller), if_match)
    return await acted(uow, request, caller, key, lambda: handlers.pause(change, uow))


@router.post(
    "/resume",
    operation_id="resume-subscription",
    summary="Resume a paused subscription",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING),
)
async def resume_subscription(
    subscription_id: SubscriptionId,
    caller: Changer,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """It goes on where it was paused."""
    change = Change(subscription_id, caller_of(caller), if_match)
    return await acted(uow, request, caller, key, lambda: handlers.resume(change, uow))


@router.post(
    "/replay",
    operation_id="replay-subscription",
    summary="Tell everything again from a position or a date",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING, PositionBeyondLedger),
)
async def replay_subscription(
    subscription_id: SubscriptionId,
    body: Replay,
    caller: Changer,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Events from there on are delivered (push) or given (pull) again, under the same ids."""
    change = Change(subscription_id, caller_of(caller), if_match)
    return await acted(uow, request, caller, key, lambda: handlers.replay(change, body.start.start, uow))


@router.post(
    "/close",
    operation_id="close-subscription",
    summary="End a subscription",
    response_model=SubscriptionView,
    response_model_exclude_none=True,
    responses=problems.responses(*ACTING),
)
async def close_subscription(
    subscription_id: SubscriptionId,
    caller: Changer,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """For good: what waits is not delivered any more."""
    change = Change(subscription_id, caller_of(caller), if_match)
    return await acted(uow, request, caller, key, lambda: handlers.close(change, uow))
