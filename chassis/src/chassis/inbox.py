"""The inbox: gives each event to its handler so that it takes effect exactly once, and puts aside what fails.

A batch is one transaction: ids into `inbox`, handlers, their events into the outbox, commit; only then does the
transport acknowledge. If anything in a batch fails, it is rolled back and its events are taken one by one; one that
fails by itself goes to `deferred` (see chassis.deferred) and later events of its subject queue up behind it there, so a
poison event holds back its own dossier and no other.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from opentelemetry.trace import SpanKind
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.bus.transport import WireEvent
from chassis.crash import crash_point
from chassis.database import Database, UnitOfWork
from chassis.telemetry.logging import get_logger, places
from chassis.telemetry.metrics import Metrics
from chassis.telemetry.tracing import Tracing
from contracts.envelope import CloudEvent
from contracts.event import Event

_log = get_logger("inbox")

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Received(Generic[E]):
    """An event as a handler gets it: the fact itself, and when and by whom it was stated."""

    data: E
    id: UUID
    time: datetime
    producer: str


Handler = Callable[[Received[Any], UnitOfWork], Awaitable[object]]
Handlers = Mapping[type[Event], Handler]

_REMEMBER = text(
    "INSERT INTO inbox (event_id) SELECT unnest(CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING RETURNING event_id"
)
_HELD_BACK = text("SELECT DISTINCT subject FROM deferred WHERE subject = ANY(CAST(:subjects AS text[]))")
_DEFER = text(
    "INSERT INTO deferred (event_id, type, subject, body, state, attempts, next_attempt_at, reason)"
    " SELECT :event_id, :type, :subject, :body, :state, :attempts, now() + make_interval(secs => :delay), :reason"
    " WHERE NOT EXISTS (SELECT FROM inbox WHERE event_id = :event_id)"
    " ON CONFLICT (event_id) DO NOTHING"
)


class Undecodable(Exception):
    """The bytes are not an event of a type we subscribe to: no retry can help."""


class TransientFailure(Exception):
    """The database went away: nothing can be put aside, so the transport must deliver again."""


class Inbox:
    """One service's consumer. `deliver` is what the transport calls; it returns when everything is safe in our database."""

    def __init__(
        self,
        service: str,
        database: Database,
        handlers: Handlers,
        *,
        metrics: Metrics,
        tracing: Tracing,
        retry_delays: Sequence[float],
    ) -> None:
        self.service = service
        self.database = database
        self.retry_delays = tuple(retry_delays)
        self._handlers = {model.type: (model, handler) for model, handler in handlers.items()}
        self._metrics = metrics
        self._tracing = tracing

    async def deliver(self, events: Sequence[WireEvent]) -> None:
        """Take a batch in. Raises TransientFailure only if our database is away."""
        try:
            if await self._together(events):
                return
            for event in events:
                await self._alone(event)
        except (DBAPIError, OSError) as error:
            raise TransientFailure from error

    async def _together(self, events: Sequence[WireEvent]) -> bool:
        """The whole batch in one transaction; False if it must be taken apart."""
        try:
            async with self.database.begin() as uow:
                held = await uow.execute(_HELD_BACK, {"subjects": list({event.subject for event in events})})
                if held.first() is not None:
                    return False
                rows = await uow.execute(_REMEMBER, {"ids": [event.event_id for event in events]})
                fresh = set(rows.scalars())
                done = set()
                for event in events:
                    if event.event_id in fresh and event.event_id not in done:
                        await self.handle(event, uow)
                        done.add(event.event_id)
                await uow.commit(None)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return False
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, its neighbours get their turn one by one
            if len(events) > 1:
                _log.info("batch taken apart", count=len(events), error_type=type(error).__name__)
            return False
        crash_point("consumer.after_commit")
        for event in events:
            self._metrics.events_handled.labels(self.service, event.type, "handled").inc()
        return True

    async def _alone(self, event: WireEvent) -> None:
        async with self.database.begin() as uow:
            held = await uow.execute(_HELD_BACK, {"subjects": [event.subject]})
            if held.first() is not None:
                await self._defer(uow, event, reason="queued behind an earlier event of its subject", attempts=0)
                return
        failure: Exception
        try:
            await self._one(event)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            failure = error
        except Exception as error:  # noqa: BLE001 - the reason is kept with the event, nothing is swallowed
            failure = error
        else:
            crash_point("consumer.after_commit")
            self._metrics.events_handled.labels(self.service, event.type, "handled").inc()
            return
        async with self.database.begin() as uow:
            await self._defer(uow, event, reason=reason_of(failure), attempts=1, park=isinstance(failure, Undecodable))

    async def _one(self, event: WireEvent) -> None:
        async with self.database.begin() as uow:
            if (await uow.execute(_REMEMBER, {"ids": [event.event_id]})).first() is not None:
                await self.handle(event, uow)
                await uow.commit(None)

    async def handle(self, event: WireEvent, uow: UnitOfWork) -> None:
        """Decode one event and run its handler inside `uow`. Raises Undecodable, or what the handler raises."""
        model, handler = self._handlers.get(event.type, (None, None))
        if model is None or handler is None:
            raise Undecodable(f"{self.service} has no handler for {event.type}")
        try:
            envelope = CloudEvent.model_validate_json(event.body)
            data = model.model_validate(envelope.data)
        except ValidationError as error:
            raise Undecodable(_where(error)) from error
        received = Received(data, envelope.id, envelope.time, envelope.producer)
        with self._tracing.span(
            f"handle {model.event_name}",
            kind=SpanKind.CONSUMER,
            parent=envelope.traceparent,
            attributes={"messaging.message.id": str(envelope.id)},
        ):
            part = uow.part()
            await handler(received, part)
            if not part.committed:  # a handler with nothing to do need not say so
                await part.commit(None)
        self._metrics.event_age.labels(self.service).observe(
            max(0.0, (datetime.now(UTC) - envelope.time).total_seconds())
        )

    async def _defer(
        self, uow: UnitOfWork, event: WireEvent, *, reason: str, attempts: int, park: bool = False
    ) -> None:
        delay = self.retry_delays[0] if self.retry_delays else 0.0
        parked = park or not self.retry_delays
        await uow.execute(
            _DEFER,
            {
                "event_id": event.event_id,
                "type": event.type,
                "subject": event.subject,
                # Bytes that are no text (which is why they are put aside) must not keep the queue from moving on.
                "body": event.body.decode(errors="replace").replace("\0", "\ufffd"),
                "state": "parked" if parked else "waiting",
                "attempts": attempts,
                "delay": delay if attempts else 0.0,
                "reason": reason,
            },
        )
        await uow.commit(None)
        outcome = "parked" if parked else "deferred"
        self._metrics.events_handled.labels(self.service, event.type, outcome).inc()
        _log.warning(f"event {outcome}", event_id=str(event.event_id), event_type=event.type, reason=reason)


def reason_of(failure: Exception) -> str:
    """Why an event failed, for the operator: the kind of error and where it arose, without quoting data."""
    if isinstance(failure, Undecodable):
        return f"undecodable: {failure}"
    slug = getattr(failure, "slug", None)
    return f"{type(failure).__name__}{f' {slug}' if slug else ''} at {places(failure)}"


def _where(error: ValidationError) -> str:
    found = [{"at": "/".join(map(str, item["loc"])), "rule": item["type"]} for item in error.errors()[:5]]
    return json.dumps(found)
