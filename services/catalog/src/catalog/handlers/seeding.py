"""The use case that loads the data files: what is new or changed in them is published. It commits; no HTTP, no SQL."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from catalog.domain.versions import STANDING, Status, Version, next_number
from catalog.handlers.agencies import seed_agencies
from catalog.handlers.versions import publish, version_of
from catalog.queries import places
from catalog.queries import versions as queries
from catalog.sources.agencies import agencies
from catalog.sources.calendar import calendars
from catalog.sources.procedures import SeedProcedure, procedures
from catalog.sources.rollouts import Rollout, rollouts
from catalog.sources.units import SourcedUnit, units
from chassis.database import UnitOfWork
from chassis.service import Runtime
from contracts.catalog import AdministrativeUnit, AdministrativeUnitsPublished, CalendarDay, WorkingCalendarPublished

SEED = "seed"
"""Who created what came from the data files."""
PROVINCE = "01"


@dataclass(frozen=True)
class SeedReport:
    """What loading the data files did. `kept`: procedures that differ from the files because an editor changed them."""

    published: int = 0
    unchanged: int = 0
    kept: int = 0
    units: bool = False
    agencies: bool = False
    calendars: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.published or self.units or self.agencies or self.calendars)


async def seed(runtime: Runtime) -> SeedReport:
    """Load the data files into the database of a runtime."""
    async with runtime.database.begin() as uow:
        return await load_seed(uow)


async def load_seed(uow: UnitOfWork) -> SeedReport:
    """Bring the content of the data files into the catalogue and publish what is new or changed in them; safe to repeat.

    What an editor published or withdrew is never overwritten. A second run with the same files changes and states
    nothing.
    """
    await queries.lock(uow)
    new_units = await _seed_units(units(), uow)
    new_agencies = await seed_agencies(agencies(), PROVINCE, SEED, uow)
    years = [await _seed_calendar(year, days, uow) for year, days in calendars().items()]
    await _seed_rollouts(rollouts(), uow)
    existing: dict[str, list[Row[Any]]] = {}
    for row in await queries.versions(uow):
        existing.setdefault(row.code, []).append(row)
    outcomes = [await _seed_procedure(item, existing.get(item.code, []), uow) for item in procedures()]
    report = SeedReport(
        published=outcomes.count("published"),
        unchanged=outcomes.count("unchanged"),
        kept=outcomes.count("kept"),
        units=new_units,
        agencies=new_agencies,
        calendars=sum(years),
    )
    return await uow.commit(report)


async def _seed_units(wanted: tuple[SourcedUnit, ...], uow: UnitOfWork) -> bool:
    if await places.all_units(uow) == wanted:
        return False
    version = await places.replace_units(uow, PROVINCE, wanted)
    stated = tuple(AdministrativeUnit.model_validate(unit.model_dump()) for unit in wanted)
    uow.record(AdministrativeUnitsPublished(version=version, province=PROVINCE, units=stated))
    return True


async def _seed_calendar(year: int, days: tuple[CalendarDay, ...], uow: UnitOfWork) -> bool:
    rows = await places.calendars(uow, year)
    if rows and tuple(CalendarDay.model_validate(day) for day in json.loads(rows[0].days)) == days:
        return False
    version = await places.keep_calendar(uow, year, days)
    uow.record(WorkingCalendarPublished(version=version, year=year, days=days))
    return True


async def _seed_rollouts(wanted: tuple[Rollout, ...], uow: UnitOfWork) -> None:
    rows = await places.list_rollouts(uow, on=None, after=0, limit=len(wanted) + 1)
    stated = set(Rollout.model_fields)
    kept = [{name: value for name, value in row._asdict().items() if name in stated} for row in rows]
    if tuple(Rollout.model_validate(row) for row in kept) != wanted:
        await places.replace_rollouts(uow, wanted)


async def _seed_procedure(item: SeedProcedure, rows: list[Row[Any]], uow: UnitOfWork) -> str:
    same_start = [row for row in rows if Status(row.status) in STANDING and row.valid_from == item.valid_from]
    valid_to = item.valid_to
    if same_start:
        current = same_start[0]
        # Open in the files and ended here: a later version took over from it. That is no difference, and is kept.
        valid_to = item.valid_to or current.valid_to
        content = json.loads(item.content.stored())
        if json.loads(current.content) == content and current.valid_to == valid_to:
            return "unchanged"
        if current.created_by != SEED or current.status == Status.WITHDRAWN:
            return "kept"
    number = next_number(map(version_of, rows))
    await queries.insert_draft(uow, item.code, number, (item.valid_from, valid_to), item.content, SEED)
    candidate = Version(number, Status.DRAFT, item.valid_from, valid_to)
    await publish(item.code, candidate, [version_of(row) for row in rows], item.content, uow)
    return "published"
