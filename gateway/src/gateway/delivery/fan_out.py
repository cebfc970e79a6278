"""Follows the ledger for push subscriptions: each entry becomes a delivery for each that wants it. It decides no right.

One process at a time (a pump), one transaction a batch. A subscription that is behind the others (new with a start in
the past, resumed, replayed) is brought forward on its own until it has caught up.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.crash import crash_point
from chassis.database import Database, UnitOfWork
from chassis.pump import Pump
from gateway.delivery import store
from gateway.delivery.matching import Places, types_inside
from gateway.queries.subscriptions import DELIVERIES_LOCK, SubscriptionRow, ledger_size
from gateway.router import CHANNEL

_LOCK = 7160007
GROWN = "lienthong_fanned_out"
"""NOTIFY channel: the ledger has grown. Who waits for events to pull listens."""


@dataclass
class FanOut:
    """The matching of one process; `made` is called after each commit that made deliveries."""

    database: Database
    made: Callable[[], None]
    places: Places = field(default_factory=Places)

    async def step(self, connection: AsyncConnection, most: int) -> int:
        """One batch; how many positions of the ledger it went over, `most` meaning there is more."""
        async with self.database.begin() as uow:
            await uow.execute(DELIVERIES_LOCK)
            follows, size = await store.following(uow), await ledger_size(uow)
            start, end, group = _next_group(follows, size)
            stop = min(start + most, end) if group else end
            if stop <= start:
                return 0
            made = await self._match(uow, group, start, stop)
            positions = {one.id: stop for one in group if one.position < stop}
            await store.advance(uow, positions, stop)
            await uow.commit(None)
        crash_point("fan_out.after_commit")
        if made:
            self.made()
        if stop > follows.fanned_out:
            await connection.execute(text(f"NOTIFY {GROWN}"))
        # Who was behind has caught up with the others at most; what the others have not seen yet comes next.
        return most if stop < size else stop - start

    async def _match(self, uow: UnitOfWork, group: list[SubscriptionRow], start: int, stop: int) -> int:
        if not group:
            return 0
        filters = {one.id: one.filter for one in group}
        inside = types_inside(filters.values())
        types = sorted(frozenset[str]().union(*(one.types for one in filters.values())))
        entries = await store.entries(uow, start, stop, types, sorted(inside))
        places = await self.places.of(uow, [entry for entry in entries if entry.type in inside])
        by_type: dict[str, list[SubscriptionRow]] = {}
        for one in group:
            for event_type in one.types:
                by_type.setdefault(event_type, []).append(one)
        wanted: list[tuple[UUID, int, str]] = []
        for entry in entries:
            place = places.get(entry.position)
            for one in by_type[entry.type]:
                wants = filters[one.id]
                if entry.position < one.position:
                    continue
                if not wants.looks_inside or (place and wants.wants(entry.type, place.unit, place.procedure)):
                    wanted.append((one.id, entry.position, entry.subject))
        if wanted:
            await store.add(uow, wanted)
        return len(wanted)


def _next_group(follows: store.Following, size: int) -> tuple[int, int, list[SubscriptionRow]]:
    """From where to where to go on, and for whom: first for those that are behind, up to the others; then for all.

    One with a position beyond the start is in the group too: it takes what is not before its own position.
    """
    behind = [one for one in follows.subscriptions if one.position < follows.fanned_out]
    if behind:
        return min(one.position for one in behind), follows.fanned_out, behind
    return follows.fanned_out, size, follows.subscriptions


def fan_out_pump(database: Database, made: Callable[[], None], *, batch: int, poll_seconds: float) -> Pump:
    """The pump that does it."""
    step = FanOut(database, made).step
    return Pump("fan-out", database, step, lock=_LOCK, channel=CHANNEL, batch=batch, poll_seconds=poll_seconds)
