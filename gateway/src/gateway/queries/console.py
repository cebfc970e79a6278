"""SQL of the console's overview, partners and adapters: small reads over what other parts of the room keep. It changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.database import UnitOfWork

# One row a client, a service or a pair of both, over a window; a histogram is added up place by place.
_TRAFFIC = """
WITH seen AS (
    SELECT {who} AS who, {whom} AS whom, exchanges, errors, denied, request_bytes, response_bytes, millis, buckets
    FROM exchange_minute WHERE minute > CAST(:now AS timestamptz) - make_interval(secs => :seconds) {only}),
totals AS (
    SELECT who, whom, sum(exchanges)::bigint AS exchanges, sum(errors)::bigint AS errors, sum(denied)::bigint AS denied,
        sum(request_bytes + response_bytes)::bigint AS bytes, sum(millis) AS millis
    FROM seen GROUP BY who, whom ORDER BY 3 DESC, who, whom LIMIT :most),
counted AS (
    SELECT who, whom, place, sum(number)::bigint AS number
    FROM seen JOIN totals USING (who, whom), unnest(buckets) WITH ORDINALITY AS bucket (number, place)
    GROUP BY who, whom, place),
histograms AS (SELECT who, whom, array_agg(number ORDER BY place) AS buckets FROM counted GROUP BY who, whom)
SELECT who, whom, t.exchanges, errors, denied, bytes, millis, coalesce(buckets, '{{}}') AS buckets
FROM totals t LEFT JOIN histograms USING (who, whom) ORDER BY t.exchanges DESC, who, whom
"""
_FLOWS = text(_TRAFFIC.format(who="client", whom="service", only=""))
_OF_PARTNER = text(
    _TRAFFIC.format(
        who="client", whom="service", only="AND (client = :partner OR starts_with(service, :partner || '/'))"
    )
)
_BY_CLIENT = text(_TRAFFIC.format(who="client", whom="''", only=""))
_STATE = text(
    """
SELECT (SELECT coalesce(max(position) + 1, 0) FROM ledger_entry) AS ledger_size,
    (SELECT size FROM ledger_checkpoint WHERE signed_at < now() - interval '1 hour' ORDER BY size DESC LIMIT 1) AS hour_ago,
    (SELECT size FROM ledger_checkpoint ORDER BY size DESC LIMIT 1) AS signed_size,
    (SELECT signed_at FROM ledger_checkpoint ORDER BY size DESC LIMIT 1) AS signed_at,
    (SELECT position FROM distributed) AS distributed,
    (SELECT count(*) FROM outbox) AS outbox,
    (SELECT min(recorded_at) FROM outbox) AS outbox_since,
    (SELECT count(*) FROM deferred WHERE state = 'waiting') AS deferred,
    (SELECT count(*) FROM deferred WHERE state = 'parked') AS parked,
    (SELECT count(*) FROM quarantine WHERE outcome IS NULL) AS quarantined,
    (SELECT count(*) FROM access_request WHERE state = 'waiting') AS requests,
    (SELECT count(*) FROM access_request WHERE state = 'waiting' AND answer_due_at < :now) AS overdue,
    (SELECT count(*) FROM subscription WHERE state = 'active') AS subscriptions,
    (SELECT count(*) FROM subscription WHERE state IN ('failing', 'suspended')) AS failing,
    (SELECT count(*) FROM delivery WHERE state = 'waiting') AS undelivered,
    now() AS machine_now
