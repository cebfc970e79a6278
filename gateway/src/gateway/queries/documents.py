"""SQL of documents exchanged with other agencies. It decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import UnitOfWork

_COLUMNS = (
    "id, direction, from_organ, to_organs, document_id, code, subject, promulgated_on, state, version, attempts,"
    " last_error, words, registered_by, registered_at, changed_at"
)
_KEEP = text(
    "INSERT INTO document (id, direction, from_organ, to_organs, document_id, code, subject, promulgated_on, edxml, state,"
    " registered_by, registered_at, changed_at)"
    " VALUES (:id, :direction, :from_organ, :to_organs, :document_id, :code, :subject, :promulgated_on, :edxml, :state,"
    " :by, :now, :now) ON CONFLICT (direction, from_organ, document_id) DO NOTHING RETURNING id"
)
_ONE = text(
    f"SELECT {_COLUMNS}, CASE WHEN :whole THEN edxml END AS edxml FROM document WHERE id = :id"  # noqa: S608 - our own columns
    " AND (CAST(:organ AS text) IS NULL OR from_organ = :organ OR to_organs @> ARRAY[CAST(:organ AS text)])"
)
_LIST = text(
    f"SELECT {_COLUMNS}, NULL AS edxml FROM document"  # noqa: S608 - our own columns
    " WHERE (CAST(:organ AS text) IS NULL OR from_organ = :organ OR to_organs @> ARRAY[CAST(:organ AS text)])"
    " AND (CAST(:direction AS text) IS NULL OR direction = :direction)"
    " AND (CAST(:before AS uuid) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
)
# The lease is written before the call: who dies in it leaves a row that comes due again by itself.
_CLAIM = text(
    "WITH due AS (SELECT id FROM document WHERE state = ANY(CAST(:states AS text[])) AND next_attempt_at <= now()"
    " ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED)"
    " UPDATE document d SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => :lease)"
    " FROM due WHERE d.id = due.id RETURNING d.id, d.from_organ, d.document_id, d.state, d.attempts,"
    " CASE WHEN d.state = 'queued' THEN d.edxml END AS edxml"
)
_MOVE = text(
    "UPDATE document SET state = :to, version = version + 1, attempts = 0, last_error = NULL, words = :words,"
    " changed_at = :now, next_attempt_at = now() + make_interval(secs => :pause) WHERE id = :id AND state = :before"
)
_POSTPONE = text(
    "UPDATE document SET next_attempt_at = now() + make_interval(secs => :pause), last_error = :reason"
    " WHERE id = ANY(:ids) AND state = ANY(CAST(:states AS text[]))"
)


@dataclass(frozen=True)
class DocumentRow:
    """A document as listed; `edxml` only where it was asked for."""

    id: UUID
    direction: str
    from_organ: str
    to_organs: Sequence[str]
    document_id: str
    code: str
    subject: str
    promulgated_on: date | None
    state: str
    version: int
    attempts: int
    last_error: str | None
    words: str | None
    registered_by: str
    registered_at: datetime
    changed_at: datetime
    edxml: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ClaimedDocument:
    """A document this process has the lease of."""

    id: UUID
    from_organ: str
    document_id: str
    state: str
    attempts: int
    edxml: bytes | None = field(default=None, repr=False)


async def keep(uow: UnitOfWork, row: DocumentRow) -> bool:
    """Add a document; False where this organisation has one of that identifier already."""
    parameters = {
        "id": row.id, "direction": row.direction, "from_organ": row.from_organ, "to_organs": list(row.to_organs),
        "document_id": row.document_id, "code": row.code, "subject": row.subject, "promulgated_on": row.promulgated_on,
        "edxml": row.edxml, "state": row.state, "by": row.registered_by, "now": uow.now,
    }  # fmt: skip
    return (await uow.execute(_KEEP, parameters)).first() is not None


async def one(uow: UnitOfWork, document: UUID, organ: str | None, *, whole: bool = False) -> DocumentRow | None:
    """A document, if `organ` sent it or is to get it; None asks for no organisation."""
    row = (await uow.execute(_ONE, {"id": document, "organ": organ, "whole": whole})).one_or_none()
    return _read(row) if row is not None else None


async def some(
    uow: UnitOfWork, organ: str | None, direction: str | None, before: UUID | None, limit: int
) -> list[DocumentRow]:
    """Documents of an organisation (None: of all), the latest first."""
    parameters = {"organ": organ, "direction": direction, "before": before, "limit": limit}
    return [_read(row) for row in await uow.execute(_LIST, parameters)]


async def claim(uow: UnitOfWork, states: Sequence[str], most: int, lease_seconds: float) -> list[ClaimedDocument]:
    """Up to `most` documents in these states that are due."""
    rows = await uow.execute(_CLAIM, {"states": list(states), "most": most, "lease": lease_seconds})
    return [
        ClaimedDocument(
            row.id, row.from_organ, row.document_id, row.state, row.attempts, bytes(row.edxml) if row.edxml else None
        )
        for row in rows
    ]


async def move(
    uow: UnitOfWork, document: UUID, before: str, to: str, *, words: str | None = None, pause_seconds: float = 0
) -> None:
    """Bring a document from one state to the next; nothing happens where another process was faster."""
    await uow.execute(
        _MOVE, {"id": document, "before": before, "to": to, "words": words, "pause": pause_seconds, "now": uow.now}
    )


async def postpone(
    uow: UnitOfWork, documents: Sequence[UUID], states: Sequence[str], pause_seconds: float, reason: str | None
) -> None:
    """Try these again after the pause."""
    parameters = {"ids": list(documents), "states": list(states), "pause": pause_seconds, "reason": reason}
    await uow.execute(_POSTPONE, parameters)


def _read(row: Row[Any]) -> DocumentRow:
    return DocumentRow(
        row.id, row.direction, row.from_organ, row.to_organs, row.document_id, row.code, row.subject, row.promulgated_on,
        row.state, row.version, row.attempts, row.last_error, row.words, row.registered_by, row.registered_at,
        row.changed_at, bytes(row.edxml) if row.edxml is not None else None,
    )  # fmt: skip
