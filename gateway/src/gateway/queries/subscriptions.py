"""SQL of subscriptions: made, read with their lag, changed. It decides nothing."""
# ruff: noqa: S608 - statements are put together from constants of this module, values are always bound

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork
from gateway.domain.subscription import Approval, Filter, Mode, State, Subscription

COLUMNS = (
    "s.id, s.client_id, s.name, s.mode, s.types, s.units, s.procedures, s.url, s.secret, s.old_secret,"
    " s.old_secret_until, s.state, s.reason, s.legal_basis, s.approved_on, s.approved_until, s.approved_fields,"
    " s.decided_by, s.position, s.failures, s.held_until, s.last_delivered_at, s.last_status, s.last_error, s.version,"
    " s.created_at, s.changed_at"
)
# Whoever adds, settles or takes back deliveries holds it: only so "first of its subject" stays true.
DELIVERIES_LOCK = text("SELECT pg_advisory_xact_lock(7160008)")
# Counting stops there: a console must not count a million waiting rows to say "many".
COUNTED_TO = 10_000

_SIZE = "(SELECT coalesce(max(position) + 1, 0) FROM ledger_entry)"
_INSERT = text(
    "INSERT INTO subscription AS s (id, client_id, name, mode, types, units, procedures, url, secret, state, position,"
    " created_at, changed_at) VALUES (:id, :client_id, :name, :mode, :types, :units, :procedures, :url, :secret, :state,"
    f" :position, :at, :at) RETURNING {COLUMNS}"
)
_ONE = text(f"SELECT {COLUMNS} FROM subscription s WHERE s.id = :id")
_LOCKED = text(f"SELECT {COLUMNS} FROM subscription s WHERE s.id = :id FOR UPDATE")
_STEP = text(
    "UPDATE subscription s SET state = :state, reason = :reason, legal_basis = coalesce(:legal_basis, legal_basis),"
    " decided_by = coalesce(:decided_by, decided_by), approved_on = coalesce(CAST(:approved_on AS date), approved_on),"
    " approved_until = coalesce(CAST(:approved_until AS date), approved_until),"
    " approved_fields = coalesce(CAST(:approved_fields AS text[]), approved_fields),"
    " failures = 0, held_until = NULL, version = version + 1, changed_at = :at"
    f" WHERE id = :id RETURNING {COLUMNS}"
)
_MOVE = text(
    "UPDATE subscription SET state = :target, reason = :reason, version = version + 1, changed_at = :at"
    " WHERE id = :id AND state = :origin"
)
_URL = text(
    "UPDATE subscription s SET url = :url, failures = 0, held_until = NULL, version = version + 1, changed_at = :at"
    f" WHERE id = :id RETURNING {COLUMNS}"
)
_SECRET = text(
    "UPDATE subscription s SET old_secret = secret, old_secret_until = now() + make_interval(hours => :hours),"
    f" secret = :secret, version = version + 1, changed_at = :at WHERE id = :id RETURNING {COLUMNS}"
)
_REWIND = text(
    "UPDATE subscription s SET position = :position, version = version + 1, changed_at = :at"
    f" WHERE id = :id RETURNING {COLUMNS}"
)
_TAKE_BACK = text("DELETE FROM delivery WHERE subscription_id = :id AND position >= :position")
_ACK = text(
    "UPDATE subscription s SET position = greatest(position, :position), last_delivered_at = now() WHERE id = :id"
    f" RETURNING {COLUMNS}"
)
_OPEN = text("SELECT count(*) FROM subscription WHERE client_id = :client_id AND state <> 'closed'")
_KNOWN_TYPES = text("SELECT type FROM event_type WHERE state = 'approved' AND type = ANY(:types)")
# recorded_at never falls with position, so the first entry since an instant is found by halving, whatever the ledger's size.
_SINCE = text(
    "WITH RECURSIVE halving (low, high) AS ("
    f" SELECT CAST(0 AS bigint), {_SIZE}"
    " UNION ALL SELECT CASE WHEN e.recorded_at < :since THEN (low + high) / 2 + 1 ELSE low END,"
    " CASE WHEN e.recorded_at < :since THEN high ELSE (low + high) / 2 END"
    " FROM halving JOIN ledger_entry e ON e.position = (low + high) / 2 WHERE low < high)"
    " SELECT low FROM halving WHERE low = high"
)
_OVERVIEW = (
    f"SELECT {COLUMNS}, ledger.size, w.waiting, w.failed, oldest.recorded_at AS oldest_at"
    f" FROM subscription s CROSS JOIN (SELECT {_SIZE} AS size) ledger"
    " CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,"
    " count(*) FILTER (WHERE state = 'failed') AS failed FROM (SELECT d.state FROM delivery d"
    " WHERE d.subscription_id = s.id AND d.state IN ('waiting', 'failed') LIMIT :counted_to) counted) w"
    " LEFT JOIN LATERAL (SELECT min(first_of.position) AS position FROM (SELECT d.position FROM delivery d"
    " WHERE d.subscription_id = s.id AND d.state = 'waiting' AND d.first LIMIT :counted_to) first_of) due ON true"
    " LEFT JOIN ledger_entry oldest ON oldest.position = coalesce(due.position, s.position)"
)
_OVERVIEW_OF = text(f"{_OVERVIEW} WHERE s.id = :id")
_OVERVIEWS = text(
    f"{_OVERVIEW} WHERE (CAST(:client_id AS text) IS NULL OR s.client_id = :client_id)"
    " AND (CAST(:state AS text) IS NULL OR s.state = :state) AND (CAST(:before AS uuid) IS NULL OR s.id < :before)"
    " ORDER BY s.id DESC LIMIT :limit"
)


