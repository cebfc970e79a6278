"""The use cases of a procedure's versions: draft, change, discard, publish, withdraw. They commit; no HTTP, no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from catalog import problems
from catalog.content import ProcedureContent
from catalog.domain.soundness import content_faults, place_faults
from catalog.domain.versions import (
    TRANSITIONS,
    Action,
    Outdated,
    Overlap,
    Status,
    Version,
    last_days,
    next_number,
    publication,
)
from catalog.queries import places
from catalog.queries import versions as queries
from catalog.sources.life_events import life_events
from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.etags import check_match
from chassis.problems import FieldError, Text
from contracts.catalog import ProcedureWithdrawn


@dataclass(frozen=True)
class StoredVersion:
    """A version of a procedure as it now stands. `revision` counts its changes."""

    code: str
    version: int
    status: Status
    valid_from: date
    valid_to: date | None
    content: ProcedureContent
    revision: int


@dataclass(frozen=True)
class DraftVersion:
    """Command: put a new version of a procedure beside those that are there, not yet in force."""

    code: str
    valid_from: date
    valid_to: date | None
    content: ProcedureContent
    editor: str


@dataclass(frozen=True)
class ChangeDraft:
    """Command: let a draft say this instead. `if_match` is the draft it was written upon."""

    code: str
    number: int
    valid_from: date
    valid_to: date | None
    content: ProcedureContent
    editor: str
    if_match: str | None


@dataclass(frozen=True)
class WithdrawVersion:
    """Command: end a published version (bãi bỏ): `last_day` is the last day anyone may file by it."""

    code: str
    number: int
    last_day: date
    legal_source: str
    reason: str
    editor: str
    if_match: str | None = None


async def draft_version(command: DraftVersion, uow: UnitOfWork) -> StoredVersion:
    """Keep a draft under the next number of its code. Raises UnusableForm, UnsoundVersion."""
    await _refuse_unsound(command.content, uow)
    await queries.lock(uow)
    number = next_number(map(version_of, await queries.versions(uow, command.code)))
    validity = (command.valid_from, command.valid_to)
    revision = await queries.insert_draft(uow, command.code, number, validity, command.content, command.editor)
    return await uow.commit(StoredVersion(command.code, number, Status.DRAFT, *validity, command.content, revision))


async def change_draft(command: ChangeDraft, uow: UnitOfWork) -> StoredVersion:
    """Put other content in the place of a draft's. Raises UnknownVersion, WrongState, UnusableForm, UnsoundVersion."""
    await _refuse_unsound(command.content, uow)
    await queries.lock(uow)
    row, _ = await _version(command.code, command.number, Action.CHANGE, uow)
    check_match(row.revision, command.if_match, required=True)
    validity = (command.valid_from, command.valid_to)
    await queries.change_draft(uow, command.code, command.number, validity, command.content, command.editor)
    changed = StoredVersion(
        command.code, command.number, Status.DRAFT, *validity, command.content, revision=row.revision + 1
    )
    return await uow.commit(changed)


async def discard_draft(code: str, number: int, if_match: str | None, uow: UnitOfWork) -> None:
    """Throw a draft away: its number may be taken again. Raises UnknownVersion, WrongState."""
    await queries.lock(uow)
    row, _ = await _version(code, number, Action.CHANGE, uow)
    check_match(row.revision, if_match, required=True)
    await queries.discard_draft(uow, code, number)
    await uow.commit(None)


async def publish_version(code: str, number: int, uow: UnitOfWork, if_match: str | None = None) -> StoredVersion:
    """Bring a draft into the catalogue. Raises UnknownVersion, WrongState, ValidityOverlaps, NewerVersionPublished."""
    await queries.lock(uow)
    row, rows = await _version(code, number, Action.PUBLISH, uow)
    check_match(row.revision, if_match)
    content = ProcedureContent.model_validate_json(row.content)
    await publish(code, version_of(row), [version_of(other) for other in rows], content, uow)
    stored = StoredVersion(code, number, Status.PUBLISHED, row.valid_from, row.valid_to, content, row.revision + 1)
    return await uow.commit(stored)


