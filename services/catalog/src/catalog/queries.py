"""The catalogue's SQL. It decides nothing; each function runs one statement."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from catalog.content import ProcedureContent
from catalog.sources.rollouts import Rollout
from catalog.sources.units import SourcedUnit
from chassis.database import UnitOfWork
from contracts.catalog import CalendarDay

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('catalog', 716))")


async def lock(uow: UnitOfWork) -> None:
    """Let no one else change the catalogue before this transaction ends: editing is rare, and versions must not overlap."""
    await uow.execute(_LOCK)


_VERSIONS = text(
    "SELECT code, version, status, valid_from, valid_to, content::text AS content, created_by FROM procedures"
    " WHERE CAST(:code AS text) IS NULL OR code = :code ORDER BY code, version"
)


async def versions(uow: UnitOfWork, code: str | None = None) -> Sequence[Row[Any]]:
    """Every version of one procedure, or of all."""
    return (await uow.execute(_VERSIONS, {"code": code})).all()


_INSERT = text(
    "INSERT INTO procedures (code, version, status, valid_from, valid_to, content, search, created_by, created_at)"
    " VALUES (:code, :version, 'draft', :valid_from, :valid_to, CAST(:content AS jsonb),"
    " setweight(to_tsvector('simple', :names), 'A') || setweight(to_tsvector('simple', :keywords), 'B')"
    " || setweight(to_tsvector('simple', :others), 'C'), :created_by, :now)"
)


async def insert_draft(
    uow: UnitOfWork,
    code: str,
    version: int,
    validity: tuple[date, date | None],
    content: ProcedureContent,
    created_by: str,
) -> None:
    parameters = {
        "code": code,
        "version": version,
        "valid_from": validity[0],
        "valid_to": validity[1],
        "content": content.stored(),
        "created_by": created_by,
        "now": uow.now,
    }
    await uow.execute(_INSERT, parameters | content.search_texts(code))


_WITHDRAW = text(
    "UPDATE procedures SET status = 'withdrawn' WHERE code = :code AND version = ANY(CAST(:versions AS bigint[]))"
)
_END = text("UPDATE procedures SET valid_to = :last_day WHERE code = :code AND version = :version")
_PUBLISH = text(
    "UPDATE procedures SET status = 'published', published_at = :now WHERE code = :code AND version = :version"
)


async def withdraw(uow: UnitOfWork, code: str, numbers: Sequence[int]) -> None:
    await uow.execute(_WITHDRAW, {"code": code, "versions": list(numbers)})


async def end(uow: UnitOfWork, code: str, version: int, last_day: date) -> None:
    await uow.execute(_END, {"code": code, "version": version, "last_day": last_day})


async def publish(uow: UnitOfWork, code: str, version: int) -> None:
    await uow.execute(_PUBLISH, {"code": code, "version": version, "now": uow.now})


_PUBLISHED = text(
    "SELECT code, version, status, valid_from, valid_to, published_at,"
    " CASE WHEN valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on) THEN content::text END AS content"
    " FROM procedures WHERE code = :code AND status = 'published' ORDER BY valid_from"
)


async def published_versions(uow: UnitOfWork, code: str, on: date) -> Sequence[Row[Any]]:
    """Every published version of a procedure; only the one in force on that day has its content."""
    return (await uow.execute(_PUBLISHED, {"code": code, "on": on})).all()


_LIST = (
    "SELECT code, version, valid_from, valid_to, name, field, offerings, rank FROM ("
    "SELECT code, version, valid_from, valid_to, content ->> 'name' AS name, content -> 'field' AS field,"
    " content -> 'offerings' AS offerings, {rank} AS rank FROM procedures"
    " WHERE status = 'published' AND valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on){filters}"
    ") found{after} ORDER BY rank DESC, code LIMIT :limit"
)
# Best: the words stand in the official name, and little else does; then: it is called so, and its name is short, so that
# the plain procedure precedes its kin. A whole number, so that a cursor can carry it.
_RANK = (
    "CAST(1000000 * ts_rank_cd(ts_filter(search, '{a}'), CAST(:query AS tsquery), 2)"
    " + 1000.0 / greatest(length(ts_filter(search, '{a}')), 1) AS bigint)"
)
_MATCHES = " AND search @@ CAST(:query AS tsquery)"
_IN_FIELD = " AND content -> 'field' ->> 'code' = :field"
_OFFERED = (
    " AND EXISTS (SELECT FROM jsonb_to_recordset(content -> 'offerings')"
    ' AS offered("validFrom" date, "validTo" date, units jsonb)'
    ' WHERE "validFrom" <= :on AND ("validTo" IS NULL OR "validTo" >= :on)'
    " AND (units IS NULL OR jsonb_exists(units, CAST(:unit AS text))))"
)
_AFTER = " WHERE (-rank, code) > (-CAST(:after_rank AS bigint), :after_code)"


async def list_procedures(
    uow: UnitOfWork,
    *,
    on: date,
    query: str | None,
    field: str | None,
    unit: str | None,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Published versions in force on a day, best match first, then by code; `query` is a tsquery."""
    wanted = {"query": query, "field": field, "unit": unit}
    conditions = {"query": _MATCHES, "field": _IN_FIELD, "unit": _OFFERED}
    statement = _LIST.format(
        rank=_RANK if query else "0",
        filters="".join(conditions[name] for name, value in wanted.items() if value is not None),
        after=_AFTER if after else "",
    )
    parameters = {"on": on, "limit": limit} | {name: value for name, value in wanted.items() if value is not None}
    if after:
        parameters |= {"after_rank": after[0], "after_code": after[1]}
    return (await uow.execute(text(statement), parameters)).all()


