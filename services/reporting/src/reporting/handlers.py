"""The use cases of reporting, and the only place that commits: each event adds to a fact, and the fact to the counts."""

from chassis.database import UnitOfWork
from chassis.inbox import Received
from contracts.catalog import AdministrativeUnitsPublished, ProcedurePublished, ProcedureWithdrawn
from contracts.payment import PaymentSucceeded
from contracts.submission import DossierEvent
from reporting import queries
from reporting.domain.counting import changes
from reporting.domain.fact import news_of
from reporting.problems import ProcedureNotKnownYet


async def count_dossier(received: Received[DossierEvent], uow: UnitOfWork) -> None:
    """A dossier took a step: keep what is new of it, and change the counts by just that, in the same transaction."""
    before = await queries.hold_fact(uow, received.data.dossier_code)
    after = before.learned(news_of(received.data, received.time))
    if after != before:
        await queries.keep_fact(uow, after, changes(before, after))
    await uow.commit(None)


async def note_payment(received: Received[PaymentSucceeded], uow: UnitOfWork) -> None:
    """The fee of a dossier was paid: keep how. It may be heard before the dossier itself."""
    payment = received.data
    await queries.keep_payment(uow, payment.dossier_code, payment.method, payment.paid_at)
    await uow.commit(None)


async def keep_procedure(received: Received[ProcedurePublished], uow: UnitOfWork) -> None:
    """A version of a procedure was published: keep its name, field (lĩnh vực) and last day."""
    await queries.keep_procedure(uow, received.data)
    await uow.commit(None)


async def end_procedure(received: Received[ProcedureWithdrawn], uow: UnitOfWork) -> None:
    """A version of a procedure was withdrawn: keep its last day. Raises ProcedureNotKnownYet, so that the inbox retries."""
    withdrawn = received.data
    if not await queries.end_procedure(uow, withdrawn):
        raise ProcedureNotKnownYet(procedure=withdrawn.code, number=withdrawn.number)
    await uow.commit(None)


async def keep_units(received: Received[AdministrativeUnitsPublished], uow: UnitOfWork) -> None:
    """The units of a province were published: keep the list as a whole, unless a newer one is known."""
    await queries.keep_units(uow, received.data)
    await uow.commit(None)


async def forget_everything(uow: UnitOfWork) -> None:
    """Before a rebuild: nothing is counted and nothing was heard. The ledger then tells all of it again (see docs/operating.md)."""
    await queries.forget_everything(uow)
    await uow.commit(None)
