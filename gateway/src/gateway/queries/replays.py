"""SQL of replays: what a service inside is told again, and how far that has come. It decides nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork

_COLUMNS = "id, service, since, until, position, asked_by, asked_at, ended_at"
_RUNNING = text("SELECT id FROM replay WHERE service = :service AND ended_at IS NULL")
_FIRST_SINCE = text(
    "SELECT coalesce((SELECT min(position) FROM ledger_entry WHERE recorded_at >= :since),"
    " (SELECT max(position) + 1 FROM ledger_entry), 0)"
)
_SIZE = text("SELECT coalesce(max(position) + 1, 0) FROM ledger_entry")
_START = text(
    "INSERT INTO replay (id, service, since, until, position, asked_by, asked_at)"  # noqa: S608 - our own columns
    " VALUES (:id, :service, :since, :until, :since, :asked_by, :asked_at)"
    f" ON CONFLICT (service) WHERE ended_at IS NULL DO NOTHING RETURNING {_COLUMNS}"
)
_GET = text(f"SELECT {_COLUMNS} FROM replay WHERE id = :id")  # noqa: S608 - our own columns
_LIST = text(
    f"SELECT {_COLUMNS} FROM replay WHERE CAST(:before AS uuid) IS NULL OR id < :before"  # noqa: S608 - our own columns
    " ORDER BY id DESC LIMIT :limit"
)
_NEXT = text(f"SELECT {_COLUMNS} FROM replay WHERE ended_at IS NULL ORDER BY id")  # noqa: S608 - our own columns
_MOVE = text(
    "UPDATE replay SET position = :position, ended_at = CASE WHEN :position >= until THEN now() END"
    " WHERE id = :id AND ended_at IS NULL"
)
_EVENTS = text(
    "SELECT e.position, e.event_id, e.type, e.subject, b.body FROM ledger_entry e LEFT JOIN ledger_body b USING (position)"
    " WHERE e.position >= :position AND e.position < :until ORDER BY e.position LIMIT :batch"
)


@dataclass(frozen=True)
class Replay:
    """One replay: entries from `since` up to (not with) `until`; `position` is the next to be told."""

    id: UUID
    service: str
    since: int
    until: int
    position: int
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Told:
    """An entry to be told again. `body` is None once erased by law."""

    position: int
    event_id: UUID
    type: str
    subject: str
    body: bytes | None


async def size(uow: UnitOfWork) -> int:
    """How many entries the ledger has."""
    found: int = (await uow.execute(_SIZE)).scalar_one()
    return found


async def first_since(uow: UnitOfWork, since: datetime) -> int:
    """The first position recorded at or after that instant; the ledger's end where there is none."""
    position: int = (await uow.execute(_FIRST_SINCE, {"since": since})).scalar_one()
    return position


async def start(uow: UnitOfWork, replay_id: UUID, service: str, since: int, until: int, asked_by: str) -> Replay | None:
    """Put a replay in line; None where one of this service runs."""
    parameters = {"id": replay_id, "service": service, "since": since, "until": until}
    row = (
        (await uow.execute(_START, {**parameters, "asked_by": asked_by, "asked_at": uow.now})).mappings().one_or_none()
    )
    return Replay(**row) if row is not None else None


async def running_id(uow: UnitOfWork, service: str) -> UUID | None:
    """The replay of this service that runs."""
    found: UUID | None = (await uow.execute(_RUNNING, {"service": service})).scalar_one_or_none()
    return found


async def one(uow: UnitOfWork, replay_id: UUID) -> Replay | None:
    """A replay by its id."""
    row = (await uow.execute(_GET, {"id": replay_id})).mappings().one_or_none()
    return Replay(**row) if row is not None else None


async def latest(uow: UnitOfWork, before: UUID | None, limit: int) -> list[Replay]:
    """Replays, the latest first, older than `before`."""
    return [Replay(**row) for row in (await uow.execute(_LIST, {"before": before, "limit": limit})).mappings()]


async def running(uow: UnitOfWork) -> list[Replay]:
    """The replays that are not at their end, oldest first."""
    return [Replay(**row) for row in (await uow.execute(_NEXT)).mappings()]


async def entries(uow: UnitOfWork, replay: Replay, batch: int) -> list[Told]:
    """The next entries of a replay."""
    parameters = {"position": replay.position, "until": replay.until, "batch": batch}
    return [
        Told(row.position, row.event_id, row.type, row.subject, bytes(row.body) if row.body is not None else None)
        for row in await uow.execute(_EVENTS, parameters)
    ]


async def move(uow: UnitOfWork, replay_id: UUID, position: int) -> None:
    """Everything before `position` was told; at the end the replay is over."""
    await uow.execute(_MOVE, {"id": replay_id, "position": position})
