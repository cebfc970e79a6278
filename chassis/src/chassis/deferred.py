"""Events that failed: retried with growing delays, kept in order per subject, parked in the end. Nothing is dropped silently.

An event that failed is a row here, never an unacknowledged message. The first row of a subject is tried when due; on
success the next one follows at once. After the last delay it is parked: an operator looks, mends, and replays or drops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError

from chassis.bus.transport import WireEvent
from chassis.database import Database, Wakeup
from chassis.inbox import Inbox, Undecodable, reason_of
from chassis.telemetry.logging import get_logger, places

_log = get_logger("deferred")

_COLUMNS = "position, event_id, type, subject, body, state, attempts, next_attempt_at, reason, first_failed_at"

# Heads of subjects that are due; a row whose subject has an earlier row waits its turn.
_DUE = text(
    f"SELECT {_COLUMNS} FROM deferred d WHERE state = 'waiting' AND next_attempt_at <= now()"  # noqa: S608 - constant
    " AND NOT EXISTS (SELECT FROM deferred e WHERE e.subject = d.subject AND e.position < d.position)"
    " ORDER BY next_attempt_at LIMIT 100"
)
_LOCKED = text(f"SELECT {_COLUMNS} FROM deferred WHERE position = :position FOR UPDATE SKIP LOCKED")  # noqa: S608 - constant
_DONE = text(
    "WITH gone AS (DELETE FROM deferred WHERE position = :position RETURNING event_id)"
    " INSERT INTO inbox (event_id) SELECT event_id FROM gone ON CONFLICT DO NOTHING RETURNING event_id"
)
_FAILED = text(
    "UPDATE deferred SET attempts = attempts + 1, state = :state, reason = :reason,"
    " next_attempt_at = now() + make_interval(secs => :delay) WHERE position = :position"
)


class Retrier:
    """Works through one service's deferred events until cancelled."""

    def __init__(self, inbox: Inbox, *, poll_seconds: float) -> None:
        self.wakeup = Wakeup()
        self._inbox = inbox
        self._database = inbox.database
        self._poll = poll_seconds

    async def run(self) -> None:
        """Look for due events, try them, sleep."""
        while True:
            try:
                tried = await self.try_due()
            except Exception as error:  # noqa: BLE001 - a handler's failure is kept with its event; this is our own, and passes
                _log.warning("retrier interrupted", error_type=type(error).__name__, exception=places(error))
                tried = 0
            if not tried:
                await self.wakeup.wait(self._poll)

    async def try_due(self) -> int:
        """One round; returns how many events were tried."""
        async with self._database.begin() as uow:
            due = (await uow.execute(_DUE)).all()
        for row in due:
            await self._try(row.position)
        return len(due)

    async def _try(self, position: int) -> None:
        failure: Exception | None = None
        async with self._database.begin() as uow:
            row = (await uow.execute(_LOCKED, {"position": position})).one_or_none()
            if row is None:
                return
            try:
                if (await uow.execute(_DONE, {"position": position})).first() is not None:
                    await self._inbox.handle(_wire(row), uow)
                await uow.commit(None)
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                failure = error
            except Exception as error:  # noqa: BLE001 - the reason is kept with the event
                failure = error
        if failure is not None:
            await self._failed(row, failure)

    async def _failed(self, row: Row[Any], failure: Exception) -> None:
        delays: Sequence[float] = self._inbox.retry_delays
        last = row.attempts >= len(delays) or isinstance(failure, Undecodable)
        async with self._database.begin() as uow:
            parameters = {
                "position": row.position,
                "state": "parked" if last else "waiting",
                "reason": reason_of(failure),
                "delay": 0.0 if last else delays[row.attempts],
            }
            await uow.execute(_FAILED, parameters)
            await uow.commit(None)
        if last:
            _log.error("event parked", event_id=str(row.event_id), event_type=row.type, attempts=row.attempts + 1)


@dataclass(frozen=True)
class Deferred:
    """One event put aside, as an operator sees it. `body` may hold personal data: shown only when asked for."""

    event_id: UUID
    type: str
    subject: str
    state: str
    attempts: int
    next_attempt_at: datetime
    reason: str
    first_failed_at: datetime
    body: str


async def parked(database: Database, *, waiting: bool = False) -> list[Deferred]:
    """The parked events, oldest first; with `waiting`, also those that are still being retried or queue behind one."""
    query = f"SELECT {_COLUMNS} FROM deferred WHERE state = 'parked' OR :waiting ORDER BY position LIMIT 1000"  # noqa: S608 - constant
    async with database.begin() as uow:
        return [_shown(row) for row in await uow.execute(text(query), {"waiting": waiting})]


async def show(database: Database, event_id: UUID) -> Deferred | None:
    """One event put aside, whole."""
    query = f"SELECT {_COLUMNS} FROM deferred WHERE event_id = :event_id"  # noqa: S608 - constant
    async with database.begin() as uow:
        row = (await uow.execute(text(query), {"event_id": event_id})).one_or_none()
        return _shown(row) if row is not None else None


async def replay(database: Database, event_id: UUID) -> bool:
    """Give a parked event a fresh set of attempts, now. False if there is none of that id."""
    statement = text(
        "UPDATE deferred SET state = 'waiting', attempts = 1, next_attempt_at = now() WHERE event_id = :event_id RETURNING 1"
    )
    return await _changed(database, statement, event_id)


async def drop(database: Database, event_id: UUID) -> bool:
    """Let a parked event go for good; what queued behind it goes on. Its id stays remembered, so no copy acts later."""
    statement = text(
        "WITH gone AS (DELETE FROM deferred WHERE event_id = :event_id AND state = 'parked' RETURNING event_id)"
        " INSERT INTO inbox (event_id) SELECT event_id FROM gone ON CONFLICT DO NOTHING RETURNING 1"
    )
    return await _changed(database, statement, event_id)


async def _changed(database: Database, statement: Any, event_id: UUID) -> bool:
    async with database.begin() as uow:
        changed = (await uow.execute(statement, {"event_id": event_id})).first() is not None
        await uow.commit(None)
        return changed


def _wire(row: Row[Any]) -> WireEvent:
    return WireEvent(row.event_id, row.type, row.subject, row.body.encode())


def _shown(row: Row[Any]) -> Deferred:
    return Deferred(
        row.event_id, row.type, row.subject, row.state, row.attempts, row.next_attempt_at, row.reason,
        row.first_failed_at, row.body,
    )  # fmt: skip