@dataclass(frozen=True)
class SubscriptionRow:
    """A subscription as kept. Secrets are in it: it is never shown as it is."""

    id: UUID
    client_id: str
    name: str
    mode: Mode
    types: tuple[str, ...]
    units: tuple[str, ...] | None
    procedures: tuple[str, ...] | None
    url: str | None
    secret: str | None
    old_secret: str | None
    old_secret_until: datetime | None
    state: State
    reason: str | None
    legal_basis: str | None
    approved_on: date | None
    approved_until: date | None
    approved_fields: tuple[str, ...] | None
    decided_by: str | None
    position: int
    failures: int
    held_until: datetime | None
    last_delivered_at: datetime | None
    last_status: int | None
    last_error: str | None
    version: int
    created_at: datetime
    changed_at: datetime

    def __repr__(self) -> str:
        return f"SubscriptionRow({self.id}, {self.state})"

    @property
    def subscription(self) -> Subscription:
        """What deciding needs of it."""
        return Subscription(
            self.id, self.client_id, self.mode, self.filter, self.state, self.position, self.version, self.approval
        )

    @property
    def filter(self) -> Filter:
        """What it wants."""
        return Filter(frozenset(self.types), _set(self.units), _set(self.procedures))

    @property
    def approval(self) -> Approval | None:
        """The right an operator gave with it."""
        if self.approved_on is None:
            return None
        return Approval(self.approved_on, self.approved_until, _set(self.approved_fields))


@dataclass(frozen=True)
class Overview:
    """A subscription with how far behind it is.

    `waiting` and `failed` are its deliveries, counted to `COUNTED_TO`. `behind`: ledger entries it has not been held
    against yet (push) or its agency has not acknowledged (pull), wanted or not. `oldest_at`: when the oldest event
    that waits was recorded.
    """

    row: SubscriptionRow
    size: int
    waiting: int
    failed: int
    oldest_at: datetime | None

    @property
    def behind(self) -> int:
        """Entries of the ledger still to be looked at."""
        return max(self.size - self.row.position, 0)

    @property
    def lag_events(self) -> int:
        """Events (push: that wait; pull: at most) still to come to the agency."""
        return self.waiting + self.behind

    def lag_seconds(self, now: datetime) -> float:
        """How long the oldest of them has waited; `now` is the machine's time, as `recorded_at` is."""
        return (
            max((now - self.oldest_at).total_seconds(), 0.0) if self.oldest_at is not None and self.lag_events else 0.0
        )


def row_of(row: Any) -> SubscriptionRow:
    """A database row as ours; columns beyond `COLUMNS` are left."""
    values = row._mapping  # noqa: SLF001 - the public way to a row's names and values
    picked: dict[str, Any] = {name: values[name] for name in SubscriptionRow.__dataclass_fields__}
    for name in ("types", "units", "procedures", "approved_fields"):
        picked[name] = tuple(picked[name]) if picked[name] is not None else None
    return SubscriptionRow(**picked | {"mode": Mode(values["mode"]), "state": State(values["state"])})


async def insert(
    uow: UnitOfWork, subscription: Subscription, name: str, url: str | None, secret: str | None
) -> SubscriptionRow:
    """A new one."""
    wanted = subscription.filter
    row = await uow.execute(
        _INSERT,
        {
            "id": subscription.id, "client_id": subscription.client_id, "name": name, "mode": subscription.mode,
            "types": sorted(wanted.types), "units": _list(wanted.units), "procedures": _list(wanted.procedures),
            "url": url, "secret": secret, "state": subscription.state, "position": subscription.position, "at": uow.now,
        },
    )  # fmt: skip
    return row_of(row.one())


