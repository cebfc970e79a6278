"""The SQL of the civil registry, one function a statement. It decides nothing and commits nothing."""

from collections.abc import Sequence
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

# Declarations of one child at once wait for one another: the statement after this one sees what the other committed.
_LOCK_CHILD = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(CAST(:child AS text) || chr(10) || CAST(:born AS text), 717))"
)
_ALIKE = text(
    "SELECT child_name, date_of_birth, mother_name, mother_personal_id, father_name, father_personal_id"
    " FROM records WHERE date_of_birth = :born AND child_name_folded = :child"
    " UNION ALL SELECT declaration #>> '{child,fullName}', date_of_birth,"
    " declaration #>> '{mother,fullName}', declaration #>> '{mother,personalId}',"
    " declaration #>> '{father,fullName}', declaration #>> '{father,personalId}'"
    " FROM cases WHERE state = 'awaiting-personal-id' AND date_of_birth = :born AND child_name_folded = :child"
    " AND dossier_code <> :dossier_code"
)
_OPEN_CASE = text(
    "INSERT INTO cases (id, dossier_code, unit, state, version, people, received_at, changed_at, declaration,"
    " child_name_folded, date_of_birth, cause, reason)"
    " VALUES (:id, :dossier_code, :unit, :state, 1, :people, :received_at, :now, CAST(:declaration AS jsonb),"
    " :child, :born, :cause, :reason)"
    " ON CONFLICT (dossier_code) DO NOTHING RETURNING id"
)
_CASE_TO_DECIDE = text(
    "SELECT c.id, c.unit, c.state, c.version, c.people, CAST(c.declaration AS text) AS declaration, c.cause,"
    " (SELECT personal_id FROM records WHERE id = c.record_id) AS personal_id,"
    " EXISTS (SELECT FROM records WHERE personal_id = :personal_id) AS personal_id_taken,"
    " (SELECT name FROM units WHERE code = c.unit AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)"
    " ORDER BY valid_from DESC LIMIT 1) AS unit_name"
    " FROM cases c WHERE c.dossier_code = :dossier_code FOR UPDATE OF c"
)
# One statement takes the next number and holds the book until the transaction ends: if it does not commit, the number
# was never taken, so there are no gaps.
_NEXT_NUMBER = text(
    "INSERT INTO book_counters AS b (unit, kind, year, last_number) VALUES (:unit, :kind, :year, :first)"
    " ON CONFLICT (unit, kind, year) DO UPDATE SET last_number = b.last_number + 1 RETURNING last_number"
)
_REGISTER = text(
    "WITH record AS (INSERT INTO records (id, dossier_code, unit, kind, year, number, volume, registered_on, personal_id,"
    " people, child_name, child_name_folded, date_of_birth, mother_name, mother_personal_id, father_name,"
    " father_personal_id, signed, verification_token)"
    " VALUES (:id, :dossier_code, :unit, :kind, :year, :number, :volume, :registered_on, :personal_id, :people,"
    " :child_name, :child_name_folded, :date_of_birth, :mother_name, :mother_personal_id, :father_name,"
    " :father_personal_id, :signed, :verification_token) RETURNING id)"
    " UPDATE cases SET state = :state, version = :version, record_id = record.id, changed_at = :now, people = :people,"
    " declaration = NULL, child_name_folded = NULL, date_of_birth = NULL"
    " FROM record WHERE cases.dossier_code = :dossier_code"
)
_REFUSE = text(
    "UPDATE cases SET state = :state, version = :version, cause = :cause, reason = :reason, changed_at = :now,"
    " declaration = NULL, child_name_folded = NULL, date_of_birth = NULL WHERE id = :id"
)
_RECORD = "SELECT id, unit, people, dossier_code, signed, verification_token FROM records"
_RECORD_BY_ID = text(f"{_RECORD} WHERE id = :id")
_RECORD_OF_DOSSIER = text(
    "SELECT id, unit, people, number, year, volume, registered_on FROM records WHERE dossier_code = :dossier_code"
)
_SIGNED_BY_TOKEN = text("SELECT signed FROM records WHERE verification_token = :token")
_CASE = text(
    "SELECT id, dossier_code, unit, state, version, people, received_at, changed_at, cause, reason, record_id"
    " FROM cases WHERE dossier_code = :dossier_code"
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


async def lock_child(uow: UnitOfWork, birth: BirthIdentity) -> None:
    """Hold back other declarations of a child of this name and day until the transaction ends."""
    await uow.execute(_LOCK_CHILD, {"child": folded(birth.child_name), "born": birth.date_of_birth.isoformat()})


async def births_alike(uow: UnitOfWork, birth: BirthIdentity, dossier_code: str) -> list[BirthIdentity]:
    """Births registered or under way, other than by this dossier, of the same day and a name of the same letters."""
    parameters = {"child": folded(birth.child_name), "born": birth.date_of_birth, "dossier_code": dossier_code}
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


async def open_case(
    uow: UnitOfWork,
    *,
    case_id: UUID,
    dossier_code: str,
    unit: str,
    state: CaseState,
    people: Sequence[str],
    received_at: datetime,
    declaration: BirthDeclaration | None,
    cause: Cause | None,
    reason: str | None,
) -> bool:
    """Store a new case; False if the dossier has one already."""
    child = declaration.child if declaration else None
    parameters = {
        "id": case_id,
        "dossier_code": dossier_code,
        "unit": unit,
        "state": state.value,
        "people": list(people),
        "received_at": received_at,
        "now": uow.now,
        "declaration": declaration.model_dump_json(by_alias=True) if declaration else None,
        "child": folded(child.full_name) if child else None,
        "born": child.date_of_birth if child else None,
        "cause": cause.value if cause else None,
        "reason": reason,
    }
    return (await uow.execute(_OPEN_CASE, parameters)).first() is not None


async def case_to_decide(uow: UnitOfWork, dossier_code: str, *, personal_id: str, day: date) -> Row[Any] | None:
    """The case, locked; with the name its unit bears on that day, and whether someone already has this personal ID."""
    parameters = {"dossier_code": dossier_code, "personal_id": personal_id, "day": day}
    return (await uow.execute(_CASE_TO_DECIDE, parameters)).one_or_none()


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


async def record_of_dossier(uow: UnitOfWork, dossier_code: str) -> Row[Any] | None:
    """Number, book and date of the record a dossier led to, with what decides who may see it."""
    return (await uow.execute(_RECORD_OF_DOSSIER, {"dossier_code": dossier_code})).one_or_none()


async def signed_by_token(uow: UnitOfWork, token: str) -> str | None:
    """The signed record that a certificate's QR code names."""
    signed: str | None = (await uow.execute(_SIGNED_BY_TOKEN, {"token": token})).scalar_one_or_none()
    return signed


async def case(uow: UnitOfWork, dossier_code: str) -> Row[Any] | None:
    """The case of a dossier."""
    return (await uow.execute(_CASE, {"dossier_code": dossier_code})).one_or_none()


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
