"""What other services' events do to a dossier: fee, payment, the civil registry's work. Safe to be given twice.

News that no longer applies is passed over: the same fact told again, or told of a dossier that has moved on, changes
nothing and is nobody's fault. News that came too early raises, so that the inbox tries it again later.
"""

from datetime import datetime
from typing import Any

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.inbox import Received
from chassis.telemetry.logging import get_logger
from contracts.civil_registry import BirthRegistered, BirthRegistrationRefused, BirthRegistrationRequested
from contracts.payment import FeeAssessed, PaymentSucceeded
from submission.copies import Copies
from submission.domain import lifecycle
from submission.domain.commands import AwaitPayment, Command, Finish, SettleFee, StartProcessing, Stop
from submission.domain.deadlines import due_after_wait
from submission.domain.dossier import Actor, ActorKind, Dossier, FeeState, without_fee
from submission.queries import dossiers

_log = get_logger("news")


class NewsTooEarly(Exception):
    """The dossier is not yet where this news applies, or not here at all: the event must be tried again."""


async def assess_fee(news: Received[FeeAssessed], uow: UnitOfWork, *, fee_wait_stops_clock: bool) -> None:
    """Payment knows the fee: nothing is due, or the dossier waits for payment."""
    dossier = await _told_of(news.data.dossier_code, uow)
    if dossier.fee_state is not FeeState.UNKNOWN:
        await _pass_over(news, uow)
    elif news.data.total == 0:
        await dossiers.keep_without_fee(uow, without_fee(dossier))
        await uow.commit(None)
    else:
        command = AwaitPayment(by=_by(news), amount=news.data.total, stops_clock=fee_wait_stops_clock)
        await _move(dossier, command, uow)


async def settle_fee(news: Received[PaymentSucceeded], uow: UnitOfWork, copies: Copies) -> None:
    """The fee is paid: the dossier goes on, with the time it waited added to its deadline."""
    dossier = await _told_of(news.data.dossier_code, uow)
    if dossier.fee_state is FeeState.UNKNOWN:
        raise NewsTooEarly("paid before assessed")
    if dossier.fee_state is not FeeState.DUE:
        await _pass_over(news, uow)
        return
    await _move(dossier, SettleFee(by=_by(news), due_at=await _due_after_wait(dossier, uow, copies)), uow)


async def start_processing(news: Received[BirthRegistrationRequested], uow: UnitOfWork) -> None:
    """The commune opened the case."""
    await _take(news, StartProcessing(by=_by(news)), uow)


async def finish_registered(news: Received[BirthRegistered], uow: UnitOfWork) -> None:
    """The birth stands in the book: the record is the result."""
    await _take(news, Finish(by=_by(news), result_reference=str(news.data.record_id)), uow)


async def stop_refused(news: Received[BirthRegistrationRefused], uow: UnitOfWork) -> None:
    """The birth cannot be registered: the applicant is told why."""
    await _take(news, Stop(by=_by(news), reason=news.data.reason), uow)


async def _told_of(code: str, uow: UnitOfWork) -> Dossier:
    dossier = await dossiers.lock(uow, code)
    if dossier is None:
        # Our commit came before our event, and our event before their answer. It can only be a dossier of another
        # database, or of one restored from a backup: retried, then parked, where an operator sees it.
        raise NewsTooEarly("no such dossier")
    return dossier


async def _take(news: Received[Any], command: Command, uow: UnitOfWork) -> None:
    dossier = await _told_of(news.data.dossier_code, uow)
    try:
        await _move(dossier, command, uow)
    except lifecycle.NotAllowed as refusal:
        if lifecycle.still_to_come(dossier.status, type(command)):
            raise NewsTooEarly(str(refusal)) from refusal
        await _pass_over(news, uow)


async def _move(dossier: Dossier, command: Command, uow: UnitOfWork) -> None:
    step = lifecycle.step(dossier, command, uow.now)
    await dossiers.move(uow, step)
    uow.record(step.event)
    await uow.commit(None)


async def _pass_over(news: Received[Any], uow: UnitOfWork) -> None:
    _log.debug("news passed over", event_id=str(news.id), reason="it no longer applies to the dossier")
    await uow.commit(None)


async def _due_after_wait(dossier: Dossier, uow: UnitOfWork, copies: Copies) -> datetime:
    if dossier.clock_stopped_at is None:
        return dossier.due_at
    filed = dossier.filed
    procedure = await copies.procedure(uow, filed.procedure, filed.procedure_version)
    calendar = await copies.current_calendar(uow, hanoi_day(dossier.clock_stopped_at))
    limit = procedure.time_limit(filed.channel)
    return due_after_wait(limit, dossier.due_at, dossier.clock_stopped_at, uow.now, calendar)


def _by(news: Received[Any]) -> Actor:
    return Actor(ActorKind.SERVICE, news.producer)
