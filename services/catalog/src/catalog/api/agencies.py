"""The routes of agencies: anyone reads them in either notation, an editor keeps them. They decide nothing: handlers do."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from catalog import problems
from catalog.api.models import On
from catalog.api.place_models import AgencyIn, AgencyOut, AgencyPath
from catalog.api.standing import read_agency
from catalog.domain.agency_code import LONGEST
from catalog.handlers.agencies import KeepAgency, keep_agency
from catalog.handlers.seeding import PROVINCE
from catalog.queries import places as queries
from catalog.sources.agencies import SourcedAgency
from chassis import problems as chassis_problems
from chassis.auth import Allow, Principal, Public
from chassis.clock import hanoi_day
from chassis.etags import IfMatch, IfNoneMatch, etag, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, FieldError, InvalidPayload, PreconditionFailed, Text
from chassis.service import Work
from chassis.text import CleanText

router = APIRouter(prefix="/v1")


@router.get(
    "/agencies",
    operation_id="list-agencies",
    tags=["agencies"],
    summary="List agencies",
    dependencies=[Depends(Public())],
    responses=chassis_problems.responses(BadRequest, InvalidPayload, problems.UnsoundAgency),
)
async def list_agencies(
    uow: Work,
    parent: Annotated[
        CleanText | None, Query(max_length=LONGEST, description="Only those under this one", examples=["H26"])
    ] = None,
    on: On = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[AgencyOut]:
    """Agencies (cơ quan) of a day, by code, each with its code in both notations."""
    after = decode_cursor(cursor, 1, (str,))
    above = None if parent is None else read_agency(parent, "query:parent").code
    rows = await queries.list_agencies(
        uow, on=on or hanoi_day(uow.now), parent=above, after=after[0] if after else "", limit=limit + 1
    )
    return page_of(rows, limit, key=lambda row: (row.code,), item=lambda row: AgencyOut.model_validate(row._asdict()))


@router.get(
    "/agencies/{code}",
    operation_id="get-agency",
    tags=["agencies"],
    summary="Read an agency by its code in either notation",
    dependencies=[Depends(Public())],
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(InvalidPayload, problems.UnsoundAgency, problems.UnknownAgency),
    },
    response_model=AgencyOut,
)
async def get_agency(
    code: AgencyPath, uow: Work, response: Response, on: On = None, if_none_match: IfNoneMatch = None
) -> AgencyOut | Response:
    """The agency of that code: `H56.22.17` and `000.17.22.H56` are the same one."""
    day = on or hanoi_day(uow.now)
    row = await queries.agency(uow, read_agency(code, "path:code").code, day)
    if row is None:
        raise problems.UnknownAgency(agency=code, on=day)
    if not_modified(response, row.revision, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return AgencyOut.model_validate(row._asdict())


@router.put(
    "/agencies/{code}",
    operation_id="keep-agency",
    tags=["editing"],
    summary="Add an agency, or replace it",
    responses={
        201: {"model": AgencyOut, "description": "It was not there before"},
        **chassis_problems.responses(
            InvalidPayload, problems.UnsoundAgency, problems.AgencyOverlaps, PreconditionFailed
        ),
    },
)
async def put_agency(
    code: AgencyPath,
    agency: AgencyIn,
    editor: Annotated[Principal, Depends(Allow(roles={"catalog-editor"}))],
    uow: Work,
    response: Response,
    if_match: IfMatch = None,
) -> AgencyOut:
    """Keep the agency of this code from its first day on; the whole list is stated anew as an event.

    One of the same first day is replaced, one without a last day that began earlier ends the day before.
    """
    if agency.valid_to is not None and agency.valid_to < agency.valid_from:
        message = Text("Ngày cuối trước ngày đầu", "The last day is before the first")
        raise InvalidPayload(errors=[FieldError("/validTo", "order", message)])
    said = read_agency(code, "path:code")
    parent = None if agency.parent is None else read_agency(agency.parent, "/parent").code
    wanted = SourcedAgency(
        code=said.code, former_code=said.former, **agency.model_dump(exclude={"parent"}), parent=parent
    )
    kept = await keep_agency(KeepAgency(wanted, PROVINCE, editor.subject, if_match), uow)
    response.status_code = 201 if kept.added else 200
    response.headers["ETag"] = etag(kept.revision)
    return AgencyOut.model_validate(kept.agency.model_dump())
