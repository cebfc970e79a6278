"""SQL of what we keep of the catalogue: procedures, their offerings, units, the working calendar. Fed by events only."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from chassis.database import UnitOfWork
from contracts.catalog import (
    AdministrativeUnitsPublished,
    AgenciesPublished,
    ProcedurePublished,
    ProcedureWithdrawn,
    WorkingCalendarPublished,
)
from contracts.codes import Channel, UnitKind

EVERY_COMMUNE = "*"
"""In an offering: every commune-level unit in force."""

_COMMUNE_LEVEL = f"'{UnitKind.WARD}', '{UnitKind.COMMUNE}', '{UnitKind.TOWNSHIP}'"

# Of a code's versions the latest to begin counts, up to its last day or that of its withdrawal: an older one does not come
# back when a newer one ends.
LATEST_VERSION = """
    SELECT procedures.code, procedures.version, procedures.content, least(procedures.valid_to, withdrawals.valid_to) AS last_day
    FROM procedures
    LEFT JOIN withdrawals ON withdrawals.code = procedures.code AND withdrawals.number = procedures.version
    WHERE procedures.code = :procedure AND procedures.valid_from <= :day
    ORDER BY procedures.valid_from DESC, procedures.version DESC LIMIT 1"""

# All that intake must know, in one statement; what is large (schema, calendar) comes from the process's own memory by
# the versions given here.
_LOOK_UP = text(f"""
SELECT
    p.version AS procedure_version,
    p.last_day,
    (SELECT min(valid_from) FROM procedures WHERE code = :procedure AND valid_from > :day) AS next_from,
    u.code IS NOT NULL AS unit_in_force,
    coalesce(o.offered, false) AS offered,
    o.starts,
    a.code AS agency,
    a.former_code AS former_agency,
    (SELECT array_agg(year || ':' || version ORDER BY year) FROM calendars WHERE year IN (:year, :next_year)) AS calendar
FROM (SELECT 1) AS one
LEFT JOIN LATERAL ({LATEST_VERSION}) AS p ON true
LEFT JOIN LATERAL (
    SELECT code, kind FROM units
    WHERE code = :unit AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)
    ORDER BY valid_from DESC LIMIT 1) AS u ON true
LEFT JOIN LATERAL (
    SELECT code, former_code FROM agencies
    WHERE unit = u.code AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)
    ORDER BY valid_from DESC, code LIMIT 1) AS a ON true
