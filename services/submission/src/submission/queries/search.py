"""SQL of the search among the dossiers of some units, by the words of submission.domain.search. No right lives here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.codes import DossierStatus
from submission.domain.dossier import Filing
from submission.domain.retention import ERASED
from submission.domain.search import search_tokens
from submission.queries.dossiers import dossier_of

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

# Held while their words are made: what is erased meanwhile must not become findable again.
_UNFINDABLE = text(f"""
SELECT * FROM dossiers WHERE code > :after AND owner <> '{ERASED}'
    AND NOT EXISTS (SELECT FROM dossier_search WHERE dossier_search.code = dossiers.code)
ORDER BY code LIMIT :most FOR UPDATE""")  # noqa: S608 - constants

_MAKE_FINDABLE = text("""
INSERT INTO dossier_search (code, received_at, tokens)
SELECT code, received_at, array_to_tsvector(ARRAY(SELECT jsonb_array_elements_text(tokens)))
FROM jsonb_to_recordset(CAST(:words AS jsonb)) AS made (code text, received_at timestamptz, tokens jsonb)
ON CONFLICT DO NOTHING""")

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


async def unfindable(uow: UnitOfWork, after: str, most: int) -> list[Filing]:
    """Filings, behind a code and in order, that no search finds since they are older than it; held until the commit."""
    rows = await uow.execute(_UNFINDABLE, {"after": after, "most": most})
    return [dossier_of(row).filed for row in rows]


async def make_findable(uow: UnitOfWork, filings: Sequence[Filing]) -> None:
    """Keep the words that these are found by."""
    words = [
        {"code": filed.code, "received_at": filed.received_at.isoformat(), "tokens": search_tokens(filed)}
        for filed in filings
    ]
    await uow.execute(_MAKE_FINDABLE, {"words": json.dumps(words, ensure_ascii=False)})
