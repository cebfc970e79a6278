"""The use cases of the civil registry; the only place that commits. No HTTP, no SQL, no PDF."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.auth import Principal
from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.text import nfc
from civil_registry import queries
from civil_registry.declarations import IncompleteDeclaration, declaration_of, identity_of, people_of
from civil_registry.domain.duplicates import is_duplicate
from civil_registry.domain.lifecycle import CaseState, Cause, Step, after
from civil_registry.domain.numbering import BookKind
from civil_registry.domain.personal_id import faults
from civil_registry.domain.rights import View, view_of
from civil_registry.problems import (
    ContradictoryAnswer,
    PersonalIdTaken,
    PersonalIdUnfit,
    RecordNotFound,
    SealBroken,
    UnknownCase,
    UnknownOffice,
)
from civil_registry.record import BirthRecord, BookEntry, birth_record
from civil_registry.registrar import Registrar
from civil_registry.sealing import Opened, Seal
from contracts.catalog import AdministrativeUnit
from contracts.civil_registry import (
    BirthDeclaration,
    BirthRegistered,
    BirthRegistrationRefused,
    BirthRegistrationRequested,
)

DUPLICATE = "Trẻ đã được đăng ký khai sinh, hoặc đang có hồ sơ khác đăng ký khai sinh cho trẻ"
DECLINED = "Phần mềm của Bộ Tư pháp từ chối hồ sơ"


@dataclass(frozen=True)
class OpenCase:
    """A dossier that asks to register a birth was accepted."""

    dossier_code: str
    unit: str
    owner: str
    form: Mapping[str, Any]
    late: bool
    received_at: datetime


@dataclass(frozen=True)
class RegisterBirth:
    """The ministry gave the child's personal ID."""

    dossier_code: str
    personal_id: str


@dataclass(frozen=True)
class DeclineBirth:
    """The ministry refused; `errors` are its words."""

    dossier_code: str
    errors: tuple[str, ...]


@dataclass(frozen=True)
class ReadRecord:
    """Someone asks for a record, or its certificate (`item`), for a stated purpose."""

    record_id: UUID
    caller: Principal
    item: str
    purpose: str | None


@dataclass(frozen=True)
class Reading:
    """A record as read: how much of it may be shown, and the signed content."""

    view: View
    record: BirthRecord
    digest: str
    key_id: str
    token: str


async def open_case(command: OpenCase, uow: UnitOfWork) -> None:
    """Open the dossier's case and ask the ministry for the ID, or refuse: incomplete, or a duplicate. Once per dossier."""
    declaration, cause, reason = await _examined(command, uow)
    state = after(CaseState.OPEN, Step.ASK_MINISTRY if declaration else Step.REFUSE)
    case_id = new_id()
    opened = await queries.open_case(
        uow,
        case_id=case_id,
        dossier_code=command.dossier_code,
        unit=command.unit,
        state=state,
        people=people_of(declaration, command.owner),
        received_at=command.received_at,
        declaration=declaration,
        cause=cause,
        reason=reason,
    )
    if opened and declaration is not None:
        uow.record(
            BirthRegistrationRequested(
                version=1,
                dossier_code=command.dossier_code,
                case_id=case_id,
                unit=command.unit,
                received_at=command.received_at,
                declaration=declaration,
            )
        )
    elif opened and cause is not None and reason is not None:
        uow.record(
            BirthRegistrationRefused(
                version=1, dossier_code=command.dossier_code, case_id=case_id, cause=cause, reason=reason
            )
        )
    return await uow.commit(None)


async def _examined(
    command: OpenCase, uow: UnitOfWork
) -> tuple[BirthDeclaration, None, None] | tuple[None, Cause, str]:
    """The declaration if it may go to the ministry, else why not."""
    try:
        declaration = declaration_of(command.form, late=command.late, received_on=hanoi_day(command.received_at))
    except IncompleteDeclaration as incomplete:
        return None, Cause.INCOMPLETE, incomplete.reason
    birth = identity_of(declaration)
    await queries.lock_child(uow, birth)
    if is_duplicate(birth, await queries.births_alike(uow, birth, command.dossier_code)):
        return None, Cause.DUPLICATE, DUPLICATE
    return declaration, None, None


