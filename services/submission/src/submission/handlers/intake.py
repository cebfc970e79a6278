"""Intake (tiếp nhận hồ sơ): from a filled-in form to a dossier with a code and a due time. The hot path; no HTTP here."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.problems import FieldError
from contracts.codes import ApplicantClass, Channel
from contracts.submission import FeeFacts
from submission.copies import Copies
from submission.domain import lifecycle
from submission.domain.attachment import AttachmentWanted
from submission.domain.commands import Submit
from submission.domain.dated import in_force
from submission.domain.deadlines import due_at
from submission.domain.dossier import Actor, Applicant, Contact, Dossier, Filing, Representative, ResultDelivery
from submission.domain.form import MOST_FAULTS
from submission.domain.people import concerned, filing_faults
from submission.domain.procedure import Procedure, ReadForm
from submission.handlers.attachments import attach
from submission.problems.dossiers import (
    CaseRequired,
    FormInvalid,
    NoLongerInForce,
    ProcedureNotOffered,
    TimeLimitNotPublished,
    UnknownCase,
    UnknownProcedure,
    UnknownUnit,
)
from submission.problems.files import AttachmentsUnusable
from submission.queries import codes, dossiers
from submission.queries import copies as copies_sql
from submission.queries.copies import Known
from submission.rules import FORM_RULES

REFUSALS = (
    UnknownProcedure,
    NoLongerInForce,
    UnknownUnit,
    ProcedureNotOffered,
    TimeLimitNotPublished,
    CaseRequired,
    UnknownCase,
    FormInvalid,
    AttachmentsUnusable,
)
"""What a filing may be refused for, besides by the outer form of what was sent."""


@dataclass(frozen=True, slots=True)
class FileDossier:
    """Nộp hồ sơ, as asked. `owner`: to whom it will belong. `identity_level`: how surely the applicant is known (VNeID)."""

    procedure: str
    unit: str
    channel: Channel
    owner: str
    applicant: Applicant
    applicant_class: ApplicantClass
    quantity: int
    form: dict[str, Any]
    by: Actor
    identity_level: int | None = None
    case: str | None = None
    pages: int | None = None
    representative: Representative | None = None
    contact: Contact = field(default_factory=Contact)
    delivery: ResultDelivery = field(default_factory=ResultDelivery)
    attachments: tuple[AttachmentWanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A filing held against the rules of its day, with nothing found against it."""

    day: date
    known: Known
    procedure: Procedure
    case: str | None
    read: ReadForm
    fee_facts: FeeFacts


async def file_dossier(command: FileDossier, uow: UnitOfWork, copies: Copies) -> Dossier:
    """Check the filing against the rules of its day, take it in, commit. Raises one of REFUSALS."""
    return await uow.commit(await take_in(command, uow, copies))


async def take_in(command: FileDossier, uow: UnitOfWork, copies: Copies) -> Dossier:
    """The same without the commit: three statements, and those of the attachments.

    The number is drawn when nothing is left to refuse by but the attachments, so that what is refused draws none.
    """
    checked = await check(command, uow, copies)
    procedure, read, day = checked.procedure, checked.read, checked.day
    calendar = await copies.calendar(uow, day, checked.known.calendar)
    step = lifecycle.submit(
        Submit(
            by=command.by,
            filing=Filing(
                code=await _code(uow, checked, copies),
                procedure=procedure.code,
                procedure_version=procedure.version,
                handled_by=procedure.handled_by,
                unit=command.unit,
                channel=command.channel,
                owner=command.owner,
                applicant=command.applicant,
                applicant_class=command.applicant_class,
                quantity=command.quantity,
                form=read.form,
                typed_by=command.by,
                received_at=uow.now,
                tracking_secret=secrets.token_hex(5),
                occurrence_is_late=procedure.is_late(read.days_since_occurrence, day),
                case=checked.case,
                pages=command.pages,
                representative=command.representative,
                contact=command.contact,
                delivery=command.delivery,
                identity_level=command.identity_level,
            ),
            due_at=due_at(procedure.time_limit(command.channel, checked.case), uow.now, calendar),
            fee_facts=checked.fee_facts,
        )
    )
    await dossiers.file(uow, step.dossier)
    counts = await attach(
        command.attachments,
        code=step.dossier.code,
        procedure=procedure,
        case=checked.case,
        owner=command.owner,
        by=command.by,
        uow=uow,
    )
    concerns = concerned(step.dossier.filed, FORM_RULES)
    uow.record(step.event.model_copy(update={"components": counts, "concerns": concerns}))
    return step.dossier


