"""The relay: takes events out of a service's outbox, in order, and hands them to the bus. It looks into no event."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.bus.transport import Transport, WireEvent
from chassis.crash import crash_point
from chassis.database import Database
from chassis.pump import Pump
from chassis.telemetry.metrics import Metrics

CHANNEL = "lienthong_outbox"
_LOCK = 7160002

_WAITING = text("SELECT position, event_id, type, subject, body FROM outbox ORDER BY position LIMIT :batch")
_SENT = text("DELETE FROM outbox WHERE position = ANY(:positions)")


def relay(
    service: str, database: Database, transport: Transport, metrics: Metrics, *, batch: int, poll_seconds: float
) -> Pump:
    """The pump of one service's outbox. A row is deleted only after the bus confirmed it: killed in between, it goes twice."""

    async def carry(connection: AsyncConnection, most: int) -> int:
        rows = (await connection.execute(_WAITING, {"batch": most})).all()
        if not rows:
            return 0
        crash_point("relay.before_publish")
        await transport.send(
            service, [WireEvent(row.event_id, row.type, row.subject, row.body.encode()) for row in rows]
        )
        crash_point("relay.after_confirm")
        await connection.execute(_SENT, {"positions": [row.position for row in rows]})
        metrics.events_sent.labels(service).inc(len(rows))
        return len(rows)

    return Pump(
        f"{service} relay", database, carry, lock=_LOCK, channel=CHANNEL, batch=batch, poll_seconds=poll_seconds
    )
