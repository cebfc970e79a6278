"""The use cases of the civil registry; the only place that commits. No HTTP, no SQL, no PDF."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.auth import Principal
from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.text import nfc
from civil_registry import queries
from civil_registry.declarations import IncompleteDeclaration, declarations_of, identity_of, people_of
from civil_registry.domain.duplicates import is_duplicate, named_twice
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
from civil_registry.queries import NewCase
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

DUPLICATE = "{child} đã được đăng ký khai sinh, hoặc đang có hồ sơ khác đăng ký khai sinh cho trẻ"
NAMED_TWICE = "Hai trẻ trong một tờ khai có cùng họ, chữ đệm, tên"
DECLINED = "Phần mềm của Bộ Tư pháp từ chối hồ sơ"


@dataclass(frozen=True)
class OpenCases:
    """A dossier that asks to register a birth, or those of twins, was accepted."""

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
    case_id: UUID
    personal_id: str


@dataclass(frozen=True)
class DeclineBirth:
    """The ministry refused; `errors` are its words."""

    dossier_code: str
    case_id: UUID
    errors: tuple[str, ...]


@dataclass(frozen=True)
class ReadRecord:
    """Someone asks for a record, or its certificate (`item`), for a stated purpose."""

    record_id: UUID
    caller: Principal
    item: str
    purpose: str | None


@dataclass(frozen=True)
class ReadExtract:
    """An agency asks over the exchange for what the birth record of a person says, for a purpose that was checked."""

    personal_id: str = field(repr=False)
    caller: Principal
    purpose: str


@dataclass(frozen=True)
class Reading:
    """A record as read: how much of it may be shown, and the signed content."""

    view: View
    record: BirthRecord
    digest: str
    key_id: str
    token: str


async def open_cases(command: OpenCases, uow: UnitOfWork) -> None:
    """Open a case for each child of the dossier and ask the ministry for its ID, or refuse the dossier as a whole.

    Once per dossier. What is incomplete, or a duplicate, is refused with one event, before any case is asked for.
    """
    examined = await _examined(command, uow)
    if isinstance(examined, _Refusal):
        await _refuse_dossier(command, examined, uow)
    else:
        await _ask_ministry(command, examined, uow)
    return await uow.commit(None)


@dataclass(frozen=True)
class _Refusal:
    """Why a dossier may not go to the ministry, and which of its children it is about."""

    child_number: int
    cause: Cause
    reason: str


async def _examined(command: OpenCases, uow: UnitOfWork) -> tuple[BirthDeclaration, ...] | _Refusal:
    """The declarations if all of them may go to the ministry, else why not."""
    try:
        declarations = declarations_of(command.form, late=command.late, received_on=hanoi_day(command.received_at))
    except IncompleteDeclaration as incomplete:
        return _Refusal(1, Cause.INCOMPLETE, incomplete.reason)
    births = [identity_of(declaration) for declaration in declarations]
    twice = named_twice(births)
    if twice is not None:
        return _Refusal(twice + 1, Cause.DUPLICATE, NAMED_TWICE)
    await queries.lock_children(uow, births)
    known = await queries.births_alike(uow, births, command.dossier_code)
    for number, birth in enumerate(births, 1):
        if is_duplicate(birth, known):
            child = "Trẻ" if len(births) == 1 else f"Trẻ thứ {number} trong tờ khai"
            return _Refusal(number, Cause.DUPLICATE, DUPLICATE.format(child=child))
    return declarations


async def _refuse_dossier(command: OpenCases, refusal: _Refusal, uow: UnitOfWork) -> None:
    state = after(CaseState.OPEN, Step.REFUSE)
    case = NewCase(new_id(), refusal.child_number, state, version=1, cause=refusal.cause, reason=refusal.reason)
    if await _stored(command, [case], people_of(None, command.owner), uow):
        uow.record(
            BirthRegistrationRefused(
                version=case.version,
                dossier_code=command.dossier_code,
                case_id=case.id,
                cause=refusal.cause,
                reason=refusal.reason,
                child_number=refusal.child_number,
            )
        )


async def _ask_ministry(command: OpenCases, declarations: Sequence[BirthDeclaration], uow: UnitOfWork) -> None:
    state = after(CaseState.OPEN, Step.ASK_MINISTRY)
    # Versions are the dossier's, not the case's: each event of the dossier is one further than the one before.
    asked = [
        (NewCase(new_id(), number, state, version=number, declaration=declaration), declaration)
        for number, declaration in enumerate(declarations, 1)
    ]
    people = people_of(declarations[0], command.owner)
    if await _stored(command, [case for case, _ in asked], people, uow):
        for case, declaration in asked:
            uow.record(
                BirthRegistrationRequested(
                    version=case.version,
                    dossier_code=command.dossier_code,
                    case_id=case.id,
                    unit=command.unit,
                    received_at=command.received_at,
                    declaration=declaration,
                    child_number=case.child_number,
                    children=len(asked),
                )
            )


async def _stored(command: OpenCases, cases: Sequence[NewCase], people: Sequence[str], uow: UnitOfWork) -> bool:
    return await queries.open_cases(
        uow,
        cases,
        dossier_code=command.dossier_code,
        unit=command.unit,
        people=people,
        received_at=command.received_at,
    )


@dataclass(frozen=True)
class _AtStake:
    """The case that an answer is about, and how its dossier stands besides: all of it held until the commit.

    `version`: what the dossier's next event bears. `remaining`: how many of the other children are not decided yet.
    """

    case: Row[Any]
    version: int
    remaining: int
    registered: int


async def _at_stake(dossier_code: str, case_id: UUID, uow: UnitOfWork, *, personal_id: str = "") -> _AtStake:
    """Raises UnknownCase."""
    cases = await queries.cases_to_decide(uow, dossier_code, personal_id=personal_id, day=hanoi_day(uow.now))
    case = next((case for case in cases if case.id == case_id), None)
    if case is None:
        raise UnknownCase
    others = [other.state for other in cases if other.id != case_id]
    return _AtStake(
        case,
        version=max(other.version for other in cases) + 1,
        remaining=others.count(CaseState.AWAITING_PERSONAL_ID),
        registered=others.count(CaseState.REGISTERED),
    )


async def register_birth(command: RegisterBirth, uow: UnitOfWork, registrar: Registrar) -> None:
    """Number, sign and store the record. The same answer again changes nothing.

    Raises UnknownCase, ContradictoryAnswer, StepNotAllowed, PersonalIdUnfit, PersonalIdTaken, UnknownOffice.
    """
    stake = await _at_stake(command.dossier_code, command.case_id, uow, personal_id=command.personal_id)
    case = stake.case
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
        case_id=case.id,
        child_number=case.child_number,
        state=state,
        version=stake.version,
    )
    uow.record(
        BirthRegistered(
            version=stake.version,
            dossier_code=command.dossier_code,
            record_id=record.record_id,
            unit=entry.unit,
            number=entry.number,
            year=entry.year,
            volume=entry.volume,
            registered_on=entry.registered_on,
            kind=declaration.kind,
            child_number=case.child_number,
            remaining=stake.remaining,
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
    stake = await _at_stake(command.dossier_code, command.case_id, uow)
    case = stake.case
    if case.cause == Cause.MINISTRY_DECLINED:
        return await uow.commit(None)
    state = after(CaseState(case.state), Step.DECLINE)
    reason = nfc("; ".join(command.errors)) or DECLINED
    await queries.refuse(uow, case.id, state=state, version=stake.version, cause=Cause.MINISTRY_DECLINED, reason=reason)
    uow.record(
        BirthRegistrationRefused(
            version=stake.version,
            dossier_code=command.dossier_code,
            case_id=case.id,
            cause=Cause.MINISTRY_DECLINED,
            reason=reason,
            child_number=case.child_number,
            remaining=stake.remaining,
            registered=stake.registered,
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


async def read_extract(query: ReadExtract, uow: UnitOfWork, seal: Seal) -> BirthRecord:
    """The birth record of a person, for an agency that the exchange let through, with its trace.

    Raises RecordNotFound, SealBroken. That the purpose is a live dossier which concerns the person was checked there.
    """
    row = await queries.record_of_person(uow, query.personal_id)
    if row is None:
        raise RecordNotFound
    opened = seal.open(row.signed)
    if opened is None:
        raise SealBroken
    await queries.note_access(uow, row.id, query.caller, item="extract", purpose=query.purpose)
    return await uow.commit(BirthRecord.model_validate(opened.content))


async def verify(token: str, uow: UnitOfWork, seal: Seal) -> tuple[BirthRecord, Opened] | None:
    """The record behind a QR code, if there is one and its signature holds."""
    signed = await queries.signed_by_token(uow, token)
    opened = seal.open(signed) if signed else None
    return (BirthRecord.model_validate(opened.content), opened) if opened else None
