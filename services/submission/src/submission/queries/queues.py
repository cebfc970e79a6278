"""SQL of the desk's queues and their counts: the open dossiers of some units. No rule and no right lives here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.codes import DossierStatus
from submission.domain.queue import OPEN, RUNNING
from submission.queries.copies import units_of

# Word for word the condition of the partial indexes: with a parameter in its place PostgreSQL could not use them.
_OPEN = f"dossiers.status IN ({', '.join(str(status.value) for status in OPEN)})"
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)

MOST_COUNTED = 1000


class Sort(StrEnum):
    """By which time a queue is ordered, the earliest first."""

    DUE = "due"
    RECEIVED = "received"


class Held(StrEnum):
    """Whose dossiers a queue shows."""

    ANY = "any"
    NOBODY = "nobody"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class QueueWanted:
    """Which part of the queue: after `after` (time, code), at most `limit` and one to tell of more."""

    units: frozenset[str] | None
    statuses: Sequence[DossierStatus]
    limit: int
    sort: Sort = Sort.DUE
    held: Held = Held.ANY
    officer: str | None = None
    procedure: str | None = None
    due_after: datetime | None = None
    due_before: datetime | None = None
    after: tuple[datetime, str] | None = None


def _narrowed(sort: Sort) -> str:
    at = f"{sort}_at"
    return f"""{_OPEN} AND (dossiers.{at}, dossiers.code) > (:at, :code)
        AND dossiers.due_at >= :due_after AND dossiers.due_at < :due_before
        AND (CAST(:procedure AS text) IS NULL OR dossiers.procedure = :procedure)"""


def _of_units(sort: Sort, held: Held) -> str:
    """The first row of every unit and status straight from the index; then, of those lists that can matter, the first rows.

    Of all lists only as many as a page has rows can have a part in it: those with the earliest heads. So an officer who
    serves every unit costs a probe of the index for each, and no more.
    """
    at = f"{sort}_at"
    unclaimed = "AND dossiers.claimed_by IS NULL" if held is Held.NOBODY else ""

    def rows(of: str, status: str, limit: str) -> str:
        return f"""
        SELECT dossiers.code, dossiers.{at} AS at FROM dossiers
        WHERE dossiers.unit = {of} AND dossiers.status = {status} AND {_narrowed(sort)} {unclaimed}
        ORDER BY dossiers.{at}, dossiers.code LIMIT {limit}"""  # noqa: S608 - constants

    return f"""
    SELECT first.code, first.at
    FROM (
        SELECT desk.unit, wanted.status
        FROM unnest(CAST(:units AS text[])) AS desk (unit)
        CROSS JOIN unnest(CAST(:statuses AS smallint[])) AS wanted (status)
        CROSS JOIN LATERAL ({rows("desk.unit", "wanted.status", "1")}) AS head
        ORDER BY head.at, head.code LIMIT :limit) AS list
    CROSS JOIN LATERAL ({rows("list.unit", "list.status", ":limit")}) AS first
    ORDER BY first.at, first.code LIMIT :limit"""  # noqa: S608 - constants


def _of_officer(sort: Sort) -> str:
    """What one officer has in hand: an officer has few."""
    at = f"{sort}_at"
    return f"""
    SELECT dossiers.code, dossiers.{at} AS at FROM dossiers
    WHERE dossiers.claimed_by = :officer AND dossiers.unit = ANY(CAST(:units AS text[]))
        AND dossiers.status = ANY(CAST(:statuses AS smallint[])) AND {_narrowed(sort)}
    ORDER BY dossiers.{at}, dossiers.code LIMIT :limit"""  # noqa: S608 - constants


# A warning names the due time it was of: once that has moved, the warning is of the past.
_SHOWN = """
SELECT d.code, d.status, d.version, d.procedure, d.unit, d.channel, d.received_at, d.due_at, d.fee_state, d.claimed_by,
    d.clock_stopped_at, d.finished_at, chosen.at, ARRAY(
        SELECT kind FROM alerts WHERE alerts.dossier_code = d.code
            AND (about = d.due_at OR kind = 'check-late' AND about = d.check_from AND d.status = 1) ORDER BY kind) AS alerts
FROM ({chosen}) AS chosen JOIN dossiers AS d ON d.code = chosen.code ORDER BY chosen.at, chosen.code"""

_QUEUES = {
    (sort, held): text(
        _SHOWN.format(chosen=_of_officer(sort) if held is Held.OFFICER else _of_units(sort, held)),
    )
    for sort in Sort
    for held in Held
}

# Counting stops where a person stops caring. LIMIT ends the walk through the units too.
_COUNTS = text(f"""
SELECT wanted.status, counted.number, overdue.number AS overdue
FROM unnest(CAST(:statuses AS smallint[])) AS wanted (status)
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        SELECT FROM unnest(CAST(:units AS text[])) AS desk (unit) CROSS JOIN LATERAL (
            SELECT FROM dossiers WHERE dossiers.unit = desk.unit AND dossiers.status = wanted.status AND {_OPEN}
            LIMIT :most) AS one
        LIMIT :most) AS found) AS counted
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        SELECT FROM unnest(CAST(:units AS text[])) AS desk (unit) CROSS JOIN LATERAL (
            SELECT FROM dossiers WHERE dossiers.unit = desk.unit AND dossiers.status = wanted.status AND {_OPEN}
                AND dossiers.due_at < :now AND wanted.status = ANY(CAST(:running AS smallint[]))
            LIMIT :most) AS one
        LIMIT :most) AS found) AS overdue
ORDER BY wanted.status""")  # noqa: S608 - constants


async def queue(uow: UnitOfWork, wanted: QueueWanted) -> Sequence[Row[Any]]:
    """The dossiers of a queue, the earliest first, each with its alerts in force."""
    at, code = wanted.after or (_BEGINNING, "")
    parameters = {
        "units": await units_of(uow, wanted.units),
        "statuses": list(wanted.statuses),
        "at": at,
        "code": code,
        "due_after": wanted.due_after or _BEGINNING,
        "due_before": wanted.due_before or _END_OF_TIME,
        "procedure": wanted.procedure,
        "limit": wanted.limit + 1,
    }
    if wanted.held is Held.OFFICER:
        parameters["officer"] = wanted.officer
    return (await uow.execute(_QUEUES[wanted.sort, wanted.held], parameters)).all()


async def counts(uow: UnitOfWork, units: frozenset[str] | None, now: datetime) -> Sequence[Row[Any]]:
    """How many open dossiers there are of each status, and how many of them are overdue: counted up to MOST_COUNTED + 1.

    Overdue are counted where the clock runs: elsewhere one would have to look at every dossier that waits.
    """
    parameters = {
        "units": await units_of(uow, units),
        "statuses": list(OPEN),
        "running": list(RUNNING),
        "now": now,
        "most": MOST_COUNTED + 1,
    }
    return (await uow.execute(_COUNTS, parameters)).all()
