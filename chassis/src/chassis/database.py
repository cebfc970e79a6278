"""Database and unit of work: one transaction that holds a change of state and the events it caused. No business here."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar
from uuid import UUID

from sqlalchemy import CursorResult, Executable, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis.clock import Clock
from chassis.idempotency import Slot
from chassis.ids import new_id
from chassis.telemetry.tracing import current_traceparent
from contracts.envelope import CloudEvent, sequence_of
from contracts.event import Event

Answer = TypeVar("Answer")

_RECORD = text(
    "INSERT INTO outbox (event_id, type, subject, body) "
    "SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:types AS text[]), CAST(:subjects AS text[]), CAST(:bodies AS text[]))"
)
_STORE_ANSWER = (
    "INSERT INTO idempotency (caller, key, fingerprint, status, headers, body) "
    "VALUES (:caller, :key, :fingerprint, :status, :headers, :answer)"
)
_RECORD_AND_STORE = text(f"WITH recorded AS ({_RECORD.text}) {_STORE_ANSWER}")
_STORE = text(_STORE_ANSWER)


class UnitOfWork:
    """One transaction of one use case.

    `now` is its single instant. Statements go through `execute`; events are `record`ed and written to the outbox by
    `commit`, in the same transaction as the state they speak of. Leaving the block without `commit` rolls back.
    """

    def __init__(self, database: "Database", connection: AsyncConnection, outer: "UnitOfWork | None" = None) -> None:
        self.connection = connection
        self.now: datetime = database.clock.now()
        self.committed = False
        self.idempotency: Slot | None = None
        self._database = database
        self._outer = outer
        self._events: list[tuple[UUID, str, str, str]] = []

    def part(self) -> "UnitOfWork":
        """One event's part of the inbox's transaction: its `commit` hands its events over; the inbox commits for all."""
        return UnitOfWork(self._database, self.connection, outer=self)

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run one SQL statement inside the transaction."""
        return await self.connection.execute(statement, parameters)

    def record(self, event: Event) -> UUID:
        """State that something happened: the event leaves with this transaction's commit, or not at all."""
        event_id = new_id()
        envelope = CloudEvent(
            id=event_id,
            source=f"/{event.producer}",
            type=event.type,
            subject=event.subject,
            time=self.now,
            sequence=sequence_of(event.version),
            traceparent=current_traceparent(),
            data=event.model_dump(mode="json", by_alias=True),
        )
        body = envelope.model_dump_json(exclude_none=True)
        self._events.append((event_id, event.type, event.subject, body))
        return event_id

    async def commit(self, answer: Answer) -> Answer:
        """Write the recorded events (and the answer an Idempotency-Key keeps), commit, wake the relay; give `answer` back."""
        if self._outer is not None:
            self._outer.take(self._events)
            self._events.clear()
            self.committed = True
            return answer
        await self.flush(answer)
        await self.connection.commit()
        self.committed = True
        self._database.committed(self)
        self._events.clear()
        self.idempotency = None
        return answer

    def take(self, events: Sequence[tuple[UUID, str, str, str]]) -> None:
        """Add what a part recorded."""
        self._events.extend(events)

    async def flush(self, answer: object = None) -> None:
        """Write what `commit` would, without committing. Only the inbox calls it, once per batch."""
        parameters: dict[str, Any] = {}
        if self._events:
            ids, types, subjects, bodies = zip(*self._events, strict=True)
            parameters = {"ids": list(ids), "types": list(types), "subjects": list(subjects), "bodies": list(bodies)}
        if self.idempotency is not None:
            stored = self.idempotency.row(answer)
            await self.execute(_RECORD_AND_STORE if self._events else _STORE, parameters | stored)
        elif self._events:
            await self.execute(_RECORD, parameters)

    @property
    def has_events(self) -> bool:
        """Whether anything was recorded that the relay should carry off."""
        return bool(self._events)


@dataclass(eq=False)
class Database:
    """A service's own database. `on_commit` callbacks (the relay's wake-up) run after a commit that recorded events."""

    engine: AsyncEngine
    clock: Clock
    on_commit: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def connect(
        cls, url: str, clock: Clock, *, pool_size: int = 10, wait_seconds: float = 30, statement_seconds: int = 30
    ) -> Self:
        """Prepare the pool; the first use connects.

        The server itself ends what runs or idles too long, and notices a client that is gone without a word: a pump's
        lock must not outlive its process.
        """
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait_seconds,
            pool_recycle=1800,
            connect_args={
                "server_settings": {
                    "statement_timeout": f"{statement_seconds}s",
                    "idle_in_transaction_session_timeout": f"{statement_seconds}s",
                    # Compiling pays for queries of seconds; ours take milliseconds, and a bad estimate would cost tens more.
                    "jit": "off",
                    "tcp_keepalives_idle": "30",
                    "tcp_keepalives_interval": "10",
                    "tcp_keepalives_count": "3",
                }
            },
            hide_parameters=True,  # or the text of an error, and so a log, could hold personal data
        )
        return cls(engine, clock)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work; what is not committed when the block ends is rolled back."""
        async with self.engine.connect() as connection:
            yield UnitOfWork(self, connection)

    def committed(self, uow: UnitOfWork) -> None:
        """Wake whoever waits for recorded events."""
        if uow.has_events:
            for wake in self.on_commit:
                wake()

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


class Wakeup:
    """A bell with a memory: `ring` from anywhere in this process's loop, `wait` returns at once if it rang meanwhile."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake the waiter, or let its next wait return at once."""
        self._event.set()

    async def wait(self, timeout: float) -> None:
        """Until rung, or `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
