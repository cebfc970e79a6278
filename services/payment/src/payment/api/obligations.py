"""Routes of obligations (nghĩa vụ tài chính): look, pay online, pay cash. They decide nothing."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.etags import IfNoneMatch, not_modified
from chassis.idempotency import Stored, act_once
from chassis.paging import Page
from chassis.service import Running, Work
from chassis.text import CleanText
from payment import queries
from payment.api.models import CashPayment, ObligationView, OnlinePaymentView
from payment.domain.obligation import Obligation
from payment.handlers import Started, StartOnlinePayment, TakeCash, start_online_payment, take_cash
from payment.problems import (
    AmountMismatch,
    ObligationAlreadyPaid,
    ObligationCancelled,
    ObligationNotFound,
    OnlinePaymentUnavailable,
)
from payment.providers import settings_of, vnpay_of
from payment.rights import may_see, seen

router = APIRouter(prefix="/v1/obligations", tags=["obligations"])

DESK = frozenset({"cashier", "one-stop-officer"})
Viewer = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK, scope="payment:read"))]
Payer = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK, scope="payment:write"))]
Cashier = Annotated[Principal, Depends(Allow(roles={"cashier"}))]
Dossier = Annotated[CleanText, Query(min_length=1, max_length=100, description="Code of the dossier (mã hồ sơ)")]

RETURN_PATH = "/api/payment/v1/vnpay/return"


@router.get(
    "",
    operation_id="list-obligations",
    summary="What is owed for a dossier",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, problems.InvalidPayload),
)
async def list_obligations(dossier: Dossier, viewer: Viewer, uow: Work) -> Page[ObligationView]:
    """Empty where nothing is owed, where the fee is not assessed yet, and for dossiers that the caller may not see."""
    found = await queries.obligation_of(uow, dossier)
    visible = [found] if found is not None and may_see(viewer, found) else []
    return Page[ObligationView](items=[ObligationView.of(obligation) for obligation in visible])


@router.get(
    "/{obligation_id}",
    operation_id="get-obligation",
    summary="One obligation",
    response_model=ObligationView,
    response_model_exclude_none=True,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(problems.Unauthorized, problems.Forbidden, ObligationNotFound, problems.InvalidPayload),
    },
)
async def get_obligation(
    obligation_id: UUID, viewer: Viewer, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> ObligationView | Response:
    """What is owed, by which rule, and how it was paid once it was. The ETag is its version."""
    obligation = seen(viewer, await queries.obligation(uow, obligation_id))
    if not_modified(response, obligation.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return ObligationView.of(obligation)


@router.post(
    "/{obligation_id}/online-payments",
    operation_id="start-online-payment",
    summary="Begin to pay online",
    status_code=201,
    response_model=OnlinePaymentView,
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        ObligationNotFound,
        ObligationAlreadyPaid,
        ObligationCancelled,
        OnlinePaymentUnavailable,
        problems.InvalidPayload,
        *idempotency.PROBLEMS,
    ),
)
async def post_online_payment(
    obligation_id: UUID, payer: Payer, uow: Work, runtime: Running, request: Request, key: idempotency.Key = None
) -> Response:
    """Gives the provider's address to redirect the payer to. The obligation is paid only when the provider says so."""
    settings = settings_of(runtime)
    provider = vnpay_of(settings)
    if provider is None:
        raise OnlinePaymentUnavailable
    command = StartOnlinePayment(
        obligation_id,
        payer,
        payer_address=request.client.host if request.client else "127.0.0.1",
        return_url=settings.public_url.rstrip("/") + RETURN_PATH,
        expires_in=timedelta(minutes=settings.payment_expiry_minutes),
    )

    def render(started: Started) -> Stored:
        view = OnlinePaymentView.of(started, obligation_id)
        return Stored(201, (), view.model_dump_json(by_alias=True))

    return await act_once(
        uow,
        request,
        caller=payer.account,
        key=key,
        act=lambda: start_online_payment(command, provider, uow),
        render=render,
    )


@router.post(
    "/{obligation_id}/cash-payments",
    operation_id="take-cash-payment",
    summary="Take cash at the desk",
    status_code=201,
    response_model=ObligationView,
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        ObligationNotFound,
        ObligationAlreadyPaid,
        ObligationCancelled,
        AmountMismatch,
        *idempotency.PROBLEMS,
    ),
)
async def post_cash_payment(
    obligation_id: UUID,
    payment: CashPayment,
    cashier: Cashier,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
) -> Response:
    """Settles the obligation at once. The amount counted must be the amount owed."""
    command = TakeCash(obligation_id, payment.amount, cashier)

    def render(paid: Obligation) -> Stored:
        view = ObligationView.of(paid)
        return Stored(201, (), view.model_dump_json(by_alias=True, exclude_none=True))

    return await act_once(
        uow, request, caller=cashier.account, key=key, act=lambda: take_cash(command, uow), render=render
    )
