"""SQL of the ledger and the quarantine as the API reads them. It decides nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text

from chassis.database import UnitOfWork
from gateway.domain.entry import EntryLeaf

_ENTRIES = text(
    "SELECT position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash, salt, body"
    " FROM ledger_entry LEFT JOIN ledger_body USING (position)"
    " WHERE position >= :position ORDER BY position LIMIT :limit"
)
_ENTRY = text(
    "SELECT position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash, salt, body"
    " FROM ledger_entry LEFT JOIN ledger_body USING (position) WHERE event_id = :event_id"
)
_EXTENT = text(
    "SELECT (SELECT coalesce(max(position) + 1, 0) FROM ledger_entry) AS size,"
    " (SELECT max(size) FROM ledger_checkpoint) AS signed"
)
_CHECKPOINT = text("SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
_COSIGNED = text(
    "SELECT size, note, (SELECT array_agg(line ORDER BY witness) FROM cosignature WHERE size = c.size) AS lines"
    " FROM ledger_checkpoint AS c WHERE CAST(:size AS bigint) IS NULL OR size = :size ORDER BY size DESC LIMIT 1"
)
_HASHES = text("SELECT hash FROM ledger_node WHERE level = :level AND index >= :first AND index < :last ORDER BY index")
_LEAF_HASHES = text(
    "SELECT leaf_hash FROM ledger_entry WHERE position >= :first AND position < :last ORDER BY position"
)
_LEAVES = text(
    "SELECT event_id, type, sender, recorded_at, commitment FROM ledger_entry"
    " WHERE position >= :first AND position < :last ORDER BY position"
)
# The checkpoint an entry is proven by: the latest that a witness saw, or where none saw one that has it, the latest.
_PROVABLE = """
    WITH entry AS (
        SELECT position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash FROM ledger_entry
        WHERE {condition} ORDER BY position DESC LIMIT 1
    ), chosen AS (
        SELECT coalesce((SELECT max(size) FROM cosignature HAVING max(size) > entry.position),
            (SELECT max(size) FROM ledger_checkpoint HAVING max(size) > entry.position)) AS size FROM entry
    )
    SELECT entry.*, salt, body, checkpoint.size, checkpoint.note,
        (SELECT coalesce(string_agg(line, '' ORDER BY witness), '') FROM cosignature WHERE size = checkpoint.size) AS lines
    FROM entry CROSS JOIN chosen LEFT JOIN ledger_body USING (position)
        LEFT JOIN ledger_checkpoint AS checkpoint ON checkpoint.size = chosen.size"""
_PROVABLE_EVENT = text(_PROVABLE.format(condition="event_id = :event_id"))
_PROVABLE_SUBJECT = text(_PROVABLE.format(condition="subject = :subject AND type = :type"))
_KEEP_CHECKPOINT = text("INSERT INTO ledger_checkpoint (size, note) VALUES (:size, :note) ON CONFLICT DO NOTHING")
_VERIFIERS = text(
    "SELECT vkey FROM ledger_verifier ORDER BY split_part(vkey, '+', 1) LIKE '%/exchange', first_used_at DESC"
)
_KEEP_VERIFIER = text("INSERT INTO ledger_verifier (vkey) VALUES (:vkey) ON CONFLICT DO NOTHING")
_QUARANTINE = text(
    "SELECT id, sender, reason, detail, arrived_at, body_hash, CASE WHEN :bodies THEN body END AS body FROM quarantine"
    " WHERE CAST(:before AS bigint) IS NULL OR id < :before ORDER BY id DESC LIMIT :limit"
)


@dataclass(frozen=True)
class EntryRow:
    """An entry with its leaf hash. `salt` and `body` are None once erased."""

    position: int
    event_id: UUID
    type: str
    sender: str
    subject: str
    recorded_at: datetime
    commitment: bytes
    leaf_hash: bytes
    salt: bytes | None
    body: bytes | None

    @property
    def leaf(self) -> EntryLeaf:
        """What of it is hashed into the tree."""
        return EntryLeaf(str(self.event_id), self.type, self.sender, self.recorded_at, bytes(self.commitment))


@dataclass(frozen=True)
class Provable:
    """An entry with the checkpoint it is proven by: None until one covers it. `lines` are its cosignatures."""

    entry: EntryRow
    size: int | None
    note: str | None
    lines: str


@dataclass(frozen=True)
class Extent:
    """How far the ledger goes, and how far the latest checkpoint does (None: there is none)."""

    size: int
    signed: int | None


@dataclass(frozen=True)
class Quarantined:
    """A refused event. `body` only if it was asked for."""

    id: int
    sender: str
    reason: str
    detail: str
    arrived_at: datetime
    body_hash: bytes
    body: bytes | None


async def entries(uow: UnitOfWork, position: int, limit: int) -> list[EntryRow]:
    """Up to `limit` entries from `position` on, in order."""
    rows = await uow.execute(_ENTRIES, {"position": position, "limit": limit})
    return [EntryRow(**row) for row in rows.mappings()]


async def entry(uow: UnitOfWork, event_id: UUID) -> EntryRow | None:
    """The entry of an event."""
    row = (await uow.execute(_ENTRY, {"event_id": event_id})).mappings().one_or_none()
    return EntryRow(**row) if row is not None else None


async def extent(uow: UnitOfWork) -> Extent:
    """The two sizes that proofs are asked between."""
    return Extent(**(await uow.execute(_EXTENT)).mappings().one())


async def latest_checkpoint(uow: UnitOfWork) -> tuple[int, str] | None:
    """Size and signed note of the latest checkpoint."""
    row = (await uow.execute(_CHECKPOINT)).one_or_none()
    return (row.size, row.note) if row is not None else None


async def cosigned_checkpoint(uow: UnitOfWork, size: int | None = None) -> tuple[int, str, list[str]] | None:
    """Size, note and cosignature lines of the checkpoint of that size; without one, of the latest."""
    row = (await uow.execute(_COSIGNED, {"size": size})).one_or_none()
    return (row.size, row.note, row.lines or []) if row is not None else None


async def provable_event(uow: UnitOfWork, event_id: UUID) -> Provable | None:
    """The entry of that id."""
    return _provable((await uow.execute(_PROVABLE_EVENT, {"event_id": event_id})).mappings().one_or_none())


async def provable_subject(uow: UnitOfWork, subject: str, type_: str) -> Provable | None:
    """The latest entry of that type about a subject."""
    rows = await uow.execute(_PROVABLE_SUBJECT, {"subject": subject, "type": type_})
    return _provable(rows.mappings().one_or_none())


def _provable(row: RowMapping | None) -> Provable | None:
    if row is None:
        return None
    columns = dict(row)
    size, note, lines = columns.pop("size"), columns.pop("note"), columns.pop("lines")
    return Provable(EntryRow(**columns), size, note, lines)


async def hashes(uow: UnitOfWork, level: int, first: int, last: int) -> list[bytes]:
    """The nodes of one tree level, from `first` to before `last`, in order."""
    query = _HASHES if level else _LEAF_HASHES
    rows = await uow.execute(query, {"first": first, "last": last} | ({"level": level} if level else {}))
    return [bytes(row[0]) for row in rows]


async def leaves(uow: UnitOfWork, first: int, last: int) -> list[EntryLeaf]:
    """What is hashed into the tree, from position `first` to before `last`."""
    rows = await uow.execute(_LEAVES, {"first": first, "last": last})
    return [EntryLeaf(str(row.event_id), row.type, row.sender, row.recorded_at, bytes(row.commitment)) for row in rows]


async def keep_checkpoint(uow: UnitOfWork, size: int, note: str) -> None:
    """Add a signed note; one of that size that is there already stays."""
    await uow.execute(_KEEP_CHECKPOINT, {"size": size, "note": note})


async def verifiers(uow: UnitOfWork) -> list[str]:
    """The public keys (vkeys): those of checkpoints, then those of exchanges; of each the one in use first."""
    return list((await uow.execute(_VERIFIERS)).scalars())


async def keep_verifier(uow: UnitOfWork, vkey: str) -> None:
    """Remember a public key."""
    await uow.execute(_KEEP_VERIFIER, {"vkey": vkey})


async def quarantined(uow: UnitOfWork, before: int | None, limit: int, *, bodies: bool) -> list[Quarantined]:
    """Refused events, the latest first, older than the id `before`."""
    rows = await uow.execute(_QUARANTINE, {"before": before, "limit": limit, "bodies": bodies})
    return [Quarantined(**row) for row in rows.mappings()]