async def publish(
    code: str, candidate: Version, others: Sequence[Version], content: ProcedureContent, uow: UnitOfWork
) -> None:
    """Part of a use case: make the candidate stand among the others as the domain decides, and say so. Commits nothing."""
    match publication(candidate, others):
        case Overlap(other):
            raise problems.ValidityOverlaps(
                code=code, version=other.number, validFrom=other.valid_from, validTo=other.valid_to
            )
        case Outdated(newer):
            raise problems.NewerVersionPublished(code=code, version=newer.number)
        case effect:
            if effect.corrected:
                await queries.correct(uow, code, effect.corrected)
            if effect.ended:
                await queries.end(uow, code, *effect.ended)
    await queries.publish(uow, code, candidate.number)
    uow.record(content.published(code, candidate.number, candidate.valid_from, candidate.valid_to))


async def withdraw_version(command: WithdrawVersion, uow: UnitOfWork) -> StoredVersion:
    """End a published version and say so. Raises UnknownVersion, WrongState, LastDayOutside."""
    await queries.lock(uow)
    row, rows = await _version(command.code, command.number, Action.WITHDRAW, uow)
    check_match(row.revision, command.if_match)
    first, last = last_days(version_of(row), hanoi_day(uow.now))
    if command.last_day < first or (last is not None and command.last_day > last):
        message = Text("Ngày cuối không nằm trong khoảng cho phép", "Not within the days allowed")
        raise problems.LastDayOutside(errors=[FieldError("/lastDay", "last-day", message)], earliest=first, latest=last)
    withdrawal = next_number(map(version_of, rows))
    await queries.withdraw(
        uow,
        command.code,
        command.number,
        command.last_day,
        withdrawal=withdrawal,
        source=command.legal_source,
        reason=command.reason,
        by=command.editor,
    )
    uow.record(
        ProcedureWithdrawn(
            version=withdrawal,
            code=command.code,
            number=command.number,
            valid_to=command.last_day,
            legal_source=command.legal_source,
            reason=command.reason,
        )
    )
    content = ProcedureContent.model_validate_json(row.content)
    validity = (row.valid_from, command.last_day)
    stored = StoredVersion(
        command.code, command.number, Status.WITHDRAWN, *validity, content, revision=row.revision + 1
    )
    return await uow.commit(stored)


async def _version(code: str, number: int, action: Action, uow: UnitOfWork) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """The version and all of its code. Raises UnknownVersion, or WrongState if nothing of the kind can be done to it."""
    rows = await queries.versions(uow, code)
    row = next((row for row in rows if row.version == number), None)
    if row is None:
        raise problems.UnknownVersion(code=code, version=number)
    if (Status(row.status), action) not in TRANSITIONS:
        allowed = [str(state) for state, possible in TRANSITIONS if possible is action]
        raise problems.WrongState(state=row.status, allowed=allowed)
    return row, rows


def version_of(row: Row[Any]) -> Version:
    """The domain's version of a row."""
    return Version(row.version, Status(row.status), row.valid_from, row.valid_to, row.withdrawal)


async def _refuse_unsound(content: ProcedureContent, uow: UnitOfWork) -> None:
    faults = content_faults(content, (event.code for event in life_events()))
    if named := {unit for offering in content.offerings for unit in offering.units or ()}:
        faults += place_faults(content.offerings, await places.days_of_communes(uow, named))
    if not faults:
        return
    errors = [FieldError(fault.pointer, fault.rule, fault.message) for fault in faults]
    unusable = any(fault.rule in {"json-schema", "date-in-form"} for fault in faults)
    raise (problems.UnusableForm if unusable else problems.UnsoundVersion)(errors=errors)