async def one(uow: UnitOfWork, subscription_id: UUID, *, lock: bool = False) -> SubscriptionRow | None:
    """By id; `lock` to change it."""
    row = (await uow.execute(_LOCKED if lock else _ONE, {"id": subscription_id})).one_or_none()
    return row_of(row) if row is not None else None


async def step(
    uow: UnitOfWork,
    subscription_id: UUID,
    state: State,
    *,
    reason: str | None = None,
    legal_basis: str | None = None,
    decided_by: str | None = None,
    approval: Approval | None = None,
) -> SubscriptionRow:
    """Bring it to a state."""
    changes = {
        "reason": reason, "legal_basis": legal_basis, "decided_by": decided_by,
        "approved_on": approval.on if approval else None, "approved_until": approval.until if approval else None,
        "approved_fields": _list(approval.fields) if approval else None,
    }  # fmt: skip
    row = await uow.execute(_STEP, {"id": subscription_id, "state": state, "at": uow.now} | changes)
    return row_of(row.one())


async def move(uow: UnitOfWork, subscription_id: UUID, origin: State, target: State, reason: str | None) -> None:
    """Bring it from one state to the next, if it is still in the first: a step nobody asked for."""
    parameters = {"id": subscription_id, "origin": origin, "target": target, "reason": reason, "at": uow.now}
    await uow.execute(_MOVE, parameters)


async def change_url(uow: UnitOfWork, subscription_id: UUID, url: str) -> SubscriptionRow:
    """Another address."""
    return row_of((await uow.execute(_URL, {"id": subscription_id, "url": url, "at": uow.now})).one())


async def change_secret(uow: UnitOfWork, subscription_id: UUID, secret: str, overlap_hours: int) -> SubscriptionRow:
    """A new secret; the one before signs beside it for a while."""
    parameters = {"id": subscription_id, "secret": secret, "hours": overlap_hours, "at": uow.now}
    return row_of((await uow.execute(_SECRET, parameters)).one())


async def rewind(uow: UnitOfWork, subscription_id: UUID, position: int) -> SubscriptionRow:
    """Go on from there; deliveries from there on are taken back, to be made again."""
    await uow.execute(_TAKE_BACK, {"id": subscription_id, "position": position})
    return row_of((await uow.execute(_REWIND, {"id": subscription_id, "position": position, "at": uow.now})).one())


async def acknowledge(uow: UnitOfWork, subscription_id: UUID, position: int) -> SubscriptionRow:
    """Everything before `position` has arrived; never backwards."""
    return row_of((await uow.execute(_ACK, {"id": subscription_id, "position": position})).one())


async def open_of(uow: UnitOfWork, client_id: str) -> int:
    """How many subscriptions a client has that are not closed."""
    number: int = (await uow.execute(_OPEN, {"client_id": client_id})).scalar_one()
    return number


async def known_types(uow: UnitOfWork, types: Iterable[str]) -> set[str]:
    """Those of the types that agencies own and that are approved."""
    return set((await uow.execute(_KNOWN_TYPES, {"types": list(types)})).scalars())


async def ledger_size(uow: UnitOfWork) -> int:
    """How many entries the ledger has."""
    size: int = (await uow.execute(text(f"SELECT {_SIZE}"))).scalar_one()
    return size


async def position_since(uow: UnitOfWork, since: datetime) -> int:
    """The first position recorded at or after an instant; the ledger's size where there is none."""
    position: int = (await uow.execute(_SINCE, {"since": since})).scalar_one()
    return position


async def overview_of(uow: UnitOfWork, subscription_id: UUID) -> Overview | None:
    """One subscription with its lag."""
    row = (await uow.execute(_OVERVIEW_OF, {"id": subscription_id, "counted_to": COUNTED_TO})).one_or_none()
    return _overview(row) if row is not None else None


async def subscription_overview(
    uow: UnitOfWork,
    *,
    client_id: str | None = None,
    state: State | None = None,
    before: UUID | None = None,
    limit: int = 200,
) -> list[Overview]:
    """Subscriptions with their lag, the newest first: one client's or all."""
    parameters = {"client_id": client_id, "state": state, "before": before, "limit": limit, "counted_to": COUNTED_TO}
    return [_overview(row) for row in await uow.execute(_OVERVIEWS, parameters)]


def _overview(row: Any) -> Overview:
    return Overview(row_of(row), row.size, row.waiting, row.failed, row.oldest_at)


def _set(values: Sequence[str] | None) -> frozenset[str] | None:
    return frozenset(values) if values is not None else None


def _list(values: Iterable[str] | None) -> list[str] | None:
    return sorted(values) if values is not None else None
