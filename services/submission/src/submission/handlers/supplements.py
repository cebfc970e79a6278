"""Bổ sung hồ sơ: ask for what is missing, take in what came, let the applicant withdraw. The only place that mends a form."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.auth import Kind, Principal
from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from contracts.submission import ComponentCounts
from submission.copies import Copies
from submission.domain.attachment import AttachmentWanted
from submission.domain.commands import RequestSupplement, Supplement, Withdraw
from submission.domain.deadlines import window_end
from submission.domain.dossier import Dossier, FeeState
from submission.domain.form import MOST_FAULTS
from submission.domain.procedure import Procedure
from submission.domain.timing import window_of
from submission.handlers.attachments import attach
from submission.handlers.due import due_after_waiting, procedure_of
from submission.handlers.steps import check_open, held, take
from submission.problems.dossiers import FeeNotAssessedYet, FormInvalid
from submission.problems.lifecycle import SupplementEmpty, SupplementTooLate, UnknownComponent
from submission.queries import attachments, dossiers
from submission.rights import actor_of
from submission.rules import SUPPLEMENT_WINDOWS


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the desk asks for: why, and by the codes of the papers, if it is papers."""

    reason: str
    components: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """What came: the whole form anew, papers, and a word on it. At the counter the word alone may do: originals shown."""

    form: dict[str, Any] | None = None
    papers: tuple[AttachmentWanted, ...] = ()
    note: str | None = None


async def request_supplement(
    code: str, wanted: Wanted, principal: Principal, if_match: str | None, uow: UnitOfWork, copies: Copies
) -> Dossier:
    """Yêu cầu bổ sung (paper 02): the clock stops until it comes, or until the window for it closes.

    Raises FeeNotAssessedYet, UnknownComponent beside what `take` raises.
    """
    dossier = await held(code, principal, if_match, uow)
    if dossier.fee_state is FeeState.UNKNOWN:
        raise FeeNotAssessedYet(dossier)
    await check_open(dossier, RequestSupplement, uow)
    procedure = await procedure_of(dossier, uow, copies)
    known = {part.code for part in procedure.components_of(dossier.filed.case)}
    if unknown := [place for place, asked in enumerate(wanted.components) if asked not in known]:
        raise UnknownComponent(unknown)
    command = RequestSupplement(
        by=actor_of(principal),
        reason=wanted.reason,
        components=wanted.components,
        by_when=await _window_end(procedure, uow, copies),
    )
    return await take(dossier, command, principal, uow)


async def supplement_dossier(
    code: str, brought: Brought, principal: Principal, if_match: str | None, uow: UnitOfWork, copies: Copies
) -> Dossier:
    """Bổ sung: the dossier goes on where it stood, with the time it waited added to its deadline.

    A form is held against the version of the procedure that the dossier was filed by, as on the day it came in. Raises
    SupplementEmpty, SupplementTooLate, FormInvalid, AttachmentsUnusable beside what `take` raises.
    """
    dossier = await held(code, principal, if_match, uow)
    await check_open(dossier, Supplement, uow)
    if dossier.supplement_by is not None and uow.now > dossier.supplement_by:
        raise SupplementTooLate(dossier, dossier.supplement_by)
    if brought.form is None and not brought.papers and not (principal.kind is Kind.OFFICER and brought.note):
        raise SupplementEmpty
    procedure = await procedure_of(dossier, uow, copies)
    form, is_late = _read(brought.form, dossier, procedure)
    command = Supplement(
        by=actor_of(principal),
        reason=brought.note,
        form=form,
        occurrence_is_late=is_late,
        components=await _components(brought, dossier, procedure, principal, uow),
        due_at=await due_after_waiting(dossier, uow, copies),
    )
    if form is not None:
        await dossiers.mend_form(uow, dossier.code, form, occurrence_is_late=is_late)
    return await take(dossier, command, principal, uow)


async def withdraw_dossier(
    code: str, reason: str | None, principal: Principal, if_match: str | None, uow: UnitOfWork
) -> Dossier:
    """Rút hồ sơ: by whose it is, or by the agency that entered it. A fee already paid is payment's to give back."""
    dossier = await held(code, principal, if_match, uow)
    return await take(dossier, Withdraw(by=actor_of(principal), reason=reason), principal, uow)


async def _window_end(procedure: Procedure, uow: UnitOfWork, copies: Copies) -> datetime:
    today = hanoi_day(uow.now)
    days = procedure.supplement_working_days or window_of(SUPPLEMENT_WINDOWS, procedure.code, today)
    return window_end(uow.now, days, await copies.current_calendar(uow, today))


def _read(form: dict[str, Any] | None, dossier: Dossier, procedure: Procedure) -> tuple[dict[str, Any] | None, bool]:
    filed = dossier.filed
    if form is None:
        return None, filed.occurrence_is_late
    day = hanoi_day(filed.received_at)
    read = procedure.read_form(form, day, filed.case)
    if read.faults:
        raise FormInvalid(read.faults, MOST_FAULTS)
    return read.form, procedure.is_late(read.days_since_occurrence, day)


async def _components(
    brought: Brought, dossier: Dossier, procedure: Procedure, principal: Principal, uow: UnitOfWork
) -> ComponentCounts | None:
    if not brought.papers:
        return await attachments.counts(uow, dossier.code)
    return await attach(
        brought.papers,
        code=dossier.code,
        procedure=procedure,
        case=dossier.filed.case,
        owner=dossier.filed.owner,
        by=actor_of(principal),
        uow=uow,
    )
