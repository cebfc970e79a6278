"""What the national payment platform calls. A public address: the checksum is the credential. It decides nothing."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError

from chassis import problems
from chassis.auth import Public
from chassis.service import Running, Runtime
from chassis.telemetry.logging import get_logger, places
from gateway.adapters.national_payment import NationalPaymentPlatformByHttp, checksum_of
from gateway.api.models.national_payment import ConfirmationAnswer, ConfirmationMessage
from gateway.domain.national_payment import News, Verdict
from gateway.handlers.national_payment import take_confirmation
from gateway.settings import settings_of

_log = get_logger("national_payment")

router = APIRouter(prefix="/lgsp/v1/national-payments", tags=["ministries"])

_TAKEN = ConfirmationAnswer(MaLoi="00")
_NOT_TAKEN = ConfirmationAnswer(MaLoi="99")
_MOST_BYTES = 20_000
# Read by hand: FastAPI would answer a message that is none with 422, and the platform knows 00 and 99.
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": ConfirmationMessage.model_json_schema()["examples"][0],
            }
        },
    }
}


@router.post(
    "/confirmations",
    operation_id="confirm-national-payment",
    summary="The national payment platform says what became of a payment",
    responses=problems.responses(problems.PayloadTooLarge),
    openapi_extra=_BODY,
)
async def take_national_confirmation(
    _: Annotated[None, Depends(Public())], request: Request, runtime: Running
) -> ConfirmationAnswer:
    """`MaLoi` 00: taken, now or before. 99: wrong checksum, unknown reference, against what is settled, or try again."""
    body = await request.body()
    try:
        return await _taken(body, runtime)
    except Exception as error:  # noqa: BLE001 - whatever failed, the platform must hear 99 and come again
        _log.error("confirmation failed", error_type=type(error).__name__, exception=places(error))
        return _NOT_TAKEN


async def _taken(body: bytes, runtime: Runtime) -> ConfirmationAnswer:
    settings = settings_of(runtime)
    if settings.national_payment_secret is None or len(body) > _MOST_BYTES:
        return _NOT_TAKEN
    try:
        message = json.loads(body)
        ConfirmationMessage.model_validate(message)
    except (ValueError, RecursionError, ValidationError):
        return _NOT_TAKEN
    checksum = checksum_of(settings.national_payment_checksum, settings.national_payment_secret)
    said = NationalPaymentPlatformByHttp(None, None, settings, checksum).read_confirmation(message)
    # Money without a transaction's number could not be told from the same money a second time.
    if said is None or (said.news is News.CONFIRMED and not said.transaction):
        return _NOT_TAKEN
    async with runtime.database.begin() as uow:
        found = await take_confirmation(said, uow)
    return _TAKEN if found in (Verdict.SETTLES, Verdict.HEARD_BEFORE) else _NOT_TAKEN
