"""SQL of the register (sổ theo dõi): a batch at a time, from where the last one ended, and what stands beside a gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.codes import Channel, DossierStatus
from submission.domain.register import Line

_ENDED = f"{DossierStatus.REFUSED:d}, {DossierStatus.WITHDRAWN:d}, {DossierStatus.STOPPED:d}"
_EVERY_STATUS = ", ".join(f"({status:d})" for status in DossierStatus)

# The desk's index is by unit, status and time of receipt. The next codes come from it alone, status by status; only the
# batch itself is then read from the table.
_BATCH = text(f"""
SELECT d.code, d.owner, d.procedure, p.name AS procedure_name, d.applicant ->> 'full_name' AS applicant, d.received_at,
    d.due_at, d.status, d.finished_at, d.returned_at, d.channel, d.supplement_requests, d.clock_stopped_at, d.extended_at,
    CASE WHEN d.status IN ({_ENDED}) THEN (
        SELECT reason FROM history WHERE dossier_code = d.code ORDER BY version DESC LIMIT 1) END AS reason
FROM (
    SELECT next.code FROM (VALUES {_EVERY_STATUS}) AS wanted (status)
    CROSS JOIN LATERAL (
        SELECT code, received_at FROM dossiers
        WHERE unit = :unit AND status = wanted.status
            AND received_at >= :from AND received_at < :until AND (received_at, code) > (:at, :code)
        ORDER BY received_at, code LIMIT :limit) AS next
    ORDER BY next.received_at, next.code LIMIT :limit) AS batch
JOIN dossiers d ON d.code = batch.code
LEFT JOIN procedures p ON p.code = d.procedure AND p.version = d.procedure_version
ORDER BY d.received_at, d.code""")  # noqa: S608 - constants

# The number is the last part of a code, by every pattern there was. Neighbours are sought two days to either side too:
# numbers are drawn a moment before the time of receipt is written, and the last dossier before a quiet day is a neighbour.
_GAPS = text("""
WITH numbered AS (
    SELECT code, received_at, CAST(substring(code FROM '[0-9]+$') AS bigint) AS number FROM dossiers
    WHERE received_at >= CAST(:from AS timestamptz) - interval '2 days'
        AND received_at < CAST(:until AS timestamptz) + interval '2 days'),
neighbours AS (
    SELECT number, code, received_at, lead(number) OVER by_number AS next_number, lead(code) OVER by_number AS next_code
    FROM numbered WINDOW by_number AS (ORDER BY number))
SELECT number + 1 AS first, next_number - 1 AS last, code AS after, next_code AS before FROM neighbours
WHERE next_number > number + 1 AND number >= :number
    AND received_at >= :from AND received_at < :until
ORDER BY number LIMIT :rows""")


@dataclass(frozen=True, slots=True)
class Period:
    """Which part of which unit's register: from an instant to another, which is not in it."""

    unit: str
    start: datetime
    end: datetime


async def batch(uow: UnitOfWork, period: Period, after: tuple[datetime, str], limit: int) -> list[Line]:
    """The next lines, in order of receipt, behind `after` (received at, code)."""
    at, code = after
    parameters = {
        "unit": period.unit,
        "from": period.start,
        "until": period.end,
        "at": at,
        "code": code,
        "limit": limit,
    }
    return [_line(row) for row in await uow.execute(_BATCH, parameters)]


async def gaps(uow: UnitOfWork, start: datetime, end: datetime, *, from_number: int, limit: int) -> Sequence[Row[Any]]:
    """Runs of numbers that no dossier bears, behind one received in the period, and one more to tell that there are."""
    parameters = {"from": start, "until": end, "number": from_number, "rows": limit + 1}
    return (await uow.execute(_GAPS, parameters)).all()


def _line(row: Row[Any]) -> Line:
    return Line(
        code=row.code,
        owner=row.owner,
        procedure=row.procedure,
        procedure_name=row.procedure_name or "",
        applicant=row.applicant or "",
        received_at=row.received_at,
        due_at=row.due_at,
        status=DossierStatus(row.status),
        finished_at=row.finished_at,
        returned_at=row.returned_at,
        channel=Channel(row.channel),
        waits=row.supplement_requests,
        waiting_since=row.clock_stopped_at,
        extended_at=row.extended_at,
        reason=row.reason,
    )
