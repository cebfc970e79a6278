"""Events as they come off the wire, and what a service left in its outbox."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from chassis.bus.transport import WireEvent
from chassis.ids import new_id
from chassis.inbox import Inbox
from chassis.service import Runtime
from contracts.envelope import CloudEvent, sequence_of
from contracts.event import Event


def wire(event: Event, *, at: datetime | None = None) -> WireEvent:
    """A contract event in its envelope, as the gateway would deliver it."""
    envelope = CloudEvent(
        id=new_id(),
        source=f"/{event.producer}",
        type=event.type,
        subject=event.subject,
        time=at or datetime.now(UTC),
        sequence=sequence_of(event.version),
        data=event.model_dump(mode="json", by_alias=True),
    )
    return WireEvent(envelope.id, event.type, event.subject, envelope.model_dump_json(exclude_none=True).encode())


def inbox_of(runtime: Runtime) -> Inbox:
    """The service's inbox as its worker would have it."""
    return Inbox(
        runtime.service.name,
        runtime.database,
        runtime.service.handlers(runtime),
        metrics=runtime.metrics,
        tracing=runtime.tracing,
        retry_delays=runtime.settings.retry_delays,
    )


async def recorded(runtime: Runtime) -> list[dict[str, Any]]:
    """Every envelope now in the outbox, oldest first."""
    async with runtime.database.begin() as uow:
        rows = await uow.execute(text("SELECT body FROM outbox ORDER BY position"))
        return [CloudEvent.model_validate_json(body).model_dump(mode="json") for body in rows.scalars()]
