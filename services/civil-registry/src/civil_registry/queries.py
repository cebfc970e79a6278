"""The SQL of the civil registry, one function a statement. It decides nothing and commits nothing."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.auth import Principal
from chassis.database import UnitOfWork
from chassis.text import folded
from civil_registry.domain.duplicates import BirthIdentity, ParentIdentity
from civil_registry.domain.lifecycle import CaseState, Cause
from civil_registry.domain.numbering import BookKind
from civil_registry.record import BirthRecord
from contracts.catalog import AdministrativeUnit
from contracts.civil_registry import BirthDeclaration

# Declarations of one child at once wait for one another: the statement after this one sees what the other committed. The
# keys come sorted, so that two dossiers which share two children never wait for one another in a ring.
_LOCK_CHILDREN = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(child, 717)) FROM unnest(CAST(:children AS text[])) AS child"
)
_ALIKE = text(
    "WITH asked AS (SELECT * FROM unnest(CAST(:children AS text[]), CAST(:days AS date[])) AS a (child, born))"
    " SELECT child_name, date_of_birth, mother_name, mother_personal_id, father_name, father_personal_id"
    " FROM records JOIN asked ON date_of_birth = born AND child_name_folded = child"
    " UNION ALL SELECT declaration #>> '{child,fullName}', date_of_birth,"
    " declaration #>> '{mother,fullName}', declaration #>> '{mother,personalId}',"
    " declaration #>> '{father,fullName}', declaration #>> '{father,personalId}'"
    " FROM cases JOIN asked ON date_of_birth = born AND child_name_folded = child"
    " WHERE state = 'awaiting-personal-id' AND dossier_code <> :dossier_code"
)
_OPEN_CASES = text(
    "INSERT INTO cases (id, dossier_code, child_number, unit, state, version, people, received_at, changed_at,"
    " declaration, child_name_folded, date_of_birth, cause, reason)"
    " SELECT id, :dossier_code, child_number, :unit, state, version, CAST(:people AS text[]), :received_at, :now,"
    " declaration, child, born, cause, reason"
    " FROM jsonb_to_recordset(CAST(:cases AS jsonb)) AS c (id uuid, child_number bigint, state text, version bigint,"
    " declaration jsonb, child text, born date, cause text, reason text)"
    " WHERE NOT EXISTS (SELECT FROM cases WHERE dossier_code = :dossier_code)"
    " ON CONFLICT (dossier_code, child_number) DO NOTHING RETURNING id"
)
_CASES_TO_DECIDE = text(
    "SELECT c.id, c.child_number, c.unit, c.state, c.version, c.people, CAST(c.declaration AS text) AS declaration,"
    " c.cause, (SELECT personal_id FROM records WHERE id = c.record_id) AS personal_id,"
    " EXISTS (SELECT FROM records WHERE personal_id = :personal_id) AS personal_id_taken,"
    " (SELECT name FROM units WHERE code = c.unit AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)"
    " ORDER BY valid_from DESC LIMIT 1) AS unit_name"
    " FROM cases c WHERE c.dossier_code = :dossier_code ORDER BY c.child_number FOR UPDATE OF c"
)
# One statement takes the next number and holds the book until the transaction ends: if it does not commit, the number
# was never taken, so there are no gaps.
_NEXT_NUMBER = text(
    "INSERT INTO book_counters AS b (unit, kind, year, last_number) VALUES (:unit, :kind, :year, :first)"
    " ON CONFLICT (unit, kind, year) DO UPDATE SET last_number = b.last_number + 1 RETURNING last_number"
)
_REGISTER = text(
    "WITH record AS (INSERT INTO records (id, dossier_code, child_number, unit, kind, year, number, volume,"
    " registered_on, personal_id, people, child_name, child_name_folded, date_of_birth, mother_name, mother_personal_id, father_name,"
    " father_personal_id, signed, verification_token)"
    " VALUES (:id, :dossier_code, :child_number, :unit, :kind, :year, :number, :volume, :registered_on, :personal_id, :people,"
    " :child_name, :child_name_folded, :date_of_birth, :mother_name, :mother_personal_id, :father_name,"
    " :father_personal_id, :signed, :verification_token) RETURNING id)"
    " UPDATE cases SET state = :state, version = :version, record_id = record.id, changed_at = :now, people = :people,"
    " declaration = NULL, child_name_folded = NULL, date_of_birth = NULL"
    " FROM record WHERE cases.id = :case_id"
)
_REFUSE = text(
    "UPDATE cases SET state = :state, version = :version, cause = :cause, reason = :reason, changed_at = :now,"
    " declaration = NULL, child_name_folded = NULL, date_of_birth = NULL WHERE id = :id"
)
_RECORD = "SELECT id, unit, people, dossier_code, signed, verification_token FROM records"
_RECORD_BY_ID = text(f"{_RECORD} WHERE id = :id")
_RECORD_OF_PERSON = text(f"{_RECORD} WHERE personal_id = :personal_id")
_RECORDS_OF_DOSSIER = text(
    "SELECT id, child_number, unit, people, number, year, volume, registered_on FROM records"
    " WHERE dossier_code = :dossier_code ORDER BY child_number"
)
_SIGNED_BY_TOKEN = text("SELECT signed FROM records WHERE verification_token = :token")
_CASES = text(
    "SELECT id, dossier_code, child_number, unit, state, version, people, received_at, changed_at, cause, reason,"
    " record_id FROM cases WHERE dossier_code = :dossier_code ORDER BY child_number"
)
_NOTE_ACCESS = text(
    "INSERT INTO data_accesses (record_id, at, caller_kind, caller, caller_agency, item, purpose)"
    " VALUES (:record_id, :at, :caller_kind, :caller, :caller_agency, :item, :purpose)"
)
_ACCESSES = text(
    "SELECT a.position, a.record_id, a.at, a.caller_kind, a.caller, a.caller_agency, a.item, a.purpose"
    " FROM data_accesses a JOIN records r ON r.id = a.record_id"
    " WHERE r.people @> ARRAY[CAST(:me AS text)] AND a.position < :before ORDER BY a.position DESC LIMIT :rows"
)
_NEWER_LIST = text(
    "INSERT INTO unit_lists AS l (province, version) VALUES (:province, :version)"
    " ON CONFLICT (province) DO UPDATE SET version = excluded.version WHERE l.version < excluded.version"
    " RETURNING province"
)
_DROP_UNITS = text("DELETE FROM units WHERE province = :province")
_KEEP_UNITS = text(
    "INSERT INTO units (code, valid_from, valid_to, name, province) SELECT *, CAST(:province AS text) FROM"
    " unnest(CAST(:codes AS text[]), CAST(:froms AS date[]), CAST(:tos AS date[]), CAST(:names AS text[]))"
)


@dataclass(frozen=True)
class NewCase:
    """A case to be stored: asked for at the ministry with its declaration, or refused at once for a cause."""

    id: UUID
    child_number: int
    state: CaseState
    version: int
    declaration: BirthDeclaration | None = None
    cause: Cause | None = None
    reason: str | None = None


async def lock_children(uow: UnitOfWork, births: Iterable[BirthIdentity]) -> None:
    """Hold back other declarations of children of these names and days until the transaction ends."""
    children = {f"{folded(birth.child_name)}\n{birth.date_of_birth.isoformat()}" for birth in births}
    await uow.execute(_LOCK_CHILDREN, {"children": sorted(children)})


async def births_alike(uow: UnitOfWork, births: Sequence[BirthIdentity], dossier_code: str) -> list[BirthIdentity]:
    """Births registered or under way, other than by this dossier, of the same days and names of the same letters."""
    parameters = {
        "children": [folded(birth.child_name) for birth in births],
        "days": [birth.date_of_birth for birth in births],
        "dossier_code": dossier_code,
    }
    rows = await uow.execute(_ALIKE, parameters)
    return [
        BirthIdentity(
            row.child_name,
            row.date_of_birth,
            ParentIdentity(row.mother_name, row.mother_personal_id) if row.mother_name else None,
            ParentIdentity(row.father_name, row.father_personal_id) if row.father_name else None,
        )
        for row in rows
    ]


async def open_cases(
    uow: UnitOfWork,
    cases: Iterable[NewCase],
    *,
    dossier_code: str,
    unit: str,
    people: Sequence[str],
    received_at: datetime,
) -> bool:
    """Store the cases of a dossier, all of them; False, and none, if it has any already."""
    parameters = {
        "dossier_code": dossier_code,
        "unit": unit,
        "people": list(people),
        "received_at": received_at,
        "now": uow.now,
        "cases": json.dumps([_stored(case) for case in cases]),
    }
    return (await uow.execute(_OPEN_CASES, parameters)).first() is not None


def _stored(case: NewCase) -> dict[str, Any]:
    child = case.declaration.child if case.declaration else None
    return {
        "id": str(case.id),
        "child_number": case.child_number,
        "state": case.state,
        "version": case.version,
        "declaration": case.declaration.model_dump(mode="json", by_alias=True) if case.declaration else None,
        "child": folded(child.full_name) if child else None,
        "born": child.date_of_birth.isoformat() if child else None,
        "cause": case.cause,
        "reason": case.reason,
    }


async def cases_to_decide(uow: UnitOfWork, dossier_code: str, *, personal_id: str, day: date) -> Sequence[Row[Any]]:
    """All cases of the dossier, locked, in the order of its children: what is said of one depends on the others.

    With the name its unit bears on that day, and whether someone already has this personal ID.
    """
    parameters = {"dossier_code": dossier_code, "personal_id": personal_id, "day": day}
    return (await uow.execute(_CASES_TO_DECIDE, parameters)).all()


async def next_number(uow: UnitOfWork, *, unit: str, kind: BookKind, year: int, first: int) -> int:
    """The next number of the book, `first` if it is the first one here."""
    parameters = {"unit": unit, "kind": kind.value, "year": year, "first": first}
    return int((await uow.execute(_NEXT_NUMBER, parameters)).scalar_one())


async def register(
    uow: UnitOfWork,
    record: BirthRecord,
    *,
    signed: str,
    token: str,
    people: Sequence[str],
    case_id: UUID,
    child_number: int,
    state: CaseState,
    version: int,
) -> None:
    """Store the signed record and close its case."""
    entry, child, mother, father = record.entry, record.child, record.mother, record.father
    parameters = {
        "id": record.record_id,
        "dossier_code": record.dossier_code,
        "unit": entry.unit,
        "kind": record.kind,
        "year": entry.year,
        "number": entry.number,
        "volume": entry.volume,
        "registered_on": entry.registered_on,
        "personal_id": record.personal_id,
        "people": list(people),
        "child_name": child.full_name,
        "child_name_folded": folded(child.full_name),
        "date_of_birth": child.date_of_birth,
        "mother_name": mother.full_name if mother else None,
        "mother_personal_id": mother.personal_id if mother else None,
        "father_name": father.full_name if father else None,
        "father_personal_id": father.personal_id if father else None,
        "signed": signed,
        "verification_token": token,
        "case_id": case_id,
        "child_number": child_number,
        "state": state.value,
        "version": version,
        "now": uow.now,
    }
    await uow.execute(_REGISTER, parameters)


async def refuse(uow: UnitOfWork, case_id: UUID, *, state: CaseState, version: int, cause: Cause, reason: str) -> None:
    """Close a case without a record."""
    parameters = {
        "id": case_id,
        "state": state.value,
        "version": version,
        "cause": cause.value,
        "reason": reason,
        "now": uow.now,
    }
    await uow.execute(_REFUSE, parameters)


async def record(uow: UnitOfWork, record_id: UUID) -> Row[Any] | None:
    """A record with what decides who may see it."""
    return (await uow.execute(_RECORD_BY_ID, {"id": record_id})).one_or_none()


async def record_of_person(uow: UnitOfWork, personal_id: str) -> Row[Any] | None:
    """The birth record of the person who bears this ID."""
    return (await uow.execute(_RECORD_OF_PERSON, {"personal_id": personal_id})).one_or_none()


async def records_of_dossier(uow: UnitOfWork, dossier_code: str) -> Sequence[Row[Any]]:
    """Number, book and date of each record a dossier led to, with what decides who may see it, child by child."""
    return (await uow.execute(_RECORDS_OF_DOSSIER, {"dossier_code": dossier_code})).all()


async def signed_by_token(uow: UnitOfWork, token: str) -> str | None:
    """The signed record that a certificate's QR code names."""
    signed: str | None = (await uow.execute(_SIGNED_BY_TOKEN, {"token": token})).scalar_one_or_none()
    return signed


