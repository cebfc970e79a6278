"""What the catalogue publishes of working days is kept as our own copy, by which answers come due. Safe to be given twice."""

from chassis.database import UnitOfWork
from chassis.inbox import Received
from contracts.catalog import WorkingCalendarPublished
from gateway.queries import calendar


async def keep_working_calendar(news: Received[WorkingCalendarPublished], uow: UnitOfWork) -> None:
    """Keep a year's working calendar, the newest version of it."""
    await calendar.put(uow, news.data)
    await uow.commit(None)
