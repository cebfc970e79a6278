"""The routes of the catalogue's editors: draft a version, publish it. They decide nothing: handlers do."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from catalog import problems
from catalog.api.models import Code, NewVersion, Number, Procedure
from catalog.handlers import DraftVersion, StoredVersion, draft_version, publish_version
from chassis import idempotency
from chassis import problems as chassis_problems
from chassis.auth import Allow, Principal
from chassis.idempotency import Stored
from chassis.problems import Forbidden, InvalidPayload, Unauthorized
from chassis.service import Work

router = APIRouter(prefix="/v1", tags=["editing"])

Editor = Annotated[Principal, Depends(Allow(roles={"catalog-editor"}))]
_REFUSALS = (*idempotency.PROBLEMS, Unauthorized, Forbidden, InvalidPayload)


@router.post(
    "/procedures",
    operation_id="draft-procedure",
    summary="Draft a version of a procedure",
    status_code=201,
    response_model=Procedure,
    responses=chassis_problems.responses(*_REFUSALS, problems.UnusableForm),
)
async def post_procedure(
    version: NewVersion, editor: Editor, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """A draft beside the versions that are there: no one is told of it, and nothing is in force by it yet."""
    command = DraftVersion(version.code, version.valid_from, version.valid_to, version.content(), editor.subject)
    return await idempotency.act_once(
        uow,
        request,
        caller=editor.subject,
        key=key,
        act=lambda: draft_version(command, uow),
        render=lambda stored: _answer(stored, 201),
    )


@router.post(
    "/procedures/{code}/versions/{number}/publication",
    operation_id="publish-procedure",
    summary="Publish a drafted version",
    response_model=Procedure,
    responses=chassis_problems.responses(
        *_REFUSALS,
        problems.UnknownVersion,
        problems.WrongState,
        problems.ValidityOverlaps,
        problems.NewerVersionPublished,
    ),
)
async def post_publication(
    code: Code, number: Number, editor: Editor, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """Bring the draft into the catalogue: in force from its first day, and stated to every service as an event.

    A version without a last day that began earlier ends the day before; one with the same first day that this one
    outlasts is corrected by it. Any other overlap is refused.
    """
    return await idempotency.act_once(
        uow,
        request,
        caller=editor.subject,
        key=key,
        act=lambda: publish_version(code, number, uow),
        render=lambda stored: _answer(stored, 200),
    )


def _answer(stored: StoredVersion, status: int) -> Stored:
    validity = (stored.valid_from, stored.valid_to)
    body = Procedure.of(stored.code, stored.version, stored.status, validity, stored.content)
    location = f"/api/catalog/v1/procedures/{stored.code}?on={stored.valid_from}"
    return Stored(status, (("Location", location),), body.model_dump_json(by_alias=True, exclude_none=True))
