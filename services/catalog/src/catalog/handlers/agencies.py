"""The use cases of agencies: keep one, load those of the data files. They commit or are part of one; no HTTP, no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from catalog import problems
from catalog.domain.versions import Outdated, Overlap, Publication, Status, Version, publication
from catalog.queries import places
from catalog.queries.versions import lock
from catalog.sources.agencies import SourcedAgency
from chassis.database import UnitOfWork
from chassis.etags import check_match
from chassis.problems import FieldError, Text
from contracts.catalog import AgenciesPublished, Agency


@dataclass(frozen=True)
class KeepAgency:
    """Command: add an agency, or replace the one of the same code and first day."""

    agency: SourcedAgency
    province: str
    editor: str
    if_match: str | None


@dataclass(frozen=True)
class KeptAgency:
    """An agency as it now stands. `revision` counts its changes; `added`: it was not there before."""

    agency: SourcedAgency
    revision: int
    added: bool


async def keep_agency(command: KeepAgency, uow: UnitOfWork) -> KeptAgency:
    """Keep an agency and state the whole list. Raises UnsoundAgency, AgencyOverlaps."""
    wanted = command.agency
    await lock(uow)
    rows = await places.all_agencies(uow)
    await _refuse_unsound(wanted, rows, uow)
    of_code = [row for row in rows if row.code == wanted.code]
    there = next((row for row in of_code if row.valid_from == wanted.valid_from), None)
    if there is not None or command.if_match is not None:
        check_match(there.revision if there is not None else 0, command.if_match)
    ended = _ended(wanted, [row for row in of_code if row is not there])
    if ended is not None:
        await places.end_agency(uow, wanted.code, ended, wanted.valid_from - timedelta(days=1))
    await places.keep_agency(uow, wanted, command.editor)
    await _state(command.province, uow)
    revision = there.revision + 1 if there is not None else 1
    return await uow.commit(KeptAgency(wanted, revision, there is None))


def _ended(wanted: SourcedAgency, others: Sequence[Row[Any]]) -> date | None:
    """The first day of the row that must end before this one, by the rule of versions. Raises AgencyOverlaps."""
    candidate = Version(len(others) + 1, Status.DRAFT, wanted.valid_from, wanted.valid_to)
    standing = [
        Version(number, Status.PUBLISHED, row.valid_from, row.valid_to) for number, row in enumerate(others, start=1)
    ]
    match publication(candidate, standing):
        case Overlap(other) | Outdated(other):
            raise problems.AgencyOverlaps(code=wanted.code, validFrom=other.valid_from, validTo=other.valid_to)
        case Publication(ended=ended):
            return None if ended is None else others[ended[0] - 1].valid_from


async def _refuse_unsound(wanted: SourcedAgency, rows: Sequence[Row[Any]], uow: UnitOfWork) -> None:
    errors = []
    parents = {row.code for row in rows} - {wanted.code}
    if wanted.parent is not None and wanted.parent not in parents:
        errors.append(FieldError("/parent", "agency", Text("Không có cơ quan này", "There is no such agency")))
    if wanted.unit is not None and await places.unit(uow, wanted.unit, wanted.valid_from) is None:
        message = Text("Không có đơn vị hành chính này vào ngày đầu", "There is no such unit on the first day")
        errors.append(FieldError("/unit", "unit", message))
    if errors:
        raise problems.UnsoundAgency(errors=errors)


async def seed_agencies(wanted: Sequence[SourcedAgency], province: str, author: str, uow: UnitOfWork) -> bool:
    """Part of a use case: keep the agencies of the files, but for those an editor has spoken of. Commits nothing."""
    rows = await places.all_agencies(uow)
    edited = {row.code for row in rows if row.created_by != author}
    kept = {SourcedAgency.model_validate(row._asdict()) for row in rows}
    new = [agency for agency in wanted if agency.code not in edited and agency not in kept]
    for agency in new:
        await places.keep_agency(uow, agency, author)
    if new:
        await _state(province, uow)
    return bool(new)


async def _state(province: str, uow: UnitOfWork) -> None:
    rows = await places.all_agencies(uow)
    version = await places.count_agency_list(uow, province)
    stated = tuple(Agency.model_validate(row._asdict()) for row in rows)
    uow.record(AgenciesPublished(version=version, province=province, agencies=stated))
