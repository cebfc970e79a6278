"""SQL of the reconciliations with the national portal: begun, claimed with a lease, advanced page by page. It decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import UnitOfWork

_BEGIN = text(
    "INSERT INTO portal_reconciliation (id, asked_by, day, since, until, started_at)"
    " VALUES (:id, :asked_by, :day, :since, :until, :now) ON CONFLICT (day) DO NOTHING RETURNING *"
)
_CLAIM = (
    "UPDATE portal_reconciliation SET claims = claims + 1, attempts = attempts + 1,"
    " next_attempt_at = now() + make_interval(secs => :lease)"
    " WHERE id = (SELECT id FROM portal_reconciliation WHERE state = 'RUNNING' AND next_attempt_at <= now(){which}"
    " ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING id, since, until, at_time, at_code, claims, attempts"
)
_CLAIM_ANY, _CLAIM_ONE = text(_CLAIM.format(which="")), text(_CLAIM.format(which=" AND id = :id"))
_ADVANCE = text(
    "UPDATE portal_reconciliation SET at_time = :at_time, at_code = :at_code, asked = asked + :asked,"
    " missing = missing + :missing, stale = stale + :stale, mended = mended + :mended, failed = failed + :failed,"
    " attempts = 0, last_error = NULL, next_attempt_at = now(),"
    " state = CASE WHEN :done THEN 'DONE' ELSE state END,"
    " finished_at = CASE WHEN :done THEN CAST(:now AS timestamptz) END"
    " WHERE id = :id AND claims = :claims AND state = 'RUNNING'"
)
_POSTPONE = text(
    "UPDATE portal_reconciliation SET next_attempt_at = now() + make_interval(secs => :pause), last_error = :reason"
    " WHERE id = :id AND claims = :claims AND state = 'RUNNING'"
)
_LIST = "SELECT * FROM portal_reconciliation{which} ORDER BY started_at DESC, id DESC LIMIT :most"  # the latest first
_LATEST, _BEFORE = text(_LIST.format(which="")), text(_LIST.format(which=" WHERE (started_at, id) < (:at, :id)"))
_ONE = text("SELECT * FROM portal_reconciliation WHERE id = :id")


@dataclass(frozen=True)
class Run:
    """A reconciliation this process has the lease of, and the dossier it came to."""

    id: UUID
    since: datetime
    until: datetime
    at_time: datetime | None
    at_code: str | None
    claims: int
    attempts: int


@dataclass(frozen=True)
class Found:
    """What one page of dossiers came to."""

    asked: int = 0
    missing: int = 0
    stale: int = 0
    mended: int = 0
    failed: int = 0


async def begin(
    uow: UnitOfWork, run_id: UUID, asked_by: str, since: datetime, *, day: date | None = None
) -> Row[Any] | None:
    """A reconciliation of what moved since; None if that day's own was begun already."""
    parameters = {"id": run_id, "asked_by": asked_by, "day": day, "since": since, "until": uow.now, "now": uow.now}
    return (await uow.execute(_BEGIN, parameters)).one_or_none()


async def claim(uow: UnitOfWork, lease_seconds: float, run_id: UUID | None = None) -> Run | None:
    """A reconciliation that is due (that one, if an id is given), ours for `lease_seconds`."""
    if run_id is None:
        row = (await uow.execute(_CLAIM_ANY, {"lease": lease_seconds})).one_or_none()
    else:
        row = (await uow.execute(_CLAIM_ONE, {"lease": lease_seconds, "id": run_id})).one_or_none()
    if row is None:
        return None
    return Run(row.id, row.since, row.until, row.at_time, row.at_code, row.claims, row.attempts)


async def advance(uow: UnitOfWork, run: Run, found: Found, at: tuple[datetime, str] | None, *, done: bool) -> None:
    """Count a page, and go on behind it."""
    at_time, at_code = at or (run.at_time, run.at_code)
    counts = {
        "asked": found.asked, "missing": found.missing, "stale": found.stale, "mended": found.mended,
        "failed": found.failed,
    }  # fmt: skip
    place = {"id": run.id, "claims": run.claims, "at_time": at_time, "at_code": at_code, "done": done, "now": uow.now}
    await uow.execute(_ADVANCE, counts | place)


async def postpone(uow: UnitOfWork, run: Run, pause_seconds: float, reason: str) -> None:
    """The portal was out of reach: the same page again after the pause."""
    await uow.execute(_POSTPONE, {"id": run.id, "claims": run.claims, "pause": pause_seconds, "reason": reason})


async def list_runs(uow: UnitOfWork, before: tuple[datetime, UUID] | None, most: int) -> Sequence[Row[Any]]:
    """Reconciliations, the latest first."""
    if before is None:
        return (await uow.execute(_LATEST, {"most": most})).all()
    return (await uow.execute(_BEFORE, {"most": most, "at": before[0], "id": before[1]})).all()


async def one_run(uow: UnitOfWork, run_id: UUID) -> Row[Any] | None:
    """One reconciliation."""
    return (await uow.execute(_ONE, {"id": run_id})).one_or_none()
