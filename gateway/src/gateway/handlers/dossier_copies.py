"""Use cases of the gateway's copy of dossiers: which are live, and whom they concern. The only place that commits it."""

from chassis.database import UnitOfWork
from chassis.inbox import Received
from contracts.submission import DossierEvent, DossierSubmitted
from gateway.queries import accesses as queries


async def keep_dossier(received: Received[DossierSubmitted], uow: UnitOfWork) -> None:
    """A dossier came in: it gives a reason to read what concerns the people it is about."""
    dossier = received.data
    await queries.keep_dossier(uow, dossier.dossier_code, dossier.version, dossier.concerns)
    await uow.commit(None)


async def end_dossier(received: Received[DossierEvent], uow: UnitOfWork) -> None:
    """A dossier was returned, refused, withdrawn or stopped: the reason is gone, and so is whom it concerned."""
    dossier = received.data
    await queries.end_dossier(uow, dossier.dossier_code, dossier.version)
    await uow.commit(None)
