"""The use cases of the catalogue: draft, publish, seed. The only place that commits; it knows no HTTP and no SQL."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from catalog import problems, queries
from catalog.content import ProcedureContent
from catalog.domain.versions import TRANSITIONS, Action, Outdated, Overlap, Status, Version, publication
from catalog.forms import form_faults
from catalog.sources.calendar import calendars
from catalog.sources.procedures import SeedProcedure, procedures
from catalog.sources.rollouts import Rollout, rollouts
from catalog.sources.units import SourcedUnit, units
from chassis.database import UnitOfWork
from chassis.problems import FieldError
from chassis.service import Runtime
from contracts.catalog import AdministrativeUnit, AdministrativeUnitsPublished, CalendarDay, WorkingCalendarPublished

SEED = "seed"
"""Who created the versions that came from the data files."""
PROVINCE = "01"


@dataclass(frozen=True)
class StoredVersion:
    """A version of a procedure as it now stands."""

    code: str
    version: int
    status: Status
    valid_from: date
    valid_to: date | None
    content: ProcedureContent


@dataclass(frozen=True)
class DraftVersion:
    """Command: put a new version of a procedure beside those that are there, not yet in force."""

    code: str
    valid_from: date
    valid_to: date | None
    content: ProcedureContent
    editor: str


async def draft_version(command: DraftVersion, uow: UnitOfWork) -> StoredVersion:
    """Keep a draft under the next number of its code. Raises UnusableForm."""
    faults = form_faults(command.content.form_schema, command.content.occurrence_pointer)
    if faults:
        raise problems.UnusableForm(errors=[FieldError(fault.pointer, fault.rule, fault.message) for fault in faults])
    await queries.lock(uow)
    number = max((row.version for row in await queries.versions(uow, command.code)), default=0) + 1
    validity = (command.valid_from, command.valid_to)
    await queries.insert_draft(uow, command.code, number, validity, command.content, command.editor)
    return await uow.commit(StoredVersion(command.code, number, Status.DRAFT, *validity, command.content))


async def publish_version(code: str, number: int, uow: UnitOfWork) -> StoredVersion:
    """Bring a draft into the catalogue. Raises UnknownVersion, WrongState, ValidityOverlaps, NewerVersionPublished."""
    await queries.lock(uow)
    rows = await queries.versions(uow, code)
    row = next((row for row in rows if row.version == number), None)
    if row is None:
        raise problems.UnknownVersion(code=code, version=number)
    if (Status(row.status), Action.PUBLISH) not in TRANSITIONS:
        raise problems.WrongState(state=row.status, allowed=[Status.DRAFT])
    content = ProcedureContent.model_validate_json(row.content)
    await _publish(code, _version(row), [_version(other) for other in rows], content, uow)
    stored = StoredVersion(code, number, Status.PUBLISHED, row.valid_from, row.valid_to, content)
    return await uow.commit(stored)


async def _publish(
    code: str, candidate: Version, others: list[Version], content: ProcedureContent, uow: UnitOfWork
) -> None:
    """Make the candidate stand among the published versions as the domain decides, and say so."""
    match publication(candidate, others):
        case Overlap(other):
            raise problems.ValidityOverlaps(
                code=code, version=other.number, validFrom=other.valid_from, validTo=other.valid_to
            )
        case Outdated(newer):
            raise problems.NewerVersionPublished(code=code, version=newer.number)
        case effect:
            if effect.withdrawn:
                await queries.withdraw(uow, code, effect.withdrawn)
            if effect.ended:
                await queries.end(uow, code, *effect.ended)
    await queries.publish(uow, code, candidate.number)
    uow.record(content.published(code, candidate.number, candidate.valid_from, candidate.valid_to))


def _version(row: Row[Any]) -> Version:
    return Version(row.version, Status(row.status), row.valid_from, row.valid_to)


@dataclass(frozen=True)
class SeedReport:
    """What loading the data files did. `kept`: procedures that differ from the files because an editor changed them."""

    published: int = 0
    unchanged: int = 0
    kept: int = 0
    units: bool = False
    calendars: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.published or self.units or self.calendars)


async def seed(runtime: Runtime) -> SeedReport:
    """Load the data files into the database of a runtime."""
    async with runtime.database.begin() as uow:
        return await load_seed(uow)


async def load_seed(uow: UnitOfWork) -> SeedReport:
    """Bring the content of the data files into the catalogue and publish what is new or changed in them; safe to repeat.

    What an editor published is never overwritten. A second run with the same files changes and states nothing.
    """
    await queries.lock(uow)
    new_units = await _seed_units(units(), uow)
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
        calendars=sum(years),
    )
    return await uow.commit(report)


async def _seed_units(wanted: tuple[SourcedUnit, ...], uow: UnitOfWork) -> bool:
    if await queries.all_units(uow) == wanted:
        return False
    version = await queries.replace_units(uow, PROVINCE, wanted)
    stated = tuple(AdministrativeUnit.model_validate(unit.model_dump()) for unit in wanted)
    uow.record(AdministrativeUnitsPublished(version=version, province=PROVINCE, units=stated))
    return True


async def _seed_calendar(year: int, days: tuple[CalendarDay, ...], uow: UnitOfWork) -> bool:
    rows = await queries.calendars(uow, year)
    if rows and tuple(CalendarDay.model_validate(day) for day in json.loads(rows[0].days)) == days:
        return False
    version = await queries.keep_calendar(uow, year, days)
    uow.record(WorkingCalendarPublished(version=version, year=year, days=days))
    return True


async def _seed_rollouts(wanted: tuple[Rollout, ...], uow: UnitOfWork) -> None:
    rows = await queries.list_rollouts(uow, after=0, limit=len(wanted) + 1)
    kept = [{name: value for name, value in row._asdict().items() if name != "position"} for row in rows]
    if tuple(Rollout.model_validate(row) for row in kept) != wanted:
        await queries.replace_rollouts(uow, wanted)


async def _seed_procedure(item: SeedProcedure, rows: list[Row[Any]], uow: UnitOfWork) -> str:
    same_start = [row for row in rows if row.status == Status.PUBLISHED and row.valid_from == item.valid_from]
    valid_to = item.valid_to
    if same_start:
        current = same_start[0]
        # Open in the files and ended here: a later version took over from it. That is no difference, and is kept.
        valid_to = item.valid_to or current.valid_to
        content = json.loads(item.content.stored())
        if json.loads(current.content) == content and current.valid_to == valid_to:
            return "unchanged"
        if current.created_by != SEED:
            return "kept"
    number = max((row.version for row in rows), default=0) + 1
    await queries.insert_draft(uow, item.code, number, (item.valid_from, valid_to), item.content, SEED)
    candidate = Version(number, Status.DRAFT, item.valid_from, valid_to)
    await _publish(item.code, candidate, [_version(row) for row in rows], item.content, uow)
    return "published"
