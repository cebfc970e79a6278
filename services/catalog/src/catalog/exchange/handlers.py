"""The use case of importing: every line of a file taken, left or refused by itself. It commits; no HTTP, no SQL of its own.

Each line is its own savepoint: what is refused leaves nothing behind and stops no other. A dry run does all of it and
keeps none of it. Imported twice, a file changes nothing the second time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from catalog.content import ProcedureContent
from catalog.domain.soundness import content_faults
from catalog.domain.versions import STANDING, Status, Version, next_number
from catalog.exchange.merging import Origin, merged
from catalog.exchange.sheet import Dated, edited
from catalog.exchange.upload import RecordLine, RowLine
from catalog.forms import Fault
from catalog.handlers.versions import publish, version_of
from catalog.queries import versions as queries
from catalog.sources.forms import form
from catalog.sources.life_events import life_events
from chassis.database import Database, UnitOfWork
from chassis.problems import Problem, Text
from contracts.catalog import ProcedureField

UNSAID = "Bản ghi thủ tục quốc gia (nhập tệp)"
"""The source of what an import says anew, where the importer names none."""


class Outcome(StrEnum):
    """What became of a line."""

    NEW_VERSION = "new-version"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class LineReport:
    """What became of a line: the version it made or found, whether that is published, or what is wrong with the line."""

    line: int
    code: str | None
    outcome: Outcome
    version: int | None = None
    published: bool = False
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What became of a file."""

    dry_run: bool
    lines: tuple[LineReport, ...]

    def count(self, outcome: Outcome) -> int:
        return sum(1 for line in self.lines if line.outcome is outcome)


@dataclass(frozen=True)
class Import:
    """Command: take in the lines of a file. New versions are drafts, or published at once."""

    lines: Sequence[RecordLine] | Sequence[RowLine]
    valid_from: date
    publish: bool
    dry_run: bool
    editor: str
    source: str | None = None


@dataclass(frozen=True)
class _Wanted:
    """What a line wants a procedure to say from when to when."""

    code: str
    version: Dated


