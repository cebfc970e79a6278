"""The routes by which anyone finds and reads procedures and their forms, as of a day. They decide and change nothing."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row

from catalog import problems
from catalog.api.guide_models import ProcedureGuide
from catalog.api.models import Code, On, Procedure, ProcedureSummary
from catalog.api.standing import (
    CaseCode,
    UnitQuery,
    in_force,
    refuse_unknown_case,
    refuse_unknown_commune,
    tag_of,
)
from catalog.content import ProcedureContent
from catalog.domain.cases import form_for, guide, hints_for, offered
from catalog.domain.search import prefix_query
from catalog.queries import procedures as queries
from chassis import problems as chassis_problems
from chassis.auth import Public
from chassis.clock import hanoi_day
from chassis.etags import IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, InvalidPayload
from chassis.service import Work
from chassis.text import CleanText
from contracts.catalog import ProcedureField
from contracts.codes import Channel

router = APIRouter(prefix="/v1", dependencies=[Depends(Public())], tags=["procedures"])


@router.get(
    "/procedures",
    operation_id="list-procedures",
    summary="Find procedures",
    responses=chassis_problems.responses(BadRequest, InvalidPayload, problems.UnknownUnit),
)
async def list_procedures(
    uow: Work,
    q: Annotated[
        CleanText | None,
        Query(max_length=200, description="Words, with or without accents; beginnings suffice", examples=["khai sinh"]),
    ] = None,
    field: Annotated[
        CleanText | None, Query(max_length=60, description="Code of the field", examples=["ho-tich"])
    ] = None,
    life_event: Annotated[
        CleanText | None,
        Query(alias="lifeEvent", max_length=60, description="Code of a life event", examples=["sinh-con"]),
    ] = None,
    unit: Annotated[
        CleanText | None,
        Query(max_length=10, description="Only those this commune offers on that day", examples=["00004"]),
    ] = None,
    on: On = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ProcedureSummary]:
    """Procedures (thủ tục hành chính) in force on a day: best match first, then by code.

    Also found by what people call them: "giay chung tu" finds the registration of a death.
    """
    day = on or hanoi_day(uow.now)
    after = decode_cursor(cursor, 2, (int, str))
    await refuse_unknown_commune(uow, unit, day)
    rows = await queries.list_procedures(
        uow,
        on=day,
        query=prefix_query(q or ""),
        field=field,
        life_event=life_event,
        unit=unit,
        after=after,
        limit=limit + 1,
    )
    return page_of(
        rows, limit, key=lambda row: (row.rank, row.code), item=lambda row: _summary(row, day=day, unit=unit)
    )


def _summary(row: Row[Any], *, day: date, unit: str | None) -> ProcedureSummary:
    return ProcedureSummary(
        code=row.code,
        version=row.version,
        name=row.name,
        field=ProcedureField.model_validate(row.field),
        channels=_channels(row.offerings, day, unit),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _channels(offerings: Sequence[dict[str, Any]], day: date, unit: str | None) -> tuple[Channel, ...]:
    """The channels by which a procedure is offered on a day: at a unit, or anywhere."""
    found = {
        Channel(channel)
        for offering in offerings
        if offering["validFrom"] <= day.isoformat() <= offering.get("validTo", "9999-12-31")
        and (unit is None or unit in offering.get("units", [unit]))
        for channel in offering["channels"]
    }
    return tuple(sorted(found))


@router.get(
    "/procedures/{code}",
    operation_id="get-procedure",
    summary="Read a procedure as in force on a day",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(InvalidPayload, problems.UnknownProcedure, problems.ProcedureNotInForce),
    },
    response_model=Procedure,
    response_model_exclude_none=True,
)
async def get_procedure(
    code: Code, uow: Work, response: Response, on: On = None, if_none_match: IfNoneMatch = None
) -> Procedure | Response:
    """The version in force on that day, whole but for its form."""
    row = await in_force(uow, code, on or hanoi_day(uow.now))
    if not_modified(response, tag_of(row), if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    content = ProcedureContent.model_validate_json(row.content)
    return Procedure.of(row.code, row.version, row.status, (row.valid_from, row.valid_to), content)


@router.get(
    "/procedures/{code}/guide",
    operation_id="get-procedure-guide",
    summary="Read what one applicant needs: for a case, channel and commune",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(
            InvalidPayload,
            problems.UnknownCase,
            problems.UnknownProcedure,
            problems.ProcedureNotInForce,
            problems.UnknownUnit,
            problems.NotOfferedThere,
        ),
    },
    response_model=ProcedureGuide,
    response_model_exclude_none=True,
)
async def get_guide(
    code: Code,
    uow: Work,
    response: Response,
    channel: Annotated[Channel, Query(description="1 counter, 2 online, 3 post")],
    case: CaseCode = None,
    unit: UnitQuery = None,
    on: On = None,
    if_none_match: IfNoneMatch = None,
) -> ProcedureGuide | Response:
    """Steps, papers, time limit, fees, parts of the form, results and legal sources that are for this applicant.

    Without `case`, what is for every case, and `cases` to choose from; without `unit`, whether it is offered anywhere.
    """
    day = on or hanoi_day(uow.now)
    row = await in_force(uow, code, day)
    content = ProcedureContent.model_validate_json(row.content)
    refuse_unknown_case(code, content, case)
    await refuse_unknown_commune(uow, unit, day)
    offers = offered(content.offerings, day, unit)
    if not any(channel in offer.channels for offer in offers):
        channels = sorted({other for offer in offers for other in offer.channels})
        raise problems.NotOfferedThere(code=code, unit=unit, channel=channel, on=day, channels=channels)
    if not_modified(response, tag_of(row), if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    offer = next(offer for offer in offers if channel in offer.channels)
    parts = guide(content, case=case, channel=channel, on=day)
    return ProcedureGuide.of(row, content, parts, offer, case=case, channel=channel, unit=unit, on=day)


@router.get(
    "/procedures/{code}/form",
    operation_id="get-procedure-form",
    summary="Read the form of a procedure, whole or for one case",
    responses={
        200: {"content": {"application/schema+json": {}}, "description": "JSON Schema 2020-12 of the form (tờ khai)"},
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(
            InvalidPayload, problems.UnknownCase, problems.UnknownProcedure, problems.ProcedureNotInForce
        ),
    },
    response_class=Response,
)
async def get_form(
    code: Code,
    uow: Work,
    response: Response,
    case: CaseCode = None,
    on: On = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The form that dossiers of that day are checked against. With `case`, its parts are required and others' are gone.

    `x-ui` has hints for drawing it, by JSON pointer into the filled form: order, widget, help.
    """
    row = await in_force(uow, code, on or hanoi_day(uow.now))
    content = ProcedureContent.model_validate_json(row.content)
    refuse_unknown_case(code, content, case)
    unchanged = not_modified(response, tag_of(row), if_none_match)
    headers = dict(response.headers)
    if unchanged:
        return Response(status_code=304, headers=headers)
    form = form_for(content.form_schema, content.cases, case)
    if hints := hints_for(content.form_ui, form, content.form_schema):
        form = {**form, "x-ui": hints}
    return Response(json.dumps(form, ensure_ascii=False), headers=headers, media_type="application/schema+json")
