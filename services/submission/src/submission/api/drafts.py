"""Routes of drafts (bản nháp): keep what is typed, check it, file it. They translate; intake decides what may be filed."""

import json
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from chassis import idempotency, problems
from chassis.etags import IfMatch, IfNoneMatch, etag, not_modified
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import FieldError, InvalidPayload, Problem, field_errors
from chassis.service import Running, Work
from submission.api.cursors import instant
from submission.api.intake import CALLER_REFUSALS, FILED, Filer, command_of, filed, in_body
from submission.api.models import ROOT, FiledDossier, FileRequest
from submission.api.models.drafts import DraftLine, DraftRequest, DraftView, FaultView, ValidationView
from submission.copies import Copies
from submission.domain.dossier import Dossier
from submission.domain.draft import Draft
from submission.domain.form import cleaned
from submission.handlers.drafts import (
    ChangeDraft,
    begin_draft,
    change_draft,
    drop_draft,
    file_draft,
    held_draft,
)
from submission.handlers.intake import REFUSALS, check, faults_of_form
from submission.problems.intake import DraftInvalid, DraftNotFound, DraftTooLarge, TooManyDrafts
from submission.queries import drafts

router = APIRouter(prefix="/v1/drafts", tags=["intake"])

MOST_BYTES = 128 * 1024

_BEGUN: dict[int | str, dict[str, Any]] = {
    201: {
        "headers": {
            "Location": {"description": "Where the draft is read", "schema": {"type": "string"}},
            "ETag": {"description": "Its version, for If-Match", "schema": {"type": "string"}},
        }
    }
}
_KNOWN = (problems.Unauthorized, problems.Forbidden, DraftNotFound, problems.InvalidPayload)
_KEPT = (DraftTooLarge, problems.PayloadTooLarge, problems.BadRequest)