async def cases(uow: UnitOfWork, dossier_code: str) -> Sequence[Row[Any]]:
    """The cases of a dossier, child by child."""
    return (await uow.execute(_CASES, {"dossier_code": dossier_code})).all()


async def note_access(uow: UnitOfWork, record_id: UUID, caller: Principal, *, item: str, purpose: str) -> None:
    """Leave the trace of a read."""
    parameters = {
        "record_id": record_id,
        "at": uow.now,
        "caller_kind": caller.kind.value,
        "caller": caller.subject,
        "caller_agency": caller.agency,
        "item": item,
        "purpose": purpose,
    }
    await uow.execute(_NOTE_ACCESS, parameters)


async def accesses(uow: UnitOfWork, personal_id: str, *, before: int, rows: int) -> Sequence[Row[Any]]:
    """Reads of the records that concern a person, newest first, below a position."""
    return (await uow.execute(_ACCESSES, {"me": personal_id, "before": before, "rows": rows})).all()


async def keep_units(uow: UnitOfWork, province: str, version: int, units: Sequence[AdministrativeUnit]) -> None:
    """Put a province's list of units in place of an older one."""
    if (await uow.execute(_NEWER_LIST, {"province": province, "version": version})).first() is None:
        return
    await uow.execute(_DROP_UNITS, {"province": province})
    parameters = {
        "province": province,
        "codes": [unit.code for unit in units],
        "froms": [unit.valid_from for unit in units],
        "tos": [unit.valid_to for unit in units],
        "names": [unit.name for unit in units],
    }
    await uow.execute(_KEEP_UNITS, parameters)