async def register_birth(command: RegisterBirth, uow: UnitOfWork, registrar: Registrar) -> None:
    """Number, sign and store the record. The same answer again changes nothing.

    Raises UnknownCase, ContradictoryAnswer, StepNotAllowed, PersonalIdUnfit, PersonalIdTaken, UnknownOffice.
    """
    today = hanoi_day(uow.now)
    case = await queries.case_to_decide(uow, command.dossier_code, personal_id=command.personal_id, day=today)
    if case is None:
        raise UnknownCase
    if case.state == CaseState.REGISTERED:
        if case.personal_id != command.personal_id:
            raise ContradictoryAnswer
        return await uow.commit(None)
    state = after(CaseState(case.state), Step.REGISTER)
    declaration = BirthDeclaration.model_validate_json(case.declaration)
    child = declaration.child
    if faults(command.personal_id, sex=child.sex, year_of_birth=child.date_of_birth.year):
        raise PersonalIdUnfit
    if case.personal_id_taken:
        raise PersonalIdTaken
    entry = await _entered(case.unit, case.unit_name, uow, registrar)
    record = birth_record(
        declaration,
        record_id=new_id(),
        dossier_code=command.dossier_code,
        personal_id=command.personal_id,
        entry=entry,
    )
    await queries.register(
        uow,
        record,
        signed=registrar.seal.sign(record.model_dump(mode="json", by_alias=True)),
        token=_verification_token(),
        people=sorted({*case.people, command.personal_id}),
        state=state,
        version=case.version + 1,
    )
    uow.record(
        BirthRegistered(
            version=case.version + 1,
            dossier_code=command.dossier_code,
            record_id=record.record_id,
            unit=entry.unit,
            number=entry.number,
            year=entry.year,
            volume=entry.volume,
            registered_on=entry.registered_on,
            kind=declaration.kind,
        )
    )
    return await uow.commit(None)


async def _entered(unit: str, unit_name: str | None, uow: UnitOfWork, registrar: Registrar) -> BookEntry:
    """The next place in the unit's book of this year."""
    # Inside a name the kind of unit is a common noun: Ủy ban nhân dân phường Ba Đình.
    usual = f"Ủy ban nhân dân {unit_name[0].lower()}{unit_name[1:]}" if unit_name else None
    office = registrar.offices.get(unit) or usual
    if office is None:
        raise UnknownOffice
    today = hanoi_day(uow.now)
    number = await queries.next_number(
        uow, unit=unit, kind=BookKind.BIRTH, year=today.year, first=registrar.books.first_number(unit, today.year)
    )
    return BookEntry(
        unit=unit,
        unit_name=unit_name or office,
        office=office,
        number=number,
        year=today.year,
        volume=registrar.books.volume(number, today.year),
        registered_on=today,
        registered_at=uow.now,
    )


def _verification_token() -> str:
    """What a certificate's QR code is checked by: 128 bits at random, kept with the record.

    Random rather than derived by a key: nothing about the record can be read or computed from it, no further secret
    has to be kept, and changing the signing key leaves printed certificates valid.
    """
    return secrets.token_urlsafe(16)


async def decline_birth(command: DeclineBirth, uow: UnitOfWork) -> None:
    """Close the case in the ministry's words. The same answer again changes nothing; raises UnknownCase, StepNotAllowed."""
    case = await queries.case_to_decide(uow, command.dossier_code, personal_id="", day=hanoi_day(uow.now))
    if case is None:
        raise UnknownCase
    if case.cause == Cause.MINISTRY_DECLINED:
        return await uow.commit(None)
    state = after(CaseState(case.state), Step.DECLINE)
    reason = nfc("; ".join(command.errors)) or DECLINED
    version = case.version + 1
    await queries.refuse(uow, case.id, state=state, version=version, cause=Cause.MINISTRY_DECLINED, reason=reason)
    uow.record(
        BirthRegistrationRefused(
            version=version,
            dossier_code=command.dossier_code,
            case_id=case.id,
            cause=Cause.MINISTRY_DECLINED,
            reason=reason,
        )
    )
    return await uow.commit(None)


async def keep_units(province: str, version: int, units: tuple[AdministrativeUnit, ...], uow: UnitOfWork) -> None:
    """Take over the catalogue's list of a province's units, unless a newer one is here."""
    await queries.keep_units(uow, province, version, units)
    return await uow.commit(None)


async def read_record(query: ReadRecord, uow: UnitOfWork, seal: Seal) -> Reading:
    """Open a record for a caller who may see it, and leave the trace of it. Raises RecordNotFound, SealBroken."""
    row = await queries.record(uow, query.record_id)
    view = view_of(query.caller, unit=row.unit, people=row.people) if row else None
    if row is None or view is None:
        raise RecordNotFound
    opened = seal.open(row.signed)
    if opened is None:
        raise SealBroken
    purpose = query.purpose or f"Giải quyết hồ sơ {row.dossier_code}"
    item = query.item if view is View.FULL else f"{query.item}-status"
    await queries.note_access(uow, row.id, query.caller, item=item, purpose=purpose)
    reading = Reading(
        view, BirthRecord.model_validate(opened.content), opened.digest, opened.key_id, row.verification_token
    )
    return await uow.commit(reading)


async def verify(token: str, uow: UnitOfWork, seal: Seal) -> tuple[BirthRecord, Opened] | None:
    """The record behind a QR code, if there is one and its signature holds."""
    signed = await queries.signed_by_token(uow, token)
    opened = seal.open(signed) if signed else None
    return (BirthRecord.model_validate(opened.content), opened) if opened else None
