"""The event ledger in PostgreSQL: appending, reading, tree nodes, checkpoints. SQL lives here; hashing in domain/merkle."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import UnitOfWork
from gateway.domain import merkle
from gateway.domain.admission import Admitted, Reason, Refused
from gateway.domain.entry import SALT_BYTES, LedgerEntry

_WRITER = text("SELECT pg_advisory_xact_lock(7160003)")
_KNOWN = text(
    "SELECT e.event_id, b.body FROM ledger_entry e LEFT JOIN ledger_body b USING (position)"
    " WHERE e.event_id = ANY(CAST(:ids AS uuid[]))"
)
_SIZE = text("SELECT coalesce(max(position) + 1, 0) FROM ledger_entry")
_NODES = text(
    "SELECT level, index, hash FROM ledger_node"
    " WHERE (level, index) IN (SELECT * FROM unnest(CAST(:levels AS smallint[]), CAST(:indexes AS bigint[])))"
)
_LEAVES = text(
    "SELECT 0 AS level, position AS index, leaf_hash AS hash FROM ledger_entry WHERE position = ANY(:positions)"
)
_APPEND = text(
    "WITH entry AS (INSERT INTO ledger_entry (position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash)"
    " SELECT p, i, t, s, j, :recorded_at, c, l FROM unnest(CAST(:positions AS bigint[]), CAST(:ids AS uuid[]),"
    " CAST(:types AS text[]), CAST(:senders AS text[]), CAST(:subjects AS text[]), CAST(:commitments AS bytea[]),"
    " CAST(:leaves AS bytea[])) AS u(p, i, t, s, j, c, l)),"
    " node AS (INSERT INTO ledger_node (level, index, hash) SELECT * FROM unnest("
    " CAST(:node_levels AS smallint[]), CAST(:node_indexes AS bigint[]), CAST(:node_hashes AS bytea[])))"
    " SELECT 1"
)
_BODIES = text(
    "INSERT INTO ledger_body (position, salt, body)"
    " SELECT * FROM unnest(CAST(:positions AS bigint[]), CAST(:salts AS bytea[]), CAST(:bodies AS bytea[]))"
)
_QUARANTINE = text(
    "INSERT INTO quarantine (sender, reason, detail, body, body_hash)"
    " SELECT s, r, d, b, sha256(b) FROM unnest(CAST(:senders AS text[]), CAST(:reasons AS text[]),"
    " CAST(:details AS text[]), CAST(:bodies AS bytea[])) AS u(s, r, d, b)"
    " ON CONFLICT (sender, body_hash) DO NOTHING"
)


@dataclass(frozen=True)
class Recorded:
    """One entry as kept. `body` and `salt` are None once erased."""

    position: int
    event_id: UUID
    type: str
    sender: str
    subject: str
    recorded_at: datetime
    commitment: bytes
    salt: bytes | None
    body: bytes | None


async def append(uow: UnitOfWork, events: Sequence[Admitted]) -> list[Refused]:
    """Add events to the ledger's end, each id once; returns those whose id already stands for something else.

    Takes the single writer's lock until the transaction ends, so that positions are in commit order, without gaps.
    """
    await uow.execute(_WRITER)
    rows = await uow.execute(_KNOWN, {"ids": [event.envelope.id for event in events]})
    known: dict[UUID, bytes | None] = {row.event_id: row.body for row in rows}
    reused: list[Refused] = []
    fresh: list[Admitted] = []
    for event in events:
        before = known.get(event.envelope.id, event.body)
        if event.envelope.id not in known:
            known[event.envelope.id] = event.body
            fresh.append(event)
        elif before is not None and before != event.body:
            reused.append(Refused(event.sender, Reason.ID_REUSED, "this id was used for another event", event.body))
    if fresh:
        await _append_fresh(uow, fresh)
    return reused


async def _append_fresh(uow: UnitOfWork, events: Sequence[Admitted]) -> None:
    size: int = (await uow.execute(_SIZE)).scalar_one()
    recorded_at = datetime.now(UTC)  # the ledger's own time: it does not follow a sandbox clock back to 2016
    entries = [
        LedgerEntry(
            size + offset, str(event.envelope.id), event.envelope.type, event.sender, event.envelope.subject, recorded_at,
            secrets.token_bytes(SALT_BYTES), event.body,
        )
        for offset, event in enumerate(events)
    ]  # fmt: skip
    leaves = [entry.leaf for entry in entries]
    hashes = [leaf.hash for leaf in leaves]
    nodes = merkle.appended_nodes(size, hashes, await nodes_of(uow.connection, merkle.frontier(size)))
    positions = [entry.position for entry in entries]
    await uow.execute(
        _APPEND,
        {
            "recorded_at": recorded_at,
            "positions": positions,
            "ids": [event.envelope.id for event in events],
            "types": [entry.type for entry in entries],
            "senders": [entry.sender for entry in entries],
            "subjects": [entry.subject for entry in entries],
            "commitments": [leaf.commitment for leaf in leaves],
            "leaves": hashes,
            "node_levels": [node.level for node in nodes],
            "node_indexes": [node.index for node in nodes],
            "node_hashes": [node.hash for node in nodes],
        },
    )
    salts, bodies = [entry.salt for entry in entries], [entry.body for entry in entries]
    await uow.execute(_BODIES, {"positions": positions, "salts": salts, "bodies": bodies})


async def quarantine(uow: UnitOfWork, refused: Sequence[Refused]) -> None:
    """Keep refused events with their reasons; the same bytes of the same sender once."""
    await uow.execute(
        _QUARANTINE,
        {
            "senders": [event.sender for event in refused],
            "reasons": [event.reason.value for event in refused],
            "details": [event.detail for event in refused],
            "bodies": [event.body for event in refused],
        },
    )


async def size_of(connection: AsyncConnection) -> int:
    """How many entries the ledger has."""
    size: int = (await connection.execute(_SIZE)).scalar_one()
    return size


async def nodes_of(connection: AsyncConnection, ids: Sequence[merkle.NodeId]) -> dict[merkle.NodeId, bytes]:
    """The hashes of these tree nodes: leaves from their entries, the rest from the node table."""
    inner = [node for node in ids if node[0] > 0]
    leaves = [index for level, index in ids if level == 0]
    found: dict[merkle.NodeId, bytes] = {}
    if inner:
        levels, indexes = [level for level, _ in inner], [index for _, index in inner]
        rows = await connection.execute(_NODES, {"levels": levels, "indexes": indexes})
        found |= {(level, index): hash_ for level, index, hash_ in rows}
    if leaves:
        rows = await connection.execute(_LEAVES, {"positions": leaves})
        found |= {(0, index): hash_ for _, index, hash_ in rows}
    return found


async def root_of(connection: AsyncConnection, size: int) -> bytes:
    """The Merkle tree head of the first `size` entries."""
    return merkle.root(size, await nodes_of(connection, merkle.nodes_for_root(size)))


async def entries_from(connection: AsyncConnection, position: int, limit: int) -> list[Recorded]:
    """Up to `limit` entries from `position` on, in order."""
    query = text(
        "SELECT position, event_id, type, sender, subject, recorded_at, commitment, salt, body"
        " FROM ledger_entry LEFT JOIN ledger_body USING (position)"
        " WHERE position >= :position ORDER BY position LIMIT :limit"
    )
    return [_recorded(row) for row in await connection.execute(query, {"position": position, "limit": limit})]


def _recorded(row: Any) -> Recorded:
    body, salt = row.body, row.salt
    return Recorded(
        row.position, row.event_id, row.type, row.sender, row.subject, row.recorded_at, bytes(row.commitment),
        bytes(salt) if salt is not None else None, bytes(body) if body is not None else None,
    )  # fmt: skip
