"""When a dossier is due, from what the catalogue says and how it went so far. The arithmetic is domain/deadlines.py's."""

from datetime import datetime

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from contracts.catalog import TimeLimit
from submission.copies import Copies
from submission.domain.deadlines import due_after_wait, when_verified
from submission.domain.dossier import Dossier
from submission.domain.procedure import Procedure


async def procedure_of(dossier: Dossier, uow: UnitOfWork, copies: Copies) -> Procedure:
    """The version of the procedure that the dossier was filed by, and goes on by."""
    return await copies.procedure(uow, dossier.filed.procedure, dossier.filed.procedure_version)


def limit_of(dossier: Dossier, procedure: Procedure) -> TimeLimit:
    """The limit that counts for it: of its channel and case, or the longer one since it must be verified."""
    limit = procedure.time_limit(dossier.filed.channel, dossier.filed.case)
    longer = when_verified(limit) if dossier.verified_at is not None else None
    return longer or limit


async def due_after_waiting(dossier: Dossier, uow: UnitOfWork, copies: Copies) -> datetime:
    """The due time once its clock runs again, now; the same if the clock did not stand."""
    if dossier.clock_stopped_at is None:
        return dossier.due_at
    procedure = await procedure_of(dossier, uow, copies)
    calendar = await copies.current_calendar(uow, hanoi_day(dossier.clock_stopped_at))
    return due_after_wait(limit_of(dossier, procedure), dossier.due_at, dossier.clock_stopped_at, uow.now, calendar)
