"""What VNPAY and the payer's browser call. Public addresses: the signature is the credential. They decide nothing."""

from typing import Any

from fastapi import APIRouter, Depends, Request

from chassis import problems
from chassis.auth import Public
from chassis.service import Running, Runtime, Work
from chassis.telemetry.logging import get_logger, places
from payment import queries
from payment.api.models import IpnAnswer, ReturnView
from payment.domain.obligation import Verdict
from payment.domain.provider import BadSignature
from payment.handlers import take_notice
from payment.problems import OnlinePaymentUnavailable, PaymentNotFound, SignatureInvalid
from payment.providers import settings_of, vnpay_of

_log = get_logger("vnpay")

router = APIRouter(prefix="/v1/vnpay", tags=["vnpay"], dependencies=[Depends(Public())])

# Read from the query by hand: FastAPI would answer a missing one with 422, and VNPAY is answered 200 always.
_PARAMETERS: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "required": True, "schema": {"type": "string"}, "example": example}
        for name, example in (
            ("vnp_TmnCode", "TEST_TMN_CODE"),
            ("vnp_TxnRef", "01927f5e0000700080000000000000ab"),
            ("vnp_Amount", "500000"),
            ("vnp_ResponseCode", "00"),
            ("vnp_TransactionStatus", "00"),
            ("vnp_TransactionNo", "14422574"),
            ("vnp_SecureHash", "649982421beb4225"),
        )
    ]
}

CHECKSUM = IpnAnswer(rsp_code="97", message="Invalid signature")
UNKNOWN_ERROR = IpnAnswer(rsp_code="99", message="Unknown error")
_CONFIRMED = IpnAnswer(rsp_code="00", message="Confirm Success")
ANSWERS = {
    Verdict.UNKNOWN_REFERENCE: IpnAnswer(rsp_code="01", message="Order not found"),
    Verdict.WRONG_AMOUNT: IpnAnswer(rsp_code="04", message="Invalid amount"),
    Verdict.NOTHING_NEW: IpnAnswer(rsp_code="02", message="Order already confirmed"),
    Verdict.NOTED: _CONFIRMED,
    Verdict.SETTLES: _CONFIRMED,
    Verdict.OVERPAYS: _CONFIRMED,
}


@router.get(
    "/ipn",
    operation_id="receive-vnpay-ipn",
    summary="VNPAY says what became of a payment",
    openapi_extra=_PARAMETERS,
)
async def receive_ipn(request: Request, runtime: Running) -> IpnAnswer:
    """Answers HTTP 200 always, with the code that says how the notice was taken.

    Checked in VNPAY's order: checksum 97, order 01, amount 04, already confirmed 02, taken 00. Anything else is 99,
    upon which VNPAY says it again.
    """
    try:
        return await _take(request, runtime)
    except BadSignature:
        return CHECKSUM
    except Exception as error:  # noqa: BLE001 - whatever failed, VNPAY must hear 99 and come again
        _log.error("IPN failed", error_type=type(error).__name__, exception=places(error))
        return UNKNOWN_ERROR


async def _take(request: Request, runtime: Runtime) -> IpnAnswer:
    provider = vnpay_of(settings_of(runtime))
    if provider is None:
        raise OnlinePaymentUnavailable
    notice = provider.read_notice(request.query_params.multi_items())
    async with runtime.database.begin() as uow:
        return ANSWERS[await take_notice(notice, provider, uow)]


@router.get(
    "/return",
    operation_id="return-from-vnpay",
    summary="The payer comes back from VNPAY",
    openapi_extra=_PARAMETERS,
    responses=problems.responses(SignatureInvalid, PaymentNotFound, OnlinePaymentUnavailable),
)
async def return_from_vnpay(request: Request, runtime: Running, uow: Work) -> ReturnView:
    """Shows how the payment stands by our own knowledge. Settles nothing, whatever the parameters say."""
    provider = vnpay_of(settings_of(runtime))
    if provider is None:
        raise OnlinePaymentUnavailable
    try:
        notice = provider.read_notice(request.query_params.multi_items())
    except BadSignature as error:
        raise SignatureInvalid from error
    attempt, obligation = await queries.attempt(uow, provider.name, notice.reference)
    if attempt is None or obligation is None:
        raise PaymentNotFound
    return ReturnView(reference=attempt.reference, payment=attempt.state, obligation=obligation.state)
