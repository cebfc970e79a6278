"""SQL of what changed, in the order of the changes: for callers that keep a copy. No personal data is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork

# A change carries the time of its statement and is seen only after its commit, so a younger one may be seen first. What
# still runs began before whatever it will show: up to the beginning of the oldest transaction nothing more can come. Our
# own is among them, so one that begins meanwhile is younger too. A statement of its own, before the rows are read: its
# snapshot must be older than theirs. Sessions of other database roles are not seen; none of them writes dossiers.
_SETTLED = text("SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database()")

_ROW = (
    "code, status, version, procedure, case_code, unit, channel, received_at, due_at, finished_at, returned_at,"
    " fee_state, changed_at"
)
# At most so many rows are looked through, whatever the filters leave of them: the cursor goes on from the last one.
_CHANGES = text(f"""
WITH through AS MATERIALIZED (
    SELECT {_ROW} FROM dossiers
    WHERE (changed_at, code) > (:at, :code) AND changed_at < :settled
    ORDER BY changed_at, code LIMIT :through),
last AS (SELECT changed_at, code FROM through ORDER BY changed_at DESC, code DESC LIMIT 1)
SELECT found.*, (SELECT count(*) FROM through) AS seen, last.changed_at AS last_at, last.code AS last_code
FROM last LEFT JOIN LATERAL (
    SELECT * FROM through
    WHERE (CAST(:procedure AS text) IS NULL OR procedure = :procedure)
        AND (CAST(:unit AS text) IS NULL OR unit = :unit)
        AND (CAST(:status AS smallint) IS NULL OR status = :status)
        AND (CAST(:channel AS smallint) IS NULL OR channel = :channel)
        AND (CAST(:received_from AS timestamptz) IS NULL OR received_at >= :received_from)
        AND (CAST(:received_until AS timestamptz) IS NULL OR received_at < :received_until)
    ORDER BY changed_at, code LIMIT :limit) AS found ON true
ORDER BY found.changed_at, found.code""")  # noqa: S608 - constants

MOST_THROUGH = 5000
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes: those after `after` (changed at, code) of dossiers that meet every condition that is given.

    `received_from` and `received_until` bound the time of receipt; the second is not included.
    """

    after: tuple[datetime, str]
    limit: int
    procedure: str | None = None
    unit: str | None = None
    status: int | None = None
    channel: int | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows in the order of their changes, how far they reach, and whether there is more already."""

    rows: Sequence[Row[Any]]
    reached: tuple[datetime, str]
    more: bool


async def changes(uow: UnitOfWork, wanted: Wanted, *, through: int = MOST_THROUGH) -> Changes:
    """The next changes that are settled: nothing that comes later will have an earlier place. Two statements.

    `through`: how many rows are looked at, at most, before the caller is told to go on.
    """
    settled = (await uow.execute(_SETTLED)).scalar_one()
    at, code = wanted.after
    parameters = {
        "settled": settled,
        "at": at,
        "code": code,
        "through": through,
        "limit": wanted.limit,
        "procedure": wanted.procedure,
        "unit": wanted.unit,
        "status": wanted.status,
        "channel": wanted.channel,
        "received_from": wanted.received_from,
        "received_until": wanted.received_until,
    }
    found = (await uow.execute(_CHANGES, parameters)).all()
    if not found:
        return Changes((), wanted.after, more=False)
    rows = [row for row in found if row.code is not None]
    if len(rows) == wanted.limit:
        return Changes(rows, (rows[-1].changed_at, rows[-1].code), more=True)
    return Changes(rows, (found[0].last_at, found[0].last_code), more=found[0].seen == through)
