"""SQL of the papers in dossiers, and of the owner's store that they make up. No rule and no right lives here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.codes import DossierStatus
from contracts.submission import ComponentCounts
from submission.domain.attachment import Attachment, Found
from submission.domain.dossier import Actor, ActorKind
from submission.domain.upload import UploadState

_CLOSED = f"{DossierStatus.FINISHED:d}, {DossierStatus.RETURNED:d}"
"""Statuses whose papers belong to the owner's store (kho dữ liệu): the city has looked at them and acted on them."""

_ATTACHMENT = """
    a.id, a.dossier_code, a.component, a.is_result, a.file_id, a.name, a.reused, a.from_national_store, a.digitised_by,
    a.added_at, a.added_by_kind, a.added_by, f.media_type, f.size, f.sha256, f.scan, f.storage_key
FROM attachments a JOIN files f ON f.id = a.file_id"""

# One statement for all that is wanted, whatever its kind, and for what is there. The uploads are held until this
# transaction ends: of two dossiers that want the same one, the second sees it used.
_LOOK_UP = text(f"""
WITH mine AS (
    SELECT id, name, state, from_national_store, used_at, file_id FROM uploads
    WHERE id = ANY(CAST(:uploads AS uuid[])) AND holder = :holder AND expires_at > :now
    ORDER BY id FOR UPDATE)
SELECT 'upload' AS what, u.id, u.name, u.state, u.from_national_store, u.used_at IS NOT NULL AS used,
    f.id AS file_id, f.media_type, f.size, CAST(NULL AS text) AS component, CAST(NULL AS boolean) AS reused
FROM mine u LEFT JOIN files f ON f.id = u.file_id
UNION ALL
SELECT 'document', a.id, a.name, NULL, a.from_national_store, false, f.id, f.media_type, f.size, NULL, NULL
FROM attachments a JOIN dossiers d ON d.code = a.dossier_code JOIN files f ON f.id = a.file_id
WHERE a.id = ANY(CAST(:documents AS uuid[])) AND d.owner = :owner AND d.status IN ({_CLOSED})
    AND a.removed_at IS NULL AND a.out_of_store_at IS NULL
UNION ALL
SELECT 'present', a.id, a.name, NULL, a.from_national_store, false, a.file_id, NULL, 0, a.component, a.reused
FROM attachments a WHERE a.dossier_code = :code AND a.removed_at IS NULL AND NOT a.is_result""")  # noqa: S608 - constants

_ADD = text("""
WITH used AS (
    UPDATE uploads SET used_at = :now WHERE id = ANY(CAST(:uploads AS uuid[])))
INSERT INTO attachments (
    id, dossier_code, component, is_result, file_id, name, reused, from_national_store, digitised_by,
    added_at, added_by_kind, added_by)
SELECT id, :code, component, :is_result, file_id, name, reused, national, :digitised_by, :now, :by_kind, :by
FROM unnest(
    CAST(:ids AS uuid[]), CAST(:components AS text[]), CAST(:files AS uuid[]), CAST(:names AS text[]),
    CAST(:reused AS boolean[]), CAST(:national AS boolean[]))
    AS new (id, component, file_id, name, reused, national)""")

_OF_DOSSIER = text(f"""
SELECT {_ATTACHMENT} WHERE a.dossier_code = :code AND a.removed_at IS NULL ORDER BY a.added_at, a.id""")

_ONE = text(f"SELECT {_ATTACHMENT} WHERE a.id = :id AND a.removed_at IS NULL")

_COUNTS = text("""
SELECT count(*) AS total,
    count(*) FILTER (WHERE p.files > 0) AS digitised,
    count(*) FILTER (WHERE p.reused > 0) AS reused,
    count(*) FILTER (WHERE p.national > 0) AS national
FROM dossiers d
JOIN procedures k ON k.code = d.procedure AND k.version = d.procedure_version
CROSS JOIN LATERAL jsonb_array_elements(k.content -> 'components') AS c
CROSS JOIN LATERAL (
    SELECT count(*) AS files, count(*) FILTER (WHERE a.reused) AS reused,
        count(*) FILTER (WHERE a.from_national_store) AS national
    FROM attachments a
    WHERE a.dossier_code = d.code AND a.component = c ->> 'code' AND a.removed_at IS NULL AND NOT a.is_result) AS p
WHERE d.code = :code
    AND (coalesce(c -> 'cases', 'null') = 'null' OR c -> 'cases' ? coalesce(d.case_code, ''))""")

_REMOVE = text("UPDATE attachments SET removed_at = :now WHERE id = :id AND removed_at IS NULL")

# A content stands in the store once, by the last dossier it was in.
_OF_OWNER = text(f"""
SELECT * FROM (
    SELECT DISTINCT ON (a.file_id) d.procedure, {_ATTACHMENT} JOIN dossiers d ON d.code = a.dossier_code
    WHERE d.owner = :owner AND d.status IN ({_CLOSED}) AND a.removed_at IS NULL AND a.out_of_store_at IS NULL
    ORDER BY a.file_id, a.added_at DESC, a.id DESC) AS one
WHERE (CAST(:at AS timestamptz) IS NULL OR (added_at, id) < (:at, CAST(:id AS uuid)))
ORDER BY added_at DESC, id DESC LIMIT :limit""")  # noqa: S608 - constants

