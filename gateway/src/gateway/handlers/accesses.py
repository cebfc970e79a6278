"""Use case of a read of personal data over /r1: its trace, committed before anybody is asked. It decides no right."""

from chassis.database import UnitOfWork
from gateway.queries import accesses as queries
from gateway.queries.accesses import Access


async def note_access(access: Access, uow: UnitOfWork) -> None:
    """The person concerned can look it up from now on, whatever becomes of the call."""
    await queries.note(uow, access)
    await uow.commit(None)
