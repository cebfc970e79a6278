"""The use cases of payment, and the only place that commits: load, decide by the domain, save, state the event."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from chassis.auth import Principal
from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.inbox import Received
from chassis.problems import FieldError, Text
from chassis.telemetry.logging import get_logger
from contracts.catalog import ProcedurePublished, ProcedureWithdrawn
from contracts.codes import PaymentMethod
from contracts.fee_rules import fee_lines, total
from contracts.payment import FeeAssessed, PaymentSucceeded
from contracts.submission import DossierRefused, DossierStopped, DossierSubmitted, DossierWithdrawn
from payment import queries
from payment.domain.ledger import entries
from payment.domain.lifecycle import Action, AttemptState, NotAllowed, ObligationState, after_obligation
from payment.domain.obligation import CASH, Attempt, Notice, Obligation, Settled, Verdict, judge, receipt_number
from payment.domain.provider import Checkout, PaymentProvider
from payment.problems import (
    AmountMismatch,
    DossierNotAssessedYet,
    ObligationAlreadyPaid,
    ObligationCancelled,
    ProcedureNotKnownYet,
)
from payment.rights import payable

_log = get_logger("payment")


async def keep_procedure(received: Received[ProcedurePublished], uow: UnitOfWork) -> None:
    """A version of a procedure was published: keep its fee rules."""
    await queries.keep_procedure(uow, received.data)
    await uow.commit(None)


async def end_procedure(received: Received[ProcedureWithdrawn], uow: UnitOfWork) -> None:
    """A version of a procedure was withdrawn: its fee rules hold up to its last day, for what was filed by it.

    Raises ProcedureNotKnownYet, so that the inbox retries.
    """
    withdrawn = received.data
    if not await queries.end_procedure(uow, withdrawn):
        raise ProcedureNotKnownYet(procedure=withdrawn.code, day=withdrawn.valid_to)
    await uow.commit(None)


async def assess_fee(received: Received[DossierSubmitted], uow: UnitOfWork) -> None:
    """A dossier came in: decide its fee by the rules of the day it counts as received.

    Where no version is in force on that day, the one that was on the day of filing counts: a dossier handed in late on the
    last day of a version counts as received on the next. A dossier is assessed once, whatever is delivered again. Raises
    ProcedureNotKnownYet, so that the inbox retries.
    """
    dossier = received.data
    procedure = await queries.procedure_in_force(
        uow, dossier.procedure, dossier.received_on, filed_on=hanoi_day(received.time)
    )
    if procedure is None:
        raise ProcedureNotKnownYet(procedure=dossier.procedure, day=dossier.received_on)
    lines = fee_lines(
        procedure.fees,
        dossier.fee_facts,
        channel=dossier.channel,
        received_on=dossier.received_on,
        case=dossier.case,
    )
    owed = total(lines)
    obligation = Obligation(
        id=new_id(),
        dossier_code=dossier.dossier_code,
        procedure=dossier.procedure,
        procedure_name=procedure.name,
        unit=dossier.unit,
        owner=dossier.owner,
        channel=dossier.channel,
        amount=owed,
        lines=lines,
        state=after_obligation(None, Action.ASSESS),
        version=1,
        raised_at=uow.now,
    )
    if await queries.assess(uow, obligation, procedure.version):
        assessed = FeeAssessed(
            version=obligation.version,
            dossier_code=obligation.dossier_code,
            total=owed,
            lines=lines,
            obligation_id=obligation.id if owed else None,
        )
        uow.record(assessed)
    await uow.commit(None)


async def cancel_obligation(
    received: Received[DossierRefused | DossierWithdrawn | DossierStopped], uow: UnitOfWork
) -> None:
    """A dossier ended without a result: what is not paid yet is not owed any more. What is paid stays as it is booked.

    Raises DossierNotAssessedYet, so that the inbox retries.
    """
    ended = received.data
    assessed, owed = await queries.hold_obligation_of(uow, ended.dossier_code)
    if not assessed:
        raise DossierNotAssessedYet
    if owed is not None and owed.state is ObligationState.DUE:
        state = after_obligation(owed.state, Action.CANCEL)
        cancelled = replace(owed, state=state, version=owed.version + 1, cancelled_at=uow.now)
        await queries.cancel(uow, cancelled)
    await uow.commit(None)


@dataclass(frozen=True)
class StartOnlinePayment:
    """The payer wants to pay through a provider. `return_url` is where the provider sends the browser back to."""

    obligation_id: UUID
    by: Principal
    payer_address: str
    return_url: str
    expires_in: timedelta


@dataclass(frozen=True)
class Started:
    """A try to pay that awaits the payer, and where to send the browser."""

    attempt: Attempt
    checkout: Checkout
    redirect_url: str


async def start_online_payment(command: StartOnlinePayment, provider: PaymentProvider, uow: UnitOfWork) -> Started:
    """Begin a try to pay. Nothing is settled here; two open tries are allowed, and the later money is given back."""
    owed = payable(command.by, await queries.obligation(uow, command.obligation_id))
    _settleable(owed)
    attempt_id = new_id()
    attempt = Attempt(attempt_id, provider.name, attempt_id.hex, owed.amount, AttemptState.CREATED)
    checkout = Checkout(
        reference=attempt.reference,
        amount=attempt.amount,
        dossier_code=owed.dossier_code,
        created_at=uow.now,
        expires_at=uow.now + command.expires_in,
        payer_address=command.payer_address,
        return_url=command.return_url,
    )
    await queries.add_attempt(uow, attempt, owed.id, started_by=command.by.subject)
    return await uow.commit(Started(attempt, checkout, provider.checkout_url(checkout)))


async def take_notice(notice: Notice, provider: PaymentProvider, uow: UnitOfWork) -> Verdict:
    """A provider says, verified, what became of a payment. However often and at once it says so, it counts once."""
    attempt, owed = await queries.attempt(uow, provider.name, notice.reference, hold=True)
    decision = judge(notice, attempt, owed)
    if decision.attempt_state is None or attempt is None or owed is None:
        return decision.verdict
    await queries.move_attempt(
        uow,
        attempt.id,
        decision.attempt_state,
        codes=notice.codes,
        provider_transaction=notice.provider_transaction,
    )
    if decision.verdict is Verdict.SETTLES:
        await _settle(owed, attempt, provider.method, uow)
    elif decision.verdict is Verdict.OVERPAYS:
        await queries.overpay(uow, owed.id, attempt, entries(attempt.provider, attempt.amount, overpaid=True))
        _log.warning(
            "money came that was not owed any more, a refund is due",
            reason=f"obligation {owed.id}, payment {attempt.id}",
        )
    elif decision.attempt_state is AttemptState.SUSPECTED:
        _log.warning("provider suspects fraud, nothing settled", reason=f"payment {attempt.id}")
    return await uow.commit(decision.verdict)


@dataclass(frozen=True)
class TakeCash:
    """The cashier (thu phí) has the whole amount in hand."""

    obligation_id: UUID
    amount: int
    by: Principal


async def take_cash(command: TakeCash, uow: UnitOfWork) -> Obligation:
    """Settle an obligation with cash at the desk; gives it back as paid."""
    owed = payable(command.by, await queries.obligation(uow, command.obligation_id, hold=True))
    _settleable(owed)
    if command.amount != owed.amount:
        message = Text(f"Phải nộp {owed.amount} đồng", f"{owed.amount} đồng are owed")
        raise AmountMismatch(errors=[FieldError("/amount", "amount-owed", message)], owed=owed.amount)
    attempt_id = new_id()
    attempt = Attempt(attempt_id, CASH, attempt_id.hex, owed.amount, AttemptState.SUCCEEDED)
    await queries.add_attempt(uow, attempt, owed.id, started_by=command.by.subject)
    return await uow.commit(await _settle(owed, attempt, PaymentMethod.NOT_ONLINE, uow))


def _settleable(obligation: Obligation) -> ObligationState:
    """The state that settling leads to; raises ObligationAlreadyPaid, ObligationCancelled."""
    try:
        return after_obligation(obligation.state, Action.SETTLE)
    except NotAllowed as error:
        refused = ObligationCancelled if obligation.state is ObligationState.CANCELLED else ObligationAlreadyPaid
        raise refused(state=obligation.state, allowed=list(error.allowed)) from error


async def _settle(owed: Obligation, attempt: Attempt, method: PaymentMethod, uow: UnitOfWork) -> Obligation:
    """Paid: state, receipt, books and event, in this transaction. The caller holds the obligation."""
    state = _settleable(owed)
    year = hanoi_day(uow.now).year
    number = receipt_number(year, await queries.next_receipt(uow, year))
    settled = Settled(method, attempt.provider, uow.now, number)
    paid = replace(owed, state=state, version=owed.version + 1, settled=settled)
    await queries.settle(uow, paid, settled, attempt.id, entries(attempt.provider, attempt.amount, overpaid=False))
    succeeded = PaymentSucceeded(
        version=paid.version,
        dossier_code=paid.dossier_code,
        obligation_id=paid.id,
        amount=paid.amount,
        method=method,
        provider=attempt.provider,
        paid_at=settled.paid_at,
        receipt_number=number,
    )
    uow.record(succeeded)
    return paid
