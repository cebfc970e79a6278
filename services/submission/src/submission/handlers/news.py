"""What other services' events do to a dossier: fee, payment, the civil registry's work. Safe to be given twice.

News that no longer applies is passed over: the same fact told again, or told of a dossier that has moved on, changes
nothing and is nobody's fault. News that came too early raises, so that the inbox tries it again later.
"""

from dataclasses import replace
from typing import Any

from chassis.database import UnitOfWork
from chassis.inbox import Received
from chassis.telemetry.logging import get_logger
from contracts.civil_registry import BirthRegistered, BirthRegistrationRefused, BirthRegistrationRequested
from contracts.codes import DossierStatus
from contracts.payment import FeeAssessed, PaymentSucceeded
from submission.copies import Copies
from submission.domain import lifecycle
from submission.domain.commands import AwaitPayment, Command, Finish, SettleFee, StartProcessing, Stop
from submission.domain.dossier import (
    Actor,
    ActorKind,
    Dossier,
    FeeState,
    Outcome,
    paid_after_all,
    refusals,
    with_outcome,
    without_fee,
)
from submission.domain.lifecycle import ENDS
from submission.handlers.due import due_after_waiting
from submission.handlers.steps import save
from submission.queries import attachments, dossiers

_log = get_logger("news")


class NewsTooEarly(Exception):
    """The dossier is not yet where this news applies, or not here at all: the event must be tried again."""


async def assess_fee(news: Received[FeeAssessed], uow: UnitOfWork, *, fee_wait_stops_clock: bool) -> None:
    """Payment knows the fee: nothing is due, or the dossier waits for payment."""
    dossier = await _told_of(news.data.dossier_code, uow)
    if dossier.fee_state is not FeeState.UNKNOWN or dossier.status in ENDS:
        await _pass_over(news, uow)
    elif news.data.total == 0:
        await dossiers.keep_fee(uow, without_fee(dossier))
        await uow.commit(None)
    else:
        command = AwaitPayment(by=_by(news), amount=news.data.total, stops_clock=fee_wait_stops_clock)
        await _move(dossier, command, uow)


async def settle_fee(news: Received[PaymentSucceeded], uow: UnitOfWork, copies: Copies) -> None:
    """The fee is paid: the dossier goes on, with the time it waited added to its deadline."""
    dossier = await _told_of(news.data.dossier_code, uow)
    if dossier.fee_state is FeeState.UNKNOWN and dossier.status not in ENDS:
        raise NewsTooEarly("paid before assessed")
    if dossier.fee_state is not FeeState.DUE:
        await _pass_over(news, uow)
    elif dossier.status in ENDS:
        # Withdrawn while the money was on its way.
        await dossiers.keep_fee(uow, paid_after_all(dossier))
        await uow.commit(None)
    else:
        await _move(dossier, SettleFee(by=_by(news), due_at=await due_after_waiting(dossier, uow, copies)), uow)


async def start_processing(news: Received[BirthRegistrationRequested], uow: UnitOfWork) -> None:
    """The commune opened the case, for as many children as the dossier declares."""
    await _take(news, StartProcessing(by=_by(news), children=news.data.children), uow)


async def take_registered(news: Received[BirthRegistered], uow: UnitOfWork) -> None:
    """A birth stands in the book: the record is a result. With the last child's, the dossier is finished."""
    told = news.data
    await _decided(news, told.child_number, Outcome(record=str(told.record_id)), told.remaining, uow)


async def take_refused(news: Received[BirthRegistrationRefused], uow: UnitOfWork) -> None:
    """A birth cannot be registered. Where no child was, the dossier is stopped, and the applicant told why."""
    told = news.data
    await _decided(news, told.child_number, Outcome(refusal=told.reason), told.remaining, uow)


async def _decided(news: Received[Any], child: int, outcome: Outcome, remaining: int, uow: UnitOfWork) -> None:
    """What became of one child: kept until all are decided, in whatever order they are; then the dossier ends by the whole.

    All are decided once as many are known as the case was opened for. `remaining` alone counts only where that is not
    known: it speaks of the moment the other service decided, and news of it may pass other news.
    """
    dossier = await _told_of(news.data.dossier_code, uow)
    if child in dossier.outcomes or dossier.status in (*ENDS, DossierStatus.FINISHED):
        await _pass_over(news, uow)
        return
    after = with_outcome(dossier, child, outcome)
    if len(after.outcomes) < dossier.children or (dossier.children == 1 and remaining):
        if dossier.status is not DossierStatus.PROCESSING:
            raise NewsTooEarly("the case is not opened yet")
        await dossiers.keep_outcomes(uow, replace(after, version=after.version + 1))
        await uow.commit(None)
        return
    refused = refusals(after)
    command: Command
    if after.results:
        counts = await attachments.counts(uow, after.code)
        command = Finish(by=_by(news), reason=refused, components=counts)
    else:
        command = Stop(by=_by(news), reason=refused or "")
    await _take(news, command, uow, after)


async def _told_of(code: str, uow: UnitOfWork) -> Dossier:
    dossier = await dossiers.lock(uow, code)
    if dossier is None:
        # Our commit came before our event, and our event before their answer. It can only be a dossier of another
        # database, or of one restored from a backup: retried, then parked, where an operator sees it.
        raise NewsTooEarly("no such dossier")
    return dossier


async def _take(news: Received[Any], command: Command, uow: UnitOfWork, dossier: Dossier | None = None) -> None:
    dossier = dossier or await _told_of(news.data.dossier_code, uow)
    try:
        await _move(dossier, command, uow)
    except lifecycle.NotAllowed as refusal:
        if lifecycle.still_to_come(dossier, type(command)):
            raise NewsTooEarly(str(refusal)) from refusal
        await _pass_over(news, uow)


async def _move(dossier: Dossier, command: Command, uow: UnitOfWork) -> None:
    await save(lifecycle.step(dossier, command, uow.now), uow)
    await uow.commit(None)


async def _pass_over(news: Received[Any], uow: UnitOfWork) -> None:
    _log.debug("news passed over", event_id=str(news.id), reason="it no longer applies to the dossier")
    await uow.commit(None)


def _by(news: Received[Any]) -> Actor:
    return Actor(ActorKind.SERVICE, news.producer)
