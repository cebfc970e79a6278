"""Use cases of replays: a service inside asks to be told again, and the worker tells it. The only place that commits them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.bus.transport import Transport, WireEvent
from chassis.crash import crash_point
from chassis.database import Database, UnitOfWork
from gateway.problems.replays import NothingToReplay, ReplayRunning
from gateway.queries import replays as queries
from gateway.queries.replays import Replay


@dataclass(frozen=True)
class StartReplay:
    """Tell `service` again what it subscribes to: from a position on, or from what was recorded at or after an instant."""

    id: UUID
    service: str
    since: int | datetime
    asked_by: str


async def start_replay(command: StartReplay, uow: UnitOfWork) -> Replay:
    """Put the replay in line, up to where the ledger ends now. Raises NothingToReplay, ReplayRunning."""
    until = await queries.size(uow)
    since = command.since if isinstance(command.since, int) else await queries.first_since(uow, command.since)
    if since >= until:
        raise NothingToReplay(size=until)
    started = await queries.start(uow, command.id, command.service, since, until, command.asked_by)
    if started is None:
        running = await queries.running_id(uow, command.service)
        raise ReplayRunning(replayId=str(running) if running else None)
    return await uow.commit(started)


async def tell_again(
    database: Database, transport: Transport, subscribed: Mapping[str, frozenset[str]], batch: int
) -> int:
    """One batch of each running replay; how many entries were passed. Killed anywhere, the same batch is told again.

    What a service has heard it knows by its inbox, so that telling twice is nothing to it. Raises TransportDown.
    """
    async with database.begin() as uow:
        replays = await queries.running(uow)
    passed = 0
    for replay in replays:
        async with database.begin() as uow:
            told = await queries.entries(uow, replay, batch)
        types = subscribed.get(replay.service, frozenset())
        events = [
            WireEvent(entry.event_id, entry.type, entry.subject, entry.body)
            for entry in told
            if entry.type in types and entry.body is not None
        ]
        if events:
            await transport.deliver_to(replay.service, events)
        crash_point("replay.after_deliver")
        async with database.begin() as uow:
            await queries.move(uow, replay.id, told[-1].position + 1 if told else replay.until)
            await uow.commit(None)
        passed += len(told)
    return passed
