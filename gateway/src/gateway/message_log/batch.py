"""Commits one batch of what the exchange told: rows, records for the ledger, bodies, counts a minute. It waits for nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import UnitOfWork
from gateway.domain.exchange_record import BUCKETS, UNKNOWN, BodyKept, Kept, Outcome, bucket_of, clean, outcome_of
from gateway.exchange.record import Asked, Direction, Ended


@dataclass(frozen=True, slots=True)
class Begin:
    """An exchange is about to reach its provider. `record` is what is known of it, as JSON."""

    record: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a body."""

    request_id: UUID
    direction: Direction
    number: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """How an exchange ended. `record` is its canonical JSON, `note` the same, signed; None where it is only counted."""

    asked: Asked
    ended: Ended
    kept: Kept
    record: str | None = field(repr=False)
    note: bytes | None = field(repr=False)


Item = Begin | Piece | End

# Columns are read out of the very record that is signed: they cannot say anything else. (It is also the quickest way in:
# one array of texts costs the client a tenth of thirty arrays.)
_ASKED = {
    "request_id": ('"requestId" uuid', '"requestId"'),
    "message_id": ('"messageId" text', '"messageId"'),
    "method": ("method text", "method"),
    "client": ("client text", "client"),
    "service": ("service text", "service"),
    "provider": (None, "substring(service FROM '^(.*)/[^/]*$')"),
    "path": ("path text", "path"),
    "query": ("query text", "query"),
    "user_id": ('"userId" text', '"userId"'),
    "issue": ("issue text", "issue"),
    "represented_party": ('"representedParty" text', '"representedParty"'),
    "received_at": ('"receivedAt" timestamptz', '"receivedAt"'),
    "policy": ("policy text", "policy"),
    "grant_id": ('"grantId" uuid', '"grantId"'),
    "request_hash": ('"requestHash" text', '"requestHash"'),
}
_ENDED = {
    "ended_at": ('"endedAt" timestamptz', '"endedAt"'),
    "status": ("status integer", "status"),
    "error": ("error text", "error"),
    "denied": ("outcome text", "outcome = 'denied'"),
    "request_bytes": ('"requestBytes" bigint', '"requestBytes"'),
    "response_bytes": ('"responseBytes" bigint', '"responseBytes"'),
    "request_sha512": ('"requestSha512" text', """decode("requestSha512", 'base64')"""),
    "response_sha512": ('"responseSha512" text', """decode("responseSha512", 'base64')"""),
    "request_body": ('"requestBody" text', '"requestBody"'),
    "response_body": ('"responseBody" text', '"responseBody"'),
    "millis": ("millis bigint", "millis"),
    "upstream_millis": ('"upstreamMillis" bigint', '"upstreamMillis"'),
}


def _insert(state: str, columns: Mapping[str, tuple[str | None, str]], *, of: str) -> str:
    members = ", ".join(member for member, _ in columns.values() if member is not None)
    values = ", ".join(value for _, value in columns.values())
    return (
        f"INSERT INTO exchange (state, {', '.join(columns)}) SELECT '{state}', {values}"  # noqa: S608 - constants above
        f" FROM unnest(CAST(:{of} AS text[])) AS given(record),"
        f" jsonb_to_record(CAST(given.record AS jsonb)) AS said({members})"
    )


_BEGIN = f"{_insert('begun', _ASKED, of='begun')} ON CONFLICT (request_id) DO NOTHING"
# One that the worker took for dead and that ends after all is completed too; its first record stays in the ledger.
_COMPLETED = ", ".join(f"{name} = excluded.{name}" for name in ("state", "request_hash", *_ENDED))
_END = f"{_insert('ended', _ASKED | _ENDED, of='ended')} ON CONFLICT (request_id) DO UPDATE SET {_COMPLETED}"
_TO_SEAL = (
    "INSERT INTO exchange_unsealed (entry_id, request_id, sender, record)"
    " SELECT id, id, sender, note"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:senders AS text[]), CAST(:notes AS bytea[])) AS u(id, sender, note)"
)
_PIECES = (
    "INSERT INTO exchange_body (request_id, direction, number, data)"
    " SELECT * FROM unnest(CAST(:bodies AS uuid[]), CAST(:directions AS text[]), CAST(:numbers AS bigint[]),"
    " CAST(:data AS bytea[])) ON CONFLICT DO NOTHING"
)
_DROP_PIECES = text(
    "DELETE FROM exchange_body WHERE (request_id, direction) IN"
    " (SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:directions AS text[])))"
)
_COUNT = (
    "INSERT INTO exchange_minute AS m (minute, client, service, exchanges, errors, denied, request_bytes, response_bytes,"
    " millis, buckets)"
    " SELECT date_trunc('minute', minute), client, service, exchanges, errors, denied, request_bytes, response_bytes,"
    " millis, CAST(buckets AS bigint[])"
    " FROM unnest(CAST(:minutes AS timestamptz[]), CAST(:clients AS text[]), CAST(:services AS text[]),"
    " CAST(:exchanges AS bigint[]), CAST(:errors AS bigint[]), CAST(:denied AS bigint[]),"
    " CAST(:request_bytes AS bigint[]), CAST(:response_bytes AS bigint[]), CAST(:millis AS double precision[]),"
    " CAST(:buckets AS text[])) AS u(minute, client, service, exchanges, errors, denied, request_bytes, response_bytes,"
    " millis, buckets)"
    " ON CONFLICT (minute, client, service) DO UPDATE SET exchanges = m.exchanges + excluded.exchanges,"
    " errors = m.errors + excluded.errors, denied = m.denied + excluded.denied,"
    " request_bytes = m.request_bytes + excluded.request_bytes,"
    " response_bytes = m.response_bytes + excluded.response_bytes, millis = m.millis + excluded.millis,"
    " buckets = (SELECT array_agg(a + b ORDER BY place)"
    " FROM unnest(m.buckets, excluded.buckets) WITH ORDINALITY AS both_of(a, b, place))"
)
# One statement for everything a batch can hold: each of its own would be another round trip that exchanges wait for.
_ALL = f"WITH begun AS ({_BEGIN}), kept AS ({_PIECES}), ended AS ({_END}), to_seal AS ({_TO_SEAL}) {_COUNT}"


