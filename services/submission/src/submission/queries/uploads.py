"""SQL of uploads, their parts, and the files they become. One statement a function; no rule and no right lives here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.catalog import Component
from submission.domain.upload import Described, Part, Upload, UploadState
from submission.queries.copies import LATEST_VERSION

_UPLOAD = "id, holder, state, length, received, name, declared_type, created_at, expires_at, refusal, file_id"

# Counted and added in one statement: of many begun at once a few may pass the bound, and that harms nobody.
_CREATE = text("""
INSERT INTO uploads (
    id, holder, state, length, name, declared_type, procedure, component, from_national_store, created_at, expires_at)
SELECT :id, :holder, 'receiving', :length, :name, :declared_type, :procedure, :component, :national, :now, :expires_at
WHERE (SELECT count(*) FROM uploads WHERE holder = :holder AND used_at IS NULL AND state <> 'refused' AND expires_at > :now)
    < :most
RETURNING id""")

_FIND = text(f"SELECT {_UPLOAD} FROM uploads WHERE id = :id AND holder = :holder AND expires_at > :now")  # noqa: S608 - constants
_BY_ID = text(f"SELECT {_UPLOAD} FROM uploads WHERE id = :id")  # noqa: S608 - constants

# Only who found the upload where it still stands moves it on: of two writers at the same place one wins.
_ADVANCE = text("""
WITH moved AS (
    UPDATE uploads
    SET received = :new, expires_at = :expires_at,
        state = CASE WHEN :new = length THEN 'scanning' ELSE state END,
        checked_again_at = clock_timestamp() + make_interval(secs => :again_after)
    WHERE id = :id AND received = :old AND state = 'receiving' AND :new <= length
    RETURNING id)
INSERT INTO upload_parts (upload_id, start, size, storage_key)
SELECT moved.id, part.* FROM moved, unnest(
    CAST(:starts AS bigint[]), CAST(:sizes AS bigint[]), CAST(:keys AS text[])) AS part
RETURNING upload_id""")

_PARTS = text("SELECT start, size, storage_key FROM upload_parts WHERE upload_id = :id ORDER BY start")

_STORED = text("SELECT id, scan FROM files WHERE holder = :holder AND sha256 = :sha256")

_KEEP = text("""
INSERT INTO files (id, holder, sha256, size, media_type, scan, storage_key, stored_at)
VALUES (:id, :holder, :sha256, :size, :media_type, :scan, :storage_key, :now)
ON CONFLICT (holder, sha256) DO UPDATE
SET scan = CASE WHEN files.scan = 'clean' THEN files.scan ELSE excluded.scan END
RETURNING id, storage_key""")

_READY = text("""
UPDATE uploads SET state = 'ready', file_id = :file, name = :name WHERE id = :id AND state = 'scanning' RETURNING id""")
_REFUSE = text("""
UPDATE uploads SET state = 'refused', refusal = :refusal WHERE id = :id AND state = 'scanning' RETURNING id""")
_DROP_PARTS = text("DELETE FROM upload_parts WHERE upload_id = :id RETURNING storage_key")

# Taken with a lock that is passed over and moved on: of two workers each takes others, and a killed one's come again.
_CLAIM = text(f"""
UPDATE uploads SET checked_again_at = clock_timestamp() + make_interval(secs => :again_after)
WHERE id IN (
    SELECT id FROM uploads WHERE state = 'scanning' AND checked_again_at <= clock_timestamp()
    ORDER BY checked_again_at LIMIT :most FOR UPDATE SKIP LOCKED)
RETURNING {_UPLOAD}""")  # noqa: S608 - constants

_DELETE = text("""
WITH parts AS (DELETE FROM upload_parts WHERE upload_id = ANY(CAST(:ids AS uuid[])) RETURNING storage_key),
gone AS (DELETE FROM uploads WHERE id = ANY(CAST(:ids AS uuid[])))
SELECT storage_key FROM parts""")
_HOLD = text("SELECT used_at IS NOT NULL FROM uploads WHERE id = :id AND holder = :holder FOR UPDATE")

_EXPIRED = text("""
SELECT id FROM uploads WHERE expires_at <= :now ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED""")

_UNUSED_FILES = text("""
DELETE FROM files WHERE id IN (
    SELECT id FROM files f
    WHERE NOT EXISTS (SELECT FROM uploads WHERE file_id = f.id) AND NOT EXISTS (SELECT FROM attachments WHERE file_id = f.id)
    LIMIT :most FOR UPDATE SKIP LOCKED)
RETURNING storage_key""")

_UNKNOWN_KEYS = text("""
SELECT key FROM unnest(CAST(:keys AS text[])) AS stored (key)
WHERE NOT EXISTS (SELECT FROM upload_parts WHERE storage_key = key) AND NOT EXISTS (SELECT FROM files WHERE storage_key = key)""")

_COMPONENT = text(f"""
SELECT p.code, c.component FROM (SELECT 1) AS one
LEFT JOIN LATERAL (SELECT * FROM ({LATEST_VERSION}) AS latest WHERE coalesce(last_day >= :day, true)) AS p ON true
LEFT JOIN LATERAL (
    SELECT component FROM jsonb_array_elements(p.content -> 'components') AS component
    WHERE component ->> 'code' = :component) AS c ON true""")  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is stored; `storage_key` may be another's than the one just written, if they came at once."""

    id: UUID
    storage_key: str


