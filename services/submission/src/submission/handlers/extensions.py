"""Gia hạn, xác minh: a dossier is due later than was promised, once for each cause, and the applicant is told why."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from chassis.auth import Principal
from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from submission.copies import Copies
from submission.domain.commands import Extend, Verify
from submission.domain.dated import in_force
from submission.domain.deadlines import due_when_verified, extended, when_verified
from submission.domain.dossier import Dossier
from submission.handlers.due import procedure_of
from submission.handlers.steps import check_open, held, take
from submission.problems.lifecycle import AlreadyExtended, AlreadyVerified, ExtensionTooLong, NoVerificationLimit
from submission.queries import dossiers
from submission.queries.dossiers import Entry
from submission.rights import actor_of
from submission.rules import EXTENSIONS


async def extend_dossier(
    code: str,
    working_days: int,
    reason: str,
    principal: Principal,
    if_match: str | None,
    uow: UnitOfWork,
    copies: Copies,
) -> Dossier:
    """Xin lỗi và gia hạn (paper 04), once, by at most the working days that the rule of the day allows.

    Raises AlreadyExtended, ExtensionTooLong beside what `take` raises.
    """
    dossier = await held(code, principal, if_match, uow)
    if dossier.extended_at is not None:
        raise AlreadyExtended(dossier, dossier.extended_at)
    await check_open(dossier, Extend, uow)
    most = in_force(EXTENSIONS, hanoi_day(uow.now)).working_days
    if working_days > most:
        raise ExtensionTooLong(most)
    calendar = await copies.current_calendar(uow, hanoi_day(dossier.due_at))
    command = Extend(
        by=actor_of(principal),
        reason=reason,
        previous_due_at=dossier.due_at,
        due_at=extended(dossier.due_at, working_days, calendar),
    )
    return await take(dossier, command, principal, uow)


async def verify_dossier(
    code: str, reason: str, principal: Principal, if_match: str | None, uow: UnitOfWork, copies: Copies
) -> Dossier:
    """Phải xác minh: the procedure's longer limit counts, from the same start and with the same waits.

    Raises AlreadyVerified, NoVerificationLimit beside what `take` raises.
    """
    dossier = await held(code, principal, if_match, uow)
    if dossier.verified_at is not None:
        raise AlreadyVerified(dossier, dossier.verified_at)
    await check_open(dossier, Verify, uow)
    filed = dossier.filed
    longer = when_verified((await procedure_of(dossier, uow, copies)).time_limit(filed.channel, filed.case))
    if longer is None:
        raise NoVerificationLimit(dossier)
    calendar = await copies.current_calendar(uow, hanoi_day(filed.received_at))
    waits = waits_of(await dossiers.history(uow, code))
    command = Verify(
        by=actor_of(principal),
        reason=reason,
        previous_due_at=dossier.due_at,
        due_at=due_when_verified(longer, filed.received_at, waits, dossier.due_at, calendar),
    )
    return await take(dossier, command, principal, uow)


def waits_of(history: Sequence[Entry]) -> list[tuple[datetime, datetime]]:
    """From when to when the clock stood; one that still stands is not among them."""
    return [(step.at, then.at) for step, then in pairwise(history) if step.clock_stopped]
