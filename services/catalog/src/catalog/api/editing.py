"""The routes of the catalogue's editors: draft, change, discard, publish and withdraw a version. Handlers decide."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from catalog import problems
from catalog.api.models import Code, NewVersion, Number, Procedure, VersionIn
from catalog.api.version_models import Withdrawal
from catalog.handlers.versions import (
    ChangeDraft,
    DraftVersion,
    StoredVersion,
    WithdrawVersion,
    change_draft,
    discard_draft,
    draft_version,
    publish_version,
    withdraw_version,
)
from chassis import idempotency
from chassis import problems as chassis_problems
from chassis.auth import Allow, Principal
from chassis.etags import IfMatch, etag
from chassis.idempotency import Stored
from chassis.problems import Forbidden, InvalidPayload, PreconditionFailed, PreconditionRequired, Unauthorized
from chassis.service import Work

router = APIRouter(prefix="/v1", tags=["editing"])

_EDITORS = Depends(Allow(roles={"catalog-editor"}))
Editor = Annotated[Principal, _EDITORS]
_REFUSALS = (Unauthorized, Forbidden, InvalidPayload)
_KEYED = (*idempotency.PROBLEMS, *_REFUSALS)


@router.post(
    "/procedures",
    operation_id="draft-procedure",
    summary="Draft a version of a procedure",
    status_code=201,
    response_model=Procedure,
    responses=chassis_problems.responses(*_KEYED, problems.UnusableForm, problems.UnsoundVersion),
)
async def post_procedure(
    version: NewVersion, editor: Editor, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """A draft beside the versions that are there: no one is told of it, and nothing is in force by it yet."""
    command = DraftVersion(version.code, version.valid_from, version.valid_to, version.content(), editor.subject)
    return await idempotency.act_once(
        uow,
        request,
        caller=editor.account,
        key=key,
        act=lambda: draft_version(command, uow),
        render=lambda stored: _answer(stored, 201),
    )


@router.put(
    "/procedures/{code}/versions/{number}",
    operation_id="change-procedure-draft",
    summary="Change a drafted version",
    response_model=Procedure,
    responses=chassis_problems.responses(
        *_REFUSALS,
        problems.UnusableForm,
        problems.UnsoundVersion,
        problems.UnknownVersion,
        problems.WrongState,
        PreconditionFailed,
        PreconditionRequired,
    ),
)
async def put_version(
    code: Code, number: Number, version: VersionIn, editor: Editor, uow: Work, if_match: IfMatch = None
) -> Response:
    """Put this in the draft's place. `If-Match` must be the ETag of the draft as it was read; once published, no more."""
    command = ChangeDraft(
        code, number, version.valid_from, version.valid_to, version.content(), editor.subject, if_match
    )
    return _answer(await change_draft(command, uow), 200).response()


@router.delete(
    "/procedures/{code}/versions/{number}",
    operation_id="discard-procedure-draft",
    summary="Discard a drafted version",
    dependencies=[_EDITORS],
    status_code=204,
    responses=chassis_problems.responses(
        *_REFUSALS, problems.UnknownVersion, problems.WrongState, PreconditionFailed, PreconditionRequired
    ),
)
async def delete_version(code: Code, number: Number, uow: Work, if_match: IfMatch = None) -> Response:
    """Throw the draft away. `If-Match` must be its ETag; what is published cannot be thrown away, only withdrawn."""
    await discard_draft(code, number, if_match, uow)
    return Response(status_code=204)


@router.post(
    "/procedures/{code}/versions/{number}/publication",
    operation_id="publish-procedure",
    summary="Publish a drafted version",
    response_model=Procedure,
    responses=chassis_problems.responses(
        *_KEYED,
        problems.UnknownVersion,
        problems.WrongState,
        problems.ValidityOverlaps,
        problems.NewerVersionPublished,
        PreconditionFailed,
    ),
)
async def post_publication(
    code: Code,
    number: Number,
    editor: Editor,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Bring the draft into the catalogue: in force from its first day, and stated to every service as an event.

    A version without a last day that began earlier ends the day before; one with the same first day that this one
    outlasts is corrected by it. Any other overlap is refused.
    """
    return await idempotency.act_once(
        uow,
        request,
        caller=editor.account,
        key=key,
        act=lambda: publish_version(code, number, uow, if_match),
        render=lambda stored: _answer(stored, 200),
    )


@router.post(
    "/procedures/{code}/versions/{number}/withdrawal",
    operation_id="withdraw-procedure",
    summary="Withdraw a published version",
    response_model=Procedure,
    responses=chassis_problems.responses(
        *_KEYED, problems.UnknownVersion, problems.WrongState, problems.LastDayOutside, PreconditionFailed
    ),
)
async def post_withdrawal(
    code: Code,
    number: Number,
    withdrawal: Withdrawal,
    editor: Editor,
    uow: Work,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """End the version (bãi bỏ) after its last day, today or later: nothing is filed by it from then on.

    Every service is told by an event; what was filed by it goes on. The version stays readable for its days.
    """
    command = WithdrawVersion(
        code,
        number,
        withdrawal.last_day,
        withdrawal.legal_source,
        withdrawal.reason,
        editor.subject,
        if_match,
    )
    return await idempotency.act_once(
        uow,
        request,
        caller=editor.account,
        key=key,
        act=lambda: withdraw_version(command, uow),
        render=lambda stored: _answer(stored, 200),
    )


def _answer(stored: StoredVersion, status: int) -> Stored:
    validity = (stored.valid_from, stored.valid_to)
    body = Procedure.of(stored.code, stored.version, stored.status, validity, stored.content)
    location = f"/api/catalog/v1/procedures/{stored.code}/versions/{stored.version}"
    headers = (("Location", location), ("ETag", etag(stored.revision)))
    return Stored(status, headers, body.model_dump_json(by_alias=True, exclude_none=True))