LEFT JOIN LATERAL (
    SELECT bool_or(valid_from <= :day) AS offered, min(valid_from) FILTER (WHERE valid_from > :day) AS starts
    FROM offerings
    WHERE procedure = :procedure AND procedure_version = p.version AND channel = :channel
        AND (unit = u.code OR unit = '{EVERY_COMMUNE}' AND u.kind IN ({_COMMUNE_LEVEL}))
        AND (valid_to IS NULL OR valid_to >= :day)) AS o ON true""")  # noqa: S608 - constants

_PROCEDURE = text("SELECT content FROM procedures WHERE code = :code AND version = :version")
_CALENDARS = text("SELECT days FROM calendars WHERE year IN (:year, :next_year)")
_UNITS = text("SELECT DISTINCT code FROM units")
_UNIT_NAME = text("SELECT name FROM units WHERE code = :code AND valid_from <= :day ORDER BY valid_from DESC LIMIT 1")
_CALENDAR_KEY = text(
    "SELECT array_agg(year || ':' || version ORDER BY year) FROM calendars WHERE year IN (:year, :next_year)"
)

_PUT_PROCEDURE = text("""
INSERT INTO procedures (code, version, valid_from, valid_to, content)
VALUES (:code, :version, :valid_from, :valid_to, CAST(:content AS jsonb))
ON CONFLICT (code, version) DO NOTHING RETURNING code""")
_PUT_OFFERINGS = text("""
INSERT INTO offerings (procedure, procedure_version, unit, channel, valid_from, valid_to)
SELECT :procedure, :version, * FROM unnest(
    CAST(:units AS text[]), CAST(:channels AS smallint[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
ON CONFLICT DO NOTHING""")

_PUT_UNIT_LIST = text("""
INSERT INTO unit_lists (province, version) VALUES (:province, :version)
ON CONFLICT (province) DO UPDATE SET version = excluded.version WHERE unit_lists.version < excluded.version
RETURNING province""")
_DROP_UNITS = text("DELETE FROM units WHERE province = :province")
_PUT_UNITS = text("""
INSERT INTO units (province, code, name, kind, valid_from, valid_to)
SELECT CAST(:province AS text), * FROM unnest(
    CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:kinds AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))""")

_PUT_WITHDRAWAL = text("""
INSERT INTO withdrawals (code, number, version, valid_to, legal_source, reason)
VALUES (:code, :number, :version, :valid_to, :legal_source, :reason)
ON CONFLICT (code, number) DO UPDATE SET version = excluded.version, valid_to = excluded.valid_to,
    legal_source = excluded.legal_source, reason = excluded.reason
WHERE withdrawals.version < excluded.version""")

_PUT_AGENCY_LIST = text("""
INSERT INTO agency_lists (province, version) VALUES (:province, :version)
ON CONFLICT (province) DO UPDATE SET version = excluded.version WHERE agency_lists.version < excluded.version
RETURNING province""")
_DROP_AGENCIES = text("DELETE FROM agencies WHERE province = :province")
_PUT_AGENCIES = text("""
INSERT INTO agencies (province, code, former_code, name, unit, valid_from, valid_to)
SELECT CAST(:province AS text), * FROM unnest(
    CAST(:codes AS text[]), CAST(:former AS text[]), CAST(:names AS text[]), CAST(:units AS text[]),
    CAST(:starts AS date[]), CAST(:ends AS date[]))""")

_PUT_CALENDAR = text("""
INSERT INTO calendars (year, version, days) VALUES (:year, :version, CAST(:days AS jsonb))
ON CONFLICT (year) DO UPDATE SET version = excluded.version, days = excluded.days
WHERE calendars.version < excluded.version""")


@dataclass(frozen=True, slots=True)
class Known:
    """What intake needs to know of one filing's surroundings. `procedure_version` None: no version has begun yet.

    `last_day`: of that version, if it has one. `next_from`: when a later one begins. `agency`, `former_agency`: the codes
    of the unit's own agency, where the catalogue names one.
    """

    procedure_version: int | None
    last_day: date | None
    next_from: date | None
    unit_in_force: bool
    offered: bool
    starts: date | None
    agency: str | None
    former_agency: str | None
    calendar: tuple[str, ...]


async def look_up(uow: UnitOfWork, *, procedure: str, unit: str, channel: Channel, day: date) -> Known:
    """All that is known about filing this there, then and by that channel."""
    parameters = {"procedure": procedure, "unit": unit, "channel": channel, "day": day} | _years(day)
    row = (await uow.execute(_LOOK_UP, parameters)).one()
    return Known(
        row.procedure_version,
        row.last_day,
        row.next_from,
        row.unit_in_force,
        row.offered,
        row.starts,
        row.agency,
        row.former_agency,
        tuple(row.calendar or ()),
    )


async def calendar_key(uow: UnitOfWork, day: date) -> tuple[str, ...]:
    """Which versions of the working calendar are in force around a day."""
    return tuple((await uow.execute(_CALENDAR_KEY, _years(day))).scalar_one() or ())


async def calendar_days(uow: UnitOfWork, day: date) -> dict[date, bool]:
    """The days, in the year of `day` and the next, that depart from the week: worked or not."""
    years = await uow.execute(_CALENDARS, _years(day))
    return {date.fromisoformat(on): working for days in years.scalars() for on, working in days.items()}


async def procedure(uow: UnitOfWork, code: str, version: int) -> ProcedurePublished:
    """A version of a procedure as published, without its offerings. It must be there."""
    content = (await uow.execute(_PROCEDURE, {"code": code, "version": version})).scalar_one()
    return ProcedurePublished.model_validate(content)


async def unit_name(uow: UnitOfWork, code: str, day: date) -> str:
    """The name a unit bore on a day."""
    return str((await uow.execute(_UNIT_NAME, {"code": code, "day": day})).scalar_one_or_none() or code)


async def units_of(uow: UnitOfWork, units: Iterable[str] | None) -> list[str]:
    """The units an officer serves; None, which is every unit there ever was, costs a statement."""
    return sorted(units if units is not None else (await uow.execute(_UNITS)).scalars())


async def put_procedure(uow: UnitOfWork, published: ProcedurePublished) -> None:
    """Keep a version of a procedure and where it is offered. A version already here stays as it is."""
    content = published.model_copy(update={"offerings": ()}).model_dump_json(by_alias=True)
    row = {
        "code": published.code,
        "version": published.version,
        "valid_from": published.valid_from,
        "valid_to": published.valid_to,
        "content": content,
    }
    if (await uow.execute(_PUT_PROCEDURE, row)).first() is None:
        return
    rows: list[tuple[str, Channel, date, date | None]] = [
        (unit, channel, offering.valid_from, offering.valid_to)
        for offering in published.offerings
        for unit in offering.units or (EVERY_COMMUNE,)
        for channel in offering.channels
    ]
    keys = {"procedure": published.code, "version": published.version}
    await uow.execute(_PUT_OFFERINGS, keys | _columns(rows, "units", "channels", "starts", "ends"))


async def put_units(uow: UnitOfWork, published: AdministrativeUnitsPublished) -> None:
    """Keep the province's whole list in place of an older one."""
    province = {"province": published.province}
    if (await uow.execute(_PUT_UNIT_LIST, province | {"version": published.version})).first() is None:
        return
    await uow.execute(_DROP_UNITS, province)
    rows = [(unit.code, unit.name, unit.kind.value, unit.valid_from, unit.valid_to) for unit in published.units]
    await uow.execute(_PUT_UNITS, province | _columns(rows, "codes", "names", "kinds", "starts", "ends"))


async def put_withdrawal(uow: UnitOfWork, told: ProcedureWithdrawn) -> None:
    """Keep which version of a procedure ends when, in place of older news of that version."""
    row = {
        "code": told.code,
        "number": told.number,
        "version": told.version,
        "valid_to": told.valid_to,
        "legal_source": told.legal_source,
        "reason": told.reason,
    }
    await uow.execute(_PUT_WITHDRAWAL, row)


async def put_agencies(uow: UnitOfWork, published: AgenciesPublished) -> None:
    """Keep the province's whole list in place of an older one."""
    province = {"province": published.province}
    if (await uow.execute(_PUT_AGENCY_LIST, province | {"version": published.version})).first() is None:
        return
    await uow.execute(_DROP_AGENCIES, province)
    rows = [(row.code, row.former_code, row.name, row.unit, row.valid_from, row.valid_to) for row in published.agencies]
    await uow.execute(_PUT_AGENCIES, province | _columns(rows, "codes", "former", "names", "units", "starts", "ends"))


async def put_calendar(uow: UnitOfWork, published: WorkingCalendarPublished) -> None:
    """Keep a year's calendar in place of an older version of it."""
    days = json.dumps({day.day.isoformat(): day.working for day in published.days})
    await uow.execute(_PUT_CALENDAR, {"year": published.year, "version": published.version, "days": days})


def _columns(rows: list[Any], *names: str) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _years(day: date) -> dict[str, int]:
    return {"year": day.year, "next_year": day.year + 1}
