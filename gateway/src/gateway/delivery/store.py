"""SQL of deliveries: made from the ledger, claimed with a lease, settled in order. It decides nothing.

The order of a subject is kept by `first`: only a delivery with nothing unsettled of its subject before it is sent. Who
adds or settles deliveries holds `DELIVERIES_LOCK` (queries.subscriptions) until the commit.
"""
# ruff: noqa: S608 - statements are put together from constants of this module, values are always bound

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork
from gateway.queries.subscriptions import COLUMNS, SubscriptionRow, row_of

_FOLLOWING = text(
    f"SELECT {COLUMNS}, (SELECT position FROM fanned_out) AS fanned_out FROM (SELECT 1) one LEFT JOIN subscription s"
    " ON s.mode = 'push' AND s.state IN ('active', 'failing')"
)
# Bounded by positions, not by rows found: a rare type must not make one statement read the whole ledger.
_ENTRIES = text(
    "SELECT e.position, e.type, e.subject, b.body FROM ledger_entry e LEFT JOIN ledger_body b"
    " ON b.position = e.position AND e.type = ANY(CAST(:inside AS text[]))"
    " WHERE e.position >= :start AND e.position < :stop AND e.type = ANY(CAST(:types AS text[])) ORDER BY e.position"
)
_SUBMITTED = text(
    "SELECT e.subject, b.body FROM ledger_entry e JOIN ledger_body b USING (position)"
    " WHERE e.subject = ANY(CAST(:subjects AS text[])) AND e.type = :type ORDER BY e.position"
)
_ADD = text(
    "INSERT INTO delivery (subscription_id, position, subject, state, first)"
    " SELECT s, p, j, 'waiting', f AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.subscription_id = s"
    " AND d.subject = j AND d.state IN ('waiting', 'failed'))"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:positions AS bigint[]), CAST(:subjects AS text[]), CAST(:firsts AS boolean[]))"
    " AS u(s, p, j, f) ON CONFLICT DO NOTHING"
)
_ADVANCE = text(
    "WITH moved AS (UPDATE subscription SET position = u.p FROM unnest(CAST(:ids AS uuid[]), CAST(:positions AS bigint[]))"
    " AS u(s, p) WHERE id = u.s) UPDATE fanned_out SET position = greatest(position, :fanned_out)"
)
# The lease is written before the webhook is called: who dies in the call leaves a row that comes due again by itself.
_CLAIM = text(
    "WITH due AS (SELECT d.subscription_id, d.position FROM unnest(CAST(:busy AS uuid[]), CAST(:counts AS integer[]))"
    " AS b(id, n) RIGHT JOIN subscription s ON s.id = b.id CROSS JOIN LATERAL (SELECT subscription_id, position FROM delivery"
    " WHERE subscription_id = s.id AND state = 'waiting' AND first AND next_attempt_at <= now()"
    " ORDER BY next_attempt_at LIMIT greatest(CAST(:each AS integer) - coalesce(b.n, 0), 0) FOR UPDATE SKIP LOCKED) d"
    " WHERE s.mode = 'push' AND s.state IN ('active', 'failing') AND (s.held_until IS NULL OR s.held_until <= now())"
    " LIMIT :most), claimed AS (UPDATE delivery d SET attempts = attempts + 1,"
    " next_attempt_at = now() + make_interval(secs => :lease) FROM due"
    " WHERE d.subscription_id = due.subscription_id AND d.position = due.position"
    " RETURNING d.subscription_id, d.position, d.subject, d.attempts)"
    f" SELECT c.position AS delivery_position, c.subject, c.attempts, e.event_id, e.type, b.body, {COLUMNS},"
    " s.old_secret_until > now() AS old_secret_signs FROM claimed c JOIN subscription s ON s.id = c.subscription_id"
    " JOIN ledger_entry e ON e.position = c.position LEFT JOIN ledger_body b ON b.position = c.position"
)
# A claim that is not ours any more (its lease ran out, it was taken back) settles nothing: `attempts` tells.
_SETTLE = text(
    "UPDATE delivery d SET state = u.st, last_status = u.code, last_error = u.err, first = first AND u.st = 'waiting',"
    " next_attempt_at = now() + make_interval(secs => u.pause), attempts = d.attempts - u.back,"
    " settled_at = CASE WHEN u.st IN ('delivered', 'skipped') THEN now() END"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:positions AS bigint[]), CAST(:attempts AS bigint[]), CAST(:states AS text[]),"
    " CAST(:statuses AS bigint[]), CAST(:errors AS text[]), CAST(:pauses AS double precision[]), CAST(:backs AS bigint[]))"
    " AS u(s, p, n, st, code, err, pause, back)"
    " WHERE d.subscription_id = u.s AND d.position = u.p AND d.attempts = u.n AND d.state = 'waiting'"
    " RETURNING d.subscription_id, d.position"
)
_NEXT = text(
    "UPDATE delivery d SET first = true, next_attempt_at = least(d.next_attempt_at, now())"
    " FROM (SELECT DISTINCT s, j FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS text[])) AS g(s, j)) u"
    " WHERE d.subscription_id = u.s AND d.state = 'waiting' AND NOT d.first AND d.position = (SELECT n.position FROM delivery n"
    " WHERE n.subscription_id = u.s AND n.subject = u.j AND n.state IN ('waiting', 'failed') ORDER BY n.position LIMIT 1)"
)
_TALLY = text(
    "UPDATE subscription s SET failures = CASE WHEN u.ok THEN 0 ELSE s.failures + u.bad END,"
    " last_delivered_at = CASE WHEN u.ok THEN now() ELSE s.last_delivered_at END,"
    " last_status = CASE WHEN u.called THEN u.code ELSE s.last_status END,"
    " last_error = CASE WHEN u.called THEN u.err ELSE s.last_error END,"
    " held_until = CASE WHEN u.hold > 0 THEN now() + make_interval(secs => u.hold) ELSE s.held_until END"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:oks AS boolean[]), CAST(:bads AS bigint[]), CAST(:called AS boolean[]),"
    " CAST(:statuses AS bigint[]), CAST(:errors AS text[]), CAST(:holds AS double precision[]))"
    " AS u(id, ok, bad, called, code, err, hold)"
    f" WHERE s.id = u.id RETURNING {COLUMNS}"
)
_LIST = text(
    "SELECT d.position, d.subject, d.state, d.first, d.attempts, d.next_attempt_at, d.last_status, d.last_error,"
    " d.settled_at, e.event_id, e.type, e.recorded_at FROM delivery d JOIN ledger_entry e USING (position)"
    " WHERE d.subscription_id = :id AND (CAST(:state AS text) IS NULL OR d.state = :state)"
    " AND (CAST(:subject AS text) IS NULL OR d.subject = :subject)"
    " AND (CAST(:before AS bigint) IS NULL OR d.position < :before) ORDER BY d.position DESC LIMIT :limit"
)
_OF_ONE = text(
    "SELECT d.position, d.subject, d.state, d.first, d.attempts, d.next_attempt_at, d.last_status, d.last_error,"
    " d.settled_at, e.event_id, e.type, e.recorded_at FROM delivery d JOIN ledger_entry e USING (position)"
    " WHERE d.subscription_id = :id AND d.position = :position FOR UPDATE OF d"
)
_RETRY = text(
    "UPDATE delivery SET state = 'waiting', attempts = 0, next_attempt_at = now(), first = first AND state = 'waiting'"
    " WHERE subscription_id = :id AND position = :position"
)
_SKIP = text(
    "UPDATE delivery SET state = 'skipped', first = false, settled_at = now(), last_error = 'skipped-by-request'"
    " WHERE subscription_id = :id AND position = :position"
)
_SWEEP = text(
    "DELETE FROM delivery WHERE (subscription_id, position) IN (SELECT subscription_id, position FROM delivery"
    " WHERE settled_at < now() - make_interval(days => :days) LIMIT 5000)"
)