class _Refused(Exception):
    """A line is refused; what it did so far is undone."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


async def import_procedures(command: Import, uow: UnitOfWork, database: Database) -> ImportReport:
    """Take in a file, line by line. Raises nothing for a line: the report says what became of it."""
    if not command.dry_run:
        return await uow.commit(await _take_in(command, uow))
    # Tried out in a transaction of its own that is never committed: what it would do is what it did there.
    async with database.begin() as trial:
        report = await _take_in(command, trial)
    return await uow.commit(report)


async def _take_in(command: Import, uow: UnitOfWork) -> ImportReport:
    await queries.lock(uow)
    codes = {line.code for line in command.lines}
    rows = await queries.versions(uow, codes.pop() if len(codes) == 1 else None)
    shelf: dict[str, list[_Kept]] = {}
    for row in rows:
        shelf.setdefault(row.code, []).append(_kept(row))
    seen: dict[Any, int] = {}
    reports = []
    for line in command.lines:
        first = seen.setdefault(_key(line), line.line)
        try:
            reports.append(await _line(line, first, shelf, command, uow))
        except _Refused as refused:
            reports.append(LineReport(line.line, line.code, Outcome.REFUSED, faults=refused.faults))
    return ImportReport(command.dry_run, tuple(reports))


def _key(line: RecordLine | RowLine) -> Any:
    """What two lines of one file may not have in common: which of them is meant, nobody could say."""
    if line.code is None:
        return line.line
    return line.code if isinstance(line, RecordLine) else (line.code, line.version)


async def _line(
    line: RecordLine | RowLine, first: int, shelf: dict[str, list["_Kept"]], command: Import, uow: UnitOfWork
) -> LineReport:
    if line.faults:
        raise _Refused(*line.faults)
    if line.code is None:
        raise _Refused(Fault("code", "missing", Text("Bắt buộc", "Required")))
    if first != line.line:
        said = Text(f"Đã có ở dòng {first}", f"Line {first} has it already")
        raise _Refused(Fault("/MATTHC" if isinstance(line, RecordLine) else "code", "duplicate", said))
    versions = shelf.setdefault(line.code, [])
    return await _apply(line.line, _wanted(line, versions, command), versions, command, uow)


@dataclass(frozen=True)
class _Kept:
    """A version as it is kept, its content read when it is asked for."""

    version: Version
    stored: str

    @property
    def number(self) -> int:
        return self.version.number

    @property
    def dated(self) -> Dated:
        content = ProcedureContent.model_validate_json(self.stored)
        return Dated(content, self.version.valid_from, self.version.valid_to)


def _kept(row: Row[Any]) -> _Kept:
    return _Kept(version_of(row), row.content)


def _wanted(line: RecordLine | RowLine, versions: Sequence[_Kept], command: Import) -> _Wanted:
    if isinstance(line, RecordLine):
        return _wanted_by_record(line, versions, command)
    return _wanted_by_row(line, versions)


def _wanted_by_record(line: RecordLine, versions: Sequence[_Kept], command: Import) -> _Wanted:
    record = line.record
    if record is None:
        raise _Refused(*line.faults)
    standing = [kept for kept in versions if kept.version.status in STANDING]
    base = next((kept.dated for kept in standing if _covers(kept.version, command.valid_from)), None)
    if base is None and standing:
        last = max(standing, key=lambda kept: kept.version.valid_from).dated
        base = Dated(last.content, command.valid_from, None)
    if base is None:
        field = ProcedureField(code="chua-phan-loai", name="Chưa phân loại")
        base = Dated(_unsaid(record.name, field), command.valid_from, None)
    content, faults = merged(record, base.content, Origin(command.valid_from, command.source or UNSAID))
    if faults:
        raise _Refused(*faults)
    if content == base.content and standing:
        return _Wanted(record.code, base)
    return _Wanted(record.code, Dated(content, command.valid_from, base.valid_to))


def _wanted_by_row(line: RowLine, versions: Sequence[_Kept]) -> _Wanted:
    base = next((kept for kept in versions if kept.number == line.version), None)
    if base is None or base.version.status is Status.DRAFT or line.code is None:
        message = Text("Không có phiên bản này đã công bố", "No such version was published")
        raise _Refused(Fault("version", "unknown-version", message))
    wanted, faults = edited(line.cells, base.dated)
    if faults:
        raise _Refused(*faults)
    if base.version.status not in STANDING and _same(wanted, versions) is None:
        message = Text("Phiên bản đã được đính chính; hãy xuất lại", "The version was corrected since; export it again")
        raise _Refused(Fault("version", "stale", message))
    return _Wanted(line.code, wanted)


def _unsaid(name: str, field: ProcedureField) -> ProcedureContent:
    """A procedure of which nothing is known yet but its name: the general form, and no one offers it."""
    general = form("general")
    return ProcedureContent(
        name=name, field=field, offerings=(), form_schema=general.schema, form_ui=general.ui, source=UNSAID
    )


def _same(wanted: Dated, versions: Iterable[_Kept]) -> _Kept | None:
    """The version that says just that already: one that stands, or a draft."""
    alike = [
        kept
        for kept in versions
        if kept.version.status is not Status.CORRECTED
        and (kept.version.valid_from, kept.version.valid_to) == (wanted.valid_from, wanted.valid_to)
        and kept.dated == wanted
    ]
    return max(alike, key=lambda kept: (kept.version.status in STANDING, kept.number), default=None)


async def _apply(line: int, wanted: _Wanted, versions: list[_Kept], command: Import, uow: UnitOfWork) -> LineReport:
    there = _same(wanted.version, versions)
    if there is not None and (there.version.status in STANDING or not command.publish):
        published = there.version.status in STANDING
        return LineReport(line, wanted.code, Outcome.UNCHANGED, there.number, published)
    if there is None:
        faults = content_faults(wanted.version.content, (event.code for event in life_events()))
        if faults:
            raise _Refused(*faults)
    try:
        async with uow.connection.begin_nested():
            number = await _drafted(wanted, versions, command, uow) if there is None else there.number
            if command.publish:
                await _published(wanted, number, versions, uow)
    except IntegrityError as error:  # what the database itself keeps (a trigger, a key) and nobody foresaw
        message = Text("Cơ sở dữ liệu từ chối dòng này", "The database refused this line")
        raise _Refused(Fault("", "database", message)) from error
    except Problem as problem:
        raise _Refused(Fault("", problem.slug, problem.detail or problem.title)) from problem
    _note(wanted, number, versions, published=command.publish)
    return LineReport(line, wanted.code, Outcome.NEW_VERSION, number, command.publish)


async def _drafted(wanted: _Wanted, versions: Sequence[_Kept], command: Import, uow: UnitOfWork) -> int:
    number = next_number(kept.version for kept in versions)
    validity = (wanted.version.valid_from, wanted.version.valid_to)
    await queries.insert_draft(uow, wanted.code, number, validity, wanted.version.content, command.editor)
    return number


async def _published(wanted: _Wanted, number: int, versions: Sequence[_Kept], uow: UnitOfWork) -> None:
    candidate = Version(number, Status.DRAFT, wanted.version.valid_from, wanted.version.valid_to)
    others = [kept.version for kept in versions if kept.number != number]
    await publish(wanted.code, candidate, others, wanted.version.content, uow)


def _note(wanted: _Wanted, number: int, versions: list[_Kept], *, published: bool) -> None:
    """Keep the shelf as the database now is, for a later line of the same procedure."""
    first, last = wanted.version.valid_from, wanted.version.valid_to
    status = Status.PUBLISHED if published else Status.DRAFT
    mine = Version(number, status, first, last)
    if published:
        for at, kept in enumerate(versions):
            other = kept.version
            if other.status not in STANDING or not other.overlaps(mine) or other.number == number:
                continue
            if other.valid_from == first:
                versions[at] = replace(kept, version=replace(other, status=Status.CORRECTED))
            else:
                versions[at] = replace(kept, version=replace(other, valid_to=date.fromordinal(first.toordinal() - 1)))
    versions[:] = [kept for kept in versions if kept.number != number]
    versions.append(_Kept(mine, wanted.version.content.stored()))


def _covers(version: Version, day: date) -> bool:
    return version.valid_from <= day and (version.valid_to is None or day <= version.valid_to)
