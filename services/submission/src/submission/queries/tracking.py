"""SQL of what may be known of a dossier by its code and the secret on its slip: no personal data is read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from chassis.database import UnitOfWork
from contracts.codes import DossierStatus

_TRACK = text("""
SELECT tracking_secret, status, version, received_at, due_at, finished_at, returned_at, supplement_by
FROM dossiers WHERE code = :code""")


@dataclass(frozen=True, slots=True)
class Tracked:
    """A dossier as its slip shows it."""

    secret: str
    status: DossierStatus
    version: int
    received_at: datetime
    due_at: datetime
    finished_at: datetime | None
    returned_at: datetime | None
    supplement_by: datetime | None


async def track(uow: UnitOfWork, code: str) -> Tracked | None:
    """What stands behind a code."""
    row = (await uow.execute(_TRACK, {"code": code})).one_or_none()
    if row is None:
        return None
    return Tracked(
        row.tracking_secret,
        DossierStatus(row.status),
        row.version,
        row.received_at,
        row.due_at,
        row.finished_at,
        row.returned_at,
        row.supplement_by,
    )