@router.post(
    "",
    operation_id="begin-draft",
    summary="Keep a filing that is not finished",
    status_code=201,
    response_model=DraftView,
    responses=_BEGUN
    | problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        problems.InvalidPayload,
        *_KEPT,
        TooManyDrafts,
        *idempotency.PROBLEMS,
    ),
)
async def post_draft(
    body: DraftRequest, filer: Filer, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """It is kept as typed, right or wrong, for its owner alone; control characters alone are refused.

    It is forgotten some time after its last change (`expiresAt`).
    """
    filing = _clean(body)
    return await act_once(
        uow,
        request,
        caller=filer.account,
        key=key,
        act=lambda: begin_draft(filer.account, filing, uow),
        render=_begun,
    )


@router.get(
    "",
    operation_id="list-drafts",
    summary="One's own drafts",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_drafts(filer: Filer, uow: Work, limit: Limit = 50, cursor: Cursor = None) -> Page[DraftLine]:
    """The last changed first, without what is typed in them."""
    key = decode_cursor(cursor, 2, (instant, UUID))
    rows = await drafts.of_owner(uow, filer.account, (key[0], key[1]) if key else None, limit)
    return page_of(rows, limit, lambda row: (row.updated_at.isoformat(), row.id), DraftLine.of)


@router.get(
    "/{draft_id}",
    operation_id="get-draft",
    summary="One draft",
    response_model=DraftView,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(*_KNOWN),
    },
)
async def get_draft(
    draft_id: UUID, filer: Filer, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> DraftView | Response:
    """What was typed, to go on with."""
    draft = await drafts.find(uow, draft_id, filer.account)
    if draft is None:
        raise DraftNotFound
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    if not_modified(response, draft.version, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return DraftView.of(draft)


@router.put(
    "/{draft_id}",
    operation_id="change-draft",
    summary="Keep what is typed now, in place of what was kept",
    responses=problems.responses(*_KNOWN, *_KEPT, problems.PreconditionFailed, problems.PreconditionRequired),
)
async def put_draft(
    draft_id: UUID, body: DraftRequest, filer: Filer, uow: Work, response: Response, if_match: IfMatch = None
) -> DraftView:
    """`If-Match` is required: a draft open in two windows is not overwritten by the older one. Its time begins anew."""
    draft = await change_draft(ChangeDraft(draft_id, filer.account, _clean(body), if_match), uow)
    response.headers["ETag"] = etag(draft.version)
    return DraftView.of(draft)


@router.delete(
    "/{draft_id}",
    operation_id="delete-draft",
    summary="Forget a draft",
    status_code=204,
    responses=problems.responses(*_KNOWN, problems.PreconditionFailed),
)
async def delete_draft(draft_id: UUID, filer: Filer, uow: Work, if_match: IfMatch = None) -> Response:
    """It is gone at once, with all that was typed."""
    await drop_draft(draft_id, filer.account, if_match, uow)
    return Response(status_code=204)


@router.post(
    "/{draft_id}/validation",
    operation_id="validate-draft",
    summary="All that stands against filing a draft now",
    responses=problems.responses(*_KNOWN),
)
async def validate_draft(draft_id: UUID, filer: Filer, uow: Work, runtime: Running) -> ValidationView:
    """Nothing is filed and nothing changed. Attachments are looked at only when it is filed."""
    draft = await drafts.find(uow, draft_id, filer.account)
    if draft is None:
        raise DraftNotFound
    copies: Copies = runtime.extras["copies"]
    filing = draft.filing
    body, faults = _read(filing)
    found: list[FieldError] = []
    if body is not None:
        try:
            await check(command_of(body, filer), uow, copies)
        except Problem as problem:
            found += problem.errors or [FieldError("", problem.slug, problem.detail or problem.title)]
    # What stands in the way before the form was come to does not hide what is wrong in it.
    found += await faults_of_form(filing.get("procedure"), filing.get("case"), filing.get("form"), uow, copies)
    faults += dict.fromkeys(fault for fault in found if fault not in faults)
    return ValidationView(valid=not faults, errors=[FaultView.of(fault) for fault in faults])


@router.post(
    "/{draft_id}/submission",
    operation_id="submit-draft",
    summary="File what a draft says",
    status_code=201,
    response_model=FiledDossier,
    responses=FILED
    | problems.responses(
        *_KNOWN,
        problems.BadRequest,
        problems.PreconditionFailed,
        DraftInvalid,
        *CALLER_REFUSALS,
        *REFUSALS,
        *idempotency.PROBLEMS,
    ),
)
async def submit_draft(
    draft_id: UUID,
    filer: Filer,
    uow: Work,
    runtime: Running,
    request: Request,
    key: idempotency.Key = None,
    if_match: IfMatch = None,
) -> Response:
    """As if it were sent to POST /v1/dossiers: the same checks, the same answer.

    The draft is gone once it is filed, and stays as it is when it is refused. Sent again with the same `Idempotency-Key`,
    it gives the same answer.
    """
    copies: Copies = runtime.extras["copies"]

    async def act() -> Dossier:
        draft = await held_draft(draft_id, filer.account, if_match, uow)
        body, faults = _read(draft.filing)
        if body is None or faults:
            raise DraftInvalid(errors=faults)
        return await file_draft(draft, command_of(body, filer), uow, copies)

    return await act_once(uow, request, caller=filer.account, key=key, act=act, render=filed)


def _clean(body: DraftRequest) -> dict[str, Any]:
    faults: list[FieldError] = []
    filing = cleaned(body.filing, faults, "/filing")
    if faults:
        raise InvalidPayload(errors=faults[:100])
    if len(json.dumps(filing, ensure_ascii=False).encode()) > MOST_BYTES:
        raise DraftTooLarge(MOST_BYTES)
    return filing


def _read(filing: dict[str, Any]) -> tuple[FileRequest | None, list[FieldError]]:
    """The filing by its outer form, and what is wrong there. What is right is read even beside what is wrong."""
    try:
        return FileRequest.model_validate(filing), []
    except ValidationError as error:
        faults = field_errors(in_body(error))
        wrong = {str(item["loc"][0]) for item in error.errors(include_context=False) if item["loc"]}
    right = {name: value for name, value in filing.items() if name not in wrong}
    try:
        body = FileRequest.model_validate(right)
    except ValidationError:
        body = None
    return body, faults


def _begun(draft: Draft) -> Stored:
    headers = (("Location", f"{ROOT}/drafts/{draft.id}"), ("ETag", etag(draft.version)))
    return Stored(201, headers, DraftView.of(draft).model_dump_json(by_alias=True))
