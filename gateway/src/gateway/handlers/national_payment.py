"""Use cases of payments at the national payment platform: start one, settle it once, end what waits too long. They alone commit these."""

from dataclasses import replace
from datetime import timedelta

from chassis.crash import crash_point
from chassis.database import Database, UnitOfWork
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger
from contracts.gateway import NationalPaymentConfirmed
from gateway.domain.national_payment import Confirmation, News, Payment, PaymentOrder, State, Verdict, verdict
from gateway.ports import NationalPaymentPlatform, PaymentLink
from gateway.problems.national_payment import NationalPaymentNotFound, NationalPaymentReferenceUsed
from gateway.queries import national_payment as queries

_log = get_logger("national_payment")


async def start_payment(
    order: PaymentOrder, asked_by: str, database: Database, platform: NationalPaymentPlatform, *, minutes: float
) -> Payment:
    """Have the platform take a payment; the same order again gives it as it stands, and asks again if no answer came.

    Raises NationalPaymentReferenceUsed; OutOfReach, after which the same order is to be given again.
    """
    async with database.begin() as uow:
        payment = await _taken(order, asked_by, uow, minutes)
    if payment.state is not State.REQUESTED:
        return payment
    # Dated as it was first asked for: the platform is told the very same again.
    answer = await platform.start(replace(order, at=payment.started_at))
    async with database.begin() as uow:
        if isinstance(answer, PaymentLink):
            moved = await queries.move(uow, payment, News.TAKEN, pay_url=answer.url)
        else:
            moved = await queries.move(uow, payment, News.NOT_TAKEN, words="; ".join(answer.words))
        # Else it was confirmed, or the same order was answered, while we asked.
        return await uow.commit(moved or await _known(order.reference, uow))


async def take_confirmation(said: Confirmation, uow: UnitOfWork) -> Verdict:
    """What the platform says became of a payment. It is settled once, and stated in the same commit."""
    payment = await queries.one(uow, said.reference, locked=True)
    found = verdict(payment, said)
    if payment is None or found is not Verdict.SETTLES:
        if found is Verdict.CONTRADICTS:
            _log.error("confirmation contradicts what is settled", reference=said.reference, code=said.code)
        return found
    words = None if said.news is News.CONFIRMED else f"MaLoi {said.code}"
    moved = await queries.move(uow, payment, said.news, said=said, words=words)
    if moved is None:
        raise RuntimeError("a locked payment was moved by another")
    if moved.state is State.PAID and moved.paid_at is not None:
        uow.record(
            NationalPaymentConfirmed(
                version=moved.version,
                reference=moved.reference,
                dossier_code=moved.dossier_code,
                amount=moved.amount,
                transaction=said.transaction,
                paid_at=moved.paid_at,
            )
        )
    await uow.commit(None)
    crash_point("national_payment.after_settle")
    return found


async def expire_payments(runtime: Runtime) -> None:
    """End the payments that nobody confirmed in time. Money that is heard of later counts all the same."""
    async with runtime.database.begin() as uow:
        await queries.expire(uow)
        await uow.commit(None)


async def _taken(order: PaymentOrder, asked_by: str, uow: UnitOfWork, minutes: float) -> Payment:
    await queries.take(
        uow,
        Payment(
            order.reference,
            asked_by,
            order.dossier_code,
            order.procedure,
            order.amount,
            order.fingerprint,
            State.REQUESTED,
            version=1,
            started_at=uow.now,
            expires_at=uow.now + timedelta(minutes=minutes),
        ),
    )
    payment = await _known(order.reference, uow)
    if payment.asked_by != asked_by or payment.fingerprint != order.fingerprint:
        raise NationalPaymentReferenceUsed
    return await uow.commit(payment)


async def _known(reference: str, uow: UnitOfWork) -> Payment:
    payment = await queries.one(uow, reference)
    if payment is None:
        raise NationalPaymentNotFound
    return payment
