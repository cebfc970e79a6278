"""SQL of the console for what waits on people or on other sides: access requests with their clock, the portal. It changes nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork

_COLUMNS = (
    "r.id, r.kind, r.instance || '/' || r.member_class || '/' || r.member || '/' || r.subsystem AS subsystem, r.wanted,"
    " r.purpose, r.legal_basis, r.asked_by, r.asked_at, r.answer_due_at, r.answered_at, r.answered_by, r.state, r.reason,"
    " r.refusal_legal_basis, r.version, m.name AS member_name"
)
_FROM = (
    "FROM access_request r LEFT JOIN member m"
    " ON (m.instance, m.member_class, m.code) = (r.instance, r.member_class, r.member)"
)
_WAITING = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE (r.state <> 'waiting') = false ORDER BY r.answer_due_at, r.id LIMIT 200"
)
_ANSWERED = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE (r.state <> 'waiting') = true ORDER BY r.answer_due_at DESC, r.id DESC LIMIT 50"
)
_ONE = text(f"SELECT {_COLUMNS} {_FROM} WHERE r.id = :id")
_PORTAL = text(
    "SELECT state, count(*) AS dossiers, min(changed_since) AS since, max(attempts) AS attempts FROM portal_dossier"
    " WHERE state <> 'SYNCED' GROUP BY state ORDER BY state"
)
_RECONCILED = text(
    "SELECT day, state, asked, missing, stale, mended, failed, started_at, finished_at, last_error"
    " FROM portal_reconciliation ORDER BY started_at DESC, id DESC LIMIT 5"
)


async def waiting_requests(uow: UnitOfWork) -> Sequence[Any]:
    """Requests that wait for an answer, those due first."""
    return (await uow.execute(_WAITING)).all()


async def answered_requests(uow: UnitOfWork) -> Sequence[Any]:
    """The requests answered last."""
    return (await uow.execute(_ANSWERED)).all()


async def access_request(uow: UnitOfWork, request_id: UUID) -> Any | None:
    """One request."""
    return (await uow.execute(_ONE, {"id": request_id})).one_or_none()


async def portal(uow: UnitOfWork) -> Sequence[Any]:
    """What the national portal has not been told yet, by state."""
    return (await uow.execute(_PORTAL)).all()


async def reconciliations(uow: UnitOfWork) -> Sequence[Any]:
    """The latest comparisons with the portal."""
    return (await uow.execute(_RECONCILED)).all()
