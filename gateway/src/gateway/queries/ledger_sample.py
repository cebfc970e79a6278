"""SQL of the ledger as the console verifies and shows it: entries at positions, checkpoints, cosignatures. It decides nothing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from chassis.database import UnitOfWork
from gateway.queries.ledger import EntryRow

_AT = text(
    "SELECT position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash, salt, body"
    " FROM ledger_entry LEFT JOIN ledger_body USING (position)"
    " WHERE position = ANY(CAST(:positions AS bigint[])) ORDER BY position"
)
_STATE = text(
    "SELECT (SELECT coalesce(max(position) + 1, 0) FROM ledger_entry) AS size,"
    " (SELECT position FROM distributed) AS distributed,"
    " c.size AS signed_size, c.signed_at, c.note, now() AS machine_now"
    " FROM (SELECT 1) one LEFT JOIN (SELECT size, signed_at, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1) c ON true"
)
_CHECKPOINTS = text(
    "SELECT c.size, c.signed_at, count(s.witness) AS witnesses, array_remove(array_agg(s.witness ORDER BY s.witness), NULL)"
    " AS names FROM (SELECT size, signed_at FROM ledger_checkpoint ORDER BY size DESC LIMIT 20) c"
    " LEFT JOIN cosignature s USING (size) GROUP BY c.size, c.signed_at ORDER BY c.size DESC"
)
_LATEST = text(
    "SELECT position, event_id, type, sender, recorded_at FROM ledger_entry"
    " WHERE CAST(:before AS bigint) IS NULL OR position < :before ORDER BY position DESC LIMIT :limit"
)


async def entries_at(uow: UnitOfWork, positions: Sequence[int]) -> list[EntryRow]:
    """The entries at these positions, in order; those that are missing are left out."""
    rows = await uow.execute(_AT, {"positions": list(positions)})
    return [EntryRow(**row) for row in rows.mappings()]


async def state(uow: UnitOfWork) -> Any:
    """How long the ledger is, and its latest checkpoint."""
    return (await uow.execute(_STATE)).one()


async def checkpoints(uow: UnitOfWork) -> Sequence[Any]:
    """The latest checkpoints, and who cosigned them."""
    return (await uow.execute(_CHECKPOINTS)).all()


async def latest(uow: UnitOfWork, before: int | None, limit: int) -> Sequence[Any]:
    """The latest entries, without what they say or whom they concern."""
    return (await uow.execute(_LATEST, {"before": before, "limit": limit})).all()
