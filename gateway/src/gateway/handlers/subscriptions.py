"""Use cases of subscriptions and their deliveries, and the only place that commits them. The API and the console call it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.etags import check_match
from chassis.problems import FieldError, Text
from contracts.registry import EVENTS
from gateway.delivery import store
from gateway.delivery.outgoing import GONE
from gateway.delivery.store import DeliveryRow, Settled
from gateway.domain.partners import Registry
from gateway.domain.subscription import (
    TRANSITIONS,
    Approval,
    Filter,
    Mode,
    State,
    Step,
    Subscription,
    all_granted,
    allowed,
)
from gateway.problems.subscriptions import (
    DeliveryNotFound,
    DeliveryStateConflict,
    EventTypeUnknown,
    PositionBeyondLedger,
    SubscriberNotRegistered,
    SubscriptionModeConflict,
    SubscriptionNotFound,
    SubscriptionStateConflict,
    SubscriptionsTooMany,
)
from gateway.queries import subscriptions as queries
from gateway.queries.subscriptions import DELIVERIES_LOCK, SubscriptionRow

Start = int | datetime | None
"""Where to begin: a position of the ledger, an instant at or after which events were recorded, or None: from now on."""


@dataclass(frozen=True)
class Caller:
    """Who asks: an agency's client sees and changes its own subscriptions, an operator (`client_id` None) everyone's."""

    client_id: str | None
    account: str

    def sees(self, row: SubscriptionRow) -> bool:
        """Whether a subscription is theirs to see."""
        return self.client_id is None or self.client_id == row.client_id


@dataclass(frozen=True)
class Subscribe:
    """An agency asks for events. `url` and `secret` for push, its address vetted before."""

    id: UUID
    client_id: str
    name: str
    mode: Mode
    filter: Filter
    url: str | None
    secret: str | None
    start: Start


@dataclass(frozen=True)
class Change:
    """A step that somebody asks for. `if_match`: the ETag it is based on."""

    id: UUID
    caller: Caller
    if_match: str | None = None


async def subscribe(command: Subscribe, registry: Registry, uow: UnitOfWork, *, most: int) -> SubscriptionRow:
    """Active at once where grants cover every type today; else requested, until an operator answers.

    Raises SubscriberNotRegistered, SubscriptionsTooMany, EventTypeUnknown, PositionBeyondLedger.
    """
    client = registry.active_client(command.client_id)
    if client is None:
        raise SubscriberNotRegistered
    if await queries.open_of(uow, command.client_id) >= most:
        raise SubscriptionsTooMany(most=most)
    await _check_types(uow, command.filter)
    covered = all_granted(registry, client, command.filter.types, hanoi_day(uow.now))
    position = await _position(uow, command.start)
    state = State.ACTIVE if covered else State.REQUESTED
    subscription = Subscription(command.id, command.client_id, command.mode, command.filter, state, position, 1)
    return await uow.commit(await queries.insert(uow, subscription, command.name, command.url, command.secret))


async def approve(
    change: Change, uow: UnitOfWork, *, legal_basis: str, fields: frozenset[str] | None, until: date | None
) -> SubscriptionRow:
    """An operator grants what was asked for: this subscription's types, these fields (None: the open ones), until a day."""
    approval = Approval(hanoi_day(uow.now), until, fields)
    return await _step(change, Step.APPROVE, uow, legal_basis=legal_basis, approval=approval, decides=True)


async def refuse(change: Change, uow: UnitOfWork, *, reason: str, legal_basis: str) -> SubscriptionRow:
    """An operator refuses, in writing: with a reason and its legal basis."""
    return await _step(change, Step.REFUSE, uow, reason=reason, legal_basis=legal_basis, decides=True)


async def suspend(change: Change, uow: UnitOfWork, *, reason: str) -> SubscriptionRow:
    """An operator stops it; only an operator lets it go on."""
    return await _step(change, Step.SUSPEND, uow, reason=reason, decides=True)


async def reinstate(change: Change, uow: UnitOfWork) -> SubscriptionRow:
    """An operator lets it go on where it stopped."""
    return await _step(change, Step.REINSTATE, uow, decides=True)


async def pause(change: Change, uow: UnitOfWork) -> SubscriptionRow:
    """Nothing is delivered until it is resumed; nothing is lost meanwhile."""
    return await _step(change, Step.PAUSE, uow)


async def resume(change: Change, uow: UnitOfWork) -> SubscriptionRow:
    """Go on where it was paused."""
    return await _step(change, Step.RESUME, uow)


async def close(change: Change, uow: UnitOfWork) -> SubscriptionRow:
    """For good."""
    return await _step(change, Step.CLOSE, uow)


async def _step(
    change: Change,
    step: Step,
    uow: UnitOfWork,
    *,
    reason: str | None = None,
    legal_basis: str | None = None,
    approval: Approval | None = None,
    decides: bool = False,
) -> SubscriptionRow:
    row = await _mine(change, uow)
    target = TRANSITIONS.get((row.state, step))
    if target is None:
        raise _conflict(row.state)
    by = change.caller.account if decides else None
    changed = await queries.step(
        uow, row.id, target, reason=reason, legal_basis=legal_basis, decided_by=by, approval=approval
    )
    return await uow.commit(changed)


