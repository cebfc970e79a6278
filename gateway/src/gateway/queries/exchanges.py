"""SQL of the message log as the API reads it. It decides nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork

_COLUMNS = (
    "request_id, state, message_id, method, client, service, provider, path, query, user_id, issue, represented_party,"
    " received_at, policy, grant_id, request_hash, ended_at, status, error, denied, request_bytes, response_bytes,"
    " request_sha512, response_sha512, request_body, response_body, millis, upstream_millis"
)
_CONDITIONS = {
    "before": "request_id < :before",
    "client": "client = :client",
    "provider": "provider = :provider",
    "service": "service = :service",
    "status": "status = :status",
    "denied": "denied = :denied",
}
_ONE = text(f"SELECT {_COLUMNS} FROM exchange WHERE request_id = :request_id")  # noqa: S608 - constants
_BODY = text("SELECT direction, data FROM exchange_body WHERE request_id = :request_id ORDER BY direction, number")


@dataclass(frozen=True)
class ExchangeRow:
    """One exchange as it stands in the log."""

    request_id: UUID
    state: str
    message_id: str
    method: str
    client: str | None
    service: str | None
    provider: str | None
    path: str
    query: str
    user_id: str | None
    issue: str | None
    represented_party: str | None
    received_at: datetime
    policy: str
    grant_id: UUID | None
    request_hash: str | None
    ended_at: datetime | None
    status: int | None
    error: str | None
    denied: bool
    request_bytes: int | None
    response_bytes: int | None
    request_sha512: bytes | None
    response_sha512: bytes | None
    request_body: str | None
    response_body: str | None
    millis: int | None
    upstream_millis: int | None


@dataclass(frozen=True)
class Wanted:
    """Which exchanges. `party` None: everybody's; else those it is client or provider of."""

    party: str | None = None
    before: UUID | None = None
    client: str | None = None
    service: str | None = None
    status: int | None = None
    denied: bool | None = None


async def exchanges(uow: UnitOfWork, wanted: Wanted, limit: int) -> list[ExchangeRow]:
    """The latest first."""
    given = {
        "before": wanted.before,
        "client": wanted.client,
        "service": wanted.service,
        "provider": wanted.service.rpartition("/")[0] if wanted.service is not None else None,
        "status": wanted.status,
        "denied": wanted.denied,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if wanted.party is None:
        query = _select(list(given))
    else:
        # Two walks along an index each, instead of one through everybody's exchanges.
        query = f"({_select(list(given), 'client = :party')}) UNION ({_select(list(given), 'provider = :party')})"
        query += " ORDER BY request_id DESC LIMIT :limit"
    rows = await uow.execute(text(query), given | {"limit": limit, "party": wanted.party})
    return [ExchangeRow(**row) for row in rows.mappings()]


def _select(names: list[str], *more: str) -> str:
    conditions = " AND ".join([*(_CONDITIONS[name] for name in names), *more]) or "true"
    return f"SELECT {_COLUMNS} FROM exchange WHERE {conditions} ORDER BY request_id DESC LIMIT :limit"  # noqa: S608 - constants


async def exchange(uow: UnitOfWork, request_id: UUID) -> ExchangeRow | None:
    """One exchange."""
    row = (await uow.execute(_ONE, {"request_id": request_id})).mappings().one_or_none()
    return ExchangeRow(**row) if row is not None else None


async def bodies(uow: UnitOfWork, request_id: UUID) -> dict[str, bytes]:
    """The bodies that are kept of an exchange, by direction."""
    found: dict[str, bytearray] = {}
    for row in await uow.execute(_BODY, {"request_id": request_id}):
        found.setdefault(row.direction, bytearray()).extend(row.data)
    return {direction: bytes(body) for direction, body in found.items()}