@dataclass(frozen=True)
class Following:
    """The push subscriptions that follow the ledger, and how far it has been followed."""

    subscriptions: list[SubscriptionRow]
    fanned_out: int


@dataclass(frozen=True)
class Entry:
    """A ledger entry as fan-out looks at it. `body` only where it was asked for and is not erased."""

    position: int
    type: str
    subject: str
    body: bytes | None


@dataclass(frozen=True)
class Claimed:
    """A delivery this process has the lease of. `attempts` counts this one; `body` None: erased by law."""

    subscription: SubscriptionRow
    position: int
    subject: str
    attempts: int
    event_id: UUID
    type: str
    body: bytes | None
    old_secret_signs: bool


@dataclass(frozen=True)
class Settled:
    """What became of a claimed delivery, and what that says of its receiver.

    `called`: the webhook was called. `pause`: seconds until it may be tried again. `hold`: seconds for which nothing of
    the subscription is sent. `counts`: whether the attempt counts.
    """

    claimed: Claimed
    state: str
    status: int | None = None
    error: str | None = None
    pause: float = 0
    hold: float = 0
    called: bool = True
    counts: bool = True


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery as shown. `first`: nothing of its subject stands before it."""

    position: int
    subject: str
    state: str
    first: bool
    attempts: int
    next_attempt_at: datetime
    last_status: int | None
    last_error: str | None
    settled_at: datetime | None
    event_id: UUID
    type: str
    recorded_at: datetime


async def following(uow: UnitOfWork) -> Following:
    """Who follows."""
    rows = (await uow.execute(_FOLLOWING)).all()
    return Following([row_of(row) for row in rows if row.id is not None], rows[0].fanned_out)


async def entries(uow: UnitOfWork, start: int, stop: int, types: Sequence[str], inside: Sequence[str]) -> list[Entry]:
    """The entries of these types in [start, stop), with the bodies of those types that must be looked into."""
    rows = await uow.execute(_ENTRIES, {"start": start, "stop": stop, "types": types, "inside": inside})
    return [Entry(row.position, row.type, row.subject, row.body) for row in rows]


async def bodies_of(uow: UnitOfWork, event_type: str, subjects: Sequence[str]) -> dict[str, bytes]:
    """By subject, the body of its latest event of a type, where it is kept."""
    rows = await uow.execute(_SUBMITTED, {"type": event_type, "subjects": subjects})
    return {row.subject: row.body for row in rows}


async def add(uow: UnitOfWork, wanted: Sequence[tuple[UUID, int, str]]) -> None:
    """Deliveries to be made: (subscription, position, subject), in the order of positions."""
    seen: set[tuple[UUID, str]] = set()
    firsts = []
    for subscription, _, subject in wanted:
        firsts.append((subscription, subject) not in seen)
        seen.add((subscription, subject))
    ids, positions, subjects = zip(*wanted, strict=True)
    await uow.execute(
        _ADD, {"ids": list(ids), "positions": list(positions), "subjects": list(subjects), "firsts": firsts}
    )


async def advance(uow: UnitOfWork, positions: Mapping[UUID, int], fanned_out: int) -> None:
    """How far each has been held against the ledger now."""
    parameters = {"ids": list(positions), "positions": list(positions.values()), "fanned_out": fanned_out}
    await uow.execute(_ADVANCE, parameters)


async def claim(
    uow: UnitOfWork, busy: Mapping[UUID, int], *, each: int, most: int, lease_seconds: float
) -> list[Claimed]:
    """Up to `most` deliveries that are due, so that no subscription has more than `each` (with those in `busy`) at work."""
    parameters = {"busy": list(busy), "counts": list(busy.values()), "each": each, "most": most, "lease": lease_seconds}
    return [
        Claimed(
            row_of(row), row.delivery_position, row.subject, row.attempts, row.event_id, row.type,
            bytes(row.body) if row.body is not None else None, bool(row.old_secret_signs),
        )
        for row in await uow.execute(_CLAIM, parameters)
    ]  # fmt: skip


async def settle(uow: UnitOfWork, settled: Sequence[Settled]) -> list[SubscriptionRow]:
    """Write what became of deliveries and let the next of their subjects go; gives the subscriptions as they are then."""
    rows = await uow.execute(
        _SETTLE,
        {
            "ids": [one.claimed.subscription.id for one in settled],
            "positions": [one.claimed.position for one in settled],
            "attempts": [one.claimed.attempts for one in settled],
            "states": [one.state for one in settled],
            "statuses": [one.status for one in settled],
            "errors": [one.error for one in settled],
            "pauses": [one.pause for one in settled],
            "backs": [0 if one.counts else 1 for one in settled],
        },
    )
    ours = {(row.subscription_id, row.position) for row in rows}
    kept = [one for one in settled if (one.claimed.subscription.id, one.claimed.position) in ours]
    ended = [one.claimed for one in kept if one.state in ("delivered", "skipped")]
    if ended:
        await let_next_go(uow, [(one.subscription.id, one.subject) for one in ended])
    return await _tally(uow, kept) if kept else []


async def let_next_go(uow: UnitOfWork, subjects: Sequence[tuple[UUID, str]]) -> None:
    """Of each subject of a subscription the earliest unsettled delivery may be sent now, unless it has failed."""
    ids, names = zip(*subjects, strict=True)
    await uow.execute(_NEXT, {"ids": list(ids), "subjects": list(names)})


async def _tally(uow: UnitOfWork, settled: Sequence[Settled]) -> list[SubscriptionRow]:
    by_subscription: dict[UUID, list[Settled]] = {}
    for one in settled:
        by_subscription.setdefault(one.claimed.subscription.id, []).append(one)
    groups = list(by_subscription.values())
    calls = [[one for one in group if one.called] for group in groups]
    rows = await uow.execute(
        _TALLY,
        {
            "ids": list(by_subscription),
            "oks": [any(one.state == "delivered" for one in group) for group in groups],
            "bads": [sum(one.state != "delivered" for one in called) for called in calls],
            "called": [bool(called) for called in calls],
            "statuses": [called[-1].status if called else None for called in calls],
            "errors": [called[-1].error if called else None for called in calls],
            "holds": [max(one.hold for one in group) for group in groups],
        },
    )
    return [row_of(row) for row in rows]


async def deliveries(
    uow: UnitOfWork, subscription_id: UUID, state: str | None, subject: str | None, before: int | None, limit: int
) -> list[DeliveryRow]:
    """A subscription's deliveries, the latest event first."""
    parameters: dict[str, Any] = {
        "id": subscription_id, "state": state, "subject": subject, "before": before, "limit": limit,
    }  # fmt: skip
    return [DeliveryRow(**row) for row in (await uow.execute(_LIST, parameters)).mappings()]


async def delivery(uow: UnitOfWork, subscription_id: UUID, position: int) -> DeliveryRow | None:
    """One delivery, locked."""
    row = (await uow.execute(_OF_ONE, {"id": subscription_id, "position": position})).mappings().one_or_none()
    return DeliveryRow(**row) if row is not None else None


async def retry(uow: UnitOfWork, subscription_id: UUID, position: int, subject: str) -> None:
    """Try it again from the beginning of the schedule."""
    await uow.execute(_RETRY, {"id": subscription_id, "position": position})
    await let_next_go(uow, [(subscription_id, subject)])


async def skip(uow: UnitOfWork, subscription_id: UUID, position: int, subject: str) -> None:
    """Give it up; what waits behind it goes on."""
    await uow.execute(_SKIP, {"id": subscription_id, "position": position})
    await let_next_go(uow, [(subscription_id, subject)])


async def sweep(uow: UnitOfWork, days: int) -> None:
    """Forget deliveries that were settled long ago, some at a time."""
    await uow.execute(_SWEEP, {"days": days})
