"""The event router: everything services send is judged, recorded in the ledger or quarantined, and sent on in ledger order.

Two halves that meet in the ledger: `Router.accept` (in: judge and append, one transaction a batch) and `distributor`
(out: a pump that follows the ledger). Killed anywhere between, the next one goes on from the ledger.
"""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.bus.transport import Ingress, Transport, WireEvent
from chassis.crash import crash_point
from chassis.database import Database
from chassis.pump import Pump
from chassis.telemetry.logging import get_logger
from contracts.event import Event
from gateway import ledger
from gateway.domain.admission import Admitted, Refused, admit

_log = get_logger("router")
CHANNEL = "lienthong_ledger"
_LOCK = 7160004

_NEXT = text(
    "SELECT e.position, e.event_id, e.type, e.subject, b.body FROM ledger_entry e LEFT JOIN ledger_body b USING (position)"
    " WHERE e.position >= (SELECT position FROM distributed) ORDER BY e.position LIMIT :batch"
)
_DISTRIBUTED = text("UPDATE distributed SET position = :next")


class Router:
    """The way in. `appended` is called after each commit that lengthened the ledger."""

    def __init__(
        self, database: Database, contracts: Mapping[str, type[Event]], *, most_bytes: int, appended: Callable[[], None]
    ) -> None:
        self._database = database
        self._contracts = contracts
        self._most_bytes = most_bytes
        self._appended = appended

    async def accept(self, batch: Sequence[Ingress]) -> None:
        """Record or quarantine every event of the batch; returns when that is committed."""
        judged = [admit(item.sender, item.body, self._contracts, most_bytes=self._most_bytes) for item in batch]
        good = [event for event in judged if isinstance(event, Admitted)]
        bad = [event for event in judged if isinstance(event, Refused)]
        async with self._database.begin() as uow:
            if good:
                bad += await ledger.append(uow, good)
            if bad:
                await ledger.quarantine(uow, bad)
            await uow.commit(None)
        crash_point("router.after_commit")
        for event in bad:
            _log.warning("event quarantined", reason=f"{event.reason}: {event.detail}", client=event.sender)
        if good:
            self._appended()


def distributor(
    database: Database, transport: Transport, subscribed: frozenset[str], *, batch: int, poll_seconds: float
) -> Pump:
    """The way out: follows the ledger and broadcasts what somebody subscribes to, in order.

    An event whose body was erased by law is passed over: what must be forgotten is not told again.
    """

    async def distribute(connection: AsyncConnection, most: int) -> int:
        rows = (await connection.execute(_NEXT, {"batch": most})).all()
        if not rows:
            return 0
        events = [
            WireEvent(row.event_id, row.type, row.subject, bytes(row.body))
            for row in rows
            if row.body is not None and row.type in subscribed
        ]
        if events:
            await transport.broadcast(events)
        crash_point("distributor.after_confirm")
        await connection.execute(_DISTRIBUTED, {"next": rows[-1].position + 1})
        return len(rows)

    return Pump(
        "distributor", database, distribute, lock=_LOCK, channel=CHANNEL, batch=batch, poll_seconds=poll_seconds
    )
