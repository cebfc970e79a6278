"""Search among the dossiers of the units an officer serves (tra cứu hồ sơ): what it shows is personal data, and is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from chassis.auth import Principal
from chassis.database import Database, UnitOfWork
from contracts.codes import DossierStatus
from submission.domain.search import procedures_named, query_words, search_query
from submission.queries import copies, reads, search
from submission.queries.search import SearchWanted

PURPOSE = "Tra cứu hồ sơ tại bộ phận một cửa"


@dataclass(frozen=True, slots=True)
class Search:
    """What an officer looks for. `units` None: in every unit."""

    asked: str
    units: frozenset[str] | None
    limit: int
    statuses: Sequence[DossierStatus] | None = None
    procedure: str | None = None
    after: tuple[datetime, str] | None = None


async def search_dossiers(command: Search, officer: Principal, uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Up to `limit` + 1 rows, newest first; each that is shown is recorded as read. Three statements, then the commit."""
    names = [] if any(char.isdigit() for char in command.asked) else await search.procedure_names(uow)
    procedures = procedures_named(command.asked, names)
    units = await copies.units_of(uow, command.units)
    asked = [query for unit in units if (query := search_query(command.asked, unit, procedures)) is not None]
    if not asked:
        return await uow.commit([])
    wanted = SearchWanted(asked, command.limit, command.statuses, command.procedure, command.after)
    rows = await search.find(uow, wanted)
    shown = [(row.owner, row.code) for row in rows[: command.limit]]
    await reads.record_reads(uow, reader=officer, seen=shown, what="search", purpose=PURPOSE)
    return await uow.commit(rows)


async def index_all(database: Database, *, batch: int = 500) -> int:
    """Make findable what was filed before there was a search; says how many dossiers. Safe to be stopped and run again."""
    after, made = "", 0
    while True:
        async with database.begin() as uow:
            filings = await search.unfindable(uow, after, batch)
            if not filings:
                return made
            await search.make_findable(uow, filings)
            await uow.commit(None)
        after, made = filings[-1].code, made + len(filings)


def says_nothing(asked: str) -> bool:
    """Whether a query holds no word at all."""
    return not query_words(asked)