"""
)
_PARTNERS = text(
    "SELECT s.instance, s.member_class, s.member, s.code, s.name, s.client_id, s.state, m.name AS member_name,"
    " m.state AS member_state, s.contact, s.scopes"
    " FROM subsystem s JOIN member m ON (m.instance, m.member_class, m.code) = (s.instance, s.member_class, s.member)"
    " WHERE CAST(:one AS text) IS NULL OR s.instance || '/' || s.member_class || '/' || s.member || '/' || s.code = :one"
    " ORDER BY s.instance, s.member_class, s.member, s.code LIMIT :most"
)
_SERVICES = text(
    "SELECT code, title, upstream, state, log, personal, per_second, per_day FROM service"
    " WHERE instance || '/' || member_class || '/' || member || '/' || subsystem = :one ORDER BY code LIMIT 200"
)
_GRANTS = text(
    "SELECT g.instance || '/' || g.member_class || '/' || g.member || '/' || g.subsystem || '/' || g.service AS service,"
    " coalesce(g.to_group, g.to_instance || '/' || g.to_member_class || '/' || g.to_member || '/' || g.to_subsystem) AS holder,"
    " g.to_group IS NOT NULL AS for_group, g.method, g.path, g.valid_from, g.valid_to, g.legal_basis FROM access_grant g"
    " WHERE g.revoked_at IS NULL AND ("
    " g.instance || '/' || g.member_class || '/' || g.member || '/' || g.subsystem = :one"
    " OR g.to_instance || '/' || g.to_member_class || '/' || g.to_member || '/' || g.to_subsystem = :one"
    " OR g.to_group IN (SELECT group_name FROM partner_group_member"
    "   WHERE instance || '/' || member_class || '/' || member || '/' || subsystem = :one))"
    " ORDER BY 1, 2, g.valid_from LIMIT 200"
)
# Never the value: who looks here needs to know that it ends, not what it is.
_CREDENTIALS = text(
    "SELECT kind, name, valid_from, valid_to, revoked_at FROM credential WHERE client_id = :client_id"
    " ORDER BY revoked_at IS NOT NULL, valid_to NULLS LAST, created_at LIMIT 100"
)
_DENIALS = text(
    "SELECT received_at, method, service, path, status, error FROM exchange"
    " WHERE client = :one AND error IS NOT NULL ORDER BY request_id DESC LIMIT 20"
)
_ADAPTERS = text(
    "SELECT adapter, address, mode, state, failures, last_ok_at, last_failure_at, last_error, opened_at, calls, errors,"
    " millis, changed_at FROM adapter_health ORDER BY adapter, preference, address LIMIT 200"
)
_CASES = text(
    "SELECT kind, state, count(*) AS cases, min(taken_at) AS oldest, max(attempts) AS attempts FROM ministry_case"
    " WHERE state NOT IN ('ANSWERED', 'DECLINED', 'WITHDRAWN') GROUP BY kind, state ORDER BY kind, state"
)
_STUCK = text(
    "SELECT case_id, kind, state, dossier_code, attempts, next_attempt_at, last_error, taken_at FROM ministry_case"
    " WHERE state NOT IN ('ANSWERED', 'DECLINED', 'WITHDRAWN') AND last_error IS NOT NULL"
    " ORDER BY attempts DESC, taken_at LIMIT 50"
)


@dataclass(frozen=True)
class Traffic:
    """What passed between a client and a service in a window. `buckets` counts by duration (see the message log)."""

    who: str
    whom: str
    exchanges: int
    errors: int
    denied: int
    bytes: int
    millis: float
    buckets: Sequence[int]

    @property
    def failed(self) -> int:
        """Errors that are no denials: the log counts a denial as both."""
        return max(self.errors - self.denied, 0)


async def flows(uow: UnitOfWork, now: datetime, seconds: int, most: int) -> list[Traffic]:
    """Who called what since `seconds` ago, the busiest first."""
    return await _traffic(uow, _FLOWS, now, seconds, most)


async def flows_of(uow: UnitOfWork, partner: str, now: datetime, seconds: int, most: int) -> list[Traffic]:
    """Likewise, where this partner calls or is called."""
    return await _traffic(uow, _OF_PARTNER, now, seconds, most, partner=partner)


async def traffic_by_client(uow: UnitOfWork, now: datetime, seconds: int, most: int) -> dict[str, Traffic]:
    """What each client called, all services together."""
    return {row.who: row for row in await _traffic(uow, _BY_CLIENT, now, seconds, most)}


async def _traffic(uow: UnitOfWork, query: Any, now: datetime, seconds: int, most: int, **more: str) -> list[Traffic]:
    rows = await uow.execute(query, {"now": now, "seconds": seconds, "most": most, **more})
    return [Traffic(**row) for row in rows.mappings()]


async def state(uow: UnitOfWork, now: datetime) -> Any:
    """Where everything stands, in one statement. `now` is business time, by which requests fall due."""
    return (await uow.execute(_STATE, {"now": now})).one()


async def partners(uow: UnitOfWork, most: int, one: str | None = None) -> Sequence[Any]:
    """The subsystems, or one of them."""
    return (await uow.execute(_PARTNERS, {"most": most, "one": one})).all()


async def services(uow: UnitOfWork, one: str) -> Sequence[Any]:
    """What a partner provides."""
    return (await uow.execute(_SERVICES, {"one": one})).all()


async def grants(uow: UnitOfWork, one: str) -> Sequence[Any]:
    """The rights a partner has, by itself or by a group, and those to its services."""
    return (await uow.execute(_GRANTS, {"one": one})).all()


async def credentials(uow: UnitOfWork, client_id: str) -> Sequence[Any]:
    """What a partner proves itself with, and until when. No secrets."""
    return (await uow.execute(_CREDENTIALS, {"client_id": client_id})).all()


async def failures(uow: UnitOfWork, one: str) -> Sequence[Any]:
    """The latest calls of a partner that the gateway itself answered with an error."""
    return (await uow.execute(_DENIALS, {"one": one})).all()


async def adapters(uow: UnitOfWork) -> Sequence[Any]:
    """The ways to other sides and their breakers."""
    return (await uow.execute(_ADAPTERS)).all()


async def cases(uow: UnitOfWork) -> Sequence[Any]:
    """How many cases wait at ministries, by kind and state."""
    return (await uow.execute(_CASES)).all()


async def stuck_cases(uow: UnitOfWork) -> Sequence[Any]:
    """The cases whose last attempt failed, those tried most often first."""
    return (await uow.execute(_STUCK)).all()