async def create(
    uow: UnitOfWork, upload: UUID, holder: str, length: int, described: Described, *, expires_at: datetime, most: int
) -> bool:
    """A new upload; False if its holder has `most` open ones already."""
    rows = await uow.execute(
        _CREATE,
        {
            "id": upload,
            "holder": holder,
            "length": length,
            "name": described.name,
            "declared_type": described.declared_type,
            "procedure": described.procedure,
            "component": described.component,
            "national": described.source is not None,
            "now": uow.now,
            "expires_at": expires_at,
            "most": most,
        },
    )
    return rows.first() is not None


async def find(uow: UnitOfWork, upload: UUID, holder: str) -> Upload | None:
    """The upload, if it is that holder's and has not expired."""
    row = (await uow.execute(_FIND, {"id": upload, "holder": holder, "now": uow.now})).one_or_none()
    return _upload(row) if row is not None else None


async def by_id(uow: UnitOfWork, upload: UUID) -> Upload | None:
    """The upload, whosever it is."""
    row = (await uow.execute(_BY_ID, {"id": upload})).one_or_none()
    return _upload(row) if row is not None else None


async def advance(
    uow: UnitOfWork, upload: UUID, old: int, parts: Sequence[Part], *, expires_at: datetime, again_after: float
) -> bool:
    """These parts have come, from `old` on; False, and nothing is changed, if the upload no longer stands there."""
    rows = await uow.execute(
        _ADVANCE,
        {
            "id": upload,
            "old": old,
            "new": old + sum(part.size for part in parts),
            "expires_at": expires_at,
            "again_after": again_after,
            "starts": [part.start for part in parts],
            "sizes": [part.size for part in parts],
            "keys": [part.storage_key for part in parts],
        },
    )
    return rows.first() is not None


async def parts_of(uow: UnitOfWork, upload: UUID) -> list[Part]:
    """What has come, in order."""
    return [Part(row.start, row.size, row.storage_key) for row in await uow.execute(_PARTS, {"id": upload})]


async def stored(uow: UnitOfWork, holder: str, sha256: str) -> tuple[UUID, str] | None:
    """The file with this content that the holder has already, and what its scan said."""
    row = (await uow.execute(_STORED, {"holder": holder, "sha256": sha256})).one_or_none()
    return (row.id, row.scan) if row is not None else None


async def keep(
    uow: UnitOfWork, file: UUID, holder: str, *, sha256: str, size: int, media_type: str, scan: str, storage_key: str
) -> Kept:
    """The file as stored: this one, or the one that the holder has of the same content."""
    row = (
        await uow.execute(
            _KEEP,
            {
                "id": file,
                "holder": holder,
                "sha256": sha256,
                "size": size,
                "media_type": media_type,
                "scan": scan,
                "storage_key": storage_key,
                "now": uow.now,
            },
        )
    ).one()
    return Kept(row.id, row.storage_key)


async def ready(uow: UnitOfWork, upload: UUID, file: UUID, name: str) -> bool:
    """The upload can be used; False if another has said what became of it."""
    return (await uow.execute(_READY, {"id": upload, "file": file, "name": name})).first() is not None


async def refuse(uow: UnitOfWork, upload: UUID, refusal: str) -> bool:
    """The upload is refused; False if another has said what became of it."""
    return (await uow.execute(_REFUSE, {"id": upload, "refusal": refusal})).first() is not None


async def drop_parts(uow: UnitOfWork, upload: UUID) -> list[str]:
    """Its parts are no longer needed; gives where they are kept."""
    return list((await uow.execute(_DROP_PARTS, {"id": upload})).scalars())


async def claim_unchecked(uow: UnitOfWork, *, most: int, again_after: float) -> list[Upload]:
    """Uploads whose check is due (again); nobody else gets them for `again_after` seconds."""
    return [_upload(row) for row in await uow.execute(_CLAIM, {"most": most, "again_after": again_after})]


async def hold(uow: UnitOfWork, upload: UUID, holder: str) -> bool | None:
    """Whether the upload is in a dossier, held until this transaction ends; None if there is none."""
    return (await uow.execute(_HOLD, {"id": upload, "holder": holder})).scalar_one_or_none()


async def delete(uow: UnitOfWork, ids: Sequence[UUID]) -> list[str]:
    """These uploads are gone; gives where their parts are kept. Files they became are `take_unused_files`'s."""
    return list((await uow.execute(_DELETE, {"ids": list(ids)})).scalars())


async def expired(uow: UnitOfWork, most: int) -> list[UUID]:
    """Uploads whose time is over, held until this transaction ends."""
    return list((await uow.execute(_EXPIRED, {"now": uow.now, "most": most})).scalars())


async def take_unused_files(uow: UnitOfWork, most: int) -> list[str]:
    """Forget files that nothing refers to; gives where they are kept."""
    return list((await uow.execute(_UNUSED_FILES, {"most": most})).scalars())


async def unknown_keys(uow: UnitOfWork, keys: Sequence[str]) -> list[str]:
    """Those under which nothing is kept that we know of."""
    return list((await uow.execute(_UNKNOWN_KEYS, {"keys": list(keys)})).scalars())


async def component(uow: UnitOfWork, procedure: str, code: str, day: date) -> tuple[bool, Component | None]:
    """Whether the procedure is in force that day, and its component of that code."""
    row = (await uow.execute(_COMPONENT, {"procedure": procedure, "component": code, "day": day})).one()
    return row.code is not None, Component.model_validate(row.component) if row.component else None


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        row.id,
        row.holder,
        UploadState(row.state),
        row.length,
        row.received,
        row.name,
        row.declared_type,
        row.created_at,
        row.expires_at,
        row.refusal,
        row.file_id,
    )