class NotTaken(Exception):
    """The database is there, and does not take what it was given."""


class _Prepared:
    """A statement for the driver itself, with the names of its parameters in their order.

    Measured: SQLAlchemy's layer around it took a third of the time of a batch of one, and so of an exchange on its own.
    """

    def __init__(self, statement: str) -> None:
        compiled = text(statement).compile(dialect=asyncpg.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy's
        self._sql = compiled.string
        self._names = compiled.positiontup or ()

    async def run(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> None:
        """Run it by itself: without BEGIN and COMMIT, two more round trips, one statement is a transaction all the same."""
        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await driver.execute(self._sql, *(parameters[name] for name in self._names))
        except (PostgresError, InterfaceError) as error:
            if not driver.is_closed():
                raise NotTaken from error
            await connection.invalidate()  # the pool cannot know, since it was not asked
            raise
        except OSError:
            await connection.invalidate()
            raise


_WRITE = _Prepared(_ALL)
_WRITE_BEGIN = _Prepared(_BEGIN)


async def write_batch(uow: UnitOfWork, items: Sequence[Item]) -> None:
    """Write all of it and commit."""
    begun = [item.record for item in items if isinstance(item, Begin)]
    pieces = [item for item in items if isinstance(item, Piece)]
    ends = [item for item in items if isinstance(item, End)]
    if not pieces and not ends:
        await _WRITE_BEGIN.run(uow.connection, {"begun": begun})
        return
    everything = {"begun": begun, **_bodies(pieces), **_ended(ends), **_counts(ends)}
    if too_large := _too_large(ends):
        ids, directions = zip(*too_large, strict=True)
        await uow.execute(text(_ALL), everything)
        await uow.execute(_DROP_PIECES, {"ids": list(ids), "directions": list(directions)})
        await uow.commit(None)
    else:
        await _WRITE.run(uow.connection, everything)


def _ended(ends: Sequence[End]) -> dict[str, Any]:
    logged = [end for end in ends if end.record is not None]
    return {
        "ended": [end.record for end in logged],
        "ids": [end.asked.request_id for end in logged],
        "senders": [clean(end.asked.client) or UNKNOWN for end in logged],
        "notes": [end.note for end in logged],
    }


def _too_large(ends: Sequence[End]) -> list[tuple[UUID, str]]:
    return [
        (end.asked.request_id, direction.value)
        for end in ends
        for direction, kept in ((Direction.REQUEST, end.kept.request), (Direction.RESPONSE, end.kept.response))
        if kept is BodyKept.TOO_LARGE
    ]


def _bodies(pieces: Sequence[Piece]) -> dict[str, Any]:
    return {
        "bodies": [piece.request_id for piece in pieces],
        "directions": [piece.direction.value for piece in pieces],
        "numbers": [piece.number for piece in pieces],
        "data": [piece.data for piece in pieces],
    }


@dataclass(slots=True)
class _Minute:
    exchanges: int = 0
    errors: int = 0
    denied: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    millis: float = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))

    def add(self, ended: Ended) -> None:
        self.exchanges += 1
        self.errors += ended.error is not None or ended.status >= 500
        self.denied += outcome_of(ended) is Outcome.DENIED
        self.request_bytes += ended.request_bytes
        self.response_bytes += ended.response_bytes
        self.millis += ended.millis
        self.buckets[bucket_of(ended.millis)] += 1


def _counts(ends: Sequence[End]) -> dict[str, Any]:
    minutes: dict[tuple[datetime, str, str], _Minute] = {}
    for end in ends:
        client, service = clean(end.asked.client) or UNKNOWN, _counted_service(end)
        minute = end.asked.received_at.replace(second=0, microsecond=0)
        minutes.setdefault((minute, client, service), _Minute()).add(end.ended)
    # Always in one order: two processes that count the same minutes must not wait for one another.
    keys = sorted(minutes)
    counts = [minutes[key] for key in keys]
    return {
        "minutes": [key[0] for key in keys],
        "clients": [key[1] for key in keys],
        "services": [key[2] for key in keys],
        "exchanges": [count.exchanges for count in counts],
        "errors": [count.errors for count in counts],
        "denied": [count.denied for count in counts],
        "request_bytes": [count.request_bytes for count in counts],
        "response_bytes": [count.response_bytes for count in counts],
        "millis": [count.millis for count in counts],
        "buckets": ["{" + ",".join(map(str, count.buckets)) + "}" for count in counts],
    }


def _counted_service(end: End) -> str:
    """A caller can make up names of services without end; those that are none are counted as one."""
    made_up = end.ended.error is not None and "unknown" in end.ended.error
    return UNKNOWN if made_up else clean(end.asked.service) or UNKNOWN


__all__ = ["Begin", "End", "Item", "NotTaken", "Piece", "write_batch"]
