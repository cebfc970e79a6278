"""Events that an agency asks for: a page of the ledger as it may see it, and the waiting for the next. It commits nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import Database, UnitOfWork
from chassis.telemetry.logging import get_logger
from gateway.delivery.fan_out import GROWN
from gateway.delivery.matching import Places
from gateway.delivery.open_fields import open_fields
from gateway.delivery.store import Entry
from gateway.domain.minimise import View, minimised_bytes, view_of
from gateway.domain.partners import Registry
from gateway.domain.subscription import Subscription, rights

_log = get_logger("pull")
# One look goes over so many positions at most: a rare type must not make one request read the whole ledger.
_WINDOW = 20_000
_MOST_BYTES = 4 * 1024 * 1024
_POLL_SECONDS = 2.0

_PAGE = text(
    "SELECT size.of_ledger, found.* FROM (SELECT coalesce(max(position) + 1, 0) AS of_ledger FROM ledger_entry) size"
    " LEFT JOIN LATERAL (SELECT * FROM (SELECT e.position, e.type, e.subject, b.body,"
    " sum(octet_length(b.body)) OVER (ORDER BY e.position) AS bytes, count(*) OVER () AS candidates FROM (SELECT position, type, subject FROM ledger_entry"
    " WHERE position >= :start AND position < :stop AND type = ANY(CAST(:types AS text[])) ORDER BY position LIMIT :limit) e"
    " LEFT JOIN ledger_body b USING (position)) summed"
    " WHERE bytes IS NULL OR bytes <= :most_bytes OR bytes = octet_length(body)) found ON true ORDER BY found.position"
)


@dataclass(frozen=True)
class EventPage:
    """Events from a position on. `next` is the position to go on from; `size` the ledger's: beyond `next` there is more."""

    events: Sequence[dict[str, Any]]
    next: int
    size: int


def views_of(subscription: Subscription, registry: Registry, today: date) -> dict[str, View]:
    """What the client may see today, by type: only types it has a right to."""
    client = registry.active_client(subscription.client_id)
    found: dict[str, View] = {}
    if client is not None:
        for event_type in subscription.filter.types:
            held = rights(registry, client, event_type, today, subscription.approval)
            if held is not None:
                found[event_type] = view_of(held, open_fields(event_type))
    return found


async def events_from(
    uow: UnitOfWork, subscription: Subscription, views: dict[str, View], start: int, limit: int, places: Places
) -> EventPage:
    """The next events from a position on; two statements at most. An event whose body was erased is passed over."""
    stop = min(start + _WINDOW, 2**63 - 1)
    parameters = {"start": start, "stop": stop, "types": sorted(views), "limit": limit, "most_bytes": _MOST_BYTES}
    rows = (await uow.execute(_PAGE, parameters)).all()
    size: int = rows[0].of_ledger
    entries = [Entry(row.position, row.type, row.subject, row.body) for row in rows if row.position is not None]
    wanted = subscription.filter
    shown = [entry for entry in entries if entry.body is not None]
    if wanted.looks_inside:
        where = await places.of(uow, shown)
        shown = [
            entry
            for entry in shown
            if wanted.wants(entry.type, where[entry.position].unit, where[entry.position].procedure)
        ]
    # Fewer entries than asked for, and none held back for its size: the whole window was looked at.
    whole = not entries or len(entries) == rows[0].candidates < limit
    end = min(stop, size) if whole else entries[-1].position + 1
    return EventPage(
        [minimised_bytes(bytes(entry.body), views[entry.type]) for entry in shown if entry.body is not None],
        max(end, start),
        size,
    )


class Growth:
    """Tells this process's waiting requests that the ledger has grown: NOTIFY, and a look every two seconds behind it."""

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self._most = most
        self._waiting = 0
        self._grown = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[bool]:
        """A place to wait in; False where all are taken."""
        if self._waiting >= self._most:
            yield False
            return
        self._waiting += 1
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        try:
            yield True
        finally:
            self._waiting -= 1
            if self._waiting == 0 and self._listener is not None:
                listener, self._listener = self._listener, None
                listener.cancel()
                await asyncio.gather(listener, return_exceptions=True)

    def ticket(self) -> asyncio.Event:
        """Taken before looking, waited on after: growth in between is not missed."""
        return self._grown

    async def wait(self, ticket: asyncio.Event, seconds: float) -> None:
        """Until the ledger has grown since the ticket was taken, or a while."""
        try:
            async with asyncio.timeout(min(seconds, _POLL_SECONDS)):
                await ticket.wait()
        except TimeoutError:
            return

    def ring(self, *_: object) -> None:
        """The ledger has grown."""
        self._grown.set()
        self._grown = asyncio.Event()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._database.engine.connect() as connection:
                    await connection.execution_options(isolation_level="AUTOCOMMIT")
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    await driver.add_listener(GROWN, self.ring)
                    try:
                        while not driver.is_closed():  # noqa: ASYNC110 - a driver tells nobody that it was closed
                            await asyncio.sleep(_POLL_SECONDS)
                    finally:
                        if not driver.is_closed():
                            await driver.remove_listener(GROWN, self.ring)
            except (SQLAlchemyError, OSError) as error:
                _log.warning("listener interrupted", error_type=type(error).__name__)
                await asyncio.sleep(_POLL_SECONDS)
