"""The routes that list what procedures are sorted by: fields, legal sources, life events. They decide nothing."""

from fastapi import APIRouter, Depends
from pydantic import ConfigDict

from catalog.api.models import On
from catalog.queries import procedures as queries
from catalog.sources.life_events import life_events
from chassis import problems as chassis_problems
from chassis.auth import Public
from chassis.clock import hanoi_day
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, InvalidPayload
from chassis.service import Work
from contracts.event import Part

router = APIRouter(prefix="/v1", dependencies=[Depends(Public())], tags=["procedures"])


class FieldCount(Part):
    """Lĩnh vực, and how many procedures in force belong to it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "ho-tich", "name": "Hộ tịch", "procedures": 22}]}
    )

    code: str
    name: str
    procedures: int


class LegalSourceCount(Part):
    """Căn cứ pháp lý, and how many procedures in force name it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "60/2014/QH13", "title": "Luật Hộ tịch", "procedures": 22}]}
    )

    number: str
    title: str
    procedures: int


class LifeEventCount(Part):
    """Sự kiện trong đời, and how many procedures in force belong to it: `/v1/procedures?lifeEvent=` lists them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "sinh-con", "name": "Sinh con", "nameEn": "Having a baby", "procedures": 6}]
        }
    )

    code: str
    name: str
    name_en: str
    procedures: int


@router.get(
    "/fields",
    operation_id="list-fields",
    summary="List the fields of procedures",
    responses=chassis_problems.responses(BadRequest, InvalidPayload),
)
async def list_fields(uow: Work, on: On = None, cursor: Cursor = None, limit: Limit = 100) -> Page[FieldCount]:
    """The fields (lĩnh vực) that procedures in force on a day belong to, by code."""
    after = decode_cursor(cursor, 1, (str,))
    day = on or hanoi_day(uow.now)
    rows = await queries.fields(uow, on=day, after=after[0] if after else "", limit=limit + 1)
    return page_of(rows, limit, key=lambda row: (row.code,), item=lambda row: FieldCount.model_validate(row._asdict()))


@router.get(
    "/legal-sources",
    operation_id="list-legal-sources",
    summary="List the legal sources of procedures",
    responses=chassis_problems.responses(BadRequest, InvalidPayload),
)
async def list_legal_sources(
    uow: Work, on: On = None, cursor: Cursor = None, limit: Limit = 100
) -> Page[LegalSourceCount]:
    """The laws, decrees and decisions (căn cứ pháp lý) that procedures in force on a day name, by number."""
    after = decode_cursor(cursor, 1, (str,))
    day = on or hanoi_day(uow.now)
    rows = await queries.legal_sources(uow, on=day, after=after[0] if after else "", limit=limit + 1)
    return page_of(
        rows,
        limit,
        key=lambda row: (row.number,),
        item=lambda row: LegalSourceCount(number=row.number, title=row.title or "", procedures=row.procedures),
    )


@router.get(
    "/life-events",
    operation_id="list-life-events",
    summary="List the events of a life that procedures belong to",
    responses=chassis_problems.responses(InvalidPayload),
)
async def list_life_events(uow: Work, on: On = None) -> Page[LifeEventCount]:
    """Events (sự kiện trong đời) that people come for who do not know a procedure's name: all on one page."""
    counts = await queries.life_events(uow, on=on or hanoi_day(uow.now))
    items = [
        LifeEventCount(code=event.code, name=event.name, name_en=event.name_en, procedures=counts.get(event.code, 0))
        for event in life_events()
    ]
    return Page[LifeEventCount](items=items)
