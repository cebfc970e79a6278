"""SQL of the quarantine for those who settle it: lists, one event, what became of it. It decides nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork

_HEAD = "id, sender, reason, detail, arrived_at, outcome, settled_at, settled_by, note, event_id"
_LIST = text(
    f"SELECT {_HEAD}, octet_length(body) AS bytes FROM quarantine"  # noqa: S608 - constant
    " WHERE (outcome IS NULL) = :open AND (CAST(:before AS bigint) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
)
_ONE = text(f"SELECT {_HEAD}, octet_length(body) AS bytes FROM quarantine WHERE id = :id")  # noqa: S608 - constant
_BODIES = text("SELECT body, mended FROM quarantine WHERE id = :id")
_HOLD = text("SELECT sender, outcome FROM quarantine WHERE id = :id FOR UPDATE")
_SETTLE = text(
    "UPDATE quarantine SET outcome = :outcome, settled_at = now(), settled_by = :settled_by, note = :note,"
    " mended = :mended, event_id = :event_id WHERE id = :id"
)


@dataclass(frozen=True)
class QuarantinedEvent:
    """A refused event without what it says, and what became of it (`outcome` None: nothing yet)."""

    id: int
    sender: str
    reason: str
    detail: str
    arrived_at: datetime
    outcome: str | None
    settled_at: datetime | None
    settled_by: str | None
    note: str | None
    event_id: UUID | None
    bytes: int


@dataclass(frozen=True)
class Held:
    """What must not change while it is settled."""

    sender: str
    outcome: str | None


async def listed(uow: UnitOfWork, before: int | None, limit: int, *, open_ones: bool) -> list[QuarantinedEvent]:
    """Refused events, the latest first: those still open, or those settled."""
    rows = await uow.execute(_LIST, {"before": before, "limit": limit, "open": open_ones})
    return [QuarantinedEvent(**row) for row in rows.mappings()]


async def one(uow: UnitOfWork, quarantined: int) -> QuarantinedEvent | None:
    """One refused event."""
    row = (await uow.execute(_ONE, {"id": quarantined})).mappings().one_or_none()
    return QuarantinedEvent(**row) if row is not None else None


async def bodies(uow: UnitOfWork, quarantined: int) -> tuple[bytes, bytes | None] | None:
    """What was sent, and what it was mended to."""
    row = (await uow.execute(_BODIES, {"id": quarantined})).one_or_none()
    return (bytes(row.body), bytes(row.mended) if row.mended is not None else None) if row is not None else None


async def hold(uow: UnitOfWork, quarantined: int) -> Held | None:
    """Take the event for this transaction."""
    row = (await uow.execute(_HOLD, {"id": quarantined})).mappings().one_or_none()
    return Held(**row) if row is not None else None


async def settle(
    uow: UnitOfWork,
    quarantined: int,
    outcome: str,
    operator: str,
    *,
    note: str | None = None,
    mended: bytes | None = None,
    event_id: UUID | None = None,
) -> None:
    """Say what became of it."""
    values = {"outcome": outcome, "settled_by": operator, "note": note, "mended": mended, "event_id": event_id}
    await uow.execute(_SETTLE, {"id": quarantined, **values})
