"""SQL of drafts: one statement a function. A draft that is past its time is not there, whether or not it is gone already."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from submission.domain.draft import Draft

_COLUMNS = "id, owner, version, filing, updated_at, expires_at"
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_LAST = UUID(int=0)

# Two at once would both count the same: the second waits here, and counts in a statement of its own.
_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:owner AS text), 717))")
_PUT = text(f"""
INSERT INTO drafts ({_COLUMNS})
SELECT :id, CAST(:owner AS text), :version, CAST(:filing AS jsonb), CAST(:now AS timestamptz), :expires_at
WHERE (SELECT count(*) FROM drafts WHERE owner = :owner AND expires_at > :now) < :most
RETURNING id""")  # noqa: S608 - constants
_MINE = "id = :id AND owner = :owner AND expires_at > :now"
_FIND = text(f"SELECT {_COLUMNS} FROM drafts WHERE {_MINE}")  # noqa: S608 - constants
_LOCK = text(f"SELECT {_COLUMNS} FROM drafts WHERE {_MINE} FOR UPDATE")  # noqa: S608 - constants
_KEEP = text("""
UPDATE drafts SET version = :version, filing = CAST(:filing AS jsonb), updated_at = :now, expires_at = :expires_at
WHERE id = :id""")
_DROP = text("DELETE FROM drafts WHERE id = :id")
_OF = text(f"""
SELECT {_COLUMNS} FROM drafts
WHERE owner = :owner AND expires_at > :now AND (updated_at, id) < (:at, :before)
ORDER BY updated_at DESC, id DESC LIMIT :limit""")  # noqa: S608 - constants
_FORGET = text("""
DELETE FROM drafts WHERE id IN (
    SELECT id FROM drafts WHERE expires_at <= :now ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED)""")


async def queue(uow: UnitOfWork, owner: str) -> None:
    """Wait until no other draft of this owner is being begun."""
    await uow.execute(_QUEUE, {"owner": owner})


async def put(uow: UnitOfWork, draft: Draft, most: int) -> bool:
    """Keep a new draft; False if the owner has `most` already. Call `queue` first."""
    parameters = _parameters(uow, draft) | {"owner": draft.owner, "most": most}
    return (await uow.execute(_PUT, parameters)).first() is not None


async def keep(uow: UnitOfWork, draft: Draft) -> None:
    """Keep a draft as it is now. It must be locked."""
    await uow.execute(_KEEP, _parameters(uow, draft))


async def find(uow: UnitOfWork, draft_id: UUID, owner: str) -> Draft | None:
    """The owner's draft of that id."""
    row = (await uow.execute(_FIND, {"id": draft_id, "owner": owner, "now": uow.now})).one_or_none()
    return _draft(row) if row is not None else None


async def lock(uow: UnitOfWork, draft_id: UUID, owner: str) -> Draft | None:
    """The same, held until this transaction ends."""
    row = (await uow.execute(_LOCK, {"id": draft_id, "owner": owner, "now": uow.now})).one_or_none()
    return _draft(row) if row is not None else None


async def drop(uow: UnitOfWork, draft_id: UUID) -> None:
    """Forget it. It must be locked."""
    await uow.execute(_DROP, {"id": draft_id})


async def of_owner(uow: UnitOfWork, owner: str, after: tuple[datetime, UUID] | None, limit: int) -> list[Draft]:
    """The owner's drafts, the last changed first; up to one more than `limit`, to tell of more."""
    at, before = after or (_END_OF_TIME, _LAST)
    parameters = {"owner": owner, "now": uow.now, "at": at, "before": before, "limit": limit + 1}
    return [_draft(row) for row in await uow.execute(_OF, parameters)]


async def forget(uow: UnitOfWork, most: int) -> int:
    """Forget drafts that are past their time, at most so many at once; says how many."""
    return int((await uow.execute(_FORGET, {"now": uow.now, "most": most})).rowcount)


def _parameters(uow: UnitOfWork, draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "version": draft.version,
        "filing": json.dumps(draft.filing, ensure_ascii=False),
        "now": uow.now,
        "expires_at": draft.expires_at,
    }


def _draft(row: Row[Any]) -> Draft:
    return Draft(row.id, row.owner, row.version, row.filing, row.updated_at, row.expires_at)
