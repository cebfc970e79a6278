"""SQL of the search among the dossiers of some units, by the words of submission.domain.search. No right lives here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.codes import DossierStatus

_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)

# Unit by unit: each unit's words are in the index by themselves, so one unit's cost is its own.
_FIND = """
SELECT d.code, d.status, d.version, d.procedure, d.unit, d.channel, d.received_at, d.due_at, d.fee_state, d.claimed_by,
    d.owner, d.applicant
FROM (
    SELECT found.code, found.received_at
    FROM unnest(CAST(:queries AS text[])) AS asked (query)
    CROSS JOIN LATERAL (
        SELECT s.code, s.received_at FROM dossier_search AS s {joined}
        WHERE s.tokens @@ CAST(asked.query AS tsquery) AND (s.received_at, s.code) < (:at, :code) {narrowed}
        ORDER BY s.received_at DESC, s.code DESC LIMIT :limit) AS found
    ORDER BY found.received_at DESC, found.code DESC LIMIT :limit) AS chosen
JOIN dossiers AS d ON d.code = chosen.code
ORDER BY d.received_at DESC, d.code DESC"""

_FIND_ALL = text(_FIND.format(joined="", narrowed=""))
_FIND_SOME = text(
    _FIND.format(
        joined="JOIN dossiers ON dossiers.code = s.code",
        narrowed="""AND dossiers.status = ANY(CAST(:statuses AS smallint[]))
            AND (CAST(:procedure AS text) IS NULL OR dossiers.procedure = :procedure)""",
    )
)

_NAMES = text("SELECT DISTINCT ON (code) code, name FROM procedures ORDER BY code, version DESC")


@dataclass(frozen=True, slots=True)
class SearchWanted:
    """Which part of what is found: older than `after` (received at, code), at most `limit` and one to tell of more."""

    queries: Sequence[str]
    limit: int
    statuses: Sequence[DossierStatus] | None = None
    procedure: str | None = None
    after: tuple[datetime, str] | None = None


async def find(uow: UnitOfWork, wanted: SearchWanted) -> Sequence[Row[Any]]:
    """What fits any of the queries (one a unit), newest first. With personal data: the caller leaves its trace."""
    at, code = wanted.after or (_END_OF_TIME, "")
    parameters: dict[str, Any] = {"queries": list(wanted.queries), "at": at, "code": code, "limit": wanted.limit + 1}
    if wanted.statuses is None and wanted.procedure is None:
        return (await uow.execute(_FIND_ALL, parameters)).all()
    parameters |= {"statuses": list(wanted.statuses or DossierStatus), "procedure": wanted.procedure}
    return (await uow.execute(_FIND_SOME, parameters)).all()


async def procedure_names(uow: UnitOfWork) -> list[tuple[str, str]]:
    """Code and present name of every procedure."""
    return [(row.code, row.name or "") for row in await uow.execute(_NAMES)]
