"""The routes that anyone may read: procedures, forms, units, rollouts, calendars. They decide nothing and change nothing."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row

from catalog import problems, queries
from catalog.api.models import (
    Code,
    On,
    Procedure,
    ProcedureSummary,
    RolloutWave,
    Unit,
    UnitCode,
    WorkingCalendar,
    Year,
)
from catalog.content import ProcedureContent
from catalog.domain.search import prefix_query
from chassis import problems as chassis_problems
from chassis.auth import Public
from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.etags import IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, InvalidPayload, Text
from chassis.service import Work
from chassis.text import CleanText
from contracts.catalog import CalendarDay, ProcedureField
from contracts.codes import Channel

router = APIRouter(prefix="/v1", dependencies=[Depends(Public())])

PROCEDURES, UNITS, CALENDARS = ("procedures",), ("units",), ("calendars",)


@router.get(
    "/procedures",
    operation_id="list-procedures",
    tags=[*PROCEDURES],
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
    after = _after(cursor, int, str)
    if unit is not None:
        row = await queries.unit(uow, unit, day)
        if row is None or row.kind in {"province", "district"}:
            raise problems.UnknownUnit(
                Text("Không có đơn vị cấp xã mang mã này vào ngày này", "No commune has this code on this day"),
                unit=unit,
                on=day,
            )
    rows = await queries.list_procedures(
        uow, on=day, query=prefix_query(q or ""), field=field, unit=unit, after=after, limit=limit + 1
    )
    return page_of(
        rows, limit, key=lambda row: (row.rank, row.code), item=lambda row: _summary(row, day=day, unit=unit)
    )


def _after(cursor: str | None, *kinds: type[int] | type[str]) -> list[Any] | None:
    """The sort key that a cursor holds. Raises BadRequest if it is not a key of this list, or none the database takes."""
    key = decode_cursor(cursor, len(kinds))
    if key is not None and not all(_fits(part, kind) for part, kind in zip(key, kinds, strict=True)):
        raise BadRequest(Text("Con trỏ trang không hợp lệ", "Not a cursor of this list"))
    return key


def _fits(part: Any, kind: type[int] | type[str]) -> bool:
    if isinstance(part, str):
        return kind is str and part.isprintable()
    return kind is int and isinstance(part, int) and abs(part) < 2**53


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
    tags=[*PROCEDURES],
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
    row = await _in_force(uow, code, on or hanoi_day(uow.now))
    if not_modified(response, _tag(row), if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    content = ProcedureContent.model_validate_json(row.content)
    return Procedure.of(row.code, row.version, row.status, (row.valid_from, row.valid_to), content)


@router.get(
    "/procedures/{code}/form",
    operation_id="get-procedure-form",
    tags=[*PROCEDURES],
    summary="Read the form of a procedure",
    responses={
        200: {"content": {"application/schema+json": {}}, "description": "JSON Schema 2020-12 of the form (tờ khai)"},
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(InvalidPayload, problems.UnknownProcedure, problems.ProcedureNotInForce),
    },
    response_class=Response,
)
async def get_form(
    code: Code, uow: Work, response: Response, on: On = None, if_none_match: IfNoneMatch = None
) -> Response:
    """The form that dossiers of that day are checked against."""
    row = await _in_force(uow, code, on or hanoi_day(uow.now))
    unchanged = not_modified(response, _tag(row), if_none_match)
    headers = dict(response.headers)
    if unchanged:
        return Response(status_code=304, headers=headers)
    form = json.dumps(json.loads(row.content)["formSchema"], ensure_ascii=False)
    return Response(form, headers=headers, media_type="application/schema+json")


async def _in_force(uow: UnitOfWork, code: str, day: date) -> Row[Any]:
    """The version in force on that day. Raises UnknownProcedure, ProcedureNotInForce."""
    rows = await queries.published_versions(uow, code, day)
    if not rows:
        raise problems.UnknownProcedure(code=code)
    for row in rows:
        if row.content is not None:
            return row
    in_force = [{"validFrom": row.valid_from, "validTo": row.valid_to} for row in rows]
    raise problems.ProcedureNotInForce(code=code, on=day, inForce=in_force)


def _tag(row: Row[Any]) -> str:
    """A version never changes once published, but for its last day, when a later version ends it."""
    return f"{row.version}-{row.valid_to or 'open'}"


@router.get(
    "/units",
    operation_id="list-units",
    tags=[*UNITS],
    summary="List administrative units",
    responses=chassis_problems.responses(BadRequest, InvalidPayload),
)
async def list_units(
    uow: Work,
    parent: Annotated[
        CleanText | None, Query(max_length=10, description="Only units under this one", examples=["01"])
    ] = None,
    on: On = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Page[Unit]:
    """Administrative units (đơn vị hành chính) in force on a day, by code."""
    after = _after(cursor, str)
    rows = await queries.list_units(
        uow, on=on or hanoi_day(uow.now), parent=parent, after=after[0] if after else None, limit=limit + 1
    )
    return page_of(rows, limit, key=lambda row: (row.code,), item=lambda row: Unit.model_validate(row._asdict()))


@router.get(
    "/units/{code}",
    operation_id="get-unit",
    tags=[*UNITS],
    summary="Read an administrative unit as of a day",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(InvalidPayload, problems.UnknownUnit),
    },
    response_model=Unit,
)
async def get_unit(
    code: UnitCode, uow: Work, response: Response, on: On = None, if_none_match: IfNoneMatch = None
) -> Unit | Response:
    """The unit that has this code on that day: the same code may have been another unit's before."""
    day = on or hanoi_day(uow.now)
    row = await queries.unit(uow, code, day)
    if row is None:
        raise problems.UnknownUnit(unit=code, on=day)
    if not_modified(response, f"{row.valid_from}-{row.valid_to or 'open'}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return Unit.model_validate(row._asdict())


@router.get(
    "/rollouts",
    operation_id="list-rollouts",
    tags=[*UNITS],
    summary="List rollout waves",
    responses=chassis_problems.responses(BadRequest, InvalidPayload),
)
async def list_rollouts(uow: Work, cursor: Cursor = None, limit: Limit = 50) -> Page[RolloutWave]:
    """The waves by which communes took services online, in order."""
    after = _after(cursor, int)
    rows = await queries.list_rollouts(uow, after=after[0] if after else 0, limit=limit + 1)
    return page_of(
        rows, limit, key=lambda row: (row.position,), item=lambda row: RolloutWave.model_validate(row._asdict())
    )


@router.get(
    "/calendar/{year}",
    operation_id="get-calendar",
    tags=[*CALENDARS],
    summary="Read the working calendar of a year",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(InvalidPayload, problems.UnknownCalendar),
    },
    response_model=WorkingCalendar,
)
async def get_calendar(
    year: Year, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> WorkingCalendar | Response:
    """Holidays, compensating days off and worked Saturdays of a year."""
    row = next(iter(await queries.calendars(uow, year)), None)
    if row is None:
        raise problems.UnknownCalendar(year=year)
    if not_modified(response, row.version, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    days = tuple(CalendarDay.model_validate(day) for day in json.loads(row.days))
    return WorkingCalendar(year=row.year, version=row.version, days=days)
