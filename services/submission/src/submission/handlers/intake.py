"""Intake (tiếp nhận hồ sơ): from a filled-in form to a dossier with a code and a due time. The hot path; no HTTP here."""

from dataclasses import dataclass
from typing import Any

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from contracts.codes import ApplicantClass, Channel
from contracts.submission import FeeFacts
from submission.copies import Copies
from submission.domain import lifecycle
from submission.domain.codes import dossier_code
from submission.domain.commands import Submit
from submission.domain.deadlines import due_at
from submission.domain.dossier import Actor, Applicant, Dossier, Filing
from submission.domain.form import MOST_FAULTS
from submission.problems import FormInvalid, ProcedureNotOffered, TimeLimitNotPublished, UnknownProcedure, UnknownUnit
from submission.queries import copies as copies_sql
from submission.queries import dossiers
from submission.rules import CODE_PATTERNS


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


async def file_dossier(command: FileDossier, uow: UnitOfWork, copies: Copies) -> Dossier:
    """Check the filing against the rules of its day and take it in.

    Two statements, then the commit's. Raises UnknownProcedure, UnknownUnit, ProcedureNotOffered, TimeLimitNotPublished,
    FormInvalid.
    """
    today = hanoi_day(uow.now)
    known = await copies_sql.look_up(
        uow, procedure=command.procedure, unit=command.unit, channel=command.channel, day=today
    )
    if known.procedure_version is None:
        raise UnknownProcedure(command.procedure, today)
    if not known.unit_in_force:
        raise UnknownUnit(command.unit, today)
    if not known.offered:
        raise ProcedureNotOffered(command.procedure, command.unit, command.channel, today, known.starts)

    procedure = await copies.procedure(uow, command.procedure, known.procedure_version)
    if not procedure.has_time_limit:
        raise TimeLimitNotPublished(procedure.code)
    read = procedure.read_form(command.form, today)
    if read.faults:
        raise FormInvalid(read.faults, MOST_FAULTS)

    calendar = await copies.calendar(uow, today, known.calendar)
    step = lifecycle.submit(
        Submit(
            by=command.by,
            filing=Filing(
                code=dossier_code(CODE_PATTERNS, today, known.number),
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
                occurrence_is_late=procedure.is_late(read.days_since_occurrence, today),
            ),
            due_at=due_at(procedure.time_limit(command.channel), uow.now, calendar),
            fee_facts=FeeFacts(
                applicant_class=command.applicant_class,
                days_since_occurrence=read.days_since_occurrence,
                identity_level=command.identity_level,
                quantity=command.quantity,
            ),
        )
    )
    await dossiers.file(uow, step.dossier)
    uow.record(step.event)
    return await uow.commit(step.dossier)