_TAKE_OUT = text(f"""
UPDATE attachments SET out_of_store_at = :now FROM dossiers d
WHERE d.code = attachments.dossier_code AND d.owner = :owner AND d.status IN ({_CLOSED})
    AND attachments.out_of_store_at IS NULL AND attachments.removed_at IS NULL
    AND attachments.file_id = (SELECT file_id FROM attachments WHERE id = :id)
RETURNING attachments.id""")  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What `attach` must know: what was found of the papers wanted, and what the dossier holds already.

    `present`: component, reused and from the national store, of each file there.
    """

    found: dict[UUID, Found]
    present: list[tuple[str, bool, bool]]


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A file that becomes part of a dossier."""

    id: UUID
    component: str
    found: Found
    upload: UUID | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document of someone's own store (kho dữ liệu): a paper, or a result, of a dossier that is done."""

    paper: Attachment
    procedure: str


async def look_up(
    uow: UnitOfWork, *, code: str, holder: str, owner: str, uploads: Iterable[UUID], documents: Iterable[UUID]
) -> LookedUp:
    """Uploads of that holder, documents of that owner, and what the dossier holds."""
    rows = await uow.execute(
        _LOOK_UP,
        {
            "code": code,
            "holder": holder,
            "owner": owner,
            "uploads": list(uploads),
            "documents": list(documents),
            "now": uow.now,
        },
    )
    looked = LookedUp({}, [])
    for row in rows:
        if row.what == "present":
            looked.present.append((row.component, row.reused, row.from_national_store))
        else:
            looked.found[row.id] = Found(
                row.name,
                row.file_id,
                row.media_type,
                row.size or 0,
                row.from_national_store,
                UploadState(row.state) if row.state else None,
                row.used,
            )
    return looked


async def add(
    uow: UnitOfWork,
    papers: Sequence[NewPaper],
    *,
    code: str,
    by: Actor,
    digitised_by: str | None = None,
    is_result: bool = False,
) -> None:
    """Put files into the dossier; the uploads they came by are used up."""
    await uow.execute(
        _ADD,
        {
            "code": code,
            "ids": [paper.id for paper in papers],
            "components": [paper.component for paper in papers],
            "files": [paper.found.file for paper in papers],
            "names": [paper.found.name for paper in papers],
            "reused": [paper.upload is None for paper in papers],
            "national": [paper.found.from_national_store for paper in papers],
            "uploads": [paper.upload for paper in papers if paper.upload is not None],
            "is_result": is_result,
            "digitised_by": digitised_by,
            "now": uow.now,
            "by_kind": by.kind,
            "by": by.subject,
        },
    )


async def of_dossier(uow: UnitOfWork, code: str) -> list[Attachment]:
    """The files of a dossier, results too, oldest first; not those removed."""
    return [_attachment(row) for row in await uow.execute(_OF_DOSSIER, {"code": code})]


async def counts(uow: UnitOfWork, code: str) -> ComponentCounts:
    """How the components of the dossier's case stand now."""
    row = (await uow.execute(_COUNTS, {"code": code})).one()
    return ComponentCounts(
        total=row.total, digitised=row.digitised, reused=row.reused, from_national_store=row.national
    )


async def find(uow: UnitOfWork, attachment: UUID) -> Attachment | None:
    """One file of a dossier."""
    row = (await uow.execute(_ONE, {"id": attachment})).one_or_none()
    return _attachment(row) if row is not None else None


async def remove(uow: UnitOfWork, attachment: UUID) -> None:
    """The file is no longer part of its dossier; that it was remains."""
    await uow.execute(_REMOVE, {"id": attachment, "now": uow.now})


async def of_owner(
    uow: UnitOfWork, owner: str, *, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Document]:
    """The owner's store, newest first: at most `limit` and one to tell of more."""
    at, last = after or (None, None)
    rows = await uow.execute(_OF_OWNER, {"owner": owner, "at": at, "id": last, "limit": limit + 1})
    return [Document(_attachment(row), row.procedure) for row in rows]


async def take_out_of_store(uow: UnitOfWork, owner: str, document: UUID) -> bool:
    """The document leaves the store, by whichever dossiers it came there; False if it is not in it."""
    rows = await uow.execute(_TAKE_OUT, {"owner": owner, "id": document, "now": uow.now})
    return rows.first() is not None


def _attachment(row: Row[Any]) -> Attachment:
    return Attachment(
        id=row.id,
        dossier_code=row.dossier_code,
        component=row.component,
        is_result=row.is_result,
        file=row.file_id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        scan=row.scan,
        storage_key=row.storage_key,
        reused=row.reused,
        from_national_store=row.from_national_store,
        digitised_by=row.digitised_by,
        added_at=row.added_at,
        added_by=Actor(ActorKind(row.added_by_kind), row.added_by),
    )