_LIST_UNITS = (
    "SELECT code, name, kind, parent, valid_from, valid_to, source FROM units"
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
    "SELECT code, name, kind, parent, valid_from, valid_to, source FROM units"
    " WHERE code = :code AND valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on)"
)
_ALL_UNITS = text("SELECT code, name, kind, parent, valid_from, valid_to, source FROM units ORDER BY code, valid_from")
_DELETE_UNITS = text("DELETE FROM units")
_INSERT_UNITS = text(
    "INSERT INTO units (code, name, kind, parent, valid_from, valid_to, source)"
    " SELECT code, name, kind, parent, valid_from, valid_to, source FROM jsonb_to_recordset(CAST(:units AS jsonb))"
    " AS unit(code text, name text, kind text, parent text, valid_from date, valid_to date, source text)"
)
_COUNT_UNIT_LIST = text(
    "INSERT INTO unit_lists (province, version) VALUES (:province, 1)"
    " ON CONFLICT (province) DO UPDATE SET version = unit_lists.version + 1 RETURNING version"
)


async def unit(uow: UnitOfWork, code: str, on: date) -> Row[Any] | None:
    """The unit that had this code on that day."""
    return (await uow.execute(_UNIT, {"code": code, "on": on})).one_or_none()


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


_ROLLOUTS = text(
    "SELECT position, id, name, starts_on, unit_count, units, note, source FROM rollouts"
    " WHERE position > :after ORDER BY position LIMIT :limit"
)
_DELETE_ROLLOUTS = text("DELETE FROM rollouts")
_INSERT_ROLLOUT = text(
    "INSERT INTO rollouts (position, id, name, starts_on, unit_count, units, note, source)"
    " VALUES (:position, :id, :name, :starts_on, :unit_count, CAST(:units AS text[]), :note, :source)"
)


async def list_rollouts(uow: UnitOfWork, *, after: int, limit: int) -> Sequence[Row[Any]]:
    return (await uow.execute(_ROLLOUTS, {"after": after, "limit": limit})).all()


async def replace_rollouts(uow: UnitOfWork, rollouts: Sequence[Rollout]) -> None:
    await uow.execute(_DELETE_ROLLOUTS)
    for position, rollout in enumerate(rollouts, start=1):
        row = {"position": position} | rollout.model_dump() | {"units": list(rollout.units)}
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
