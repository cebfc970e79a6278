"""What the catalogue publishes is kept as our own copy, the newest version winning. Safe to be given twice."""

from chassis.database import UnitOfWork
from chassis.inbox import Received
from contracts.catalog import (
    AdministrativeUnitsPublished,
    AgenciesPublished,
    ProcedurePublished,
    ProcedureWithdrawn,
    WorkingCalendarPublished,
)
from submission.domain.procedure import Procedure
from submission.queries import copies


async def keep_procedure(news: Received[ProcedurePublished], uow: UnitOfWork) -> None:
    """Keep a version of a procedure. One that nobody could file by raises here, where an operator will see it parked."""
    Procedure.of(news.data)
    await copies.put_procedure(uow, news.data)
    await uow.commit(None)


async def keep_withdrawal(news: Received[ProcedureWithdrawn], uow: UnitOfWork) -> None:
    """Keep the last day of a version that was withdrawn, also of one that is not here yet. What was filed by it goes on by it."""
    await copies.put_withdrawal(uow, news.data)
    await uow.commit(None)


async def keep_agencies(news: Received[AgenciesPublished], uow: UnitOfWork) -> None:
    """Keep the list of agencies."""
    await copies.put_agencies(uow, news.data)
    await uow.commit(None)


async def keep_units(news: Received[AdministrativeUnitsPublished], uow: UnitOfWork) -> None:
    """Keep the list of administrative units."""
    await copies.put_units(uow, news.data)
    await uow.commit(None)


async def keep_calendar(news: Received[WorkingCalendarPublished], uow: UnitOfWork) -> None:
    """Keep a year's working calendar."""
    await copies.put_calendar(uow, news.data)
    await uow.commit(None)
