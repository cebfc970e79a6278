"""SQL of units, rollout waves, calendars and agencies. It decides nothing; each function runs one statement."""
# ruff: noqa: S608 - statements are put together from constants of this module, values are always bound

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from catalog.sources.agencies import SourcedAgency
from catalog.sources.rollouts import Rollout
from catalog.sources.units import SourcedUnit
from chassis.database import UnitOfWork
from contracts.catalog import CalendarDay

_UNIT_COLUMNS = "code, name, kind, parent, valid_from, valid_to, successors, source"
_PREDECESSORS = (
    "array(SELECT before.code FROM units before WHERE before.valid_to = units.valid_from - 1"
    " AND units.code = ANY(before.successors) ORDER BY before.code)"
)
_LIST_UNITS = (
    f"SELECT {_UNIT_COLUMNS}, {_PREDECESSORS} AS predecessors FROM units"
    " WHERE valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on){filters} ORDER BY code LIMIT :limit"
)


async def list_units(
    uow: UnitOfWork, *, on: date, parent: str | None, after: str | None, limit: int
) -> Sequence[Row[Any]]:
    """Units in force on a day, by code."""
    conditions = {"parent": " AND parent = :parent", "after": " AND code > :after"}
    wanted = {name: value for name, value in {"parent": parent, "after": after}.items() if value is not None}
    statement = _LIST_UNITS.format(filters="".join(conditions[name] for name in wanted))
    return (await uow.execute(text(statement), {"on": on, "limit": limit} | wanted)).all()


_UNIT = text(
    f"SELECT {_UNIT_COLUMNS}, {_PREDECESSORS} AS predecessors FROM units"
    " WHERE code = :code AND valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on)"
)
_ALL_UNITS = text(f"SELECT {_UNIT_COLUMNS} FROM units ORDER BY code, valid_from")
_DELETE_UNITS = text("DELETE FROM units")
_INSERT_UNITS = text(
    f"INSERT INTO units ({_UNIT_COLUMNS})"
    f" SELECT {_UNIT_COLUMNS} FROM jsonb_to_recordset(CAST(:units AS jsonb)) AS unit(code text, name text, kind text,"
    " parent text, valid_from date, valid_to date, successors text[], source text)"
)
_COUNT_UNIT_LIST = text(
    "INSERT INTO unit_lists (province, version) VALUES (:province, 1)"
    " ON CONFLICT (province) DO UPDATE SET version = unit_lists.version + 1 RETURNING version"
)


async def unit(uow: UnitOfWork, code: str, on: date) -> Row[Any] | None:
    """The unit that had this code on that day."""
    return (await uow.execute(_UNIT, {"code": code, "on": on})).one_or_none()


_DAYS_OF_COMMUNES = text(
    "SELECT code, valid_from, valid_to FROM units"
    " WHERE code = ANY(CAST(:codes AS text[])) AND kind NOT IN ('province', 'district')"
)


async def days_of_communes(uow: UnitOfWork, codes: Iterable[str]) -> dict[str, list[tuple[date, date | None]]]:
    """From when to when each of these codes was a commune's; a code that never was is left out."""
    found: dict[str, list[tuple[date, date | None]]] = {}
    for row in await uow.execute(_DAYS_OF_COMMUNES, {"codes": sorted(codes)}):
        found.setdefault(row.code, []).append((row.valid_from, row.valid_to))
    return found


async def all_units(uow: UnitOfWork) -> tuple[SourcedUnit, ...]:
    rows = (await uow.execute(_ALL_UNITS)).mappings()
    return tuple(SourcedUnit.model_validate(dict(row)) for row in rows)


async def replace_units(uow: UnitOfWork, province: str, units: Sequence[SourcedUnit]) -> int:
    """Keep this list and no other; returns the version that the list of the province reached by it."""
    await uow.execute(_DELETE_UNITS)
    rows = [unit.model_dump(mode="json") for unit in units]
    await uow.execute(_INSERT_UNITS, {"units": json.dumps(rows)})
    version: int = (await uow.execute(_COUNT_UNIT_LIST, {"province": province})).scalar_one()
    return version


_ROLLOUTS = (
    "SELECT position, id, name, starts_on, unit_count, units, note, source, cumulative_count FROM ("
    "SELECT *, sum(unit_count) OVER (ORDER BY position) AS cumulative_count FROM rollouts) waves"
    " WHERE {filters} ORDER BY position LIMIT :limit"
)
_ROLLOUT_PAGE = text(_ROLLOUTS.format(filters="position > :after AND (CAST(:on AS date) IS NULL OR starts_on <= :on)"))
_ROLLOUT = text(_ROLLOUTS.format(filters="id = :id"))
_DELETE_ROLLOUTS = text("DELETE FROM rollouts")
_INSERT_ROLLOUT = text(
    "INSERT INTO rollouts (position, id, name, starts_on, unit_count, units, note, source)"
    " VALUES (:position, :id, :name, :starts_on, :unit_count, CAST(:units AS text[]), :note, :source)"
)


