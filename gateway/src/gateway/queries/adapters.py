"""SQL of the health of the ways to other sides: written by whoever calls, read for operators. It decides nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from chassis.database import UnitOfWork

# Counts are what came since the last writing, so several processes add up; the rest is the last one's word.
_WRITE = text(
    "INSERT INTO adapter_health AS h (adapter, address, mode, preference, source, valid_from, valid_to, state, failures,"
    " last_ok_at, last_failure_at, last_error, opened_at, calls, errors, millis)"
    " SELECT adapter, address, mode, preference, source, valid_from, valid_to, state, failures,"
    " last_ok_at, last_failure_at, last_error, opened_at, calls, errors, millis"
    " FROM jsonb_to_recordset(CAST(:ways AS jsonb)) AS way(adapter text, address text, mode text, preference bigint,"
    " source text, valid_from date, valid_to date, state text, failures bigint, last_ok_at timestamptz,"
    " last_failure_at timestamptz, last_error text, opened_at timestamptz, calls bigint, errors bigint,"
    " millis double precision)"
    " ON CONFLICT (adapter, address) DO UPDATE SET mode = EXCLUDED.mode, preference = EXCLUDED.preference,"
    " source = EXCLUDED.source, valid_from = EXCLUDED.valid_from, valid_to = EXCLUDED.valid_to, state = EXCLUDED.state,"
    " failures = EXCLUDED.failures, last_ok_at = coalesce(EXCLUDED.last_ok_at, h.last_ok_at),"
    " last_failure_at = coalesce(EXCLUDED.last_failure_at, h.last_failure_at),"
    " last_error = coalesce(EXCLUDED.last_error, h.last_error), opened_at = EXCLUDED.opened_at,"
    " calls = h.calls + EXCLUDED.calls, errors = h.errors + EXCLUDED.errors, millis = h.millis + EXCLUDED.millis,"
    " changed_at = now()"
)
# A way that the settings no longer name is no way any more.
_FORGET = text("DELETE FROM adapter_health WHERE adapter = :adapter AND address <> ALL(:addresses)")
_HEALTH = text("SELECT * FROM adapter_health ORDER BY adapter, preference")


@dataclass(frozen=True)
class WayHealth:
    """How one way to another side stands."""

    adapter: str
    address: str
    mode: str
    preference: int
    source: str
    valid_from: date | None
    valid_to: date | None
    state: str
    failures: int
    last_ok_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    opened_at: datetime | None
    calls: int
    errors: int
    millis: float
    changed_at: datetime


async def write_health(uow: UnitOfWork, ways: Sequence[Mapping[str, Any]]) -> None:
    """Put down how these ways stand, adding to what was counted before."""
    await uow.execute(_WRITE, {"ways": json.dumps(ways, default=str)})


async def forget_ways(uow: UnitOfWork, adapter: str, addresses: Sequence[str]) -> None:
    """Forget the ways of an adapter that are none of these."""
    await uow.execute(_FORGET, {"adapter": adapter, "addresses": list(addresses)})


async def health(uow: UnitOfWork) -> list[WayHealth]:
    """Every way to every other side, the preferred one of each first."""
    return [WayHealth(**row) for row in (await uow.execute(_HEALTH)).mappings()]