async def check(command: FileDossier, uow: UnitOfWork, copies: Copies) -> Checked:
    """Hold a filing against the rules of its day; changes nothing. One statement, where the process knows the procedure.

    Raises one of REFUSALS. All faults of the form, of what stands around it, and of what its fee depends on are told at
    once by FormInvalid.
    """
    day = hanoi_day(uow.now)
    known = await copies_sql.look_up(
        uow, procedure=command.procedure, unit=command.unit, channel=command.channel, day=day
    )
    version = _version(known, command.procedure, day)
    if not known.unit_in_force:
        raise UnknownUnit(command.unit, day)
    if not known.offered:
        raise ProcedureNotOffered(command.procedure, command.unit, command.channel, day, known.starts)

    procedure = await copies.procedure(uow, command.procedure, version)
    if not procedure.has_time_limit:
        raise TimeLimitNotPublished(procedure.code)
    case = case_of(procedure, command.case)
    read = procedure.read_form(command.form, day, case)
    facts = FeeFacts(
        applicant_class=command.applicant_class,
        days_since_occurrence=read.days_since_occurrence,
        identity_level=command.identity_level,
        age=read.age,
        quantity=command.quantity,
        pages=command.pages,
    )
    faults = [*filing_faults(command.applicant, command.representative, command.delivery), *read.faults]
    told = {fault.pointer for fault in faults}
    # What is there and wrong is not unknown: it is told once.
    faults += [
        fault
        for fault in procedure.unknown_for_fee(facts, channel=command.channel, day=day, case=case)
        if fault.pointer not in told
    ]
    if faults:
        raise FormInvalid(faults, MOST_FAULTS)
    return Checked(day, known, procedure, case, read, facts)


async def faults_of_form(
    code: object, case: object, form: object, uow: UnitOfWork, copies: Copies
) -> Sequence[FieldError]:
    """What is wrong with a form by its procedure alone, wherever it would be filed. Nothing, where that cannot be said."""
    if not isinstance(code, str) or not isinstance(form, dict):
        return ()
    try:
        procedure = await procedure_in_force(uow, code, copies)
    except (UnknownProcedure, NoLongerInForce):
        return ()
    chosen = case if isinstance(case, str) else None
    return procedure.read_form(form, hanoi_day(uow.now), chosen).faults[:MOST_FAULTS]


async def procedure_in_force(uow: UnitOfWork, code: str, copies: Copies) -> Procedure:
    """The procedure as it is today, wherever it is offered. Raises UnknownProcedure, NoLongerInForce."""
    day = hanoi_day(uow.now)
    known = await copies_sql.look_up(uow, procedure=code, unit="", channel=Channel.ONLINE, day=day)
    return await copies.procedure(uow, code, _version(known, code, day))


def _version(known: Known, code: str, day: date) -> int:
    if known.procedure_version is None:
        raise UnknownProcedure(code, day, known.next_from)
    if known.last_day is not None and known.last_day < day:
        raise NoLongerInForce(code, day, known.last_day, known.next_from)
    return known.procedure_version


def case_of(procedure: Procedure, given: str | None) -> str | None:
    """Trường hợp: the one given, or the only one there is. Raises CaseRequired, UnknownCase."""
    known = [case.code for case in procedure.cases]
    if given is None:
        if len(known) > 1:
            raise CaseRequired(procedure.cases)
        return known[0] if known else None
    if given not in known:
        raise UnknownCase(procedure.cases)
    return given


async def _code(uow: UnitOfWork, checked: Checked, copies: Copies) -> str:
    pattern = in_force(copies.code_patterns, checked.day)
    agency = pattern.agency_of(checked.known.agency, checked.known.former_agency)
    return pattern.fill(agency, checked.day, await codes.draw(uow, pattern.counter(agency, checked.day)))
