"""The routes by which the versions of a procedure are read and compared. Anyone sees what was published, editors drafts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from catalog import problems
from catalog.api.models import Code, Number
from catalog.api.version_models import ChangeOut, VersionDiff, VersionSummary, WholeVersion, document
from catalog.domain.diffs import changes
from catalog.queries import versions as queries
from chassis import problems as chassis_problems
from chassis.auth import Public, authenticate
from chassis.database import UnitOfWork
from chassis.etags import IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, InvalidPayload, Unauthorized
from chassis.service import Work

router = APIRouter(prefix="/v1", dependencies=[Depends(Public())], tags=["procedures"])


async def _sees_drafts(request: Request) -> bool:
    """Whether the caller is an editor. No token is needed here; one that is brought must be valid."""
    if "authorization" not in request.headers:
        return False
    return "catalog-editor" in (await authenticate(request)).roles


Drafts = Annotated[bool, Depends(_sees_drafts)]
_REFUSALS = (InvalidPayload, Unauthorized)


@router.get(
    "/procedures/{code}/versions",
    operation_id="list-procedure-versions",
    summary="List the versions of a procedure",
    responses=chassis_problems.responses(BadRequest, *_REFUSALS, problems.UnknownProcedure),
)
async def list_versions(
    code: Code, uow: Work, drafts: Drafts, cursor: Cursor = None, limit: Limit = 50
) -> Page[VersionSummary]:
    """Every version by number: published, withdrawn, corrected; for an editor (with a token) drafts too."""
    after = decode_cursor(cursor, 1, (int,))
    rows = await queries.history(uow, code, drafts=drafts, after=after[0] if after else 0, limit=limit + 1)
    if not rows and after is None:
        raise problems.UnknownProcedure(code=code)
    return page_of(
        rows, limit, key=lambda row: (row.version,), item=lambda row: VersionSummary.model_validate(row._asdict())
    )


@router.get(
    "/procedures/{code}/versions/{number}",
    operation_id="get-procedure-version",
    summary="Read one version of a procedure",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(*_REFUSALS, problems.UnknownVersion),
    },
    response_model=WholeVersion,
    response_model_exclude_none=True,
)
async def get_version(
    code: Code, number: Number, uow: Work, response: Response, drafts: Drafts, if_none_match: IfNoneMatch = None
) -> WholeVersion | Response:
    """The version whole, its form included. Its ETag is what an editor's change of a draft wants as `If-Match`."""
    row = (await _rows(uow, code, {number}, drafts=drafts))[number]
    if not_modified(response, row.revision, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return WholeVersion.of_row(row)


@router.get(
    "/procedures/{code}/versions/{number}/diff/{other}",
    operation_id="diff-procedure-versions",
    summary="Compare two versions of a procedure",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(*_REFUSALS, problems.UnknownVersion),
    },
    response_model=VersionDiff,
)
async def get_diff(
    code: Code,
    number: Number,
    other: Annotated[int, Path(ge=1, le=1_000_000, description="Number of the version it is compared with")],
    uow: Work,
    response: Response,
    drafts: Drafts,
    if_none_match: IfNoneMatch = None,
) -> VersionDiff | Response:
    """What changed from the first version to the second: pointer, operation, before, after, and a sentence for each."""
    rows = await _rows(uow, code, {number, other}, drafts=drafts)
    if not_modified(response, f"{rows[number].revision}.{rows[other].revision}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    found = changes(document(rows[number]), document(rows[other]))
    return VersionDiff.model_validate(
        {"code": code, "from": number, "to": other, "changes": [ChangeOut.of(change) for change in found]}
    )


async def _rows(uow: UnitOfWork, code: str, numbers: set[int], *, drafts: bool) -> dict[int, Any]:
    """The versions of those numbers. Raises UnknownVersion for one that is not there, or not for this caller."""
    found = {row.version: row for row in await queries.versions_of(uow, code, sorted(numbers), drafts=drafts)}
    for number in sorted(numbers - found.keys()):
        raise problems.UnknownVersion(code=code, version=number)
    return found
