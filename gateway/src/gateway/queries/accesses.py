"""SQL of the copy of live dossiers and of the record of who saw whose data under /r1. It decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork

_KEEP = text(
    "INSERT INTO dossier_copy (code, version, live, concerns) VALUES (:code, :version, true, CAST(:concerns AS text[]))"
    " ON CONFLICT (code) DO NOTHING"
)
# A dossier may be heard to have ended before it is heard of: then it is not to come to life by late news.
_END = text(
    "INSERT INTO dossier_copy AS c (code, version, live) VALUES (:code, :version, false)"
    " ON CONFLICT (code) DO UPDATE SET live = false, concerns = '{}', version = greatest(c.version, excluded.version)"
)
_CONCERNS = text(
    "SELECT live, coalesce(CAST(:person AS text) = ANY(concerns), false) AS concerned FROM dossier_copy WHERE code = :code"
)
_NOTE = text(
    "INSERT INTO data_access (person, at, client, user_id, service, dossier, legal_basis, fields, request_id)"
    " VALUES (:person, :at, :client, :user_id, :service, :dossier, :legal_basis, CAST(:fields AS text[]), :request_id)"
)
_MINE = text(
    "SELECT position, at, client, user_id, service, dossier, legal_basis, fields, request_id FROM data_access"
    " WHERE person = :person AND position < :before ORDER BY position DESC LIMIT :limit"
)


@dataclass(frozen=True)
class Standing:
    """What a dossier gives a reason for: whether it is live, and whether it concerns the person asked about."""

    live: bool
    concerned: bool


@dataclass(frozen=True)
class Access:
    """One time a person's data was asked for over /r1. `fields` None: whatever the service shows."""

    person: str = field(repr=False)
    client: str
    user_id: str | None
    service: str
    dossier: str
    legal_basis: str
    fields: Sequence[str] | None
    request_id: UUID


@dataclass(frozen=True)
class SeenAccess:
    """An access as the person sees it."""

    position: int
    at: datetime
    client: str
    user_id: str | None
    service: str
    dossier: str
    legal_basis: str
    fields: Sequence[str] | None
    request_id: UUID


async def keep_dossier(uow: UnitOfWork, code: str, version: int, concerns: Sequence[str]) -> None:
    """A dossier lives; one that is known stays as it is."""
    await uow.execute(_KEEP, {"code": code, "version": version, "concerns": list(concerns)})


async def end_dossier(uow: UnitOfWork, code: str, version: int) -> None:
    """A dossier has ended: it gives no reason to read anything any more."""
    await uow.execute(_END, {"code": code, "version": version})


async def standing(uow: UnitOfWork, code: str, person: str | None = None) -> Standing | None:
    """How a dossier stands (towards a person, where one is named); None where it is not known."""
    row = (await uow.execute(_CONCERNS, {"code": code, "person": person})).one_or_none()
    return Standing(live=row.live, concerned=row.concerned) if row is not None else None


async def note(uow: UnitOfWork, access: Access) -> None:
    """Leave the trace of a read."""
    await uow.execute(
        _NOTE,
        {
            "person": access.person,
            "at": uow.now,
            "client": access.client,
            "user_id": access.user_id,
            "service": access.service,
            "dossier": access.dossier,
            "legal_basis": access.legal_basis,
            "fields": list(access.fields) if access.fields is not None else None,
            "request_id": access.request_id,
        },
    )


async def of_person(uow: UnitOfWork, person: str, *, before: int, limit: int) -> list[SeenAccess]:
    """Who saw this person's data, newest first, below a position."""
    rows = await uow.execute(_MINE, {"person": person, "before": before, "limit": limit})
    return [SeenAccess(**row) for row in rows.mappings()]