async def replay(change: Change, start: int | datetime, uow: UnitOfWork) -> SubscriptionRow:
    """Deliver again, or give again, everything from there on. Raises PositionBeyondLedger."""
    await uow.execute(DELIVERIES_LOCK)
    row = await _open(change, uow)
    return await uow.commit(await queries.rewind(uow, row.id, await _position(uow, start)))


async def rotate_secret(change: Change, secret: str, uow: UnitOfWork, *, overlap_hours: int) -> SubscriptionRow:
    """A new secret; the old one signs beside it for a while."""
    row = await _open(change, uow, Mode.PUSH)
    return await uow.commit(await queries.change_secret(uow, row.id, secret, overlap_hours))


async def change_url(change: Change, url: str, uow: UnitOfWork) -> SubscriptionRow:
    """Another address, vetted before."""
    row = await _open(change, uow, Mode.PUSH)
    return await uow.commit(await queries.change_url(uow, row.id, url))


async def acknowledge(change: Change, position: int, uow: UnitOfWork) -> SubscriptionRow:
    """A puller has everything before `position`. Raises PositionBeyondLedger."""
    row = await _open(change, uow, Mode.PULL)
    if position > (size := await queries.ledger_size(uow)):
        raise _beyond("/cursor", size)
    return await uow.commit(await queries.acknowledge(uow, row.id, position))


async def retry_delivery(change: Change, position: int, uow: UnitOfWork) -> DeliveryRow:
    """Try a delivery again now, from the beginning of the schedule."""
    row, delivery = await _delivery(change, position, uow)
    await store.retry(uow, row.id, position, delivery.subject)
    return await _shown(row, position, uow)


async def skip_delivery(change: Change, position: int, uow: UnitOfWork) -> DeliveryRow:
    """Give a delivery up, so that what waits behind it goes on."""
    row, delivery = await _delivery(change, position, uow)
    await store.skip(uow, row.id, position, delivery.subject)
    return await _shown(row, position, uow)


async def note_outcomes(outcomes: Sequence[Settled], uow: UnitOfWork, *, failing_after: int) -> None:
    """What became of webhooks that were called, and what that makes of their subscriptions."""
    await uow.execute(DELIVERIES_LOCK)
    gone = {one.claimed.subscription.id for one in outcomes if one.error == GONE}
    for row in await store.settle(uow, outcomes):
        step, reason = None, row.last_error
        if row.id in gone:
            step = Step.GONE
        elif row.failures >= failing_after:
            step = Step.FAIL
        elif row.failures == 0:
            step, reason = Step.RECOVER, None
        target = TRANSITIONS.get((row.state, step)) if step is not None else None
        if target is not None:
            await queries.move(uow, row.id, row.state, target, reason)
    await uow.commit(None)


async def _mine(change: Change, uow: UnitOfWork) -> SubscriptionRow:
    row = await queries.one(uow, change.id, lock=True)
    if row is None or not change.caller.sees(row):
        raise SubscriptionNotFound
    check_match(row.version, change.if_match)
    return row


async def _open(change: Change, uow: UnitOfWork, mode: Mode | None = None) -> SubscriptionRow:
    """One that is not closed, and of that mode."""
    row = await _mine(change, uow)
    if mode is not None and row.mode is not mode:
        raise SubscriptionModeConflict(mode=row.mode.value)
    if row.state is State.CLOSED:
        raise _conflict(row.state)
    return row


async def _delivery(change: Change, position: int, uow: UnitOfWork) -> tuple[SubscriptionRow, DeliveryRow]:
    await uow.execute(DELIVERIES_LOCK)
    row = await _mine(change, uow)
    delivery = await store.delivery(uow, row.id, position)
    if delivery is None:
        raise DeliveryNotFound
    if delivery.state not in ("waiting", "failed"):
        raise DeliveryStateConflict(state=delivery.state)
    return row, delivery


async def _shown(row: SubscriptionRow, position: int, uow: UnitOfWork) -> DeliveryRow:
    delivery = await store.delivery(uow, row.id, position)
    if delivery is None:
        raise DeliveryNotFound
    return await uow.commit(delivery)


async def _check_types(uow: UnitOfWork, wanted: Filter) -> None:
    foreign = sorted(wanted.types - EVENTS.keys())
    unknown = set(foreign) - await queries.known_types(uow, foreign) if foreign else set()
    if unknown:
        message = Text("Không có loại sự kiện này", "There is no such event type")
        raise EventTypeUnknown(errors=[FieldError("/types", "unknown", message)])


async def _position(uow: UnitOfWork, start: Start) -> int:
    if isinstance(start, datetime):
        return await queries.position_since(uow, start)
    size = await queries.ledger_size(uow)
    if start is not None and start > size:
        raise _beyond("/from/position", size)
    return size if start is None else start


def _beyond(pointer: str, size: int) -> PositionBeyondLedger:
    message = Text(f"Sổ cái chỉ có {size} mục", f"There are {size} entries")
    return PositionBeyondLedger(errors=[FieldError(pointer, "beyond-the-ledger", message)], size=size)


def _conflict(state: State) -> SubscriptionStateConflict:
    return SubscriptionStateConflict(state=state.value, allowed=allowed(state))
