"""What the routes of subscriptions have in common: who asks, a vetted address, answers under an Idempotency-Key. Decides nothing."""

import base64
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Kind, Principal
from chassis.database import UnitOfWork
from chassis.etags import etag
from chassis.idempotency import Stored, act_once
from chassis.problems import FieldError
from chassis.service import Runtime
from gateway.api.models.subscriptions import SubscriptionView, SubscriptionWithSecret
from gateway.domain.scopes import OPERATOR, READ_SCOPE, WRITE_SCOPE
from gateway.egress import EgressRefused, egress_of
from gateway.handlers.subscriptions import Caller
from gateway.problems.subscriptions import SubscriptionNotFound, SubscriptionStateConflict, WebhookAddressRefused
from gateway.queries.subscriptions import SubscriptionRow
from gateway.settings import settings_of

PREFIX = "/lgsp/v1/subscriptions"
_SECRET_BYTES = 32

Subscriber = Annotated[Principal, Depends(Allow(scope=WRITE_SCOPE))]
Puller = Annotated[Principal, Depends(Allow(scope=READ_SCOPE))]
Reader = Annotated[Principal, Depends(Allow(roles={OPERATOR}, scope=READ_SCOPE))]
Changer = Annotated[Principal, Depends(Allow(roles={OPERATOR}, scope=WRITE_SCOPE))]
Operator = Annotated[Principal, Depends(Allow(roles={OPERATOR}))]
SubscriptionId = Annotated[UUID, Path(description="Of the subscription")]

READING = (problems.Unauthorized, problems.Forbidden, SubscriptionNotFound, problems.InvalidPayload)
CHANGING = (*READING, SubscriptionStateConflict, problems.PreconditionFailed)
ACTING = (*CHANGING, *idempotency.PROBLEMS)


def caller_of(principal: Principal) -> Caller:
    """An agency is its client; an operator is nobody in particular."""
    return Caller(principal.subject if principal.kind is Kind.AGENCY else None, principal.account)


def new_secret() -> str:
    """A webhook secret as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


async def vet(runtime: Runtime, url: str) -> None:
    """Raise WebhookAddressRefused for an address that we would not call."""
    try:
        await egress_of(settings_of(runtime)).vetted(url)
    except EgressRefused as refused:
        error = FieldError("/url", refused.rule, refused.words)
        raise WebhookAddressRefused(errors=[error], rule=refused.rule) from None


async def acted(
    uow: UnitOfWork, request: Request, principal: Principal, key: str | None, act: Callable[[], Awaitable[Any]]
) -> Response:
    """The answer to a step: the subscription as it is then."""
    return await act_once(
        uow,
        request,
        caller=principal.account,
        key=key,
        act=act,
        render=lambda row: stored(200, SubscriptionView.of(row), row),
    )


def stored(status: int, view: SubscriptionView | SubscriptionWithSecret, row: SubscriptionRow) -> Stored:
    """An answer to keep."""
    return Stored(status, (("ETag", etag(row.version)),), view.model_dump_json(by_alias=True, exclude_none=True))
