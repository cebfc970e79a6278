"""`lienthong submission index-search`: make findable what was filed before there was a search. Options and words only."""

import asyncio

from rich.console import Console

from chassis.clock import SystemClock
from chassis.database import Database
from submission.handlers.search import index_all
from submission.settings import SubmissionSettings


def index_search() -> None:
    """Once, after the upgrade that brought the search: it works in batches beside the running service."""
    made = asyncio.run(_index(SubmissionSettings()))
    Console().print(f"Made {made} dossiers findable.")


async def _index(settings: SubmissionSettings) -> int:
    url = settings.database_url.get_secret_value()
    database = Database.connect(url, SystemClock(), statement_seconds=settings.statement_seconds)
    try:
        return await index_all(database)
    finally:
        await database.close()
