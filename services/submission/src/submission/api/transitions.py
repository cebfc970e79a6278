"""Routes of what can happen on a dossier's way: supplement, withdrawal, extension, verification. The handlers decide."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.openapi.models import Example
from pydantic import ConfigDict, Field

from chassis import idempotency
from chassis.auth import Principal
from chassis.etags import IfMatch
from chassis.problems import BadRequest
from chassis.service import Running, Work
from chassis.text import CleanText
from submission.api.acting import Reason, act, guard, problems_of
from submission.api.dossiers import Code
from submission.api.models import AttachmentBody, DossierState, Wire
from submission.copies import Copies
from submission.domain.attachment import AttachmentWanted
from submission.domain.commands import Extend, RequestSupplement, Supplement, Verify, Withdraw
from submission.handlers.extensions import extend_dossier, verify_dossier
from submission.handlers.supplements import (
    Brought,
    Wanted,
    request_supplement,
    supplement_dossier,
    withdraw_dossier,
)
from submission.problems.dossiers import FeeNotAssessedYet, FormInvalid
from submission.problems.files import AttachmentsUnusable
from submission.problems.lifecycle import (
    AlreadyExtended,
    AlreadyVerified,
    ExtensionTooLong,
    NoVerificationLimit,
    SupplementEmpty,
    SupplementTooLate,
    UnknownComponent,
)

router = APIRouter(prefix="/v1/dossiers", tags=["desk"])

Asker = Annotated[Principal, guard(RequestSupplement)]
Supplementer = Annotated[Principal, guard(Supplement)]
Withdrawer = Annotated[Principal, guard(Withdraw)]
Extender = Annotated[Principal, guard(Extend)]
Verifier = Annotated[Principal, guard(Verify)]


class SupplementRequest(Wire):
    """What is missing or wrong, and by the codes of the papers, if it is papers (paper 02)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"reason": "Giấy chứng sinh chụp bị mờ, đề nghị gửi lại", "components": ["giay-chung-sinh"]}
        }
    )

    reason: Reason
    components: Annotated[
        tuple[Annotated[CleanText, Field(min_length=1, max_length=60)], ...],
        Field(max_length=100, description="Codes of the procedure's components"),
    ] = ()


class SupplementBody(Wire):
    """What came. `form` is the whole form anew, and takes the place of the one filed; `attachments` are added."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "attachments": [{"component": "giay-chung-sinh", "upload": "01927f5e-0000-7000-8000-000000000001"}]
            }
        }
    )

    form: dict[str, Any] | None = None
    attachments: Annotated[tuple[AttachmentBody, ...], Field(max_length=100)] = ()
    note: Annotated[CleanText, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="A word on it; at the desk it may be all, where originals were shown"
    )


class WithdrawalRequest(Wire):
    """Why it is taken back, if one cares to say."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "Tôi sẽ nộp lại tại nơi thường trú"}})

    reason: Annotated[CleanText, Field(min_length=1, max_length=1000)] | None = None


class ExtensionRequest(Wire):
    """By how many working days, and the apology (paper 04)."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"workingDays": 3, "reason": "Chờ kết quả xác minh của nơi cư trú trước đây"}}
    )

    working_days: Annotated[int, Field(ge=1, le=365, strict=True)]
    reason: Reason


class VerificationRequest(Wire):
    """What must be verified, and where."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reason": "Xác minh tình trạng hôn nhân tại nơi cư trú cũ"}}
    )

    reason: Reason


# What may be left out shows no example of its model's in OpenAPI, so it is named here once more.
_EXAMPLES: dict[str, Example] = {"example": {"value": {"reason": "Tôi sẽ nộp lại tại nơi thường trú"}}}
MaybeWithdrawalRequest = Annotated[WithdrawalRequest | None, Body(openapi_examples=_EXAMPLES)]


@router.post(
    "/{code}/supplement-request",
    operation_id="request-supplement",
    summary="Ask the applicant to supplement (yêu cầu bổ sung)",
    response_model=DossierState,
    responses=problems_of(FeeNotAssessedYet, UnknownComponent),
)
async def post_supplement_request(
    code: Code,
    body: SupplementRequest,
    officer: Asker,
    uow: Work,
    runtime: Running,
    request: Request,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """The clock stops; what does not come within the window ends in a refusal.

    Of what another service handles: only before it is accepted. A second request counts the dossier as overdue in the
    indicators.
    """
    copies: Copies = runtime.extras["copies"]
    wanted = Wanted(body.reason, body.components)
    return await act(
        lambda: request_supplement(code, wanted, officer, if_match, uow, copies), officer, uow, request, key
    )


@router.post(
    "/{code}/supplement",
    operation_id="supplement-dossier",
    summary="Bring what was asked for (bổ sung hồ sơ)",
    response_model=DossierState,
    responses=problems_of(SupplementTooLate, SupplementEmpty, FormInvalid, AttachmentsUnusable),
)
async def post_supplement(
    code: Code,
    body: SupplementBody,
    supplementer: Supplementer,
    uow: Work,
    runtime: Running,
    request: Request,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """By the owner, by the agency that entered it, or by the desk for her. It goes on where it stood, its clock running."""
    copies: Copies = runtime.extras["copies"]
    papers = tuple(AttachmentWanted(one.component, one.upload, one.document) for one in body.attachments)
    brought = Brought(body.form, papers, body.note)
    return await act(
        lambda: supplement_dossier(code, brought, supplementer, if_match, uow, copies), supplementer, uow, request, key
    )


@router.post(
    "/{code}/withdrawal",
    operation_id="withdraw-dossier",
    summary="Take one's dossier back (rút hồ sơ)",
    response_model=DossierState,
    responses=problems_of(BadRequest),
)
async def post_withdrawal(
    code: Code,
    withdrawer: Withdrawer,
    uow: Work,
    request: Request,
    body: MaybeWithdrawalRequest = None,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """Until it is accepted; where the desk handles it, until it is finished. No officer withdraws for the applicant."""
    reason = body.reason if body is not None else None
    return await act(lambda: withdraw_dossier(code, reason, withdrawer, if_match, uow), withdrawer, uow, request, key)


@router.post(
    "/{code}/extension",
    operation_id="extend-dossier",
    summary="Apologise, and promise a later day (xin lỗi và gia hạn)",
    response_model=DossierState,
    responses=problems_of(AlreadyExtended, ExtensionTooLong),
)
async def post_extension(
    code: Code,
    body: ExtensionRequest,
    officer: Extender,
    uow: Work,
    runtime: Running,
    request: Request,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """Once, by at most as many working days as the rule of the day allows. The status stays."""
    copies: Copies = runtime.extras["copies"]
    return await act(
        lambda: extend_dossier(code, body.working_days, body.reason, officer, if_match, uow, copies),
        officer, uow, request, key,
    )  # fmt: skip


@router.post(
    "/{code}/verification",
    operation_id="verify-dossier",
    summary="Something must be verified (phải xác minh)",
    response_model=DossierState,
    responses=problems_of(AlreadyVerified, NoVerificationLimit),
)
async def post_verification(
    code: Code,
    body: VerificationRequest,
    officer: Verifier,
    uow: Work,
    runtime: Running,
    request: Request,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """Once, where the procedure names a longer limit for it, which then counts from the same start. The status stays."""
    copies: Copies = runtime.extras["copies"]
    return await act(
        lambda: verify_dossier(code, body.reason, officer, if_match, uow, copies), officer, uow, request, key
    )
