"""The event ledger in PostgreSQL: appending, reading, tree nodes, checkpoints. SQL lives here; hashing in domain/merkle."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import UnitOfWork
from gateway.domain import merkle
from gateway.domain.admission import Admitted, Reason, Refused
from gateway.domain.entry import SALT_BYTES, Addition, LedgerEntry

_WRITER = text("SELECT pg_advisory_xact_lock(7160003)")
_KNOWN = text(
    "SELECT e.event_id, b.body FROM ledger_entry e LEFT JOIN ledger_body b USING (position)"
    " WHERE e.event_id = ANY(CAST(:ids AS uuid[]))"
)
_SIZE = text("SELECT coalesce(max(position) + 1, 0) FROM ledger_entry")
# One statement for leaves and inner nodes; joined, so that each is an index look-up whatever the planner knows of the size.
_NODES = text(
    "SELECT node.level, node.index, node.hash"
    " FROM unnest(CAST(:levels AS smallint[]), CAST(:indexes AS bigint[])) AS wanted(level, index)"
    " JOIN ledger_node AS node ON node.level = wanted.level AND node.index = wanted.index"
    " UNION ALL SELECT 0, position, leaf_hash"
    " FROM unnest(CAST(:leaves AS bigint[])) AS wanted(at) JOIN ledger_entry ON position = wanted.at"
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


async def append(uow: UnitOfWork, events: Sequence[Admitted]) -> list[Refused]:
    """Add events to the ledger's end, each id once; returns those whose id already stands for something else."""
    additions = [
        Addition(event.envelope.id, event.envelope.type, event.sender, event.envelope.subject, event.body)
        for event in events
    ]
    return [
        Refused(reused.sender, Reason.ID_REUSED, "this id was used for another event", reused.body)
        for reused in await append_entries(uow, additions)
    ]


async def append_entries(uow: UnitOfWork, additions: Sequence[Addition]) -> list[Addition]:
    """Add to the ledger's end, each id once; returns those whose id already stands for something else.

    Takes the single writer's lock until the transaction ends, so that positions are in commit order, without gaps.
    """
    await uow.execute(_WRITER)
    rows = await uow.execute(_KNOWN, {"ids": [addition.event_id for addition in additions]})
    known: dict[UUID, bytes | None] = {row.event_id: row.body for row in rows}
    reused: list[Addition] = []
    fresh: list[Addition] = []
    for addition in additions:
        before = known.get(addition.event_id, addition.body)
        if addition.event_id not in known:
            known[addition.event_id] = addition.body
            fresh.append(addition)
        elif before is not None and before != addition.body:
            reused.append(addition)
    if fresh:
        await _append_fresh(uow, fresh)
    return reused


async def _append_fresh(uow: UnitOfWork, additions: Sequence[Addition]) -> None:
    size: int = (await uow.execute(_SIZE)).scalar_one()
    recorded_at = datetime.now(UTC)  # the ledger's own time: it does not follow a sandbox clock back to 2016
    entries = [
        LedgerEntry(
            size + offset, str(addition.event_id), addition.type, addition.sender, addition.subject, recorded_at,
            secrets.token_bytes(SALT_BYTES), addition.body,
        )
        for offset, addition in enumerate(additions)
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
            "ids": [addition.event_id for addition in additions],
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
    if not ids:
        return {}
    inner = [node for node in ids if node[0] > 0]
    rows = await connection.execute(
        _NODES,
        {
            "levels": [level for level, _ in inner],
            "indexes": [index for _, index in inner],
            "leaves": [index for level, index in ids if level == 0],
        },
    )
    return {(level, index): bytes(hash_) for level, index, hash_ in rows}


async def root_of(connection: AsyncConnection, size: int) -> bytes:
    """The Merkle tree head of the first `size` entries."""
    return merkle.root(size, await nodes_of(connection, merkle.nodes_for_root(size)))