async def list_rollouts(uow: UnitOfWork, *, on: date | None, after: int, limit: int) -> Sequence[Row[Any]]:
    """Waves in order, with how many communes had begun by each; only those begun by a day, if one is given."""
    return (await uow.execute(_ROLLOUT_PAGE, {"on": on, "after": after, "limit": limit})).all()


async def rollout(uow: UnitOfWork, wave: str) -> Row[Any] | None:
    return (await uow.execute(_ROLLOUT, {"id": wave, "limit": 1})).one_or_none()


async def replace_rollouts(uow: UnitOfWork, rollouts: Sequence[Rollout]) -> None:
    await uow.execute(_DELETE_ROLLOUTS)
    for position, wave in enumerate(rollouts, start=1):
        row = {"position": position} | wave.model_dump() | {"units": list(wave.units)}
        await uow.execute(_INSERT_ROLLOUT, row)


_CALENDARS = text(
    "SELECT year, version, days::text AS days FROM calendars WHERE CAST(:year AS bigint) IS NULL OR year = :year"
)
_KEEP_CALENDAR = text(
    "INSERT INTO calendars (year, version, days) VALUES (:year, 1, CAST(:days AS jsonb))"
    " ON CONFLICT (year) DO UPDATE SET version = calendars.version + 1, days = excluded.days RETURNING version"
)


async def calendars(uow: UnitOfWork, year: int | None = None) -> Sequence[Row[Any]]:
    """The calendar of one year, or of all."""
    return (await uow.execute(_CALENDARS, {"year": year})).all()


async def keep_calendar(uow: UnitOfWork, year: int, days: Sequence[CalendarDay]) -> int:
    """Keep these days for the year; returns the version that its calendar reached by it."""
    rows = json.dumps([day.model_dump(mode="json", by_alias=True) for day in days])
    version: int = (await uow.execute(_KEEP_CALENDAR, {"year": year, "days": rows})).scalar_one()
    return version


_AGENCY_COLUMNS = "code, former_code, name, parent, unit, valid_from, valid_to, source, created_by, revision"
_ALL_AGENCIES = text(f"SELECT {_AGENCY_COLUMNS} FROM agencies ORDER BY code, valid_from")
_LIST_AGENCIES = text(
    f"SELECT {_AGENCY_COLUMNS} FROM agencies WHERE valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on)"
    " AND (CAST(:parent AS text) IS NULL OR parent = :parent) AND code > :after ORDER BY code LIMIT :limit"
)
_AGENCY = text(
    f"SELECT {_AGENCY_COLUMNS} FROM agencies"
    " WHERE code = :code AND valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on)"
)
_KEEP_AGENCY = text(
    "INSERT INTO agencies (code, former_code, name, parent, unit, valid_from, valid_to, source, created_by)"
    " VALUES (:code, :former_code, :name, :parent, :unit, :valid_from, :valid_to, :source, :created_by)"
    " ON CONFLICT (code, valid_from) DO UPDATE SET name = excluded.name, parent = excluded.parent, unit = excluded.unit,"
    " valid_to = excluded.valid_to, source = excluded.source, created_by = excluded.created_by,"
    " revision = agencies.revision + 1"
)
_END_AGENCY = text(
    "UPDATE agencies SET valid_to = :last_day, revision = revision + 1 WHERE code = :code AND valid_from = :valid_from"
)
_COUNT_AGENCY_LIST = text(
    "INSERT INTO agency_lists (province, version) VALUES (:province, 1)"
    " ON CONFLICT (province) DO UPDATE SET version = agency_lists.version + 1 RETURNING version"
)


async def all_agencies(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Every agency, past and present."""
    return (await uow.execute(_ALL_AGENCIES)).all()


async def list_agencies(uow: UnitOfWork, *, on: date, parent: str | None, after: str, limit: int) -> Sequence[Row[Any]]:
    """Agencies of a day, by code."""
    return (await uow.execute(_LIST_AGENCIES, {"on": on, "parent": parent, "after": after, "limit": limit})).all()


async def agency(uow: UnitOfWork, code: str, on: date) -> Row[Any] | None:
    """The agency that had this code on that day."""
    return (await uow.execute(_AGENCY, {"code": code, "on": on})).one_or_none()


async def keep_agency(uow: UnitOfWork, agency: SourcedAgency, created_by: str) -> None:
    """Keep an agency beside the others, or in the place of the one of the same code and first day."""
    await uow.execute(_KEEP_AGENCY, agency.model_dump() | {"created_by": created_by})


async def end_agency(uow: UnitOfWork, code: str, valid_from: date, last_day: date) -> None:
    await uow.execute(_END_AGENCY, {"code": code, "valid_from": valid_from, "last_day": last_day})


async def count_agency_list(uow: UnitOfWork, province: str) -> int:
    """The next version of the province's list of agencies."""
    version: int = (await uow.execute(_COUNT_AGENCY_LIST, {"province": province})).scalar_one()
    return version
