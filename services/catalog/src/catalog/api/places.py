"""The routes by which anyone reads units, rollout waves and calendars. They decide nothing and change nothing."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from catalog import problems
from catalog.api.models import On, UnitCode, Year
from catalog.api.place_models import RolloutWave, Unit, WorkingCalendar
from catalog.queries import places as queries
from chassis import problems as chassis_problems
from chassis.auth import Public
from chassis.clock import hanoi_day
from chassis.etags import IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, InvalidPayload
from chassis.service import Work
from chassis.text import CleanText
from contracts.catalog import CalendarDay

router = APIRouter(prefix="/v1", dependencies=[Depends(Public())])


@router.get(
    "/units",
    operation_id="list-units",
    tags=["units"],
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
    after = decode_cursor(cursor, 1, (str,))
    rows = await queries.list_units(
        uow, on=on or hanoi_day(uow.now), parent=parent, after=after[0] if after else None, limit=limit + 1
    )
    return page_of(rows, limit, key=lambda row: (row.code,), item=lambda row: Unit.model_validate(row._asdict()))


@router.get(
    "/units/{code}",
    operation_id="get-unit",
    tags=["units"],
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
    """The unit that has this code on that day: the same code may have been another unit's before.

    With the units that took its place, to be read as of the day after its last, and those whose place it took.
    """
    day = on or hanoi_day(uow.now)
    row = await queries.unit(uow, code, day)
    if row is None:
        raise problems.UnknownUnit(unit=code, on=day)
    links = ".".join([*row.successors, "-", *row.predecessors])
    if not_modified(response, f"{row.valid_from}.{row.valid_to or 'open'}.{links}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return Unit.model_validate(row._asdict())


@router.get(
    "/rollouts",
    operation_id="list-rollouts",
    tags=["units"],
    summary="List rollout waves",
    responses=chassis_problems.responses(BadRequest, InvalidPayload),
)
async def list_rollouts(
    uow: Work,
    on: Annotated[On, Query(description="Only waves begun by this day; all if absent")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RolloutWave]:
    """The waves by which communes took services online, in order, and how many had begun by each."""
    after = decode_cursor(cursor, 1, (int,))
    rows = await queries.list_rollouts(uow, on=on, after=after[0] if after else 0, limit=limit + 1)
    return page_of(
        rows, limit, key=lambda row: (row.position,), item=lambda row: RolloutWave.model_validate(row._asdict())
    )


@router.get(
    "/rollouts/{rollout}",
    operation_id="get-rollout",
    tags=["units"],
    summary="Read a rollout wave",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(InvalidPayload, problems.UnknownRollout),
    },
    response_model=RolloutWave,
)
async def get_rollout(
    rollout: Annotated[CleanText, Path(max_length=60, description="Name of the wave", examples=["wave-1-pilot"])],
    uow: Work,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> RolloutWave | Response:
    """A wave: its first day, its communes where the list is known, and how many had begun with it."""
    row = await queries.rollout(uow, rollout)
    if row is None:
        raise problems.UnknownRollout(rollout=rollout)
    if not_modified(response, f"{row.starts_on}.{row.unit_count}.{row.cumulative_count}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return RolloutWave.model_validate(row._asdict())


@router.get(
    "/calendar/{year}",
    operation_id="get-calendar",
    tags=["calendars"],
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
