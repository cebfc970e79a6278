"""Use cases of what the national portal knows, and the only place that commits them. No message of the portal is known here."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.clock import HANOI
from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.inbox import Handlers, Received
from contracts.catalog import ProcedurePublished
from contracts.payment import FeeAssessed, PaymentSucceeded
from contracts.submission import DossierEvent
from gateway.domain.breaker import delay_after
from gateway.domain.portal import STATUS_AFTER, Standing, after_event, after_payment
from gateway.queries import portal as queries
from gateway.queries import portal_runs as runs
from gateway.queries.portal import ClaimedDossier, WalkedDossier
from gateway.queries.portal_runs import Found, Run


async def take_step(event: Received[DossierEvent], uow: UnitOfWork) -> None:
    """A dossier moved: the portal is to be told."""
    code = event.data.dossier_code
    known = await queries.hold_record(uow, code)
    record = after_event(known, event.data, event.time)
    if record != known:
        await queries.keep_record(uow, code, record, event.time)
    await uow.commit(None)


async def take_fee(event: Received[FeeAssessed | PaymentSucceeded], uow: UnitOfWork) -> None:
    """Its fee was decided, or paid."""
    code = event.data.dossier_code
    known = await queries.hold_record(uow, code)
    record = after_payment(known, event.data)
    if record != known:
        await queries.keep_record(uow, code, record, event.time)
    await uow.commit(None)


async def take_procedure(event: Received[ProcedurePublished], uow: UnitOfWork) -> None:
    """What a procedure is called."""
    await queries.name_procedure(uow, event.data)
    await uow.commit(None)


HEARD: Handlers = {
    **dict.fromkeys(STATUS_AFTER, take_step),
    FeeAssessed: take_fee,
    PaymentSucceeded: take_fee,
    ProcedurePublished: take_procedure,
}
"""What the synchronisation listens to."""


async def settle(claimed: ClaimedDossier, told: Collection[int], uow: UnitOfWork) -> None:
    """The portal has it. Nothing happens if another process took it over meanwhile."""
    await queries.settle(uow, claimed, told)
    await uow.commit(None)


async def tell_alone(claimed: ClaimedDossier, reason: str, uow: UnitOfWork) -> None:
    """The message it was in was refused: it is told again at once, by itself, so that one fault holds up nobody else."""
    await queries.postpone(uow, claimed, 0, reason, alone=True)
    await uow.commit(None)


async def keep_refused(claimed: ClaimedDossier, reason: str, uow: UnitOfWork) -> None:
    """The portal refuses this one, told by itself."""
    await queries.refuse(uow, claimed, reason)
    await uow.commit(None)


async def try_again_later(claimed: ClaimedDossier, reason: str, delays: Sequence[float], uow: UnitOfWork) -> None:
    """The portal was out of reach: the dossier waits the longer the more often it happened."""
    await queries.postpone(uow, claimed, delay_after(claimed.attempts, delays), reason)
    await uow.commit(None)


async def begin_daily_reconciliation(day: date, days_back: int, uow: UnitOfWork) -> None:
    """The reconciliation of a Hanoi day, begun once."""
    await runs.begin(uow, new_id(), "daily", start_of(day - timedelta(days=days_back)), day=day)
    await uow.commit(None)


async def begin_reconciliation(asked_by: str, since: date, uow: UnitOfWork) -> Row[Any]:
    """A reconciliation that somebody asks for, of what moved since the beginning of that Hanoi day."""
    run = await runs.begin(uow, new_id(), asked_by, start_of(since))
    if run is None:
        raise RuntimeError("a reconciliation without a day of its own was not begun")
    return await uow.commit(run)


async def put_in_line(found: Sequence[tuple[WalkedDossier, Standing]], uow: UnitOfWork) -> list[str]:
    """What the portal lacks or has otherwise is to be told again; which of these are, the others having moved meanwhile."""
    codes = [
        walked.code
        # In the order of their codes: two that mend the same dossiers do not wait for each other in a ring.
        for walked, standing in sorted(found, key=lambda one: one[0].code)
        if await queries.mend(uow, walked, there=standing is not Standing.MISSING)
    ]
    return await uow.commit(codes)


async def advance_reconciliation(
    run: Run, found: Found, at: tuple[datetime, str] | None, uow: UnitOfWork, *, done: bool
) -> None:
    """A page is done."""
    await runs.advance(uow, run, found, at, done=done)
    await uow.commit(None)


async def pause_reconciliation(run: Run, reason: str, delays: Sequence[float], uow: UnitOfWork) -> None:
    """The portal was out of reach: the page is asked again later."""
    await runs.postpone(uow, run, delay_after(run.attempts, delays), reason)
    await uow.commit(None)


async def forget_ended(before: datetime, uow: UnitOfWork) -> int:
    """Delete ended dossiers the portal has had for long."""
    return await uow.commit(await queries.forget_ended(uow, before))


def start_of(day: date) -> datetime:
    """The instant a Hanoi day begins."""
    return datetime.combine(day, time(), HANOI)


async def claim_run(uow: UnitOfWork, lease_seconds: float, run_id: UUID | None) -> Run | None:
    """A reconciliation that is due, for this process to go on with."""
    return await uow.commit(await runs.claim(uow, lease_seconds, run_id))
