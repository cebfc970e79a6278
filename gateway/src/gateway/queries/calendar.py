"""SQL of the gateway's own copy of the working calendar, fed by the catalogue's events. It decides nothing."""

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import text

from chassis.database import UnitOfWork
from contracts.catalog import WorkingCalendarPublished

_PUT = text(
    "INSERT INTO working_calendar (year, version, days) VALUES (:year, :version, CAST(:days AS jsonb))"
    " ON CONFLICT (year) DO UPDATE SET version = excluded.version, days = excluded.days"
    " WHERE working_calendar.version < excluded.version"
)
_DAYS = text("SELECT days FROM working_calendar WHERE year IN (:year, :next_year)")


async def put(uow: UnitOfWork, calendar: WorkingCalendarPublished) -> None:
    """Keep a year's calendar; older news of the same year changes nothing."""
    days = json.dumps({listed.day.isoformat(): listed.working for listed in calendar.days})
    await uow.execute(_PUT, {"year": calendar.year, "version": calendar.version, "days": days})


async def days_from(uow: UnitOfWork, day: date) -> Mapping[date, bool]:
    """The days of this year and the next that depart from the week's pattern, and whether they are worked."""
    rows = await uow.execute(_DAYS, {"year": day.year, "next_year": day.year + 1})
    return {date.fromisoformat(listed): worked for row in rows for listed, worked in row.days.items()}
